"""The figure on how far the probabilities of ``reader-135m`` can be trusted, a line a test."""

import numpy as np
from matplotlib import style
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from paperlib.core import paths
from paperlib.core.records import Record, Records
from paperlib.evaluation.calibration import LeafOutcome, precisions, reliability
from paperlib.evaluation.scaling.outcomes import outcomes
from paperlib.paper.plots import STYLES, Style, not_run, with_legend
from paperlib.paper.real_text_tables import TESTS, reader_of

FEWEST = 10  # leaves that a bin is drawn for
SIZE = (6.5, 3.1)  # inches


def calibration(records: Records) -> Figure:
    """Left, the share of right leaves against their probability, in ten bins (on the diagonal a model is right as often
    as it says); right, the share of right leaves among the most confident ones, by how many of all these are."""
    found = {TESTS[record.test_set]: _leaves(record) for record in reader_of(records)}
    found = {name: leaves for name, leaves in found.items() if leaves}
    if not found:
        return not_run(SIZE)
    styles = dict(zip(found, STYLES, strict=False))
    with style.context(paths.STYLE):
        figure = Figure(figsize=SIZE)
        left, right = figure.subplots(1, 2)
        left.plot((0, 1), (0, 1), color="#999999", linewidth=0.7)
        for name, leaves in found.items():
            _lines(left, right, leaves, styles[name])
        left.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), xlabel="Probability of a leaf", ylabel="Share right")
        right.set(
            xlim=(0, 1.02), ylim=(0.28, 1.02), xlabel="Share of the leaves, most confident first", ylabel="Share right"
        )
    return with_legend(figure, styles, columns=4)


def _leaves(record: Record) -> list[LeafOutcome]:
    return [leaf for one in outcomes(record).values() for leaf in one.sure]


def _lines(left: Axes, right: Axes, leaves: list[LeafOutcome], look: Style) -> None:
    colour, marker, filled = look
    bins = [one for one in reliability(leaves) if one.n >= FEWEST]
    fill = "full" if filled else "none"
    drawn = {"color": colour, "marker": marker, "fillstyle": fill, "markersize": 4.5, "linewidth": 0.8}
    left.plot([one.confidence for one in bins], [one.accuracy for one in bins], **drawn)  # type: ignore[arg-type]
    shares = precisions(leaves)
    place = np.linspace(0, len(shares) - 1, min(len(shares), 200)).astype(int)[FEWEST // 2 :]
    right.plot((place + 1) / len(shares), shares[place], color=colour, linewidth=1)
    right.plot([1], [shares[-1]], color=colour, marker=marker, fillstyle=fill, markersize=4.5)
