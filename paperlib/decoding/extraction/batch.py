"""Extraction from a JSONL file of texts to one of answers: in batches, with progress, continued where it stopped."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tqdm import tqdm

from paperlib.core.errors import DataError, PaperlibError
from paperlib.core.files import (
    beside,
    digest,
    drop_torn_line,
    read_json,
    read_jsonl,
    reporting_write_errors,
    write_json,
    write_jsonl,
)
from paperlib.decoding.extraction.extractor import Extraction, Extractor, SchemaLike

REJECTS = ".rejects.jsonl"  # the ending of the file beside the answers for rows that have none
Row = dict[str, Any]


@dataclass(frozen=True)
class Counts:
    """What became of the rows of a file."""

    valid: int
    incomplete: int  # only required fields are missing
    invalid: int
    rejected: int

    def __str__(self) -> str:
        parts = f"{self.valid} valid, {self.incomplete} lack required fields, {self.invalid} invalid"
        return f"{parts}, {self.rejected} rejected"


def extract_file(extractor: Extractor, schema: SchemaLike | None, source: Path, out: Path, batch_size: int) -> Counts:
    """Extracts from the ``text`` of every row of ``source`` and writes rows of the same ``id`` to ``out``.

    A row without an ``id`` gets the number of its line. Rows that have no text, or whose answer is not JSON, go to a
    file of rejects beside ``out``, with the reason. Both files are continued if they exist; what was rejected is tried
    again once its text has changed. Raises DataError for a ``source`` that is no JSONL or names an id twice,
    PaperlibError for a schema that cannot be used, or where ``out`` holds what another model, schema or decoding has
    answered, or answers to other texts.
    """
    rejects, meta = beside(out, REJECTS), beside(out)
    if source.resolve() in {path.resolve() for path in (out, rejects, meta)}:
        raise PaperlibError(
            f"{source}: is the file of texts; answers in {out} would be written over it, expected another name"
        )
    rows = _rows(source)
    identity = extractor.identity(schema)
    with reporting_write_errors(out):
        _check_identity(out, meta, identity)
        texts = {json.dumps(row["id"]): _text_hash(row) for row in rows}
        done = _answered_before(out, texts) | _rejected_before(rejects, texts, out.is_file())
        todo = [row for row in rows if json.dumps(row["id"]) not in done]
        with out.open("a", encoding="utf-8") as answers, rejects.open("a", encoding="utf-8") as refused:
            for start in tqdm(range(0, len(todo), batch_size), unit="batch", disable=None):
                for row, answer in _answered(extractor, schema, todo[start : start + batch_size]):
                    line = json.dumps({"id": row["id"], "text_hash": _text_hash(row), **answer}, ensure_ascii=False)
                    (refused if "reason" in answer else answers).write(line + "\n")
                answers.flush()
                refused.flush()
    return _counts(_finished(out), len(_finished(rejects)))


def _rows(source: Path) -> list[Row]:
    rows = [{"id": str(number), **row} for number, row in read_jsonl(source)]
    twice = [id for id, n in Counter(json.dumps(row["id"]) for row in rows).items() if n > 1]
    if twice:
        raise DataError(f"{source}: id {twice[0]} occurs twice, expected ids that differ")
    return rows


def _check_identity(out: Path, meta: Path, identity: Row) -> None:
    """Keeps what decides the answers beside them, and refuses to add to those that something else has decided, or to
    write over another's file."""
    identity, known = json.loads(json.dumps(identity)), read_json(meta) if meta.is_file() else None
    if out.is_file() and known != identity:
        raise PaperlibError(
            f"{out}: was written with another model, schema or decoding; delete it, or name another file"
        )
    if known is not None and not (isinstance(known, dict) and {"model", "schema"} <= known.keys()):
        raise PaperlibError(f"{meta}: is not this command's, which keeps there what decides {out}; name another file")
    write_json(meta, identity)


def _finished(path: Path) -> list[Row]:
    """The rows of a file that may not exist yet; a torn last line is removed from it."""
    if not path.is_file():
        return []
    drop_torn_line(path)
    return [row for _, row in read_jsonl(path)]


def _text_hash(row: Row) -> str:
    return digest(row.get("text"))[:16]


def _answered_before(out: Path, texts: Mapping[str, str]) -> set[str]:
    """The rows that have an answer. Raises PaperlibError for one to a text that is not among ``texts``, by id."""
    finished = {json.dumps(row["id"]): row.get("text_hash") for row in _finished(out)}
    if other := next((key for key, found in finished.items() if found != texts.get(key)), None):
        raise PaperlibError(f"{out}: id {other} was answered for another text; delete it, or name another file")
    return set(finished)


def _rejected_before(rejects: Path, texts: Mapping[str, str], continued: bool) -> set[str]:
    """The rows that were rejected, and have the same text still; others are struck from the file, all of them where
    the answers are not ``continued``."""
    finished = _finished(rejects)
    kept = [row for row in finished if continued and row.get("text_hash") == texts.get(json.dumps(row["id"]))]
    if len(kept) < len(finished):
        write_jsonl(rejects, kept)
    return {json.dumps(row["id"]) for row in kept}


def _answered(extractor: Extractor, schema: SchemaLike | None, rows: Sequence[Row]) -> Iterator[tuple[Row, Row]]:
    """Each row with its answer, or with the reason why it has none."""
    texts = []
    for row in rows:
        if fault := _fault(row):
            yield row, {"reason": fault}
        else:
            texts.append(row)
    found = extractor.attempts([row["text"] for row in texts], schema)
    for row, one in zip(texts, found, strict=True):
        yield row, {"reason": str(one)} if isinstance(one, PaperlibError) else answer_row(one)


def _fault(row: Row) -> str | None:
    """Why a row holds no text, if it holds none."""
    text = row.get("text")
    if isinstance(text, str) and text.strip():
        return None
    found = f"none among {', '.join(row)}" if "text" not in row else "an empty text" if text == "" else repr(text)[:40]
    return f"field 'text': found {found}, expected a text"


def answer_row(found: Extraction) -> Row:
    """What a file of answers holds of one: value, spans, confidence, missing, violations, warnings."""
    row = asdict(found)
    return {"value": json.loads(row.pop("json")), **{name: item for name, item in row.items() if name != "value"}}


def _counts(answers: Sequence[Row], rejected: int) -> Counts:
    invalid = sum(bool(row["violations"]) for row in answers)
    incomplete = sum(bool(row["missing"]) and not row["violations"] for row in answers)
    return Counts(len(answers) - invalid - incomplete, incomplete, invalid, rejected)
