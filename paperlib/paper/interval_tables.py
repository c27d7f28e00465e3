"""The tables on the statistics themselves: how often each interval holds, and which differences can be found."""

from collections.abc import Sequence

from paperlib.core.records import IntervalName
from paperlib.evaluation.runs import GROUP_NAMES
from paperlib.evaluation.statistics.coverage import HEADLINE, NAMES, Row, Scenario
from paperlib.evaluation.statistics.power import LOST, RATES, Detectable
from paperlib.paper.latex import escape, percent, tabular

HEADS: dict[IntervalName, str] = {
    "wilson": "Wilson",
    "bootstrap": "Bootstrap",
    "clustered bootstrap": "Cl. bootstrap",
    "clustered t": "Cl. $t$",
    "clustered wilson": "Cl. Wilson",
}


def coverage(rows: Sequence[Row]) -> str:
    """Coverage of each interval by scenario in whole per cent, for these schemas / for new ones; last the mean width of
    the headline interval. A star marks coverage below nominal by more than the simulation's error.

    Independent examples have one number: any schemas are like these.
    """
    blocks: dict[str, list[list[str]]] = {}
    for scenario in dict.fromkeys(row.scenario for row in rows):
        found = {name: [row for row in rows if (row.scenario, row.interval) == (scenario, name)] for name in NAMES}
        shares = [" / ".join(map(_covered, found[name])) or "--" for name in NAMES]
        width = f"{100 * found[HEADLINE][0].mean_width:.0f}" if found[HEADLINE] else "--"
        blocks.setdefault(_kind(scenario), []).append([*_scenario(scenario), *shares, width])
    head = ["$n$", "Schemas", "Rate", "Corr.", *(HEADS[name] for name in NAMES), "Width"]
    return tabular("@{}rlrrrrrrrr@{}", head, blocks.items())


def detectable(rows: Sequence[Detectable]) -> str:
    """The smallest differences that can be found, in points, by dataset and tier; a dash where none can be.

    Fisher's test for two independent models, from each base rate; McNemar's for two models on the same examples, at
    each share that the better one loses.
    """
    blocks: dict[str, list[list[str]]] = {}
    for row in rows:
        group = GROUP_NAMES.get(row.group, row.group)
        differences = ["--" if d is None else percent(d) for d in (*row.independent, *row.paired)]
        cells = [escape(group), str(row.n), rf"\ensuremath{{\pm}}{percent(row.half_width)}", *differences]
        blocks.setdefault(escape(row.dataset), []).append(cells)
    head = ["Group", "$n$", "Half width", *(rf"from {100 * rate:.0f}\,\%" for rate in RATES)]
    head += [rf"paired, {100 * lost:.0f}\,\% lost" for lost in LOST]
    return tabular("@{}l" + "r" * (len(head) - 1) + "@{}", head, blocks.items())


def _covered(row: Row) -> str:
    return f"{100 * row.coverage:.0f}{'$^*$' if row.fails else ''}"


def _kind(scenario: Scenario) -> str:
    if scenario.other is not None:
        return "Gain of one model over another on the same examples"
    return f"Share right of {scenario.fields} fields" if scenario.fields > 1 else "Right or wrong"


def _scenario(scenario: Scenario) -> list[str]:
    rate = f"{scenario.mean:.2f}" + ("" if scenario.other is None else f", {scenario.other:.2f}")
    schemas = f"{scenario.schemas}, uneven" if scenario.uneven else str(scenario.schemas)
    return [str(scenario.n), schemas, rate, f"{scenario.icc:g}"]
