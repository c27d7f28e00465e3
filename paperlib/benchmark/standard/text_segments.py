"""Where the sentences, lines and table cells of a text begin and end, found from the text alone."""

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


class TextSegments:
    """The sentences, lines and tables of one text, each found when it is first asked for."""

    def __init__(self, text: str):
        self.text = text

    @cached_property
    def ends(self) -> list[int]:
        """Where sentences end, in order: behind a full stop or line break, but not behind an abbreviation."""
        found = _END.finditer(self.text)
        return [m.end() for m in found if m[0] == "\n" or self._word(m.start()) not in _SHORT]

    def _word(self, end: int) -> str:
        """The last word before a character, in lower case; of a long word its end."""
        found = _LAST.search(self.text, max(0, end - _LONG), end)
        return found[0].lower() if found else ""

    @cached_property
    def lines(self) -> list[Range]:
        """The lines without their line breaks."""
        starts = [0, *(m.end() for m in re.finditer("\n", self.text))]
        return [(a, b - 1) for a, b in zip(starts, [*starts[1:], len(self.text) + 1], strict=True)]

    def sentence(self, start: int, end: int) -> Range:
        """The sentence, or the part of a line, in which a range of characters stands."""
        before, after = bisect_right(self.ends, start), bisect_left(self.ends, end)
        first = self.ends[before - 1] if before else 0
        return first, self.ends[after] if after < len(self.ends) else len(self.text)

    def head(self, at: int) -> Range | None:
        """The header cell of the table column in which a character stands; None where it stands in no table."""
        if not (found := self._table(at)):
            return None
        (begin, end), (start, _), separator = found
        column = len(_cells(self.text[start:at], separator)) - 1
        cells = _cells(self.text[begin:end], separator)
        return None if column >= len(cells) else tuple(begin + place for place in cells[column])  # type: ignore[return-value]

    def rows_without(self, starts: list[int]) -> Iterator[str]:
        """The rows of tables, apart from header rows, in which no leaf begins; ``starts`` must be sorted."""
        for (begin, end), (after, _) in zip(self.lines, [*self.lines[1:], (len(self.text), 0)], strict=True):
            if _ROW.match(self.text, begin, end):
                place = bisect_left(starts, begin)
                holds_leaf = place < len(starts) and starts[place] < end
                if not holds_leaf and (self._table(begin) or not self._table(after)):
                    yield self.text[begin:end]

    def _table(self, at: int) -> tuple[Range, Range, str] | None:
        """The header line and the own line of a character that stands in a table, and what separates its cells."""
        row = bisect_right(self.lines, (at, len(self.text) + 1)) - 1
        line = self.text[slice(*self.lines[row])]
        separator = next((separator for separator in "|;," if separator in line), None)
        if separator is None:
            return None
        top = row
        while top and separator in self.text[slice(*self.lines[top - 1])]:
            top -= 1
        return None if top == row else (self.lines[top], self.lines[row], separator)


def _cells(line: str, separator: str) -> list[Range]:
    """The cells of a line; a separator inside quotation marks separates nothing."""
    found, start, quoted = [], 0, False
    for place, letter in enumerate(line):
        if letter == '"':
            quoted = not quoted
        elif letter == separator and not quoted:
            found.append((start, place))
            start = place + 1
    return [*found, (start, len(line))]
