"""EdgeIntent-200: what its generator promises, and that its checks notice what breaks it."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from paperlib.benchmark.intents.intent_checks import check_parts
from paperlib.benchmark.intents.intent_sample import INTENTS, service_requests
from paperlib.benchmark.intents.intent_texts import generate, words
from paperlib.cli import main
from paperlib.core.errors import DataError
from paperlib.core.paths import ROOT
from paperlib.data.intents import OUT_OF_SCOPE
from paperlib.data.intents.intent_sets import Utterance, csv_of, labels_of

Parts = tuple[list[Utterance], list[Utterance]]


@cache
def parts() -> Parts:
    """Training and test."""
    return generate("train"), generate("test")


def test_two_hundred_intents_each_as_often() -> None:
    train, test = parts()
    assert len(labels_of(train)) == 200
    assert (len(train), len(test)) == (12_000, 4_000)
    assert len(check_parts(train, test)) == 5
    assert generate("train") == train != generate("train", 1)


def test_the_sample_that_ships_is_drawn_from_the_training_part() -> None:
    shipped = (ROOT / "data/examples/service_requests.csv").read_text(encoding="utf-8")
    assert shipped == csv_of(service_requests())
    assert Counter(one.label for one in service_requests()) == dict.fromkeys((*INTENTS, OUT_OF_SCOPE), 20)


def test_the_test_says_things_that_training_never_does() -> None:
    unseen = [phrase for listed in words.actions.values() for phrase in listed[-4:]]
    frames = [phrase.replace("{person}", "{o}").replace("{day}", "{o}").lower().split("{o}") for phrase in unseen]

    def said(utterances: list[Utterance]) -> int:
        return sum(any(all(part in one.text.lower() for part in frame) for frame in frames) for one in utterances)

    train, test = parts()
    assert said(train) < 0.02 * len(train)  # by chance, some words of one that are spread over another
    assert said(test) > 0.25 * len(test)


def telling(one: Utterance) -> Utterance:
    """An utterance that begins with the words of its label."""
    return replace(one, text=f"{one.label.replace(':', '')} {one.text}")


@pytest.mark.parametrize(
    ("broken", "expected"),
    [
        (lambda train, test: (train, [*test, train[0]]), "no text twice"),
        (lambda train, test: (train[:-400], test), "each as often"),
        (lambda train, test: ([telling(one) for one in train], test), "no word tells an intent"),
        (lambda train, test: (train, [one for one in test if one.label != OUT_OF_SCOPE]), "the test part has none"),
    ],
)
def test_what_breaks_it_is_noticed(broken: Callable[..., Parts], expected: str) -> None:
    with pytest.raises(DataError, match=expected):
        check_parts(*broken(*parts()))


def test_the_command_writes_what_finetune_intents_reads(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["edge-intent", "--out", str(tmp_path)]) == 0
    assert "train.csv: 12,000 utterances" in capsys.readouterr().out
    argv = ["finetune-intents", str(tmp_path / "train.csv"), "--test", str(tmp_path / "test.csv")]
    assert main([*argv, "--out", str(tmp_path / "model"), "--dry-run"]) == 0
    assert "4,000 held out; 85 duplicates left out" in capsys.readouterr().out  # nearly alike across the parts
