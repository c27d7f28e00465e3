"""Reading model output: the first JSON value, however the text comes and whatever stands around it."""

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paperlib.reading import NotJSONError, ValueScanner, first_value

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
def test_first_value_is_read_from_any_surrounding_text(value: Any, before: str, after: str, indent: int | None) -> None:
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    assert first_value(before + text + after) == value
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
        ("[]", []),
        ("{}", {}),
    ],
)
def test_examples(text: str, value: Any) -> None:
    if value is None:
        with pytest.raises(NotJSONError):
            first_value(text)
    else:
        assert first_value(text) == value


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no object"),
        ("no answer", "no object"),
        ("42", "no object"),
        ('{"a": 1', "unfinished object"),
        ('{"a": "1}', "unfinished object"),
        ('{"a": 1, "a": 2}', "a key occurs twice"),
        ('{"a": {"b": 1, "b": 1}}', "a key occurs twice"),
        ('{"a": NaN}', "NaN is not JSON"),
        ('{"a": -Infinity}', "-Infinity is not JSON"),
        ('{"a": 1e999}', "1e999 is beyond the largest number"),
        (r'{"a": "\ud800"}', "half of a surrogate pair"),
        ("{'a': 1}", "Expecting property name"),
        ('{"a": 1]', "Expecting ',' delimiter"),
        ('{"a": ' + "1" * 5000 + "}", "Exceeds the limit"),
        ("[" * 201 + "]" * 201, "nested deeper than 200"),
    ],
)
def test_what_is_no_answer_is_refused_with_its_reason(text: str, reason: str) -> None:
    with pytest.raises(NotJSONError, match=reason):
        first_value(text)


def test_nesting_up_to_200_is_read() -> None:
    assert first_value("[" * 200 + "]" * 200) == json.loads("[" * 200 + "]" * 200)


@pytest.mark.parametrize(
    "text", ["[" * 100_000, "[" * 100_000 + "]" * 100_000, '{"a":' * 100_000, '["' + "[" * 100_000, "{" + '"' * 100_000]
)
def test_deep_nesting_is_refused(text: str) -> None:
    """Neither a crash nor, were it quadratic, 10^10 steps."""
    with pytest.raises(NotJSONError):
        first_value(text)


def test_the_scanner_ignores_what_follows_the_value() -> None:
    scanner = ValueScanner()
    assert [scanner.feed(piece) for piece in (" {", '"a": 1', "} {", "x}")] == [False, False, True, True]
    assert (scanner.start, scanner.end) == (1, 9)
