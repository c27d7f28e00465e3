"""The Extractor: what a user gets for a text and a schema, whatever the model."""

import json
import math
import re
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import torch
from pydantic import BaseModel, ConfigDict, Field, model_validator
from transformers import LlamaForCausalLM

from paperlib.core import runtime
from paperlib.core.errors import PaperlibError
from paperlib.data.examples import Example
from paperlib.data.predictions import Prediction, Token
from paperlib.decoding import answering
from paperlib.decoding.extraction.extractor import Extraction, Extractor
from paperlib.training import models

TEXT = "Order AB-12: two lamps at 1.234 EUR, one chair."
ITEM = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "n": {"type": "integer"}},
    "required": ["name", "n"],
}
ORDER = {
    "type": "object",
    "properties": {
        "id": {"type": "string"},
        "total": {"type": "number"},
        "items": {"type": "array", "items": ITEM},
        "paid_on": {"type": "string", "format": "date"},
    },
    "required": ["id", "items", "paid_on"],
}


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Random weights of 512 positions: whatever they prefer, answers have to be right by rule."""
    folder = tmp_path_factory.mktemp("weights")
    torch.manual_seed(0)
    tokenizer = models.train_tokenizer([TEXT, json.dumps(ORDER)], 330)
    config = models.Shape(16, 1, 2, 2, 32, len(tokenizer), 512).config()
    LlamaForCausalLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return str(folder)


@pytest.fixture(scope="module")
def extractor(model: str) -> Extractor:
    return Extractor.load(model, threads=1, absent_below=0)


def answering_with(monkeypatch: pytest.MonkeyPatch, *values: Any) -> list[str]:
    """Lets every model give ``values`` as its answers, in order, each token of probability 0.9; returns the texts."""
    texts, answers = list[str](), iter(values)

    def answer(loaded: Any, log: Any, examples: list[Example], *_: Any, **__: Any) -> list[Prediction]:
        texts.extend(example.text for example in examples)
        outputs = [json.dumps(next(answers), indent=2, ensure_ascii=False) for _ in examples]
        tokens = [tuple(Token(character, math.log(0.9)) for character in output) for output in outputs]
        return [Prediction(e.id, o, 1, 1, "eos", 0.0, t) for e, o, t in zip(examples, outputs, tokens, strict=True)]

    monkeypatch.setattr(answering, "answer", answer)
    return texts


def test_an_untrained_model_invents_nothing(extractor: Extractor) -> None:
    found = extractor(TEXT, ORDER)
    assert found.violations == []
    assert found.missing == ["/paid_on"]
    assert not found.valid
    assert re.search(rf"\b{re.escape(found.value['id'])}(?!\w)", TEXT)
    assert found.value.get("total") in (None, 1.234, 1234, 2, 1, 12)
    assert json.loads(found.json) == found.value
    assert all(0 <= probability <= 1 for probability in found.confidence.values())
    assert TEXT[slice(*found.spans["/id"])] == found.value["id"]


def test_every_leaf_has_its_place_and_its_probability(extractor: Extractor, monkeypatch: pytest.MonkeyPatch) -> None:
    items = [{"name": "lamps", "n": 2}, {"name": "chair", "n": 1}]
    answering_with(monkeypatch, {"id": "AB-12", "total": 1234, "items": items})
    found = extractor(TEXT, ORDER)
    said = {pointer: TEXT[slice(*place)] for pointer, place in found.spans.items()}
    assert said == {
        "/id": "AB-12",
        "/total": "1.234",
        "/items/0/name": "lamps",
        "/items/0/n": "two",
        "/items/1/name": "chair",
        "/items/1/n": "one",
    }
    assert found.confidence["/items/1/n"] == pytest.approx(0.9)
    assert found.confidence["/id"] == pytest.approx(0.9**7)
    assert found.warnings == ["/total: '1.234' can be read in several ways; taken as 1234"]


class Item(BaseModel):
    name: str
    n: int = Field(ge=1)


class Order(BaseModel):
    id: str
    total: float | None = None
    items: list[Item]

    @model_validator(mode="after")
    def named(self) -> "Order":
        if self.id.islower():
            raise ValueError("an id in capitals")
        return self


def test_a_pydantic_model_is_filled(extractor: Extractor, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [{"name": "lamps", "n": 2}]
    answering_with(
        monkeypatch, {"id": "AB-12", "total": None, "items": rows}, {"items": rows}, {"id": "at", "items": rows}
    )
    full, lacking, refused = (extractor(TEXT, Order) for _ in range(3))
    assert full.value == Order(id="AB-12", items=[Item(name="lamps", n=2)])
    assert full.valid
    assert (lacking.value, lacking.missing) == ({"items": rows}, ["/id"])
    assert refused.violations == ["the root: Value error, an id in capitals"]
    assert not refused.valid


def test_a_strict_pydantic_model_is_filled_from_json(extractor: Extractor, monkeypatch: pytest.MonkeyPatch) -> None:
    class Invoice(BaseModel):
        model_config = ConfigDict(strict=True)
        due: date

    answering_with(monkeypatch, {"due": "2027-06-02"})
    assert extractor("Pay by 2 June 2027.", Invoice).value == Invoice(due=date(2027, 6, 2))


def test_what_does_not_decide_an_answer_is_no_part_of_its_identity(
    extractor: Extractor, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = (replace(extractor._decoding, batch_size=size) for size in (16, 4))
    identities = []
    for decoding in (one, other, replace(one, cap_factor=9.0)):
        monkeypatch.setattr(extractor, "_decoding", decoding)
        identities.append(extractor.identity(ORDER))
    assert identities[0] == identities[1] != identities[2]
    assert identities[0]["precision"] == str(runtime.dtype_of("auto"))  # float32, or bf16 where that is in hardware
    monkeypatch.setitem(extractor._log, "empty_above", 0.7)  # a threshold that is chosen after the training
    assert extractor.identity(ORDER) != identities[2]


def test_several_texts_give_as_many_answers(extractor: Extractor, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = answering_with(monkeypatch, {"id": "AB-12"}, {"id": "Order"})
    found: list[Extraction] = extractor([TEXT, "Order 7"], {"properties": {"id": {"type": "string"}}})
    assert [one.value for one in found] == [{"id": "AB-12"}, {"id": "Order"}]
    assert texts == [TEXT, "Order 7"]
    assert extractor([], ORDER) == []


def test_a_long_text_is_read_in_windows(extractor: Extractor, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a text of many times the context, every window answers with the rows that it has."""
    rows = [f"{name}-{n}" for n in range(60) for name in ("lamp", "chair")]
    text, seen = "Order AB-12\n" + "\n".join(f"{row} pcs" for row in rows), list[str]()

    def answer(loaded: Any, log: Any, examples: list[Example], *_: Any, **__: Any) -> list[Prediction]:
        seen.extend(example.text for example in examples)
        answers = [{"rows": [row for row in rows if f"{row} " in e.text]} for e in examples]
        return [Prediction(e.id, json.dumps(a), 1, 1, "eos", 0.0) for e, a in zip(examples, answers, strict=True)]

    monkeypatch.setattr(answering, "answer", answer)
    found = extractor(text, {"properties": {"rows": {"items": {"type": "string"}}}})
    assert len(seen) > 3
    assert found.value == {"rows": rows}
    assert [text[slice(*found.spans[f"/rows/{n}"])] for n in range(120)] == rows


def test_items_that_have_to_differ_are_kept_once(extractor: Extractor, monkeypatch: pytest.MonkeyPatch) -> None:
    schema = {"properties": {"rows": {"items": {"items": {"type": "string"}, "uniqueItems": True}}}}
    answering_with(monkeypatch, {"rows": [["chair"], ["lamps", "chair", "lamps", "AB-12"]]})
    found = extractor(TEXT, schema)
    assert (found.value, found.valid) == ({"rows": [["chair"], ["lamps", "chair", "AB-12"]]}, True)
    assert TEXT[slice(*found.spans["/rows/1/2"])] == "AB-12"
    nested = {"properties": {"rows": {**schema["properties"]["rows"], "uniqueItems": True}}}
    answering_with(monkeypatch, {"rows": [["chair", "chair"], ["chair", "chair"]]})
    assert extractor(TEXT, nested).value == {"rows": [["chair"]]}


@pytest.mark.parametrize(
    ("schema", "says"),
    [
        ({"type": "objekt"}, "schema: not a valid JSON Schema at /type"),
        ({"title": "anything"}, "permits any JSON"),
        ({"properties": {"p" * 3000: {"type": "string"}}}, "expected a smaller schema"),
    ],
)
def test_a_schema_that_cannot_be_asked_for_is_refused(extractor: Extractor, schema: Any, says: str) -> None:
    with pytest.raises(PaperlibError, match=says):
        extractor(TEXT, schema)


def test_of_several_texts_the_one_without_an_answer_is_named(
    extractor: Extractor, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = [TEXT, TEXT]
    answering_with(monkeypatch, {"id": "AB-12"}, math.nan)
    found, error = extractor.attempts(texts, ORDER)
    assert isinstance(found, Extraction)
    assert found.value == {"id": "AB-12"}
    assert "is not JSON" in str(error)
    answering_with(monkeypatch, {"id": "AB-12"}, math.nan)
    with pytest.raises(PaperlibError, match="text 2: the model's answer is not JSON"):
        extractor(texts, ORDER)


def test_an_unknown_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PaperlibError, match="did you mean reader"):
        Extractor.load("readr")
