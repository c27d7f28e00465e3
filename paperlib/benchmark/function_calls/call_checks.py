"""Checks of EdgeFuncCall: calls follow their tools, arguments stand in the requests, splits share nothing."""

import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from typing import Any

from paperlib.benchmark.checks import LARGE, TOLERANCE, Splits, repeated
from paperlib.benchmark.function_calls.argument_values import words
from paperlib.benchmark.function_calls.call_drawing import KINDS, functions_of, kind_of
from paperlib.benchmark.standard.release_checks import Check, near_duplicates
from paperlib.core.errors import DataError
from paperlib.data.examples import Example
from paperlib.data.function_calls.tool_calls import calls_of, faults, tools_of
from paperlib.data.leaves import json_pointer, leaves
from paperlib.data.schema_forms import forms_at
from paperlib.data.schemas import Schema, Schemas

CONVERTED = re.compile(r"\d{4}-\d\d-\d\d|\d\d:\d\d")  # days and times in the form that a tool wants


def check(splits: Splits, schemas: Schemas) -> list[Check]:
    """Every check. Raises DataError naming each that fails, the first of its faults, and the number of its others."""
    everything = [example for examples in splits.values() for example in examples]
    wrong = [(e.id, fault) for e in everything for fault in example_faults(e, schemas[e.schema_id])]
    found = [
        Check(kind, "every example", f"{len(everything)} examples", _of(kind, wrong)) for kind in ("calls", "spans")
    ]
    found += [_unique(splits), near_duplicates(splits), _balanced(splits), _apart()]
    if failed := [one for one in found if one.faults]:
        raise DataError("; ".join(f"{c.name}: {c.faults[0]} (and {len(c.faults) - 1} more)" for c in failed))
    return found


def example_faults(example: Example, schema: Schema) -> Iterator[str]:
    """What is wrong with one example; each fault begins with the name of its check and a colon."""
    calls = calls_of(example.answer)
    yield from (f"calls: {fault}" for fault in faults(calls, tools_of(schema.body)))
    said = {span.pointer: span for span in example.spans}
    for number, call in enumerate(calls):
        for path, leaf in leaves(call.arguments):
            pointer = json_pointer(number, "arguments", *path)
            if (span := said.get(pointer)) is None:
                yield f"spans: {pointer}: the request does not say it"
            elif not _says(example.text[span.start : span.end], leaf, span.normalise, _nodes(schema, call.name, path)):
                yield f"spans: {pointer}: {example.text[span.start : span.end]!r} does not say {leaf!r}"


def _nodes(schema: Schema, name: str, path: tuple[str | int, ...]) -> list[dict[str, Any]]:
    """The schemas of a value, and those of the list that it is in, whose description may explain it."""
    tool = next(tool for tool in tools_of(schema.body) if tool.name == name)
    lists = forms_at(tool.parameters, path[:-1]) if path and isinstance(path[-1], int) else []
    return [*forms_at(tool.parameters, path), *lists]


def _says(text: str, leaf: Any, kind: str, nodes: list[dict[str, Any]]) -> bool:
    """Whether a part of a request says a value: as a copy, as a number, or in words that the tool explains."""
    if kind == "copy":
        return isinstance(leaf, str) and leaf in text
    if kind == "number":
        return leaf in {
            float(number) for number in re.findall(r"-?\d+(?:\.\d+)?", re.sub(r"(?<=\d),(?=\d{3})", "", text))
        }
    if isinstance(leaf, str):
        explained = any(leaf in (*node.get("enum", ()),) or leaf in node.get("description", "") for node in nodes)
        coded = (text.lower(), leaf) in _coded()
        return bool(text) and (explained or coded or CONVERTED.fullmatch(leaf) is not None)
    return bool(text)


@cache
def _coded() -> frozenset[tuple[str, str]]:
    """What is said, in small letters, and the code for it, in every language."""
    local = (table for pools in words.local.values() for table in pools.values() if isinstance(table, dict))
    return frozenset((said.lower(), code) for table in (*words.codes.values(), *local) for said, code in table.items())


def _of(kind: str, wrong: list[tuple[str, str]]) -> tuple[str, ...]:
    return tuple(f"{id}: {fault}" for id, fault in wrong if fault.startswith(f"{kind}:"))


def _unique(splits: Splits) -> Check:
    everything = [example for examples in splits.values() for example in examples]
    twice = [f"{text[:60]!r} occurs {len(same)} times" for text, same in repeated(everything, lambda e: e.text.lower())]
    return Check("uniqueness", "requests", f"{len(twice)} occur twice", tuple(twice))


def _balanced(splits: Splits) -> Check:
    """Kinds of examples have about their shares in every split."""
    wrong = []
    for split, examples in splits.items():
        counts = Counter(kind_of(example) for example in examples)
        for kind, share in KINDS.items():
            if len(examples) >= LARGE and abs(counts[kind] / len(examples) - share / 100) > TOLERANCE:
                wrong.append(f"{split}: {counts[kind]} of {len(examples)} are {kind}, expected about {share} percent")
    return Check("balance", "kinds by their shares", f"{len(wrong)} off", tuple(wrong))


def _apart() -> Check:
    """No function of the dev or the test split is one of another split, nor is a domain."""
    domains = {
        split: {one.domain for part in functions_of(split) for one in part} for split in ("train", "dev", "test")
    }
    shared = [
        f"{a} and {b} share {both}" for a in domains for b in domains if a < b and (both := domains[a] & domains[b])
    ]
    return Check("functions", "each domain in one split", f"{sum(map(len, domains.values()))} domains", tuple(shared))
