"""Tables of what the runs of several sizes mean: fits, gains, laws of exact match, statements and claims decided."""

import math

from paperlib.claims import by_sizes
from paperlib.claims.hypotheses import decided
from paperlib.claims.ledger import decide
from paperlib.core.config import EDGEJSON
from paperlib.core.records import Records
from paperlib.evaluation.runs import PUBLISHED
from paperlib.evaluation.scaling import exact_match, fits, gains
from paperlib.evaluation.scaling.contrasts import Estimate
from paperlib.evaluation.scaling.selection import BASES
from paperlib.paper import claims_table, latex
from paperlib.paper.latex import escape, points
from paperlib.paper.scaling_tables import NOT_RUN, Table, as_factor, in_nats, size_of

ANNOUNCED = 360e6  # parameters of the announced larger model, at which the line is read
TESTS = {PUBLISHED: "published", EDGEJSON: "generated"}  # label lines
WIDE = r">{{\raggedright\arraybackslash}}p{{{}\textwidth}}".format


def fitted(records: Records) -> Table:
    """The lines through the pre-trained, tuned sizes: exponent, error, and what they say of the announced size."""
    rows = []
    for test, name in TESTS.items():
        for count in fits.COUNTS:
            line = fits.fit(records, count, test)
            if line is None:
                rows.append([name, count, NOT_RUN, "", "", ""])
                continue
            exponent = latex.estimate(line.exponent, lambda value: rf"\ensuremath{{{value:.2f}}}")
            (low, high), value = line.band([ANNOUNCED])[0], line.curve.at(ANNOUNCED)
            read = in_nats(Estimate(value, low, high)) if count == "all parameters" else "--"
            rows.append([name, count, str(len(line.sizes)), exponent, f"{math.exp(line.error):.2f}", read])
    head = ["Label lines", "Counted", "Sizes", "Exponent", "Residual, times", "NLL per leaf at 360M"]
    return Table("llrrrr", head, [("", rows)])


def gained(records: Records) -> Table:
    """What tuning gains at each size on four scales, from the model asked without an example."""
    found = gains.gains(records)
    rows = []
    for base in BASES:
        cells = (
            [gain_in_words(name, found[base][name]) for name in gains.GAINS] if base in found else [NOT_RUN, "", "", ""]
        )
        rows.append([size_of(base), *cells])
    head = ["Size", "Ratio", "Difference (points)", "Odds ratio", "NLL saved (nats per leaf)"]
    return Table("lrrrr", head, [("", rows)])


def reversed_orders(records: Records) -> Table:
    """Which pairs of sizes two scales order differently: one scale says that the first gains more, the other less."""
    found = gains.reversals(gains.gains(records))
    rows = [[f"{one} and {other}", _pairs(pairs)] for (one, other), pairs in found.items()]
    return Table("ll", ["Scales", "Pairs of sizes that they order differently"], [("", rows)])


def gain_in_words(name: str, one: Estimate | None) -> str:
    """A gain on one of GAINS with its interval."""
    if one is None:
        return "no value"
    if name == "difference":
        return latex.estimate(one, points)
    return as_factor(one) if name in ("ratio", "odds ratio") else in_nats(one)


def _pairs(pairs: list[tuple[str, str]]) -> str:
    return ", ".join(f"{size_of(one)}/{size_of(other)}" for one, other in pairs) or "none"


def laws(records: Records) -> Table:
    """How well leaf accuracy and the number of leaves predict exact answers of every trained run, by law."""
    runs = exact_match.label_lines(records)
    blocks = []
    for name, tier in (("all examples", None), ("complex examples, by laws fitted to complex ones alone", "complex")):
        found = exact_match.law_scores(exact_match.predictions(runs, tier))
        rows = [
            [
                one.law,
                latex.estimate(one.log_score, lambda value: rf"\ensuremath{{{value:.3f}}}"),
                latex.estimate(one.brier, "{:.3f}".format),
                f"{one.expected:.0f}",
                str(one.observed),
                f"{one.inside}/{one.runs}",
            ]
            for one in found
        ]
        blocks.append((name, rows or [[NOT_RUN, *[""] * 5]]))
    head = ["Predicted from", "Log score", "Brier score", "Expected", "Found", "Runs inside"]
    return Table("lrrrrr", head, blocks)


def statements(records: Records) -> Table:
    """The study's own statements on capacity, written down before the runs, and what became of each."""
    rows = [
        [
            escape(hypothesis.statement),
            rf"\emph{{{finding.answer}}}",
            _found(finding.estimate, finding.unit),
            escape(finding.reason),
            escape(f"{hypothesis.holds}; fails where {hypothesis.fails}"),
        ]
        for hypothesis, finding in decided(records)
    ]
    columns = WIDE(0.27) + "l" + WIDE(0.13) + WIDE(0.19) + WIDE(0.24)
    return Table(columns, ["Statement", "Answer", "Estimate", "Found", "Holds where"], [("", rows)])


def _found(one: Estimate | None, unit: str) -> str:
    if one is None:
        return "--"
    scale = 100 if unit == "share" else 1
    shown = latex.estimate(one, lambda value: rf"\ensuremath{{{scale * value:.{1 if scale > 1 else 3}f}}}")
    return shown + (" points" if unit == "share" else "")


def claims(records: Records) -> Table:
    """The announcement's claims on capacity: the verdict of its own figures or of one size, and that of the sizes."""
    rows_of = {row.claim.id: row for row in decide(records)}
    rows = []
    for row in rows_of.values():
        if row.claim.rule.name in by_sizes.RULES:
            before = rows_of[row.claim.again].verdict.status if row.claim.again else "--"
            why = escape(row.verdict.reason)
            estimate = (
                escape(claims_table.estimate(row.verdict)).replace("–", "--").replace("×", r"\ensuremath{\times}")
            )
            rows.append([escape(row.claim.claim), before, rf"\emph{{{row.verdict.status}}}", estimate, why])
    columns = WIDE(0.25) + WIDE(0.12) + WIDE(0.12) + WIDE(0.13) + WIDE(0.25)
    return Table(columns, ["Claim", "By its figures or one size", "By several sizes", "Estimate", "Why"], [("", rows)])
