"""Verdicts on claims about scores: a published figure against our runs.

What differs between our run and the announced one is part of the verdict: other base weights or other examples turn
agreement into "a different reading" and disagreement into "not reproduced"; only the released weights on the
published test split could refute.
"""

from collections.abc import Iterable
from operator import attrgetter

from paperlib.claims import rules
from paperlib.claims.book import Book, Claim, Status, Verdict
from paperlib.claims.by_figures import times
from paperlib.claims.published_figures import Figure
from paperlib.claims.rules import WIDEST
from paperlib.core.records import Metric, Record
from paperlib.evaluation.derived import counts
from paperlib.evaluation.runs import DATASETS, PUBLISHED, find
from paperlib.evaluation.statistics import LEVEL, Interval, fisher, risk_difference, risk_ratio, wilson

ALPHA = 1 - LEVEL
SCALE = {"M": 1e6}


def score(claim: Claim, rule: rules.Score, records: dict[str, Record], book: Book) -> Verdict:
    figure = claim.figures[rule.figure]
    record = _first(records, rule.runs)
    if record is None:
        return _missing(rule.runs)
    row = find(record, rule.metric, rule.group, rule.name)
    if row is None:
        return _no_group(record, rule.metric, rule.name)
    agrees, how = _agrees(figure, row)
    if agrees and row.high - row.low > WIDEST:
        status: Status = "not testable here"
        how = f"{how}, but the interval is too wide to disagree"
    else:
        status = _status(agrees, record, rule.model, book)
    return Verdict(status, f"{record.run}: {how}{_but(record, rule.model, book)}", *_shown(row, figure.unit))


def ceiling(claim: Claim, rule: rules.Ceiling, records: dict[str, Record], book: Book) -> Verdict:
    figure = claim.figures[rule.figure]
    record = _first(records, rule.runs)
    if record is None:
        return _missing(rule.runs)
    row = find(record, "json_exact", "tier", rule.name)
    if row is None or row.k is None:
        return _no_group(record, "json_exact", rule.name)
    seen = f"{record.run}: {row.k}/{row.n}"
    if figure.k is None:
        above, none = 100 * row.low > figure.value, False
        how = f"{seen} against a bar of {figure.printed} %"
    else:
        k, n = figure.counts
        p = fisher(row.k, row.n, k, n)
        above, none = row.value > k / n and p < ALPHA, row.k == 0 and row.high <= wilson(k, n)[1]
        how = f"{seen} against {k}/{n} announced, p = {p:.2g}"
    status: Status = "not testable here"
    if above:
        status = "refuted" if record.data.dataset == PUBLISHED else "not reproduced"
    elif none:
        status = _status(True, record, rule.model, book)
    else:
        how += ", which does not tell"
    return Verdict(status, how + _but(record, rule.model, book), *_shown(row, "%"))


def gain(claim: Claim, rule: rules.Gain, records: dict[str, Record], book: Book) -> Verdict:
    pair = next((pair for pair in rule.pairs if all(run in records for run in pair)), None)
    if pair is None:
        return _missing(" with ".join(pair) for pair in rule.pairs)
    tuned, base = (records[run] for run in pair)
    if tuned.data.test_hash != base.data.test_hash:
        return Verdict("not testable here", f"{tuned.run} and {base.run} were tested on different examples")
    one, other = counts(tuned), counts(base)
    p = fisher(*one, *other)
    how = f"{tuned.run} {one[0]}/{one[1]}, {base.run} {other[0]}/{other[1]}, p = {p:.2g}"
    but = _but(tuned, rule.model, book)
    if rule.multiplier is None:
        found, interval = risk_difference(*one, *other)
        status = _status(found > 0 and p < ALPHA, tuned, rule.model, book)
        if found < 0 and p < ALPHA and not _differs(tuned, rule.model, book):
            status = "refuted"
        return Verdict(status, how + but, 100 * found, times(interval, 100), "pp")
    if min(one[0], other[0]) == 0:
        return Verdict("not testable here", f"{how}; a ratio to or of nothing has no value{but}")
    ratio, interval = risk_ratio(*one, *other)
    agrees = interval[0] <= claim.figures[rule.multiplier].value <= interval[1]
    return Verdict(_status(agrees, tuned, rule.model, book), how + but, ratio, interval, "x")


def at_least(rule: rules.AtLeast, records: dict[str, Record], book: Book) -> Verdict:
    record = _first(records, rule.runs)
    if record is None:
        return _missing(rule.runs)
    rows = {name: find(record, "json_exact", "schema", name) for name in rule.schemas}
    if missing := [name for name, row in rows.items() if row is None]:
        return _no_group(record, "json_exact", ", ".join(missing))
    found = [row for row in rows.values() if row is not None]
    k, n = sum(row.k or 0 for row in found), sum(row.n for row in found)
    low, high = wilson(k, n)
    agrees = all(row.value >= rule.share for row in found)
    how = ", ".join(f"{row.name} {row.k}/{row.n}" for row in found)
    if agrees and high - low > WIDEST:
        status: Status = "not testable here"
        how += ": too few examples to disagree"
    else:
        status = _status(agrees, record, rule.model, book)
    but = _but(record, rule.model, book)
    return Verdict(status, f"{record.run}: {how}{but}", 100 * k / n, (100 * low, 100 * high), "%")


def recorded(claim: Claim, rule: rules.Recorded, records: dict[str, Record]) -> Verdict:
    if rule.run not in records:
        return _missing([rule.run])
    figure = claim.figures[rule.figure]
    count = attrgetter(rule.field)(records[rule.run])
    if count is None:
        return Verdict("not testable here", f"run {rule.run} holds no {rule.field}")
    value = count / SCALE.get(figure.unit, 1)
    low, high = figure.bounds
    status: Status = "reproduced" if low <= value <= high else "refuted"
    return Verdict(status, f"{rule.run}: {count:,}", value, None, figure.unit)


def _agrees(figure: Figure, row: Metric) -> tuple[bool, str]:
    """Whether a published figure and our row can be one rate, and how that was decided."""
    if figure.k is not None and figure.n is not None and row.k is not None:
        p = fisher(row.k, row.n, figure.k, figure.n)
        return p >= ALPHA, f"{row.k}/{row.n} against {figure.k}/{figure.n} announced, p = {p:.2g}"
    scale = 100 if figure.unit == "%" else 1
    low, high = figure.bounds
    inside = scale * row.low <= high and low <= scale * row.high
    return inside, f"{figure.printed} lies {'inside' if inside else 'outside'} our interval"


def _status(agrees: bool, record: Record, model: rules.Size, book: Book) -> Status:
    differs = _differs(record, model, book)
    if agrees:
        return "reproduced with a different reading" if differs else "reproduced"
    released = record.model.name == book.released[model]
    return "refuted" if released and not differs else "not reproduced"


def _differs(record: Record, model: rules.Size, book: Book) -> list[str]:
    """What keeps our run from being the announced one."""
    found = []
    if record.model.name not in (book.released[model], book.architectures[model].name):
        found.append(f"weights {record.model.name}")
    if record.data.dataset != PUBLISHED:
        found.append(f"examples of {DATASETS.get(record.data.dataset, record.data.dataset)}")
    elif record.data.split != "test":
        found.append(f"{record.data.split} part of the published training file")
    return found


def _but(record: Record, model: rules.Size, book: Book) -> str:
    differs = _differs(record, model, book)
    return f"; differs in {' and '.join(differs)}" if differs else ""


def _first(records: dict[str, Record], runs: Iterable[str]) -> Record | None:
    return next((records[run] for run in runs if run in records), None)


def _missing(runs: Iterable[str]) -> Verdict:
    return Verdict("not testable here", f"run {' or '.join(runs)} is not there")


def _no_group(record: Record, metric: str, name: str) -> Verdict:
    return Verdict("not testable here", f"the record of {record.run} holds no {metric} for {name}")


def _shown(row: Metric, unit: str) -> tuple[float, Interval, str]:
    scale = 100 if unit == "%" else 1
    return scale * row.value, (scale * row.low, scale * row.high), unit
