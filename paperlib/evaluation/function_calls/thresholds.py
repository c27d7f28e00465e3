"""The probability of no call from which a model should give none, chosen on the dev split of EdgeFuncCall and on
requests written by hand (``data/requests``).

python -m paperlib.evaluation.function_calls.thresholds MODEL [--examples N] [--profile P]

prints what each threshold would make of these, and writes the best one into the model's training log, where
``paperlib call`` and every evaluation find it. Neither the test split nor a Berkeley set plays a part in it.
"""

import argparse
import sys
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil
from typing import Any, get_args

from paperlib.benchmark.function_calls.call_drawing import draw_calls
from paperlib.core import paths
from paperlib.core.arguments import add_threads, positive_int, probability
from paperlib.core.config import CALL_CAP_FACTOR, CALL_CONSTRAINT, Precision
from paperlib.core.errors import PaperlibError, exit_code
from paperlib.core.files import write_json
from paperlib.data.examples import Example
from paperlib.data.function_calls.bfcl import WRITTEN, bfcl_schemas, load_bfcl
from paperlib.data.schemas import Schemas
from paperlib.decoding.answering import Decoding, answer
from paperlib.decoding.function_calls.caller import prompt_style
from paperlib.evaluation.function_calls.call_scores import call_scores
from paperlib.training.loaded_model import LoadedModel
from paperlib.training.model_resolution import ResolvedModel, resolved_from

DEV_SEED = 1  # of the dev examples; the dataset of a profile has another
NEVER = 2.0  # a threshold at which nothing is refused


@dataclass(frozen=True)
class Outcome:
    """One dev example: how probable the model held no call, whether none is right, and whether its call would be."""

    refusal: float
    none_fits: bool
    call_right: bool

    def right(self, threshold: float) -> bool:
        return self.none_fits if self.refusal >= threshold else self.call_right


def dev_examples(n: int) -> tuple[list[Example], Schemas]:
    """``n`` drawn dev examples and those written by hand, and their schemas. Raises DataError for a broken file."""
    drawn, schemas = draw_calls(n, DEV_SEED, "dev")
    written = load_bfcl(WRITTEN, paths.REQUESTS)
    return [*drawn, *written], Schemas(schemas | bfcl_schemas(WRITTEN, paths.REQUESTS))


def dev_outcomes(
    loaded: LoadedModel, log: dict[str, Any], examples: Sequence[Example], schemas: Schemas
) -> list[Outcome]:
    """What a model makes of dev examples where it has to call; ``log`` is its training log."""
    decoding = Decoding(CALL_CONSTRAINT, 0, CALL_CAP_FACTOR, 16, prompt_style(loaded, log), refuse_above=NEVER)
    scores = call_scores(examples, answer(loaded, log, examples, schemas, decoding), schemas)
    return [Outcome(score.refusal or 0.0, score.n_expected == 0, score.right) for score in scores]


def balanced_accuracy(outcomes: Sequence[Outcome], threshold: float) -> tuple[float, float]:
    """The share of right answers where a tool fits, and where none does. Raises ValueError without either of them."""
    fits = [one.right(threshold) for one in outcomes if not one.none_fits]
    none = [one.right(threshold) for one in outcomes if one.none_fits]
    if not fits or not none:
        raise ValueError("expected examples with a tool that fits and examples without one")
    return sum(fits) / len(fits), sum(none) / len(none)


def best_threshold(outcomes: Sequence[Outcome]) -> float:
    """The threshold of the largest mean of both shares; of several the middle one. Between two neighbouring
    probabilities all thresholds are alike, so only their middles are tried."""
    known = sorted({0.0, 1.0, *(one.refusal for one in outcomes)})
    middles = [(a + b) / 2 for a, b in pairwise(known)]
    scores = [sum(balanced_accuracy(outcomes, middle)) for middle in middles]
    best = [middle for score, middle in zip(scores, middles, strict=True) if score == max(scores)]
    return best[len(best) // 2]


def threshold_refusing(outcomes: Sequence[Outcome], share: float) -> float:
    """The highest threshold that refuses at least ``share`` of the examples where none fits, so that as many of the
    others as possible are answered: halfway to the next probability below. Raises ValueError without such examples."""
    refusals = sorted((one.refusal for one in outcomes if one.none_fits), reverse=True)
    if not refusals:
        raise ValueError("expected examples where none fits")
    at = refusals[max(ceil(share * len(refusals)), 1) - 1]
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
        print(told.format(threshold, *balanced_accuracy(outcomes, threshold)))
    write_json(resolved.folder / "train.json", {**resolved.log, field: best})
    print(f"{resolved.folder / 'train.json'}: {field} {best}")


def main(argv: Sequence[str] | None = None) -> int:
    program, about = "paperlib.evaluation.function_calls.thresholds", "When to call nothing."
    arguments = parser(program, about, "function-calls", 200, "drawn, beside those written by hand").parse_args(argv)
    told = "refuse above {:.4f}: {:.1%} right where a tool fits, {:.1%} where none does"

    def outcomes_of(resolved: ResolvedModel) -> list[Outcome]:
        examples, schemas = dev_examples(arguments.examples)
        return dev_outcomes(resolved.load(), resolved.log, examples, schemas)

    return exit_code(lambda: choose(arguments, "refuse_above", outcomes_of, (0.1, 0.3, 0.5, 0.7, 0.9), told))


if __name__ == "__main__":
    sys.exit(main())
