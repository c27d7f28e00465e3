"""The figures of a report: fields, what more documents would give, and what the model's probabilities are worth."""

import base64
import io
from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib import style
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from paperlib.core import paths
from paperlib.evaluation.calibration import LeafOutcome, precisions, reliability
from paperlib.paper.plots import COLOURS
from paperlib.workflow.finetune.evaluation import Evaluation, Field

LOOK = """<style>
body{font:16px/1.5 system-ui,sans-serif;max-width:62em;margin:2em auto;padding:0 1em;color:#222}
table{border-collapse:collapse;margin:1em 0}
td,th{padding:.25em .8em;border-bottom:1px solid #ddd;text-align:right;white-space:nowrap}
.errors td,.texts td{white-space:normal}
h1{font-size:1.6em}h2{font-size:1.2em;margin-top:2em}p{max-width:44em}pre{overflow:auto}
</style>"""  # of every report
BLUE, ORANGE = COLOURS[:2]
ROW = 0.24  # inches for a field
GREY = "#999999"


def field_figure(before: Sequence[Field], tuned: Sequence[Field]) -> Figure:
    """The recall of each field with its 95 % interval, by the tuned model and before the tuning."""
    names = [one.name for one in tuned]
    with style.context(paths.STYLE):
        figure = Figure(figsize=(6.5, 0.75 + ROW * len(names)))
        axes = figure.subplots()
        axes.set(xlim=(-0.02, 1.02), xlabel="recall", ylim=(len(names) - 0.5, -0.5))
        axes.set_yticks(range(len(names)), names, parse_math=False)
        untuned = {one.name: one for one in before}
        _recalls(axes, [untuned.get(name) for name in names], 0.16, GREY, "o", "untuned")
        _recalls(axes, tuned, -0.12, BLUE, "s", "tuned")
        figure.legend(loc="outside upper right", ncols=2)
    return figure


def _recalls(axes: Axes, fields: Sequence[Field | None], shift: float, colour: str, marker: str, label: str) -> None:
    found = [
        (row + shift, one.recall, one.right / one.expected) for row, one in enumerate(fields) if one and one.expected
    ]
    if not found:
        return
    rows, intervals, values = zip(*found, strict=True)
    axes.hlines(rows, *zip(*intervals, strict=True), color=colour, linewidth=1)
    axes.plot(values, rows, marker, color=colour, markersize=4.5, label=label)


def curve_figure(curve: Mapping[int, Evaluation]) -> Figure:
    """Leaf F1 and exact answers, with 95 % intervals, by the number of documents trained on."""
    with style.context(paths.STYLE):
        figure = Figure(figsize=(4.2, 2.6))
        axes = figure.subplots()
        for key, colour, marker in (("leaf_f1", BLUE, "s"), ("json_exact", ORANGE, "^")):
            scores = [evaluation.overall[key] for evaluation in curve.values()]
            label = "leaf F1" if key == "leaf_f1" else "exact match"
            axes.plot(list(curve), [one.value for one in scores], marker=marker, color=colour, label=label)
            axes.vlines(list(curve), [one.low for one in scores], [one.high for one in scores], color=colour)
        axes.set(xscale="log", ylim=(-0.02, 1.02), xlabel="documents trained on")
        axes.set_xticks(list(curve), list(map(str, curve)))
        axes.minorticks_off()
        axes.legend(loc="best")
    return figure


def confidence_figure(leaves: Sequence[LeafOutcome], what: str = "value") -> Figure:
    """Left, how many values of each probability are right (bins with 95 % intervals; on the diagonal, as many as the
    model says). Right, how many of its most confident values are right, by their share. ``what`` they are."""
    with style.context(paths.STYLE):
        figure = Figure(figsize=(6.5, 2.6))
        left, right = figure.subplots(1, 2)
        bins = reliability(leaves)
        left.plot((0, 1), (0, 1), color=GREY, linewidth=0.7)
        left.vlines([one.confidence for one in bins], *zip(*(one.interval for one in bins), strict=True), color=BLUE)
        left.plot([one.confidence for one in bins], [one.accuracy for one in bins], "s", color=BLUE, markersize=4.5)
        left.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), xlabel=f"probability of the {what}", ylabel="share right")
        found = precisions(leaves)
        right.plot(np.arange(1, len(found) + 1) / len(found), found, color=BLUE)
        right.set(xlim=(0, 1.02), ylim=(min(found.min(), 0.9) - 0.02, 1.005))
        right.set(xlabel=f"share of the {what}s, the most confident first", ylabel="share right of them")
    return figure


def as_png(figure: Figure) -> bytes:
    """The figure as the bytes of a PNG file."""
    png = io.BytesIO()
    figure.savefig(png, format="png")
    return png.getvalue()


def as_html(figure: Figure, what: str) -> str:
    """The figure inside a page; ``what`` is read to those who do not see it."""
    data = base64.b64encode(as_png(figure)).decode("ascii")
    return f'<img alt="{what}" width="{figure.get_figwidth() * 96:.0f}" src="data:image/png;base64,{data}">'
