"""From a score to the examples behind it: every number of a metric opens to the answers that failed.

drill.Drill(drill.join(data.test, predictions, found.scores), found.metrics)
"""

import html
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean

from paperlib.core.records import Metric, MetricName
from paperlib.data.examples import groups
from paperlib.evaluation.error_analysis.answered import STYLE, Answered, Answers, known
from paperlib.evaluation.failures import KINDS
from paperlib.evaluation.metric_definitions import DEFINITIONS
from paperlib.evaluation.metrics import MEASURES
from paperlib.evaluation.show import Table, interval, linked, visible


@dataclass(frozen=True)
class Group:
    """One row: a group of answers, its number, and those of it that failed."""

    group: str  # "overall", "tier" or "schema"
    name: str
    number: str
    failures: tuple[Answered, ...]
    below: tuple["Group", ...] = ()  # tiers of all, schemas of a tier

    @property
    def kinds(self) -> str:
        """How many failed, and of which headline kind they are."""
        found = Counter(one.diagnosis.kind for one in self.failures)
        counts = ", ".join(f"{kind} {found[kind]}" for kind in KINDS if found[kind])
        return f"{len(self.failures)} failed: {counts}" if counts else "none failed"


@dataclass(frozen=True)
class Drill:
    """A metric overall, by tier and by the schemas of each tier, with the examples that failed: those below 1.

    ``metrics`` are the rows of a report or a record. A row is shown, with its 95 % interval, only beside the answers
    that it was made from; any other group shows its bare count or mean. As HTML a schema opens to at most ``limit``
    examples. Raises PaperlibError for a metric that no score holds.
    """

    answers: Answers
    metrics: Sequence[Metric]
    metric: MetricName = "json_exact"
    limit: int = 2

    def __post_init__(self) -> None:
        known("metric of single answers", self.metric, MEASURES)

    def failures(self, group: str = "all") -> Answers:
        """All failed examples behind the number of a group. Raises PaperlibError for a group that is not there."""
        return Answers(tuple(one for one in self.answers.group(group) if self._value(one) not in (None, 1)))

    def __repr__(self) -> str:
        found, title = list(_walk(self._tree())), DEFINITIONS[self.metric].title
        table = Table([{"group": "  " * d + visible(g.name), title: g.number, "examples": g.kinds} for d, g in found])
        ids = [f"{g.name}: {', '.join(one.id for one in g.failures)}" for d, g in found if d == 2 and g.failures]
        return "\n".join([repr(table), *(["", "failed"] if ids else []), *map(visible, ids)])

    def _repr_html_(self) -> str:
        title = linked(DEFINITIONS[self.metric].title)
        heads = f"<span>group</span> <span>{title}, 95 % interval</span> <span>examples</span>"
        return f'<div class="drill">{STYLE}<div class="head">{heads}</div>{self._html(self._tree())}</div>'

    def _tree(self) -> Group:
        tiers = [found for found in groups(self.answers.members) if found[0] == "tier"]
        below = tuple(self._group(*tier, self._schemas(tier[2])) for tier in tiers)
        return self._group("overall", "all", self.answers.members, below)

    def _schemas(self, members: Sequence[Answered]) -> tuple[Group, ...]:
        return tuple(self._group(*found) for found in groups(members) if found[0] == "schema")

    def _group(self, group: str, name: str, members: Sequence[Answered], below: tuple[Group, ...] = ()) -> Group:
        failures = tuple(one for one in members if self._value(one) not in (None, 1))
        return Group(group, name, self._number(group, name, members), failures, below)

    def _number(self, group: str, name: str, members: Sequence[Answered]) -> str:
        values = [value for one in members if (value := self._value(one)) is not None]
        if not values:
            return "–"
        for row in self.metrics:
            same = (row.metric, row.group, row.name, row.n) == (self.metric, group, name, len(values))
            if same and math.isclose(row.value, fmean(values), abs_tol=1e-9):
                return interval(row)
        proportion = all(isinstance(value, bool) for value in values)
        return f"{sum(values)}/{len(values)}" if proportion else f"{fmean(values):.3f}, n = {len(values)}"

    def _value(self, one: Answered) -> bool | float | None:
        return MEASURES[self.metric](one.score)

    def _html(self, found: Group) -> str:
        """A group's line; it opens to the groups below it, or to its first failed examples."""
        line = _cells(found.name, found.number, found.kinds)
        if not found.failures:
            return f'<div class="right">{line}</div>'
        inside = "".join(map(self._html, found.below)) or self._examples(found)
        state = "" if found.group == "schema" else " open"
        return f"<details{state}><summary>{line}</summary>{inside}</details>"

    def _examples(self, found: Group) -> str:
        shown = "".join(one.details() for one in found.failures[: self.limit])
        more = len(found.failures) - self.limit
        how = html.escape(visible(f"{more} more: .failures({found.name!r}) of this table shows them all"))
        return shown + (f'<div class="right">{how}</div>' if more > 0 else "")


def _walk(found: Group, depth: int = 0) -> Iterator[tuple[int, Group]]:
    yield depth, found
    for below in found.below:
        yield from _walk(below, depth + 1)


def _cells(*texts: str) -> str:
    return " ".join(f"<span>{html.escape(visible(text))}</span>" for text in texts)
