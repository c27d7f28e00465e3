"""Ways to write a record as text. A surface returns the text and, for every leaf, where it stands in it.

A record is what the builders make: dicts, lists, str, bool, int and Decimal. The text shows a Decimal with all its
decimals (``12.50``), a boolean as Yes or No; `NORMALISERS` is the way back from the text to the leaf of the answer.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from paperlib.core.errors import DataError
from paperlib.data.examples import Span
from paperlib.data.examples import pointer as pointer_of
from paperlib.data.schemas import label

TITLES = ("{}", "{}", "New {}", "=== {} ===", "--- {} ---", "# {}")  # how a title line may look


def number(text: str) -> int | float:
    """``"12"`` is an integer, ``"12.50"`` is 12.5."""
    return float(text) if "." in text else int(text)


def boolean(text: str) -> bool:
    """``Yes`` or ``No``, ``true`` or ``false``, in any case. Raises ValueError for anything else."""
    return bool(("no", "yes", "false", "true").index(text.lower()) % 2)


NORMALISERS: dict[str, Callable[[str], Any]] = {"copy": str, "number": number, "boolean": boolean}


@dataclass
class Page:
    """Text in the making, and the spans of what was written."""

    parts: list[str] = field(default_factory=list)
    spans: list[Span] = field(default_factory=list)
    length: int = 0

    def write(self, text: str) -> None:
        self.parts.append(text)
        self.length += len(text)

    def leaf(self, value: Any, pointer: str) -> None:
        """Writes a scalar and a line end, and remembers where it stands."""
        text, normalise = shown(value)
        self.spans.append(Span(pointer, self.length, self.length + len(text), normalise))
        self.write(text + "\n")


def shown(value: Any) -> tuple[str, str]:
    """A scalar as a person writes it, and the name of the step back."""
    if isinstance(value, bool):
        return ("Yes" if value else "No"), "boolean"
    if isinstance(value, int | Decimal):
        return str(value), "number"
    return str(value), "copy"


def label_value(title: str, record: dict[str, Any]) -> tuple[str, tuple[Span, ...]]:
    """``Label: value`` lines below a title; nested objects indented by two, items of lists begun by ``- ``.

    >>> print(label_value("Cart", {"items": [{"name": "Kite", "gift": True}], "tags": ["new"]})[0])
    Cart
    <BLANKLINE>
    Items:
      - Name: Kite
        Gift: Yes
    Tags:
      - new
    """
    page = Page()
    page.write(f"{title}\n\n")
    _fields(page, record, "", "", "")
    return "".join(page.parts).rstrip("\n"), tuple(page.spans)


def _fields(page: Page, record: dict[str, Any], pointer: str, first: str, indent: str) -> None:
    """The lines of an object; ``first`` stands before the first line, ``indent`` before all others."""
    for place, (key, value) in enumerate(record.items()):
        page.write(f"{indent if place else first}{label(key)}:")
        below = pointer + pointer_of(key)
        if isinstance(value, dict):
            page.write("\n")
            _fields(page, value, below, indent + "  ", indent + "  ")
        elif isinstance(value, list):
            page.write("\n")
            _items(page, value, below, indent + "  ")
        else:
            page.write(" ")
            page.leaf(value, below)


def _items(page: Page, values: list[Any], pointer: str, indent: str) -> None:
    for place, value in enumerate(values):
        if isinstance(value, dict):
            _fields(page, value, f"{pointer}/{place}", f"{indent}- ", indent + "  ")
        else:
            page.write(f"{indent}- ")
            page.leaf(value, f"{pointer}/{place}")


SURFACES: dict[str, Callable[[str, dict[str, Any]], tuple[str, tuple[Span, ...]]]] = {"label_value": label_value}


def leaves(value: Any, pointer: str = "") -> list[tuple[str, Any]]:
    """Every scalar of an answer with its JSON pointer, in order."""
    if isinstance(value, dict):
        return [leaf for key, child in value.items() for leaf in leaves(child, pointer + pointer_of(key))]
    if isinstance(value, list):
        return [leaf for place, child in enumerate(value) for leaf in leaves(child, f"{pointer}/{place}")]
    return [(pointer, value)]


def read_span(text: str, span: Span) -> Any:
    """The leaf a span stands for. Raises DataError where its normaliser is unknown or cannot read the text."""
    try:
        return NORMALISERS[span.normalise](text[span.start : span.end])
    except (KeyError, ValueError):
        raise DataError(
            f"span {span.pointer}: {span.normalise!r} cannot read {text[span.start : span.end]!r}"
        ) from None
