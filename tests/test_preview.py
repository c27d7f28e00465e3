"""The paper's tables and macros as a notebook shows them: the same numbers, without LaTeX."""

from pathlib import Path

import pytest

from paperlib.core.records import Record
from paperlib.paper import preview, tables
from paperlib.paper.latex import escape, tabular

TABLE = tabular(
    "@{}lrr@{}",
    ["Run", r"Exact (\%)", "corrected"],
    [(escape("Ours_1, 158 examples"), [["a & b".replace("&", r"\&"), r"0.5\,M {\scriptsize [1.0, 2.0]}", "--"]])],
)


def test_a_table_keeps_its_head_its_headings_and_its_cells() -> None:
    shown = preview.table(TABLE)
    assert list(shown.rows[0]) == ["Run", "Exact (%)", "corrected"]
    assert [list(row.values()) for row in shown.rows] == [
        ["Ours_1, 158 examples", "", ""],
        ["a & b", "0.5 M [1.0, 2.0]", "–"],
    ]


def test_titles_that_repeat_are_columns_of_their_own() -> None:
    shown = preview.table(tabular("@{}ll@{}", ["corrected", "corrected"], [("", [["1", "2"]])]))
    assert list(shown.rows[0].values()) == ["1", "2"]


def test_every_table_of_the_paper_is_shown_without_latex(records: dict[str, Record], tmp_path: Path) -> None:
    written = [path for path in tables.write_all(records, tmp_path) if path.parent.name == "tables"]
    names = [path.stem for path in written if "longtable" not in path.read_text(encoding="utf-8")]
    shown = preview.files(tmp_path / "tables", *names)
    assert list(shown.tables) == names
    assert "\\" not in repr(shown)
    assert "<br>" in shown.tables["example"]._repr_html_()


def test_macros_stand_in_the_order_of_the_text_with_their_values() -> None:
    values = "\\newcommand{\\First}{1.0}\n\\newcommand{\\Second}{\\ensuremath{p < 0.001}}\n\\newcommand{\\Third}{3}\n"
    shown = preview.macros(values, r"The \emph{second} is \Second{}, the first \First\,\%, again \Second.")
    assert [list(row.values()) for row in shown.rows] == [[r"\Second", "p < 0.001"], [r"\First", "1.0"]]


def test_a_table_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"overal\.tex"):
        preview.files(tmp_path, "overal")
