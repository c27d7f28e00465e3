"""Texts in lines: a form, log lines, a slip as OCR reads it."""

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from paperlib.benchmark.fields import Field, Path
from paperlib.benchmark.standard.page import Cell, Leaf, Object, Page, joined
from paperlib.benchmark.standard.running_text import Scene
from paperlib.benchmark.words import surfaces
from paperlib.data.schemas import label

OTHERS = 0.9  # how often a field is called otherwise than by its key
FENCES = ("-", "=", "_", "*")


class Names:
    """What one writer calls the fields: a label each, none of two fields of one object."""

    def __init__(self, rng: random.Random):
        self.rng = rng
        self.chosen: dict[Path, str] = {}

    def of(self, field: Field) -> str:
        """Rarely the key itself: who fills in a form has never seen it."""
        if field.path not in self.chosen:
            options = field.labels[self.rng.random() < OTHERS :]
            taken = {name for path, name in self.chosen.items() if path[:-1] == field.path[:-1]}
            self.chosen[field.path] = self.rng.choice(
                [name for name in options if name not in taken] or field.labels[:1]
            )
        return self.chosen[field.path]

    def whole(self, leaf: Leaf) -> str:
        """The label behind the names of the objects around it, no word twice running."""
        around = [label(key) for key in leaf.field.path[len(leaf.field.scope) : -1]]
        words = " ".join((*around, self.of(leaf.field))).split()
        return " ".join(word for place, word in enumerate(words) if not place or word != words[place - 1])


# -- a form
def form(scene: Scene) -> Page:
    """``Label: value`` in an order of its own, labels as forms have them, nested objects and items below headings."""
    page, rng = Page(), scene.rng
    layout = Layout(
        scene,
        Names(rng),
        joint=rng.choice((": ", ": ", ":  ", " - ", " = ", ":\t")),
        step=rng.choice(("  ", "    ", "")),
        bullet=rng.choice(("- ", "* ", "{}. ", "#{} ", None)),
    )
    title = scene.book.noun[:1].upper() + scene.book.noun[1:]
    page.line(rng.choice(("{}", "{} form", "# {}", "=== {} ===", "{} (please keep)", "**{}**")).format(title))
    page.line()
    layout.tell(page, scene.thing, "")
    for _ in range(rng.randint(0, 2)):
        page.line(scene.filled(surfaces.form_noise))
    return page


@dataclass(frozen=True)
class Layout:
    """How one form is laid out."""

    scene: Scene
    names: Names
    joint: str  # between a label and its value
    step: str  # by which what is nested is indented
    bullet: str | None  # before an item; None: its number behind the array's name

    def tell(self, page: Page, thing: Object, indent: str) -> None:
        for heading, leaves in sections(thing, self.scene.rng):
            if heading:
                page.line(f"{indent}{heading}:" if self.step else f"[{heading}]")
            for leaf in leaves:
                self._line(page, leaf, indent + self.step if heading else indent)
        for scope, items in thing.arrays.items():
            name = label(scope[-2])
            page.line(f"{indent}{name}:")
            for place, item in enumerate(items, 1):
                page.line(indent + self.step + self._mark(name, place))
                self.tell(page, item, indent + self.step * 2)

    def _line(self, page: Page, leaf: Leaf, indent: str) -> None:
        page.line(indent, self.names.of(leaf.field), self.joint, *joined(leaf.cells(self.scene.habits)))
        if self.scene.rng.random() < 0.05 and not leaf.field.scope:
            page.line(indent, self.scene.filled(surfaces.form_noise))

    def _mark(self, name: str, place: int) -> str:
        return f"{_singular(name)} {place}" if self.bullet is None else self.bullet.format(place).rstrip()


def sections(thing: Object, rng: random.Random) -> Iterator[tuple[str, list[Leaf]]]:
    """The leaves of an object itself, in any order, and of each nested object under its name."""
    groups: dict[Path, list[Leaf]] = {}
    for leaf in thing.leaves.values():
        groups.setdefault(leaf.field.path[len(thing.scope) : -1], []).append(leaf)
    own = groups.pop((), [])
    yield "", rng.sample(own, len(own))
    for path, leaves in groups.items():
        yield " ".join(label(key) for key in path), rng.sample(leaves, len(leaves))


def _singular(name: str) -> str:
    for ending, one in (("oses", "osis"), ("sses", "ss"), ("ies", "y"), ("s", "")):
        if name.endswith(ending):
            return name.removesuffix(ending) + one
    return name


# -- log lines
def log(scene: Scene) -> Page:
    """``key=value`` pairs over one or several lines of one component, other components' lines between."""
    page, rng = Page(), scene.rng
    prefix = Prefix(rng)
    noun = scene.book.noun.replace(" ", rng.choice((".", "_", "-")))
    pairs = list(_pairs(scene.thing, Names(rng), "", rng.choice((".", "_", "/"))))
    size = rng.choice((3, 5, 8, 40))
    event = rng.choice(("received", "saved", "created", "dump", "ok"))
    for start in range(0, len(pairs), size):
        if rng.random() < 0.4:
            page.line(prefix("DEBUG"), scene.filled(surfaces.log_noise))
        page.write(prefix("INFO"), f"{noun}.{event}" if rng.random() < 0.8 else noun)
        for key, leaf in pairs[start : start + size]:
            page.write(f" {key}=")
            _logged(page, leaf.cells(scene.habits))
        page.line()
    if rng.random() < 0.4:
        page.line(prefix("DEBUG"), scene.filled(surfaces.log_noise))
    return page


class Prefix:
    """What stands before every line of one log; no date, which a record might have."""

    def __init__(self, rng: random.Random):
        self.rng, self.form = (
            rng,
            rng.choice(("[{seq}] {level} ", "{level}\t", "seq={seq} {level}: ", "{pid} {level} | ")),
        )
        self.seq, self.pid = rng.randint(100, 90000), f"app[{rng.randint(100, 9000)}]"

    def __call__(self, level: str) -> str:
        self.seq += self.rng.randint(1, 3)
        return self.form.format(seq=f"{self.seq:06}", level=level, pid=self.pid)


def _pairs(thing: Object, names: Names, before: str, joint: str) -> Iterator[tuple[str, Leaf]]:
    for leaf in thing.leaves.values():
        path = leaf.field.path[len(thing.scope) : -1]
        last = re.sub(r"\W+", "_", names.of(leaf.field).lower()).strip("_")
        yield joint.join((*([before] if before else []), *path, last)), leaf
    for scope, items in thing.arrays.items():
        for place, item in enumerate(items):
            head = f"{scope[-2]}[{place}]" if joint == "." else f"{scope[-2]}{joint}{place}"
            yield from _pairs(item, names, f"{before}{joint}{head}" if before else head, joint)


def _logged(page: Page, cells: Sequence[Cell]) -> None:
    """Quoted where there is a space; several in brackets."""
    if len(cells) > 1 or re.search(r"\s", cells[0].shown.text):
        many = len(cells) > 1
        page.write("[" if many else "")
        for place, cell in enumerate(cells):
            page.write('"' if not place else ', "' if many else "", cell, '"')
        page.write("]" if many else "")
    else:
        page.write(cells[0])


# -- a slip as OCR reads it
WIDTH = 34


def slip(scene: Scene) -> Page:
    """A narrow printed slip: capitals, columns, leaders, lines that wrap, marks that are no letters."""
    page, rng = Page(), scene.rng
    names = Names(rng)
    page.line(scene.draw.company().upper() if rng.random() < 0.5 else scene.book.noun.upper())
    page.line(rng.choice(FENCES) * rng.randint(12, 30))
    leader = rng.choice((" ", " ", ".", " ."))
    for leaf in (leaf for _, leaves in sections(scene.thing, rng) for leaf in leaves):
        _slip_row(page, scene, _printed(names, leaf, rng), leaf, leader)
        if rng.random() < 0.08:
            page.line(scene.filled(surfaces.slip_noise))
    _slip_items(page, scene, scene.thing, names, leader)
    page.line(scene.filled(surfaces.slip_noise))
    return page


def _slip_items(page: Page, scene: Scene, thing: Object, names: Names, leader: str) -> None:
    for scope, items in thing.arrays.items():
        page.line(label(scope[-2]).upper())
        for place, item in enumerate(items, 1):
            page.line(f"{place:02} " + scene.rng.choice(FENCES) * 6)
            for leaf in item.leaves.values():
                _slip_row(page, scene, _printed(names, leaf, scene.rng), leaf, leader)
            _slip_items(page, scene, item, names, leader)


def _printed(names: Names, leaf: Leaf, rng: random.Random) -> str:
    """A label in capitals; now and then a zero stands for an O."""
    whole = names.whole(leaf).upper()
    return whole.replace("O", "0", 1) if rng.random() < 0.06 and len(whole) > 8 else whole


def _slip_row(page: Page, scene: Scene, name: str, leaf: Leaf, leader: str) -> None:
    cells = leaf.cells(scene.habits)
    if scene.rng.random() < 0.04:
        page.write(scene.rng.choice(("'", "`", ",", "~ ")))
    page.write(name, scene.rng.choice((":", ":", "")))
    taken = len(name) + sum(len(cell) for cell in cells)
    page.write("\n" if taken > WIDTH else (leader * WIDTH)[: max(1, WIDTH - taken - 1)] + " ")
    for place, cell in enumerate(cells):
        page.write(", " if place else "", wrapped(cell))
    page.line()


def wrapped(cell: Cell) -> Cell:
    """A long value over several lines."""
    shown = cell.shown
    if shown.normalise != "copy" or len(shown.text) <= WIDTH:
        return cell
    lines, line = [], ""
    for word in shown.text.split(" "):
        if line and len(line) + len(word) >= WIDTH:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}" if line else word
    return Cell(cell.pointer, type(shown)("\n".join([*lines, line]), "unwrap", shown.before, shown.after))
