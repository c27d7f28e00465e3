"""Constrained decoding: whatever the model prefers, answers are valid and quote the text; right answers pass."""

import json
from typing import Any

import jsonschema_rs
import pytest
import torch

from paperlib.benchmark.standard import build
from paperlib.benchmark.standard.split_sizes import SPLITS
from paperlib.core.config import PromptStyle
from paperlib.core.errors import PaperlibError
from paperlib.data.examples import Example
from paperlib.data.prompts import render_answer
from paperlib.data.schema_forms import free_of_text
from paperlib.data.schemas import Schema, Schemas, schema_of
from paperlib.decoding import constrained, grammar
from paperlib.decoding.constrained import MAX_DEPTH, Constrainer, constraints
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


def passed_prefix(answer: Any, schemas: list[Schema], text: str | None, layout: Any = "line") -> str:
    """The prefix of the answer that passes, where the model gives all probability to the answer's next token."""
    state = Constrainer(TOKENIZER, "schema+text" if text else "schema", layout).state(schemas, text or "")
    written = answer if isinstance(answer, str) else render_answer(answer, layout)
    passed: list[int] = []
    for token in [*TOKENIZER(written).input_ids, END]:
        if state.choose(token, torch.zeros(len(TOKENIZER)).scatter(0, torch.tensor(token), 1.0)) != token:
            break
        passed.append(token)
    return str(TOKENIZER.decode(passed))


def passes(answer: Any, schemas: list[Schema], text: str | None = None, layout: Any = "line") -> bool:
    return passed_prefix(answer, schemas, text, layout).endswith(TOKENIZER.eos_token)


RIGHT = {"name": "Old Mill", "size": "small", "rooms": [{"no.": 3}, {"no.": 14, "view": True}], "tags": ["quiet"]}


@pytest.mark.parametrize("layout", ["line", "indented"])
@pytest.mark.parametrize("text", [None, TEXT])
def test_a_right_answer_passes_in_either_layout(layout: str, text: str | None) -> None:
    assert passes(RIGHT, [HOTEL], text, layout)
    assert passes(RIGHT, [CITY, HOTEL], text, layout)


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
    assert not passes(wrong, [HOTEL])


def test_optional_fields_may_be_left_out_anywhere() -> None:
    for left in ("day", "at", "rooms", "tags"):
        full = {**RIGHT, "day": "2024-03-03", "at": "2024-03-03T10:00", "rooms": [], "tags": ["quiet"]}
        answer = {key: full[key] for key in BODY["properties"] if key != left}
        assert passes(answer, [HOTEL])
    assert passes({}, [CITY])


@pytest.mark.parametrize("at", ["2024-03-03T10:00", "2024-03-03T10:00:59.25", "2024-03-03T10:00:00Z"])
def test_times_pass_with_and_without_seconds_and_offset(at: str) -> None:
    assert passes({"name": "x", "size": "large", "at": at}, [HOTEL])


@pytest.mark.parametrize("name", ["Old Mill", 'The "Old Mill"', "has rooms 3 and 14", "rooms 3\n   and"])
def test_strings_are_whole_words_of_the_text(name: str) -> None:
    assert passes({"name": name, "size": "small"}, [HOTEL], TEXT)


@pytest.mark.parametrize("name", ["Old Hill", "Mil", "rooms 14", "old mill"])
def test_a_string_that_is_not_in_the_text_does_not_pass(name: str) -> None:
    assert passes({"name": name, "size": "small"}, [HOTEL])
    assert not passes({"name": name, "size": "small"}, [HOTEL], TEXT)


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
    "answer", [{"n": 3}, {"n": 17}, {"n": -58}, {"price": 1234.5}, {"price": 1234.75}, {"price": 17.0}, {"grade": 3}]
)
def test_numbers_of_the_text_pass(answer: dict[str, float]) -> None:
    assert passes(answer, [PRICED], BILL)


@pytest.mark.parametrize("other", [{"n": 4}, {"n": 1234.5}, {"price": 1234.05}, {"price": 123.5}, {"grade": 17}])
def test_other_numbers_do_not(other: dict[str, float]) -> None:
    assert not passes(other, [PRICED], BILL)


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
        ({"type": "string", "pattern": "^[A-Z][a-z]{2}$"}, ["The", "Old"], ["quiet", "Mill"]),
        ({"type": "string", "minLength": 7, "maxLength": 8}, ["Old Mill", "rooms 3"], ["quiet", "quiet and"]),
        (True, ["quiet", 14, {"rooms": [3]}, [], None, False], ["loud", 4, {"beds": 3}]),
    ],
)
def test_what_a_field_may_be(node: Any, right: list[Any], wrong: list[Any]) -> None:
    for value in right:
        assert passes({"f": value}, [one_field(node)], TEXT), value
    for value in wrong:
        assert not passes({"f": value}, [one_field(node)], TEXT), value


def test_every_answer_of_the_benchmark_passes() -> None:
    sizes = dict.fromkeys(SPLITS, 40)
    for split, examples in build.standard(sizes, seed=3).items():
        schemas = build.schemas_of(split)
        stopped = [e.id for e in examples if not passes(e.answer, [schemas[e.schema_id]], e.text, "indented")]
        assert not stopped, split


def test_noise_comes_out_as_a_valid_answer() -> None:
    rng = torch.Generator().manual_seed(0)
    for _ in range(20):
        state, tokens = Constrainer(TOKENIZER, "schema+text").state([HOTEL], TEXT), [-1]
        while tokens[-1] != END and len(tokens) < 2000:
            logits = torch.randn(len(TOKENIZER), generator=rng)
            tokens.append(state.choose(int(logits.argmax()), logits))
        answer = json.loads(TOKENIZER.decode(tokens[1:-1]))
        validator = jsonschema_rs.validator_for(HOTEL.body)  # without formats: a grammar knows no calendar
        assert not list(validator.iter_errors(answer))
        assert " ".join(answer["name"].split()) in " ".join(TEXT.split())


def test_a_model_whose_prompt_shows_the_schema_is_constrained_to_that_one() -> None:
    example = Example("e", "city", None, "", "", "The mayor is Ann.", None)
    schemas = Schemas(hotel=HOTEL, city=CITY)
    assert constraints("none", TOKENIZER, [example], schemas) is None
    styles: list[tuple[PromptStyle, bool]] = [("schema", False), ("chat", False), ("plain", True)]
    for prompt, allowed in styles:
        state_of = constraints("schema", TOKENIZER, [example], schemas, prompt)
        assert state_of
        state = state_of("e")
        found = [state.choose(t, torch.zeros(len(TOKENIZER))) == t for t in TOKENIZER(' {"name').input_ids]
        assert all(found) is allowed


def test_a_schema_that_cannot_be_compiled_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constrained, "lark", lambda *arguments: "start: undefined")
    with pytest.raises(PaperlibError, match="schema city cannot be compiled"):
        Constrainer(TOKENIZER, "schema").state([CITY], "")


def test_the_grammar_of_equal_parts_is_written_once() -> None:
    assert grammar.lark([BODY, BODY]).count('"\\"name\\""') == grammar.lark([BODY]).count('"\\"name\\""')


def test_tokens_without_an_alternative_are_forced() -> None:
    state = Constrainer(TOKENIZER, "schema").state([HOTEL], "")
    for token in TOKENIZER(' {"').input_ids:
        state.choose(token, torch.zeros(len(TOKENIZER)))
    assert TOKENIZER.decode(state.forced_tokens()).startswith('name"')


def test_a_schema_with_references_and_alternatives_is_enforced_without_a_text() -> None:
    body = {
        "type": "object",
        "properties": {"size": {"$ref": "#/$defs/size"}, "note": {"anyOf": [{"type": "string"}, {"type": "null"}]}},
        "required": ["size", "note"],
        "additionalProperties": False,
        "$defs": {"size": {"enum": ["small", "large"]}},
    }
    constrainer = Constrainer(TOKENIZER, "schema")
    for answer, valid in (
        ('{"size": "small", "note": null}', True),
        ('{"size": "huge", "note": null}', False),
        ('{"size": "large", "note": 7}', False),
    ):
        state = constrainer.state([Schema("s", "S", "simple", body)], "")
        tokens = TOKENIZER(answer).input_ids
        assert all(state.allows(token) and state.append(token) is None for token in tokens) is valid


def test_a_recursive_answer_does_not_nest_for_ever() -> None:
    item = {"properties": {"a": {"type": "array", "items": {"$ref": "#/$defs/i"}}}, "required": ["a"]}
    schema = schema_of({"$defs": {"i": item}, "$ref": "#/$defs/i"}, "tree", "here")
    state, written = Constrainer(TOKENIZER, "schema").state([schema], ""), ""
    vocabulary = [TOKENIZER.decode(token) for token in range(len(TOKENIZER))]
    opening = torch.tensor([float("[" in text or "{" in text) - 2 * ("," in text) for text in vocabulary])
    while not written.endswith(TOKENIZER.eos_token):
        written += vocabulary[state.choose(int(opening.argmax()), opening)]
        assert len(written) < 500
    assert json.loads(written.removesuffix(TOKENIZER.eos_token))
    assert written.count("[") + written.count("{") <= MAX_DEPTH + 1


def test_the_field_of_a_given_answer_that_the_text_does_not_support_is_named() -> None:
    constrainer = Constrainer(TOKENIZER, "schema+text")
    answer = {"name": "Old Mill", "size": "small", "rooms": [{"no.": 3}, {"no.": 14}]}
    assert constrainer.forbidden(HOTEL, TEXT, answer) is None
    assert constrainer.forbidden(HOTEL, TEXT, {**answer, "rooms": [{"no.": 3}, {"no.": 15}]}) == "no."
    assert constrainer.forbidden(HOTEL, TEXT, {**answer, "name": "New Mill"}) == "name"
    assert constrainer.forbidden(HOTEL, TEXT, ["Old Mill"]) == ""


def test_of_an_enumeration_only_values_of_its_type_pass() -> None:
    schema = one_field({"type": "string", "enum": ["a", None, 3]})
    assert passes({"f": "a"}, [schema])
    assert not passes({"f": None}, [schema])
    assert not passes({"f": 3}, [schema])


FREE = [
    ({}, 7),
    ({}, {"a": [True, "unsaid"]}),
    ({"type": "object"}, {"unsaid": 7}),
    ({"type": "object", "additionalProperties": {"type": "integer"}}, {"unsaid": 7}),
    ({"type": "object", "patternProperties": {"^u": {"type": "integer"}}}, {"unsaid": 7}),
    ({"type": "array", "prefixItems": [{"type": "number"}, {"type": "number"}], "minItems": 2}, [3, 7]),
    ({"type": "array"}, ["unsaid", 7]),
]


@pytest.mark.parametrize(("node", "value"), FREE)
def test_what_is_free_of_the_text_is_so_whatever_it_holds(node: Any, value: Any) -> None:
    assert passes({"f": value}, [one_field(free_of_text(node))], "Switch the lamp off")
    assert not passes({"f": value}, [one_field(node)], "Switch the lamp off")
