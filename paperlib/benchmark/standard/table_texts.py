"""Tables: Markdown, or values apart by commas or semicolons."""

from collections.abc import Callable, Iterator

from paperlib.benchmark.fields import ITEM, Path
from paperlib.benchmark.standard.forms import Names, sections
from paperlib.benchmark.standard.page import Leaf, Line, Object, Page, joined
from paperlib.benchmark.standard.running_text import Scene
from paperlib.data.schemas import label

Writer = Callable[[Page, list[Line], list[list[Line]]], None]  # of a table: head and rows


def table(scene: Scene) -> Page:
    """Markdown or CSV: the record's own leaves in one table, each array of objects in another."""
    page, rng = Page(), scene.rng
    names, kind = Names(rng), rng.choice(("markdown", "markdown", "csv", "semicolons"))
    title = scene.book.noun[:1].upper() + scene.book.noun[1:]
    page.line(f"## {title}" if kind == "markdown" else title)
    page.line()
    leaves = [leaf for _, part in sections(scene.thing, rng) for leaf in part]
    write = _markdown if kind == "markdown" else _separated("," if kind == "csv" else ";")
    if rng.random() < 0.6 or len(leaves) > 7:
        head = rng.choice((("Field", "Value"), ("Item", "Entry"), ("", ""))[: 3 if kind == "markdown" else 2])
        write(
            page,
            [[head[0]], [head[1]]],
            [[[names.whole(leaf)], _listed(leaf, scene)] for leaf in leaves],
        )
    else:
        write(page, [[names.whole(leaf)] for leaf in leaves], [[_listed(leaf, scene) for leaf in leaves]])
    _tables(page, scene, scene.thing, names, write)
    if rng.random() < 0.3:
        page.line("\n" + scene.filled(scene.book.distractors))
    return page


def _tables(page: Page, scene: Scene, thing: Object, names: Names, write: Writer) -> None:
    """A table for each array; the numbers of the items above stand in the first column."""
    for scope in dict.fromkeys(_scopes(thing)):
        rows = list(_rows(thing, scope, ()))
        columns = list(dict.fromkeys(name for _, item in rows for name in item.leaves))
        fields = {name: leaf for _, item in rows for name, leaf in item.leaves.items()}
        deep = scope.count(ITEM)
        page.line("\n" + label(scope[-2]) + "\n")
        head: list[Line] = [[names.whole(fields[name])] for name in columns]
        body = [
            [_listed(item.leaves[name], scene) if name in item.leaves else [] for name in columns] for _, item in rows
        ]
        if deep > 1 or any(item.arrays for _, item in rows):
            head.insert(0, ["#"])
            body = [[[".".join(map(str, number))], *row] for (number, _), row in zip(rows, body, strict=True)]
        write(page, head, body)


def _scopes(thing: Object) -> Iterator[Path]:
    for scope, items in thing.arrays.items():
        yield scope
        for item in items:
            yield from _scopes(item)


def _rows(thing: Object, scope: Path, number: tuple[int, ...]) -> Iterator[tuple[tuple[int, ...], Object]]:
    for name, items in thing.arrays.items():
        for place, item in enumerate(items, 1):
            if name == scope:
                yield (*number, place), item
            else:
                yield from _rows(item, scope, (*number, place))


def _listed(leaf: Leaf, scene: Scene) -> Line:
    return joined(leaf.cells(scene.habits))


def _markdown(page: Page, head: list[Line], rows: list[list[Line]]) -> None:
    for place, row in enumerate([head, *rows]):
        page.write("|")
        for cell in row:
            page.write(" ", *cell, " |")
        page.line()
        if not place:
            page.line("|" + " --- |" * len(head))


def _separated(mark: str) -> Writer:
    """Everything in quotation marks where numbers may hold the mark."""
    quote = '"' if mark == "," else ""

    def write(page: Page, head: list[Line], rows: list[list[Line]]) -> None:
        for row in [head, *rows]:
            for place, cell in enumerate(row):
                page.write(mark if place else "", quote, *cell, quote)
            page.line()

    return write
