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
    warnings: list[str] = []
    for path in reversed(list(_largest(answer, (), doubtful))):  # the last first, as array items move up
        answer = _taken_back(answer, path, schema, doubtful, min(below, REQUIRED_BELOW), warnings)
    return answer, warnings[::-1]


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


def _taken_back(
    answer: Annotated, path: Path, schema: Schema, doubtful: dict[Path, str], below: float, warnings: list[str]
) -> Annotated:
    """``answer`` with null in place of what stands at ``path``, or without it, as the schema permits; else the same of
    the parts of it. A leaf that is no value, or less probable than ``below``, may be missing."""
    node, before = at_path(answer, path), _faults(answer, schema)
    edits = [with_change(answer, path, NULL), with_change(answer, path, None)]
    permitted = [edit for edit in edits if _faults(edit, schema) <= before]
    if isinstance(path[-1], int):
        permitted.reverse()  # an item goes
    if permitted:
        warnings += _sentences(path, node, doubtful)
        return permitted[0]
    if not isinstance(node, Leaf):
        for inner in reversed([inner for inner, _ in annotated_leaves(node)]):
            answer = _taken_back(answer, (*path, *inner), schema, doubtful, below, warnings)
    elif (0 < node.probability < below or _says_nothing(node)) and _may_be_missing(answer, path, schema):
        warnings += _sentences(path, node, doubtful)
        return edits[1]
    return answer


def _sentences(path: Path, node: Annotated, doubtful: dict[Path, str]) -> list[str]:
    found = [((*path, *below), leaf) for below, leaf in annotated_leaves(node)]
    return [f"{json_pointer(*p)}: {leaf.value!r} {doubtful[p]}, and is left out" for p, leaf in reversed(found)]


def _may_be_missing(answer: Annotated, path: Path, schema: Schema) -> bool:
    """Whether without a field the answer only lacks it, and breaks nothing else: an alternative that it makes, say."""
    without, found = (check(unwrap(one)[0], schema) for one in (with_change(answer, path, None), answer))
    return isinstance(path[-1], str) and len(without.violations) <= len(found.violations)


def _faults(answer: Annotated, schema: Schema) -> int:
    return n_faults(unwrap(answer)[0], schema)
