"""Our readers beside other tools on the same texts, from ``data/results/tool_comparison``: a table and a figure."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

from matplotlib import style
from matplotlib.figure import Figure

from paperlib.core import paths
from paperlib.data.display import counted
from paperlib.evaluation.engine_costs.cost_records import spread
from paperlib.evaluation.engine_costs.cost_tables import significant, spread_text
from paperlib.evaluation.runs import TEST_NAMES
from paperlib.evaluation.tool_comparison.tool_records import TOOLS, ComparisonConfig, ToolRecord, load_tools
from paperlib.evaluation.tool_comparison.tool_tables import overall
from paperlib.paper.engine_cost_figure import ticks
from paperlib.paper.latex import Block, count, escape, macro_name, macro_pair, with_interval
from paperlib.paper.plots import BESIDE, STYLES, not_run, with_legend
from paperlib.paper.scaling_tables import Table, size_of
from paperlib.training.bases import BASES

SIZE = (6.5, 2.6)  # inches
BEFORE = {**BESIDE, "xytext": (-5, -3), "ha": "right"}  # our longer names, on the side where there is room
SECONDS = (0.01, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100)  # ticks
KINDS = {
    "rules": "Rules",
    "paperlib": "This package",
    "llama.cpp": "llama.cpp with grammar",
    "langextract": "LangExtract on llama.cpp",
}
HEAD = ["Tool", "Leaves", "Field F1", "Normalised", "Exact", "Seconds per text", "GB", "MB"]
STUDIED = ComparisonConfig()  # what README and prose speak of


def comparison(records: Sequence[ToolRecord] | None = None) -> Table:
    """A block for each configuration, a row for each tool: leaves, F1 of the fields, but for case, spacing and
    punctuation too, and exact answers; seconds per text, memory, and weights to download."""
    found = load_tools() if records is None else records
    blocks: list[Block] = [(_heading(group), [_row(one) for one in group]) for group in _groups(found)]
    return Table("lrrrrrrr", HEAD, blocks or [("", [])])


def figure(records: Sequence[ToolRecord] | None = None) -> Figure:
    """Field F1 with its 95 % interval against seconds per text: a panel a configuration, a marker a model. Rules, which
    need none, are not shown."""
    found = [one for one in (load_tools() if records is None else records) if one.tool != "rules"]
    if not found:
        return not_run(SIZE)
    groups = _groups(found)
    styles = dict(zip((KINDS[kind] for kind in KINDS if kind != "rules"), STYLES, strict=False))
    with style.context(paths.STYLE):
        drawn = Figure(figsize=SIZE)
        for axes, group in zip(drawn.subplots(1, len(groups), squeeze=False)[0], groups, strict=True):
            for one in group:
                row, seconds = overall(one, "field_f1"), spread(one.seconds).median
                colour, marker, filled = styles[KINDS[_kind(one)]]
                look = {"color": colour, "marker": marker, "fillstyle": "full" if filled else "none", "markersize": 4.5}
                ends = [[row.value - row.low], [row.high - row.value]]
                axes.errorbar([seconds], [row.value], yerr=ends, linewidth=0.8, **look)
                axes.annotate(_size(one), (seconds, row.value), **(BEFORE if _kind(one) == "paperlib" else BESIDE))
            axes.set(
                title=_heading(group), xlabel="Seconds per text", ylabel="Field F1", xscale="log", ylim=(-0.02, 1.02)
            )
            low, high = axes.get_xlim()
            axes.set_xlim(low / 1.6, high * 1.5)  # room for the names
            ticks(axes.xaxis, SECONDS, axes.get_xlim())
    return with_legend(drawn, styles, columns=3)


def studied(records: Sequence[ToolRecord] | None = None) -> list[ToolRecord]:
    """The records under STUDIED, the best tool last."""
    return [one for one in (load_tools() if records is None else records) if one.config == STUDIED]


def macros(records: Sequence[ToolRecord] | None = None) -> Iterator[tuple[str, str]]:
    """Under STUDIED of every tool F1 of the fields, its interval, and seconds per text; the number of texts, once all
    tools were measured that the command compares by default."""
    found = studied(records)
    for one in found:
        named, row = ("tool", _kind(one), _size(one)), overall(one, "field_f1")
        yield from macro_pair(macro_name(*named, "f1"), (row.value, row.low, row.high), "{:.3f}".format)
        yield macro_name(*named, "seconds"), significant(spread(one.seconds).median)
    if {one.tool for one in found} >= set(TOOLS):
        yield macro_name("tools", "texts"), str(STUDIED.examples)


def _groups(records: Sequence[ToolRecord]) -> list[list[ToolRecord]]:
    return [list(group) for _, group in groupby(records, key=lambda one: one.config.key)]


def _heading(group: Sequence[ToolRecord]) -> str:
    first = group[0]
    name = TEST_NAMES.get(first.test_set, first.test_set)
    return f"{overall(first, 'field_f1').n} {name}, {counted(first.config.threads, 'thread')}"


def _row(one: ToolRecord) -> list[str]:
    right, expected = one.leaves
    strict, loose = overall(one, "field_f1"), overall(one, "normalised_f1")
    scores = [f"{right}/{expected}", with_interval(strict), f"{loose.value:.3f}", count(overall(one, "json_exact"))]
    taken = [_seconds(one), significant(spread(one.peak_memory_gb).median)]
    return [escape(title(one)), *scores, *taken, f"{one.megabytes:.0f}" if one.megabytes else "--"]


def _seconds(one: ToolRecord) -> str:
    """The median and the range over the repeats; of less than a tenth of a second the median alone."""
    median = spread(one.seconds).median
    return spread_text(one.seconds) if median >= 0.1 else f"{median:.3f}"


def title(one: ToolRecord) -> str:
    """The name of a tool in tables: what it is, and what model it runs."""
    kind = _kind(one)
    name = KINDS[kind]
    return name if kind == "rules" else f"{name}: {_size(one)}"


def _kind(one: ToolRecord) -> str:
    return one.tool.partition(":")[0]


def _size(one: ToolRecord) -> str:
    """Of a stock model its size; of ours its name."""
    model = one.tool.partition(":")[2]
    return size_of(model) if model in BASES else Path(model).name
