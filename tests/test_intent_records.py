"""Intents as records of one field: data, schema, prompt and training mixture of a model that generates them."""

from pathlib import Path

import pytest

from paperlib.benchmark.intents.intent_records import intent_schemas
from paperlib.core import paths
from paperlib.core.config import EDGE_INTENT, DataConfig, TrainConfig
from paperlib.core.errors import PaperlibError
from paperlib.data.schemas import schema_to_prompt
from paperlib.training import corpus

SIZES = {"n_train": 12, "n_test": 6}
ROWS = ("Where is my card?,card_arrival", "It has not come,card_arrival", "Top up failed,top_up_failed")


@pytest.fixture(autouse=True)
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "build", lambda profile: tmp_path / profile)


def test_a_record_holds_one_of_the_labels() -> None:
    data = corpus.make_data(DataConfig(profile="p", dataset=EDGE_INTENT, **SIZES))
    assert corpus.load_data("p", EDGE_INTENT) == data
    assert (len(data.train), len(data.test)) == (12, 6)
    assert {example.split for example in data.test} == {"test"}
    labels = data.schemas[EDGE_INTENT].body["properties"]["intent"]["enum"]
    assert len(labels) == 201  # out of scope is one
    assert {example.answer["intent"] for example in (*data.train, *data.test)} <= set(labels)
    dev = corpus.make_data(DataConfig(profile="p", dataset=EDGE_INTENT, dev=True, **SIZES))
    assert {example.split for example in dev.test} == {"dev"}


def test_a_public_set_is_read_from_its_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not intent_schemas("banking77")
    folder = tmp_path / "banking77"
    folder.mkdir()
    for name in ("train.csv", "test.csv"):
        (folder / name).write_text("\n".join(["text,category", *ROWS]), encoding="utf-8")
    monkeypatch.setenv("PAPERLIB_DATA", str(tmp_path))
    data = corpus.make_data(DataConfig(profile="p", dataset="banking77", **SIZES))
    assert [example.answer for example in data.test] == [{"intent": row.partition(",")[2]} for row in ROWS]
    assert schema_to_prompt(data.schemas["banking77"].body) == '{intent: "card_arrival" | "top_up_failed"}'


def test_utterances_mix_with_the_benchmark_and_their_many_labels_are_not_listed() -> None:
    data = corpus.make_data(DataConfig(profile="p", dataset="standard", **SIZES))
    fixed = {"run": "r", "profile": "p", "data": "standard", "intents": 5}
    found = corpus.training_examples(TrainConfig.model_validate({**fixed, "prompt": "schema"}), data)
    assert len(found) == 17
    assert sum(example.text.startswith("{intent: string}\n\n") for example in found) == 5
    with pytest.raises(PaperlibError, match="run 'r': intents=5 needs prompt: schema and data: standard"):
        corpus.training_examples(TrainConfig.model_validate(fixed), data)
