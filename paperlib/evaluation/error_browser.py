"""The error browser: a metric overall, by tier and by schema, where every schema opens to its examples that failed.

error_browser.ErrorBrowser(error_analysis.join(data.test, predictions, report.scores), report.metrics)
"""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean

from paperlib.core.records import Metric, MetricName
from paperlib.data.display import Table, as_html, visible
from paperlib.data.examples import groups
from paperlib.evaluation.error_analysis import STYLE, AnalysedAnswer, AnalysedAnswers, check_known
from paperlib.evaluation.failures import FAILURE_KINDS
from paperlib.evaluation.metric_definitions import DEFINITIONS, LINKS
from paperlib.evaluation.metrics import MEASURES
from paperlib.evaluation.score_tables import format_metric

Group = tuple[int, str, str, Sequence[AnalysedAnswer]]  # depth, kind ("overall", "tier" or "schema"), name, members


@dataclass(frozen=True)
class ErrorBrowser:
    """A metric overall, by tier and by the schemas of each tier, with the examples that failed: those below 1.

    ``metrics`` are the rows of a report or a record. A row is shown, with its 95 % interval, only beside the answers
    that it was made from; any other group shows its bare count or mean. As HTML a schema opens to at most ``limit``
    examples. Raises PaperlibError for a metric that no score holds.
    """

    answers: AnalysedAnswers
    metrics: Sequence[Metric]
    metric: MetricName = "json_exact"
    limit: int = 2

    def __post_init__(self) -> None:
        check_known("metric of single answers", self.metric, MEASURES)

    def failures(self, group: str = "all") -> AnalysedAnswers:
        """All failed examples behind the value of a group. Raises PaperlibError for a group that is not there."""
        return AnalysedAnswers(self._failed(self.answers.group(group).members))

    def __repr__(self) -> str:
        title = DEFINITIONS[self.metric].title
        return repr(
            Table(
                [
                    {
                        "group": "  " * depth + visible(name),
                        title: self._value(kind, name, members),
                        "examples": self._summary(members),
                        "failed": visible(", ".join(one.id for one in self._failed(members))) if depth == 2 else "",
                    }
                    for depth, kind, name, members in self._groups()
                ]
            )
        )

    def _repr_html_(self) -> str:
        head = _line(0, "group", f"{LINKS[DEFINITIONS[self.metric].title]}, 95 % interval", "examples")
        return f'<div class="errors">{STYLE}<b>{head}</b>{"".join(map(self._html, self._groups()))}</div>'

    def _groups(self) -> Iterator[Group]:
        members = self.answers.members
        yield 0, "overall", "all", members
        for kind, tier, of_tier in groups(members):
            if kind == "tier":
                yield 1, kind, tier, of_tier
                yield from ((2, *part) for part in groups(of_tier) if part[0] == "schema")

    def _failed(self, members: Sequence[AnalysedAnswer]) -> tuple[AnalysedAnswer, ...]:
        return tuple(one for one in members if MEASURES[self.metric](one.score) not in (None, 1))

    def _summary(self, members: Sequence[AnalysedAnswer]) -> str:
        """How many failed, by kind of failure."""
        kinds = Counter(one.diagnosis.kind for one in self._failed(members))
        by_kind = ", ".join(f"{kind} {kinds[kind]}" for kind in FAILURE_KINDS if kinds[kind])
        return f"{kinds.total()} failed: {by_kind}" if kinds else "none failed"

    def _value(self, kind: str, name: str, members: Sequence[AnalysedAnswer]) -> str:
        values = [value for one in members if (value := MEASURES[self.metric](one.score)) is not None]
        if not values:
            return "–"
        for row in self.metrics:
            same = (row.metric, row.group, row.name, row.n) == (self.metric, kind, name, len(values))
            if same and math.isclose(row.value, fmean(values), abs_tol=1e-9):
                return format_metric(row)
        proportion = all(isinstance(value, bool) for value in values)
        return f"{sum(values)}/{len(values)}" if proportion else f"{fmean(values):.3f}, n = {len(values)}"

    def _html(self, group: Group) -> str:
        """A group's line; that of a schema opens to its first failed examples."""
        depth, kind, name, members = group
        line = _line(depth, *map(as_html, (name, self._value(kind, name, members), self._summary(members))))
        failed = self._failed(members)
        if kind != "schema" or not failed:
            return line
        rest = as_html(f"{len(failed) - self.limit} more: .failures({name!r}) shows them all")
        more = f"<div>{rest}</div>" if len(failed) > self.limit else ""
        shown = "".join(one.details() for one in failed[: self.limit])
        return f"<details><summary>{line}</summary>{shown}{more}</details>"


def _line(depth: int, name: str, *cells: str) -> str:
    """One line of the HTML, its cells in columns, the first one indented like the groups."""
    columns = "".join(f"<div>{cell}</div>" for cell in ("&nbsp;" * 3 * depth + name, *cells))
    return f'<div class="group">{columns}</div>'
