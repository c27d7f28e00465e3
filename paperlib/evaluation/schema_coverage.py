"""How much of JSON Schema decoding enforces: on schemas of six families written here, and on JSON Schema's test suite.

An invalid value is *forbidden* where the grammar does not let it be written, *told* where it could be written and
validation finds it, and *silent* otherwise. A valid value is *narrowed* where the grammar does not let it be written. A
schema is *refused* with a JSON pointer. The suite is ``tests/draft2020-12`` of
https://github.com/json-schema-org/JSON-Schema-Test-Suite (MIT), of which nothing is part of this project.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple, dataclass
from functools import cache
from pathlib import Path
from typing import Any

import llguidance

from paperlib.core import paths
from paperlib.core.errors import DataError, PaperlibError
from paperlib.core.files import read_json, read_jsonl
from paperlib.data.schemas import schema_of, validator
from paperlib.decoding.grammar import lark

Case = tuple[Any, Sequence[Any], Sequence[Any]]  # a schema, values that it permits, and values that it does not


@dataclass(frozen=True)
class Coverage:
    """What became of schemas and of values under them."""

    schemas: int = 0
    refused: int = 0
    valid: int = 0
    narrowed: int = 0
    invalid: int = 0
    forbidden: int = 0
    told: int = 0

    def __add__(self, other: "Coverage") -> "Coverage":
        return Coverage(*map(sum, zip(astuple(self), astuple(other), strict=True)))

    @property
    def silent(self) -> int:
        """Invalid values that could be written and are not found: none, if all is well."""
        return self.invalid - self.forbidden - self.told

    @property
    def counts(self) -> tuple[int, ...]:
        return (*astuple(self), self.silent)


def coverage(case: Case) -> Coverage:
    """What becomes of one schema and its values; the values of a refused schema do not count."""
    body, valid, invalid = case
    try:
        schema = schema_of(body, "schema", "schema")
        grammar = lark([schema.body])
    except PaperlibError:
        return Coverage(schemas=1, refused=1)
    narrowed = sum(not permits(grammar, value) for value in valid)
    written = [value for value in invalid if permits(grammar, value)]
    told = sum(not validator(schema).is_valid(value) for value in written)
    return Coverage(1, 0, len(valid), narrowed, len(invalid), len(invalid) - len(written), told)


def permits(grammar: str, value: Any) -> bool:
    """Whether an answer under ``grammar`` may be ``value``, written as models write it.

    Raises PaperlibError for a grammar that does not compile.
    """
    matcher = llguidance.LLMatcher(_bytes(), grammar)
    if matcher.is_error():
        raise PaperlibError(f"the grammar does not compile: {matcher.get_error()}")
    answer = list((" " + json.dumps(value, ensure_ascii=False)).encode(errors="surrogatepass"))
    return bool(matcher.try_consume_tokens(answer) == len(answer) and matcher.is_accepting())


@cache
def _bytes() -> llguidance.LLTokenizer:
    """A tokenizer whose tokens are bytes: what a grammar permits does not depend on the tokens."""
    return llguidance.LLTokenizer("byte")


def family(name: str) -> Iterator[Case]:
    """The cases of a family in ``data/schema_families``."""
    for _, row in read_jsonl(paths.SCHEMA_FAMILIES / f"{name}.jsonl"):
        yield row["schema"], [row["valid"]], [row["invalid"]]


def suite(folder: Path, optional: bool) -> Iterator[Case]:
    """The cases of the test suite: those of all validators, or the optional ones.

    Raises DataError for a folder that holds none.
    """
    files = sorted((folder / "optional" if optional else folder).glob("*.json"))
    if not files:
        raise DataError(f"{folder}: found no test, expected tests/draft2020-12 of JSON-Schema-Test-Suite")
    for group in (group for file in files for group in read_json(file)):
        values = {known: [test["data"] for test in group["tests"] if test["valid"] == known] for known in (True, False)}
        yield group["schema"], values[True], values[False]


def total(cases: Iterable[Case]) -> Coverage:
    """The sum over cases."""
    return sum(map(coverage, cases), Coverage())
