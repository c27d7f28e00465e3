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
from paperlib.paper.tool_results import comparison, title

PAGE = paths.RESULTS / "TOOL_COMPARISON.md"
FIGURE = "![Field F1 against seconds a text, a marker a tool](../../figures/tools.png)"
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
    versions = {
        name: one.provenance.versions[name] for one in found for name in PACKAGES if name in one.provenance.versions
    }
    packages = "Packages: " + ", ".join(f"{name} {version}" for name, version in versions.items()) + "."
    return "\n\n".join([*machines, packages, FIGURE, comparison(found).markdown.rstrip("\n")]) + "\n"


def in_short(records: Sequence[ToolRecord] | None = None) -> str:
    """The README's sentence on receipts: F1 of their fields and seconds a text, a tool after another; else nothing."""
    found = [one for one in (load_tools() if records is None else records) if one.test_set == "sroie"]
    if not found:
        return ""
    said = [
        f"{title(one)}, {overall(one, 'field_f1').value:.2f} in {significant(spread(one.seconds).median)} s"
        for one in reversed(found)
    ]
    n = overall(found[0], "field_f1").n
    page = PAGE.relative_to(paths.ROOT)
    return f" In one run on {n} of the receipts ([more]({page})), F1 and seconds each: {'; '.join(said)}."
