"""Tables of what is derived: each says who wins or why nobody does, and no cell claims a value that there is not."""

import re
from collections.abc import Callable

import pytest
from conftest import make_record, proportion
from hypothesis import given
from hypothesis import strategies as st

from paperlib.core.records import Metric, Record
from paperlib.paper.derived_tables import decisions, metrics, multipliers, perfect
from paperlib.paper.latex import estimate, factor, markdown, points

Records = dict[str, Record]
INTERVAL = r"\{\\scriptsize \[[^]]+\]\}"


def with_counts(name: str, k: int, n: int, schemas: dict[str, tuple[int, int]] | None = None) -> Record:
    rows = [proportion("json_exact", "overall", "all", k, n)]
    rows += [proportion("json_exact", "schema", schema, *counts) for schema, counts in (schemas or {}).items()]
    return make_record(name, metrics=tuple(rows))


def two(base: int, tuned: int, n: int = 158) -> Records:
    return {"base-135m": with_counts("base-135m", base, n), "lora-135m": with_counts("lora-135m", tuned, n)}


def rows(text: str) -> list[list[str]]:
    """The cells of a table's head and rows."""
    return [line.removesuffix(r" \\").split(" & ") for line in text.splitlines() if " & " in line]


def row(text: str, first: str) -> list[str]:
    (found,) = [cells for cells in rows(text) if cells[0] == first]
    return found


@pytest.mark.parametrize("table", [decisions, multipliers, perfect, metrics])
def test_tables_are_whole_tabulars_with_even_rows(table: Callable[[Records], str], all_records: Records) -> None:
    for held in (all_records, {"nano-s": all_records["nano-s"]}):
        text = table(held)
        assert len({len(cells) for cells in rows(text)}) == 1
        assert text.startswith(r"\begin{tabular}")
        assert text.endswith("\\end{tabular}\n")


def test_a_winner_is_in_bold_where_the_counts_tell() -> None:
    base, tuned, why = row(decisions(two(1, 12, 25)), "JSONExact, overall")[1:]
    assert (base, tuned) == ("1/25", r"\textbf{12/25}")
    assert why == r"12/25 against 1/25, \ensuremath{p < 0.001}"


def test_no_winner_is_a_dash_with_the_reason() -> None:
    text = decisions(two(10, 12, 25))
    base, tuned, why = row(text, "JSONExact, overall")[1:]
    assert (base, tuned) == ("10/25", "12/25")
    assert why == r"-- (12/25 against 10/25, \ensuremath{p = 0.78})"
    assert row(text, "Seconds of training")[1:3] == ["--", "1832"]  # the untuned one was not trained


def test_the_smallest_model_wins_by_its_parameters(records: Records) -> None:
    cells = row(decisions(records), "Parameters")
    assert [cell for cell in cells if "textbf" in cell] == [r"\textbf{0.31\,M}"]


def test_decisions_are_among_models_on_our_examples(records: Records) -> None:
    names = ["nano-xs", "nano-s", "nano-m", "base-135m", "lora-135m"]
    assert rows(decisions(records))[0] == ["Criterion", *(rf"\texttt{{{name}}}" for name in names), "Told apart by"]


def test_decisions_leave_out_a_run_on_other_examples(records: Records) -> None:
    record = records["nano-m"]
    other = record.model_copy(update={"data": record.data.model_copy(update={"test_hash": "ff" * 8})})
    assert r"\texttt{nano-m}" not in decisions({**records, "nano-m": other})


def test_a_multiplier_stands_on_three_scales_with_intervals() -> None:
    base, tuned, *scales, p = row(multipliers(two(3, 39)), "SmolLM2-135M, LoRA")[1:]
    assert (base, tuned, p) == ("3/158", "39/158", r"\ensuremath{p < 0.001}")
    assert scales[0].startswith("13.0 ")
    assert scales[1].startswith(r"\ensuremath{22.8} ")
    assert all(re.search(INTERVAL, cell) for cell in scales)


def test_a_multiple_of_nothing_is_a_dash_and_its_odds_have_a_lower_end() -> None:
    ratio, difference, odds = row(multipliers(two(0, 126)), "SmolLM2-135M, LoRA")[3:6]
    assert ratio == "--"
    assert difference.startswith(r"\ensuremath{79.7} ")
    assert re.fullmatch(r"\\ensuremath\{\\infty\} \{\\scriptsize \[\d+, \\ensuremath\{\\infty\}\]\}", odds)
    assert row(multipliers(two(0, 0)), "SmolLM2-135M, LoRA")[3:6:2] == ["--", "--"]


def test_a_tuned_run_without_its_base_has_no_multiplier(records: Records) -> None:
    del records["base-135m"]
    assert len(rows(multipliers(records))) == 1


def test_perfect_schemas_stand_beside_nearly_perfect_ones() -> None:
    schemas = {"log_entry": (8, 8), "note": (9, 9), "order": (7, 8), "receipt": (5, 8)}
    body = rows(perfect({"lora-135m": with_counts("lora-135m", 29, 33, schemas)}))[1:]
    assert body == [
        [r"\texttt{note}", "9/9", "70.1", r"\texttt{order}", "7/8", "52.9"],
        [r"\texttt{log\_entry}", "8/8", "67.6", "", "", ""],
    ]


def test_a_run_that_reads_no_schema_well_has_dashes_and_an_untuned_one_no_block(records: Records) -> None:
    records["lora-135m"] = with_counts("lora-135m", 0, 8, {"note": (0, 8)})
    records["nano-m"] = with_counts("nano-m", 8, 8, {"note": (8, 8)})
    text = perfect(records)
    assert rows(text)[1] == ["--"] * 6
    assert text.index("LoRA, EdgeJSON (this package)") < text.index("LoRA on ours, EdgeJSON v3 (published), held-back")
    assert "nano" not in text
    assert r"\texttt{note}" not in text


def test_metrics_stand_in_their_units_with_a_dash_where_a_record_has_none() -> None:
    exact = proportion("published_exact", "overall", "all", 79, 158)
    nats = Metric(metric="nats_per_leaf", group="overall", name="all", value=12.5, n=158, k=None, low=11.25, high=14,
                  interval="clustered t")  # fmt: skip
    one, none = make_record("lora-135m", metrics=(exact, nats)), make_record("nano-s", metrics=())
    text = metrics({"lora-135m": one, "nano-s": none})
    head = rows(text)[0]
    assert head[3:5] == [r"JSONExact, published evaluator (\%)", "Field F1, published evaluator"]
    cells = dict(zip(head, row(text, "SmolLM2-135M, LoRA"), strict=True))
    assert cells[head[3]] == r"50.0 \linebreak {\scriptsize [42.3, 57.7]}"
    assert cells["NLL per leaf"] == r"12.50 \linebreak {\scriptsize [11.25, 14.00]}"
    assert cells["Leaf F1"] == "--"
    assert row(text, "nano-s")[1:] == ["--"] * 6


def test_ratios_have_three_figures_and_no_exponent() -> None:
    written = [factor(value) for value in (0.25, 1, 13.04, 157.6, 12345.6, float("inf"))]
    assert written == ["0.25", "1.00", "13.0", "158", "12346", r"\ensuremath{\infty}"]
    assert estimate((0.5, (-0.031, 1)), points) == (
        r"\ensuremath{50.0} {\scriptsize [\ensuremath{-3.1}, \ensuremath{100.0}]}"
    )


CELL = st.text(st.characters(blacklist_characters="\r\n\\"), max_size=8)


@given(st.lists(st.tuples(CELL, CELL), max_size=4))
def test_markdown_keeps_every_row_on_one_line_of_as_many_cells(body: list[tuple[str, str]]) -> None:
    lines = markdown("lr", ["a", "b"], body).split("\n")
    assert lines[:2] == ["| a | b |", "| --- | ---: |"]
    assert len(lines) == len(body) + 3
    assert {len(re.findall(r"(?<!\\)\|", line)) for line in lines[:-1]} == {3}


def test_markdown_undoes_latex() -> None:
    assert markdown("lr", ["a", "b"], [["x|y", r"1.5\,M"], ["--", "2"]]).splitlines()[2:] == [
        r"| x\|y | 1.5 M |",
        "| – | 2 |",
    ]
