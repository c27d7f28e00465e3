r"""Macros of the numbers on size; :mod:`paperlib.paper.values` puts those that the paper prints into ``values.tex``.

    \Size<Size><State><Measure>[Interval]   \SizeOneThreeFiveMTunedExact, \SizeFourNineFourMUntunedLeafFOne
    \Size<Size><State>Seeds                 how many seeds
    \Depth<Layers><Measure>, \Rank<Size><Rank><Measure>, \Scratch<Size><Measure>, \Other<Size><Test><Measure>
    \Line<Count>Exponent[Interval]          of the line through the sizes; Count is All or Body
    \Gain<Size><Scale>                      with its interval; "no value" where a scale has none
    \Law<Law><Statistic>                    of exact match predicted from leaves
    \Statement<Id>                          what became of a statement: holds, fails, open, not run
    \SizeClaims[<Status>]                   claims of the announcement decided by several sizes

States are Untuned, Tuned, Longer and Recombined; measures Exact, Complex, ComplexPublished, LeafFOne and Nats.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from paperlib.claims import by_sizes
from paperlib.claims.hypotheses import decided
from paperlib.claims.ledger import decide, tally
from paperlib.core.records import Record
from paperlib.evaluation.scaling import fits, gains, predictions, real_text
from paperlib.evaluation.scaling.contrasts import Estimate, contrast
from paperlib.evaluation.scaling.families import estimate_of
from paperlib.evaluation.scaling.selection import (
    BASES,
    DEPTHS,
    FROM_SCRATCH,
    LONGER,
    RANKS,
    RECOMBINED,
    SCRATCH,
    SMALLEST,
    TRAINED,
    TUNED,
    UNTUNED,
    group_of,
    runs_of,
)
from paperlib.paper.latex import factor, macro_name, percent
from paperlib.paper.scaling_findings import gain_in_words
from paperlib.paper.scaling_tables import TEST_NAMES, complex_count, plain, size_of

Records = Mapping[str, Record]
Macro = tuple[str, str]
STATES = {"untuned": UNTUNED, "tuned": TUNED, "longer": LONGER, "recombined": RECOMBINED}
LAWS = {predictions.POWER: "power", predictions.OTHER_SCHEMAS: "beta", predictions.ACROSS: "across"}


def macros(records: Records) -> Iterator[Macro]:
    """Every macro that there are runs for."""
    yield "SizeTrainings", str(sum(record.recipe in TRAINED for record in records.values()))
    for base in BASES:
        for state, fields in STATES.items():
            yield from _scores(("size", size_of(base), state), runs_of(records, **{**fields, "base": base}))
    yield from _families(records)
    yield from _other_text(records)
    yield from _differences(records)
    yield from _meaning(records)


def _scores(name: tuple[str, ...], runs: Sequence[Record]) -> Iterator[Macro]:
    if not runs:
        return
    found = tuple(runs)
    yield macro_name(*name, "seeds"), str(len(found))
    yield macro_name(*name, "complex"), complex_count(found)
    yield macro_name(*name, "complex published"), complex_count(found, "published_exact")
    for measure, called in (("exact", "exact"), ("leaf_f1", "leaf f1")):
        if one := estimate_of(found, measure):
            yield from _with_interval(macro_name(*name, called), one, percent)
    if one := estimate_of(found, "nats_per_leaf"):
        yield from _with_interval(macro_name(*name, "nats"), one, "{:.3f}".format)


def _with_interval(name: str, one: Estimate, written: Any) -> Iterator[Macro]:
    yield name, written(one.value)
    yield f"{name}Interval", f"[{written(one.low)}, {written(one.high)}]"


def _families(records: Records) -> Iterator[Macro]:
    """Depths, ranks and models from scratch."""
    for layers, recipe in DEPTHS.items():
        runs = runs_of(records, **{**TUNED, "base": SMALLEST, "recipe": recipe})
        yield from _scores(("depth", str(layers)), runs)
    for base in (BASES[0], BASES[2]):
        for rank, recipe in {**{str(rank): recipe for rank, recipe in RANKS.items()}, "all": "ladder-full"}.items():
            runs = runs_of(records, **{**TUNED, "base": base, "recipe": recipe})
            yield from _scores(("rank", size_of(base), "r", rank), runs)
    for base in SCRATCH:
        yield from _scores(("scratch", base.removeprefix("nano-")), runs_of(records, **{**FROM_SCRATCH, "base": base}))


def _other_text(records: Records) -> Iterator[Macro]:
    for base in BASES:
        for test, called in TEST_NAMES.items():
            for measure, short in (("leaf_f1", "leaf f1"), ("exact", "exact")):
                if one := real_text.score_of(records, "untuned", base, test, measure):
                    yield from _with_interval(macro_name("other", size_of(base), called, short), one, percent)


def _differences(records: Records) -> Iterator[Macro]:
    """What size and tuning buy on label lines, in points with interval, and the gains of every size."""
    ends = {"size buys": (BASES[-1], TUNED, BASES[0], TUNED), "tuning buys": (BASES[0], TUNED, BASES[0], UNTUNED)}
    ends["second size buys"] = (BASES[1], TUNED, BASES[0], TUNED)
    for name, (one, tuned, other, untuned) in ends.items():
        groups = [group_of(records, "exact", **{**f, "base": b}) for b, f in ((one, tuned), (other, untuned))]
        if groups[0] and groups[1] and (found := contrast([(1, groups[0]), (-1, groups[1])])):
            yield macro_name(name), rf"\ensuremath{{{100 * found.value:.1f}}}"
            yield macro_name(name, "interval"), rf"\ensuremath{{[{100 * found.low:.1f}, {100 * found.high:.1f}]}}"
    for base, row in gains.gains(records).items():
        for scale, gained in row.items():
            yield macro_name("gain", size_of(base), scale), gain_in_words(scale, gained)


def _meaning(records: Records) -> Iterator[Macro]:
    """Lines, laws, statements and claims."""
    for count, called in zip(fits.COUNTS, ("all", "body"), strict=True):
        if line := fits.fit(records, count):
            value, low, high = (f"{number:.2f}" for number in line.exponent)
            yield macro_name("line", called, "exponent"), rf"\ensuremath{{{value}}}"
            yield macro_name("line", called, "exponent interval"), rf"\ensuremath{{[{low}, {high}]}}"
            yield macro_name("line", called, "residual"), factor(math.exp(line.error))
    for name, tier in (("", None), ("complex", "complex")):
        found = predictions.predictions(predictions.label_lines(records), tier)
        for law in predictions.law_scores(found):
            score = law.log_score
            yield macro_name("law", LAWS[law.law], name, "log score"), rf"\ensuremath{{{score.value:.3f}}}"
            yield macro_name("law", LAWS[law.law], name, "brier"), f"{law.brier.value:.3f}"
            yield macro_name("law", LAWS[law.law], name, "inside"), f"{law.inside} of {law.runs}"
            yield macro_name("law", LAWS[law.law], name, "expected"), f"{law.expected:.0f}"
            yield macro_name("law", LAWS[law.law], name, "found"), str(law.observed)
    for hypothesis, finding in decided(records):
        yield macro_name("statement", hypothesis.id), plain(finding.answer)
    rows = [row for row in decide(records) if row.claim.rule.name in by_sizes.RULES]
    yield "SizeClaims", str(len(rows))
    for status, n in tally(rows).items():
        yield macro_name("size claims", status), str(n)
