"""The table of one adapter for several tasks has a row for each that was trained."""

from conftest import make_record, proportion

from paperlib.paper.latex import with_interval
from paperlib.paper.scaling_tables import NOT_RUN
from paperlib.paper.task_tables import TESTS, TRAINED_ON, tasks

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
