"""The figures on size: every family drawn, the announced points, and nothing but axes where no run is there."""

from collections.abc import Callable
from pathlib import Path

import pytest
from matplotlib.figure import Figure

from paperlib.core.records import Record
from paperlib.evaluation.scaling.selection import BASES
from paperlib.paper import figures, scaling_details, scaling_figures

FIGURES = (scaling_figures.first, scaling_details.exactness, scaling_details.gained, scaling_details.trainable)


def texts(figure: Figure) -> str:
    legends = [text.get_text() for legend in figure.legends for text in legend.get_texts()]
    inside = [text.get_text() for axes in figure.axes for text in axes.texts]
    return " ".join([*legends, *inside, *(axes.get_title(loc="left") for axes in figure.axes)])


def test_the_first_figure_shows_families_evaluators_and_announced_points(sizes: dict[str, Record]) -> None:
    figure = scaling_figures.first(sizes)
    assert len(figure.axes) == 4
    shown = texts(figure)
    for expected in (
        *scaling_figures.STYLES,
        "announced",
        "24.7",
        "55.1",
        "0.0",
        "4.0",
        "exponent",
        "receipts",
        "n = 119",
    ):
        assert expected in shown, expected
    assert figure.axes[2].get_yscale() == "log"


def test_series_are_told_apart_without_colour() -> None:
    looks = [(marker, filled) for _, marker, filled in scaling_figures.STYLES.values()]
    assert len(set(looks)) == len(looks)
    for styles in (scaling_details.MEASURES, scaling_details.TIERS, scaling_details.RANK_STYLES):
        assert len({marker for _, marker, _ in styles.values()}) == len(styles)


def test_what_was_not_run_leaves_its_marker_out(sizes: dict[str, Record]) -> None:
    without = {name: run for name, run in sizes.items() if run.base == BASES[0]}
    shown = texts(scaling_figures.first(without))
    assert scaling_figures.SCRATCH not in shown
    assert scaling_figures.PRUNED in shown
    assert "exponent" not in shown


@pytest.mark.parametrize("drawn", FIGURES)
def test_figures_are_drawn_with_all_runs_and_without_any(
    drawn: Callable[[dict[str, Record]], Figure], sizes: dict[str, Record], tmp_path: Path
) -> None:
    assert len(drawn(sizes).axes) > 1
    figure = drawn({})
    assert not figure.axes
    assert all(path.stat().st_size > 1000 for path in figures.save(figure, tmp_path, "figure"))
