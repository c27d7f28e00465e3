"""Scores of function calls, one for each example; they hold no text."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from paperlib.core import paths
from paperlib.core.errors import PaperlibError
from paperlib.core.records import MetricName
from paperlib.data.examples import Example
from paperlib.data.function_calls import bfcl
from paperlib.data.function_calls.bfcl import Accepted
from paperlib.data.function_calls.tool_calls import calls_of, faults, tools_of
from paperlib.data.output_parser import parse_first_json
from paperlib.data.predictions import Prediction
from paperlib.data.schemas import Schema
from paperlib.evaluation.function_calls.ast_checker import accepted_exactly, right_calls
from paperlib.evaluation.summary import Measure


@dataclass(frozen=True)
class CallScore:
    """The score of one answer. ``refusal`` is the model's probability of no call; None where it was not decided."""

    id: str
    schema_id: str
    tier: str | None
    right: bool
    refused: bool
    valid: bool  # whether every call follows the schema of its tool
    n_calls: int
    n_expected: int
    refusal: float | None

    def row(self) -> dict[str, Any]:
        """The JSON object of this score, one line of ``calls.jsonl``."""
        return asdict(self)


def call_accuracy(score: CallScore) -> bool:
    """Whether the calls are right by abstract syntax (:mod:`paperlib.evaluation.function_calls.ast_checker`).

    What the Berkeley leaderboard counts: the expected functions, each with every required argument, none that is not
    expected, and one of the right values each; where no tool fits, no call at all. An answer that is no list of calls
    is wrong, except on bfcl-irrelevance: the leaderboard counts it there as no call, which is right. Unlike JSONExact
    it forgives the case of strings, their punctuation, and arguments, or fields of objects, left at their default.
    """
    return score.right


def refusal_rate(score: CallScore) -> bool:
    """Whether nothing is called, as a share of all examples.

    Where no tool fits it is the accuracy, save for answers that are no list of calls: they call nothing, but refuse
    nothing either. Where one fits it is a kind of failure, which a threshold trades for the other one.
    """
    return score.refused


MEASURES: dict[MetricName, Measure[CallScore]] = {"call_accuracy": call_accuracy, "refusal_rate": refusal_rate}


def is_calls(schemas: Mapping[str, Schema]) -> bool:
    """Whether a dataset is one of function calls, by its schemas."""
    return bool(schemas) and all(tools_of(schema.body) for schema in schemas.values())


def call_scores(
    examples: Sequence[Example], predictions: Sequence[Prediction], schemas: Mapping[str, Schema]
) -> list[CallScore]:
    """One score for each example, in the order of ``examples``, whose schemas are of calls.

    What is right for an example of the Berkeley sets is read from PAPERLIB_DATA, for one written by hand from
    ``data/requests``. Raises PaperlibError where the former names no folder, DataError for a broken file there.
    """
    by_id = {prediction.id: prediction for prediction in predictions}
    published = {
        name: _published(name) for name in {example.surface for example in examples} & {*bfcl.FILES, bfcl.WRITTEN}
    }
    return [
        _score(example, by_id[example.id], schemas[example.schema_id], published.get(example.surface, {}))
        for example in examples
    ]


def _published(name: str) -> dict[str, Accepted]:
    if name == bfcl.WRITTEN:
        return bfcl.accepted_answers(name, paths.REQUESTS)
    root = paths.data_root()
    if root is None:
        raise PaperlibError(f"the answers of {name!r} need a folder of third-party data: set PAPERLIB_DATA")
    return bfcl.accepted_answers(name, root / bfcl.FOLDER)


def _score(example: Example, prediction: Prediction, schema: Schema, published: Mapping[str, Accepted]) -> CallScore:
    tools, expected = tools_of(schema.body), calls_of(example.answer)
    accepted = published[example.id] if published else accepted_exactly(expected, tools)
    try:
        calls = calls_of(parse_first_json(prediction.output))
        right, valid, readable = right_calls(calls, accepted, tools), not faults(calls, tools), True
    except (ValueError, ArithmeticError, RecursionError):
        calls, right, valid, readable = [], example.surface == bfcl.IRRELEVANCE, False, False
    return CallScore(
        id=example.id,
        schema_id=example.schema_id,
        tier=example.tier,
        right=right,
        refused=readable and not calls,
        valid=valid,
        n_calls=len(calls),
        n_expected=len(accepted),
        refusal=prediction.refusal,
    )
