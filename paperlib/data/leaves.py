"""Walking JSON values: leaves, their paths and pointers, and equality.

A leaf is a path and a scalar; an empty object or array is a leaf too, since leaving it out changes the value.
"""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

Path = tuple[str | int, ...]  # keys and array indices from the root


def json_pointer(*path: str | int) -> str:
    """The JSON pointer (RFC 6901) of keys and array indices from the root; of none, "", the root itself."""
    return "".join(map(_escaped, path))


@lru_cache(maxsize=4096)
def _escaped(step: str | int) -> str:
    return "/" + str(step).replace("~", "~0").replace("/", "~1")


def leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every leaf of a JSON value with its path, in order, empty objects and arrays included."""
    if isinstance(value, dict) and value:
        for key, child in value.items():
            yield from leaves(child, (*path, key))
    elif isinstance(value, list) and value:
        for place, child in enumerate(value):
            yield from leaves(child, (*path, place))
    else:
        yield path, value


def scalar_leaves(value: Any) -> list[tuple[str, Any]]:
    """Every scalar of a JSON value with its JSON pointer, in order."""
    return [(json_pointer(*path), leaf) for path, leaf in leaves(value) if not isinstance(leaf, dict | list)]


def n_leaves(value: Any) -> int:
    """The number of leaves, at least 1."""
    if not isinstance(value, dict | list):
        return 1
    total = 0
    for child in value.values() if isinstance(value, dict) else value:
        total += n_leaves(child)
    return total or 1


def json_equal(one: Any, other: Any) -> bool:
    """Equality of JSON values: order of keys free, order of items not, 1 equals 1.0, a boolean equals no number."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(json_equal(one[key], other[key]) for key in other)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(json_equal, one, other))
    return bool(one == other)


def json_among(value: Any, others: Iterable[Any]) -> bool:
    """Whether a JSON value equals one of ``others``."""
    return any(json_equal(value, other) for other in others)
