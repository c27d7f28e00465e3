"""Decoding held to schemas and texts: what comes is valid, whatever the model says, and right answers pass."""

import json
from typing import Any

import jsonschema_rs
import pytest
import torch

from paperlib.benchmark.standard import build
from paperlib.benchmark.standard.split_sizes import SPLITS
from paperlib.core.config import TrainConfig
from paperlib.core.errors import PaperlibError
from paperlib.data.examples import Example
from paperlib.data.prompts import render_answer
from paperlib.data.schemas import Schema, Schemas
from paperlib.decoding import grammar
from paperlib.decoding.constrained import Holder, holding
from paperlib.training import models

BODY: dict[str, Any] = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "size": {"enum": ["small", "large"]},
        "day": {"type": "string", "format": "date"},
        "at": {"type": "string", "format": "date-time"},
        "rooms": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"no.": {"type": "integer"}, "view": {"type": "boolean"}},
                "required": ["no."],
            },
        },
        "tags": {"type": "array", "items": {"type": "string"}},
    },
    "required": ["name", "size"],
}
HOTEL = Schema("hotel", "Hotel", "medium", BODY)
CITY = Schema("city", "City", "simple", {"type": "object", "properties": {"mayor": {"type": "string"}}})
TEXT = 'The "Old Mill"\nhas rooms 3\n   and 14, quiet and small.'
TOKENIZER = models.train_tokenizer([json.dumps(BODY), TEXT], 330)
END = TOKENIZER.eos_token_id


def taken(answer: Any, schemas: list[Schema], text: str | None, layout: Any = "line") -> str:
    """How much of the answer passes, each token the most probable to a model that wants nothing else."""
    holder = Holder(TOKENIZER, "schema+text" if text else "schema", layout)
    held = holder.held(schemas, text or "")
    written = answer if isinstance(answer, str) else render_answer(answer, layout)
    passed: list[int] = []
    for token in [*TOKENIZER(written).input_ids, END]:
        if held.choose(token, torch.zeros(len(TOKENIZER)).scatter(0, torch.tensor(token), 1.0)) != token:
            break
        passed.append(token)
    return str(TOKENIZER.decode(passed))


def whole(answer: Any, schemas: list[Schema], text: str | None = None, layout: Any = "line") -> bool:
    return taken(answer, schemas, text, layout).endswith(TOKENIZER.eos_token)


RIGHT = {"name": "Old Mill", "size": "small", "rooms": [{"no.": 3}, {"no.": 14, "view": True}], "tags": ["quiet"]}


@pytest.mark.parametrize("layout", ["line", "indented"])
@pytest.mark.parametrize("text", [None, TEXT])
def test_a_right_answer_passes_in_either_layout(layout: str, text: str | None) -> None:
    assert whole(RIGHT, [HOTEL], text, layout)
    assert whole(RIGHT, [CITY, HOTEL], text, layout)


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "Old Mill"},  # a required field is missing
        {"size": "small", "name": "Old Mill"},  # another order
        {"name": "Old Mill", "size": "tiny"},
        {"name": "Old Mill", "size": "small", "stars": 3},
        {"name": "Old Mill", "size": "small", "day": "2024-13-01"},
        {"name": "Old Mill", "size": "small", "rooms": [{"no.": 3.5}]},
        {"name": "Old Mill", "size": "small", "rooms": [{}]},
        ' {"name": "Old Mill", "size": "small"}}',
        ' {"name": "Old Mill", "name": "Old Mill", "size": "small"}',
    ],
)
def test_what_the_schema_forbids_does_not_pass(wrong: Any) -> None:
    assert not whole(wrong, [HOTEL])


def test_optional_fields_may_be_left_out_anywhere() -> None:
    for left in ("day", "at", "rooms", "tags"):
        full = {**RIGHT, "day": "2024-03-03", "at": "2024-03-03T10:00", "rooms": [], "tags": ["quiet"]}
        answer = {key: full[key] for key in BODY["properties"] if key != left}
        assert whole(answer, [HOTEL])
    assert whole({}, [CITY])


@pytest.mark.parametrize("at", ["2024-03-03T10:00", "2024-03-03T10:00:59.25", "2024-03-03T10:00:00Z"])
def test_times_pass_with_and_without_seconds_and_offset(at: str) -> None:
    assert whole({"name": "x", "size": "large", "at": at}, [HOTEL])


@pytest.mark.parametrize("name", ["Old Mill", 'The "Old Mill"', "has rooms 3 and 14", "rooms 3\n   and"])
def test_strings_are_whole_words_of_the_text(name: str) -> None:
    assert whole({"name": name, "size": "small"}, [HOTEL], TEXT)


@pytest.mark.parametrize("name", ["Old Hill", "Mil", "rooms 14", "old mill"])
def test_a_string_that_the_text_does_not_say_does_not_pass(name: str) -> None:
    assert whole({"name": name, "size": "small"}, [HOTEL])
    assert not whole({"name": name, "size": "small"}, [HOTEL], TEXT)


PRICED = Schema(
    "priced",
    "Priced",
    "simple",
    {
        "type": "object",
        "properties": {
            "n": {"type": "integer"},
            "price": {"type": "number"},
            "grade": {"type": "integer", "maximum": 5},
        },
    },
)
BILL = "Three boxes at $1,234.50 each, EUR 1.234,75 in all, 17 days late, at -58 dB."


@pytest.mark.parametrize(
    "said", [{"n": 3}, {"n": 17}, {"n": -58}, {"price": 1234.5}, {"price": 1234.75}, {"price": 17.0}, {"grade": 3}]
)
def test_numbers_that_the_text_says_pass(said: dict[str, float]) -> None:
    assert whole(said, [PRICED], BILL)


@pytest.mark.parametrize("other", [{"n": 4}, {"n": 1234.5}, {"price": 1234.05}, {"price": 123.5}, {"grade": 17}])
def test_other_numbers_do_not(other: dict[str, float]) -> None:
    assert not whole(other, [PRICED], BILL)


def test_where_a_text_has_no_number_any_passes() -> None:
    assert whole({"n": 412}, [PRICED], "No number here.")
    assert whole({"grade": 4}, [PRICED], "No number here.")


def one_field(node: Any) -> Schema:
    return Schema("one", "One", "simple", {"type": "object", "properties": {"f": node}, "required": ["f"]})


@pytest.mark.parametrize(
    ("node", "right", "wrong"),
    [
        ({"type": ["string", "null"]}, ["Old Mill", None], ["Old Hill", 3]),
        ({"type": ["integer", "null"]}, [3, 14, None], [4, "3"]),
        ({"type": ["object", "null"], "properties": {"a": {"type": "integer"}}}, [{"a": 3}, {}, None], [{"b": 3}]),
        ({"type": ["array", "null"], "items": {"type": ["string", "null"]}}, [["quiet", None], None], [["loud"]]),
        ({"type": ["string", "null"], "enum": ["open", None]}, ["open", None], ["quiet"]),
        ({"const": "open", "type": "string"}, ["open"], ["quiet"]),
        ({"const": 7, "type": "integer"}, [7], [3]),
        ({"type": "string", "format": "email"}, ["quiet"], ["a@b.com"]),
        ({"type": "string", "format": "date"}, ["2024-03-03"], ["quiet"]),
        ({"type": "string", "pattern": "^[A-Z]{2}$"}, ["AB"], ["quiet"]),
        (True, ["anything", 1.5, {"a": []}, None], []),
    ],
)
def test_what_a_field_may_be(node: Any, right: list[Any], wrong: list[Any]) -> None:
    for value in right:
        assert whole({"f": value}, [one_field(node)], TEXT), value
    for value in wrong:
        assert not whole({"f": value}, [one_field(node)], TEXT), value


def test_every_answer_of_the_benchmark_passes() -> None:
    sizes = dict.fromkeys(SPLITS, 40)
    for split, examples in build.standard(sizes, seed=3).items():
        schemas = build.schemas_of(split)
        stopped = [e.id for e in examples if not whole(e.answer, [schemas[e.schema_id]], e.text, "indented")]
        assert not stopped, split


def test_noise_comes_out_as_a_valid_answer() -> None:
    rng = torch.Generator().manual_seed(0)
    for _ in range(20):
        held, tokens = Holder(TOKENIZER, "schema+text").held([HOTEL], TEXT), [-1]
        while tokens[-1] != END and len(tokens) < 2000:
            logits = torch.randn(len(TOKENIZER), generator=rng)
            tokens.append(held.choose(int(logits.argmax()), logits))
        answer = json.loads(TOKENIZER.decode(tokens[1:-1]))
        validator = jsonschema_rs.validator_for(HOTEL.body)  # without formats: a grammar knows no calendar
        assert not list(validator.iter_errors(answer))
        assert " ".join(answer["name"].split()) in " ".join(TEXT.split())


def test_a_model_that_is_told_its_schema_is_held_to_that_one() -> None:
    example = Example("e", "city", None, "", "", "The mayor is Ann.", None)
    schemas = Schemas(hotel=HOTEL, city=CITY)
    assert holding("none", TOKENIZER, [example], schemas, TrainConfig(run="r", profile="p")) is None
    for prompt, passes in (("schema", False), ("plain", True)):
        taught = TrainConfig.model_validate({"run": "r", "profile": "p", "prompt": prompt})
        hold = holding("schema", TOKENIZER, [example], schemas, taught)
        assert hold
        held = hold("e")
        found = [held.choose(t, torch.zeros(len(TOKENIZER))) == t for t in TOKENIZER(' {"name').input_ids]
        assert all(found) is passes


def test_a_schema_that_cannot_be_held_to_is_named() -> None:
    odd = Schema(
        "odd", "Odd", "simple", {"type": "object", "properties": {"a": {"type": "string", "pattern": "(?=a)"}}}
    )
    with pytest.raises(PaperlibError, match="cannot be held to schema odd"):
        Holder(TOKENIZER, "schema").held([odd], "")


def test_the_grammar_of_equal_parts_is_written_once() -> None:
    assert grammar.lark([BODY, BODY]).count('"\\"name\\""') == grammar.lark([BODY]).count('"\\"name\\""')


def test_what_has_to_follow_is_known_before_the_model_says_it() -> None:
    held = Holder(TOKENIZER, "schema").held([HOTEL], "")
    for token in TOKENIZER(' {"').input_ids:
        held.choose(token, torch.zeros(len(TOKENIZER)))
    assert TOKENIZER.decode(held.forced()).startswith('name"')
