"""Two protocols for the same predictions: as published, and corrected. Their difference is what the evaluator did.

``published`` follows the description of the published evaluator:

1. greedy decoding, at most 512 new tokens: a longer output is cut there;
2. the whole output parsed as JSON by Python's ``json``; failing that, the first match of a pattern that reads at most
   one nested level, parsed likewise; failing that, no answer. Python's parser takes NaN, Infinity and lone surrogates,
   and of a repeated key the last value;
3. exact match, Field F1 and compliance by Python's ``==`` and ``type``, so that True equals 1.

``corrected`` cuts nothing, reads the first JSON value wherever it stands and however deep
(:mod:`paperlib.data.output_parser`), and compares JSON values (:mod:`paperlib.evaluation.metrics`).

One thing scoring cannot bring back: our decoder stops at the first complete value, where the published one went on to
the end of sequence or the cap. Whether the model would have gone on is known (``stop`` is then ``value``), what it
would have written is not. Text behind a value keeps the whole output from being JSON, so of such an output only what
the pattern matches counts; ``ProtocolComparison.stopped_early`` counts these outputs.
"""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from paperlib.core.records import MetricName
from paperlib.data.examples import Example
from paperlib.data.predictions import Prediction
from paperlib.data.schemas import Schema
from paperlib.evaluation.metrics import Score, compliance, score
from paperlib.evaluation.summary import Measure

CAP = 512  # new tokens of the published decoder
# An object whose values are no objects, or objects that hold none. Giving a match back cannot help, so the quantifiers
# are possessive, and matching takes linear time.
OBJECT = re.compile(r"\{[^{}]*+(?:\{[^{}]*+\}[^{}]*+)*+\}")
Cut = Callable[[str], str]  # a text to its first CAP tokens


@dataclass(frozen=True)
class PublishedScore:
    """The scores of one output under the published protocol."""

    id: str
    schema_id: str
    tier: str | None
    json_exact: bool
    field_f1: float
    compliance: bool


MEASURES: dict[MetricName, Measure[PublishedScore]] = {
    "published_exact": lambda score: score.json_exact,
    "published_f1": lambda score: score.field_f1,
    "published_compliance": lambda score: score.compliance,
}


@dataclass(frozen=True)
class ProtocolComparison:
    """Scores under both protocols, in the order of the data, and the outputs that the published one sees less of."""

    published: tuple[PublishedScore, ...]
    corrected: tuple[Score, ...]
    cut: int  # outputs shortened to 512 tokens
    cut_by: Literal["tokens", "characters"]
    unknown_length: int  # outputs without a count of tokens: cut by tokens, or else left whole
    stopped_early: int  # outputs ended at their first complete value, where the model would have gone on


def compare_protocols(
    examples: Sequence[Example],
    predictions: Sequence[Prediction],
    schemas: dict[str, Schema],
    cut: Cut | None = None,
) -> ProtocolComparison:
    """Scores the same predictions under both protocols.

    ``cut`` shortens a text to its first 512 tokens (:func:`token_cut` makes it from a tokenizer). Without it an output
    of n > 512 tokens keeps the first 512/n of its characters: an answer that fills its output is broken off either
    way; the two can differ only where the answer ends near the cut.

    Raises PaperlibError as :func:`paperlib.evaluation.metrics.score` does.
    """
    corrected = score(examples, predictions, schemas)
    by_id = {prediction.id: prediction for prediction in predictions}
    answers = [by_id[example.id] for example in examples]
    outputs = [capped(answer, cut) for answer in answers]
    early = [answer.stop == "value" for answer in answers]
    return ProtocolComparison(
        published=tuple(map(published_score, examples, outputs, early)),
        corrected=tuple(corrected),
        cut=sum(output != answer.output for output, answer in zip(outputs, answers, strict=True)),
        cut_by="characters" if cut is None else "tokens",
        unknown_length=sum(answer.n_output_tokens == 0 and answer.output != "" for answer in answers),
        stopped_early=sum(early),
    )


def published_score(example: Example, output: str, stopped_early: bool = False) -> PublishedScore:
    """The scores of one output, already cut, as published; without a parseable answer all are 0, as they are there."""
    parsed, answer = published_answer(output, stopped_early)
    expected = example.answer
    return PublishedScore(
        id=example.id,
        schema_id=example.schema_id,
        tier=example.tier,
        json_exact=parsed and published_exact(answer, expected),
        field_f1=published_field_f1(answer, expected) if parsed else 0.0,
        compliance=parsed and published_compliance(answer, expected),
    )


def published_answer(output: str, stopped_early: bool = False) -> tuple[bool, Any]:
    """Whether the published parser finds JSON in an output, and the value that it finds.

    ``stopped_early`` says that the model would have written more: then the whole output cannot have been JSON.
    """
    match = OBJECT.search(output)
    for text in (None if stopped_early else output, match.group() if match else None):
        if text is not None:
            try:
                return True, json.loads(text)
            except (ValueError, RecursionError):  # not JSON, an int beyond Python's limit, nested too deep for it
                continue
    return False, None


def published_exact(answer: Any, expected: Any) -> bool:
    """As published: Python's ``==`` of what the published parser finds in the first 512 tokens of an output.

    True equals 1 and 1.0 there, and an answer longer than the cut, or nested deeper than the parser's pattern and not
    alone in its output, is wrong whatever it says. What it scores lower than JSONExact is the evaluator's doing.
    """
    return bool(answer == expected)


def published_compliance(answer: Any, expected: Any) -> bool:
    """Compliance, as published too, of what the published parser finds in the first 512 tokens of an output."""
    return compliance(answer, expected)


def published_field_f1(answer: Any, expected: Any) -> float:
    """As published: F1 over top-level keys, in [0, 1]; a key counts if its values are equal for Python (True equals 1).

    Of two empty objects, or values that are not both objects, nothing is published; here it is their equality.
    """
    if not isinstance(answer, dict) or not isinstance(expected, dict) or not (answer or expected):
        return float(answer == expected)
    right = sum(key in expected and bool(value == expected[key]) for key, value in answer.items())
    return 2 * right / (len(answer) + len(expected))


def capped(prediction: Prediction, cut: Cut | None) -> str:
    """The first 512 tokens of an output; ``n_output_tokens`` counts its tokens without the end of sequence.

    Where that count is 0 it is not known: ``cut`` decides, and without it the output stays whole.
    """
    output, n = prediction.output, prediction.n_output_tokens
    if n and n <= CAP:
        return output
    if cut is not None:
        return cut(output)
    return output[: len(output) * CAP // n] if n else output


def token_cut(tokenizer: Any) -> Cut:
    """A function that shortens a text to its first 512 tokens, by a fast tokenizer of transformers.

    The text is tokenised anew; where the model had split a word otherwise, the cut may fall a token earlier or later.
    """

    def cut(text: str) -> str:
        encoded = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)
        ends: list[tuple[int, int]] = encoded["offset_mapping"]
        return text[: ends[CAP - 1][1]] if len(ends) > CAP else text

    return cut
