"""Texts as tables: Markdown, or values separated by commas or semicolons."""

from collections.abc import Callable, Iterator

from paperlib.benchmark.fields import ITEM, Path
from paperlib.benchmark.standard.line_texts import FieldNames, sections
from paperlib.benchmark.standard.realisation import TextPlan
from paperlib.benchmark.standard.text_builder import Leaf, Line, Object, TextBuilder, joined
from paperlib.data.schemas import field_label

Writer = Callable[[TextBuilder, list[Line], list[list[Line]]], None]  # of one table: its header row and its rows


def table(plan: TextPlan) -> TextBuilder:
    """The record's own leaves in one table, each array of objects in another."""
    text, rng = TextBuilder(), plan.rng
    names, kind = FieldNames(rng), rng.choice(("markdown", "markdown", "csv", "semicolons"))
    text.line(f"## {plan.title}\n" if kind == "markdown" else f"{plan.title}\n")
    leaves = [leaf for _, part in sections(plan.record, rng) for leaf in part]
    write = _markdown if kind == "markdown" else _separated("," if kind == "csv" else ";")
    if rng.random() < 0.6 or len(leaves) > 7:
        name, value = rng.choice((("Field", "Value"), ("Item", "Entry"), ("", ""))[: 3 if kind == "markdown" else 2])
        write(text, [[name], [value]], [[[names.whole(leaf)], _values(leaf, plan)] for leaf in leaves])
    else:
        write(text, [[names.whole(leaf)] for leaf in leaves], [[_values(leaf, plan) for leaf in leaves]])
    _array_tables(text, plan, names, write)
    if rng.random() < 0.3:
        text.line("\n" + plan.one_of(plan.book.distractors))
    return text


def _array_tables(text: TextBuilder, plan: TextPlan, names: FieldNames, write: Writer) -> None:
    """A table for each array; where arrays are nested, the first column numbers the items, as ``2.1``."""
    for scope in dict.fromkeys(_scopes(plan.record)):
        rows = list(_rows(plan.record, scope, ()))
        columns = {name: leaf for _, item in rows for name, leaf in item.leaves.items()}
        text.line("\n" + field_label(scope[-2]) + "\n")
        head: list[Line] = [[names.whole(leaf)] for leaf in columns.values()]
        body = [
            [_values(item.leaves[name], plan) if name in item.leaves else [] for name in columns] for _, item in rows
        ]
        if scope.count(ITEM) > 1 or any(item.arrays for _, item in rows):
            head.insert(0, ["#"])
            body = [[[".".join(map(str, number))], *row] for (number, _), row in zip(rows, body, strict=True)]
        write(text, head, body)


def _scopes(thing: Object) -> Iterator[Path]:
    for scope, items in thing.arrays.items():
        yield scope
        for item in items:
            yield from _scopes(item)


def _rows(thing: Object, scope: Path, number: tuple[int, ...]) -> Iterator[tuple[tuple[int, ...], Object]]:
    """The items of the arrays at a scope, each with its number and those of the items around it."""
    for name, items in thing.arrays.items():
        for place, item in enumerate(items, 1):
            if name == scope:
                yield (*number, place), item
            else:
                yield from _rows(item, scope, (*number, place))


def _values(leaf: Leaf, plan: TextPlan) -> Line:
    return joined(leaf.rendered(plan.style))


def _markdown(text: TextBuilder, head: list[Line], rows: list[list[Line]]) -> None:
    for place, row in enumerate([head, *rows]):
        text.write("|")
        for cell in row:
            text.write(" ", *cell, " |")
        text.line()
        if not place:
            text.line("|" + " --- |" * len(head))


def _separated(separator: str) -> Writer:
    """Writes rows with a separator; every cell is quoted where that is a comma, which numbers may hold too."""
    quote = '"' if separator == "," else ""

    def write(text: TextBuilder, head: list[Line], rows: list[list[Line]]) -> None:
        for row in [head, *rows]:
            for place, cell in enumerate(row):
                text.write(separator if place else "", quote, *cell, quote)
            text.line()

    return write
