"""The metrics: each one short function that says why it is there, then the scores of answers."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from paperlib.core.errors import DataError, PaperlibError
from paperlib.core.records import MetricName
from paperlib.data.examples import Example
from paperlib.data.leaves import LeafCounts, equal
from paperlib.data.output_parser import NotJSONError, extract
from paperlib.data.predictions import Prediction
from paperlib.data.schemas import Schema, validator
from paperlib.evaluation.failures import Kind, diagnose, similarity, unreadable
from paperlib.evaluation.summary import Measure


@dataclass(frozen=True)
class Score:
    """What one answer scored; it holds no text of example or answer.

    ``schema_valid`` is None where there is no schema to hold it against.
    """

    id: str
    schema_id: str
    tier: str | None
    json_exact: bool
    field_f1: float
    schema_valid: bool | None
    error: str | None  # why the output could not be read as JSON
    stop: str
    compliance: bool  # as published
    edit_similarity: float
    leaves: LeafCounts
    failure: Kind  # headline kind
    faults: dict[str, int]  # wrong leaves by kind

    def row(self) -> dict[str, Any]:
        return asdict(self)


def json_exact(answer: Any, expected: Any) -> bool:
    """Whether two JSON values are equal.

    Order of keys is free, order of items is not, numbers compare by value (1 equals 1.0). Unlike Python's ``==``
    a boolean never equals a number: ``true`` in place of ``1`` would break whoever reads the answer.
    """
    return equal(answer, expected)


def field_f1(answer: Any, expected: Any) -> float:
    """F1 over top-level fields: a field counts if name and whole value are equal in the sense of JSONExact.

    The published definition but for that equality (:func:`paperlib.evaluation.protocols.published_field_f1` has Python's).

    In [0, 1]. It gives partial credit on flat records, little on nested ones, where one wrong leaf costs the branch.
    Two empty objects agree fully; anything that is no object scores 0.
    """
    if not isinstance(answer, dict) or not isinstance(expected, dict):
        return float(json_exact(answer, expected))
    if not answer and not expected:
        return 1.0
    right = sum(key in expected and json_exact(value, expected[key]) for key, value in answer.items())
    return 2 * right / (len(answer) + len(expected))


def schema_valid(answer: Any, schema: Schema) -> bool:
    """Whether the answer follows its JSON Schema, formats included: usable, if not necessarily true.

    An answer that the validator cannot read (half a surrogate pair, recursion too deep) is not valid.
    """
    try:
        return bool(validator(schema).is_valid(answer))
    except (ValueError, RecursionError):
        return False


def compliance(answer: Any, expected: Any) -> bool:
    """As published: every expected top-level key is there with a value of the same Python type, int and float alike.

    It asks neither whether the values are right nor what lies below them, and it forgives additions: kept to compare
    with the published figures, beside schema validity, which asks the schema. Where one of the values is no object,
    of which nothing is published, it is their equality.
    """
    if not isinstance(answer, dict) or not isinstance(expected, dict):
        return equal(answer, expected)
    return all(key in answer and _type(answer[key]) is _type(value) for key, value in expected.items())


def _type(value: Any) -> type:
    return float if type(value) is int else type(value)


def edit_similarity(answer: Any, expected: Any) -> float:
    """1 - edit distance / length of the longer, between the canonical JSON texts of two values. In [0, 1].

    It has no cliff: it moves with every character that gets better, long before an answer is exact, so it shows
    progress where JSONExact is 0 throughout. It is 1 exactly where JSONExact holds; beyond that it does not say what a
    reader of the answer could use, since keys and punctuation weigh as much as values. An output that cannot be read is
    compared as it came.
    """
    return 1.0 if equal(answer, expected) else similarity(canonical(answer), canonical(expected))


def canonical(value: Any) -> str:
    """One text for all spellings of a JSON value: keys sorted, no spaces, 1.0 as 1. After RFC 8785, whose way of
    writing numbers it does not follow."""
    return json.dumps(_whole(value), sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def _whole(value: Any) -> Any:
    """The value with every whole number an int."""
    if isinstance(value, dict):
        return {key: _whole(child) for key, child in value.items()}
    if isinstance(value, list):
        return [_whole(child) for child in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def score(examples: Sequence[Example], predictions: Sequence[Prediction], schemas: dict[str, Schema]) -> list[Score]:
    """One score an example, in the order of ``examples``.

    Raises PaperlibError naming ids where predictions are missing, repeated or of other data, or an answer is not given.
    """
    by_id = _matched(examples, predictions)
    return [_score(example, by_id[example.id], schemas) for example in examples]


def _score(example: Example, prediction: Prediction, schemas: dict[str, Schema]) -> Score:
    try:
        answer = extract(prediction.output)
    except NotJSONError as reason:
        return _unread(example, prediction, schemas, str(reason))
    schema, expected = schemas.get(example.schema_id), example.answer
    found = diagnose(answer, expected, example.text, example.spans)
    return Score(
        id=example.id,
        schema_id=example.schema_id,
        tier=example.tier,
        json_exact=json_exact(answer, expected),
        field_f1=field_f1(answer, expected),
        schema_valid=schema_valid(answer, schema) if schema else None,
        error=None,
        stop=prediction.stop,
        compliance=compliance(answer, expected),
        edit_similarity=edit_similarity(answer, expected),
        leaves=found.leaves,
        failure=found.kind,
        faults=found.counts(),
    )


def _unread(example: Example, prediction: Prediction, schemas: dict[str, Schema], reason: str) -> Score:
    """The score of an output without a JSON value: nothing in every metric but the edit similarity of its raw text."""
    found = unreadable(example.answer)
    return Score(
        id=example.id,
        schema_id=example.schema_id,
        tier=example.tier,
        json_exact=False,
        field_f1=0.0,
        schema_valid=False if example.schema_id in schemas else None,
        error=reason,
        stop=prediction.stop,
        compliance=False,
        edit_similarity=similarity(prediction.output.strip(), canonical(example.answer)),
        leaves=found.leaves,
        failure=found.kind,
        faults=found.counts(),
    )


def _matched(examples: Sequence[Example], predictions: Sequence[Prediction]) -> dict[str, Prediction]:
    by_id: dict[str, Prediction] = {}
    for prediction in predictions:
        if prediction.id in by_id:
            raise DataError(f"predictions: id {prediction.id!r} occurs twice")
        by_id[prediction.id] = prediction
    wanted = {example.id for example in examples}
    if missing := [e.id for e in examples if e.id not in by_id]:
        raise DataError(f"predictions: no answer to {len(missing)} of {len(examples)} examples ({_some(missing)})")
    if strange := [id for id in by_id if id not in wanted]:
        raise DataError(f"predictions: {len(strange)} of {len(by_id)} answer no example of the data ({_some(strange)})")
    if unanswered := [e.id for e in examples if e.answer is None]:
        told = f"{len(unanswered)} of {len(examples)} examples hold no answer ({_some(unanswered)})"
        raise PaperlibError(f"data: {told}, so they cannot be scored")
    return by_id


def _some(ids: list[str]) -> str:
    return f"{', '.join(ids[:5])}{', …' if len(ids) > 5 else ''}"


MEASURES: dict[MetricName, Measure[Score]] = {
    "json_exact": lambda score: score.json_exact,
    "field_f1": lambda score: score.field_f1,
    "schema_valid": lambda score: score.schema_valid,
    "leaf_f1": lambda score: score.leaves.f1,
    "edit_similarity": lambda score: score.edit_similarity,
    "compliance": lambda score: score.compliance,
}
