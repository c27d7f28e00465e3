"""How notebooks show tables and examples: as HTML, or as plain text where HTML is not at hand.

Nothing here knows a metric, so that the notebooks that make data and train models can use it; tables of scores are in
:mod:`paperlib.evaluation.score_tables`.
"""

import html
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from paperlib.data.examples import Example, Span

# Characters that a page would hide or obey: control characters but tab and newline, bidirectional controls, zero-width
# characters, and lone surrogates (which no file could hold).
HIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]")
NUMERIC = re.compile(r"[-+–]?\d|[-–]?$")  # how a cell of a column of numbers begins
LEFT = ' style="text-align:left"'
CODE = "font-family:monospace;white-space:pre-wrap;word-break:normal;overflow-wrap:break-word"


def counted(n: int, noun: str) -> str:
    """``1 intent``, ``1,200 intents``."""
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"


@dataclass(frozen=True)
class Table:
    """Rows with the same keys, shown under these keys; in HTML, columns of text are aligned left, of numbers right.

    ``markup`` maps the text of a cell to the HTML that stands for it, a link for instance.
    """

    rows: Sequence[Mapping[str, Any]]
    markup: Mapping[str, str] = field(default_factory=dict)

    def _cells(self) -> list[list[str]]:
        heads = list(self.rows[0]) if self.rows else ["nothing"]
        return [heads, *([str(row[head]) for head in heads] for row in self.rows)]

    def __repr__(self) -> str:
        cells = self._cells()
        widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        return "\n".join("  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip() for row in cells)

    def _repr_html_(self) -> str:
        head, *body = self._cells()
        styles = ["" if all(map(NUMERIC.match, column[1:])) else LEFT for column in zip(head, *body, strict=True)]
        rows = "".join(self._row("td", row, styles) for row in body)
        return f"<table>{self._row('th', head, styles)}{rows}</table>"

    def _row(self, tag: str, cells: Sequence[str], styles: Sequence[str]) -> str:
        shown = [self.markup.get(cell) or html.escape(cell) for cell in cells]
        return f"<tr>{''.join(f'<{tag}{s}>{c}</{tag}>' for c, s in zip(shown, styles, strict=True))}</tr>"


@dataclass(frozen=True)
class AnnotatedExample:
    """One example: its text with every span highlighted, beside its answer."""

    example: Example

    def __repr__(self) -> str:
        return f"{self.example.text}\n\n{json.dumps(self.example.answer, ensure_ascii=False)}"

    def _repr_html_(self) -> str:
        style = f"{CODE};display:inline-block;vertical-align:top;margin-right:2em"
        text = highlighted(self.example.text, self.example.spans)
        return f'<pre style="{style}">{text}</pre><pre style="{style}">{_answer(self.example)}</pre>'


@dataclass(frozen=True)
class SurfaceRealisations:
    """The texts of one record, each below the name of its surface, spans highlighted; the answer stands at the end."""

    examples: Sequence[Example]

    def __repr__(self) -> str:
        return "\n\n".join(f"== {example.surface}\n{example.text}" for example in self.examples)

    def _repr_html_(self) -> str:
        style = f"{CODE};border-left:3px solid #ccc;padding-left:1em"
        texts = [f'<b>{e.surface}</b><pre style="{style}">{highlighted(e.text, e.spans)}</pre>' for e in self.examples]
        return "".join(texts) + f'<b>the answer</b><pre style="{CODE}">{_answer(self.examples[-1])}</pre>'


def visible(text: str) -> str:
    r"""The text with every character of HIDDEN written as its code, ``\u202e`` for instance."""
    return HIDDEN.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def as_html(text: str) -> str:
    """Any text, a model's output included, as harmless HTML."""
    return html.escape(visible(text))


def highlighted(text: str, spans: Iterable[Span]) -> str:
    """A text as HTML, each span highlighted and titled with its JSON pointer; of overlapping spans only the first."""
    parts, at = [], 0
    for span in sorted(spans, key=lambda s: s.start):
        if span.start >= at:
            inside = f'<mark title="{as_html(span.pointer)}">{as_html(text[span.start : span.end])}</mark>'
            parts += [as_html(text[at : span.start]), inside]
            at = span.end
    return "".join([*parts, as_html(text[at:])])


def _answer(example: Example) -> str:
    return html.escape(json.dumps(example.answer, indent=1, ensure_ascii=False))
