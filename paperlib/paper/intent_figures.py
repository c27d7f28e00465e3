"""Figures of intent classifiers: what size buys on the sets of the study, and what one says to some utterances."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from matplotlib import style
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from paperlib.core import paths
from paperlib.decoding.intents.classifier import Intent
from paperlib.evaluation.scaling.contrasts import Estimate
from paperlib.paper.intent_tables import SETS, records
from paperlib.paper.plots import (
    COLOURS,
    SIZE_COLUMNS,
    SizeRow,
    Style,
    drawn,
    interval_points,
    join_markers,
    log_axis,
    not_run,
    size_row,
    with_legend,
)

OURS, PROBE = "ours, int8", "language model, linear head"
BESIDE = {
    "tfidf-svm": "TF-IDF and linear SVM",
    "ngrams": "hashed n-grams, no teacher",
    "minilm": "all-MiniLM-L6-v2, fine-tuned",
}
STYLES: dict[str, Style] = dict(
    zip(
        (OURS, *BESIDE.values(), PROBE),
        zip(COLOURS, "sov^D", (True, False, False, True, True), strict=False),
        strict=True,
    )
)
TICKS = {1e5: "0.1M", 1e6: "1M", 3e6: "3M", 1e7: "10M", 3e7: "30M", 1e8: "100M"}
SIZE = (6.5, 2.9)  # inches
LINE = 0.17  # inches of one candidate


def frontier() -> Figure:
    """Accuracy in scope on the test part, in per cent with its 95 % interval, against the number of parameters, of the
    committed records; a panel a set, and lines through the sizes of one way."""
    rows = [row for one in records() if (row := _row(one)) is not None]
    return accuracies(rows, "Parameters", TICKS)


def accuracies(rows: Sequence[SizeRow], x: str, ticks: Mapping[float, str]) -> Figure:
    """Accuracy in per cent with its interval against ``x``, a panel a set; ``rows`` as of a frame with SIZE_COLUMNS."""
    if not rows:
        return not_run(SIZE)
    frame = pd.DataFrame(rows, columns=list(SIZE_COLUMNS))
    panels = [title for title in SETS.values() if title in set(frame.panel)]
    styles = {name: look for name, look in STYLES.items() if name in set(frame.series)}
    plot = interval_points(frame, styles, x="x", y="value", ymin="low", ymax="high").facet("panel", order=panels)
    figure = drawn(plot.label(x=x, y="Accuracy (%)").scale(x=log_axis(ticks)), SIZE)
    for axes, panel in zip(figure.axes, panels, strict=True):
        join_markers(axes, frame[frame.panel == panel])
        axes.set_title(panel, loc="left")
    return with_legend(figure, styles, columns=3)


def _row(record: Mapping[str, Any]) -> SizeRow | None:
    """A marker of the frontier; none for a set that is not among SETS."""
    found, key = record["test"]["accuracy"], re.sub(r"-seed\d+$", "", record["run"].partition("/")[2])
    if record["set"] not in SETS:
        return None
    score = Estimate(found["value"], found["low"], found["high"])
    series = BESIDE.get(key) or (OURS if record["model"]["bytes"] else PROBE)
    return size_row(SETS[record["set"]], series, record["model"]["parameters"], score, 100)


def candidates(found: Mapping[str, Intent], threshold: float) -> Figure:
    """The most probable intents of some utterances as bars, and the threshold as a line: the first is the answer, blue,
    where its bar reaches the line; else the answer is none."""
    rows = sum(len(one.candidates) + 2 for one in found.values())
    with style.context(paths.STYLE):
        figure = Figure(figsize=(6.5, LINE * rows + 0.4))
        axes = figure.subplots()
        names = _bars(axes, found)
        for row in names:
            axes.vlines(threshold, row - 0.5, row + 0.5, color=COLOURS[1], linewidth=1)
        axes.set_yticks(list(names), list(names.values()))
        axes.set(xlim=(0, 1), ylim=(rows - 0.5, -0.8), xlabel="probability; the line is the threshold")
        axes.grid(axis="y", visible=False)
    return figure


def _bars(axes: Axes, found: Mapping[str, Intent]) -> dict[int, str]:
    """Draws them; the names of the intents by row."""
    names, row = dict[int, str](), 0
    for text, one in found.items():
        axes.text(0, row, f"“{text}” → {one.label or 'no intent'}", va="center", fontsize=9)
        for place, (label, probability) in enumerate(one.candidates, 1):
            answer = place == 1 and one.label is not None
            axes.barh(row + place, probability, 0.75, color=COLOURS[0] if answer else "#BBBBBB")
            names[row + place] = label
        row += len(one.candidates) + 2
    return names
