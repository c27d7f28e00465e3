"""Tables that hold runs against one another: paired tests, which model wins by which criterion, the best schemas."""

import re
from collections.abc import Callable
from itertools import zip_longest

from paperlib.core.config import EDGEJSON
from paperlib.core.records import Metric, Record, Records
from paperlib.evaluation import run_comparisons
from paperlib.evaluation.runs import DATASETS, kind, main_runs, ordered
from paperlib.paper.latex import count, escape, longtable, millions, mono, p_value, percent, short, tabular
from paperlib.paper.recipe_tables import run_of
from paperlib.paper.standard_results import TESTS, record_of

CONSTRAINED, RERANKED = {"decoding": "constrained"}, {"decoding": "reranked"}
SCHEDULE, RECOMBINED, AVERAGED = ({"recipe": name} for name in ("lora-v3", "recombined", "recombined-averaged"))
# What the paper's text compares on the held-out split of the published data: pairs of runs by fields.
ON_PUBLISHED: tuple[tuple[dict[str, str], dict[str, str]], ...] = (
    (SCHEDULE, RECOMBINED),
    (RECOMBINED, RECOMBINED | CONSTRAINED),
    (RECOMBINED | CONSTRAINED, RECOMBINED | RERANKED),
    (RECOMBINED, AVERAGED),
    (AVERAGED, AVERAGED | CONSTRAINED),
    (AVERAGED | CONSTRAINED, AVERAGED | RERANKED),
    (SCHEDULE, AVERAGED | RERANKED),
    ({"base": "rules-unnamed"}, AVERAGED | RERANKED),
)
RULES, EXTENDED = "rule-based baseline for label lines", "rule-based baseline, extended"
SEEN, FREE, SYNTHETIC = "135M, 24 schemas", "135M, synthetic schemas", "135M, synthetic schemas, constrained"
# What it compares on EdgeJSON standard and beyond: a test set, and two of its systems.
ON_STANDARD = (
    ("standard", EXTENDED, SEEN),
    ("standard", SEEN, SYNTHETIC),
    ("standard-unseen-schema", EXTENDED, SYNTHETIC),
    ("standard-unseen-schema", FREE, SYNTHETIC),
    ("standard-unseen-surface", EXTENDED, SYNTHETIC),
    ("edgejson_v3-whole", EXTENDED, SYNTHETIC),
    ("dstc8", RULES, SYNTHETIC),
)
REASON = r">{\raggedright\arraybackslash}p{0.26\textwidth}"
WRITTEN: dict[str, Callable[[float], str]] = {
    "parameters": lambda value: millions(round(value)),
    "peak memory, GB": "{:.1f}".format,
}  # by criterion; others are seconds


def paired_tests(records: Records) -> str:
    """Paired tests, a row for each pair of runs on the same examples: how many each alone has right, and p.

    The test is McNemar's exact one, with Holm's correction over all rows. A pair of which one was not run is left out.
    """
    blocks: dict[str, list[list[str]]] = {}
    pairs = compared(records)
    for one in run_comparisons.paired_runs([(records[first], records[second]) for first, second in pairs]):
        heading, *names = pairs[one.first, one.second]
        counts = [str(number) for number in (one.n, one.mcnemar.only_a, one.mcnemar.only_b)]
        blocks.setdefault(heading[0].upper() + heading[1:], []).append(
            [*map(escape, names), *counts, p_value(one.adjusted_p)]
        )
    cell = r">{\raggedright\arraybackslash\hangindent=1em}p{0.29\textwidth}"
    head = ["First", "Second", "Examples", "Only first", "Only second", "$p$"]
    return tabular(f"@{{}}{cell}{cell}rrrl@{{}}", head, blocks.items())


def compared(records: Records) -> dict[tuple[str, str], tuple[str, str, str]]:
    """What each pair of runs is tested on, and how the two are called."""
    found: dict[tuple[str, str], tuple[str, str, str]] = {}
    for fields in ON_PUBLISHED:
        one, other = (run_of(records, **each) for each in fields)
        if one and other:
            found[one.run, other.run] = (
                "held-out split of the published training data",
                short(one.label),
                short(other.label),
            )
    for test, *systems in ON_STANDARD:
        one, other = (record_of(records, system, test) for system in systems)
        if one and other:
            found[one.run, other.run] = (TESTS[test], systems[0], systems[1])
    return found


def decisions(records: Records) -> str:
    """Which model to choose by which criterion on our examples: a column a run, the winner of a row in bold.

    Shares are correct answers of all. The last column says what tells the best from the next, after a dash where
    nothing does. Without two models that were tested on the same examples there is no row.
    """
    runs = comparable(records)
    criteria = run_comparisons.decision_matrix(runs) if len(runs) > 1 else []
    head = ["Criterion", *(mono(run.run) for run in runs), "Told apart by"]
    columns = "@{}l" + "r" * len(runs) + REASON + "@{}"
    return tabular(columns, head, [("", [_decision(criterion) for criterion in criteria])])


def comparable(records: Records) -> list[Record]:
    """The models tested on our examples; where records of different sizes of that set meet, those of the most used."""
    groups: dict[str, list[Record]] = {}
    for record in ordered(records):
        if record.test_set == EDGEJSON and kind(record) != "baseline":
            groups.setdefault(record.data.test_hash, []).append(record)
    return max(groups.values(), key=len, default=[])


def _decision(criterion: run_comparisons.Criterion) -> list[str]:
    cells = {run: _amount(criterion.name, value) for run, value in criterion.values.items()}
    name, reason = escape(criterion.name[0].upper() + criterion.name[1:]), _reason(criterion.reason)
    if criterion.winner is None:
        return [name, *cells.values(), f"-- ({reason})"]
    cells[criterion.winner] = rf"\textbf{{{cells[criterion.winner]}}}"
    return [name, *cells.values(), reason]


def _amount(criterion: str, value: Metric | float | None) -> str:
    if isinstance(value, Metric):
        return count(value)
    return "--" if value is None else WRITTEN.get(criterion, "{:.0f}".format)(value)


def _reason(text: str) -> str:
    """Its p value as all tables write one."""
    return re.sub(r"p = (\S+)$", lambda found: p_value(float(found[1])), escape(text))


PERFECT = (
    r"Schemas without an error, and those with at least four fifths right, of the models of Figure~\ref{fig:tiers} "
    r"that were tuned: correct answers of all, and the lower end of the \IntervalLevel\,\% interval in per cent."
)


def perfect(records: Records) -> str:
    """The schemas on which a tuned model of the main experiment makes no error, and those with 80 % or more right.

    With correct answers of all and the lower end of the 95 % interval, which says how little few examples prove.
    """
    tuned = [record for record in ordered(main_runs(records)) if kind(record) in ("tuned", "transfer")]
    head = ["Schema", "Correct", r"Low (\%)"] * 2
    blocks = [
        (f"{escape(short(run.label))}: {escape(DATASETS.get(run.test_set, run.test_set))}", _best_schemas(run))
        for run in tuned
    ]
    spans = [("Without an error", 3), (r"With 80\,\% or more right", 3)]
    return longtable(r"@{}lrr@{\qquad}lrr@{}", head, blocks, PERFECT, "tab:perfect", spans)


def _best_schemas(record: Record) -> list[list[str]]:
    """Rows of two lists side by side; a dash where one of them is empty."""
    lists = run_comparisons.perfect_schemas(record), run_comparisons.high_accuracy_schemas(record)
    left, right = ([[mono(row.name), count(row), percent(row.low)] for row in rows] or [["--"] * 3] for rows in lists)
    return [[*one, *other] for one, other in zip_longest(left, right, fillvalue=[""] * 3)]
