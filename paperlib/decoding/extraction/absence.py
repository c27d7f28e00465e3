"""What a text does not say: leaves of an answer that are taken back.

A model that is asked for a field tends to fill it. A leaf is doubtful where the text itself says that there is nothing
("not recorded"), and where the model held it for improbable. What the schema lets go of such leaves goes: a leaf
becomes null or is left out, and an object or an array item goes of which all leaves are doubtful. What the schema
demands stays, unless the text says that there is nothing or the model all but ruled it out: that field is missing.

Both thresholds were chosen with Qwen2.5-Coder-0.5B on 200 utterances (the training part of DSTC8, all fields optional)
and 40 training texts of EdgeJSON standard. ABSENT_BELOW has the highest mean F1 of leaves among thresholds that cost
neither set more than half a point of what it has at most; REQUIRED_BELOW is the highest power of ten that takes back no
right value (51 wrong ones).
"""

from collections.abc import Iterator

from paperlib.data.leaves import Path, json_pointer
from paperlib.data.readings.nothing import says_nothing
from paperlib.data.readings.units import unit_of_name, unit_of_number
from paperlib.data.schemas import Schema
from paperlib.decoding.extraction.answer_checks import check, n_faults
from paperlib.decoding.extraction.windows import Annotated, Leaf, annotated_leaves, at_path, unwrap, with_change

REQUIRED_BELOW = 0.001  # probability under which a value is taken back that the schema demands
NULL = Leaf(None, None, 1.0)


def without_absent(answer: Annotated, schema: Schema, text: str, below: float) -> tuple[Annotated, list[str]]:
    """``answer`` without the leaves that ``text`` does not say, and a sentence on each of them.

    ``below`` is the probability under which a leaf is doubtful; with 0 only phrases like "not recorded" are. Demanded
    ones go below REQUIRED_BELOW, if that is less.
    """
    doubtful = dict(_doubtful(answer, text, below, schema))
    revision = _Revision(answer, schema, doubtful, min(below, REQUIRED_BELOW))
    for path in reversed(list(_largest(answer, (), doubtful))):  # the last first, as array items move up
        revision.take_back(path)
    return revision.answer, revision.warnings[::-1]


class _Revision:
    """An answer of which parts are taken back, one after the other."""

    def __init__(self, answer: Annotated, schema: Schema, doubtful: dict[Path, str], below: float):
        """``doubtful`` has the reason for each doubtful leaf; ``below`` is REQUIRED_BELOW, or less."""
        self.answer, self.warnings = answer, list[str]()
        self._schema, self._doubtful, self._below = schema, doubtful, below
        self._faults = _faults(answer, schema)

    def take_back(self, path: Path) -> None:
        """Puts null in place of what stands at ``path`` or leaves it out, as the schema permits; else it does the same
        to the parts of it. A leaf that is no value, or less probable than ``below``, may be missing."""
        node = at_path(self.answer, path)
        changes = (None, NULL) if isinstance(path[-1], int) else (NULL, None)  # an item goes
        if any(self._change(path, change, self._faults) for change in changes):
            return
        if not isinstance(node, Leaf):
            for inner in reversed([inner for inner, _ in annotated_leaves(node)]):
                self.take_back((*path, *inner))
        elif (0 < node.probability < self._below or _says_nothing(node)) and self._may_be_missing(path):
            self._change(path, None, self._faults + 1)

    def _change(self, path: Path, change: Leaf | None, most: int) -> bool:
        """Makes a change, and says why, if that leaves at most so many faults; returns whether it did."""
        changed = with_change(self.answer, path, change)
        faults = _faults(changed, self._schema)
        if faults > most:
            return False
        leaves = [((*path, *inner), leaf) for inner, leaf in annotated_leaves(at_path(self.answer, path))]
        for place, leaf in reversed(leaves):
            self.warnings.append(f"{json_pointer(*place)}: {leaf.value!r} {self._doubtful[place]}, and is left out")
        self.answer, self._faults = changed, faults
        return True

    def _may_be_missing(self, path: Path) -> bool:
        """Whether without a field the answer only lacks it, and breaks nothing else: an alternative that it makes."""
        answers = (self.answer, with_change(self.answer, path, None))
        before, after = (len(check(unwrap(one)[0], self._schema).violations) for one in answers)
        return isinstance(path[-1], str) and after <= before


def _doubtful(answer: Annotated, text: str, below: float, schema: Schema) -> Iterator[tuple[Path, str]]:
    """The paths of doubtful leaves, each with the reason."""
    for path, leaf in annotated_leaves(answer):
        if _says_nothing(leaf) and not _is_option(answer, path, schema):
            yield path, "says that there is none"
        elif leaf.value is not None and 0 < leaf.probability < below and not _has_its_unit(path, leaf, text):
            yield path, f"has a probability of {leaf.probability:.1g}"


def _says_nothing(leaf: Leaf) -> bool:
    return isinstance(leaf.value, str) and says_nothing(leaf.value)


def _is_option(answer: Annotated, path: Path, schema: Schema) -> bool:
    """Whether the schema lists the value of a leaf, an enum's option: no other string may stand there."""
    leaf = at_path(answer, path)
    other = with_change(answer, path, Leaf(f"{leaf.value}\0", None, 0.0))
    return _faults(other, schema) > _faults(answer, schema)


def _has_its_unit(path: Path, leaf: Leaf, text: str) -> bool:
    """Whether a number has the unit in the text that its field's name asks for."""
    unit = unit_of_name(str(path[-1])) if path else None
    return unit is not None and leaf.place is not None and unit_of_number(text, *leaf.place) == unit


def _largest(node: Annotated, path: Path, doubtful: dict[Path, str]) -> Iterator[Path]:
    """The paths of the largest parts of an answer all of whose leaves are doubtful, in order; never the root."""
    if isinstance(node, Leaf):
        yield from [path] * (path != () and path in doubtful)
    elif path and node and all((*path, *below) in doubtful for below, _ in annotated_leaves(node)):
        yield path
    else:
        for key, child in node.items() if isinstance(node, dict) else enumerate(node):
            yield from _largest(child, (*path, key), doubtful)


def _faults(answer: Annotated, schema: Schema) -> int:
    return n_faults(unwrap(answer)[0], schema)
