"""The table and figure of who reads EdgeJSON standard: every reader and test has its place, run or not."""

from pathlib import Path

import pytest
from conftest import make_record

from paperlib.benchmark.standard import build
from paperlib.core import paths
from paperlib.core.records import save_record
from paperlib.paper import composition, standard_results
from paperlib.workflow import keep

READ = {name: make_record(name) for name in ("generalist", "generalist-v3", "rules-v3-whole", "surfaces-standard")}


def test_every_reader_has_a_row_for_every_test() -> None:
    text = standard_results.table(READ)
    assert text.count("not run") == len(standard_results.READERS) * len(standard_results.TESTS) - len(READ)
    assert all(text.count(label) == len(standard_results.TESTS) for label in standard_results.READERS.values())


@pytest.mark.parametrize(
    ("reader", "test", "run"),
    [
        ("generalist", "standard", "generalist"),
        ("generalist", "v3", "generalist-v3"),
        ("rules", "v3", "rules-v3-whole"),
        ("surfaces", "standard", "surfaces-standard"),
    ],
)
def test_a_record_is_found_under_its_name(reader: str, test: str, run: str) -> None:
    found = standard_results.record_of(READ, reader, test)
    assert found is not None
    assert found.run == run


def test_the_markdown_has_a_column_a_test() -> None:
    head, _, *rows = standard_results.markdown(READ).splitlines()
    assert head.count("|") == rows[0].count("|") == len(standard_results.TESTS) + 2
    missing = [row.count("not run") for row in rows]
    assert missing == [len(standard_results.TESTS) - n for n in (1, 1, 2, 0, 0)]


def test_the_figure_draws_what_there_is() -> None:
    axes = standard_results.figure(READ).axes[0]
    assert len(axes.containers) == len(READ)
    assert [label.get_text() for label in axes.get_yticklabels()] == list(standard_results.TESTS.values())


def test_records_of_the_benchmark_lie_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "ROOT", tmp_path)
    monkeypatch.setitem(keep.ELSEWHERE, "standard", tmp_path / "data" / "benchmark")
    save_record(paths.results("standard") / "rules-standard", make_record("rules-standard"))
    assert keep.keep("standard") == ["rules-standard"]
    assert (tmp_path / "data" / "benchmark" / "rules-standard" / "record.json").is_file()


def test_the_composition_counts_every_example_by_tier_and_by_surface() -> None:
    rows = [line.removesuffix(r" \\").split(" & ") for line in composition.table().splitlines() if " & " in line]
    names, *counts = rows
    first = names.index("Schemas")
    for split, examples, *cells in counts:
        whole = [int(cell.replace("--", "0")) for cell in cells]
        tiers, surfaces = whole[: first - 2], whole[first - 1 :]
        assert int(examples) == len(build.standard()[split]) == sum(tiers) == sum(surfaces)


def test_the_record_shown_has_its_answer_in_every_text() -> None:
    schema = build.schemas_of("train")[composition.SHOWN[0]]
    answers = [build.make(schema, surface, composition.SHOWN[1]).answer for surface in composition.TOLD]
    assert answers == answers[:1] * len(answers)
    assert composition.example().count("ORD-88526") == len(composition.TOLD) + 1
