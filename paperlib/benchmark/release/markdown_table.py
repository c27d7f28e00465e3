"""Counts of examples, and Markdown tables of them."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from paperlib.data.examples import Example

Parts = Mapping[str, Sequence[Example]]  # examples by split


Row = Sequence[str | int]


def markdown(header: Sequence[str], rows: Sequence[Row]) -> str:
    """A table whose first column is names and whose others are numbers."""
    lines = [header, ["---"] + ["---:"] * (len(header) - 1), *rows]
    return "\n".join("| " + " | ".join(map(_shown, line)) + " |" for line in lines)


def counts(parts: Parts, key: Callable[[Example], str], name: str) -> str:
    """Examples of each value of ``key``, sorted, in each split and in all."""
    found = {split: Counter(map(key, examples)) for split, examples in parts.items()}
    values = sorted({value for one in found.values() for value in one})
    numbers = {value: [one[value] for one in found.values()] for value in values}
    numbers["all"] = [len(examples) for examples in parts.values()]
    rows: list[Row] = [[value, *line, sum(line)] for value, line in numbers.items()]
    return markdown([name, *parts, "all"], rows)


def _shown(cell: str | int) -> str:
    return f"{cell:,}" if isinstance(cell, int) else cell
