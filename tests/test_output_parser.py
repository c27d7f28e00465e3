"""Parsing model output: the first JSON value, however the text comes and whatever stands around it."""

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paperlib.data.output_parser import TRIES, NotJSONError, ValueScanner, parse_first_json

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
JSON = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=12)
OBJECTS = st.dictionaries(st.text(), JSON)
PROSE = st.text().filter(lambda text: not set(text) & set("{["))


def scan(*pieces: str) -> tuple[int | None, int | None]:
    scanner = ValueScanner()
    for piece in pieces:
        scanner.feed(piece)
    return scanner.start, scanner.end


@given(text=st.text(alphabet='{}[]":,\\a \n') | OBJECTS.map(json.dumps), cuts=st.lists(st.integers(0, 60)))
def test_pieces_are_scanned_like_the_whole(text: str, cuts: list[int]) -> None:
    ends = [0, *sorted(cuts), len(text)]
    pieces = [text[a:b] for a, b in pairwise(ends)]
    assert scan(*pieces) == scan(text)


@given(value=OBJECTS | st.lists(JSON), before=PROSE, after=st.text(), indent=st.sampled_from([None, 2]))
def test_the_value_is_read_from_any_surrounding_text(value: Any, before: str, after: str, indent: int | None) -> None:
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    assert parse_first_json(before + text + after) == value
    assert scan(before + text + after) == (len(before), len(before + text))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('```json\n{"a": 1}\n```', {"a": 1}),
        ('Here you are: {"a": 1} and {"a": 2}', {"a": 1}),
        ('{"a": "}{]["}', {"a": "}{]["}),
        (r'{"a": "\"}", "b": "\\"}', {"a": '"}', "b": "\\"}),
        ('a "quoted { word" is', None),
        (r'{"a": "\ud83d\ude00"}', {"a": "😀"}),
        ('Of {all [our} "words" {here: {"a": [1]}', {"a": [1]}),
        ('{see below} {"a": 1}', {"a": 1}),
        ('{ unclosed, and [ so on {"a": 1}', {"a": 1}),
        ('{it\'s 5" long} {"a": 1}', {"a": 1}),
        ('{{"a": 1}}', {"a": 1}),
        ('{"x" | x > 0} is a set, [2 of 3] a count, {"a": 1} JSON', {"a": 1}),
        ('{"a": {"b": 1}, oops: 2} {"c": 3}', {"c": 3}),
        ("{'a': {\"b\": 1}, 'c': None} [2]", [2]),
        ('[None, {"b": 1}] [NaN, {"b": 1}] [2]', [2]),
        ('{"a": NaN, "b": [1]} {"c": 3}', {"c": 3}),
        ('{key: {"b": 1}}', {"b": 1}),  # without quotes it looks like prose
        ('See [1]: {"a": 1}', [1]),  # an array is a value
        ('```\nno JSON\n```\n```json\n[\n {"a": 1}\n]\n```', [{"a": 1}]),
        ('{"a": 12345678901234567890123}', {"a": 12345678901234567890123}),
        ('{"a": 1e-999}', {"a": 0.0}),
        ('{"a": "' + "[" * 300 + '"}', {"a": "[" * 300}),
        (r'{"a": "\\ud800"}', {"a": r"\ud800"}),
        ('"{\\"a\\": 1}"', None),
        ("[]", []),
        ("{}", {}),
    ],
)
def test_examples(text: str, value: Any) -> None:
    if value is None:
        with pytest.raises(NotJSONError):
            parse_first_json(text)
    else:
        assert parse_first_json(text) == value


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no object"),
        ("no answer", "no object"),
        ("42", "no object"),
        ("{see below} [sic]", "no object"),
        ('{"a": 1', "unfinished object: line 1 column 1 "),
        ('Well:\n {"a": "1}', "unfinished object: line 2 column 2 "),
        ('{"a": {"b": 1}, "c": [', "unfinished object"),  # what is inside is not the answer
        ('{"a": 1, "a": 2} {"a": 1}', "a key occurs twice"),
        ('{"a": {"b": 1, "b": 1}}', "a key occurs twice"),
        ('{"a": NaN}', "NaN is not JSON: line 1 column 7 "),
        ('{"a": -Infinity}', "-Infinity is not JSON"),
        ('\n{"a": 1e999} {"a": 1}', r"a number is beyond the largest double: line 2 column 7 \(char 7\)"),
        ('{"a": ' + "1" * 5000 + "}", "a number is beyond the largest double"),
        (r'{"a": "\ud800"} {"a": 1}', "half of a surrogate pair: line 1 column 7 "),
        ('{"a": "\ud800"}', "half of a surrogate pair"),
        ("{'a': 1}", "Expecting property name"),
        ('\n\n{"a": 1] {', r"Expecting ',' delimiter: line 3 column 8 \(char 9\)"),
        ('{"a" 1} and {"b" 2}', "Expecting ':' delimiter: line 1 column 6 "),  # of several faults, the first
        ("x" + "[" * 201 + "]" * 201 + ' {"a": 1}', r"nested deeper than 200: line 1 column 202 "),
        ("[1 2]" * TRIES + "[3]", "Expecting ',' delimiter: line 1 column 4 "),
    ],
)
def test_what_is_no_answer_is_refused_with_its_reason(text: str, reason: str) -> None:
    with pytest.raises(NotJSONError, match=reason):
        parse_first_json(text)


def test_nesting_up_to_200_is_read() -> None:
    assert parse_first_json("[" * 200 + "]" * 200) == json.loads("[" * 200 + "]" * 200)


def test_candidates_that_are_no_json_are_passed_over_up_to_a_number() -> None:
    assert parse_first_json("[1 2]" * (TRIES - 1) + "[3]") == [3]


@pytest.mark.parametrize("unit", ["[", "{", '{"a":', "[a", "[1 2]", "{ ", '["', '["a\\"', "x"])
def test_ten_megabytes_without_an_answer_are_refused(unit: str) -> None:
    """Neither a crash nor, were it quadratic, 10^14 steps."""
    with pytest.raises(NotJSONError):
        parse_first_json(unit * (10_000_000 // len(unit)))


@pytest.mark.parametrize("unit", ["[", "[],", '"', '\\"', "\\", " ", "1"])
def test_a_megabyte_of_an_unfinished_answer_is_refused(unit: str) -> None:
    for before in ("[", '["', '{"a": "'):
        with pytest.raises(NotJSONError):
            parse_first_json(before + unit * (1_000_000 // len(unit)))


def test_an_answer_is_found_after_a_huge_text() -> None:
    assert parse_first_json("{x " * 3_000_000 + '{"a": 1}') == {"a": 1}


@given(text=st.text(alphabet='{}[]":,\\a \n1') | OBJECTS.map(json.dumps))
def test_the_scanner_ends_where_the_first_value_ends(text: str) -> None:
    start, end = scan(text)
    if end is None:
        with pytest.raises(NotJSONError):
            parse_first_json(text)
    else:
        try:
            value = json.loads(text[start:end])
        except json.JSONDecodeError:
            return
        unique = "a key occurs twice" not in refusal(text)
        assert not unique or parse_first_json(text) == value


def refusal(text: str) -> str:
    try:
        parse_first_json(text)
    except NotJSONError as error:
        return str(error)
    return ""


def test_the_scanner_ignores_what_follows_the_value() -> None:
    scanner = ValueScanner()
    assert [scanner.feed(piece) for piece in (" {", '"a": 1', "} {", "x}")] == [False, False, True, True]
    assert (scanner.start, scanner.end) == (1, 9)
