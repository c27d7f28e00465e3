"""Rows of a table in a text, read by rule: a small model loses or doubles most of a long list, and need not read it.

A table is a line of column heads and the lines below it that have cells in these columns. Cells are divided by tabs,
bars, semicolons or commas, or by two spaces or more; these belong to the head that they stand below. A table is read
for an array of objects where a column is named like each required field, and every cell is a value of its field's
schema; otherwise it is left to the model.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import takewhile
from typing import Any

from paperlib.data.scalars import name_key, name_words
from paperlib.data.schema_forms import Node, alternatives

DELIMITERS = ("\t", "|", ";", ",")
SPACED = re.compile(r"[^\s|]+(?: [^\s|]+)*")  # a cell, where two spaces divide them
RULE = re.compile(r"[\s|:+=_-]*")  # a line below the heads, or a blank one
MIN_LIKENESS = 0.5  # shared words of a head and a name, as a share of the longer one's
NO_VALUE = object()
Reader = Callable[
    [int, int, list[Node]], Any
]  # what text[start:end] says of a field; NO_VALUE if nothing that it may be


@dataclass(frozen=True)
class Line:
    """A line of a text, and its cells as offsets in the text."""

    start: int
    text: str
    cells: list[tuple[int, int]]
    spaced: bool = False  # whether cells stand below their heads, so that some may be left out

    def said(self, cell: tuple[int, int]) -> str:
        return self.text[cell[0] - self.start : cell[1] - self.start]


Divide = Callable[[re.Match[str]], Line]
Columns = dict[str, int]  # the number of each field's column


def table_head(text: str, place: int) -> tuple[int, int] | None:
    """The first line of the table that goes on at ``place``, the start of a line; None where there are not at least two
    lines of as many cells before it."""
    lines = list(re.finditer(r"[^\n]*\n?", text[:place]))[:-1]
    wanted = _count_cells(text[place:].partition("\n")[0])
    alike = takewhile(lambda line: _count_cells(line[0]) == wanted or RULE.fullmatch(line[0]), reversed(lines))
    above = [line for line in alike if not RULE.fullmatch(line[0])]
    return (above[-1].start(), above[-1].end()) if wanted > 1 and len(above) > 1 else None


def _count_cells(line: str) -> int:
    marks = [line.count(mark) for mark in DELIMITERS if mark in line]
    return max(marks) + 1 if marks else len(SPACED.findall(line))


def table_rows(text: str, items: Any, root: Node, read: Reader) -> list[dict[str, Any]] | None:
    """The rows of the first table of ``text`` that states objects of the schema ``items``; None where there is none."""
    forms = alternatives(items, root)
    fields = _scalar_fields(forms[0], root) if len(forms) == 1 else {}
    if not fields:
        return None
    required = set(forms[0].get("required", ()))
    lines = list(re.finditer(r"[^\n]+", text))
    for number, line in enumerate(lines[:-1]):
        by_mark: list[Divide] = [partial(_divided, delimiter=mark) for mark in DELIMITERS if mark in line[0]]
        for divide in (*by_mark, _spaced):
            heads = divide(line)
            columns = _columns(heads, fields)
            if len(columns) > 1 and required <= columns.keys():
                return _rows(map(divide, lines[number + 1 :]), heads, columns, fields, required, read)
    return None


def _scalar_fields(form: Node, root: Node) -> dict[str, list[Node]]:
    """The plain forms of each field, nothing where one of the fields is no scalar."""
    fields = {key: alternatives(node, root) for key, node in form.get("properties", {}).items()}
    scalar = all(one.get("type") not in ("object", "array") for forms in fields.values() for one in forms)
    return fields if scalar else {}


def _divided(line: re.Match[str], delimiter: str) -> Line:
    """A line whose cells are divided by a delimiter; white space around them, and bars around the line, are no part."""
    framed = re.fullmatch(r"(\s*\|)(.*)\|\s*", line[0])
    text = framed[2] if framed and delimiter == "|" else line[0]
    start = line.start() + (len(framed[1]) if framed and delimiter == "|" else 0)
    cells = []
    for part in text.split(delimiter):
        before = len(part) - len(part.lstrip())
        cells.append((start + before, start + before + len(part.strip())))
        start += len(part) + 1
    return Line(line.start(), line[0], cells)


def _spaced(line: re.Match[str]) -> Line:
    spans = [cell.span() for cell in SPACED.finditer(line[0])]
    return Line(
        line.start(), line[0], [(line.start() + start, line.start() + end) for start, end in spans], spaced=True
    )


def _columns(heads: Line, fields: dict[str, list[Node]]) -> Columns:
    """The column of each field that has one: the head most like its name, if no other is as much like it."""
    found: Columns = {}
    for key in fields:
        likeness = [_likeness(heads.said(cell), key) for cell in heads.cells]
        best = max(likeness, default=0.0)
        if best >= MIN_LIKENESS and likeness.count(best) == 1 and likeness.index(best) not in found.values():
            found[key] = likeness.index(best)
    return found


def _likeness(head: str, key: str) -> float:
    one, other = ({word.lower() for word in name_words(name)} for name in (head, key))
    return 2.0 if name_key(head) == name_key(key) else len(one & other) / max(len(one), len(other), 1)


def _rows(
    lines: Iterator[Line],
    heads: Line,
    columns: Columns,
    fields: dict[str, list[Node]],
    required: set[str],
    read: Reader,
) -> list[dict[str, Any]] | None:
    """The lines below the heads as objects; None where there are none, or where lines of another kind come between."""
    rows: list[dict[str, Any]] = []
    ended = False
    for line in lines:
        cells = _below(heads, line)
        if RULE.fullmatch(line.text):
            continue
        row = {key: read(*cells[number], fields[key]) for key, number in columns.items()} if cells else {}
        said = {key: value for key, value in row.items() if value is not NO_VALUE}
        if not required <= said.keys() or not said:
            ended = True
        elif ended:
            return None
        else:
            rows.append({key: said[key] for key in fields if key in said})
    return rows or None


def _below(heads: Line, line: Line) -> dict[int, tuple[int, int]]:
    """The cell in each column, empty where there is none; nothing where a line does not fit the heads."""
    if len(line.cells) == len(heads.cells):
        return dict(enumerate(line.cells))
    found = dict.fromkeys(range(len(heads.cells)), (line.start, line.start))
    for start, end in line.cells:
        above = [
            number
            for number, (left, right) in enumerate(heads.cells)
            if left - heads.start < end - line.start and start - line.start < right - heads.start
        ]
        if not line.spaced or len(above) != 1 or found[above[0]] != (line.start, line.start):
            return {}
        found[above[0]] = (start, end)
    return found
