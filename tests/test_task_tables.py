"""The table of one adapter for several tasks has a row for each that was trained."""

from pathlib import Path

import pytest
from conftest import make_record, proportion

from paperlib.core import paths
from paperlib.core.files import write_jsonl, write_text
from paperlib.core.records import Record
from paperlib.paper.latex import with_interval
from paperlib.paper.scaling_tables import NOT_RUN
from paperlib.paper.task_tables import TESTS, TRAINED_ON, macros, tasks

RIGHT = {"one-task-calls-calls": [0, 1, 2], "three-tasks-calls": [0, 1, 2, 3, 4, 5]}  # of eight requests
RUNS = ("one-task-documents", "three-tasks", "three-tasks-calls", "three-tasks-edge-intent-200")


def test_rows_are_the_adapters_that_were_tested() -> None:
    assert not tasks({}).blocks[0][1]
    records = {run: make_record(run) for run in RUNS}
    inside = proportion("json_exact", "schema", "edge-intent-200", 30, 40)
    last = records[RUNS[-1]]
    table = tasks({**records, last.run: last.model_copy(update={"metrics": (*last.metrics, inside)})})
    (alone, joint) = table.blocks[0][1]
    assert len(table.head) == len(alone) == len(joint) == 2 + len(TESTS)
    assert (alone[0], joint[0]) == ("documents", "all three")
    assert alone[3:] == [NOT_RUN, NOT_RUN]
    assert NOT_RUN not in (alone[2], joint[2])
    assert joint[4] == with_interval(inside), "utterances in scope alone"
    assert len(TRAINED_ON) == 8


@pytest.fixture
def scored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Record]:
    """Records of the adapters for calls and for all tasks, whose scores lie in a folder of the test's own."""
    monkeypatch.setattr(paths, "BENCHMARK", tmp_path)
    records = {run: make_record(run) for run in RIGHT}
    for run, right in RIGHT.items():
        write_text(tmp_path / run / "record.json", records[run].model_dump_json())
        write_text(tmp_path / run / "scores.jsonl", "")
        write_jsonl(tmp_path / run / "calls.jsonl", ({"id": str(i), "right": i in right} for i in range(8)))
    return records


def test_the_adapter_for_all_is_compared_with_the_one_for_a_task_example_by_example(scored: dict[str, Record]) -> None:
    written = dict(macros(scored))
    assert written["ThreeTasksCallsOverSingleTask"] == "+37.5"
    assert written["ThreeTasksCallsOverSingleTaskInterval"].startswith("[-")
    (_, (row,)) = tasks(scored).blocks[1]
    assert row[:3] == ["all three", "", "--"]
    assert row[3].startswith("+37.5 ")
    assert not dict(macros({run: one for run, one in scored.items() if run == "three-tasks-calls"}))
