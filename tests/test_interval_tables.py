"""The table and the figure of the intervals' coverage, and the table of the differences that can be found."""

import dataclasses
from pathlib import Path

import pytest
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure

from paperlib.core.records import Record, Study
from paperlib.evaluation.statistics.coverage import HEADLINE, Row, Scenario
from paperlib.evaluation.statistics.power import detectable
from paperlib.paper import figures, interval_tables, tables

TIER = Scenario(n=25, schemas=5, mean=0.4, icc=0.2)
ALIKE = Scenario(n=25, schemas=5, mean=0.4, icc=0.0)
GAIN = Scenario(n=158, schemas=24, mean=0.6, icc=0.3, other=0.8, uneven=True)


def row(interval: str, covered: int, scenario: Scenario = TIER, target: str = "new schemas") -> Row:
    """A made-up row of 1,000 simulations, its own interval 1.5 points to both sides."""
    share = covered / 1000
    return Row(
        interval,
        scenario,
        target,
        0.95,
        1000,
        covered,
        share,
        share - 0.015,
        min(share + 0.015, 1),
        0.574,
        0.0,  # type: ignore[arg-type]
    )


ROWS = [
    row("wilson", 974, target="these schemas"),
    row("wilson", 844),
    row(HEADLINE, 1000, target="these schemas"),
    row(HEADLINE, 987),
    row("wilson", 953, ALIKE, "these schemas"),
    row("clustered t", 1000, GAIN, "these schemas"),
    row("clustered t", 951, GAIN),
]


def cells(text: str, start: str) -> list[str]:
    (line,) = [line for line in text.splitlines() if line.startswith(start)]
    return [cell.strip() for cell in line.removesuffix(r"\\").split("&")]


def test_coverage_stands_for_both_targets_and_marks_what_falls_short() -> None:
    text = interval_tables.coverage(ROWS)
    tier = ["25", "5", "0.40", "0.2", "97 / 84$^*$", "--", "--", "--", "100 / 99", "57"]
    assert cells(text, "25 & 5 & 0.40 & 0.2") == tier
    assert cells(text, "25 & 5 & 0.40 & 0 ")[4] == "95"
    assert cells(text, "158")[:4] == ["158", "24, uneven", "0.60, 0.80", "0.3"]
    assert cells(text, "158")[-3:] == ["100 / 95", "--", "--"]
    assert text.index("Right or wrong") < text.index("Gain of one model over another")


def test_share_of_fields_has_a_block_of_its_own() -> None:
    fields = dataclasses.replace(TIER, fields=6)
    assert "Share right of 6 fields" in interval_tables.coverage([*ROWS, row("bootstrap", 600, fields)])


def test_differences_are_in_points_and_a_dash_is_none(records: dict[str, Record]) -> None:
    rows = detectable(records)
    text = interval_tables.detectable(rows)
    least = rows[0].independent[0]
    assert least is not None
    assert cells(text, "all & 158")[3] == f"{100 * least:.1f}"
    assert cells(text, "no tier & 16")[5] == "--"
    assert text.index("this package") < text.index("held-out split")


def test_the_papers_tables_hold_both(records: dict[str, Record], tmp_path: Path) -> None:
    written = tables.write_all(Study(records), tmp_path, coverage=ROWS)
    assert (tmp_path / "tables" / "coverage.tex").read_text() == interval_tables.coverage(ROWS)
    assert {tmp_path / "tables" / "coverage.tex", tmp_path / "tables" / "detectable.tex"} <= set(written)


@pytest.fixture(scope="module")
def drawn() -> Figure:
    return figures.coverage(ROWS)


def test_the_figure_names_scenarios_and_the_headline(drawn: Figure) -> None:
    these, new = drawn.axes
    assert [label.get_text() for label in these.get_yticklabels()] == [
        "25 examples, 5 schemas,\nrate 0.40, correlation 0.2",
        "25 examples, 5 schemas,\nrate 0.40, correlation 0",
        "158 examples, 24 schemas of uneven size,\nrates 0.60 and 0.80, correlation 0.3",
    ]
    assert [axes.get_title(loc="left") for axes in (these, new)] == ["Mean over these schemas", "Mean over new schemas"]
    (legend,) = drawn.legends
    shown = [text.get_text() for text in legend.get_texts()]
    assert shown == ["Wilson", "clustered t", "clustered Wilson (headline)"]


def test_each_panel_holds_its_targets_rows_and_the_nominal_line(drawn: Figure) -> None:
    these, new = drawn.axes
    points = [
        sorted(
            round(float(x), 6)
            for markers in axes.collections
            if isinstance(markers, PathCollection)
            for x, _ in markers.get_offsets()
        )
        for axes in (these, new)
    ]
    assert points == [[95.3, 97.4, 100.0, 100.0], [84.4, 95.1, 98.7]]
    for axes in (these, new):
        assert [95.0, 95.0] in [list(line.get_xdata()) for line in axes.lines]
    bars = [bar for lines in new.collections if hasattr(lines, "get_segments") for bar in lines.get_segments()]
    assert [pytest.approx(82.9), pytest.approx(85.9)] in [sorted(float(x) for x, _ in bar) for bar in bars]


def test_the_figures_file_is_the_same_bytes_each_time(drawn: Figure, tmp_path: Path) -> None:
    first = figures.save(drawn, tmp_path / "a", "coverage")
    second = figures.save(figures.coverage(ROWS), tmp_path / "b", "coverage")
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]
