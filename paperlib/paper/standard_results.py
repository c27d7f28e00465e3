"""What rules and models score on EdgeJSON standard and on what lies beyond it."""

from functools import cache

from paperlib.benchmark.standard import build
from paperlib.benchmark.standard.split_sizes import SPLITS
from paperlib.core.records import MetricName, Record, Records
from paperlib.evaluation import runs
from paperlib.evaluation.run_comparisons import exact_by_group
from paperlib.evaluation.runs import TEST_NAMES, find
from paperlib.paper import latex
from paperlib.paper.latex import escape, tabular, with_interval
from paperlib.paper.scaling_tables import NOT_RUN, Table

# What is compared: a label, and the fields of its runs.
SYSTEMS: dict[str, dict[str, str]] = {
    "rule-based baseline for label lines": {"base": "rules"},
    "rule-based baseline, extended": {"base": "rules-surfaces"},
    "135M, 24 schemas": {"recipe": "generalist"},
    "135M, synthetic schemas": {"recipe": "reader", "decoding": "greedy"},
    "135M, synthetic schemas, constrained": {"recipe": "reader", "decoding": "constrained"},
    "135M, documents, constrained": {"recipe": "document-reader", "decoding": "constrained"},
    "135M, general reader, constrained": {"recipe": "general-reader", "decoding": "constrained"},
}
BY_SURFACE = ("rule-based baseline, extended", "135M, 24 schemas", "135M, synthetic schemas, constrained")
TESTS = {
    "standard": "test split",
    **{test: TEST_NAMES[test] for test in ("standard-unseen-schema", "standard-unseen-surface", "edgejson_v3-whole")},
    "sroie": "receipts (SROIE)",
    "dstc8": "utterances (DSTC8)",
}
METRICS: dict[MetricName, str] = {"json_exact": r"JSONExact (\%)", "leaf_f1": "Leaf F1", "schema_valid": r"Valid (\%)"}


def record_of(records: Records, system: str, test: str) -> Record | None:
    """The record of one of SYSTEMS on a test set, or None where it was not run."""
    return runs.record_of(records, test_set=test, **SYSTEMS[system])


def table(records: Records) -> str:
    """A row a system that was run, in a block a test: exact answers and partial credit, with intervals."""
    blocks = [
        (name, [[escape(system), *_cells(record_of(records, system, test))] for system in SYSTEMS])
        for test, name in TESTS.items()
    ]
    return Table("lrrrr", ["System", "Examples", *METRICS.values()], blocks).latex


def _cells(record: Record | None) -> list[str]:
    if record is None:
        return [NOT_RUN, "", "", ""]
    return [str(record.data.n_test), *(with_interval(find(record, metric)) for metric in METRICS)]


def by_surface(records: Records) -> str:
    """Exact answers of all texts: a row a surface, a column a system."""
    blocks = []
    for test in ("standard", "standard-unseen-surface"):
        tested = [record_of(records, system, test) for system in BY_SURFACE]
        scores = [exact_by_group(run, _surfaces()) if run else {} for run in tested]
        rows = [
            [escape(surface), *("{}/{}".format(*score[surface]) if surface in score else "--" for score in scores)]
            for surface in build.SURFACES
            if any(surface in score for score in scores)
        ]
        blocks.append((TESTS[test], rows))
    return tabular("@{}l" + "r" * len(BY_SURFACE) + "@{}", ["Surface", *BY_SURFACE], blocks)


@cache
def _surfaces() -> dict[str, str]:
    """The surface of every test example of the release, by id."""
    parts = build.standard()
    return {example.id: example.surface for split in SPLITS[1:] for example in parts[split]}


def markdown(records: Records) -> str:
    """JSONExact in per cent, with its 95 % interval: a row a system, a column a test."""
    rows = []
    for system in SYSTEMS:
        found = [record_of(records, system, test) for test in TESTS]
        rows.append([system, *(with_interval(find(record, "json_exact")) if record else NOT_RUN for record in found)])
    return latex.markdown("l" + "r" * len(TESTS), ["", *TESTS.values()], rows)
