"""What is counted of schemas: values that cannot be written, values that validation finds, schemas that are refused."""

import json
from pathlib import Path
from typing import Any

import pytest

from paperlib.core.errors import DataError
from paperlib.evaluation.schema_coverage import Coverage, coverage, suite, total
from paperlib.paper import schema_page
from paperlib.paper.readme import block

NAME = {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}


@pytest.mark.parametrize(
    ("body", "valid", "invalid", "expected"),
    [
        (NAME, [{"a": 1}], [{"a": "x"}, {}], Coverage(1, 0, 1, 0, 2, 2, 0)),
        (NAME, [{"a": 1, "b": 2}], [], Coverage(1, 0, 1, 1, 0, 0, 0)),  # no property but those named
        ({"not": {"type": "integer"}, "type": ["integer", "string"]}, ["x"], [1], Coverage(1, 0, 1, 0, 1, 0, 1)),
        ({}, [1], [2], Coverage(1, 1, 0, 0, 0, 0, 0)),
        ({"$ref": "https://example.org/s.json"}, [1], [2], Coverage(1, 1, 0, 0, 0, 0, 0)),
    ],
)
def test_what_becomes_of_a_schema(body: Any, valid: list[Any], invalid: list[Any], expected: Coverage) -> None:
    found = coverage((body, valid, invalid))
    assert found == expected
    assert found.silent == 0


def test_counts_add_up() -> None:
    cases = [(NAME, [{"a": 1}], [{}]), ({}, [], [])]
    assert total(cases) == Coverage(2, 1, 1, 0, 1, 1, 0)
    assert total([]).counts == (0,) * 8


def test_the_suite_is_read_group_by_group(tmp_path: Path) -> None:
    tests = [{"data": {"a": 1}, "valid": True}, {"data": 1, "valid": False}, {"data": 2, "valid": False}]
    (tmp_path / "type.json").write_text(json.dumps([{"schema": NAME, "tests": tests}]))
    assert list(suite(tmp_path, optional=False)) == [(NAME, [{"a": 1}], [1, 2])]
    with pytest.raises(DataError, match="found no test"):
        list(suite(tmp_path, optional=True))


def test_the_page_has_what_is_counted_today() -> None:
    assert schema_page.families_table() in block(schema_page.PAGE)
    assert "| Silent |\n" in block(schema_page.PAGE)
