"""The generated part of data/results/CAPACITY_SCALING.md, where the announcement promises its capacity analysis.

:mod:`paperlib.paper.readme` puts it between the markers of that page.
"""

from collections.abc import Callable
from typing import Any

from paperlib.claims import by_sizes
from paperlib.claims.hypotheses import decided
from paperlib.claims.ledger import decide, tally
from paperlib.core import paths
from paperlib.core.records import Records
from paperlib.evaluation.runs import trained_here
from paperlib.evaluation.scaling import real_text
from paperlib.evaluation.scaling.contrasts import Estimate, difference
from paperlib.evaluation.scaling.selection import BASES, STOCK, TRAINED, TUNED, UNTUNED, bases_of, group_of, runs_of
from paperlib.paper import scaling_findings, scaling_tables
from paperlib.paper.latex import LEVEL_PERCENT
from paperlib.paper.scaling_tables import NOT_RUN, Table, plain, size_of

PAGE = paths.RESULTS / "CAPACITY_SCALING.md"
Fields = dict[str, Any]
CAPTION = (
    "(a), (b), (c): held-out examples of the published training data, `Label: value` lines. (d): other texts; untuned "
    "models with the schema in a plain prompt, constrained to it (open markers), and `reader`, our first model that "
    "reads schemas (filled). The README's table of such texts has chat prompts and later readers. Bars are {level} % "
    "intervals over schemas and, where there are several, training seeds; crosses are the announced scores, of other "
    "weights on other examples."
)
ON_LABEL_LINES = (
    "From {small} to {large}, exact match on the held-out split changes by {gain} when every size is fine-tuned under "
    "one protocol ({seeds})"
)
ON_CASES = "; leaf F1 of untuned models on {n} bug reports changes by {gain} from {small} to {large}"
STILL_OPEN = "What size itself buys is still open: models of other sizes were not run."
# Title, what the table answers, and the table.
SECTIONS: tuple[tuple[str, str, Callable[[Records], Table]], ...] = (
    ("The pre-trained sizes", "Four sizes by one protocol; complex examples are counted.", scaling_tables.ladder),
    (
        "By number of leaves",
        "Exact match, counted, by the leaves of the expected answer.",
        scaling_tables.by_leaves,
    ),
    ("What the evaluator hid", "The published evaluator truncates answers.", scaling_tables.evaluators),
    (
        "The line",
        "Log nats per leaf against log parameters: pre-trained, tuned.",
        scaling_findings.fitted,
    ),
    ("Depth", "One pre-training with fewer layers, fine-tuned under one protocol.", scaling_tables.depths),
    ("Rank", "Trainable capacity apart from size.", scaling_tables.ranks),
    ("From scratch", "Models trained on generated label lines alone.", scaling_tables.scratch),
    ("Exact match from leaves", "What leaf accuracy and length predict of every trained run.", scaling_findings.laws),
    ("What tuning gains", "From the model asked without an example, at 100,000 tokens.", scaling_findings.gained),
    ("Orders that depend on the scale", "", scaling_findings.reversed_orders),
    ("Other text", "Leaf F1 in per cent; the schema is in the prompt.", scaling_tables.real),
    ("Other text, exact match", "", lambda records: scaling_tables.real(records, "exact")),
    ("Cost", "Means over seeds, and the largest peak.", scaling_tables.cost),
    ("What we claimed in advance", "Rules written before the runs.", scaling_findings.statements),
    ("The announcement's claims on capacity", "Rules written before the runs.", scaling_findings.claims),
)


def figure(path: str) -> str:
    """The first figure with its caption, in Markdown; ``path`` is relative to the page."""
    shown = f"Pre-trained models of four sizes, and pruned ones, against their size, with {LEVEL_PERCENT} % intervals"
    return f"![{shown}]({path})\n\n*{CAPTION.format(level=LEVEL_PERCENT)}*"


def render(records: Records) -> str:
    """The page's generated part, in Markdown: the figure, four answers, and every table; what was not run says so."""
    parts = [figure("../../figures/scaling.png"), "\n".join(f"- {line}" for line in answers(records))]
    for title, about, table in SECTIONS:
        parts += [f"## {title}", *([about] if about else []), table(records).markdown]
    return "\n\n".join(parts) + "\n"


def answers(records: Records) -> list[str]:
    """A line each: what size buys, what tuning buys, what the evaluator hid, what other text shows, how sure we are."""
    ends, other_ends = (_ends(bases_of(records, **fields)) for fields in (TUNED, {**STOCK, "test_set": "cases"}))
    tuning = _difference(records, {**TUNED, "base": BASES[0]}, {**UNTUNED, "base": BASES[0]})
    trained = sum(record.recipe in TRAINED and trained_here(record) for record in records.values())
    size = _points(_size(records), "exact match")
    return [
        f"**What size buys** on label lines, fine-tuned under one protocol{ends}: {size}.",
        f"**What tuning buys** there at {size_of(BASES[0])}: {_points(tuning, 'exact match')}.",
        f"**What the evaluator hid**: {_hidden(records)}.",
        f"**On other text** (cases), untuned{other_ends}: {_points(_size_on_cases(records), 'leaf F1')}.",
        f"**How sure**: {trained} trainings; {_statements(records)}; {_claims(records)}.",
    ]


def in_short(records: Records) -> str:
    """One sentence on what size buys."""
    if (gained := _size(records)) is None:
        return STILL_OPEN
    small, large = (size_of(bases_of(records, **TUNED)[place]) for place in (0, -1))
    seeds = _seeds(records, bases_of(records, **TUNED))
    said = ON_LABEL_LINES.format(large=large, small=small, gain=_points(gained), seeds=seeds)
    if on_cases := _size_on_cases(records):
        on = {**STOCK, "test_set": "cases"}
        large, n = size_of(bases_of(records, **on)[-1]), runs_of(records, **on)[0].data.n_test
        said += ON_CASES.format(small=small, large=large, n=n, gain=_points(on_cases))
    return f"{said} ([all sizes](data/results/CAPACITY_SCALING.md))."


def _seeds(records: Records, bases: list[str]) -> str:
    """How many trainings the first and last of some tuned bases have, as a remark."""
    first, last = (len(runs_of(records, **{**TUNED, "base": bases[place]})) for place in (0, -1))
    return "one training each" if first == last == 1 else f"{first} and {last} trainings"


def _ends(bases: list[str]) -> str:
    return f", from {size_of(bases[0])} to {size_of(bases[-1])}" if len(bases) > 1 else ""


def _size(records: Records) -> Estimate | None:
    """The largest tuned model's exact answers on label lines less the smallest's; None unless several were run."""
    bases = bases_of(records, **TUNED)
    if len(bases) < 2:
        return None
    return _difference(records, {**TUNED, "base": bases[-1]}, {**TUNED, "base": bases[0]})


def _size_on_cases(records: Records) -> Estimate | None:
    """The largest untuned model's leaf F1 on the cases less the smallest's."""
    return real_text.effect_of_size(records, "cases")


def _difference(records: Records, one: Fields, other: Fields, measure: str = "exact") -> Estimate | None:
    groups = (group_of(records, measure, **one), group_of(records, measure, **other))
    return difference(groups[0], groups[1]) if groups[0] and groups[1] else None


def _points(one: Estimate | None, of: str = "") -> str:
    if one is None:
        return NOT_RUN
    shown = f"{100 * one.value:+.1f} points [{100 * one.low:+.1f}, {100 * one.high:+.1f}]"
    return f"{shown} of {of}" if of else shown


def _hidden(records: Records) -> str:
    """Exact complex answers, under both evaluators, of the tuned model that has the most."""
    rows = [row for row in scaling_tables.evaluators(records).blocks[0][1] if NOT_RUN not in row]
    if not rows:
        return NOT_RUN
    row = max(rows, key=lambda row: float(row[4].partition("/")[0]))
    return f"of the complex answers at {row[0]} ({row[1]}) {row[4]} are exact, under the published evaluator {row[5]}"


def _statements(records: Records) -> str:
    found = [finding.answer for _, finding in decided(records)]
    counts = ", ".join(f"{found.count(answer)} {answer}" for answer in dict.fromkeys(found))
    return f"of {len(found)} statements of ours, written down before: {counts}"


def _claims(records: Records) -> str:
    rows = [row for row in decide(records) if row.claim.rule.name in by_sizes.RULES]
    counts = ", ".join(f"{n} {status}" for status, n in tally(rows).items() if n)
    return plain(f"of {len(rows)} claims of the announcement on capacity: {counts}")
