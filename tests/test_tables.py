import re
from pathlib import Path

import pytest
from conftest import make_record

from paperlib.core.errors import PaperlibError
from paperlib.core.records import Record
from paperlib.paper import tables
from paperlib.paper.latex import duration, escape, macro_name, millions, p_value

Records = dict[str, Record]


def macros(records: Records) -> dict[str, str]:
    return dict(re.findall(r"^\\newcommand\{\\([A-Za-z]+)\}\{(.*)\}$", tables.values(records), re.MULTILINE))


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


def test_values_hold_metrics_facts_settings_and_announced_figures(records: Records) -> None:
    found = macros(records)
    row = records["lora-135m"].metric("json_exact")
    assert found["LoraOneThreeFiveMExact"] == f"{100 * row.value:.1f}"
    assert (found["LoraOneThreeFiveMExactK"], found["LoraOneThreeFiveMExactN"]) == (str(row.k), str(row.n))
    assert found["LoraOneThreeFiveMExactInterval"] == f"[{100 * row.low:.1f}, {100 * row.high:.1f}]"
    assert found["LoraOneThreeFiveMTrainable"] == r"4.88\,M"
    assert found["LoraOneThreeFiveMConfigTrainLoraR"] == "16"
    assert found["AnnouncedOneThreeFiveMExact"] == "24.7"
    assert found["AnnouncedComplexExactFisher"] == r"\ensuremath{p = 1.00}"
    assert found["AnnouncedComplexExactNeeded"] == "6"
    assert found["IntervalLevel"] == "95"


def test_every_line_of_values_is_one_macro(records: Records) -> None:
    lines = tables.values(records).splitlines()[1:]
    assert len(macros(records)) == len(lines)


def test_runs_whose_macros_would_collide_are_refused(records: Records) -> None:
    with pytest.raises(PaperlibError, match=r"two numbers would be called \\NanoS"):
        tables.values({**records, "nano_s": make_record("nano_s")})


def test_overall_separates_datasets_and_orders_by_size(records: Records) -> None:
    text = tables.overall(records)
    places = [
        text.index(part)
        for part in ("EdgeJSON (this package)", "nano-xs", "nano-m", "untuned", ", LoRA &", "EdgeJSON v3", "on ours")
    ]
    assert places == sorted(places)
    assert "held-back part" in text


def test_tables_are_whole_tabulars_with_even_rows(records: Records) -> None:
    for text in (tables.overall(records), tables.cost(records), tables.tiers(records), tables.provenance(records)):
        columns = text.splitlines()[2].count("&")
        rows = [line for line in text.splitlines() if "&" in line]
        assert {row.count("&") for row in rows} == {columns}
        assert text.startswith(r"\begin{tabular}")
        assert text.endswith("\\end{tabular}\n")


def test_tiers_show_a_dash_where_a_dataset_has_no_such_tier(records: Records) -> None:
    text = tables.tiers(records)
    assert "no tier" in text
    assert re.search(r"nano-xs & .* & -- \\\\", text)


def test_schema_names_are_escaped(records: Records) -> None:
    assert r"\texttt{contact\_form} & 8/8 & 0/8" in tables.schemas(records, "edgejson")


def test_configurations_leave_out_what_a_method_has_not(records: Records) -> None:
    rank = next(line for line in tables.configurations(records).splitlines() if line.startswith("lora r"))
    assert rank == r"lora r & -- & -- & -- & 16 & 16 \\"


def test_tables_take_up_the_runs_on_the_published_data_where_they_are(all_records: Records) -> None:
    assert "LoRA on v3" in tables.overall(all_records)
    rank = next(line for line in tables.configurations(all_records).splitlines() if line.startswith("lora r"))
    assert rank == r"lora r & -- & -- & -- & 16 & 16 \\"
    assert tables.schemas(all_records, "edgejson_v3").splitlines()[2].count("&") == 6


def test_provenance_shortens_hashes_and_marks_dirty_trees(records: Records) -> None:
    assert r"\texttt{abababab}" in tables.provenance(records)
    assert "not committed" not in tables.provenance(records)
    record = make_record()
    dirty = record.model_copy(update={"provenance": record.provenance.model_copy(update={"git_dirty": True})})
    assert "0123456*" in tables.provenance({"lora-135m": dirty})


def test_markdown_is_one_line_a_run_without_latex(records: Records) -> None:
    scores, costs = tables.markdown_overall(records).splitlines(), tables.markdown_cost(records).splitlines()
    assert (len(scores), len(costs)) == (2 + len(records), 3 + len(records))
    assert {line.count("|") for line in scores} == {11}
    assert {line.count("|") for line in costs} == {7}
    assert "\\" not in "".join(scores + costs)


def test_what_a_training_starts_from_counts_once_in_the_sum() -> None:
    spent = make_record().cost.model_copy(update={"train_seconds": 3600.0, "eval_seconds": 0.0})
    after = spent.model_copy(update={"train_seconds": 5400.0, "seconds_before": 3600.0})
    costs = {"first": spent, "on": after}
    records = {run: make_record(run).model_copy(update={"cost": cost}) for run, cost in costs.items()}
    lines = tables.markdown_cost(records).splitlines()
    assert ["1 h 30 min" in line for line in lines[2:]] == [False, True, True]


def test_write_all_writes_what_is_derived_from_the_records(records: Records, tmp_path: Path) -> None:
    written = {path.name for path in tables.write_all(records, tmp_path)}
    assert {"decisions.tex", "multipliers.tex", "perfect.tex", "metrics.tex"} <= written
    one = {"nano-s": records["nano-s"]}  # nothing to choose from, nothing tuned
    assert {path.name for path in tables.write_all(one, tmp_path)} == written - {"schemas-v3.tex"}


def test_write_all_drops_tables_of_an_earlier_time(records: Records, tmp_path: Path) -> None:
    tables.write_all(records, tmp_path)
    own = {run: record for run, record in records.items() if record.data.dataset == "edgejson"}
    written = tables.write_all(own, tmp_path)
    assert (tmp_path / "tables" / "schemas.tex") in written
    assert not (tmp_path / "tables" / "schemas-v3.tex").exists()
    assert tables.write_all(own, tmp_path) == written


def test_formats() -> None:
    assert escape(r"50% of a_b & {c} \ ~") == r"50\% of a\_b \& \{c\} \textbackslash{} \textasciitilde{}"
    assert [duration(s) for s in (None, 48.7, 732, 3900)] == ["--", r"49\,s", r"12\,min", r"1\,h 05\,min"]
    assert [millions(p) for p in (None, 312_448, 134_515_008)] == ["--", r"0.31\,M", r"134.5\,M"]
    assert [p_value(p) for p in (1.0, 0.0212, 0.0001)] == [
        r"\ensuremath{p = 1.00}", r"\ensuremath{p = 0.021}", r"\ensuremath{p < 0.001}",
    ]  # fmt: skip
