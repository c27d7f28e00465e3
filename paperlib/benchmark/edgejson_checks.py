"""Checks of a dataset: what must hold before anything is trained on it."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from paperlib.benchmark.edgejson import SHARES
from paperlib.benchmark.records.arithmetic import mistakes
from paperlib.core.errors import DataError
from paperlib.core.files import digest
from paperlib.data.examples import TIERS, Example
from paperlib.data.label_lines import leaves, read_span
from paperlib.data.schemas import Schema, schema_violations

NAMED = 5  # ids an error names
TOLERANCE = 0.10  # a tier's share of a split of 50 or more may differ by so much
SMALL = 50


@dataclass(frozen=True)
class Report:
    """What was checked and what the dataset holds. ``checks`` maps each check to the number of examples it saw."""

    checks: dict[str, int]
    counts: dict[str, dict[str, int]]  # split -> tier -> examples

    def rows(self) -> list[dict[str, Any]]:
        """One row a split, for a table: examples of each tier and in all."""
        return [{"split": split, **tiers, "all": sum(tiers.values())} for split, tiers in self.counts.items()]

    def _repr_html_(self) -> str:
        head, *body = _cells(self)
        lines = ["<tr>" + "".join(f"<th>{cell}</th>" for cell in head) + "</tr>"]
        lines += ["<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in body]
        passed = ", ".join(self.checks)
        return f"<table>{''.join(lines)}</table><p>Passed: {passed}.</p>"

    def __str__(self) -> str:
        lines = ["  ".join(f"{cell:>8}" for cell in row) for row in _cells(self)]
        return "\n".join([*lines, f"passed: {', '.join(self.checks)}"])


def validate(examples: Sequence[Example], schemas: Mapping[str, Schema]) -> Report:
    """Runs every check. Raises DataError naming the check, up to five ids and what is wrong with the first."""
    for name, check in CHECKS.items():
        _raise_if(name, [(example.id, fault) for example in examples for fault in check(example, schemas)])
    for name, whole in WHOLE_CHECKS.items():
        _raise_if(name, list(whole(examples)))
    return Report({name: len(examples) for name in (*CHECKS, *WHOLE_CHECKS)}, _tally(examples))


def _raise_if(check: str, faults: list[tuple[str, str]]) -> None:
    if faults:
        ids = list(dict.fromkeys(id_ for id_, _ in faults))
        more = f" and {len(ids) - NAMED} more" if len(ids) > NAMED else ""
        raise DataError(f"{check} fails for {', '.join(ids[:NAMED])}{more}: {faults[0][1]}")


def _schema(example: Example, schemas: Mapping[str, Schema]) -> Iterator[str]:
    schema = schemas[example.schema_id]
    if schema.tier != example.tier:
        yield f"tier is {example.tier}, that of its schema is {schema.tier}"
    yield from schema_violations(example.answer, schema)


def _spans(example: Example, _: Mapping[str, Schema]) -> Iterator[str]:
    """Every leaf has one span, in the answer's order, that gives its value and type."""
    expected = leaves(example.answer)
    if [span.pointer for span in example.spans] != [pointer for pointer, _ in expected]:
        yield "spans do not name the leaves of the answer one by one"
        return
    for span, (pointer, leaf) in zip(example.spans, expected, strict=True):
        value = read_span(example.text, span)
        if value != leaf or type(value) is not type(leaf):
            yield f"{pointer}: the text gives {value!r}, the answer has {leaf!r}"


def _no_empty(example: Example, _: Mapping[str, Schema]) -> Iterator[str]:
    for pointer, value in _containers(example.answer):
        if not value:
            yield f"{pointer or 'the answer'} is an empty {'object' if isinstance(value, dict) else 'list'}"


def _arithmetic(example: Example, _: Mapping[str, Schema]) -> Iterator[str]:
    yield from mistakes(example.schema_id, example.answer)


def _unique_ids(examples: Sequence[Example]) -> Iterator[tuple[str, str]]:
    yield from _repeated(examples, lambda e: e.id, "the id occurs twice")


def _unique_texts(examples: Sequence[Example]) -> Iterator[tuple[str, str]]:
    """Nowhere twice, so no text of the test set is trained on either. Titles do not count."""
    yield from _repeated(
        examples, lambda e: (e.schema_id, e.text.partition("\n")[2]), "another example has the same text"
    )


def _unique_answers(examples: Sequence[Example]) -> Iterator[tuple[str, str]]:
    yield from _repeated(examples, lambda e: (e.schema_id, digest(e.answer)), "another example has the same answer")


def _balance(examples: Sequence[Example]) -> Iterator[tuple[str, str]]:
    """Every tier in every split, in splits of 50 or more with about its share; a tier's schemas equally often."""
    for split, tiers in _tally(examples).items():
        total = sum(tiers.values())
        for tier, share in SHARES.items():
            actual = tiers[tier] / total
            if not actual or (total >= SMALL and abs(actual - share / 100) > TOLERANCE):
                yield f"split {split}", f"{tiers[tier]} of {total} are {tier}, expected about {share} percent"
            counts = Counter(e.schema_id for e in examples if e.split == split and e.tier == tier)
            if counts and max(counts.values()) - min(counts.values()) > 1:
                yield f"split {split}", f"schemas of tier {tier} differ in number: {dict(counts)}"


def _repeated(examples: Sequence[Example], key: Callable[[Example], object], fault: str) -> Iterator[tuple[str, str]]:
    counts = Counter(key(example) for example in examples)
    yield from ((example.id, fault) for example in examples if counts[key(example)] > 1)


def _containers(value: Any, pointer: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict | list):
        yield pointer, value
        for key, child in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _containers(child, f"{pointer}/{key}")


def _tally(examples: Sequence[Example]) -> dict[str, dict[str, int]]:
    counts = Counter((example.split, example.tier) for example in examples)
    return {split: {tier: counts[split, tier] for tier in TIERS} for split in dict.fromkeys(e.split for e in examples)}


def _cells(report: Report) -> list[list[str]]:
    return [["split", *TIERS, "all"], *([str(cell) for cell in row.values()] for row in report.rows())]


CHECKS: dict[str, Callable[[Example, Mapping[str, Schema]], Iterator[str]]] = {
    "schema": _schema,
    "spans": _spans,
    "no empty containers": _no_empty,
    "arithmetic": _arithmetic,
}
WHOLE_CHECKS: dict[str, Callable[[Sequence[Example]], Iterator[tuple[str, str]]]] = {
    "unique ids": _unique_ids,
    "unique texts": _unique_texts,
    "unique answers": _unique_answers,
    "balance": _balance,
}
