"""The probability of no call from which a model should give none, chosen on the dev split of EdgeFuncCall and on
requests written by hand (``data/requests``).

python -m paperlib.evaluation.function_calls.call_threshold MODEL [--examples N] [--profile P]

prints what each threshold would make of these, and writes the best one into the model's training log, where
``paperlib call`` and every evaluation find it. Neither the test split nor a Berkeley set plays a part in it.
"""

import sys
from collections.abc import Sequence
from typing import Any

from paperlib.benchmark.function_calls.call_drawing import draw_calls
from paperlib.core import paths
from paperlib.core.config import CALL_CAP_FACTOR, CALL_CONSTRAINT
from paperlib.core.errors import exit_code
from paperlib.data.examples import Example
from paperlib.data.function_calls.bfcl import WRITTEN, bfcl_schemas, load_bfcl
from paperlib.data.schemas import Schemas
from paperlib.decoding.answering import Decoding, answer
from paperlib.decoding.engines.model_resolution import ResolvedModel
from paperlib.decoding.function_calls.caller import prompt_style
from paperlib.evaluation.function_calls.call_scores import call_scores
from paperlib.evaluation.thresholds import NEVER, Outcome, choose, parser
from paperlib.training.loaded_model import LoadedModel

DEV_SEED = 1  # of the dev examples; the dataset of a profile has another


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


def main(argv: Sequence[str] | None = None) -> int:
    program, about = "paperlib.evaluation.function_calls.call_threshold", "When to call nothing."
    arguments = parser(program, about, "function-calls", 200, "drawn, beside those written by hand").parse_args(argv)
    told = "refuse above {:.4f}: {:.1%} right where a tool fits, {:.1%} where none does"

    def outcomes_of(resolved: ResolvedModel) -> list[Outcome]:
        examples, schemas = dev_examples(arguments.examples)
        return dev_outcomes(resolved.load(), resolved.log, examples, schemas)

    return exit_code(lambda: choose(arguments, "refuse_above", outcomes_of, (0.1, 0.3, 0.5, 0.7, 0.9), told))


if __name__ == "__main__":
    sys.exit(main())
