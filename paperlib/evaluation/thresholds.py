"""The probability of no answer from which a model should give none, chosen on examples that no result is reported on.

No call fits a request (:mod:`paperlib.evaluation.function_calls.call_threshold`), or a text holds nothing of what a
schema asks for (:mod:`paperlib.evaluation.empty_threshold`).
"""

import argparse
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil
from typing import get_args

from paperlib.core.arguments import add_threads, positive_int, probability
from paperlib.core.config import Precision
from paperlib.core.errors import PaperlibError
from paperlib.core.files import read_json, write_json
from paperlib.decoding.engines.model_resolution import ResolvedModel, resolved_from

NEVER = 2.0  # a threshold at which nothing is refused
ROUNDING = 1e-9  # of a share times a number of examples


@dataclass(frozen=True)
class Outcome:
    """One dev example: how probable the model held no answer, whether none is right, and whether its own would be."""

    refusal: float
    none_is_right: bool
    answer_right: bool

    def right(self, threshold: float) -> bool:
        return self.none_is_right if self.refusal >= threshold else self.answer_right


def class_recalls(outcomes: Sequence[Outcome], threshold: float) -> tuple[float, float]:
    """The share of right answers where there is one, and where none is right. Raises ValueError without either."""
    some = [one.right(threshold) for one in outcomes if not one.none_is_right]
    none = [one.right(threshold) for one in outcomes if one.none_is_right]
    if not some or not none:
        raise ValueError("expected examples that have an answer and examples that have none")
    return sum(some) / len(some), sum(none) / len(none)


def best_threshold(outcomes: Sequence[Outcome]) -> float:
    """The threshold of the highest balanced accuracy, the mean of both recalls; of several the middle one. Between two
    neighbouring probabilities all thresholds are alike, so only their middles are tried."""
    known = sorted({0.0, 1.0, *(one.refusal for one in outcomes)})
    middles = [(a + b) / 2 for a, b in pairwise(known)]
    scores = [sum(class_recalls(outcomes, middle)) for middle in middles]
    best = [middle for score, middle in zip(scores, middles, strict=True) if score == max(scores)]
    return best[len(best) // 2]


def threshold_refusing(outcomes: Sequence[Outcome], share: float) -> float:
    """The highest threshold that refuses at least ``share`` of the examples that have no answer, so that as many of the
    others as possible are answered: halfway to the next probability below. Raises ValueError without such examples."""
    refusals = sorted((one.refusal for one in outcomes if one.none_is_right), reverse=True)
    if not refusals:
        raise ValueError("expected examples that have no answer")
    at = refusals[max(ceil(share * len(refusals) - ROUNDING), 1) - 1]
    below = max((one.refusal for one in outcomes if one.refusal < at), default=0.0)
    return (at + below) / 2


def parser(program: str, about: str, profile: str, examples: int, part: str) -> argparse.ArgumentParser:
    """The arguments of a command that chooses a threshold on ``examples`` of a ``part`` that nothing is reported on."""
    made = argparse.ArgumentParser(prog=f"python -m {program}", description=about)
    made.add_argument("model", help="a trained run or its folder")
    made.add_argument("--profile", default=profile, help="under which it was trained")
    made.add_argument(
        "--min-refused",
        type=probability,
        metavar="SHARE",
        help="of what should be refused (default: the highest balanced accuracy)",
    )
    made.add_argument("--examples", type=positive_int, default=examples, help=f"{part} (default: {examples})")
    made.add_argument("--precision", choices=get_args(Precision), default="auto")
    add_threads(made)
    return made


def choose(
    arguments: argparse.Namespace,
    field: str,
    outcomes_of: Callable[[ResolvedModel], Sequence[Outcome]],
    tried: Collection[float],
    told: str,
) -> None:
    """Writes the best threshold as ``field`` into the training log of the model that ``arguments`` name, and prints by
    ``told`` what that and those of ``tried`` would make of the examples. Raises PaperlibError for an untuned model."""
    resolved = resolved_from(arguments)
    if resolved.folder is None:
        raise PaperlibError(
            f"model {arguments.model!r} is untuned, expected a trained one, whose log keeps the threshold"
        )
    outcomes = outcomes_of(resolved)
    least = arguments.min_refused
    best = best_threshold(outcomes) if least is None else threshold_refusing(outcomes, least)
    for threshold in sorted({*tried, best}):
        print(told.format(threshold, *class_recalls(outcomes, threshold)))
    log = resolved.folder / "train.json"
    write_json(log, {**read_json(log), field: best})  # which may have another threshold by now
    print(f"{log}: {field} {best}")
