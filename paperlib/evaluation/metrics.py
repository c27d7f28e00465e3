"""The metrics, each one short function whose docstring defends it, and the scores of answers."""

import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from paperlib.core.errors import DataError, PaperlibError
from paperlib.core.records import MetricName
from paperlib.data.examples import Example
from paperlib.data.leaf_alignment import MISSING, LeafCounts
from paperlib.data.leaves import json_equal
from paperlib.data.output_parser import NotJSONError, parse_first_json
from paperlib.data.predictions import Prediction
from paperlib.data.schemas import Schema, validator
from paperlib.evaluation.calibration import LeafOutcome, outcomes
from paperlib.evaluation.failures import FailureKind, diagnose, similarity
from paperlib.evaluation.summary import Measure

FieldCounts = tuple[int, int, int]  # top-level fields: right ones, those of the answer, those expected
NOT_ALPHANUMERIC = re.compile(r"[\W_]+")


@dataclass(frozen=True)
class Score:
    """All scores of one answer; it holds no text of example or answer.

    ``schema_valid`` is None where the example's schema is not known.
    """

    id: str
    schema_id: str
    tier: str | None
    json_exact: bool
    field_f1: float
    normalised_f1: float
    schema_valid: bool | None
    error: str | None  # why no JSON could be parsed
    stop: str  # how decoding ended: "eos", "value" or "cap"
    compliance: bool
    edit_similarity: float
    leaves: LeafCounts
    failure: FailureKind
    faults: dict[str, int]  # wrong leaves by kind of error
    fields: FieldCounts = (0, 0, 0)
    sure: tuple[LeafOutcome, ...] = ()  # of the leaves whose probability is known

    def row(self) -> dict[str, Any]:
        """The JSON object of this score, one line of ``scores.jsonl``; ``sure`` as pairs, where there are any."""
        row = asdict(self) | {"sure": [[one.confidence, one.right] for one in self.sure]}
        return row if self.sure else {name: value for name, value in row.items() if name != "sure"}


def json_exact(answer: Any, expected: Any) -> bool:
    """Whether two JSON values are equal (exact match): True or False, and in a record the share of examples.

    The strictest question that a program using the answer can ask: is there anything to correct? Order of keys is
    free, order of items is not, numbers compare by value (1 equals 1.0). Unlike in Python's ``==`` a boolean never
    equals a number: ``true`` in place of ``1`` would break that program.
    """
    return json_equal(answer, expected)


def field_f1(answer: Any, expected: Any) -> float:
    """F1 over top-level fields, in [0, 1]: a field counts if its name and whole value are equal as in JSONExact.

    2 right / (fields of the answer + fields expected), the harmonic mean of precision and recall (van Rijsbergen 1979,
    "Information Retrieval"). It is the published definition but for that equality
    (:func:`paperlib.evaluation.protocols.published_field_f1` has Python's). It gives partial credit on flat records and
    little on nested ones, where one wrong leaf costs the whole branch. Two empty objects agree fully; values that are
    not both objects score 1 where they are equal and else 0.
    """
    if not isinstance(answer, dict) or not isinstance(expected, dict):
        return float(json_exact(answer, expected))
    right, given, wanted = field_counts(answer, expected)
    return 2 * right / (given + wanted) if given or wanted else 1.0


def field_counts(answer: Any, expected: Any) -> FieldCounts:
    """Of the top-level fields of two values those of the answer that are right, all of the answer, all expected; a
    value that is no object has none."""
    answered, wanted = (value if isinstance(value, dict) else {} for value in (answer, expected))
    right = sum(key in wanted and json_exact(value, wanted[key]) for key, value in answered.items())
    return right, len(answered), len(wanted)


def normalised_f1(answer: Any, expected: Any) -> float:
    """Field F1 but for case, spacing and punctuation within strings, in [0, 1].

    Annotators join an address over lines and drop a dot; a person who reads the answer does not mind. Receipts and
    answers to questions are scored so elsewhere (Rajpurkar et al. 2016, https://arxiv.org/abs/1606.05250, drop articles
    as well). A program that looks the value up may mind: JSONExact and Field F1 stand beside it.
    """
    return field_f1(_normalised(answer), _normalised(expected))


def _normalised(value: Any) -> Any:
    """The value with letters and digits alone in its strings, in one case."""
    if isinstance(value, dict):
        return {key: _normalised(child) for key, child in value.items()}
    if isinstance(value, list):
        return [_normalised(child) for child in value]
    return NOT_ALPHANUMERIC.sub("", value).casefold() if isinstance(value, str) else value


def schema_valid(answer: Any, schema: Schema) -> bool:
    """Whether the answer follows its JSON Schema (draft 2020-12), formats included: usable, if not necessarily true.

    It needs no expected answer, and so tells a program that cannot read from one that reads the wrong thing. An answer
    that the validator cannot process (a lone surrogate, nesting too deep, a number beyond its range) is not valid.
    """
    try:
        return bool(validator(schema).is_valid(answer))
    except (ValueError, ArithmeticError, RecursionError):
        return False


def compliance(answer: Any, expected: Any) -> bool:
    """As published: every expected top-level key is there with a value of the same Python type, int and float alike.

    It asks neither whether the values are right nor what lies below them, and it forgives additions: kept to compare
    with the published figures, beside schema validity, which asks the schema. Where one of the values is no object,
    a case of which nothing is published, it is their equality.
    """
    if not isinstance(answer, dict) or not isinstance(expected, dict):
        return json_equal(answer, expected)
    return all(key in answer and _type(answer[key]) is _type(value) for key, value in expected.items())


def _type(value: Any) -> type:
    return float if type(value) is int else type(value)


def edit_similarity(answer: Any, expected: Any) -> float:
    """1 - edit distance / length of the longer, between the canonical JSON texts of two values; in [0, 1].

    The edit distance is Levenshtein's (1966). The measure has no cliff: it moves with every character that gets better,
    long before an answer is exact, so it shows progress where JSONExact is 0 throughout. It is 1 exactly where
    JSONExact holds; beyond that it does not say what a program could use, since keys and punctuation weigh as much as
    values. An output that cannot be parsed is compared as it was generated.
    """
    return 1.0 if json_equal(answer, expected) else similarity(canonical(answer), canonical(expected))


def canonical(value: Any) -> str:
    """One text for all spellings of a JSON value: keys sorted, no spaces, 1.0 as 1.

    After RFC 8785 (JSON Canonicalization Scheme), but for its way of writing numbers.
    """
    return json.dumps(_whole(value), sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def _whole(value: Any) -> Any:
    """The value with every whole number an int."""
    if isinstance(value, dict):
        return {key: _whole(child) for key, child in value.items()}
    if isinstance(value, list):
        return [_whole(child) for child in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def parse_output(output: str) -> tuple[Any, NotJSONError | None]:
    """The first JSON value of an output (:mod:`paperlib.data.output_parser`); MISSING and the reason without one."""
    try:
        return parse_first_json(output), None
    except NotJSONError as error:
        return MISSING, error


def score(examples: Sequence[Example], predictions: Sequence[Prediction], schemas: dict[str, Schema]) -> list[Score]:
    """One score for each example, in the order of ``examples``; ``schemas`` holds JSON Schemas by id.

    Raises PaperlibError naming ids where predictions are missing, repeated or of other data, or an example has no
    expected answer.
    """
    by_id = _by_id(examples, predictions)
    return [_score(example, by_id[example.id], schemas.get(example.schema_id)) for example in examples]


def _score(example: Example, prediction: Prediction, schema: Schema | None) -> Score:
    """Without a JSON value every metric is 0 but the edit similarity, which is that of the raw output."""
    expected, (answer, error) = example.answer, parse_output(prediction.output)
    diagnosis = diagnose(answer, expected, example.text, example.spans)
    raw = similarity(prediction.output.strip(), canonical(expected)) if error else 0.0
    return Score(
        id=example.id,
        schema_id=example.schema_id,
        tier=example.tier,
        json_exact=json_exact(answer, expected),
        field_f1=field_f1(answer, expected),
        normalised_f1=normalised_f1(answer, expected),
        schema_valid=(not error and schema_valid(answer, schema)) if schema else None,
        error=str(error) if error else None,
        stop=prediction.stop,
        compliance=compliance(answer, expected),
        edit_similarity=raw if error else edit_similarity(answer, expected),
        leaves=diagnosis.leaves,
        failure=diagnosis.kind,
        faults=diagnosis.counts(),
        fields=field_counts(answer, expected),
        sure=tuple(outcomes(answer, prediction.confidence, expected)),
    )


def _by_id(examples: Sequence[Example], predictions: Sequence[Prediction]) -> dict[str, Prediction]:
    by_id: dict[str, Prediction] = {}
    for prediction in predictions:
        if prediction.id in by_id:
            raise DataError(f"predictions: id {prediction.id!r} occurs twice")
        by_id[prediction.id] = prediction
    wanted = {example.id for example in examples}
    if missing := [e.id for e in examples if e.id not in by_id]:
        raise DataError(f"predictions: no answer to {len(missing)} of {len(examples)} examples ({_some(missing)})")
    if unknown := [id for id in by_id if id not in wanted]:
        raise DataError(f"predictions: {len(unknown)} of {len(by_id)} answer no example of the data ({_some(unknown)})")
    if blind := [e.id for e in examples if e.answer is None]:
        counted = f"{len(blind)} of {len(examples)} examples hold no answer ({_some(blind)})"
        raise PaperlibError(f"data: {counted}, so they cannot be scored")
    return by_id


def _some(ids: list[str]) -> str:
    return f"{', '.join(ids[:5])}{', …' if len(ids) > 5 else ''}"


MEASURES: dict[MetricName, Measure[Score]] = {
    "json_exact": lambda score: score.json_exact,
    "field_f1": lambda score: score.field_f1,
    "normalised_f1": lambda score: score.normalised_f1,
    "schema_valid": lambda score: score.schema_valid,
    "leaf_f1": lambda score: score.leaves.f1,
    "edit_similarity": lambda score: score.edit_similarity,
    "compliance": lambda score: score.compliance,
}
