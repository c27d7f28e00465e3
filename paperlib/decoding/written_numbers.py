"""Numbers as a text writes them, in an answer that is to be JSON.

A model copies: of "1.247,56 EUR" it writes ``1.247``, and would be led astray where JSON allows only the digits of some
other number after ``1.``. So an answer may hold a number as the text writes it, and what it means takes its place once
the answer is complete.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from itertools import accumulate

from paperlib.data.readings.numbers import NumberReading

JSON_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?")
WRITTEN = re.compile(r"[-−]?[0-9][^\n\"\\{}\[\]:]*")  # what may stand in an answer: nothing that would structure it


@dataclass(frozen=True)
class Replacement:
    """The number ``json`` in place of ``text[start:end]``."""

    start: int
    end: int
    json: str


@dataclass(frozen=True)
class WrittenNumbers:
    """What the numbers of a text mean that it does not write as JSON does, by how it writes them."""

    values: Mapping[str, Decimal] = field(default_factory=dict)

    def replacements(self, answer: str) -> Iterator[Replacement]:
        """The numbers of an answer, complete or not, that are written as in the text."""
        for match in self._pattern.finditer(answer) if self.values else ():
            if match[1]:
                yield Replacement(*match.span(), json=f"{self.values[match[1]].normalize():f}")

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        """A string, which is passed over, or one of the numbers, the longest first."""
        numbers = "|".join(map(re.escape, sorted(self.values, key=len, reverse=True)))
        return re.compile(rf'"(?:[^"\\]|\\.)*"|(?<![\w.,])({numbers})(?=\s*(?:[,}}\]]|\Z))')

    def as_json(self, answer: str) -> str:
        """The answer with its numbers as JSON writes them."""
        return "".join(self.as_pieces([answer]))

    def as_pieces(self, pieces: Sequence[str]) -> list[str]:
        """The same for an answer in pieces: the first piece of a number has all of it, the others have none."""
        result, ends = list(pieces), list(accumulate(map(len, pieces)))
        for one in reversed(list(self.replacements("".join(pieces)))):
            touched = [n for n, end in enumerate(ends) if end > one.start and end - len(pieces[n]) < one.end]
            for number in touched:
                begin = ends[number] - len(pieces[number])
                before = result[number][: max(0, one.start - begin)]
                after = result[number][max(0, one.end - begin) :]
                result[number] = before + (one.json if number == touched[0] else "") + after
        return result


def written_numbers(text: str, readings: Iterable[NumberReading]) -> WrittenNumbers:
    """How ``text`` writes those of its numbers that are not written as in JSON and have one reading alone."""
    found: dict[str, set[Decimal]] = {}
    for one in readings:
        if match := WRITTEN.search(text, one.start, one.end):
            found.setdefault(match[0].rstrip(), set()).add(one.value)
    unclear = {written for written, values in found.items() if len(values) > 1 or JSON_NUMBER.fullmatch(written)}
    return WrittenNumbers({written: values.pop() for written, values in found.items() if written not in unclear})
