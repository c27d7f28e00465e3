r"""Macros of the numbers on size; :mod:`paperlib.paper.values` puts those that the paper prints into ``values.tex``.

    \SizeFirst, Second, Third, Fourth       names of the sizes; \SizeTrainings: how many trainings there were
    \Sizes<State>[<Measure>]               of all sizes that were run: their names, or their values
    \SizeLargest                           the largest size that was tuned
    \SizeBuys, \TuningBuys[Interval]       exact answers on label lines, in points
    \Line<Count>Exponent[Interval]          of the line through the sizes; Count is All or Body
    \SizesGain[Difference, Ratio]           what tuning gains, with intervals; "no value" where a scale has none
    \Law<Law><Statistic>                    of exact match predicted from leaves
    \Statement<Id>                          what became of a statement: holds, fails, open, not run
    \SizeClaims[<Status>]                   claims of the announcement decided by several sizes

States are Untuned, Tuned, Longer and Recombined; measures Exact, Complex and ComplexPublished.
"""

import math
from collections.abc import Callable, Iterator, Sequence

from paperlib.claims import by_sizes
from paperlib.claims.hypotheses import decided
from paperlib.claims.ledger import decide, tally
from paperlib.core.records import Record, Records
from paperlib.evaluation.runs import trained_here
from paperlib.evaluation.scaling import exact_match, fits, gains, real_text
from paperlib.evaluation.scaling.contrasts import Estimate, difference
from paperlib.evaluation.scaling.families import estimate_of
from paperlib.evaluation.scaling.selection import (
    BASES,
    LONGER,
    RECOMBINED,
    STOCK,
    TRAINED,
    TUNED,
    UNTUNED,
    bases_of,
    group_of,
    runs_of,
)
from paperlib.paper.latex import enumeration, factor, macro_name, percent, points
from paperlib.paper.scaling_findings import gain_in_words
from paperlib.paper.scaling_tables import NOT_RUN, complex_count, plain, size_of

Macro = tuple[str, str]
STATES = {"untuned": UNTUNED, "tuned": TUNED, "longer": LONGER, "recombined": RECOMBINED}
LAWS = {exact_match.POWER: "power", exact_match.OTHER_SCHEMAS: "beta", exact_match.ACROSS: "across"}


def macros(records: Records) -> Iterator[Macro]:
    """Every macro, whether its runs were made or not: the value of one that was not is "not run"."""
    yield "SizeTrainings", str(sum(record.recipe in TRAINED and trained_here(record) for record in records.values()))
    for place, base in zip(("first", "second", "third", "fourth"), BASES, strict=True):
        yield macro_name("size", place), size_of(base)
    tuned = bases_of(records, **TUNED)
    yield "SizeLargest", size_of(tuned[-1]) if tuned else NOT_RUN
    yield from _listed(records)
    yield from _differences(records)
    yield from _meaning(records)


def _listed(records: Records) -> Iterator[Macro]:
    """Values of the sizes that were run, from the smallest on."""
    shown: dict[str, Callable[[Sequence[Record]], str]] = {
        "": lambda runs: size_of(runs[0].base),
        "exact": lambda runs: _share(estimate_of(tuple(runs), "exact")),
        "complex": lambda runs: complex_count(tuple(runs)),
        "complex published": lambda runs: complex_count(tuple(runs), "published_exact"),
    }
    for state, fields in STATES.items():
        found = [runs_of(records, **{**fields, "base": base}) for base in bases_of(records, **fields)]
        for name, written in shown.items():
            yield macro_name("sizes", state, name), enumeration([written(runs) for runs in found]) or NOT_RUN
    told = {"test_set": "cases", **STOCK}
    cases = {base: real_text.score_of(records, "untuned", base, "cases") for base in bases_of(records, **told)}
    yield "SizesCases", enumeration(map(size_of, cases)) or NOT_RUN
    scores = [_in_percent(one) for one in cases.values() if one]
    yield "SizesCasesLeafFOne", enumeration(scores) or NOT_RUN


def _share(one: Estimate | None) -> str:
    return percent(one.value) if one else NOT_RUN


def _in_percent(one: Estimate) -> str:
    return rf"{percent(one.value)}\,\% [{percent(one.low)}, {percent(one.high)}]"


def _with_interval(name: str, one: Estimate | None, written: Callable[[float], str]) -> Iterator[Macro]:
    yield name, written(one.value) if one else NOT_RUN
    yield f"{name}Interval", f"[{written(one.low)}, {written(one.high)}]" if one else ""


def _differences(records: Records) -> Iterator[Macro]:
    """What size and tuning buy on label lines, in points with interval, and the gains of all sizes."""
    bases = bases_of(records, **TUNED)
    largest = bases[-1] if len(bases) > 1 else BASES[-1]
    ends = {"size buys": (largest, TUNED, BASES[0], TUNED), "tuning buys": (BASES[0], TUNED, BASES[0], UNTUNED)}
    ends["second size buys"] = (BASES[1], TUNED, BASES[0], TUNED)
    for name, (one, tuned, other, untuned) in ends.items():
        pair = [group_of(records, "exact", **{**f, "base": b}) for b, f in ((one, tuned), (other, untuned))]
        found = difference(pair[0], pair[1]) if pair[0] and pair[1] else None
        yield from _with_interval(macro_name(name), found, points)
    gained = gains.gains(records)
    yield "SizesGain", enumeration(map(size_of, gained)) or NOT_RUN
    for scale in ("difference", "ratio"):
        values = [gain_in_words(scale, row[scale]) for row in gained.values()]
        yield macro_name("sizes gain", scale), enumeration(values) or NOT_RUN


def _meaning(records: Records) -> Iterator[Macro]:
    """Lines, laws, statements and claims."""
    for count, called in zip(fits.COUNTS, ("all", "body"), strict=True):
        line = fits.fit(records, count)
        signed = r"\ensuremath{{{:.2f}}}".format
        yield from _with_interval(macro_name("line", called, "exponent"), line.exponent if line else None, signed)
        yield macro_name("line", called, "residual"), factor(math.exp(line.error)) if line else NOT_RUN
    for name, tier in (("", None), ("complex", "complex")):
        found = exact_match.predictions(exact_match.label_lines(records), tier)
        scored = {one.law: one for one in exact_match.law_scores(found)}
        for law, called in LAWS.items():
            for fact, value in _law(scored.get(law)).items():
                yield macro_name("law", called, name, fact), value
    for hypothesis, finding in decided(records):
        yield macro_name("statement", hypothesis.id), plain(finding.answer)
    rows = [row for row in decide(records) if row.claim.rule.name in by_sizes.RULES]
    yield "SizeClaims", str(len(rows))
    for status, n in tally(rows).items():
        yield macro_name("size claims", status), str(n)


def _law(one: exact_match.LawScore | None) -> dict[str, str]:
    if one is None:
        return dict.fromkeys(("log score", "brier", "inside", "expected", "found"), NOT_RUN)
    return {
        "log score": rf"\ensuremath{{{one.log_score.value:.3f}}}",
        "brier": f"{one.brier.value:.3f}",
        "inside": f"{one.inside} of {one.runs}",
        "expected": f"{one.expected:.0f}",
        "found": str(one.observed),
    }
