"""The table of one adapter for several tasks has a row for each that was trained."""

from conftest import make_record

from paperlib.paper.scaling_tables import NOT_RUN
from paperlib.paper.task_tables import TESTS, TRAINED_ON, tasks

RUNS = ("one-task-documents", "three-tasks", "three-tasks-calls", "three-tasks-edge-intent-200")


def test_rows_are_the_adapters_that_were_tested() -> None:
    assert not tasks({}).blocks[0][1]
    table = tasks({run: make_record(run) for run in RUNS})
    (alone, joint) = table.blocks[0][1]
    assert len(table.head) == len(alone) == len(joint) == 2 + len(TESTS)
    assert (alone[0], joint[0]) == ("documents", "all three")
    assert alone[3:] == [NOT_RUN, NOT_RUN]
    assert NOT_RUN not in (alone[2], joint[2], joint[4])
    assert len(TRAINED_ON) == 8
