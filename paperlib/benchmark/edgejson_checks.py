"""Checks of the EdgeJSON dataset: what must hold before anything is trained on it."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from paperlib.benchmark.checks import balance_faults, repeated, span_faults, tally
from paperlib.benchmark.records.arithmetic import mistakes
from paperlib.core.errors import DataError
from paperlib.core.files import digest
from paperlib.data.examples import TIERS, Example
from paperlib.data.label_lines import read_span
from paperlib.data.schemas import Schema, schema_violations

NAMED = 5  # ids that an error message names
Fault = tuple[str, str]  # the id of an example, or the name of a split, and what is wrong with it


@dataclass(frozen=True)
class Report:
    """What was checked, and what the dataset holds."""

    checks: dict[str, int]  # name of a check -> examples it was applied to
    counts: dict[str, dict[str, int]]  # split -> tier -> examples

    def rows(self) -> list[dict[str, Any]]:
        """One row a split, for a table: the examples of each tier, and all of them."""
        return [{"split": split, **tiers, "all": sum(tiers.values())} for split, tiers in self.counts.items()]

    def _cells(self) -> list[list[str]]:
        return [["split", *TIERS, "all"], *([str(cell) for cell in row.values()] for row in self.rows())]

    def _repr_html_(self) -> str:
        tags = ["th", *(["td"] * len(self.counts))]
        rows = zip(tags, self._cells(), strict=True)
        lines = ["<tr>" + "".join(f"<{tag}>{cell}</{tag}>" for cell in row) + "</tr>" for tag, row in rows]
        return f"<table>{''.join(lines)}</table><p>Passed: {', '.join(self.checks)}.</p>"

    def __str__(self) -> str:
        lines = ["  ".join(f"{cell:>8}" for cell in row) for row in self._cells()]
        return "\n".join([*lines, f"passed: {', '.join(self.checks)}"])


def validate(examples: Sequence[Example], schemas: Mapping[str, Schema]) -> Report:
    """Applies every check to the examples of all splits.

    Raises DataError at the first check that fails, naming the check, up to five ids, and the fault of the first.
    """
    for name, check in CHECKS.items():
        _raise_if(name, [(e.id, fault) for e in examples for fault in check(e, schemas[e.schema_id])])
    for name, whole in WHOLE_CHECKS.items():
        _raise_if(name, whole(examples))
    return Report(dict.fromkeys((*CHECKS, *WHOLE_CHECKS), len(examples)), tally(_splits(examples)))


def _raise_if(check: str, faults: Iterable[Fault]) -> None:
    if found := list(faults):
        ids = list(dict.fromkeys(id_ for id_, _ in found))
        more = f" and {len(ids) - NAMED} more" if len(ids) > NAMED else ""
        raise DataError(f"{check} fails for {', '.join(ids[:NAMED])}{more}: {found[0][1]}")


def _splits(examples: Sequence[Example]) -> dict[str, list[Example]]:
    names = dict.fromkeys(example.split for example in examples)
    return {name: [example for example in examples if example.split == name] for name in names}


def _schema(example: Example, schema: Schema) -> Iterator[str]:
    if schema.tier != example.tier:
        yield f"tier is {example.tier}, that of its schema is {schema.tier}"
    yield from schema_violations(example.answer, schema)


def _empty(value: Any, pointer: str = "") -> Iterator[str]:
    if isinstance(value, dict | list):
        if not value:
            yield f"{pointer or 'the answer'} is an empty {'object' if isinstance(value, dict) else 'list'}"
        for key, child in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _empty(child, f"{pointer}/{key}")


def _unique(key: Callable[[Example], Any], what: str) -> Callable[[Sequence[Example]], Iterator[Fault]]:
    def faults(examples: Sequence[Example]) -> Iterator[Fault]:
        yield from ((example.id, f"{what} occurs twice") for _, same in repeated(examples, key) for example in same)

    return faults


def _balance(examples: Sequence[Example]) -> Iterator[Fault]:
    for split, fault in balance_faults(_splits(examples), every_tier=True):
        yield f"split {split}", fault


CHECKS: dict[str, Callable[[Example, Schema], Iterable[str]]] = {
    "schema": _schema,
    "spans": lambda example, _: span_faults(example, read_span),
    "no empty containers": lambda example, _: _empty(example.answer),
    "arithmetic": lambda example, _: mistakes(example.schema_id, example.answer),
}
WHOLE_CHECKS: dict[str, Callable[[Sequence[Example]], Iterator[Fault]]] = {
    "unique ids": _unique(lambda e: e.id, "the id"),
    # Below their titles: so no text of the test split is trained on either.
    "unique texts": _unique(lambda e: (e.schema_id, e.text.partition("\n")[2]), "the text"),
    "unique answers": _unique(lambda e: (e.schema_id, digest(e.answer)), "the answer"),
    "balance": _balance,
}
