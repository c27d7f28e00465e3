"""The metrics: JSONExact, Field F1 and schema validity; each one short function, then scores and their summary."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from paperlib.dataset import TIERS, Example
from paperlib.errors import DataError, PaperlibError
from paperlib.predictions import Prediction
from paperlib.reading import NotJSONError, first_value
from paperlib.records import Metric
from paperlib.schemas import Schema, validator
from paperlib.stats import bootstrap_mean, wilson


@dataclass(frozen=True)
class Score:
    """What one answer scored. ``schema_valid`` is None where there is no schema to hold it against."""

    id: str
    schema_id: str
    tier: str | None
    json_exact: bool
    field_f1: float
    schema_valid: bool | None
    error: str | None  # why the output could not be read as JSON
    stop: str

    def row(self) -> dict[str, Any]:
        return asdict(self)


def json_exact(answer: Any, expected: Any) -> bool:
    """Whether two JSON values are equal.

    Order of keys is free, order of items is not, numbers compare by value (1 equals 1.0). Unlike Python's ``==``
    a boolean never equals a number: ``true`` in place of ``1`` would break whoever reads the answer.
    """
    if isinstance(answer, bool) or isinstance(expected, bool):
        return answer is expected
    if isinstance(answer, dict) and isinstance(expected, dict):
        return answer.keys() == expected.keys() and all(json_exact(answer[k], expected[k]) for k in expected)
    if isinstance(answer, list) and isinstance(expected, list):
        return len(answer) == len(expected) and all(map(json_exact, answer, expected))
    return bool(answer == expected)


def field_f1(answer: Any, expected: Any) -> float:
    """F1 over top-level fields, as the published evaluator has it: a field counts if name and whole value are equal.

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

    An answer that the validator cannot finish with (a 400-digit multipleOf, recursion too deep) is not valid.
    """
    try:
        return bool(validator(schema).is_valid(answer))
    except (OverflowError, RecursionError):
        return False


def score(examples: Sequence[Example], predictions: Sequence[Prediction], schemas: dict[str, Schema]) -> list[Score]:
    """One score an example, in the order of ``examples``.

    Raises PaperlibError naming ids where predictions are missing, repeated or of other data, or an answer is not given.
    """
    by_id = _matched(examples, predictions)
    return [_score(example, by_id[example.id], schemas) for example in examples]


def _score(example: Example, prediction: Prediction, schemas: dict[str, Schema]) -> Score:
    schema = schemas.get(example.schema_id)
    try:
        answer, error = first_value(prediction.output), None
    except NotJSONError as reason:
        answer, error = None, str(reason)
    read = error is None
    return Score(
        id=example.id,
        schema_id=example.schema_id,
        tier=example.tier,
        json_exact=read and json_exact(answer, example.answer),
        field_f1=field_f1(answer, example.answer) if read else 0.0,
        schema_valid=(read and schema_valid(answer, schema)) if schema else None,
        error=error,
        stop=prediction.stop,
    )


def _matched(examples: Sequence[Example], predictions: Sequence[Prediction]) -> dict[str, Prediction]:
    by_id: dict[str, Prediction] = {}
    for prediction in predictions:
        if prediction.id in by_id:
            raise DataError(f"predictions: id {prediction.id!r} occurs twice")
        by_id[prediction.id] = prediction
    wanted = {example.id for example in examples}
    if missing := [e.id for e in examples if e.id not in by_id]:
        raise DataError(f"predictions: {_some(missing)} of the data have none")
    if strange := [id for id in by_id if id not in wanted]:
        raise DataError(f"predictions: {_some(strange)} do not occur in the data")
    if unanswered := [e.id for e in examples if e.answer is None]:
        raise PaperlibError(f"data: {_some(unanswered)} hold no answer, so they cannot be scored")
    return by_id


def _some(ids: list[str]) -> str:
    return f"{len(ids)} ids ({', '.join(ids[:5])}{', …' if len(ids) > 5 else ''})"


def summarise(scores: Sequence[Score]) -> tuple[Metric, ...]:
    """Every metric overall, by tier and by schema, with counts and 95 % intervals."""
    rows: list[Metric] = []
    for group, name, members in _groups(scores):
        rows += [_proportion("json_exact", group, name, members), _f1(group, name, members)]
        checked = [s for s in members if s.schema_valid is not None]
        if checked:
            rows.append(_proportion("schema_valid", group, name, checked))
    return tuple(rows)


def _groups(scores: Sequence[Score]) -> list[tuple[str, str, list[Score]]]:
    tiers = [("tier", tier or "none", [s for s in scores if s.tier == tier]) for tier in (*TIERS, None)]
    names = sorted({s.schema_id for s in scores})
    schemas = [("schema", name, [s for s in scores if s.schema_id == name]) for name in names]
    return [group for group in [("overall", "all", list(scores)), *tiers, *schemas] if group[2]]


def _proportion(metric: Any, group: Any, name: str, members: Sequence[Score]) -> Metric:
    k, n = sum(bool(getattr(s, metric)) for s in members), len(members)
    low, high = wilson(k, n)
    return Metric(metric=metric, group=group, name=name, value=k / n, n=n, k=k, low=low, high=high, interval="wilson")


def _f1(group: Any, name: str, members: Sequence[Score]) -> Metric:
    values = [s.field_f1 for s in members]
    low, high = bootstrap_mean(values)
    mean = sum(values) / len(values)
    return Metric(
        metric="field_f1",
        group=group,
        name=name,
        value=mean,
        n=len(values),
        k=None,
        low=low,
        high=high,
        interval="bootstrap",
    )
