"""Typed values from files and notebook cells: unknown fields are errors, and every error names its field."""

import difflib
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from paperlib.core.errors import PaperlibError


class StrictModel(BaseModel):
    """A frozen pydantic model that rejects fields it does not declare."""

    model_config = ConfigDict(extra="forbid", frozen=True, protected_namespaces=())


T = TypeVar("T", bound=StrictModel)


def validate(kind: type[T], value: Any, where: str | Path, error: type[PaperlibError] = PaperlibError) -> T:
    """Validates ``value``, usually a mapping that was read from ``where``, as an instance of ``kind``.

    Raises ``error`` for the first invalid field: its name, the value found there, what was expected and, for an unknown
    field, the closest known names.
    """
    try:
        return kind.model_validate(value)
    except ValidationError as invalid:
        first = invalid.errors()[0]
        name = ".".join(map(str, first["loc"]))
        found = "" if first["type"] == "missing" else f" (found {first['input']!r:.80})"
        hint = suggestion(name, kind.model_fields) if first["type"] == "extra_forbidden" else ""
        raise error(f"{where}: field {name}: {first['msg']}{found}{hint}") from None


def suggestion(name: str, known: Iterable[str]) -> str:
    """The end of an error message about a misspelt ``name``: the closest ``known`` names, or all of them."""
    known = sorted(known)
    close = difflib.get_close_matches(name, known, n=2)
    return f"; did you mean {' or '.join(close)}?" if close else f"; known: {', '.join(known)}"
