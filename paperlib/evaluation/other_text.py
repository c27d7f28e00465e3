"""What a run scored on texts by people, beyond the metrics of its record: leaves of all, slots of utterances.

Computed from the outcomes kept beside a record; no text is read.
"""

from dataclasses import dataclass

from paperlib.core.records import Record
from paperlib.evaluation.calibration import LeafOutcome, bootstrap_ece
from paperlib.evaluation.calibration import select as select_leaves
from paperlib.evaluation.scaling.outcomes import outcomes
from paperlib.evaluation.statistics.intervals import Interval, bootstrap_ratio, t_clustered_ratio

PRECISION = 0.99  # that leaves must have to pass unseen


@dataclass(frozen=True)
class Slots:
    """Micro F1 of the fields of those texts that hold something, and how many of the others have an empty answer."""

    f1: float
    interval: Interval  # over schemas as clusters; where there is one alone, a bootstrap over texts
    filled: int  # texts that hold something
    left_empty: int
    empty: int


@dataclass(frozen=True)
class Sureness:
    """How far the probabilities of a run's leaves can be trusted: ECE with its bootstrap interval over examples, and
    the share of leaves that may pass at PRECISION, with the threshold for it (None: no part is as right as that)."""

    n: int
    right: int
    ece: float
    interval: Interval
    coverage: float
    threshold: float | None


def leaves_right(record: Record) -> tuple[int, int]:
    """Right leaves and expected ones, of all examples together; (0, 0) where no scores were kept."""
    found = outcomes(record).values()
    return sum(one.right for one in found), sum(one.expected for one in found)


def slots(record: Record) -> Slots | None:
    """The scores of a run on flat records of which some are empty; None where none is, or no fields were counted."""
    found = [(one, one.fields) for one in outcomes(record).values() if one.fields]
    filled = [(one.schema_id, fields) for one, fields in found if fields[2]]
    empty = [one.exact for one, fields in found if not fields[2]]
    if not filled or not empty:
        return None
    above = [2 * right for _, (right, _, _) in filled]
    below = [given + expected for _, (_, given, expected) in filled]
    schemas = [id for id, _ in filled]
    several = len(set(schemas)) > 1
    interval = t_clustered_ratio(above, below, schemas) if several else bootstrap_ratio(above, below)
    return Slots(sum(above) / sum(below), interval, len(filled), sum(empty), len(empty))


def sureness(record: Record) -> Sureness | None:
    """The calibration of a run; None where no probabilities were kept."""
    by_example = [one.sure for one in outcomes(record).values() if one.sure]
    leaves: list[LeafOutcome] = [leaf for example in by_example for leaf in example]
    if not leaves:
        return None
    ece, interval = bootstrap_ece(by_example)
    passing = select_leaves(leaves, PRECISION)
    right = sum(leaf.right for leaf in leaves)
    if passing is None:
        return Sureness(len(leaves), right, ece, interval, 0.0, None)
    return Sureness(len(leaves), right, ece, interval, passing.coverage, passing.threshold)
