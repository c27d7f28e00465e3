"""Labels that a model copied along with a value: its field's own name before it, and the next field after it."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from paperlib.data.leaves import Path
from paperlib.data.scalars import name_words
from paperlib.data.schemas import Schema
from paperlib.decoding.extraction.answer_checks import n_faults
from paperlib.decoding.extraction.windows import Annotated, Leaf, annotated_leaves, at_path, unwrap, with_change

BETWEEN = r"[\s_#:.=-]+"  # what stands between the words of a label, and after it
DIVIDERS = r"\s*[,;|\n]\s*"  # what stands between a value and the label of the next


def without_labels(answer: Annotated, schema: Schema, text: str) -> Annotated:
    """``answer`` with "DN-77120" for "DELIVERY NOTE DN-77120" in a field ``delivery_note``, and with "Lot 14" for
    "Lot 14, Block C" in a field beside one, ``block``, whose value stands in what is cut off.

    A name of one word is no label ("Hotel Meridian" is the name of a hotel), and the schema has to permit the change.
    """
    for path, leaf in list(annotated_leaves(answer)):
        for shorter in _shorter(answer, path, leaf, text):
            edit = with_change(answer, path, shorter)
            if n_faults(unwrap(edit)[0], schema) <= n_faults(unwrap(answer)[0], schema):
                answer = edit
                break
    return answer


def _shorter(answer: Annotated, path: Path, leaf: Leaf, text: str) -> Iterator[Leaf]:
    """The leaf without labels, in the ways that there are."""
    if not isinstance(leaf.value, str) or leaf.place is None or not path or isinstance(path[-1], int):
        return
    start, end = leaf.place
    said = text[start:end]
    words = name_words(path[-1])
    label = re.match(_label(words), said, re.IGNORECASE)
    if label and len(words) > 1 and label.end() < len(said):
        yield _part(leaf, text, start + label.end(), end)
    for name, sibling in at_path(answer, path[:-1]).items():
        if name == path[-1] or not isinstance(sibling, Leaf) or sibling.place is None:
            continue
        for found in re.finditer(rf"{DIVIDERS}(?={_label(name_words(name))})", said, re.IGNORECASE):
            if found.start() and start + found.end() <= sibling.place[0] and sibling.place[1] <= end:
                yield _part(leaf, text, start, start + found.start())


def _label(words: list[str]) -> str:
    return BETWEEN.join(map(re.escape, words)) + BETWEEN if words else r"(?!)"


def _part(leaf: Leaf, text: str, start: int, end: int) -> Leaf:
    value: Any = " ".join(text[start:end].split())
    return replace(leaf, value=value, place=(start, end))
