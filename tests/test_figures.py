from pathlib import Path

import pytest
from conftest import make_record
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure

from paperlib.core.errors import PaperlibError
from paperlib.core.records import Record
from paperlib.paper import figures
from paperlib.paper.frame import COLUMNS, tidy

Records = dict[str, Record]
LOSSES = {"lora-135m": [{"step": 1, "loss": 2.0}, {"step": 2, "loss": 0.5}], "nano-s": [{"step": 1, "loss": 4.0}]}


def words(figure: Figure) -> str:
    """All text in a figure, legends included."""
    return " | ".join(text.get_text() for text in figure.findobj(lambda artist: hasattr(artist, "get_text")))  # type: ignore[attr-defined]


def points(figure: Figure, panel: int = 0) -> set[tuple[float, float]]:
    """Where the markers of a panel stand."""
    drawn = [one for one in figure.axes[panel].collections if isinstance(one, PathCollection)]
    return {(round(float(x), 6), round(float(y), 6)) for one in drawn for x, y in one.get_offsets()}


def test_the_tidy_table_has_a_row_for_each_metric_in_its_unit(records: Records) -> None:
    record = records["lora-135m"]
    frame = tidy([record])
    assert list(frame.columns) == list(COLUMNS)
    assert len(frame) == len(record.metrics)
    exact = frame[(frame.metric == "json_exact") & (frame.group == "overall")].iloc[0]
    row = record.metric("json_exact")
    assert (exact.value, exact["count"]) == (pytest.approx(100 * row.value), f"{row.k}/{row.n}")
    f1 = frame[(frame.metric == "field_f1")].iloc[0]
    assert f1.value == record.metric("field_f1").value


def test_scaling_shows_three_metrics_every_run_and_the_announced_figures(records: Records) -> None:
    shown = words(figures.scaling(records))
    metrics = ("JSONExact (%)", "Field F1", "Schema-valid (%)")
    for expected in (*metrics, "nano-xs, nano-s, nano-m", "Parameters", "24.7", "55.1", "announced"):
        assert expected in shown


def test_scaling_puts_each_value_at_its_size(records: Records) -> None:
    tuned = records["lora-135m"]
    place = (tuned.model.parameters, round(100 * tuned.metric("json_exact").value, 6))
    assert place in points(figures.scaling(records))


def test_scaling_without_runs_on_the_dataset_says_what_there_is(records: Records) -> None:
    with pytest.raises(PaperlibError, match=r"'edgejson'.*edgejson_v3"):
        figures.scaling({"lora-135m-transfer": records["lora-135m-transfer"]})


def test_tiers_show_counts_and_only_pretrained_models(records: Records) -> None:
    figure = figures.tiers(records)
    shown = words(figure)
    row = records["lora-135m"].metric("json_exact", "tier", "complex")
    assert f"{row.k}/{row.n}" in shown
    assert "EdgeJSON v3 (published)" in shown
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()][-1] == "no tier"
    assert "nano" not in shown


def test_tiers_take_up_the_runs_on_the_published_data_where_they_are(all_records: Records) -> None:
    best = make_record("lora-135m-recombined-mean-reranked")
    shown = words(figures.tiers({**all_records, best.run: best}))
    for label in ("LoRA on v3", "LoRA on ours", "3-seed average, constrained decoding, reranking"):
        assert label in shown


def test_intervals_are_those_of_the_record(records: Records) -> None:
    row = records["lora-135m"].metric("json_exact", "tier", "simple")
    axes = figures.tiers({"lora-135m": records["lora-135m"]}).axes[0]
    bars = [bar for lines in axes.collections if hasattr(lines, "get_segments") for bar in lines.get_segments()]
    ends = [sorted(float(x) for x, _ in bar) for bar in bars]
    assert [pytest.approx(100 * end) for end in (row.low, row.high)] in ends


def test_schemas_order_by_the_tuned_run_and_give_counts(records: Records) -> None:
    names = [label.get_text() for label in figures.schemas(records).axes[0].get_yticklabels()]
    assert names[0] == "contact_form (8)"
    assert len(names) == 6


def test_loss_names_runs_by_their_label_in_a_panel_for_each_kind(records: Records) -> None:
    shown = words(figures.loss(LOSSES, {"lora-135m": records["lora-135m"], "nano-s": records["nano-s"]}))
    for expected in ("LoRA", "nano-s", "Optimiser step", "Data made here"):
        assert expected in shown
    losses = {"announced-recipe": LOSSES["lora-135m"], "lora-135m": LOSSES["lora-135m"]}
    known = {"announced-recipe": make_record("announced-recipe"), "lora-135m": records["lora-135m"]}
    assert len(figures.loss(losses, known).axes) == 2


def test_a_run_without_a_record_is_called_by_its_name() -> None:
    assert "lora-135m" in words(figures.loss(LOSSES))


def test_lengths_have_a_marker_an_example() -> None:
    figure = figures.lengths({"simple": [100, 200], "complex": [900]}, {"simple": [40, 80], "complex": [500]})
    assert points(figure) == {(100, 40), (200, 80), (900, 500)}


def test_a_run_without_metrics_by_group_is_drawn_without_them() -> None:
    plain = make_record("lora-135m")
    bare = plain.model_copy(update={"metrics": tuple(row for row in plain.metrics if row.group == "overall")})
    assert words(figures.scaling({"lora-135m": bare})) == words(figures.scaling({"lora-135m": plain}))
    for draw in (figures.tiers, figures.schemas):
        assert "SmolLM2-135M, LoRA" in words(draw({"lora-135m": plain}))
        assert words(draw({"lora-135m": bare})) == ""


def test_files_are_the_same_bytes_each_time(records: Records, tmp_path: Path) -> None:
    drawn = [lambda: figures.scaling(records), lambda: figures.tiers(records), lambda: figures.loss(LOSSES)]
    for draw in drawn:
        first, second = (figures.save(draw(), tmp_path / name, "figure") for name in "ab")
        assert [path.suffix for path in first] == [".pdf", ".png"]
        assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]


def test_pdfs_are_vector_with_embedded_truetype(records: Records, tmp_path: Path) -> None:
    pdf, _ = figures.save(figures.tiers(records), tmp_path, "tiers")
    content = pdf.read_bytes()
    assert b"/CIDFontType2" in content
    assert b"/Subtype /Image" not in content
    assert b"CreationDate" not in content
