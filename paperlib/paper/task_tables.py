"""The table of one adapter for several tasks beside adapters for one, from the records in data/benchmark."""

from paperlib.core.config import DOCUMENTS, EDGE_INTENT, FUNCTION_CALLS
from paperlib.core.records import MetricName, Records
from paperlib.evaluation.runs import find, record_of
from paperlib.paper.latex import escape, with_interval
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


def tasks(records: Records) -> Table:
    """A row an adapter that was trained: on which tasks and how many examples, and what it has of each task."""
    head = ["Trained on", "Examples", *(heading for heading, *_ in TESTS.values())]
    rows = [[escape(label), *cells] for recipe, label in TRAINED_ON.items() if (cells := _cells(records, recipe))]
    return Table("lr" + "r" * len(TESTS), head, [("", rows)])


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
