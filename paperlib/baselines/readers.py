"""What needs no model: the rule reader, the most frequent answer, the empty object. Rows beside the models'.

Each baseline answers the test examples from their texts and, where it says so, the training answers; none looks at
the answer of an example under test, but for ``ceiling``, which is no reader: it is the expected answer as far as the
text tells it, so that its scores are the most that any reader could have. Unlike the models, whose prompt holds no
schema, all but ``empty``, ``majority-overall`` and ``rules-unnamed`` are told which schema an example follows.

| name              | told the schema | answer |
|-------------------|-----------------|--------|
| rules             | yes | what :mod:`paperlib.data.label_reader` reads |
| rules-surfaces    | yes | what :mod:`paperlib.baselines.surface_reader` reads: logs, tables, slips, chats, mail, prose too |
| rules-unnamed     | no  | the same as ``rules``, under the schema whose field names the text shows most of |
| majority          | yes | the most frequent training answer of the schema |
| majority-overall  | no  | the most frequent training answer of all |
| majority-by-field | yes | each field's most frequent value, where at least half of the training answers have it |
| empty             | no  | {} |
| ceiling           | yes | the expected answer without what the text does not tell (:mod:`.ceiling`) |
"""

import json
import re
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from paperlib.baselines.surface_reader import read_surfaces
from paperlib.baselines.text_recoverability import told
from paperlib.core.config import nearest
from paperlib.core.errors import PaperlibError
from paperlib.data.examples import Example
from paperlib.data.label_reader import field_names, read_record
from paperlib.data.predictions import Prediction
from paperlib.data.scalars import squash
from paperlib.data.schemas import Schemas

Reader = Callable[[Example], Any]  # an example to an answer


def predict(name: str, train: Sequence[Example], test: Sequence[Example], schemas: Schemas) -> list[Prediction]:
    """The baseline's answers to ``test``, in order, in the form of a model's; no token is counted.

    Raises PaperlibError for an unknown name, and where the rules lack the schema of an example.
    """
    if name not in BASELINES:
        raise PaperlibError(f"there is no baseline {name!r}{nearest(name, BASELINES)}")
    read = BASELINES[name](train, schemas)
    return [_prediction(read, example) for example in test]


def _prediction(read: Reader, example: Example) -> Prediction:
    start = time.perf_counter()
    answer = read(example)
    return Prediction(
        id=example.id,
        output=json.dumps(answer, ensure_ascii=False),
        n_prompt_tokens=0,
        n_output_tokens=0,
        stop="eos",
        seconds=round(time.perf_counter() - start, 6),
    )


def _rules(_: Sequence[Example], schemas: Schemas) -> Reader:
    return lambda example: read_record(example.text, schemas[example.schema_id].body)


def _rules_surfaces(_: Sequence[Example], schemas: Schemas) -> Reader:
    return lambda example: read_surfaces(example.text, schemas[example.schema_id].body)


def _rules_unnamed(_: Sequence[Example], schemas: Schemas) -> Reader:
    if not schemas:
        raise PaperlibError("rules-unnamed needs the dataset's schemas; this dataset has none")
    names = {schema.id: field_names(schema.body) for schema in schemas.values()}

    def read(example: Example) -> Any:
        shown = {squash(label) for label in re.findall(r"^([^:\n]{1,80}):", example.text, re.MULTILINE)}
        best = max(sorted(names), key=lambda id: _dice(shown, names[id]))
        return read_record(example.text, schemas[best].body)

    return read


def _dice(one: set[str], other: set[str]) -> float:
    """Overlap of two sets, 0 to 1 (Dice, 1945)."""
    return 2 * len(one & other) / max(1, len(one) + len(other))


def _majority(train: Sequence[Example], _: Schemas) -> Reader:
    answers = _by_schema(train)
    frequent = {schema_id: most_frequent(found) for schema_id, found in answers.items()}
    return lambda example: frequent.get(example.schema_id, {})


def _majority_overall(train: Sequence[Example], _: Schemas) -> Reader:
    answer = most_frequent([example.answer for example in train]) if train else {}
    return lambda example: answer


def _majority_by_field(train: Sequence[Example], _: Schemas) -> Reader:
    answers = _by_schema(train)
    frequent = {schema_id: frequent_fields(found) for schema_id, found in answers.items()}
    return lambda example: frequent.get(example.schema_id, {})


def _empty(_: Sequence[Example], __: Schemas) -> Reader:
    return lambda example: {}


def _ceiling(_: Sequence[Example], __: Schemas) -> Reader:
    return told


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


def _by_schema(train: Sequence[Example]) -> dict[str, list[Any]]:
    answers: dict[str, list[Any]] = defaultdict(list)
    for example in train:
        answers[example.schema_id].append(example.answer)
    return answers


BASELINES: dict[str, Callable[[Sequence[Example], Schemas], Reader]] = {
    "rules": _rules,
    "rules-surfaces": _rules_surfaces,
    "rules-unnamed": _rules_unnamed,
    "majority": _majority,
    "majority-overall": _majority_overall,
    "majority-by-field": _majority_by_field,
    "empty": _empty,
    "ceiling": _ceiling,
}
