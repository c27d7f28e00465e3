"""An answer may hold a number as its text writes it; in the end it is JSON."""

import json

import pytest
from test_constrained import TOKENIZER, one_field, passes

from paperlib.core.config import Layout
from paperlib.data.prompts import render_answer
from paperlib.data.readings.numbers import number_readings
from paperlib.data.schemas import Schema
from paperlib.decoding.constrained import Constrainer
from paperlib.decoding.written_numbers import WrittenNumbers, written_numbers

TEXT = "1.247,56 EUR, 4.00-, 70k, 2 310,50 and 12 %, $1.50"


def of(text: str) -> WrittenNumbers:
    return written_numbers(text, number_readings(text))


def test_numbers_are_kept_as_the_text_writes_them_unless_json_does_or_they_are_open() -> None:
    assert {how: float(value) for how, value in of("1.247,56 EUR, 70k, 2 310,50, 12%, 120,5").values.items()} == {
        "1.247,56": 1247.56,
        "70k": 70000,
        "2 310,50": 2310.5,
        "120,5": 120.5,
    }
    assert of("$1.50, 7 and -3").values == {}


@pytest.mark.parametrize(
    ("answer", "meant"),
    [
        ('{"a": 1.247,56, "b": 70k}', {"a": 1247.56, "b": 70000}),
        ('{"a": [70k, 1.247,56], "b": "1.247,56, 70k"}', {"a": [70000, 1247.56], "b": "1.247,56, 70k"}),
        ('{\n  "a": 1.247,56\n}', {"a": 1247.56}),
        ('{"a": 1, "b": 247.56}', {"a": 1, "b": 247.56}),
        ('{"a \\" 70k,": 1.247,56}', {'a " 70k,': 1247.56}),
        (" 1.247,56", 1247.56),
    ],
)
def test_in_a_complete_answer_they_become_json(answer: str, meant: object) -> None:
    assert json.loads(of("1.247,56 EUR and 70k").as_json(answer)) == meant


def test_pieces_keep_their_number_and_make_up_the_answer() -> None:
    pieces = ['{"a": ', "1", ".24", "7", ",56, ", '"b": ', "70", "k}"]
    found = of("1.247,56 EUR and 70k").as_pieces(pieces)
    assert found == ['{"a": ', "1247.56", "", "", ", ", '"b": ', "70000", "}"]


def test_a_grammar_permits_both_ways_where_the_field_does() -> None:
    text = "Total 1.247,56 EUR, of which 1.000,00 is due, in 2 parts"
    for answer in (' {"f": 1.247,56}', ' {"f": 1247.56}', ' {"f": 1.000,00}', ' {"f": 1000}'):
        assert passes(answer, [one_field({"type": "number"})], text), answer
    assert not passes(' {"f": 1.247,56}', [one_field({"type": "integer"})], text)
    assert not passes(' {"f": 1.247,56}', [one_field({"type": "number", "maximum": 1000})], text)
    state = Constrainer(TOKENIZER, "schema+text").state([one_field({"type": "number"})], text)
    assert state.written.as_json(' {"f": 1.000,00}') == ' {"f": 1000}'


@pytest.mark.parametrize("layout", ["line", "indented"])
def test_a_number_may_be_followed_by_a_comma_where_the_text_goes_on_with_decimals(layout: Layout) -> None:
    fields = {"n": {"type": "number"}, "x": {"type": "number"}}
    schema = Schema("s", "s", None, {"type": "object", "properties": fields})
    state = Constrainer(TOKENIZER, "schema+text", layout).state([schema], "3 x Milch 3,17 = 9,51")
    for token in TOKENIZER(render_answer({"n": 3, "x": 3.17}, layout)).input_ids:
        assert state.allows(token)
        state.append(token)
