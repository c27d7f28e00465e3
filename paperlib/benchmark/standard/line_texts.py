"""Texts in lines: a form, the lines of a log, a printed slip as OCR reads it."""

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from paperlib.benchmark.fields import Field, Path
from paperlib.benchmark.standard.realisation import TextPlan
from paperlib.benchmark.standard.text_builder import Leaf, Object, TextBuilder, joined
from paperlib.benchmark.standard.writing_style import Rendered
from paperlib.benchmark.words import surfaces
from paperlib.data.schemas import field_label

OTHER_NAMES = 0.9  # how often a field goes by another name than its key
FENCES = ("-", "=", "_", "*")


class FieldNames:
    """What one writer calls the fields: one label each, no label for two fields of the same object."""

    def __init__(self, rng: random.Random):
        self.rng = rng
        self.chosen: dict[Path, str] = {}

    def of(self, field: Field) -> str:
        """The label of a field: rarely its key, which whoever fills in a form has never seen."""
        if field.path not in self.chosen:
            options = field.labels[self.rng.random() < OTHER_NAMES :]
            taken = {name for path, name in self.chosen.items() if path[:-1] == field.path[:-1]}
            self.chosen[field.path] = self.rng.choice(
                [name for name in options if name not in taken] or field.labels[:1]
            )
        return self.chosen[field.path]

    def whole(self, leaf: Leaf) -> str:
        """The label behind the names of the nested objects around it, no word twice in a row."""
        around = [field_label(key) for key in leaf.field.path[len(leaf.field.scope) : -1]]
        words = " ".join((*around, self.of(leaf.field))).split()
        return " ".join(word for place, word in enumerate(words) if not place or word != words[place - 1])


# -- a form
def form(plan: TextPlan) -> TextBuilder:
    """``Label: value`` in random order, with labels as forms have them, nested objects and items below headings."""
    text, rng = TextBuilder(), plan.rng
    layout = FormLayout(
        plan,
        FieldNames(rng),
        joint=rng.choice((": ", ": ", ":  ", " - ", " = ", ":\t")),
        step=rng.choice(("  ", "    ", "")),
        bullet=rng.choice(("- ", "* ", "{}. ", "#{} ", None)),
    )
    titles = ("{}", "{} form", "# {}", "=== {} ===", "{} (please keep)", "**{}**")
    text.line(rng.choice(titles).format(plan.title) + "\n")
    layout.write(text, plan.record, "")
    for _ in range(rng.randint(0, 2)):
        text.line(plan.one_of(surfaces.form_noise))
    return text


@dataclass(frozen=True)
class FormLayout:
    """How one form is laid out."""

    plan: TextPlan
    names: FieldNames
    joint: str  # between a label and its value
    step: str  # the indentation of what is nested
    bullet: str | None  # before an item; None: the array's name and the item's number

    def write(self, text: TextBuilder, thing: Object, indent: str) -> None:
        """Writes an object, its nested objects and the items of its arrays at an indentation."""
        for heading, leaves in sections(thing, self.plan.rng):
            if heading:
                text.line(f"{indent}{heading}:" if self.step else f"[{heading}]")
            for leaf in leaves:
                self._line(text, leaf, indent + self.step if heading else indent)
        for scope, items in thing.arrays.items():
            name = field_label(scope[-2])
            text.line(f"{indent}{name}:")
            for place, item in enumerate(items, 1):
                text.line(indent + self.step + self._item(name, place))
                self.write(text, item, indent + self.step * 2)

    def _line(self, text: TextBuilder, leaf: Leaf, indent: str) -> None:
        text.line(indent, self.names.of(leaf.field), self.joint, *joined(leaf.rendered(self.plan.style)))
        if self.plan.rng.random() < 0.05 and not leaf.field.scope:
            text.line(indent, self.plan.one_of(surfaces.form_noise))

    def _item(self, name: str, place: int) -> str:
        return f"{_singular(name)} {place}" if self.bullet is None else self.bullet.format(place).rstrip()


def sections(thing: Object, rng: random.Random) -> Iterator[tuple[str, list[Leaf]]]:
    """The leaves of an object itself under an empty heading, then those of each nested object under its name; each
    group in random order."""
    groups: dict[Path, list[Leaf]] = {}
    for leaf in thing.leaves.values():
        groups.setdefault(leaf.field.path[len(thing.scope) : -1], []).append(leaf)
    own = groups.pop((), [])
    yield "", rng.sample(own, len(own))
    for path, leaves in groups.items():
        yield " ".join(field_label(key) for key in path), rng.sample(leaves, len(leaves))


def _singular(name: str) -> str:
    for ending, one in (("oses", "osis"), ("sses", "ss"), ("ies", "y"), ("s", "")):
        if name.endswith(ending):
            return name.removesuffix(ending) + one
    return name


# -- log lines
def log(plan: TextPlan) -> TextBuilder:
    """``key=value`` pairs on one or several log lines of one component, with lines of other components between."""
    text, rng = TextBuilder(), plan.rng
    prefix = _LogPrefix(rng)
    noun = plan.book.noun.replace(" ", rng.choice((".", "_", "-")))
    pairs = list(_pairs(plan.record, FieldNames(rng), "", rng.choice((".", "_", "/"))))
    size = rng.choice((3, 5, 8, 40))
    event = rng.choice(("received", "saved", "created", "dump", "ok"))
    for start in range(0, len(pairs), size):
        if rng.random() < 0.4:
            text.line(prefix("DEBUG"), plan.one_of(surfaces.log_noise))
        text.write(prefix("INFO"), f"{noun}.{event}" if rng.random() < 0.8 else noun)
        for key, leaf in pairs[start : start + size]:
            text.write(f" {key}=")
            _log_values(text, leaf.rendered(plan.style))
        text.line()
    if rng.random() < 0.4:
        text.line(prefix("DEBUG"), plan.one_of(surfaces.log_noise))
    return text


class _LogPrefix:
    """What stands before every line of one log: no date, since the record may have one."""

    FORMS = ("[{seq}] {level} ", "{level}\t", "seq={seq} {level}: ", "{pid} {level} | ")

    def __init__(self, rng: random.Random):
        self.rng, self.form = rng, rng.choice(self.FORMS)
        self.seq, self.pid = rng.randint(100, 90000), f"app[{rng.randint(100, 9000)}]"

    def __call__(self, level: str) -> str:
        self.seq += self.rng.randint(1, 3)
        return self.form.format(seq=f"{self.seq:06}", level=level, pid=self.pid)


def _pairs(thing: Object, names: FieldNames, before: str, joint: str) -> Iterator[tuple[str, Leaf]]:
    for leaf in thing.leaves.values():
        path = leaf.field.path[len(thing.scope) : -1]
        last = re.sub(r"\W+", "_", names.of(leaf.field).lower()).strip("_")
        yield joint.join((*([before] if before else []), *path, last)), leaf
    for scope, items in thing.arrays.items():
        for place, item in enumerate(items):
            head = f"{scope[-2]}[{place}]" if joint == "." else f"{scope[-2]}{joint}{place}"
            yield from _pairs(item, names, f"{before}{joint}{head}" if before else head, joint)


def _log_values(text: TextBuilder, values: Sequence[Rendered]) -> None:
    """A value, quoted where it holds a space; several values quoted and in brackets."""
    if len(values) > 1 or re.search(r"\s", values[0].text):
        many = len(values) > 1
        text.write("[" if many else "")
        for place, value in enumerate(values):
            text.write('"' if not place else ', "' if many else "", value, '"')
        text.write("]" if many else "")
    else:
        text.write(values[0])


# -- a slip as OCR reads it
WIDTH = 34  # characters


def slip(plan: TextPlan) -> TextBuilder:
    """A narrow printed slip: capitals, columns, leader dots, broken lines, and stray characters."""
    text, rng = TextBuilder(), plan.rng
    names = FieldNames(rng)
    text.line(plan.draw.company().upper() if rng.random() < 0.5 else plan.book.noun.upper())
    text.line(rng.choice(FENCES) * rng.randint(12, 30))
    leader = rng.choice((" ", " ", ".", " ."))
    for leaf in (leaf for _, leaves in sections(plan.record, rng) for leaf in leaves):
        _slip_row(text, plan, _slip_label(names, leaf, rng), leaf, leader)
        if rng.random() < 0.08:
            text.line(plan.one_of(surfaces.slip_noise))
    _slip_items(text, plan, plan.record, names, leader)
    text.line(plan.one_of(surfaces.slip_noise))
    return text


def _slip_items(text: TextBuilder, plan: TextPlan, thing: Object, names: FieldNames, leader: str) -> None:
    for scope, items in thing.arrays.items():
        text.line(field_label(scope[-2]).upper())
        for place, item in enumerate(items, 1):
            text.line(f"{place:02} " + plan.rng.choice(FENCES) * 6)
            for leaf in item.leaves.values():
                _slip_row(text, plan, _slip_label(names, leaf, plan.rng), leaf, leader)
            _slip_items(text, plan, item, names, leader)


def _slip_label(names: FieldNames, leaf: Leaf, rng: random.Random) -> str:
    """A label in capitals; now and then a zero stands for an O."""
    whole = names.whole(leaf).upper()
    return whole.replace("O", "0", 1) if rng.random() < 0.06 and len(whole) > 8 else whole


def _slip_row(text: TextBuilder, plan: TextPlan, name: str, leaf: Leaf, leader: str) -> None:
    values = leaf.rendered(plan.style)
    if plan.rng.random() < 0.04:
        text.write(plan.rng.choice(("'", "`", ",", "~ ")))
    text.write(name, plan.rng.choice((":", ":", "")))
    taken = len(name) + sum(map(len, values))
    text.write("\n" if taken > WIDTH else (leader * WIDTH)[: max(1, WIDTH - taken - 1)] + " ")
    for place, value in enumerate(values):
        text.write(", " if place else "", _wrapped(value))
    text.line()


def _wrapped(value: Rendered) -> Rendered:
    """A long value broken over several lines; one that is not copied letter by letter stays on its line."""
    if value.normalise != "copy" or len(value.text) <= WIDTH:
        return value
    lines, line = [], ""
    for word in value.text.split(" "):
        if line and len(line) + len(word) >= WIDTH:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}" if line else word
    return replace(value, text="\n".join([*lines, line]), normalise="unwrap")
