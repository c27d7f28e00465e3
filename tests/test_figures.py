from pathlib import Path

import pytest
from conftest import make_record
from matplotlib.figure import Figure

from paperlib.core.errors import PaperlibError
from paperlib.core.records import Record
from paperlib.paper import figures

Records = dict[str, Record]
LOSSES = {"lora-135m": [{"step": 1, "loss": 2.0}, {"step": 2, "loss": 0.5}], "nano-s": [{"step": 1, "loss": 4.0}]}


def words(figure: Figure) -> str:
    """All text in a figure, legends included."""
    return " | ".join(text.get_text() for text in figure.findobj(lambda artist: hasattr(artist, "get_text")))  # type: ignore[attr-defined]


def test_scaling_shows_three_metrics_every_run_and_the_announced_figures(records: Records) -> None:
    shown = words(figures.scaling(records))
    for expected in (
        "JSONExact (%)",
        "Field F1",
        "Schema-valid (%)",
        "nano-xs, nano-s, nano-m",
        "Parameters",
        "24.7",
        "55.1",
    ):
        assert expected in shown
    assert "announced (other model, other test set)" in shown


def test_scaling_puts_each_value_at_its_size(records: Records) -> None:
    axes = figures.scaling(records).axes[0]
    points = {
        (x, round(float(y), 6)) for line in axes.lines for x, y in zip(line.get_xdata(), line.get_ydata(), strict=True)
    }
    tuned = records["lora-135m"]
    assert (tuned.model.parameters, round(100 * tuned.metric("json_exact").value, 6)) in points


def test_scaling_without_runs_on_the_dataset_says_what_there_is(records: Records) -> None:
    with pytest.raises(PaperlibError, match=r"no run was tested on 'edgejson'.*edgejson_v3"):
        figures.scaling({"lora-135m-transfer": records["lora-135m-transfer"]})


def test_tiers_show_counts_and_only_pretrained_models(records: Records) -> None:
    shown = words(figures.tiers(records))
    row = records["lora-135m"].metric("json_exact", "tier", "complex")
    assert f"{row.k}/{row.n}" in shown
    assert "EdgeJSON v3 (published)" in shown
    assert "no tier" in shown
    assert "nano" not in shown


def test_tiers_take_up_the_runs_on_the_published_data_where_they_are(all_records: Records) -> None:
    shown = words(figures.tiers(all_records))
    assert "LoRA on v3" in shown
    assert "LoRA on ours" in shown


def test_intervals_are_those_of_the_record(records: Records) -> None:
    row = records["lora-135m"].metric("json_exact", "tier", "simple")
    axes = figures.tiers({"lora-135m": records["lora-135m"]}).axes[0]
    ends = [sorted(x for x, _ in segment) for bars in axes.collections for segment in bars.get_segments()]  # type: ignore[attr-defined]
    assert [pytest.approx(100 * end) for end in (row.low, row.high)] in ends


def test_schemas_order_by_the_tuned_run_and_give_counts(records: Records) -> None:
    names = [label.get_text() for label in figures.schemas(records).axes[0].get_yticklabels()]
    assert names[0] == "contact_form (8)"
    assert len(names) == 6


def test_loss_names_runs_by_their_label() -> None:
    shown = words(figures.loss(LOSSES, {"lora-135m": "SmolLM2-135M, LoRA"}))
    assert "SmolLM2-135M, LoRA" in shown
    assert "nano-s" in shown
    assert "Optimiser step" in shown


def test_a_run_without_metrics_by_group_is_drawn_without_them() -> None:
    plain = make_record("lora-135m")
    bare = plain.model_copy(update={"metrics": tuple(row for row in plain.metrics if row.group == "overall")})
    for draw in (figures.scaling, figures.tiers, figures.schemas):
        assert draw({"lora-135m": bare}).axes


def test_files_are_the_same_bytes_each_time(records: Records, tmp_path: Path) -> None:
    first = figures.draw_all(records, tmp_path / "a", LOSSES)
    second = figures.draw_all(records, tmp_path / "b", LOSSES)
    assert [path.name for path in first] == [
        f"{name}.{kind}" for name in ("scaling", "tiers", "schemas", "loss") for kind in ("pdf", "png")
    ]
    for one, other in zip(first, second, strict=True):
        assert one.read_bytes() == other.read_bytes(), one.name


def test_pdfs_are_vector_with_embedded_truetype(records: Records, tmp_path: Path) -> None:
    pdf, _ = figures.save(figures.tiers(records), tmp_path, "tiers")
    content = pdf.read_bytes()
    assert b"/CIDFontType2" in content
    assert b"/Subtype /Image" not in content
    assert b"CreationDate" not in content
