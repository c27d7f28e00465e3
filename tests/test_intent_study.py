"""The study of intent classifiers: trained, scored once, and trained again on a few examples; its table and figure."""

import re
from pathlib import Path

import numpy as np
import pytest
import torch
from small_models import build
from tiny_encoder import write_encoder

from paperlib.benchmark.intents.intent_texts import generate
from paperlib.cli import main
from paperlib.core import paths
from paperlib.core.files import read_json
from paperlib.data.intents.intent_sets import Utterance
from paperlib.paper import few_shot_results
from paperlib.training.intents import distillation, intent_recipe, linear_probe
from paperlib.training.intents.intent_model import Shape
from paperlib.training.models import load_base, train_tokenizer
from paperlib.workflow.intents import command, few_shot, intent_study, probe_study

BEGINNINGS = {"train": ("please", "now", "hi", "do"), "dev": ("can you", "today"), "test": ("kindly", "at once", "hey")}
ENDS = {"block": "block my card", "bill": "where is my bill", "move": "I move house"}
CLASSIFIERS = {"5M", "minilm", "tfidf-svm"}


def utterances(name: str, split: str) -> list[Utterance]:
    assert name == "banking77"
    return [Utterance(f"{start} {text}", label) for label, text in ENDS.items() for start in BEGINNINGS[split]]


@pytest.fixture(autouse=True)
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An encoder of random weights, a small student, nine utterances to test on, and a folder to work in."""
    encoder = write_encoder(tmp_path / "encoder")
    monkeypatch.setattr(distillation, "obtain_encoder", lambda: encoder)
    monkeypatch.setitem(intent_recipe.SIZES, "5M", Shape((0,), 16, 60, 512, 8))
    monkeypatch.setattr(intent_study, "load_set", utterances)
    for module in (few_shot, probe_study):
        monkeypatch.setattr(module, "load_set", utterances)
    monkeypatch.setattr(intent_study, "folder_of", lambda name: tmp_path / "build" / name)
    monkeypatch.setattr(paths, "INTENT_RESULTS", tmp_path / "results")


def study(*more: str) -> int:
    return main(["intent-study", "banking77", *more])


def test_the_command_line_knows_all_sizes_and_recipes() -> None:
    assert tuple(intent_recipe.SIZES) == command.SIZES
    assert tuple(intent_recipe.RECIPES) == command.RECIPES


def test_a_classifier_is_scored_once_and_learning_curves_end_at_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert study("--score") == 2
    assert "holds no classifier; train some first" in capsys.readouterr().err
    assert study("--sizes", "5M") == 0
    assert study("--score") == 0
    records = {path.stem: read_json(path) for path in paths.INTENT_RESULTS.glob("*.json")}
    assert set(records) == {f"banking77-{key}" for key in (*CLASSIFIERS, "ngrams")}
    assert {one["test"]["accuracy"]["n"] for one in records.values()} == {9}
    assert not few_shot_results.curves()

    assert study("--sizes", "5M", "--recipe", "long") == 0
    assert study("--score") == 0
    assert read_json(paths.INTENT_RESULTS / "banking77-5M-long.json")["label"].endswith("M, longer")
    assert {path.stem: read_json(path) for path in paths.INTENT_RESULTS.glob("*.json")}.items() > records.items()

    assert study("--sizes", "5M", "--seed", "1") == 0
    assert study("--score") == 0
    again = read_json(paths.INTENT_RESULTS / "banking77-5M-seed1.json")
    assert (again["run"], again["seed"], again["label"].endswith("M, seed 1")) == ("banking77/5M-seed1", 1, True)
    assert read_json(paths.INTENT_RESULTS / "banking77-tfidf-svm-seed1.json")["label"].endswith("SVM, seed 1")
    assert {path.stem: read_json(path) for path in paths.INTENT_RESULTS.glob("*.json")}.items() > records.items()

    assert study("--few-shot", "1", "2") == 0
    assert "banking77, 2 examples of each intent, seed 2" in capsys.readouterr().out
    one = read_json(few_shot.path_of("banking77", 2, 1))
    assert (one["data"]["train"]["n"], one["data"]["test"]["n"], set(one["test"])) == (6, 9, CLASSIFIERS)
    for key, curve in few_shot_results.curves().items():
        assert sorted(curve) == [1, 2, 4], key
        assert curve[4].value == records[f"banking77-{key[1]}"]["test"]["accuracy"]["value"]
    markdown = few_shot_results.table().markdown
    assert all(text in markdown for text in ("BANKING77, in all 4 of an intent", "| 1 | 2 | all |"))
    assert [axes.get_title(loc="left") for axes in few_shot_results.figure().axes] == ["BANKING77"]
    macros = dict(few_shot_results.macros())
    assert macros["FewShotSeeds"] == "3"
    assert {f"FewShotBankingSevenSeven{key}" for key in ("FiveMOne", "MinilmTwoInterval", "TfidfSvmAll")} <= set(macros)

    monkeypatch.setattr(few_shot, "teacher_of", lambda *_: pytest.fail("what has a record was trained again"))
    assert study("--few-shot", "1", "2") == 0


@pytest.mark.parametrize("instead", [("--score",), ("--few-shot", "1"), ("--probe", "base")])
@pytest.mark.parametrize("ignored", [("--sizes", "5M"), ("--recipe", "short"), ("--seed", "0")])
def test_an_option_that_would_be_ignored_is_an_error(
    instead: tuple[str, ...], ignored: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert study(*instead, *ignored) == 2
    assert f"{ignored[0]}: found beside {instead[0]}, expected without it" in capsys.readouterr().err


@pytest.fixture
def language_model(tmp_path: Path) -> str:
    """A folder with a small random language model."""
    folder, tokenizer = tmp_path / "language-model", train_tokenizer(ENDS.values(), 300)
    tokenizer.save_pretrained(folder)
    build("llama", len(tokenizer)).save_pretrained(folder)
    return str(folder)


def test_a_probe_reads_a_text_alone_as_in_a_batch(language_model: str) -> None:
    loaded = load_base(language_model, torch.float32)
    texts = ["please block my card", "bill", "where is my bill now", ""]
    together = linear_probe.utterance_embeddings(loaded, texts, (1, 3))
    for place, text in enumerate(texts):
        for layer, alone in linear_probe.utterance_embeddings(loaded, [text], (1, 3)).items():
            np.testing.assert_allclose(together[layer][place], alone[0], atol=1e-5)
    ids = torch.tensor([loaded.tokenizer.encode(texts[0], add_special_tokens=False)])
    with torch.no_grad():
        states = loaded.model(ids, output_hidden_states=True).hidden_states
    np.testing.assert_allclose(together[1][0], states[1][0].mean(0), atol=1e-5)


def test_a_probe_is_scored_once(language_model: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert study("--probe", "no-such-base") == 2
    assert study("--probe", language_model) == 0
    printed = capsys.readouterr().out
    most = max(int(found) for found in re.findall(r"(\d+) right of the dev part", printed))
    record = read_json(paths.INTENT_RESULTS / "banking77-language-model.json")
    assert record["recipe"]["layer"] in (1, 3)
    assert record["recipe"]["c"] in probe_study.PENALTIES
    assert (record["dev"]["accuracy"]["k"], record["dev"]["accuracy"]["n"]) == (most, 6)
    assert record["test"]["accuracy"]["n"] == 9
    assert study("--probe", language_model) == 0
    assert "is there already" in capsys.readouterr().out


def test_the_long_recipe_has_the_teacher_label_texts_of_another_set() -> None:
    train = utterances("banking77", "train")
    teacher = intent_recipe.teacher_of(train, intent_recipe.RECIPES["short"], 0)
    withheld = generate("train")[:-20]
    transfer = intent_recipe.transfer_set(teacher, train, intent_recipe.RECIPES["long"], 0, withheld)
    assert transfer.logits is not None
    assert len(transfer.texts) == len(transfer.logits) == 5 * len(transfer.labels)
    ours = {one.text for one in generate("train")}
    assert [text in ours for text in transfer.texts] == [False] * 48 + [True] * 12
    assert {one.text for one in withheld}.isdisjoint(transfer.texts)


def test_so_many_of_each_label_are_drawn() -> None:
    train = utterances("banking77", "train")
    few = few_shot.drawn(train, 2, 0)
    assert [one.label for one in few] == ["block", "block", "bill", "bill", "move", "move"]
    assert few == few_shot.drawn(train, 2, 0) != few_shot.drawn(train, 2, 1)
    assert few_shot.drawn(train, 9, 0) == train
