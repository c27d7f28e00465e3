"""Tables in a text: Markdown, CSV, semicolons or tabs; tables of field and value, and tables of items."""

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from paperlib.baselines.field_matching import properties, schema_leaves, stems
from paperlib.baselines.outline import Part, holders
from paperlib.baselines.value_formats import Node
from paperlib.data.scalars import name_key

DELIMITERS = ";\t,"
HEADS = frozenset(
    ("field", "value", "key", "name", "property", "attribute", "item", "entry", "what", "detail", "details")
)
COUNTERS = frozenset(("", "no", "nr", "row", "pos", "line"))  # heads of columns that count the rows
Rows = list[list[str]]


@dataclass
class Table:
    """The rows of one table, and the line that stands before it."""

    heading: str
    rows: Rows = field(default_factory=list)


def find_tables(text: str) -> list[Table]:
    """The tables of a text: at least two rows of the same number of cells, at least two. None if most of the text is
    something else."""
    bars = sum(line.count("|") > 1 for line in text.split("\n"))
    lines = [line.strip() for line in text.split("\n")]
    if bars > 1 and bars > 0.4 * len([line for line in lines if line]):
        return list(_blocks(lines, "|"))
    if sum(bool(re.match(r"[^|;,]+:\s", line)) for line in lines) > 0.5 * len(lines):
        return []
    for delimiter in DELIMITERS:
        tables = list(_blocks(lines, delimiter))
        covered = sum(len(table.rows) for table in tables)
        if covered > 1 and covered >= 0.6 * len([line for line in lines if line]):
            return tables
    return []


def _blocks(lines: Sequence[str], delimiter: str) -> Iterator[Table]:
    """Neighbouring lines of as many cells; a line without the delimiter is the heading of what comes after."""
    table = Table("")
    for line in [*lines, ""]:
        cells = _cells(line, delimiter)
        if table.rows and len(cells) != len(table.rows[0]):
            if len(table.rows) > 1:
                yield table
            table = Table("")
        if len(cells) > 1:
            if not all(re.fullmatch(r":?-{2,}:?|", cell) for cell in cells):
                table.rows.append(cells)
        elif line:
            table.heading = line.strip("#*[]=: ")


def _cells(line: str, delimiter: str) -> list[str]:
    if delimiter == "|":
        line = line.strip()
        if line.count("|") < 2 and not line.startswith("|"):
            return []
        return [
            cell.strip().strip("*`").replace("\\|", "|")
            for cell in re.split(r"(?<!\\)\|", line.removeprefix("|").removesuffix("|"))
        ]
    try:
        return [cell.strip() for cell in next(csv.reader([line], delimiter=delimiter, skipinitialspace=True), [])]
    except csv.Error:  # a carriage return inside the line, or a cell of more than 128 KiB
        return []


def parse_tables(text: str, schema: Node) -> dict[str, Any]:
    """The record that the tables of a text state together, as far as ``schema`` describes it."""
    root = Part(schema)
    for table in find_tables(text):
        part = _part_of(table, root)
        head, *rows = table.rows
        if part.rows is not None:
            for values in rows:
                _add_row(part.row(), head, values)
        elif len(head) == 2 and _suits(head, part.node) != 1:
            for label, value in table.rows:
                _add(part, label, value)
        else:
            for values in rows:
                _add_row(part, head, values)
    return root.record()


def _part_of(table: Table, root: Part) -> Part:
    """The object or array that the table's heading names; else the array that its first row suits, if it suits it
    better than the record itself; else the record."""
    if named := root.under(table.heading):
        return named[-1]
    arrays = [path for path, array in holders(root.node) if array]
    best = max(arrays, key=lambda path: _suits(table.rows[0], _items(root.node, path)), default=None)
    if best is None or _suits(table.rows[0], _items(root.node, best)) <= max(0.5, _suits(table.rows[0], root.node)):
        return root
    for name in best:
        root = root.child(name)
    return root


def _add_row(part: Part, head: Sequence[str], values: Sequence[str]) -> None:
    for label, value in zip(head, values, strict=True):
        if name_key(label) not in COUNTERS:
            _add(part, label, value)


def _add(part: Part, label: str, value: str) -> None:
    if value and not {name_key(label), name_key(value)} <= HEADS:
        part.add(label, value)


def _items(schema: Node, path: Sequence[str]) -> Node:
    for name in path:
        schema = properties(schema)[name]
    items = schema["items"]
    return items if isinstance(items, dict) else {}


def _suits(head: Sequence[str], node: Node) -> float:
    """The share of a row's cells that are names of a node's fields, a number of the row apart."""
    names = [stems(" ".join(leaf.path)) for leaf in schema_leaves(node, deep=True)]
    cells = [stems(cell) for cell in head if name_key(cell) not in COUNTERS]
    return sum(any(cell and cell <= name for name in names) for cell in cells) / max(1, len(cells))
