"""How values are written in LaTeX and Markdown, and how macros are named."""

import re

import pytest
from conftest import make_record
from hypothesis import given
from hypothesis import strategies as st

from paperlib.core.errors import PaperlibError
from paperlib.paper import latex
from paperlib.paper.latex import duration, escape, estimate, factor, macro_name, markdown, millions, p_value, points


@pytest.mark.parametrize(
    ("parts", "name"),
    [
        (("lora-135m", "exact"), "LoraOneThreeFiveMExact"),
        (("lora-135m", "complex", "exact", "low"), "LoraOneThreeFiveMComplexExactLow"),
        (("base-135m-v3", "f1"), "BaseOneThreeFiveMVThreeFOne"),
        (("nano-s", "config", "train", "learning_rate"), "NanoSConfigTrainLearningRate"),
    ],
)
def test_macro_names_are_letters_only(parts: tuple[str, ...], name: str) -> None:
    assert macro_name(*parts) == name


def test_formats() -> None:
    assert escape(r"50% of a_b & {c} \ ~") == r"50\% of a\_b \& \{c\} \textbackslash{} \textasciitilde{}"
    assert [duration(s) for s in (None, 48.7, 732, 3900)] == ["--", r"49\,s", r"12\,min", r"1\,h 05\,min"]
    assert [millions(p) for p in (None, 312_448, 134_515_008)] == ["--", r"0.31\,M", r"134.5\,M"]
    assert [p_value(p) for p in (1.0, 0.0212, 0.0001)] == [
        r"\ensuremath{p = 1.00}", r"\ensuremath{p = 0.021}", r"\ensuremath{p < 0.001}",
    ]  # fmt: skip


def test_ratios_have_three_figures_and_no_exponent() -> None:
    written = [factor(value) for value in (0.25, 1, 13.04, 157.6, 12345.6, float("inf"))]
    assert written == ["0.25", "1.00", "13.0", "158", "12346", r"\ensuremath{\infty}"]
    assert estimate((0.5, -0.031, 1), points) == (
        r"\ensuremath{50.0} {\scriptsize [\ensuremath{-3.1}, \ensuremath{100.0}]}"
    )


def test_a_label_that_adds_to_the_one_above_is_indented() -> None:
    names = ("lora-135m-recombined", "lora-135m-recombined-seed1", "lora-135m-recombined-constrained", "rules")
    assert latex.labels([make_record(name) for name in names]) == [
        "LoRA on v3 and recombined", r"\quad seed 1", r"\quad constrained decoding", "Rule-based baseline",
    ]  # fmt: skip


def test_titles_span_their_columns() -> None:
    text = latex.tabular("lrr", ["a", "b", "c"], [("", [["1", "2", "3"]])], spans=[("", 1), ("both", 2)])
    assert r"\multicolumn{2}{c}{both}" in text
    assert r"\cmidrule(lr){2-3}" in text


def test_a_ragged_row_is_refused_by_its_name() -> None:
    with pytest.raises(PaperlibError, match=r"'short'.*1 .*2"):
        latex.tabular("lr", ["a", "b"], [("", [["short"]])])


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
