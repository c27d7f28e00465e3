"""Example, the unit of every dataset, and how files of them are read and written."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, Protocol, TypeVar

from paperlib.core.errors import DataError
from paperlib.core.files import digest, read_jsonl, write_jsonl

Tier = Literal["simple", "medium", "complex"]
TIERS: tuple[Tier, ...] = ("simple", "medium", "complex")


class OfSchema(Protocol):
    """Whatever has the schema and the tier of an example: the example itself, or its score."""

    @property
    def schema_id(self) -> str: ...

    @property
    def tier(self) -> str | None: ...


Member = TypeVar("Member", bound=OfSchema)


@dataclass(frozen=True)
class Span:
    """Where one leaf of an answer stands in the text: ``text[start:end]`` normalises to the leaf."""

    pointer: str  # JSON pointer (RFC 6901) into the answer
    start: int  # characters
    end: int  # characters, exclusive
    normalise: str  # name of the step from text to value: "copy", "number", "date", "phrase:…"


@dataclass(frozen=True)
class Example:
    """One text and the JSON it holds. ``answer`` is None where a file gives none (a blind test set)."""

    id: str
    schema_id: str
    tier: Tier | None
    split: str
    surface: str
    text: str
    answer: Any
    spans: tuple[Span, ...] = ()

    def row(self) -> dict[str, Any]:
        """The JSON object of this example, one line of a dataset file."""
        return asdict(self)


def save_examples(path: Path, examples: Iterable[Example]) -> None:
    """Writes a JSONL file, one example a line, whole or not at all. Raises PaperlibError where it cannot be."""
    write_jsonl(path, (example.row() for example in examples))


def load_examples(path: Path) -> list[Example]:
    """Examples of a JSONL file in our contract or in the published EdgeJSON v3 form.

    Raises DataError naming file, line and field; ids must be unique.
    """
    examples = [_parse(path, number, row) for number, row in read_jsonl(path)]
    if not examples:
        raise DataError(f"{path}: holds no example")
    seen: set[str] = set()
    for example in examples:
        if example.id in seen:
            raise DataError(f"{path}: id {example.id!r} occurs twice")
        seen.add(example.id)
    return examples


def data_hash(examples: Sequence[Example]) -> str:
    """Hash of ids, texts and answers in order: the same whichever of the two forms the file had."""
    return digest([[e.id, e.schema_id, e.text, e.answer] for e in examples])


def _parse(path: Path, number: int, row: dict[str, Any]) -> Example:
    where = f"{path}:{number}"
    published = "prompt" in row and "text" not in row
    text = _field(where, row, "prompt" if published else "text")
    tier = row.get("complexity") if published else row.get("tier")
    if tier is not None and tier not in TIERS:
        name = "complexity" if published else "tier"
        raise DataError(f"{where}: field {name!r} is {tier!r}, expected one of {', '.join(TIERS)} or null")
    return Example(
        id=_field(where, row, "id"),
        schema_id=_field(where, row, "schema_id"),
        tier=tier,
        split=str(row.get("split") or ""),
        surface=str(row.get("surface") or ("published" if published else "")),
        text=text,
        answer=row.get("expected_output") if published else row.get("answer"),
        spans=tuple(_span(where, span, text) for span in _spans(where, row)),
    )


def _field(where: str, row: dict[str, Any], name: str) -> str:
    if name not in row:
        raise DataError(f"{where}: field {name!r} is missing (found {', '.join(row) or 'no field'})")
    if not isinstance(row[name], str):
        raise DataError(f"{where}: field {name!r} is {type(row[name]).__name__}, expected a string")
    return str(row[name])


def _spans(where: str, row: dict[str, Any]) -> list[Any]:
    spans = row.get("spans") or []
    if not isinstance(spans, list):
        raise DataError(f"{where}: field 'spans' is {type(spans).__name__}, expected list")
    return spans


def _span(where: str, row: Any, text: str) -> Span:
    try:
        span = Span(**row)
        right = isinstance(span.pointer, str) and isinstance(span.normalise, str)
        if right and 0 <= span.start <= span.end <= len(text):
            return span
    except TypeError:
        pass
    expected = f"pointer, start, end and normalise, with 0 <= start <= end <= {len(text)}, the text's length"
    raise DataError(f"{where}: field 'spans' holds {row!r}, expected {expected}")


def groups(members: Sequence[Member]) -> list[tuple[Literal["overall", "tier", "schema"], str, list[Member]]]:
    """All members, those of each tier ("none" without one) and of each schema; groups without a member are left out."""
    tiers = [("tier", tier or "none", [m for m in members if m.tier == tier]) for tier in (*TIERS, None)]
    names = sorted({m.schema_id for m in members})
    schemas = [("schema", name, [m for m in members if m.schema_id == name]) for name in names]
    found: list[Any] = [("overall", "all", list(members)), *tiers, *schemas]
    return [group for group in found if group[2]]
