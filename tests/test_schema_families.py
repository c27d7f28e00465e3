"""The hand-written schemas of ``data/schema_families``: complete rows, no two alike, and each schema a valid one that
accepts its right value and rejects its wrong one."""

import json
from collections import Counter
from typing import Any

import pytest
from jsonschema import Draft202012Validator, SchemaError
from jsonschema.validators import validator_for
from test_constrained import passes

from paperlib.core.files import read_jsonl
from paperlib.core.paths import SCHEMA_FAMILIES
from paperlib.data.schemas import schema_of, schema_to_prompt
from paperlib.data.validation import build_validator

FAMILIES = ("tool_calls", "pydantic", "openapi", "typescript", "commerce", "kubernetes")
SIZE = 50  # schemas of a family
# How many of the invalid values the grammar forbids; of the others validation tells that they are invalid.
ENFORCED = {"tool_calls": 43, "pydantic": 42, "openapi": 48, "typescript": 47, "commerce": 26, "kubernetes": 37}


def load(family: str) -> list[dict[str, Any]]:
    return [row for _, row in read_jsonl(SCHEMA_FAMILIES / f"{family}.jsonl")]


@pytest.fixture(params=FAMILIES)
def family(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def rows(family: str) -> list[dict[str, Any]]:
    return load(family)


def test_rows_are_complete(family: str, rows: list[dict[str, Any]]) -> None:
    assert [row["id"] for row in rows] == [f"{family}-{number:02}" for number in range(1, SIZE + 1)]
    assert all(set(row) == {"id", "schema", "valid", "invalid"} for row in rows)


def test_schemas_follow_their_meta_schema(rows: list[dict[str, Any]]) -> None:
    faults = {}
    for row in rows:
        try:
            validator_for(row["schema"], default=Draft202012Validator).check_schema(row["schema"])
        except SchemaError as error:
            faults[row["id"]] = error.message
    assert not faults


def test_schemas_accept_their_valid_value(rows: list[dict[str, Any]]) -> None:
    faults = {
        row["id"]: [error.message for error in errors]
        for row in rows
        if (errors := list(build_validator(row["schema"]).iter_errors(row["valid"])))
    }
    assert not faults


def test_schemas_reject_their_invalid_value(rows: list[dict[str, Any]]) -> None:
    passed = [row["id"] for row in rows if not any(build_validator(row["schema"]).iter_errors(row["invalid"]))]
    assert not passed


def test_the_grammar_permits_what_is_valid_and_forbids_most_of_the_rest(
    family: str, rows: list[dict[str, Any]]
) -> None:
    schemas = {row["id"]: schema_of(row["schema"], row["id"], row["id"]) for row in rows}
    assert [row["id"] for row in rows if not passes(row["valid"], [schemas[row["id"]]])] == []
    assert sum(not passes(row["invalid"], [schemas[row["id"]]]) for row in rows) >= ENFORCED[family]


def test_every_schema_can_be_shown_in_a_prompt(rows: list[dict[str, Any]]) -> None:
    for row in rows:
        assert len(schema_to_prompt(row["schema"])) < 3 * len(json.dumps(row["schema"]))


def test_no_two_rows_are_alike() -> None:
    rows = [row for family in FAMILIES for row in load(family)]
    for what in ("id", "schema"):
        counts = Counter(json.dumps(row[what], sort_keys=True) for row in rows)
        assert not [value for value, count in counts.items() if count > 1]
