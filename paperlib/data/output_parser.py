"""Parses model output: where the first JSON value ends, and what it is.

A candidate is what seems to be an object or array. It starts at a ``{`` or ``[`` whose next character, spaces apart,
may go on in JSON, or in the Python literal that a model takes for JSON (``{'a': None}``); it ends where its brackets
are balanced, those inside strings not counted. Other brackets, as in ``{see below}``, ``[sic]``, ``{{`` or before a key
without quotes, are prose. Code fences need no rule of their own: they hold no brackets.
"""

import re
from typing import Any

from paperlib.core.strict_json import DEPTH, AmbiguousJSONError, NotJSONError, parse, scan_brackets

__all__ = ["NotJSONError", "ValueScanner", "parse_first_json"]

TRIES = 1000  # a text with so many candidates that are no JSON is given up
FIRST = {"{": "\"'}", "[": "\"'[]{-0123456789tfnTFNI"}  # what may follow an opening bracket
# A bracket followed by one of those, or by nothing yet.
OPENING = re.compile(r"""\{(?=[ \t\n\r]*+(?:["'}]|\Z))|\[(?=[ \t\n\r]*+(?:["'\[\]{\-0-9tfnTFNI]|\Z))""")
SPACE = re.compile(r"[ \t\n\r]*+")
IN_STRING = re.compile(r'(?:[^"\\]++|\\.)*+', re.S)


class ValueScanner:
    """Follows a growing text and says when its first candidate is complete; one nested deeper than DEPTH never is.

    Feed it pieces as they come; linear in their length.
    """

    def __init__(self, length: int = 0) -> None:
        self.length = length  # characters fed, or passed over before
        self.start: int | None = None  # of the candidate
        self.end: int | None = None  # one past the candidate
        self.too_deep = False
        self._first = ""  # what may follow the bracket just opened
        self._depth = 0
        self._state = self._outside

    def feed(self, piece: str, at: int = 0) -> bool:
        """True once the candidate is complete; what follows it is ignored. ``at``: where in ``piece`` to begin."""
        while at < len(piece) and self.end is None and not self.too_deep:
            end = self._state(piece, at)
            self.length += end - at
            at = end
            if self._state == self._inside and self._depth == 0:
                self.end = self.length
        return self.end is not None

    # The states: each takes some of ``piece`` from ``at`` on, sets the next state and returns how far it came.

    def _outside(self, piece: str, at: int) -> int:
        found = OPENING.search(piece, at)
        if found is None:
            return len(piece)
        self.start = self.length + found.start() - at
        self._first = FIRST[found[0]]
        self._state = self._opened
        return found.end()

    def _opened(self, piece: str, at: int) -> int:
        at = _after(SPACE, piece, at)
        if at < len(piece) and piece[at] in self._first:
            self._depth = 1
            self._state = self._inside
        elif at < len(piece):
            self.start = None
            self._state = self._outside
        return at

    def _inside(self, piece: str, at: int) -> int:
        at, self._depth = scan_brackets(piece, at, self._depth)
        self.too_deep = self._depth > DEPTH
        if 0 < self._depth <= DEPTH and at < len(piece):  # at the quote of a string that this piece does not end
            self._state = self._in_string
            at += 1
        return at

    def _in_string(self, piece: str, at: int) -> int:
        at = _after(IN_STRING, piece, at)
        if at == len(piece):
            return at
        self._state = self._inside if piece[at] == '"' else self._escaped
        return at + 1

    def _escaped(self, piece: str, at: int) -> int:
        self._state = self._in_string
        return at + 1


def _after(pattern: re.Pattern[str], text: str, at: int) -> int:
    """Where a match of ``pattern`` that starts at ``at`` ends."""
    found = pattern.match(text, at)
    return found.end() if found else at


def parse_first_json(text: str) -> Any:
    """The first complete JSON object or array in ``text``, parsed, whatever stands around it.

    A candidate that does not follow the grammar (NaN and Infinity do not) is passed over whole, never read in part: an
    object inside a broken one is not the answer. The first that does is the answer, or is refused if readers would not
    agree on it: a key that occurs twice, a number beyond the largest double, half of a surrogate pair (RFC 8259,
    sections 4, 6 and 8.2). A candidate without an end, or nested deeper than DEPTH (section 9), ends the search, and so
    do TRIES broken ones. Integers are exact. Linear in the length of the text. Raises NotJSONError; where no candidate
    is JSON, with the first one's fault.
    """
    fault: NotJSONError | None = None
    at = 0
    for _ in range(TRIES):
        scanner = ValueScanner(at)
        scanner.feed(text, at)
        if scanner.start is None or scanner.end is None:
            raise fault or _incomplete(scanner, text)
        start, at = scanner.start, scanner.end
        try:
            return parse(text[start:at], unique_keys=True)
        except NotJSONError as error:
            found = type(error)(error.reason, text, None if error.offset is None else start + error.offset)
            if isinstance(error, AmbiguousJSONError):
                raise found from None
            fault = fault or found
    raise fault or NotJSONError("no object")


def _incomplete(scanner: ValueScanner, text: str) -> NotJSONError:
    if scanner.start is None:
        return NotJSONError("no object")
    if scanner.too_deep:
        return NotJSONError(f"nested deeper than {DEPTH}", text, scanner.length - 1)
    return NotJSONError("unfinished object", text, scanner.start)
