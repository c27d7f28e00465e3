"""How notebooks show things: tables, and texts with marks. Plain text where HTML is not at hand."""

import html
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from paperlib.core.records import Metric, MetricName, Record
from paperlib.data.examples import Example, Span
from paperlib.evaluation.likelihood import MEASURES as LIKELIHOODS
from paperlib.evaluation.metric_definitions import BY_TITLE, DEFINITIONS
from paperlib.evaluation.runs import HEADLINE, find, group_names
from paperlib.evaluation.statistics import Interval

# What a page does not show or would obey: control characters but tab and newline, marks of the direction of writing,
# characters without width, halves of surrogate pairs (which no file could hold).
HIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]")


@dataclass(frozen=True)
class Table:
    """Rows with the same keys, shown under their keys. The title of a metric links to its definition."""

    rows: Sequence[Mapping[str, Any]]

    def _cells(self) -> list[list[str]]:
        heads = list(self.rows[0]) if self.rows else ["nothing"]
        return [heads, *([str(row[head]) for head in heads] for row in self.rows)]

    def __repr__(self) -> str:
        cells = self._cells()
        widths = [max(len(row[i]) for row in cells) for i in range(len(cells[0]))]
        return "\n".join("  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip() for row in cells)

    def _repr_html_(self) -> str:
        head, *body = ([linked(cell) for cell in row] for row in self._cells())
        rows = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in body)
        return "<table><tr>" + "".join(f"<th>{cell}</th>" for cell in head) + f"</tr>{rows}</table>"


def linked(cell: str) -> str:
    """A cell as HTML; the title of a metric leads to the heading of its definition, its first sentence on hovering."""
    text = html.escape(cell)
    if cell not in BY_TITLE:
        return text
    anchor = html.escape(cell.replace(" ", "-"))
    return f'<a href="#{anchor}" title="{html.escape(BY_TITLE[cell].first)}">{text}</a>'


@dataclass(frozen=True)
class Grounded:
    """One example: its text with every span marked, and its answer."""

    example: Example

    def __repr__(self) -> str:
        return f"{self.example.text}\n\n{json.dumps(self.example.answer, ensure_ascii=False)}"

    def _repr_html_(self) -> str:
        text = marked(self.example.text, self.example.spans)
        answer = html.escape(json.dumps(self.example.answer, indent=1, ensure_ascii=False))
        style = "display:inline-block;vertical-align:top;margin-right:2em"
        return f'<pre style="{style}">{text}</pre><pre style="{style}">{answer}</pre>'


@dataclass(frozen=True)
class Surfaces:
    """Examples of one record, each below the name of its surface, spans marked; the answer once, at the end."""

    examples: Sequence[Example]

    def __repr__(self) -> str:
        return "\n\n".join(f"== {example.surface}\n{example.text}" for example in self.examples)

    def _repr_html_(self) -> str:
        style = "white-space:pre-wrap;border-left:3px solid #ccc;padding-left:1em"
        parts = [f'<b>{e.surface}</b><pre style="{style}">{marked(e.text, e.spans)}</pre>' for e in self.examples]
        answer = html.escape(json.dumps(self.examples[-1].answer, indent=1, ensure_ascii=False))
        return "".join(parts) + f"<b>the answer</b><pre>{answer}</pre>"


def visible(text: str) -> str:
    r"""The text with every character of HIDDEN written as its code, ``\u202e``."""
    return HIDDEN.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def marked(text: str, spans: Iterable[Span]) -> str:
    """A text as HTML, its spans marked and named by their pointers; of spans that overlap the first one is."""
    parts, at = [], 0
    for span in sorted(spans, key=lambda s: s.start):
        if span.start >= at:
            inside = html.escape(visible(text[span.start : span.end]))
            before = html.escape(visible(text[at : span.start]))
            parts.append(f'{before}<mark title="{html.escape(visible(span.pointer))}">{inside}</mark>')
            at = span.end
    return "".join(parts) + html.escape(visible(text[at:]))


def scores(records: Sequence[Record], group: str = "overall", metrics: Sequence[MetricName] = HEADLINE) -> Table:
    """Metrics of runs, a line for each member of the group ("overall", "tier" or "schema") and run."""
    return Table(
        [
            {
                **({} if group == "overall" else {group: name}),
                "run": record.label,
                **{DEFINITIONS[metric].title: _shown(find(record, metric, group, name)) for metric in metrics},
            }
            for name in group_names(list(records), group)
            for record in records
        ]
    )


def metrics(record: Record) -> Table:
    """All metrics of one run's answers, a line each, overall and by tier."""
    tiers = [("tier", name) for name in group_names([record], "tier")]
    return Table(
        [
            {
                "metric": definition.title,
                **{name: _shown(find(record, metric, group, name)) for group, name in [("overall", "all"), *tiers]},
            }
            for metric, definition in DEFINITIONS.items()
            if metric not in LIKELIHOODS
        ]
    )


def _shown(metric: Metric | None) -> str:
    return interval(metric) if metric else "–"


def interval(metric: Metric) -> str:
    """A metric with its 95 % interval and its count."""
    return estimate(metric.value, (metric.low, metric.high), metric.k, metric.n)


def estimate(value: float, interval: Interval, k: int | None, n: int) -> str:
    """A proportion in per cent or, where ``k`` is None, a mean with three decimals; with 95 % interval and count.

    A bootstrap of equal values, a single one among them, has no width and is not shown: nothing is that certain.
    """
    form, count = (".3f", f"n = {n}") if k is None else (".1%", f"{k}/{n}")
    low, high = interval
    ends = f" [{low:{form}}, {high:{form}}]" if low < high else ""
    return f"{value:{form}}{ends}, {count}"


def difference(value: float, interval: Interval | None, points: bool) -> str:
    """A difference of proportions in points, or of means, with its 95 % interval where there is one with a width."""
    scale, form = (100, "+.1f") if points else (1, "+.3f")
    low, high = interval or (0, 0)
    ends = f" [{scale * low:{form}}, {scale * high:{form}}]" if low < high else ""
    return f"{scale * value:{form}}{ends}{' points' if points else ''}"
