"""The baselines that need no model, by name: rule-based parsers, frequent answers, the text-recoverability bound.

Each answers the test examples from their texts and, where it says so, from the training answers. None sees the answer
of an example under test but for the bound, which is no parser: it is the expected answer as far as the text states it,
so that its scores are the most that any model could have. Of the baselines all but ``empty``,
``majority-overall`` and ``rules-unnamed`` know the schema of an example.

| name              | knows the schema | answer |
|-------------------|------------------|--------|
| rules             | yes | what :mod:`paperlib.data.label_parser` parses |
| rules-surfaces    | yes | what :mod:`.surface_parser` parses: logs, tables, slips, chats, mail, prose |
| rules-unnamed     | no  | as ``rules``, under the schema of whose field names the text shows most |
| majority          | yes | the most frequent training answer of the schema |
| majority-overall  | no  | the most frequent training answer of all |
| majority-by-field | yes | each field's most frequent value, where at least half of the training answers have it |
| empty             | no  | {} |
| recoverable       | yes | the expected answer as far as the text states it (:mod:`.text_recoverability`) |
"""

import json
import re
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from paperlib.baselines.surface_parser import parse_any_surface
from paperlib.baselines.text_recoverability import recoverable_answer
from paperlib.core.errors import PaperlibError
from paperlib.core.strict_model import suggestion
from paperlib.data.examples import Example
from paperlib.data.label_parser import field_names, parse_label_lines
from paperlib.data.predictions import Prediction
from paperlib.data.scalars import name_key
from paperlib.data.schemas import Schemas

Predictor = Callable[[Example], Any]  # an example to its answer
Baseline = Callable[[Sequence[Example], Schemas], Predictor]  # built from training examples and the schemas of all


def predict(name: str, train: Sequence[Example], test: Sequence[Example], schemas: Schemas) -> list[Prediction]:
    """The answers of the baseline ``name`` to ``test``, in order, as predictions without tokens.

    ``train`` is what the majority baselines count. Raises PaperlibError for an unknown name, and where the rules lack
    the schema of an example.
    """
    if name not in BASELINES:
        raise PaperlibError(f"there is no baseline {name!r}{suggestion(name, BASELINES)}")
    predictor = BASELINES[name](train, schemas)
    return [_prediction(predictor, example) for example in test]


def _prediction(predictor: Predictor, example: Example) -> Prediction:
    start = time.perf_counter()
    answer = predictor(example)
    return Prediction(
        id=example.id,
        output=json.dumps(answer, ensure_ascii=False),
        n_prompt_tokens=0,
        n_output_tokens=0,
        stop="eos",
        seconds=round(time.perf_counter() - start, 6),
    )


def _rules(_: Sequence[Example], schemas: Schemas) -> Predictor:
    return lambda example: parse_label_lines(example.text, schemas[example.schema_id].body)


def _rules_surfaces(_: Sequence[Example], schemas: Schemas) -> Predictor:
    return lambda example: parse_any_surface(example.text, schemas[example.schema_id].body)


def _rules_unnamed(_: Sequence[Example], schemas: Schemas) -> Predictor:
    if not schemas:
        raise PaperlibError("rules-unnamed needs the dataset's schemas; this dataset has none")
    names = {schema.id: field_names(schema.body) for schema in schemas.values()}

    def parse(example: Example) -> Any:
        shown = {name_key(label) for label in re.findall(r"^([^:\n]{1,80}):", example.text, re.MULTILINE)}
        best = max(sorted(names), key=lambda id: _dice(shown, names[id]))
        return parse_label_lines(example.text, schemas[best].body)

    return parse


def _dice(one: set[str], other: set[str]) -> float:
    """Overlap of two sets, 0 to 1 (Dice, 1945)."""
    return 2 * len(one & other) / max(1, len(one) + len(other))


def _per_schema(pick: Callable[[Sequence[Any]], Any]) -> Baseline:
    """One answer for each schema, picked from its training answers; {} for a schema without any."""

    def build(train: Sequence[Example], _: Schemas) -> Predictor:
        answers: dict[str, list[Any]] = defaultdict(list)
        for example in train:
            answers[example.schema_id].append(example.answer)
        picked = {schema_id: pick(found) for schema_id, found in answers.items()}
        return lambda example: picked.get(example.schema_id, {})

    return build


def _majority_overall(train: Sequence[Example], _: Schemas) -> Predictor:
    answer = most_frequent([example.answer for example in train]) if train else {}
    return lambda example: answer


def most_frequent(values: Iterable[Any]) -> Any:
    """The most frequent of JSON values, the earliest of equally frequent ones. Raises ValueError for no value."""
    counts = Counter(json.dumps(value, sort_keys=True, ensure_ascii=False) for value in values)
    return json.loads(max(counts, key=lambda text: counts[text]))


def frequent_fields(answers: Sequence[Any]) -> Any:
    """Field by field the most frequent value, objects inside objects included, arrays as a whole.

    A field that fewer than half of the answers have is left out. Raises ValueError where there is no answer.
    """
    objects = [answer for answer in answers if isinstance(answer, dict)]
    if 2 * len(objects) < len(answers) or not objects:
        return most_frequent(answers)
    fields: dict[str, list[Any]] = defaultdict(list)
    for answer in objects:
        for name, value in answer.items():
            fields[name].append(value)
    return {name: frequent_fields(values) for name, values in fields.items() if 2 * len(values) >= len(objects)}


BASELINES: dict[str, Baseline] = {
    "rules": _rules,
    "rules-surfaces": _rules_surfaces,
    "rules-unnamed": _rules_unnamed,
    "majority": _per_schema(most_frequent),
    "majority-overall": _majority_overall,
    "majority-by-field": _per_schema(frequent_fields),
    "empty": lambda train, schemas: lambda example: {},
    "recoverable": lambda train, schemas: recoverable_answer,
}
