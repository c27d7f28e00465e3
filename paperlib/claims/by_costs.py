"""Rules decided by what the forms of a model were measured to cost on our machine.

The announcement names no processor, so that a time of ours can fail to reach one of its figures but not refute it. A
figure is read as a bound that a reader relies on. The plain reading is ``generate`` of transformers, with which the
published evaluator asks a model; other engines are another reading.
"""

from collections.abc import Callable, Sequence

from paperlib.claims.rules import Evidence, Figure, NotTestableError, Rules, Status, Verdict, by_reading
from paperlib.data.examples import Tier
from paperlib.evaluation.engine_costs.cost_records import EngineCost, Repeats, principal, spread
from paperlib.evaluation.engine_costs.cost_tables import spread_text

RULES = Rules("measured costs")
PLAIN = "transformers"  # the engine of the plain reading
NOTHING = "nothing: no processor is named, and formats differ; a figure that is not reached is not reproduced"
Reading = dict[str, Repeats]  # what was measured of some forms, by their titles


@RULES.add(confirms="a file of such weights has the stated size", refutes=NOTHING)
def form_size(evidence: Evidence, *, base: str, figure: Figure, weights: tuple[str, ...]) -> Verdict:
    """The size in megabytes (10^6 bytes) of the files that hold a model in one of some forms of its weights."""
    found = {one.title: one.megabytes for one in _costs(evidence, base) if one.weights in weights}
    if not found:
        raise NotTestableError(f"no form with weights in {' or '.join(weights)} was measured")
    nearest = min(found.values(), key=lambda size: abs(size - figure.value))
    low, high = figure.bounds
    status: Status = "reproduced" if low <= nearest <= high else "not reproduced"
    shown = ", ".join(f"{title} {size:.1f}" for title, size in found.items())
    return Verdict(status, f"{shown} MB; stated {figure.printed}", nearest, None, figure.unit)


@RULES.add(
    confirms="transformers generates as fast in every repeat; a different reading where only another engine does",
    refutes=NOTHING,
)
def generation_rate(evidence: Evidence, *, base: str, figure: Figure) -> Verdict:
    """Tokens a second of the answer to one text, one token a pass."""
    readings = _by_engine(evidence, base, lambda one: one.timings.generation_tokens_per_second)
    return _decided(readings, figure, at_least=True)


@RULES.add(
    confirms="transformers answers texts of the tier in that time on average, in every repeat; a different reading "
    "where only another engine does, or where only the first token comes in that time",
    refutes=NOTHING,
)
def answer_time(evidence: Evidence, *, base: str, figure: Figure, tier: Tier) -> Verdict:
    """Milliseconds for the whole answer to a text of a tier, one text at a time."""
    answers = _by_engine(evidence, base, lambda one: _milliseconds(one.timings.answer_seconds[tier]))
    first = _by_engine(evidence, base, lambda one: _milliseconds(one.timings.first_token_seconds[tier]))
    tokens = {f"first token, {title}": values for part in first for title, values in part.items()}
    return _decided([*answers, tokens], figure, at_least=False)


@RULES.add(confirms="a process that answers in one of the forms stays below the limit in every repeat", refutes=NOTHING)
def memory_below(evidence: Evidence, *, base: str, figure: Figure) -> Verdict:
    """Megabytes (10^6 bytes) of memory of the whole process that answers: weights, cache, runtime."""
    peaks = {one.title: tuple(1000 * gb for gb in one.timings.peak_memory_gb) for one in _costs(evidence, base)}
    return _decided([peaks], figure, at_least=False)


def _costs(evidence: Evidence, base: str) -> Sequence[EngineCost]:
    """The costs of a model of that base."""
    found = principal([one for one in evidence.costs if one.base == base])
    if not found:
        raise NotTestableError(f"needs measured costs of {base}: python -m paperlib.evaluation.engine_costs")
    return found


def _by_engine(evidence: Evidence, base: str, measured: Callable[[EngineCost], Repeats]) -> list[Reading]:
    """Those of transformers, and those of the other engines."""
    costs = _costs(evidence, base)
    return [{one.title: measured(one) for one in costs if (one.engine == PLAIN) == plain} for plain in (True, False)]


def _milliseconds(seconds: Repeats) -> Repeats:
    return tuple(1000 * value for value in seconds)


def _decided(readings: Sequence[Reading], figure: Figure, at_least: bool) -> Verdict:
    """By the first reading of which a form keeps to the figure in every repeat; the form whose worst repeat is
    the best is shown of each."""
    low, high = figure.bounds
    best: dict[int, tuple[str, Repeats]] = {}
    for place, forms in enumerate(readings):
        worst = min if at_least else max
        order = sorted(forms.items(), key=lambda form: worst(form[1]), reverse=at_least)
        best |= {place: order[0]} if order else {}
    kept = [place for place, (_, values) in best.items() if (min(values) >= low if at_least else max(values) <= high)]
    shown = "; ".join(f"{title} {spread_text(values)}" for title, values in best.values())
    status: Status = by_reading(kept[0]) if kept else "not reproduced"
    estimate = spread(best[kept[0] if kept else min(best)][1]).median
    return Verdict(status, f"{shown} {figure.unit}; stated {figure.printed}", estimate, None, figure.unit)
