"""Where the sentences and table cells of a text begin and end, found from the text alone."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from functools import cached_property

_END = re.compile(r"[.?!\n](?:(?<=\n)|(?<=[\w)\"'”].)[\"”)]?\s(?=[\"“(]?[A-ZÀ-Þ]))")
_LAST = re.compile(r"[\w)\"'”]+$")
_ABBREVIATED = "no nr ref tel art dr mr ms mrs st approx dept lat lon co inc ltd"  # "No. 5" ends no sentence
_SHORT = frozenset(_ABBREVIATED.split())
_LONG = 8  # characters, more than any of these has
_ROW = re.compile(r"\| (?!---).*\w|\".*\",\"|[^;.\n]*;[^;\n]*$|[^;\n]*;[^;\n]*;[^. \n]", re.MULTILINE)
Range = tuple[int, int]  # start and end, in characters


class Layout:
    """Sentences, lines and tables of one text."""

    def __init__(self, text: str):
        self.text = text

    @cached_property
    def ends(self) -> list[int]:
        found = _END.finditer(self.text)
        return [m.end() for m in found if m[0] == "\n" or self._word(m.start()) not in _SHORT]

    def _word(self, end: int) -> str:
        """The last one before a place, or the end of a long one."""
        found = _LAST.search(self.text, max(0, end - _LONG), end)
        return found[0].lower() if found else ""

    @cached_property
    def lines(self) -> list[Range]:
        starts = [0, *(m.end() for m in re.finditer("\n", self.text))]
        return [(a, b - 1) for a, b in zip(starts, [*starts[1:], len(self.text) + 1], strict=True)]

    def sentence(self, start: int, end: int) -> Range:
        """What stands around a place, up to a full stop or the line's end on both sides."""
        before, after = bisect_right(self.ends, start), bisect_left(self.ends, end)
        first = self.ends[before - 1] if before else 0
        return first, self.ends[after] if after < len(self.ends) else len(self.text)

    def head(self, at: int) -> Range | None:
        """The cell that heads the column of a table in which a place stands."""
        if not (found := self._table(at)):
            return None
        (begin, end), (start, _), mark = found
        column = len(_cells(self.text[start:at], mark)) - 1
        cells = _cells(self.text[begin:end], mark)
        return None if column >= len(cells) else tuple(begin + place for place in cells[column])  # type: ignore[return-value]

    def unread(self, starts: list[int]) -> Iterator[str]:
        """Rows of tables, not their heads, in which none of ``starts`` stands."""
        for (begin, end), (after, _) in zip(self.lines, [*self.lines[1:], (len(self.text), 0)], strict=True):
            if _ROW.match(self.text, begin, end):
                place = bisect_left(starts, begin)
                read = place < len(starts) and starts[place] < end
                if not read and (self._table(begin) or not self._table(after)):
                    yield self.text[begin:end]

    def _table(self, at: int) -> tuple[Range, Range, str] | None:
        """Head line and own line of the table around a place, and what divides its cells."""
        row = bisect_right(self.lines, (at, len(self.text) + 1)) - 1
        line = self.text[slice(*self.lines[row])]
        mark = next((mark for mark in "|;," if mark in line), None)
        if mark is None:
            return None
        top = row
        while top and mark in self.text[slice(*self.lines[top - 1])]:
            top -= 1
        return None if top == row else (self.lines[top], self.lines[row], mark)


def _cells(line: str, mark: str) -> list[Range]:
    """Where the cells of a line stand; marks in quotation marks divide nothing."""
    found, start, quoted = [], 0, False
    for place, letter in enumerate(line):
        if letter == '"':
            quoted = not quoted
        elif letter == mark and not quoted:
            found.append((start, place))
            start = place + 1
    return [*found, (start, len(line))]
