"""The tables of ``data/results/ENGINE_COSTS.md``: what each form of one model costs.

:mod:`paperlib.paper.readme` puts them there.
"""

from collections.abc import Sequence

from paperlib.claims import by_costs
from paperlib.claims.ledger import decide
from paperlib.core import paths
from paperlib.data.display import counted
from paperlib.evaluation.engine_costs.cost_records import EngineCost, load_costs
from paperlib.paper import claims_table, engine_cost_tables
from paperlib.paper.latex import markdown
from paperlib.paper.tables import machine

PAGE = paths.RESULTS / "ENGINE_COSTS.md"
FIGURE = "![Seconds an answer against megabytes and against exact answers](../../figures/engine-costs.png)"
NOTHING = "No costs were measured yet: run `python -m paperlib.evaluation.engine_costs MODEL`.\n"
CLAIMS = ("Claim", "Estimate", "Verdict", "Why")


def render(costs: Sequence[EngineCost] | None = None) -> str:
    """Where they were measured, the figure, the tables and what they decide of the announcement, in Markdown."""
    found = load_costs() if costs is None else costs
    if not found:
        return NOTHING
    parts = [*_machines(found), FIGURE]
    parts += ["## What they answer", engine_cost_tables.answers(found).markdown]
    parts += ["## How fast they are", engine_cost_tables.rates(found).markdown]
    parts += ["## How long an answer takes", engine_cost_tables.seconds(found).markdown]
    parts += ["## What it takes beside time", engine_cost_tables.resources(found).markdown]
    parts += ["## What they decide of the announcement", _claims(found)]
    return "\n\n".join(part.rstrip("\n") for part in parts) + "\n"


def _machines(costs: Sequence[EngineCost]) -> list[str]:
    """A line for each machine and set of repeats, in the order of the tables."""
    lines = dict.fromkeys(
        f"Measured on {machine(one.provenance.hardware)}: {one.config.repeats} repeats, "
        f"{counted(one.config.timed, 'text')} a tier; "
        f"joules are {engine_cost_tables.SOURCES[one.timings.joules_source]}."
        for one in costs
    )
    return list(lines)


def _claims(costs: Sequence[EngineCost]) -> str:
    rows = [row for row in decide({}, costs=costs) if row.claim.rule.name in by_costs.RULES]
    cells = [
        [row.claim.claim, claims_table.estimate(row.verdict), f"**{row.verdict.status}**", f"{row.verdict.reason}."]
        for row in rows
    ]
    return markdown("llll", CLAIMS, cells)
