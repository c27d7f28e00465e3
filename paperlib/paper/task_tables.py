"""The table of one adapter for several tasks beside adapters for one, from the records in data/benchmark."""

from collections.abc import Callable, Iterator

import numpy as np

from paperlib.core.config import DOCUMENTS, EDGE_INTENT, FUNCTION_CALLS
from paperlib.core.files import read_jsonl
from paperlib.core.records import MetricName, Record, Records
from paperlib.evaluation.runs import find, record_of
from paperlib.evaluation.scaling.contrasts import Estimate, Group, difference
from paperlib.evaluation.scaling.outcomes import folder_of, outcomes
from paperlib.paper.latex import escape, estimate, macro_name, macro_pair, with_interval
from paperlib.paper.scaling_tables import NOT_RUN, Table

OVERALL = ("overall", "all")
TRAINED_ON = {  # recipes
    "one-task-documents": "documents",
    "one-task-calls": "calls",
    "one-task-intents": "intents",
    "two-tasks-documents-calls": "documents, calls",
    "two-tasks-documents-intents": "documents, intents",
    "two-tasks-calls-intents": "calls, intents",
    "three-tasks-third": "all three, a third of each",
    "three-tasks": "all three",
}
# What is tested, how the column is headed, and by what metric, of which group of examples. Intents are scored in scope:
# utterances out of scope have a schema of their own, and an interval that treats two schemas as a sample says nothing.
TESTS: dict[str, tuple[str, MetricName, tuple[str, str]]] = {
    DOCUMENTS: ("Documents: Field F1", "field_f1", OVERALL),
    FUNCTION_CALLS: (r"Calls: right, \%", "call_accuracy", OVERALL),
    EDGE_INTENT: (r"Intents in scope: right, \%", "json_exact", ("schema", EDGE_INTENT)),
}
ALONE = {DOCUMENTS: "one-task-documents", FUNCTION_CALLS: "one-task-calls", EDGE_INTENT: "one-task-intents"}
JOINT = ("three-tasks-third", "three-tasks")


def tasks(records: Records) -> Table:
    """A row an adapter that was trained: on which tasks and how many examples, and its score on each. Below, the score
    of an adapter for all tasks minus that of the single-task adapter, paired by example."""
    head = ["Trained on", "Examples", *(heading for heading, *_ in TESTS.values())]
    rows = [[escape(label), *cells] for recipe, label in TRAINED_ON.items() if (cells := _cells(records, recipe))]
    joint = [[escape(TRAINED_ON[recipe]), "", *cells] for recipe in JOINT if (cells := _differences(records, recipe))]
    blocks = [("", rows), ("Difference from the single-task adapter", joint)]
    return Table("lr" + "r" * len(TESTS), head, [block for block in blocks if block[1]] or blocks[:1])


def macros(records: Records) -> Iterator[tuple[str, str]]:
    r"""\<Run>OverSingleTask<|Interval> of each test of an adapter for all tasks: in Field F1, or in points."""
    for recipe in JOINT:
        for test in TESTS:
            found = _over_single_task(records, recipe, test)
            if found and (run := record_of(records, recipe=recipe, test_set=test)):
                yield from macro_pair(macro_name(run.run, "over single task"), found, _written(test))


def _cells(records: Records, recipe: str) -> list[str]:
    found = {test: record_of(records, recipe=recipe, test_set=test) for test in TESTS}
    trained = next(filter(None, found.values()), None)
    if trained is None:
        return []
    scores = [
        with_interval(score) if one and (score := find(one, metric, *group)) else NOT_RUN
        for one, (_, metric, group) in zip(found.values(), TESTS.values(), strict=True)
    ]
    return [str(trained.data.n_train), *scores]


def _differences(records: Records, recipe: str) -> list[str]:
    found = [_over_single_task(records, recipe, test) for test in TESTS]
    written = [estimate(one, _written(test)) for one, test in zip(found, TESTS, strict=True)]
    return written if any(found) else []


def _over_single_task(records: Records, recipe: str, test: str) -> Estimate | None:
    """The score of the adapter of ``recipe`` on a test minus that of the single-task adapter; None without either."""
    pair = [record_of(records, recipe=one, test_set=test) for one in (recipe, ALONE[test])]
    joint, alone = (_scored(one) if one else None for one in pair)
    return difference(joint, alone) if joint and alone else None


def _scored(record: Record) -> Group | None:
    """The score of each example by the metric of TESTS, each a cluster of its own; None where they were not kept."""
    folder = folder_of(record)
    if folder is None:
        return None
    if record.test_set == FUNCTION_CALLS:
        scores = {row["id"]: row["right"] for _, row in read_jsonl(folder / "calls.jsonl")}
    elif record.test_set == EDGE_INTENT:
        scores = {one.id: one.exact for one in outcomes(record).values() if one.schema_id == EDGE_INTENT}
    else:
        scores = {one.id: one.field_f1 for one in outcomes(record).values()}
    ids = tuple(sorted(scores))
    return Group(np.asarray([[scores[id] for id in ids]], dtype=float), ids, ids, record.model.parameters)


def _written(test: str) -> Callable[[float], str]:
    return "{:+.3f}".format if test == DOCUMENTS else lambda value: f"{100 * value:+.1f}"
