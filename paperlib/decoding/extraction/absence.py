"""What a text does not say: leaves of an answer that are taken back.

A model that is asked for a field tends to fill it. A leaf is doubtful where the text itself says that there is nothing
("not recorded"), and where the model held its beginning for improbable. What the schema lets go of such leaves goes: a
leaf becomes null or is left out, and an object or an array item goes of which all leaves are doubtful. What the schema
demands stays, unless the text says that there is nothing or the model all but ruled it out: that field is missing.

Both thresholds were chosen with Qwen2.5-Coder-0.5B on 200 utterances (the training part of DSTC8, all fields optional)
and 40 training texts of EdgeJSON standard. ABSENT_BELOW has the highest mean F1 of leaves among thresholds that cost
neither set more than half a point of what it has at most; REQUIRED_BELOW is the highest power of ten that takes back no
right value (51 wrong ones).
"""

from collections.abc import Iterator
from dataclasses import dataclass

from paperlib.data.leaves import Path, json_among, json_pointer
from paperlib.data.readings.nothing import says_nothing
from paperlib.data.readings.units import unit_of_name, unit_of_number
from paperlib.data.schema_forms import Node, forms_at
from paperlib.data.schemas import Schema
from paperlib.decoding.extraction.answer_checks import Findings, check
from paperlib.decoding.extraction.windows import Annotated, Leaf, annotated_leaves, at_path, unwrap, with_change

REQUIRED_BELOW = 0.001  # probability under which a value is taken back that the schema demands
NULL = Leaf(None, None, 1.0)


@dataclass(frozen=True)
class Doubt:
    """Why a leaf is doubtful, and whether that holds against what the schema demands."""

    reason: str
    strong: bool


def without_absent(answer: Annotated, schema: Schema, text: str, below: float) -> tuple[Annotated, list[str]]:
    """``answer`` without the leaves that ``text`` does not say, and a sentence on each of them.

    ``below`` is the probability under which a leaf is doubtful; with 0 only phrases like "not recorded" are. Demanded
    ones go below REQUIRED_BELOW, if that is less. Pointers are those of ``answer`` as it is given.
    """
    revision = _Revision(answer, schema, dict(_doubts(answer, schema, text, below)))
    for path in reversed(list(revision.doubtful_parts(answer, ()))):  # the last first, as array items move up
        revision.take_back(path)
    return revision.answer, revision.warnings[::-1]


def _doubts(answer: Annotated, schema: Schema, text: str, below: float) -> Iterator[tuple[Path, Doubt]]:
    """The paths of doubtful leaves, each with its doubt."""
    for path, leaf in annotated_leaves(answer):
        nothing = isinstance(leaf.value, str) and says_nothing(leaf.value)
        if leaf.value is None or not (nothing or leaf.presence < below):
            continue
        listed = any(_lists(form, leaf.value) for form in forms_at(schema.body, path))
        if nothing and not listed:
            yield path, Doubt("says that there is none", True)
        elif leaf.presence < below and not _has_its_unit(path, leaf, text):
            strong = leaf.presence < min(below, REQUIRED_BELOW) and not listed
            yield path, Doubt(f"has a probability of {leaf.presence:.1g}", strong)


def _lists(form: Node, value: object) -> bool:
    """Whether a value is one of those that a plain schema names: a conclusion, and no quotation."""
    return json_among(value, [*form.get("enum", ()), *([form["const"]] if "const" in form else [])])


def _has_its_unit(path: Path, leaf: Leaf, text: str) -> bool:
    """Whether a number has the unit in the text that its field's name asks for."""
    unit = unit_of_name(str(path[-1])) if path else None
    return unit is not None and leaf.place is not None and unit_of_number(text, *leaf.place) == unit


class _Revision:
    """An answer of which parts are taken back, one after the other."""

    def __init__(self, answer: Annotated, schema: Schema, doubts: dict[Path, Doubt]):
        self.answer, self.warnings = answer, list[str]()
        self._schema, self._doubts = schema, doubts
        self._found = self._check(answer) if doubts else Findings([], [])

    def doubtful_parts(self, node: Annotated, path: Path) -> Iterator[Path]:
        """The paths of the largest parts of an answer of whose values all are doubtful, in order; never the root."""
        leaves = [((*path, *inner), leaf) for inner, leaf in annotated_leaves(node)]
        doubtful = [place for place, _ in leaves if place in self._doubts]
        if path and doubtful and all(place in self._doubts or leaf.value is None for place, leaf in leaves):
            yield path
        else:
            yield from self._doubtful_below(node, path)

    def take_back(self, path: Path) -> None:
        """Puts null in place of what stands at ``path`` or leaves it out, as the schema permits; else it does the same
        to the parts of it. A field of strong doubt may be missing."""
        node = at_path(self.answer, path)
        if any(self._change(path, change) for change in self._changes(path)):
            return
        for part in reversed(list(self._doubtful_below(node, path))):
            self.take_back(part)
        if isinstance(path[-1], str) and (doubt := self._doubts.get(path)) and doubt.strong:
            self._change(path, None, missing=1)

    def _doubtful_below(self, node: Annotated, path: Path) -> Iterator[Path]:
        if not isinstance(node, Leaf):
            for key, child in node.items() if isinstance(node, dict) else enumerate(node):
                yield from self.doubtful_parts(child, (*path, key))

    def _changes(self, path: Path) -> list[Leaf | None]:
        """What may be tried in place of what stands there: null, and None for nothing, which for an array item comes
        first. An item whose place in its array means something, as in a row of cells, is not left out."""
        around, own = (forms_at(self._schema.body, one) for one in (path[:-1], path))
        null: list[Leaf | None] = [NULL] if any(form.get("type", "null") == "null" for form in own) else []
        if isinstance(path[-1], str):
            demanded = all(path[-1] in form.get("required", ()) for form in around)
            return null if demanded else [*null, None]
        in_order = any("prefixItems" in form for form in around)
        in_row = len(path) > 1 and isinstance(path[-2], int) and isinstance(at_path(self.answer, path), Leaf)
        return null if in_order or in_row else [None, *null]

    def _change(self, path: Path, change: Leaf | None, missing: int = 0) -> bool:
        """Makes a change, and says why, unless it adds faults; returns whether it did. So many fields more may be
        ``missing`` if that breaks nothing else: an alternative that the field makes, say."""
        changed = with_change(self.answer, path, change)
        found = self._check(changed)
        if found.total > self._found.total + missing or (
            missing and len(found.violations) > len(self._found.violations)
        ):
            return False
        outcome = "is left out" if change is None else "is null"
        for inner, leaf in reversed(list(annotated_leaves(at_path(self.answer, path)))):
            if doubt := self._doubts.get((*path, *inner)):
                where = json_pointer(*path, *inner)
                self.warnings.append(f"{where}: {leaf.value!r} {doubt.reason}, and {outcome}")
        self.answer, self._found = changed, found
        return True

    def _check(self, answer: Annotated) -> Findings:
        return check(unwrap(answer)[0], self._schema)
