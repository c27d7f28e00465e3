"""Readers are compared on training texts and documents drawn anew, adapters also at a part of their strength."""

from pathlib import Path

import pytest
from safetensors.torch import load_file
from test_adapter_averaging import base, built, config  # noqa: F401, the first two are fixtures
from test_trainer import EXAMPLES

from paperlib.core import paths
from paperlib.core.errors import PaperlibError
from paperlib.data.examples import Example
from paperlib.data.schemas import Schemas, schema_of
from paperlib.evaluation import dev_scores
from paperlib.training import trainer

BODY = {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}
SCHEMAS = Schemas({"s": schema_of(BODY, "s", "")})


def example(id: str, split: str, answer: dict[str, str]) -> Example:
    return Example(id, "s", None, split, "", "Ana Ruiz", answer)


@pytest.fixture
def folder(base: str) -> Path:  # noqa: F811
    trainer.train(config(base, "reader"), EXAMPLES)
    return paths.model("tiny", "reader")


def test_the_texts_are_drawn_anew_or_of_training_parts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("PAPERLIB_DATA", raising=False)
    drawn, written = dev_scores.dev_sets(3)
    assert len(written.examples) > 90
    assert all(one.answer and one.schema_id in written.schemas for one in written.examples)
    assert len(drawn.examples) == 3 == len({one.schema_id for one in drawn.examples} & drawn.schemas.keys())
    monkeypatch.setenv("PAPERLIB_DATA", str(tmp_path))
    rows = [example(str(n), "train" if n % 2 else "held-out", {"name": "Ana"} if n % 3 else {}) for n in range(30)]
    monkeypatch.setattr(dev_scores, "load_named", lambda _: rows)
    names = {one.name: one.examples for one in dev_scores.dev_sets(4)}
    assert list(names) == ["drawn documents", "written by hand", "receipts", "utterances"]
    assert len(names["receipts"]) == 4
    assert all(one.split == "train" and one.answer for one in names["receipts"])


def test_a_row_for_every_model_and_scale(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    one = dev_scores.DevSet("names", [example("a", "train", {"name": "Ana Ruiz"})], SCHEMAS)
    monkeypatch.setattr(dev_scores, "dev_sets", lambda _: [one])
    dev_scores.main(["reader", "--profile", "tiny", "--scale", "1", "0.5", "--precision", "fp32", "--threads", "1"])
    head, _, *rows = capsys.readouterr().out.splitlines()
    assert head == "| Model | names |"
    assert [row.split(" | ")[0] for row in rows] == ["| reader", "| reader, 0.5"]
    assert all(row.endswith("/1 |") for row in rows)


def test_a_scaled_copy_adds_a_part(folder: Path) -> None:
    before = load_file(folder / dev_scores.ADAPTER)
    with dev_scores.scaled(folder, 0.5) as copy:
        after = load_file(copy / dev_scores.ADAPTER)
        assert (copy / "train.json").is_file()
    assert all(after[name].equal(one / 2 if "lora_B" in name else one) for name, one in before.items())
    assert not copy.exists()
    with pytest.raises(PaperlibError, match="expected a trained adapter, found no adapter_model"):
        dev_scores.scaled(folder.parent, 0.5).__enter__()
