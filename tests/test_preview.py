"""The paper's tables and macros as a notebook shows them: the same numbers, without LaTeX."""

import re
from pathlib import Path

import pytest

from paperlib.core import paths
from paperlib.core.records import Record, Study
from paperlib.paper import preview, tables
from paperlib.paper.latex import escape, longtable, tabular

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


ROWS = [("Some runs", [["One", "1/2", r"A \& B", r"\emph{no}"], ["Two", "not run", "", ""]])]
GROUPED = ["Run", "published: Right", "published: Text", "Right"]


@pytest.mark.parametrize("long", [False, True])
def test_titles_over_several_columns_stand_before_the_title_of_each(long: bool) -> None:
    columns, head, spans = "@{}lrlr@{}", ["Run", "Right", "Text", "Right"], [("", 1), ("published", 2), ("", 1)]
    if long:
        tex = longtable(columns, head, ROWS, r"Runs of Figure~\ref{fig:runs} in \,\%.", "tab:runs", spans)
    else:
        tex = tabular(columns, head, ROWS, foot=["A note"], spans=spans)
    shown = [list(row.values()) for row in preview.table(tex).rows]
    assert list(preview.table(tex).rows[0]) == GROUPED
    notes = [] if long else [["A note", "", "", ""]]
    assert shown == [["Some runs", "", "", ""], ["One", "1/2", "A & B", "no"], ["Two", "not run", "", ""], *notes]


def test_a_ragged_row_is_no_table() -> None:
    with pytest.raises(ValueError, match="shorter"):
        preview.table(TABLE.replace(" & --", ""))


@pytest.mark.parametrize("path", sorted((paths.PAPER / "tables").glob("*.tex")), ids=lambda path: path.stem)
def test_committed_tables_have_a_cell_for_each_column_and_no_latex(path: Path) -> None:
    shown = preview.table(path.read_text(encoding="utf-8"))
    titles = list(shown.rows[0])
    assert len(titles) > 1
    assert {len(row) for row in shown.rows} == {len(titles)}
    assert not re.search(r"\\|multicolumn|scriptsize| &$|^\d+[clr]", "\n".join([*titles, repr(shown)]), re.MULTILINE)


def test_every_table_of_the_paper_is_shown_without_latex(records: dict[str, Record], tmp_path: Path) -> None:
    written = tables.write_all(Study(records), tmp_path)
    names = [path.stem for path in written if path.parent.name == "tables"]
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
