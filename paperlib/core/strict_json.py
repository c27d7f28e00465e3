"""What is JSON: RFC 8259 on Python's own parser, which reads NaN, UTF-16 and as deep a text as its stack allows.

Where RFC 8259 leaves the choice to a parser, the 35 such texts of the JSON parsing test suite (Nicolas Seriot, 2016)
fall into these classes:

| class                                              | texts | here   | because                                       |
|----------------------------------------------------|-------|--------|-----------------------------------------------|
| number beyond the largest double (1e9999)          |     5 | refuse | it would be infinity, which is no JSON number |
| number nearer to zero than any double (1e-9999)    |     2 | accept | its nearest double is 0.0                     |
| integer of more digits than a double holds         |     3 | accept | Python keeps every digit                      |
| half of a surrogate pair, escaped (``\\ud800``)    |    10 | refuse | it is no character, and UTF-8 cannot write it |
| invalid UTF-8: overlong, cut off, stray, surrogate |    10 | refuse | section 8.1: JSON is UTF-8                    |
| UTF-16, with a byte order mark or without          |     3 | refuse | section 8.1: JSON is UTF-8                    |
| UTF-8 with a byte order mark                       |     1 | refuse | section 8.1: none may be written              |
| arrays nested 500 deep                             |     1 | refuse | deeper than DEPTH; section 9 allows a limit   |

A key that occurs twice is accepted, as the suite wants, and its last value counts; ``unique_keys`` refuses it.
"""

import json
import math
import re
from collections.abc import Callable
from typing import Any

DEPTH = 200  # nesting beyond this is no answer, and would exhaust Python's own parser
CONSTANTS = ("NaN", "Infinity", "-Infinity")  # what Python reads beyond RFC 8259
BRACKETS = {"[": 1, "{": 1, "]": -1, "}": -1}
# The next bracket outside whole strings, else the quote of a string without an end, else the end.
NEXT = re.compile(r'(?:[^"\[\]{}]++|"(?:[^"\\]++|\\.)*+")*+([\[\]{}"]|\Z)', re.S)
SURROGATE = re.compile(r"\\u[dD][89a-fA-F]|[\ud800-\udfff]")  # a half, or one of a pair
TOKEN = re.compile(r'"(?:[^"\\]++|\\.)*+"|[^\s,:\[\]{}"]++', re.S)  # a string, or a number, or a word


class NotJSONError(ValueError):
    """No readable JSON. The message says why and, where one place is to blame, its line and column (from 1).

    ``offset`` counts the characters before that place, or is None. No part of the text is quoted.
    """

    def __init__(self, reason: str, text: str = "", offset: int | None = None):
        self.reason, self.offset = reason, offset
        if offset is not None:
            line, column = text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)
            reason = f"{reason}: line {line} column {column} (char {offset})"
        super().__init__(reason)


class AmbiguousJSONError(NotJSONError):
    """The text follows the grammar of JSON, but readers would not agree on its value."""


def parse_strict(data: bytes) -> Any:
    """The value of a JSON text, decided as RFC 8259 does; the module's table says what it does where that is open.

    Integers are exact, other numbers the nearest double. Raises NotJSONError.
    """
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8")
        raise NotJSONError("not UTF-8", before, len(before)) from None
    return parse(text)


def parse(text: str, unique_keys: bool = False) -> Any:
    """The value of a JSON text; with ``unique_keys`` no key may occur twice in one object. Raises NotJSONError:
    its subclass AmbiguousJSONError where the text follows the grammar but a number, a string or a key is to be refused."""
    _check_depth(text)
    _check_grammar(text)
    try:
        value = json.loads(
            text, parse_int=_integer, parse_float=_finite, object_pairs_hook=_unique if unique_keys else None
        )
    except OverflowError:
        raise AmbiguousJSONError("a number is beyond the largest double", text, _place(text, _is_infinite)) from None
    if SURROGATE.search(text) and not _encodable(value):
        raise AmbiguousJSONError("half of a surrogate pair", text, _place(text, _is_no_text))
    return value


def _check_depth(text: str) -> None:
    if text.count("[") + text.count("{") <= DEPTH:
        return
    at, depth = scan_brackets(text, 0, 0)
    if depth > DEPTH:
        raise NotJSONError(f"nested deeper than {DEPTH}", text, at - 1)


def scan_brackets(text: str, at: int, depth: int) -> tuple[int, int]:
    """Follows brackets, ``depth`` of them open at ``at``, and returns where that ends, with the depth there: after the
    bracket that closes the last one or that goes deeper than DEPTH, before a string without an end, or at the end."""
    while found := NEXT.match(text, at):
        if found[1] not in BRACKETS:
            return found.start(1), depth
        at, depth = found.end(), depth + BRACKETS[found[1]]
        if not 0 < depth <= DEPTH:
            break
    return at, depth


def _check_grammar(text: str) -> None:
    if text.startswith("\ufeff"):
        raise NotJSONError("a byte order mark", text, 0)
    try:
        json.loads(text, parse_int=str, parse_float=str, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise NotJSONError(error.msg.rstrip(": "), text, error.pos) from None
    except _ConstantError as error:
        raise NotJSONError(f"{error} is not JSON", text, _place(text, lambda t: t.startswith(CONSTANTS))) from None


class _ConstantError(Exception):
    """One of CONSTANTS was read."""


def _no_constant(name: str) -> Any:
    raise _ConstantError(name)


def _place(text: str, wanted: Callable[[str], bool]) -> int | None:
    """Offset of the first wanted string, number or word."""
    return next((token.start() for token in TOKEN.finditer(text) if wanted(token[0])), None)


def _is_infinite(token: str) -> bool:
    return token[0] in "-0123456789" and math.isinf(float(token))


def _is_no_text(token: str) -> bool:
    return token[0] == '"' and bool(SURROGATE.search(token)) and not _encodable(json.loads(token))


def _encodable(value: Any) -> bool:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def _finite(text: str) -> float:
    if math.isinf(number := float(text)):
        raise OverflowError
    return number


def _integer(text: str) -> int:
    """Python itself refuses to read more than 4,300 digits; the largest double has 309."""
    _finite(text)
    return int(text)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise AmbiguousJSONError("a key occurs twice")
    return value
