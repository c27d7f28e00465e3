"""Model texts, whole and damaged: reading one either gives a value or raises NotJSONError, and nothing else.

PAPERLIB_FUZZ sets how many texts each of the two tests makes, 1000 by default; 100,000 take about two minutes.
"""

import json
import os
from collections.abc import Callable
from functools import cache
from random import Random
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from paperlib.core import paths
from paperlib.core.files import read_jsonl
from paperlib.core.strict_json import parse_strict
from paperlib.data.output_parser import NotJSONError, ValueScanner, parse_first_json

TEXTS = int(os.environ.get("PAPERLIB_FUZZ", "1000"))
TIMES = 10  # each generated answer is damaged
KEYS = st.text("abké_ {", max_size=4)
NUMBERS = st.integers() | st.floats() | st.just(10**400)  # NaN and infinities too: json.dumps writes them
SCALARS = st.none() | st.booleans() | NUMBERS | st.text(max_size=8) | st.text('{}[]":,\\\n`', max_size=8)
VALUES = st.recursive(SCALARS, lambda v: st.lists(v, max_size=4) | st.dictionaries(KEYS, v, max_size=4), max_leaves=8)
ANSWERS = st.dictionaries(KEYS, VALUES, max_size=4) | st.lists(VALUES, max_size=4)
FRAGMENTS = (
    *'{}[]":,\\ \n`é😀\0\x1f\x7f\u2028\ufeff\ud83d\ude00',
    *(
        "```json\n",
        "\n```",
        "{see below}",
        "Here: ",
        '"a": 1, "a": 2',
        "NaN",
        "-Infinity",
        "1e999",
        "-0",
        "01",
        "1.",
        ".",
    ),
    *(
        "9" * 400,
        "9" * 5000,
        r"\ud800",
        r"\ud83d\ude00",
        r"\u12",
        r"\x",
        "\\",
        '\\"',
        "true",
        "null",
        "None",
        "'",
        "//",
    ),
    *("[" * 150, "]" * 150, '{"a":' * 150, "}" * 150, "[" * 1500, "[1 2]" * 30),
)


def cut(text: str, random: Random) -> str:
    return text[: random.randint(0, len(text))]


def drop(text: str, random: Random) -> str:
    start = random.randint(0, len(text))
    return text[:start] + text[start + random.randint(0, 9) :]


def swap(text: str, random: Random) -> str:
    chars = list(text)
    if chars:
        i, j = random.randrange(len(chars)), random.randrange(len(chars))
        chars[i], chars[j] = chars[j], chars[i]
    return "".join(chars)


def insert(text: str, random: Random) -> str:
    place = random.randint(0, len(text))
    return text[:place] + random.choice(FRAGMENTS) + text[place:]


def repeat(text: str, random: Random) -> str:
    start = random.randint(0, len(text))
    end = min(start + random.randint(0, 30), len(text))
    return text[:end] + text[start:end] * random.choice((1, 2, 300)) + text[end:]


def fence(text: str, random: Random) -> str:
    return f"Here is the JSON{random.choice(('', ':', ' {a: b}', ' [1'))}\n\n```json\n{text}\n```\nDone {{}}"


def corrupt(text: str, random: Random) -> str:
    """One byte of the UTF-8 text set anew."""
    data = bytearray(text.encode("utf-8", "surrogatepass"))
    if data:
        data[random.randrange(len(data))] = random.randrange(256)
    return data.decode("utf-8", random.choice(("replace", "surrogateescape")))


DAMAGE: tuple[Callable[[str, Random], str], ...] = (cut, drop, swap, insert, insert, insert, repeat, fence, corrupt)


def damage(text: str, random: Random) -> str:
    for _ in range(random.choice((0, 1, 1, 2, 3, 5))):
        text = random.choice(DAMAGE)(text, random)
    return text


def check(text: str) -> str:
    """Reads ``text`` in every way and returns what came of it."""
    scanner = ValueScanner()
    scanner.feed(text)
    data = text.encode("utf-8", "surrogatepass")
    strict, value = attempt(parse_strict, data), attempt(parse_first_json, text)
    if not isinstance(strict, NotJSONError):
        assert same(strict, json.loads(data))
    if not isinstance(value, NotJSONError):
        assert isinstance(value, dict | list)
        assert same(value, parse_strict(json.dumps(value, ensure_ascii=False, allow_nan=False).encode()))
    if scanner.start is not None and scanner.end is not None:
        first = attempt(parse_strict, text[scanner.start : scanner.end].encode("utf-8", "surrogatepass"))
        if not isinstance(first, NotJSONError):
            assert same(value, first) or str(value) == "a key occurs twice"
    return value.reason if isinstance(value, NotJSONError) else "read"


def attempt(read: Callable[[Any], Any], text: Any) -> Any:
    try:
        return read(text)
    except NotJSONError as error:
        return error


def same(a: Any, b: Any) -> bool:
    """Of equal text, so that 1, 1.0 and true differ."""
    return not isinstance(a, NotJSONError) and json.dumps(a) == json.dumps(b)


@cache
def real_texts() -> tuple[str, ...]:
    """What models have answered, in the committed study."""
    files = sorted(paths.RESULTS.glob("*/predictions.jsonl"))
    return tuple(row["output"] for file in files for _, row in read_jsonl(file))


@settings(max_examples=TEXTS // TIMES, suppress_health_check=list(HealthCheck))
@given(ANSWERS, st.booleans(), st.sampled_from([None, 1]), st.integers(0, 2**32))
def test_generated_texts_are_read(answer: Any, ascii_only: bool, indent: int | None, seed: int) -> None:
    text, random = json.dumps(answer, ensure_ascii=ascii_only, indent=indent), Random(seed)
    for _ in range(TIMES):
        check(damage(text, random))


def test_damaged_answers_of_models_are_read() -> None:
    random = Random(0)
    found = {check(damage(random.choice(real_texts()), random)) for _ in range(TEXTS)}
    assert {"read", "no object", "unfinished object", "a key occurs twice", "nested deeper than 200"} <= found
