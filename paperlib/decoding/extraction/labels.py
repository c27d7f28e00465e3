"""Labels that a model copied along with a value: its field's own name before it, and the next field after it."""

import re
from collections.abc import Iterator
from dataclasses import replace

from paperlib.data.leaves import Path
from paperlib.data.scalars import name_words
from paperlib.data.schemas import Schema
from paperlib.decoding.extraction.answer_checks import check
from paperlib.decoding.extraction.windows import Annotated, Leaf, annotated_leaves, at_path, unwrap, with_change

BETWEEN = r"[\s_-]+"  # what stands between the words of a label
AFTER = r"(?:\s*[:#=]\s*|\s+)"  # and after it
DIVIDER = r"[^\S\n]*[,;|\n]\s*"  # what stands between a value and the label of the next


def without_labels(answer: Annotated, schema: Schema, text: str) -> Annotated:
    """``answer`` with "DN-77120" for "DELIVERY NOTE DN-77120" in a field ``delivery_note``, and with "Lot 14" for
    "Lot 14, Block C" in a field beside one, ``block``, whose value is what follows its label there.

    A name of one word is no label ("Hotel Meridian" is the name of a hotel), nor is one that no mark or number follows
    ("Credit Union of Texas"), and the schema has to permit the change.
    """
    for path, leaf in list(annotated_leaves(answer)):
        for shorten in (_without_next, _without_own):
            shorter = shorten(answer, path, at_path(answer, path), text) if isinstance(leaf.value, str) else None
            if shorter is None:
                continue
            edit = with_change(answer, path, shorter)
            if check(unwrap(edit)[0], schema).total <= check(unwrap(answer)[0], schema).total:
                answer = edit
    return answer


def _without_own(_: Annotated, path: Path, leaf: Leaf, text: str) -> Leaf | None:
    """The leaf without the name of its field before it."""
    if leaf.place is None or not path or isinstance(path[-1], int) or len(name_words(path[-1])) < 2:
        return None
    label = re.match(_label(path[-1]), text[slice(*leaf.place)], re.IGNORECASE)
    rest = leaf.place[0] + label.end() if label else leaf.place[1]
    marked = label and (re.search(r"[:#=]\s*$", label[0]) or re.match(r"\S*\d", text[rest : leaf.place[1]]))
    return _part(leaf, text, rest, leaf.place[1]) if marked and rest < leaf.place[1] else None


def _without_next(answer: Annotated, path: Path, leaf: Leaf, text: str) -> Leaf | None:
    """The leaf without the fields that follow it, their labels and values."""
    if leaf.place is None or not path or isinstance(path[-1], int):
        return None
    start, end = leaf.place
    cuts = [cut for name, other in at_path(answer, path[:-1]).items() for cut in _starts(name, other, text, start, end)]
    return _part(leaf, text, start, min(cuts)) if cuts else None


def _starts(name: str, other: Annotated, text: str, start: int, end: int) -> Iterator[int]:
    """Where in text[start:end] the label of another field begins, divider included, which its value follows."""
    if not isinstance(other, Leaf) or other.place is None or other.place[1] > end:
        return
    if re.match(rf"{DIVIDER}|$", text[other.place[1] : end]):
        for found in re.finditer(DIVIDER + _label(name), text[start:end], re.IGNORECASE):
            if found.start() and start + found.end() == other.place[0]:
                yield start + found.start()


def _label(name: str) -> str:
    words = name_words(name)
    return BETWEEN.join(map(re.escape, words)) + AFTER if words else r"(?!)"


def _part(leaf: Leaf, text: str, start: int, end: int) -> Leaf:
    return replace(leaf, value=" ".join(text[start:end].split()), place=(start, end))
