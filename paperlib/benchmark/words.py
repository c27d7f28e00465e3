"""The word lists that records and texts are generated from: ``data/words/<topic>.yaml``, one file a topic.

The order of a list is part of the data: a generator draws by position, so a new word in the middle changes every
record drawn after it.
"""

from collections.abc import Iterator
from functools import cache
from typing import Any

from paperlib.core import paths
from paperlib.core.errors import DataError
from paperlib.core.files import read_yaml


@cache
def word_lists(topic: str) -> dict[str, Any]:
    """All lists and tables of a topic by name, read once: strings, numbers, and lists and mappings of them.

    Raises DataError naming the file that is missing or not YAML, and the list whose entries differ in type or number
    of columns, such as a row that lacks one, or a bare ``no`` (a boolean in YAML) among words.
    """
    file = paths.WORDS / f"{topic}.yaml"
    lists = read_yaml(file)
    if not isinstance(lists, dict):
        raise DataError(f"{paths.display(file)}: found {type(lists).__name__}, expected lists by name")
    for fault in _faults(lists, ""):
        raise DataError(f"{paths.display(file)}: {fault}")
    return lists


def _faults(value: Any, where: str) -> Iterator[str]:
    if isinstance(value, dict):
        for key, child in value.items():
            yield from _faults(child, f"{where}/{key}")
    elif isinstance(value, list):
        shapes = {_shape(item) for item in value if item is not None}
        if len(shapes) > 1 or not value:
            yield f"{where} holds {' and '.join(sorted(shapes)) or 'nothing'}, expected entries of one kind"
        elif isinstance(value[0], list):
            for column in zip(*value, strict=True):
                yield from _faults([item for item in column if not isinstance(item, list)] or [None], where)
        elif isinstance(value[0], dict):
            yield from (fault for row in value for fault in _faults(row, where))


def _shape(item: Any) -> str:
    if isinstance(item, list):
        return f"rows of {len(item)}"
    if isinstance(item, dict):
        return f"mappings of {', '.join(map(str, item))}"
    return {str: "text", int: "numbers", float: "numbers"}.get(type(item), f"{item!r}")


class Topic:
    """The lists of one topic as attributes, ``goods.brands``. The file is read when the first of them is asked for."""

    def __init__(self, name: str):
        self._name = name

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        lists = word_lists(self._name)
        if name not in lists:
            raise DataError(f"{paths.display(paths.WORDS / self._name)}.yaml: there is no list {name!r}")
        self.__dict__.update(lists)
        return lists[name]


general, goods, medicine, phrases = Topic("general"), Topic("goods"), Topic("medicine"), Topic("phrases")
surfaces, unseen_schemas = Topic("surfaces"), Topic("unseen_schemas")
synthetic_schemas, ood_values = Topic("synthetic_schemas"), Topic("ood_values")
