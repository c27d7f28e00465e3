"""Scores of the EdgeJSON tasks for lm-evaluation-harness. Needs Python 3.11, and `datasets` to load the examples.

An output is parsed as the benchmark's authors parse it: the answer is the first complete JSON object or array in it,
whatever surrounds that. A candidate begins at a bracket that JSON may follow and ends where its brackets are balanced,
apart from those inside strings. A candidate that breaks the grammar of RFC 8259 (as NaN does) is skipped as a whole.
The first that follows it is the answer, unless parsers disagree about its value: then the output counts as unreadable,
as it does for a repeated key, a number beyond the largest double, and half of a surrogate pair. A candidate without an
end, or nested too deep, ends the search.
"""

import json
import math
import re
from pathlib import Path
from typing import Any

DEPTH = 200  # nested brackets
TRIES = 1000  # broken candidates after which an output counts as unreadable
# A bracket, followed after spaces by what may follow it in JSON or in a Python literal, or by the end of the text.
OPENING = re.compile(r"""\{(?=[ \t\n\r]*+(?:["'}]|\Z))|\[(?=[ \t\n\r]*+(?:["'\[\]{\-0-9tfnTFNI]|\Z))""")
# The next bracket outside complete strings, or the quote of a string without an end, or the end of the text.
NEXT = re.compile(r'(?:[^"\[\]{}]++|"(?:[^"\\]++|\\.)*+")*+([\[\]{}"]|\Z)', re.S)
LEVELS = {"[": 1, "{": 1, "]": -1, "}": -1}


class UnreadableError(ValueError):
    """Raised for an output that contains no answer."""


def process_results(doc: dict[str, Any], results: list[str]) -> dict[str, float]:
    """The scores of the first output, from 0 to 1: whether its JSON equals the answer, and F1 over top-level fields."""
    expected = json.loads(doc["answer"])
    try:
        answer = read(results[0])
    except UnreadableError:
        return {"json_exact": 0.0, "field_f1": 0.0}
    return {"json_exact": float(equal(answer, expected)), "field_f1": field_f1(answer, expected)}


def dataset(data_files: dict[str, str], **_: Any) -> Any:
    """The splits by name; the names of their files are relative to this one, wherever the harness is started."""
    from datasets import load_dataset

    here = Path(__file__).resolve().parent
    return load_dataset("json", data_files={split: str((here / name).resolve()) for split, name in data_files.items()})


def equal(one: Any, other: Any) -> bool:
    """Equality of JSON values: items in the same order, keys in any; 1 equals 1.0, a boolean equals no number."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(equal(one[key], other[key]) for key in other)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(equal, one, other))
    return bool(one == other)


def field_f1(answer: Any, expected: Any) -> float:
    """F1 over top-level fields, right if name and whole value are equal; 1 or 0 where one of the two is no object."""
    if not isinstance(answer, dict) or not isinstance(expected, dict):
        return float(equal(answer, expected))
    if not answer and not expected:
        return 1.0
    right = sum(key in expected and equal(value, expected[key]) for key, value in answer.items())
    return 2 * right / (len(answer) + len(expected))


def read(text: str) -> Any:
    """The first JSON object or array in a text. Raises UnreadableError. Linear in the length of the text."""
    end = 0
    for _ in range(TRIES):
        opening = OPENING.search(text, end)
        if opening is None:
            break
        end = _end(text, opening.end())
        candidate = text[opening.start() : end]
        if _follows_grammar(candidate):
            return _value(candidate)
    raise UnreadableError


def _end(text: str, at: int) -> int:
    """Where the bracket that was opened before ``at`` is closed. Raises UnreadableError where it never is."""
    depth = 1
    while 0 < depth <= DEPTH:
        found = NEXT.match(text, at)
        if found is None or found[1] not in LEVELS:
            raise UnreadableError
        at, depth = found.end(), depth + LEVELS[found[1]]
    if depth:
        raise UnreadableError
    return at


def _follows_grammar(text: str) -> bool:
    try:
        json.loads(text, parse_int=str, parse_float=str, parse_constant=_refuse)
    except ValueError:
        return False
    return True


def _value(text: str) -> Any:
    """The value of a text that follows the grammar. Raises UnreadableError where parsers disagree about it."""
    value = json.loads(text, parse_int=_integer, parse_float=_number, object_pairs_hook=_object)
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:  # half of a surrogate pair
        raise UnreadableError from None
    return value


def _refuse(name: str) -> Any:
    raise ValueError(name)


def _number(text: str) -> float:
    if math.isinf(number := float(text)):
        raise UnreadableError
    return number


def _integer(text: str) -> int:
    _number(text)
    return int(text)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise UnreadableError
    return value
