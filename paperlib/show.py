"""How notebooks show things: tables, and texts with marks. Plain text where HTML is not at hand."""

import html
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from paperlib.dataset import Example
from paperlib.records import Metric


@dataclass(frozen=True)
class Table:
    """Rows with the same keys, shown under their keys."""

    rows: Sequence[Mapping[str, Any]]

    def _cells(self) -> list[list[str]]:
        heads = list(self.rows[0]) if self.rows else ["nothing"]
        return [heads, *([str(row[head]) for head in heads] for row in self.rows)]

    def __repr__(self) -> str:
        cells = self._cells()
        widths = [max(len(row[i]) for row in cells) for i in range(len(cells[0]))]
        return "\n".join("  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip() for row in cells)

    def _repr_html_(self) -> str:
        head, *body = ([html.escape(cell) for cell in row] for row in self._cells())
        rows = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in body)
        return "<table><tr>" + "".join(f"<th>{cell}</th>" for cell in head) + f"</tr>{rows}</table>"


@dataclass(frozen=True)
class Grounded:
    """One example: its text with every span marked, and its answer."""

    example: Example

    def __repr__(self) -> str:
        return f"{self.example.text}\n\n{json.dumps(self.example.answer, ensure_ascii=False)}"

    def _repr_html_(self) -> str:
        text, parts, at = self.example.text, [], 0
        for span in sorted(self.example.spans, key=lambda s: s.start):
            marked = f'<mark title="{html.escape(span.pointer)}">{html.escape(text[span.start : span.end])}</mark>'
            parts += [html.escape(text[at : span.start]), marked]
            at = span.end
        parts.append(html.escape(text[at:]))
        answer = html.escape(json.dumps(self.example.answer, indent=1, ensure_ascii=False))
        style = "display:inline-block;vertical-align:top;margin-right:2em"
        return f'<pre style="{style}">{"".join(parts)}</pre><pre style="{style}">{answer}</pre>'


def interval(metric: Metric) -> str:
    """A metric with its 95 % interval and its count: a proportion in per cent, a mean with three decimals."""
    if metric.k is None:
        return f"{metric.value:.3f} [{metric.low:.3f}, {metric.high:.3f}], n = {metric.n}"
    return f"{metric.value:.1%} [{metric.low:.1%}, {metric.high:.1%}], {metric.k}/{metric.n}"
