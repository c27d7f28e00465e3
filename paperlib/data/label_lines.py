"""Writes a record as ``Label: value`` lines, in our form and in that of the published EdgeJSON texts.

Our form (:func:`write_label_lines`) takes what the record builders make, dicts, lists, str, bool, int and Decimal, and
says where each leaf stands in the text; :func:`read_span` is the way back. :mod:`paperlib.data.label_parser` reads both
forms by the schema alone.
"""

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

from paperlib.core.errors import DataError
from paperlib.data.examples import Example, Span
from paperlib.data.leaves import Path, json_pointer
from paperlib.data.scalars import parse_boolean
from paperlib.data.schemas import field_label

TITLES = ("{}", "{}", "New {}", "=== {} ===", "--- {} ---", "# {}")  # how a title line may look
HEADING = object()  # in place of a value
Line = tuple[str, Path, Any]  # what stands before the value, the value's path, and the value or HEADING


def write_label_lines(title: str, record: dict[str, Any]) -> tuple[str, tuple[Span, ...]]:
    """The text of a record below a title, and the spans of its leaves in order.

    Objects in it are indented by two, items of lists begun by ``- ``; a boolean is Yes or No, a Decimal keeps all its
    decimals (``12.50``).

    >>> print(write_label_lines("Cart", {"items": [{"name": "Kite", "gift": True}], "tags": ["new"]})[0])
    Cart
    <BLANKLINE>
    Items:
      - Name: Kite
        Gift: Yes
    Tags:
      - new
    """
    text, spans = f"{title}\n", []
    for before, path, value in _lines(record, (), "", "", bullet="- "):
        text += f"\n{before}"
        if value is not HEADING:
            shown, normalise = _shown(value)
            spans.append(Span(json_pointer(*path), len(text), len(text) + len(shown), normalise))
            text += shown
    return text.rstrip("\n"), tuple(spans)


def write_published(record: dict[str, Any], title: str, closing: str) -> str:
    """The text of a record as the published EdgeJSON texts have it: a title, lines without bullets, a closing line."""
    lines = (before if value is HEADING else f"{before}{value}" for before, _, value in _lines(record, (), "", "", ""))
    return "\n".join([title, "", *lines, "", closing])


def follows_published_form(example: Example) -> bool:
    """Whether :func:`write_published` gives the example's own text from its answer, letter for letter."""
    if not isinstance(example.answer, dict) or example.text.count("\n\n") < 2:
        return False
    return write_published(example.answer, *title_and_closing(example.text)) == example.text


def title_and_closing(text: str) -> tuple[str, str]:
    """The first and the last paragraph of a text in the published form."""
    return text.split("\n\n", 1)[0], text.rsplit("\n\n", 1)[-1]


def _lines(record: dict[str, Any], path: Path, first: str, indent: str, bullet: str) -> Iterator[Line]:
    """The lines of an object; ``first`` stands before the first line, ``indent`` before all others."""
    for place, (key, value) in enumerate(record.items()):
        label, below = f"{indent if place else first}{field_label(key)}:", (*path, key)
        if not isinstance(value, dict | list):
            yield f"{label} ", below, value
            continue
        yield label, below, HEADING
        inner = indent + "  "
        if isinstance(value, dict):
            yield from _lines(value, below, inner, inner, bullet)
            continue
        for number, item in enumerate(value):
            if isinstance(item, dict):
                yield from _lines(item, (*below, number), inner + bullet, inner + " " * len(bullet), bullet)
            else:
                yield inner + bullet, (*below, number), item


def _shown(value: Any) -> tuple[str, str]:
    """A scalar as a person writes it, and the name of the step back."""
    if isinstance(value, bool):
        return ("Yes" if value else "No"), "boolean"
    return str(value), "number" if isinstance(value, int | Decimal) else "copy"


def _number(text: str) -> int | float:
    """``"12"`` is an integer, ``"12.50"`` is 12.5."""
    return float(text) if "." in text else int(text)


NORMALISERS: dict[str, Callable[[str], Any]] = {"copy": str, "number": _number, "boolean": parse_boolean}


def read_span(text: str, span: Span) -> Any:
    """The leaf a span stands for. Raises DataError where its normaliser is unknown or cannot read the text."""
    part = text[span.start : span.end]
    try:
        return NORMALISERS[span.normalise](part)
    except (KeyError, ValueError):
        raise DataError(f"span {span.pointer}: {span.normalise!r} cannot read {part!r}") from None
