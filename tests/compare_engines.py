"""Whether llama.cpp answers as torch does: equal answers, and how near a tie an other one is where it first differs.

    PYTHONPATH=. python tests/compare_engines.py [--model reader-135m] [--test standard] [--examples 40]

llama.cpp computes the model at 16 bits, torch at ``--precision``. The margin of an answer that differs is measured by
either engine after the tokens that both wrote: the logit of its own token above that of the other engine's. Beside it
stands how much the engines' log-probabilities of one token differ where they wrote the same: what rounding does. Only
a margin of that size is a tie. ``--round-rotary`` has torch round the frequencies of rotary position embeddings to
bf16, as a merged adapter does at that precision, and compares torch with itself.
"""

import argparse
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import torch

from paperlib.benchmark.standard.build import schemas_of, split_of, train_and_test
from paperlib.core.config import training_config
from paperlib.data.examples import Example
from paperlib.data.predictions import Prediction
from paperlib.data.prompts import with_prompt_style
from paperlib.data.schemas import Schemas
from paperlib.decoding.answer import Answer
from paperlib.decoding.answering import Decoding, length_cap
from paperlib.decoding.constrained import constraints
from paperlib.decoding.engines import loading
from paperlib.decoding.engines.model_resolution import resolve
from paperlib.decoding.greedy import Decoder, decode
from paperlib.decoding.logits import logits_of
from paperlib.training.loaded_model import LoadedModel


@dataclass(frozen=True)
class Recorder(Decoder):
    """A decoder that keeps the token ids of its answers, each with how many belong to the prompt."""

    kept: dict[str, tuple[list[int], int]] = field(default_factory=dict)

    def prediction(self, answer: Answer, seconds: float) -> Prediction:
        self.kept[answer.id] = answer.sequence, len(answer.prompt)
        return super().prediction(answer, seconds)


@dataclass(frozen=True)
class Difference:
    """Two answers to one example, at the first token in which they differ."""

    id: str
    tokens: tuple[int, int]  # of the first engine and of the second; the last token of an answer ends it
    prefix: list[int]  # prompt and answer before them


@dataclass(frozen=True)
class Comparison:
    """The answers of two engines to the same examples."""

    equal: int
    differences: list[Difference]
    rounding: list[float]  # nats between the engines' log-probabilities of a token that both wrote after the same ones


def answers(
    loaded: LoadedModel, log: dict[str, Any], examples: Sequence[Example], schemas: Schemas, constraint: Any
) -> tuple[dict[str, Prediction], Recorder]:
    """The predictions by the id of the example, decoded as an evaluation does, and the decoder that made them."""
    config = training_config(log)
    allowed = constraints(constraint, loaded.tokenizer, examples, schemas, config.prompt, config.layout)
    recorder = Recorder(loaded, length_cap(log, (), Decoding().cap_factor), allowed)
    asked = with_prompt_style(examples, schemas, config.prompt)
    return {one.id: one for batch in decode(recorder, asked, batch_size=16) for one in batch}, recorder


def compared(
    ours: tuple[dict[str, Prediction], Recorder], theirs: tuple[dict[str, Prediction], Recorder]
) -> Comparison:
    """Compares the texts of answers, and the probabilities of the tokens up to the first that differs."""
    equal, differences, rounding = 0, [], list[float]()
    for id, (one, start) in ours[1].kept.items():
        other, _ = theirs[1].kept[id]
        same = next((n for n, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]), None)
        pairs = zip(ours[0][id].tokens, theirs[0][id].tokens, strict=False)
        rounding += [abs(a.log_prob - b.log_prob) for a, b in list(pairs)[: same and same - start]]
        if ours[0][id].output == theirs[0][id].output:
            equal += 1
        else:
            assert same is not None, f"{id}: other answers of the same tokens"
            differences.append(Difference(id, (one[same], other[same]), one[:same]))
    return Comparison(equal, differences, rounding)


def margin(loaded: LoadedModel, difference: Difference, first: bool) -> float:
    """How much greater a model's logit of its own token is than that of the other's token."""
    own, other = difference.tokens if first else difference.tokens[::-1]
    prefix = difference.prefix
    with torch.inference_mode():
        logits = logits_of(loaded, [tuple(prefix[:-1])], len(prefix) + 1).after([prefix], [[]])[0]
    return float(logits[own] - logits[other])


def _rounded(loaded: LoadedModel) -> LoadedModel:
    model = loaded.model
    model._frequencies = model._frequencies.bfloat16().float()
    return loaded


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="reader-135m")
    parser.add_argument("--test", default="standard", help="of EdgeJSON standard (default: %(default)s)")
    parser.add_argument("--examples", type=int, default=40)
    parser.add_argument("--start", type=int, default=0, help="number of the first example")
    parser.add_argument("--constraint", choices=("none", "schema", "schema+text"), default="schema")
    parser.add_argument("--precision", choices=("fp32", "bf16"), default="fp32")
    parser.add_argument("--round-rotary", action="store_true")
    arguments = parser.parse_args()
    resolved, split = resolve(arguments.model, precision=arguments.precision), split_of(arguments.test)
    _, examples = train_and_test(arguments.test, 1, arguments.start + arguments.examples, seed=0)
    examples = examples[arguments.start :]
    ours = loading.load(resolved)
    second = _rounded(loading.load(resolved)) if arguments.round_rotary else loading.load(resolved, "llama.cpp")
    found = [answers(one, resolved.log, examples, schemas_of(split), arguments.constraint) for one in (ours, second)]
    result = compared(*found)
    print(f"{result.equal} of {len(examples)} answers are equal: {ours.name} in torch, and {second.name}")
    rounding = sorted(result.rounding)
    print(
        f"log-probabilities of {len(rounding)} tokens that both wrote: the difference is "
        f"{statistics.median(rounding):.1e} nats in the median, {rounding[-1 - len(rounding) // 1000]:.1e} in all but "
        f"one of a thousand, {rounding[-1]:.1e} at most"
    )
    for one in result.differences:
        texts = [ours.tokenizer.decode([token]) for token in one.tokens]
        margins = margin(ours, one, True), margin(second, one, False)
        print(f"{one.id}: {texts[0]!r} by {margins[0]:.4f} in torch, {texts[1]!r} by {margins[1]:.4f} in the other")


if __name__ == "__main__":
    main()
