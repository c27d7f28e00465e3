"""Tables, numbers and the page on size: whole with all runs, and saying "not run" without any."""

import re

import pytest

from paperlib.core.records import Record
from paperlib.evaluation.scaling.selection import BASES
from paperlib.paper import scaling_findings, scaling_page, scaling_tables, scaling_values, tables

Records = dict[str, Record]


def test_the_ladder_has_every_size_and_how_it_was_asked(sizes: Records) -> None:
    table = scaling_tables.ladder(sizes)
    assert [heading.rpartition(", ")[2] for heading, _ in table.blocks] == ["135M", "268M", "494M", "1.54B"]
    row = next(row for row in table.blocks[0][1] if row[0] == "LoRA, 100k tokens")
    assert row[1] == "3"  # seeds
    runs = [run for run in sizes.values() if (run.base, run.recipe) == (BASES[0], "ladder-100k")]
    exact = sum(run.metric("json_exact").value for run in runs) / 3
    assert row[2].startswith(f"{100 * exact:.1f} ")
    assert row[3].endswith("/16")
    missing = next(row for row in table.blocks[0][1] if row[0] == "schema and 3 examples, constrained")
    assert missing[1] == "not run"


@pytest.mark.parametrize("name", tables.SIZES)
def test_tables_are_whole_in_both_languages(name: str, sizes: Records) -> None:
    for records in (sizes, {}):
        table = tables.SIZES[name](records)
        assert table.latex.startswith(r"\begin{tabular}")
        assert "\\" not in table.markdown
        widths = {line.count(" | ") for line in table.markdown.splitlines() if line.startswith("|")}
        assert len(widths) == 1, name
    assert name == "cost" or "not run" in tables.SIZES[name]({}).markdown


def test_the_statements_are_a_long_table(sizes: Records) -> None:
    table = scaling_findings.statements(sizes)
    text = table.long("What was claimed", "tab:statements")
    assert text.startswith(r"\begin{longtable}")
    assert r"\caption{What was claimed}\label{tab:statements}" in text
    assert "**" not in text
    assert "not run" in scaling_findings.statements({}).markdown


def test_residuals_are_factors_of_the_line(sizes: Records) -> None:
    rows = {row[0]: row[-1] for row in scaling_tables.depths(sizes).blocks[0][1]}
    factors = {layers: float(shown.split()[0]) for layers, shown in rows.items()}
    assert factors["30"] == pytest.approx(1, abs=0.05)
    assert factors["6"] > factors["24"] > factors["30"]


def test_gains_and_the_orders_that_they_reverse(sizes: Records) -> None:
    rows = {row[0]: row[1:] for row in scaling_findings.gained(sizes).blocks[0][1]}
    assert rows["135M"][0] == "no value"  # nothing right before tuning
    assert "[" in rows["1.54B"][0]
    assert "135M/1.54B" in scaling_findings.reversed_orders(sizes).markdown


def test_the_page_answers_and_holds_every_table(sizes: Records) -> None:
    page = scaling_page.render(sizes)
    assert page.count("\n## ") == len(scaling_page.SECTIONS)
    for words in ("What size buys", "What tuning buys", "What the evaluator hid", "How sure", "figures/scaling.png"):
        assert words in page
    empty = scaling_page.render({})
    assert "fine-tuned under one protocol: not run" in empty
    assert scaling_page.in_short({}) == scaling_page.STILL_OPEN
    assert "points" in scaling_page.in_short(sizes)


def test_numbers_have_names_that_say_what_they_are(sizes: Records) -> None:
    found = dict(scaling_values.macros(sizes))
    row = scaling_tables.ladder(sizes).blocks[2][1]
    tuned = next(cells for cells in row if cells[0] == "LoRA, 100k tokens")
    assert re.split(", | and ", found["SizesTunedExact"])[2] == tuned[2].split()[0]
    assert re.split(", | and ", found["SizesTunedComplex"])[2] == tuned[3]
    assert found["StatementPowerLaw"] == "holds"
    assert found["LineAllExponent"].startswith(r"\ensuremath{-0.6")
    assert found["SizesGainRatio"].startswith("no value, ")
    assert len(found) == len(list(scaling_values.macros(sizes)))
    assert dict(scaling_values.macros({}))["StatementPowerLaw"] == "not run"
