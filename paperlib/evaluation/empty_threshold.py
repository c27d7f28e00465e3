"""The probability of the empty object from which a model should extract nothing, chosen on training texts of a dataset.

python -m paperlib.evaluation.empty_threshold MODEL [--data dstc8] [--min-refused SHARE] [--examples N]

prints what each threshold would make of them, and writes the one of the highest balanced accuracy, or the highest that
leaves SHARE of the texts without anything empty, into the model's training log, where every answer finds it
(:mod:`paperlib.decoding.empty_answers`). Half of the texts hold something.
"""

import sys
from collections.abc import Sequence
from typing import Any

from paperlib.core.config import trained_constraint, training_config
from paperlib.core.errors import PaperlibError, exit_code
from paperlib.core.files import sha256_hex
from paperlib.data.examples import Example
from paperlib.data.schemas import Schemas
from paperlib.data.third_party import load_named
from paperlib.decoding.answering import Decoding, answer
from paperlib.decoding.engines.model_resolution import ResolvedModel
from paperlib.evaluation.thresholds import NEVER, Outcome, choose, parser
from paperlib.training.corpus import schemas_of
from paperlib.training.loaded_model import LoadedModel


def dev_texts(data: str, n: int) -> list[Example]:
    """At most ``n`` training examples of a dataset, half of which hold something: those of the smallest SHA-256.

    Raises PaperlibError where there is none of either half."""
    if n < 2:
        raise PaperlibError(f"--examples: found {n}, expected at least 2: half of them hold something")
    examples = sorted(load_named(data), key=lambda one: sha256_hex(one.id))
    train = [one for one in examples if one.split == "train"]
    filled, empty = ([one for one in train if bool(one.answer) == wanted] for wanted in (True, False))
    if not filled or not empty:
        raise PaperlibError(f"dataset {data!r}: expected training examples with an empty answer and with another one")
    return [*filled[: n // 2], *empty[: n // 2]]


def outcomes(loaded: LoadedModel, log: dict[str, Any], examples: Sequence[Example], schemas: Schemas) -> list[Outcome]:
    """What a model makes of examples where it has to extract something; a text that holds something counts as right
    where it is not left empty."""
    decoding = Decoding(trained_constraint(log), prompt=training_config(log).prompt, batch_size=16, empty_above=NEVER)
    predictions = answer(loaded, log, examples, schemas, decoding)
    told = {one.id: one.refusal or 0.0 for one in predictions}
    return [Outcome(told[one.id], not one.answer, bool(one.answer)) for one in examples]


def main(argv: Sequence[str] | None = None) -> int:
    program, about = "paperlib.evaluation.empty_threshold", "When to extract nothing."
    made = parser(program, about, "documents", 200, "of its training part")
    made.add_argument("--data", default="dstc8", help="a dataset of PAPERLIB_DATA (default: %(default)s)")
    arguments = made.parse_args(argv)
    told = "empty above {:.4f}: {:.1%} of the others answered, {:.1%} of the empty ones left so"

    def outcomes_of(resolved: ResolvedModel) -> list[Outcome]:
        examples = dev_texts(arguments.data, arguments.examples)
        return outcomes(resolved.load(), resolved.log, examples, schemas_of(arguments.data))

    return exit_code(lambda: choose(arguments, "empty_above", outcomes_of, (0.5, 0.6, 0.7, 0.8, 0.9), told))


if __name__ == "__main__":
    sys.exit(main())
