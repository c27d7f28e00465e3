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
from paperlib.paper.latex import in_text
from paperlib.paper.tables import machine
from paperlib.paper.tool_results import STUDIED, comparison, studied, title

PAGE = paths.RESULTS / "TOOL_COMPARISON.md"
FIGURE = "![Field F1 against seconds per text, a marker for each model](../../figures/tools.png)"
PACKAGES = ("xllamacpp", "langextract")
IN_SHORT = (
    "- **Beside other tools**, on {n} of these receipts: fastest is {fastest}; most accurate is {best}. With so few "
    "receipts only large differences mean anything ([all tools]({page}))."
)
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
    """The README's line on receipts: the fastest tool and the one of the highest F1; else nothing."""
    found = [one for one in studied(records) if one.tool != "rules"]
    if not found:
        return ""
    fastest = min(found, key=lambda one: spread(one.seconds).median)
    page = PAGE.relative_to(paths.ROOT)
    return IN_SHORT.format(n=STUDIED.examples, fastest=_said(fastest), best=_said(found[-1]), page=page)


def _said(one: ToolRecord) -> str:
    tool, _, model = title(one).partition(": ")
    name = f"`{model}`" if one.tool.startswith("paperlib:") else f"{tool} ({model})"
    return f"{name}, field F1 {in_text(overall(one, 'field_f1'))} at {significant(spread(one.seconds).median)} s each"
