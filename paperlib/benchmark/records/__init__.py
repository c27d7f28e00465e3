"""The records that texts are written from, drawn at random.

Each schema has a function of its name in one of these modules. It takes a :class:`~.draw.Draw` and returns a record as
nested dicts and lists: its keys in the schema's order, amounts as Decimal, None for an optional field that is left out.
"""

import inspect
from collections.abc import Callable
from decimal import Decimal
from types import ModuleType
from typing import Any

from paperlib.benchmark.records import complex as complex_
from paperlib.benchmark.records import medium, simple, unseen
from paperlib.benchmark.records.draw import Draw, Record


def _builders(module: ModuleType) -> dict[str, Callable[[Draw], Record]]:
    """The public functions that a module defines, by name (the schema's), in the module's order."""
    found = {name: f for name, f in vars(module).items() if inspect.isfunction(f) and not name.startswith("_")}
    return {name: f for name, f in found.items() if f.__module__ == module.__name__}


SEEN = _builders(simple) | _builders(medium) | _builders(complex_)  # by the id of their schema
BUILDERS = SEEN | _builders(unseen)


def draw_record(schema_id: str, draw: Draw) -> Record:
    """A record of a schema, without fields left out and without objects and lists that are empty for lack of them.

    Amounts are still Decimal, as a text writes them; :func:`to_answer` gives the record as JSON holds it.
    """
    record: Record = _without_gaps(BUILDERS[schema_id](draw))
    return record


def to_answer(value: Any) -> Any:
    """A record as JSON holds it: every Decimal as a float."""
    if isinstance(value, dict):
        return {key: to_answer(child) for key, child in value.items()}
    if isinstance(value, list):
        return [to_answer(child) for child in value]
    return float(value) if isinstance(value, Decimal) else value


def _without_gaps(value: Any) -> Any:
    if isinstance(value, dict):
        kept = {key: _without_gaps(child) for key, child in value.items()}
        return {key: child for key, child in kept.items() if child is not None and child != {} and child != []}
    return [_without_gaps(child) for child in value] if isinstance(value, list) else value
