"""Rows of a table in a text, read by rule: a small model loses or doubles most of a long list, and need not read it.

A table is a line of column heads and the lines below it that have cells in these columns, up to a blank line or total.
Cells are divided by tabs, bars, semicolons or commas, or by two spaces or more; these belong to the head that they
stand below. A table is read for an array of objects where a column is named like each required field, and every cell
that is not empty is a value of its field's schema; otherwise it is left to the model. So is which of the other columns
says a field that the schema does not demand and that no column is named like.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from paperlib.data.readings.units import unit_of_name
from paperlib.data.scalars import name_key, name_words
from paperlib.data.schema_forms import Node, alternatives

DELIMITERS = ("\t", "|", ";", ",")
PROSE_MARKS = ";,"  # which a line of prose has, too
SPACED = re.compile(r"[^\s|]+(?: [^\s|]+)*")  # a cell, where two spaces divide them
RULE = re.compile(r"[\s|:+=_-]*")  # a line below the heads, or a blank one
TOTALS = {
    *("total", "totals", "subtotal", "grandtotal", "sum", "summe", "zwischensumme", "gesamt", "gesamtsumme", "totaal"),
    *("totalgénéral", "totalgeneral", "soustotal", "totale", "suma", "razem", "ogółem", "celkem", "yhteensä"),
    *("összesen", "toplam", "итого", "всего"),
    *("合計", "小計", "総計", "合计", "小计", "总计", "합계", "소계", "총계", "รวม"),
}
NO_VALUE = object()
# What text[start:end] says of a field with these forms and this unit; NO_VALUE if nothing that it may be.
Reader = Callable[[int, int, list[Node], str | None], Any]


@dataclass(frozen=True)
class Line:
    """A line of a text, and its cells as offsets in the text."""

    start: int
    text: str
    cells: list[tuple[int, int]]
    mark: str = ""  # what divides the cells; nothing where they stand below their heads, so that some may be left out

    def said(self, cell: tuple[int, int]) -> str:
        return self.text[cell[0] - self.start : cell[1] - self.start]


@dataclass(frozen=True)
class Row:
    """The fields that a row of a table says, and of others what cells of columns of other names may say of them."""

    values: dict[str, Any]
    open: dict[str, list[Any]]

    def schema(self, order: Iterable[str]) -> Node:
        """The schema of objects with these values, and any of those that are open; ``order`` is that of the fields."""
        options = {**{key: [value] for key, value in self.values.items()}, **self.open}
        properties = {key: {"enum": options[key]} for key in order if key in options}
        return {
            "type": "object",
            "properties": properties,
            "required": list(self.values),
            "additionalProperties": False,
        }


Divide = Callable[[re.Match[str]], Line]
Columns = dict[str, int]  # the number of each field's column


def table_head(text: str, place: int) -> tuple[int, int] | None:
    """The first line of the table that goes on at ``place``, the start of a line; None where there are not at least two
    lines of as many cells before it."""
    wanted, found = _count_cells(text[place:].partition("\n")[0]), list[tuple[int, int]]()
    while place > 0:
        start = text.rfind("\n", 0, place - 1) + 1
        line = text[start:place]
        if RULE.fullmatch(line):
            pass
        elif _count_cells(line) == wanted:
            found.append((start, place))
        else:
            break
        place = start
    return found[-1] if wanted > 1 and len(found) > 1 else None


def _count_cells(line: str) -> int:
    """The cells of a line; a single comma or semicolon divides none, as in prose."""
    counts = {mark: line.count(mark) + 1 for mark in DELIMITERS if mark in line}
    return max((n for mark, n in counts.items() if n > 2 or mark not in PROSE_MARKS), default=len(SPACED.findall(line)))


def table_rows(text: str, items: Any, root: Node, read: Reader) -> list[Row] | None:
    """The rows of the first table of ``text`` that states objects of the schema ``items``; None where there is none."""
    forms = alternatives(items, root)
    fields = _scalar_fields(forms[0], root) if len(forms) == 1 else {}
    if not fields:
        return None
    required = set(forms[0].get("required", ()))
    lines = list(re.finditer(r"[^\n]*(?:\n|\Z)", text))
    for number, line in enumerate(lines[:-1]):
        by_mark: list[Divide] = [partial(_divided, delimiter=mark) for mark in DELIMITERS if mark in line[0]]
        for divide in (*by_mark, _spaced):
            heads = divide(line)
            columns = _columns(heads, fields)
            if len(columns) > 1 and required <= columns.keys():
                below = (divide(other) for other in lines[number + 1 :])
                return _rows(below, heads, columns, fields, required, read)
    return None


def _scalar_fields(form: Node, root: Node) -> dict[str, list[Node]]:
    """The plain forms of each field, nothing where one of the fields is no scalar."""
    fields = {key: alternatives(node, root) for key, node in form.get("properties", {}).items()}
    scalar = all(one.get("type") not in ("object", "array") for forms in fields.values() for one in forms)
    return fields if scalar else {}


def _divided(line: re.Match[str], delimiter: str) -> Line:
    """A line whose cells are divided by a delimiter; white space and quotes around them, and bars around the line, are
    no part of them. A line with a cell that doubles the quotes in it is one cell: no part of the text is its value."""
    text, start = line[0].rstrip("\r\n"), line.start()
    if delimiter == "|" and (framed := re.fullmatch(r"(\s*\|)(.*)\|\s*", text)):
        text, start = framed[2], start + len(framed[1])
    cells, mark = [], re.escape(delimiter)
    for part in re.finditer(rf'(?:^|{mark})( *"(?:[^"]|"")*" *(?={mark}|$)|[^{mark}]*)', text):
        inside = re.search(r'^ *"((?:[^"]|"")*)" *$|^\s*(.*?)\s*$', part[1], re.DOTALL)
        assert inside
        group = 1 if inside[1] is not None else 2
        if group == 1 and '"' in inside[1]:
            return Line(line.start(), line[0], [(start, start + len(text))], delimiter)
        cells.append((start + part.start(1) + inside.start(group), start + part.start(1) + inside.end(group)))
    return Line(line.start(), line[0], cells, delimiter)


def _spaced(line: re.Match[str]) -> Line:
    spans = [(line.start() + cell.start(), line.start() + cell.end()) for cell in SPACED.finditer(line[0])]
    return Line(line.start(), line[0], spans)


def _columns(heads: Line, fields: dict[str, list[Node]]) -> Columns:
    """The column of each field that has one: heads and fields that are most alike come first; none where two are."""
    pairs = [(_likeness(heads.said(cell), key), key, n) for key in fields for n, cell in enumerate(heads.cells)]
    found: Columns = {}
    for likeness in sorted({pair[0] for pair in pairs if pair[0]}, reverse=True):
        free = [(k, n) for alike, k, n in pairs if alike == likeness and k not in found and n not in found.values()]
        for key, number in free:
            if sum(key == k or number == n for k, n in free) == 1:
                found[key] = number
    return found


def _likeness(head: str, key: str) -> float:
    """How much a head is like the name of a field: 2 for the same, 1 and less where one has all words of the other."""
    one, other = ({word.lower() for word in name_words(name)} for name in (head, key))
    if name_key(head) == name_key(key):
        return 2.0
    return len(one & other) / max(len(one), len(other)) if one and (one <= other or other <= one) else 0.0


def _rows(
    lines: Iterator[Line],
    heads: Line,
    columns: Columns,
    fields: dict[str, list[Node]],
    required: set[str],
    read: Reader,
) -> list[Row] | None:
    """The lines below the heads as rows, up to a blank line or a total; None where one of them is no such object, or
    may be one all the same."""
    rows: list[Row] = []
    ended = False
    for line in lines:
        if RULE.fullmatch(line.text):
            ended |= bool(rows) and not line.text.strip()
            if ended and heads.mark in PROSE_MARKS:
                again = any(other.text.strip() == heads.text.strip() for other in lines)  # a second table
                return None if again else rows  # whatever else comes after is no part of it
            continue
        cells = _below(heads, line)
        if rows and (not cells or name_key(line.said(line.cells[0])) in TOTALS):
            if not ended and not cells and _may_be_row(line):
                return None
            ended = True
            continue
        row = {key: read(*cells[n], fields[key], unit_of_name(key)) for key, n in columns.items()} if cells else {}
        said = {key: value for key, value in row.items() if value is not NO_VALUE}
        unread = [key for key in row.keys() - said.keys() if cells[columns[key]][0] < cells[columns[key]][1]]
        if ended or not said or unread or not required <= said.keys():
            return None
        others = [cell for number, cell in cells.items() if number not in columns.values()]
        rows.append(Row({key: said[key] for key in fields if key in said}, _open(others, columns, fields, read)))
    return rows or None


def _may_be_row(line: Line) -> bool:
    """Whether a line that does not fit the heads may be a row: several cells, or a number at its end, but no total."""
    total = any(name_key(word) in TOTALS for word in re.findall(r"[^\W\d_]+", line.text))
    return not total and (len(line.cells) > 1 or line.text.rstrip()[-1:].isdigit())


def _open(
    cells: Sequence[tuple[int, int]], columns: Columns, fields: dict[str, list[Node]], read: Reader
) -> dict[str, list[Any]]:
    """What cells may say of the fields that have no column."""
    found = {}
    for key in fields.keys() - columns.keys():
        values = [read(*cell, fields[key], unit_of_name(key)) for cell in cells]
        if known := [value for value in values if value is not NO_VALUE]:
            found[key] = list(dict.fromkeys(known))
    return found


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
        if line.mark or len(above) != 1 or found[above[0]] != (line.start, line.start):
            return {}
        found[above[0]] = (start, end)
    return found
