"""Reading model output: where the first JSON value ends, and what it is."""

import json
import math
from typing import Any

DEPTH = 200  # nesting beyond this is no answer, and would exhaust Python's own parser


class ValueScanner:
    """Follows a growing text and tells when its first object or array is complete.

    Feed it pieces as they come; linear in their length. Text before the first ``{`` or ``[`` is passed over.
    """

    def __init__(self) -> None:
        self.length = 0  # characters fed
        self.start: int | None = None  # of the value
        self.end: int | None = None  # one past the value
        self._depth = 0
        self._in_string = False
        self._escaped = False

    def feed(self, piece: str) -> bool:
        """True once the value is complete; what follows it is ignored."""
        for char in piece:
            if self.end is not None:
                break
            self._step(char)
            self.length += 1
        return self.end is not None

    def _step(self, char: str) -> None:
        if self._in_string:
            if self._escaped:
                self._escaped = False
            elif char == "\\":
                self._escaped = True
            elif char == '"':
                self._in_string = False
        elif char in "{[":
            if self._depth == 0:
                self.start = self.length
            self._depth += 1
        elif char in "}]" and self._depth:
            self._depth -= 1
            if self._depth == 0:
                self.end = self.length + 1
        elif char == '"' and self._depth:
            self._in_string = True


class NotJSONError(ValueError):
    """The text holds no readable JSON value; the message says why."""


def first_value(text: str) -> Any:
    """The first object or array in ``text``, parsed.

    A repeated key, NaN, a number beyond the largest double, half of a surrogate pair and nesting deeper than 200 are
    refused: none of them has one agreed meaning (RFC 8259, sections 4, 6, 8.2 and 9), so none can equal an answer.
    Raises NotJSONError.
    """
    scanner = ValueScanner()
    if not scanner.feed(text):
        raise NotJSONError("no object" if scanner.start is None else "unfinished object")
    value = text[scanner.start : scanner.end]
    if _depth(value) > DEPTH:
        raise NotJSONError(f"nested deeper than {DEPTH}")
    try:
        answer = json.loads(value, object_pairs_hook=_unique, parse_constant=_no_constant, parse_float=_finite)
        json.dumps(answer, ensure_ascii=False).encode()
    except NotJSONError:
        raise
    except UnicodeEncodeError:
        raise NotJSONError("half of a surrogate pair") from None
    except ValueError as error:
        raise NotJSONError(str(error)) from None
    return answer


def _depth(text: str) -> int:
    """An upper bound of the nesting, brackets inside strings counted too."""
    deepest = depth = 0
    for char in text:
        depth += (char in "{[") - (char in "}]")
        deepest = max(deepest, depth)
    return deepest


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise NotJSONError("a key occurs twice")
    return value


def _finite(text: str) -> float:
    if math.isinf(number := float(text)):
        raise NotJSONError(f"{text} is beyond the largest number")
    return number


def _no_constant(name: str) -> Any:
    raise NotJSONError(f"{name} is not JSON")
