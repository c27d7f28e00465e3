"""Tables with a row a run: their order, their cells, and the files of all tables."""

import re
from pathlib import Path

from conftest import make_record, proportion

from paperlib.core import paths
from paperlib.core.config import TrainConfig
from paperlib.core.records import Metric, Record, Study
from paperlib.paper import tables

Records = dict[str, Record]


def row(text: str, first: str) -> list[str]:
    (line,) = [line for line in text.splitlines() if line.startswith(f"{first} & ")]
    return line.removesuffix(r" \\").split(" & ")


def test_overall_separates_datasets_and_orders_by_size(records: Records) -> None:
    text = tables.overall(records)
    parts = ("EdgeJSON (this package)", "nano-xs", "nano-m", "untuned", "\nLoRA &", "EdgeJSON v3", "LoRA on ours")
    places = [text.index(part) for part in parts]
    assert places == sorted(places)
    assert "held-out split" in text


def test_runs_stand_in_the_order_of_the_study() -> None:
    names = ["announced-recipe", "announced-recipe-eos", "announced-recipe-answer-loss", "lora-135m-v3"]
    names += [f"lora-135m-recombined{way}" for way in ("", "-seed1", "-constrained")]
    text = tables.overall({name: make_record(name) for name in sorted(names)})
    rows = [line.split(" & ")[0] for line in text.splitlines() if " & " in line][1:]
    assert rows == [
        *("Announced recipe, rerun by us", "+ EOS token", "+ loss on the answer only", "LoRA on v3"),
        *("LoRA on v3 and recombined", r"\quad seed 1", r"\quad constrained decoding"),
    ]


def test_tables_are_whole_tabulars_with_even_rows(records: Records) -> None:
    for make in (tables.overall, tables.metrics, tables.cost, tables.tiers, tables.provenance, tables.configurations):
        text = make(records)
        rows = [line for line in text.splitlines() if " & " in line and "multicolumn" not in line]
        assert len({line.count(" & ") for line in rows}) == 1
        assert text.startswith(r"\begin{tabular}")
        assert text.endswith("\\end{tabular}\n")


def test_tiers_show_a_dash_where_a_dataset_has_no_such_tier(records: Records) -> None:
    text = tables.tiers(records)
    assert "no tier" in text
    assert row(text, "nano-xs")[-2:] == ["--", ""]


def test_schema_names_are_escaped_and_the_best_model_has_a_column(records: Records) -> None:
    assert row(tables.schemas(records, "edgejson"), r"\texttt{contact\_form}")[1:3] == ["0/8", "8/8"]
    best = make_record("lora-135m-recombined-mean-reranked")
    text = tables.schemas({**records, best.run: best}, "edgejson_v3")
    assert "3-seed average, constrained decoding, reranking" in text


def test_configurations_hold_the_defaults_once_and_then_what_a_run_has_in_their_place(records: Records) -> None:
    text = tables.configurations(records)
    default = row(text, "Default")[1]
    assert "lora r 16" in default
    assert all(name.replace("_", " ") in default for name in TrainConfig.model_fields if name not in tables.PRIVATE)
    assert "learning rate 0.002, epochs 2" in row(text, "LoRA on v3")[1]
    assert "method scratch" in row(text, "nano-s")[1]


def test_metrics_stand_in_their_units_with_a_dash_where_a_record_has_none() -> None:
    exact = proportion("published_exact", "overall", "all", 79, 158)
    nats = Metric(metric="nats_per_leaf", group="overall", name="all", value=12.5, n=158, k=None, low=11.25, high=14,
                  interval="clustered t")  # fmt: skip
    one, none = make_record("lora-135m", metrics=(exact, nats)), make_record("nano-s", metrics=())
    records = {"lora-135m": one, "nano-s": none}
    text = tables.metrics(records)
    cells = dict(zip(row(text, "Run"), row(text, "LoRA"), strict=True))
    assert cells["NLL per leaf"] == r"12.50 {\scriptsize [11.25, 14.00]}"
    assert cells["Leaf F1"] == "--"
    assert row(text, "nano-s")[1:] == ["--"] * len(tables.FURTHER)
    text = tables.metrics(records, tables.PUBLISHED_EVALUATOR)
    assert dict(zip(row(text, "Run"), row(text, "LoRA"), strict=True))[r"JSONExact (\%)"].startswith("50.0 ")


def test_provenance_shortens_hashes_and_marks_dirty_trees(records: Records) -> None:
    assert r"\texttt{abababab}" in tables.provenance(records)
    assert "not committed" not in tables.provenance(records)
    record = make_record()
    dirty = record.model_copy(update={"provenance": record.provenance.model_copy(update={"git_dirty": True})})
    assert "0123456*" in tables.provenance({"lora-135m": dirty})


def test_costs_of_a_training_stand_beside_the_run_that_trained(records: Records) -> None:
    text = tables.cost(records)
    assert row(text, "LoRA")[5] == r"31\,min"
    assert row(text, "LoRA on ours")[2:7] == ["--"] * 5


def test_write_all_writes_what_the_records_hold_and_drops_tables_of_an_earlier_time(
    records: Records, tmp_path: Path
) -> None:
    first = {path.name for path in tables.write_all(Study(records), tmp_path)}
    assert {"decisions.tex", "perfect.tex", "metrics.tex", "schemas-v3.tex", "values.tex"} <= first
    own = {run: record for run, record in records.items() if record.test_set == "edgejson"}
    written = tables.write_all(Study(own), tmp_path)
    assert {path.name for path in written} == first - {"schemas-v3.tex"}
    assert not (tmp_path / "tables" / "schemas-v3.tex").exists()
    assert tables.write_all(Study(own), tmp_path) == written
    one = {"nano-s": records["nano-s"]}  # nothing to choose from, nothing tuned
    assert {path.name for path in tables.write_all(Study(one), tmp_path)} == first - {"schemas-v3.tex"}


def test_every_table_in_the_paper_is_written(records: Records, tmp_path: Path) -> None:
    named = re.findall(r"\\input\{tables/(.+?)\}", (paths.PAPER / "main.tex").read_text(encoding="utf-8"))
    tables.write_all(Study(records), tmp_path)
    assert set(named) == {path.stem for path in (tmp_path / "tables").glob("*.tex")}
