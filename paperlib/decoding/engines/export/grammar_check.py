"""Whether llama.cpp, built with llguidance as xllamacpp is, can hold an answer to a schema; else it would go unheld."""

import json
import pathlib
from collections.abc import Iterator
from typing import Any

from llguidance import LLMatcher

from paperlib.core.errors import DataError
from paperlib.data.leaves import Path, json_pointer

NAMED, LISTED, SINGLE = ("properties", "$defs", "definitions"), ("anyOf", "oneOf", "allOf", "prefixItems"), ("items",)


def require_known(schema: dict[str, Any], file: pathlib.Path) -> None:
    """Raises DataError naming ``file``, the innermost part by JSON pointer, and what no grammar expresses of it."""
    fault = _fault(schema)
    if not fault:
        return
    path: Path = ()
    part: Any = schema
    while inner := next((one for one in _parts(part) if _fault(one[1]) == fault), None):
        path, part = path + inner[0], inner[1]
    reason = " ".join(fault.split())
    raise DataError(f"{file}: {json_pointer(*path) or 'the schema'}: {reason}; expected what a grammar can express")


def _fault(schema: Any) -> str:
    """What llguidance says against a schema, or an empty text."""
    try:
        return str(LLMatcher.validate_grammar(LLMatcher.grammar_from_json_schema(json.dumps(schema))))
    except ValueError as error:
        return str(error)


def _parts(schema: Any) -> Iterator[tuple[Path, Any]]:
    """The schemas inside a schema, each with its path."""
    if not isinstance(schema, dict):
        return
    for key in NAMED:
        for name, part in schema.get(key, {}).items():
            yield (key, name), part
    for key in LISTED:
        for number, part in enumerate(schema.get(key, ())):
            yield (key, number), part
    for key in SINGLE:
        if key in schema:
            yield (key,), schema[key]
