"""What rules about capacity are made of: runs of several sizes with the same fields, their contrasts, and verdicts."""

from collections.abc import Iterable, Sequence
from typing import Annotated, Literal

from pydantic import Field

from paperlib.claims.by_records import RunField
from paperlib.claims.rules import Evidence, NotTestableError, Status, Verdict
from paperlib.core.records import Record
from paperlib.evaluation.runs import find
from paperlib.evaluation.scaling.contrasts import Estimate, Group
from paperlib.evaluation.scaling.gains import GAINS, TunedAndUntuned, tuned_and_untuned
from paperlib.evaluation.scaling.selection import group_of, runs_of

MILLION = 1e6
WIDEST = {"points": 0.30, "ratio": 2.0}  # of an interval that may speak for a stated effect: points, or high / low
AS_READ: Status = "reproduced with a different reading"
OPEN: Status = "not testable here"
Fields = Annotated[dict[RunField, str | int], Field(min_length=1)]  # of runs of every base
Readings = Annotated[tuple[Fields, ...], Field(min_length=1)]  # the first under which anything is right decides
Bases = Annotated[tuple[str, ...], Field(min_length=1)]  # from the smallest
Neighbours = Annotated[tuple[str, str], Field()]  # the base below the announced size, and the one above
Unit = Literal["points", "ratio", "share"]
UNITS: dict[Unit, tuple[str, float]] = {"points": ("pp", 100), "ratio": ("x", 1), "share": ("%", 100)}


def bracket(answers: Sequence[int]) -> Status:
    """What both neighbours of the announced size say: 1 agrees with the claim, anything else does not."""
    if all(answer == 1 for answer in answers):
        return AS_READ
    return OPEN if any(answer == 1 for answer in answers) else "not reproduced"


def of_neighbours(found: dict[str, Estimate], answers: Sequence[int], before: str) -> Verdict:
    """The verdict where ``answers`` are those of the neighbours and ``found`` are differences."""
    status = bracket(answers)
    between = "; the announced size lies between, and its neighbours differ" if status == OPEN else ""
    return on_estimate(status, found, f"{before}{listed(found, 'points')}{between}", "points")


def by_scale(found: dict[str, list[Estimate]], needed: int) -> Verdict:
    """The verdict on "the smaller gains more" from what each scale says; an estimate above 0 speaks for it."""
    valued = {name: estimates for name, estimates in found.items() if len(estimates) == needed}
    if len(valued) < 2 or "difference" not in valued:
        raise NotTestableError(f"of {', '.join(GAINS)} only {', '.join(valued) or 'none'} has a value at every size")
    more = {name: all(one.sign > 0 for one in estimates) for name, estimates in valued.items()}
    less = {name: all(one.sign < 0 for one in estimates) for name, estimates in valued.items()}
    status: Status = "not reproduced"
    if all(more.values()):
        status = AS_READ
    elif all(less.get(name, False) for name in GAINS if name != "ratio"):
        status = "refuted"
    words = {name: "more" if more[name] else "less" if less[name] else "cannot be told" for name in valued}
    absent = [name for name in GAINS if name not in valued]
    reason = "the smaller gains: " + ", ".join(f"as {name} {word}" for name, word in words.items())
    reason += f"; no value: {', '.join(absent)}" if absent else ""
    return on_estimate(status, {"": valued["difference"][0]}, reason, "points")


def trained_alike(evidence: Evidence, base: str, fields: Fields) -> list[Record]:
    """Runs of a base. Raises NotTestableError where there is none."""
    found = runs_of(evidence.records, **{**fields, "base": base})
    if not found:
        raise missing((base,), fields)
    return found


def missing(bases: Iterable[str], fields: Fields) -> NotTestableError:
    """The error that says which runs are missing."""
    wanted = ", ".join(f"{field} {value}" for field, value in fields.items())
    return NotTestableError(f"there is no run with base {' or '.join(bases)}, {wanted}")


def exact_or_none(evidence: Evidence, base: str, fields: Fields, tier: str | None) -> Group | None:
    """Exact answers of a base's runs, or None where there are none."""
    return group_of(evidence.records, "exact", tier, **{**fields, "base": base})


def exact(evidence: Evidence, base: str, fields: Fields, tier: str | None = None) -> Group:
    """Exact answers of a base's runs. Raises NotTestableError where there are none, or none of that tier."""
    trained_alike(evidence, base, fields)
    found = exact_or_none(evidence, base, fields, tier)
    if found is None:
        raise NotTestableError(
            f"{base}, recipe {fields.get('recipe')}: no scores were kept of {tier or 'all'} examples"
        )
    return found


def any_right(evidence: Evidence, bases: Iterable[str], fields: Fields, tier: str | None) -> bool:
    """Whether any of these bases has an exact answer. Raises NotTestableError as ``exact``."""
    return any(exact(evidence, base, fields, tier).mean > 0 for base in bases)


def before_and_after(evidence: Evidence, base: str, tuned: Fields, untuned: Fields) -> TunedAndUntuned:
    """A base's tuned and untuned runs. Raises NotTestableError as ``exact``."""
    exact(evidence, base, tuned)
    exact(evidence, base, untuned)
    found = tuned_and_untuned(evidence.records, base, tuned, untuned)
    if found is None:
        raise missing((base,), tuned)
    return found


def without_error(record: Record) -> dict[str, bool]:
    """By schema, whether all of its answers are exact."""
    names = [row.name for row in record.metrics if (row.metric, row.group) == ("json_exact", "schema")]
    rows = {name: find(record, "json_exact", "schema", name) for name in names}
    return {name: row.k == row.n for name, row in rows.items() if row}


def side(one: Estimate, bar: float) -> int:
    """1 where the interval lies above the bar, -1 where it lies below, else 0."""
    return int(one.low > bar) - int(one.high < bar)


def narrow(one: Estimate, scale: Literal["points", "ratio"]) -> bool:
    """Whether an interval is narrow enough to speak for a stated effect."""
    return (one.high / one.low if scale == "ratio" else one.high - one.low) <= WIDEST[scale]


def in_words(one: Estimate, unit: Unit) -> str:
    """Value and interval, e.g. "4.0 pp [-1.0, 9.0]"; no interval where all examples are alike."""
    name, scale = UNITS[unit]
    digits = 2 if unit == "ratio" else 1
    value, low, high = (f"{scale * number:.{digits}f}" for number in one)
    return f"{value} {name}" + (f" [{low}, {high}]" if one.high > one.low else "")


def listed(found: dict[str, Estimate], unit: Unit) -> str:
    """Estimates by base."""
    return ", ".join(f"{base} {in_words(one, unit)}" for base, one in found.items())


def on_estimate(status: Status, found: dict[str, Estimate], reason: str, unit: Unit) -> Verdict:
    """A verdict whose estimate is that of the first model."""
    one = next(iter(found.values()))
    name, scale = UNITS[unit]
    interval = (scale * one.low, scale * one.high) if one.high > one.low else None
    return Verdict(status, reason, scale * one.value, interval, name)
