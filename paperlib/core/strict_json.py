"""A strict JSON parser: RFC 8259 on top of Python's ``json``, which also accepts NaN, UTF-16 and unlimited nesting.

RFC 8259 leaves some decisions to the parser. The 35 texts of the JSON parsing test suite (Nicolas Seriot, 2016) that
test these fall into the following classes:

| class                                              | texts | here   | because                                       |
|----------------------------------------------------|-------|--------|-----------------------------------------------|
| number beyond the largest double (1e9999)          |     5 | refuse | infinity is not a JSON number                 |
| number nearer to zero than any double (1e-9999)    |     2 | accept | its nearest double is 0.0                     |
| integer of more digits than a double holds         |     3 | accept | Python keeps every digit                      |
| half of a surrogate pair, escaped (``\\ud800``)    |    10 | refuse | not a character; UTF-8 cannot encode it       |
| invalid UTF-8: overlong, cut off, stray, surrogate |    10 | refuse | section 8.1: JSON is UTF-8                    |
| UTF-16, with a byte order mark or without          |     3 | refuse | section 8.1: JSON is UTF-8                    |
| UTF-8 with a byte order mark                       |     1 | refuse | section 8.1: none may be written              |
| arrays nested 500 deep                             |     1 | refuse | deeper than DEPTH; section 9 allows a limit   |

A duplicate key is accepted, as the suite expects, and its last value counts; with ``unique_keys`` it is refused.
"""

import json
import math
import re
from collections.abc import Callable
from typing import Any

DEPTH = 200  # deeper nesting is never a real answer and would exhaust the stack of Python's parser
CONSTANTS = ("NaN", "Infinity", "-Infinity")  # accepted by Python, but not by RFC 8259
BRACKETS = {"[": 1, "{": 1, "]": -1, "}": -1}
# The next bracket outside strings, or the opening quote of an unterminated string, or the end of the text.
NEXT = re.compile(r'(?:[^"\[\]{}]++|"(?:[^"\\]++|\\.)*+")*+([\[\]{}"]|\Z)', re.S)
SURROGATE = re.compile(r"\\u[dD][89a-fA-F]|[\ud800-\udfff]")  # unpaired, or one of a pair
TOKEN = re.compile(r'"(?:[^"\\]++|\\.)*+"|[^\s,:\[\]{}"]++', re.S)  # a string, or a number, or a word


class NotJSONError(ValueError):
    """The text is not JSON. The message gives the reason and, for a local fault, its line and column (from 1).

    ``offset`` is the number of characters before the fault, or None. The message quotes no part of the text.
    """

    def __init__(self, reason: str, text: str = "", offset: int | None = None):
        self.reason, self.offset = reason, offset
        if offset is not None:
            line, column = text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)
            reason = f"{reason}: line {line} column {column} (char {offset})"
        super().__init__(reason)


class AmbiguousJSONError(NotJSONError):
    """The text follows the grammar of JSON, but parsers disagree on its value."""


def parse_strict(data: bytes) -> Any:
    """The value of UTF-8 encoded JSON according to RFC 8259 and, where that leaves a choice, the table above.

    Integers are exact, other numbers the nearest double. Raises NotJSONError.
    """
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8")
        raise NotJSONError("not UTF-8", before, len(before)) from None
    return parse(text)


def parse(text: str, unique_keys: bool = False) -> Any:
    """The value of a JSON text. Integers are exact, other numbers the nearest double.

    Raises NotJSONError for text that is not JSON, and its subclass AmbiguousJSONError for a number beyond the largest
    double, half of a surrogate pair or, with ``unique_keys``, a key that occurs twice in an object.
    """
    _check_depth(text)
    _check_grammar(text)
    try:
        value = json.loads(
            text, parse_int=_integer, parse_float=_finite, object_pairs_hook=_unique if unique_keys else None
        )
    except OverflowError:
        raise AmbiguousJSONError("a number is beyond the largest double", text, _place(text, _is_infinite)) from None
    if SURROGATE.search(text) and not is_encodable(value):
        raise AmbiguousJSONError("half of a surrogate pair", text, _place(text, _is_unencodable))
    return value


def _check_depth(text: str) -> None:
    if text.count("[") + text.count("{") <= DEPTH:
        return
    at, depth = scan_brackets(text, 0, 0)
    if depth > DEPTH:
        raise NotJSONError(f"nested deeper than {DEPTH}", text, at - 1)


def scan_brackets(text: str, at: int, depth: int) -> tuple[int, int]:
    """Scans brackets from position ``at``, where ``depth`` of them are open.

    Returns the position and depth where the scan ends: after the bracket that closes the last open one or exceeds
    DEPTH, at the opening quote of an unterminated string, or at the end of the text.
    """
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
    """The parser met one of CONSTANTS."""


def _no_constant(name: str) -> Any:
    raise _ConstantError(name)


def _place(text: str, wanted: Callable[[str], bool]) -> int | None:
    """Offset of the first token (string, number or word) for which ``wanted`` is true."""
    return next((token.start() for token in TOKEN.finditer(text) if wanted(token[0])), None)


def _is_infinite(token: str) -> bool:
    return token[0] in "-0123456789" and math.isinf(float(token))


def _is_unencodable(token: str) -> bool:
    return token[0] == '"' and bool(SURROGATE.search(token)) and not is_encodable(json.loads(token))


def is_encodable(value: Any) -> bool:
    """Whether all strings of a JSON value can be written as UTF-8, that is, hold no unpaired surrogate."""
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
    _finite(text)  # the largest double has 309 digits, and Python refuses integers of more than 4,300
    return int(text)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise AmbiguousJSONError("a key occurs twice")
    return value
