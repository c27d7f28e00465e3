"""Reads labelled documents, texts with their JSON: JSON Lines, CSV, or a folder of ``x.txt`` and ``x.json``.

- **JSON Lines**: a row has ``text`` and ``answer``, and an ``id`` if it likes; rows in the published form (``prompt``
  and ``expected_output``) are read as well. An answer may be a string that holds JSON.
- **CSV**: a head line, with a column ``text``; every other column is a field of the answer, but for ``id``. Commas,
  semicolons or tabs divide. A column holds whole numbers, numbers, yes and no, or strings: the first that its cells are
  and that the schema, if there is one, lets them be. An empty cell is a field left out.
- **Folder**: ``x.txt`` is the text, ``x.json`` beside it the answer, ``x`` the id.
"""

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from paperlib.core.errors import DataError
from paperlib.core.files import read_json, read_jsonl, read_text
from paperlib.core.strict_json import NotJSONError, parse
from paperlib.data.leaves import json_equal
from paperlib.data.scalars import parse_boolean
from paperlib.data.schema_forms import Node, forms_at
from paperlib.data.validation import build_validator

LEAST = 10  # documents, of which some are held out
TEXTS, ANSWERS = ("text", "prompt"), ("answer", "expected_output")
FIELD_SIZE = 10_000_000  # characters that a cell may have; csv has 131,072 unless told otherwise


@dataclass(frozen=True)
class Document:
    """A text and the JSON that it holds, and where both were read: a file, and its line."""

    id: str
    text: str
    answer: Any
    where: str


def read_documents(path: Path, least: int = LEAST, schema: Node | None = None) -> list[Document]:
    """The documents of a ``.jsonl`` or ``.csv`` file or of a folder, those that stand there twice once. Of a ``.csv``,
    ``schema`` says what its cells hold.

    Raises DataError naming file and line, what was found and what is expected: a field, column or file that is missing,
    an answer that is not JSON, an id that occurs twice, a text with two answers, or fewer than ``least`` documents.
    """
    readers = {".jsonl": lambda: _of_jsonl(path), ".csv": lambda: _of_csv(path, schema)}
    read = (lambda: _of_folder(path)) if path.is_dir() else readers.get(path.suffix.lower())
    if read is None:
        raise DataError(f"{path}: expected a folder of .txt and .json files, or a file {' or '.join(readers)}")
    found = list(read())
    if twice := next((id for id, n in Counter(one.id for one in found).items() if n > 1), None):
        raise DataError(f"{path}: id {twice!r} occurs twice, expected ids that differ")
    documents = _without_copies(found)
    if len(documents) < least:
        raise DataError(f"{path}: holds {len(documents)} documents, expected at least {least}: some are held out")
    return documents


def _of_jsonl(path: Path) -> Iterator[Document]:
    for number, row in read_jsonl(path, strict=True):
        where = f"{path}:{number}"
        text, answer = (_first_of(row, names, where) for names in (TEXTS, ANSWERS))
        if isinstance(answer, str):
            answer = _parsed(answer, f"{where}: field 'answer'")
        yield _document(row.get("id"), text, answer, where, f"line {number}")


def _first_of(row: dict[str, Any], names: Sequence[str], where: str) -> Any:
    name = next((name for name in names if name in row), None)
    if name is None:
        raise DataError(f"{where}: field {names[0]!r} is missing (found {', '.join(row) or 'no field'})")
    return row[name]


def _parsed(answer: str, where: str) -> Any:
    try:
        return parse(answer, unique_keys=True)
    except NotJSONError as error:
        raise DataError(f"{where}: not valid JSON ({error})") from None


def csv_rows(path: Path) -> tuple[list[str], Iterator[tuple[int, list[str]]]]:
    """The head line of a CSV file, divided by commas, semicolons or tabs, and its other rows with the number of their
    last line; empty rows are left out. Raises DataError, while they are read, for one of more or fewer cells, and for
    what csv cannot read: a cell of more than FIELD_SIZE characters, most often after a quotation mark without its pair.
    """
    csv.field_size_limit(FIELD_SIZE)
    text = read_text(path, "CSV").removeprefix("\ufeff")
    first = re.sub('"[^"]*"', "", text.partition("\n")[0])
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=first.count), strict=True)

    def read() -> Iterator[list[str]]:
        try:
            yield from reader
        except csv.Error as error:
            raise DataError(f"{path}:{reader.line_num}: not valid CSV ({error})") from None

    head = next(read(), [])

    def rows() -> Iterator[tuple[int, list[str]]]:
        for row in read():
            if not any(cell.strip() for cell in row):
                continue
            if len(row) != len(head):
                raise DataError(
                    f"{path}:{reader.line_num}: found {len(row)} cells, expected {len(head)} as in the head line"
                )
            yield reader.line_num, row

    return head, rows()


def _of_csv(path: Path, schema: Node | None) -> Iterator[Document]:
    first, numbered = csv_rows(path)
    head = [name.strip() for name in first]
    if "text" not in head:
        raise DataError(f"{path}:1: no column 'text' (found {', '.join(head) or 'an empty file'})")
    if twice := next((name for name, n in Counter(head).items() if n > 1 or not name.strip()), None):
        raise DataError(f"{path}:1: two columns are called {twice!r}, or one has no name")
    rows = list(numbered)
    fields_of = {n: name for n, name in enumerate(head) if name not in ("id", "text")}
    if not fields_of:
        raise DataError(f"{path}:1: expected a column for each field of the answers beside {', '.join(head)}")
    columns = {}
    for n, name in fields_of.items():
        columns[name] = _column([row[n] for _, row in rows], name, path, _validators(schema, name))
    for place, (number, row) in enumerate(rows):
        fields = {name: column[place] for name, column in columns.items()}
        answer = {name: value for name, value in fields.items() if value is not None}
        id, text = row[head.index("id")] if "id" in head else None, row[head.index("text")]
        yield _document(id, text, answer, f"{path}:{number}", f"line {number}")


def _column(cells: Sequence[str], name: str, path: Path, valid: Sequence[Callable[[Any], bool]]) -> list[Any]:
    """The values of a column, of the first kind that all of its cells are and ``valid``, if there are any, accept; None
    for empty cells. Where they accept no kind, it is the first that all cells are."""
    said = [cell.strip() for cell in cells]
    if not any(said):
        raise DataError(f"{path}: column {name!r} is empty in every row, expected values or no such column")
    strings: list[Any] = [cell or None for cell in said]
    kinds = [values for convert in (_whole_number, _number) if (values := _converted(said, convert))]
    flags = _converted(said, parse_boolean)
    both = {True, False} <= set(flags)
    kinds += [flags, strings] if both else [strings, flags]  # NO alone may be Norway
    accepted = (
        values
        for values in kinds
        if values and all(value is None or any(accepts(value) for accepts in valid) for value in values)
    )
    return next(accepted, next(filter(None, kinds)))


def _converted(cells: Sequence[str], convert: Callable[[str], Any]) -> list[Any]:
    """The values of a column's cells, None for empty ones; no value where a cell cannot be converted."""
    try:
        return [convert(cell) if cell else None for cell in cells]
    except ValueError:
        return []


def _validators(schema: Node | None, name: str) -> list[Callable[[Any], bool]]:
    """What tells whether a value may be that of a field, one for each alternative of ``schema``."""
    if schema is None:
        return []
    shared: Node = {key: schema[key] for key in ("$defs", "definitions") if key in schema}
    return [build_validator({**shared, **form}).is_valid for form in forms_at(schema, (name,))]


def _whole_number(cell: str) -> int:
    if not re.fullmatch(r"-?(0|[1-9][0-9]{0,17})", cell):  # 007 and phone numbers are strings
        raise ValueError(cell)
    return int(cell)


def _number(cell: str) -> float | int:
    if not re.fullmatch(r"-?(0|[1-9][0-9]{0,17})(\.[0-9]{1,17})?", cell):
        raise ValueError(cell)
    return float(cell) if "." in cell else int(cell)


def _of_folder(path: Path) -> Iterator[Document]:
    stems = {suffix: {file.stem for file in path.glob(f"*{suffix}")} for suffix in (".txt", ".json")}
    for one, other in ((".txt", ".json"), (".json", ".txt")):
        if alone := sorted(stems[one] - stems[other]):
            raise DataError(
                f"{path}: {len(alone)} of {len(stems[one])} {one} files have no {other} beside them "
                f"({alone[0]}{one}{', …' if len(alone) > 1 else ''})"
            )
    for stem in sorted(stems[".txt"]):
        file = path / f"{stem}.txt"
        text = read_text(file, "text").removeprefix("\ufeff")
        yield _document(stem, text, read_json(file.with_suffix(".json"), strict=True), str(file), stem)


def _document(id: Any, text: Any, answer: Any, where: str, otherwise: str) -> Document:
    """A document; one without an id is called ``otherwise``."""
    if not isinstance(text, str) or not text.strip():
        raise DataError(f"{where}: the text is {json.dumps(text)[:40]}, expected some text")
    if not isinstance(answer, dict | list):
        raise DataError(f"{where}: the answer is {json.dumps(answer)[:40]}, expected an object or an array")
    return Document(otherwise if id in (None, "") else str(id), text, answer, where)


def _without_copies(documents: Sequence[Document]) -> list[Document]:
    by_text: dict[str, Document] = {}
    for one in documents:
        first = by_text.setdefault(one.text.strip(), one)
        if not json_equal(first.answer, one.answer):
            raise DataError(f"{one.where}: its text has another answer in {first.where}, expected one answer a text")
    return list(by_text.values())
