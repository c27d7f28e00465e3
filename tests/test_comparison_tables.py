"""Runs held against one another: a table says who wins or why nobody does, and no cell claims a value that is not."""

from collections.abc import Callable

import pytest
from conftest import make_record, with_counts

from paperlib.core.records import Record
from paperlib.evaluation import run_comparisons
from paperlib.evaluation.scaling.outcomes import Outcome
from paperlib.paper.comparison_tables import decisions, paired_tests, perfect

Records = dict[str, Record]
Keep = Callable[[str, dict[str, bool]], None]


def two(base: int, tuned: int, n: int = 158) -> Records:
    return {"base-135m": with_counts("base-135m", base, n), "lora-135m": with_counts("lora-135m", tuned, n)}


def rows(text: str) -> list[list[str]]:
    """The cells of a table's head and rows, without titles over several columns."""
    lines = [line.removesuffix(r" \\").split(" & ") for line in text.splitlines() if " & " in line]
    return [cells for cells in lines if "multicolumn" not in cells[0]]


def row(text: str, first: str) -> list[str]:
    (found,) = [cells for cells in rows(text) if cells[0] == first]
    return found


@pytest.mark.parametrize("table", [decisions, perfect, paired_tests])
def test_tables_are_whole_tabulars_with_even_rows(table: Callable[[Records], str], all_records: Records) -> None:
    for some in (all_records, {"nano-s": all_records["nano-s"]}):
        text = table(some)
        assert len({len(cells) for cells in rows(text)}) == 1
        kind = "longtable" if table is perfect else "tabular"
        assert text.startswith(rf"\begin{{{kind}}}")
        assert text.endswith(f"\\end{{{kind}}}\n")


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
    assert rows(decisions(records))[0][1:-1] == [rf"\texttt{{{name}}}" for name in names]


def test_decisions_leave_out_a_run_on_other_examples(records: Records) -> None:
    record = records["nano-m"]
    other = record.model_copy(update={"data": record.data.model_copy(update={"test_hash": "ff" * 8})})
    assert r"\texttt{nano-m}" not in decisions({**records, "nano-m": other})


def test_perfect_schemas_stand_beside_nearly_perfect_ones() -> None:
    schemas = {"log_entry": (8, 8), "note": (9, 9), "order": (7, 8), "receipt": (5, 8)}
    body = rows(perfect({"lora-135m": with_counts("lora-135m", 29, 33, schemas)}))[2:]  # past both heads
    assert body == [
        [r"\texttt{note}", "9/9", "70.1", r"\texttt{order}", "7/8", "52.9"],
        [r"\texttt{log\_entry}", "8/8", "67.6", "", "", ""],
    ]


def test_a_run_that_reads_no_schema_well_has_dashes_and_an_untuned_one_no_block(records: Records) -> None:
    records["lora-135m"] = with_counts("lora-135m", 0, 8, {"note": (0, 8)})
    records["nano-m"] = with_counts("nano-m", 8, 8, {"note": (8, 8)})
    text = perfect(records)
    assert rows(text)[2] == ["--"] * 6
    assert text.index("LoRA: EdgeJSON (this package)") < text.index("LoRA on ours: EdgeJSON v3 (published)")
    assert "nano" not in text
    assert r"\texttt{note}" not in text


@pytest.fixture
def keep(monkeypatch: pytest.MonkeyPatch) -> Keep:
    """Keeps scores of a run: whether each answer is exact."""
    scores: dict[str, dict[str, bool]] = {}

    def outcomes(record: Record) -> dict[str, Outcome]:
        exact = scores.get(record.run, {})
        return {id: Outcome(id, "s", "simple", right, 0, 0, 0) for id, right in exact.items()}

    monkeypatch.setattr(run_comparisons, "outcomes", outcomes)
    return scores.__setitem__


def test_a_pair_counts_what_each_has_right_alone(keep: Keep) -> None:
    keep("lora-135m-v3", {"a": True, "b": False, **{f"c{i}": False for i in range(9)}})
    keep("lora-135m-recombined", {"a": False, "b": True, **{f"c{i}": True for i in range(9)}})
    records = {run: make_record(run) for run in ("lora-135m-v3", "lora-135m-recombined")}
    found = row(paired_tests(records), "LoRA on v3")
    assert found[1:5] == ["LoRA on v3 and recombined", "11", "1", "10"]
    assert found[5] == r"\ensuremath{p = 0.012}"  # 2 (1 + 11) / 2^11, the only test


def test_a_pair_on_other_examples_and_one_not_run_are_left_out(keep: Keep) -> None:
    keep("lora-135m-v3", {"a": True})
    keep("lora-135m-recombined", {"b": True})
    keep("lora-135m-recombined-constrained", {"b": True})
    records = {run: make_record(run) for run in ("lora-135m-v3", "lora-135m-recombined")}
    assert len(rows(paired_tests(records))) == 1
