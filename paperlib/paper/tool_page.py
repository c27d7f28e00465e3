"""The figure and the table of ``data/results/TOOL_COMPARISON.md``: our readers beside other tools on the same texts.

:mod:`paperlib.paper.readme` puts them there.
"""

from collections.abc import Sequence

from paperlib.core import paths
from paperlib.data.display import counted
from paperlib.evaluation.engine_costs.cost_records import spread
from paperlib.evaluation.engine_costs.cost_tables import significant
from paperlib.evaluation.tool_comparison.tool_records import ToolRecord, load_tools
from paperlib.evaluation.tool_comparison.tool_tables import overall
from paperlib.paper.tables import machine
from paperlib.paper.tool_results import STUDIED, comparison, studied, title

PAGE = paths.RESULTS / "TOOL_COMPARISON.md"
FIGURE = "![Field F1 against seconds per text, a marker for each model](../../figures/tools.png)"
PACKAGES = ("xllamacpp", "langextract")
NOTHING = "No tools were compared yet: run `python -m paperlib.evaluation.tool_comparison`.\n"


def render(records: Sequence[ToolRecord] | None = None) -> str:
    """Where it was measured, the figure and the table, in Markdown."""
    found = load_tools() if records is None else records
    if not found:
        return NOTHING
    machines = dict.fromkeys(
        f"Measured on {machine(one.provenance.hardware)}, {counted(one.config.repeats, 'repeat')}." for one in found
    )
    versions = sorted({f"{name} {version}" for one in found for name, version in _packages(one)})
    packages = [f"Packages: {', '.join(versions)}."] if versions else []
    return "\n\n".join([*machines, *packages, FIGURE, comparison(found).markdown.rstrip("\n")]) + "\n"


def _packages(one: ToolRecord) -> list[tuple[str, str]]:
    return [(name, version) for name, version in one.provenance.versions.items() if name in PACKAGES]


def in_short(records: Sequence[ToolRecord] | None = None) -> str:
    """The README's sentence on receipts: F1 of their fields and seconds per text, the best tool first; else nothing."""
    found = studied(records)
    if not found:
        return ""
    said = [
        f"{title(one)}, {_score(one)} at {significant(spread(one.seconds).median)} s"
        for one in reversed(found)
        if one.tool != "rules"
    ]
    page = f"[Beside other tools]({PAGE.relative_to(paths.ROOT)})"
    return f"{page}, in one run on {STUDIED.examples} receipts, F1 of their fields and seconds each: {'; '.join(said)}."


def _score(one: ToolRecord) -> str:
    found = overall(one, "field_f1")
    return f"{found.value:.3f} [{found.low:.3f}, {found.high:.3f}]"
