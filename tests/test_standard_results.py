"""Results on EdgeJSON standard: every system and test has its place, run or not; the release is counted as it is."""

from pathlib import Path

import pytest
from conftest import make_record
from matplotlib.collections import PathCollection

from paperlib.benchmark.standard import build
from paperlib.core import paths
from paperlib.core.records import load_records, save_record
from paperlib.paper import composition, figures, standard_results
from paperlib.paper.standard_results import SYSTEMS, TESTS
from paperlib.workflow import keep

RUN = ("generalist", "generalist-v3-whole", "schema-rules-v3-whole", "surface-rules")
RECORDS = {name: make_record(name) for name in RUN}


def cells(text: str, row: str) -> list[str]:
    line = next(line for line in text.splitlines() if line.startswith(row))
    return [cell.strip() for cell in line.removesuffix(r"\\").split("&")]


def test_what_was_run_has_a_row() -> None:
    text = standard_results.table(RECORDS)
    assert "not run" not in text
    assert sum(text.count(f"\n{label} &") for label in SYSTEMS) == len(RECORDS)
    assert standard_results.table({}).count("not run") == len(SYSTEMS) * len(TESTS)


@pytest.mark.parametrize(
    ("system", "test", "run"),
    [
        ("135M, 24 schemas", "standard", "generalist"),
        ("135M, 24 schemas", "edgejson_v3-whole", "generalist-v3-whole"),
        ("rule-based baseline for label lines", "edgejson_v3-whole", "schema-rules-v3-whole"),
        ("rule-based baseline, extended", "standard", "surface-rules"),
        ("rule-based baseline, extended", "sroie", None),
    ],
)
def test_a_record_is_found_by_its_fields(system: str, test: str, run: str | None) -> None:
    found = standard_results.record_of(RECORDS, system, test)
    assert (found.run if found else None) == run


def test_the_markdown_has_a_column_a_test() -> None:
    head, _, *rows = standard_results.markdown(RECORDS).splitlines()
    assert head.count("|") == rows[0].count("|") == len(TESTS) + 2
    assert [row.count("not run") for row in rows] == [len(TESTS) - n for n in (1, 1, 2, 0, 0, 0, 0)]


def test_the_figure_draws_what_there_is() -> None:
    axes = figures.standard(RECORDS).axes[0]
    markers = [drawn for drawn in axes.collections if isinstance(drawn, PathCollection)]
    assert sum(len(drawn.get_offsets()) for drawn in markers) == len(RECORDS)
    assert [label.get_text() for label in axes.get_yticklabels()] == list(TESTS.values())


def test_surfaces_are_counted_from_the_release() -> None:
    records = load_records(paths.BENCHMARK)
    some = {run: records[run] for run in ("surface-rules", "reader-constrained-unseen-surface")}
    text = standard_results.by_surface(some)
    assert cells(text, "form")[1:] == ["8/11", "--", "--"]
    rows = [cells(text, name) for name in ("form", "prose", "email", "chat", "log", "slip")]
    assert sum(int(row[1].split("/")[1]) for row in rows) == 158
    assert cells(text, "letter")[1:] == ["--", "--", "33/125"]


def test_records_of_the_benchmark_lie_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "ROOT", tmp_path)
    monkeypatch.setitem(keep.ELSEWHERE, "standard", tmp_path / "data" / "benchmark")
    save_record(paths.results("standard") / "schema-rules", make_record("schema-rules"))
    assert keep.keep("standard") == ["schema-rules"]
    assert (tmp_path / "data" / "benchmark" / "schema-rules" / "record.json").is_file()


def test_the_composition_counts_every_example_by_tier_and_by_surface(monkeypatch: pytest.MonkeyPatch) -> None:
    sets = build.standard()
    monkeypatch.setattr(composition.build, "standard", lambda: sets)
    head, *rows = [line.removesuffix(r" \\").split(" & ") for line in composition.table().splitlines() if " & " in line]
    counts = {name: [int(cell.replace("--", "0")) for cell in row] for name, *row in rows}
    for place, split in enumerate(head[1:]):
        whole = len(sets[split])
        assert counts["examples"][place] == whole
        assert sum(counts[tier][place] for tier in ("simple", "medium", "complex")) == whole
        assert sum(counts[surface][place] for surface in build.SURFACES) == whole


def test_the_record_shown_has_its_answer_in_every_text() -> None:
    schema = build.schemas_of("train")[composition.SHOWN[0]]
    answers = [build.make(schema, surface, composition.SHOWN[1]).answer for surface in composition.SURFACES]
    assert answers == answers[:1] * len(answers)
    assert composition.example().count("ORD-88526") == len(composition.SURFACES) + 1
