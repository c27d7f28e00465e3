"""Which texts and answers of a teacher are accepted, where no benchmark has checks of its own.

An answer has to follow its schema, and the grammar of schema and text, by which `paperlib extract` decodes, has to
permit it: what it holds is what the text can mean. Reasons begin with one of a few words, to be counted.
"""

import re
from collections.abc import Mapping
from typing import Any

from rapidfuzz.distance import Indel

from paperlib.data.examples import Example
from paperlib.data.labelled.holdout import ALIKE
from paperlib.data.schemas import Schemas, schema_violations
from paperlib.decoding.constrained import Constrainer
from paperlib.teacher.generation import Validator
from paperlib.training import weights

JSON = re.compile(r'\{\s*["}]|"[^"\n]*"\s*:\s*["\d{\[tfn-]')  # an object, or a member of one
PLACEHOLDER = re.compile(r"\[[^\W\d_][^\]\n]*\]|\{\w+\}")  # [Your Name]
TOKENIZER = "smollm2-135m-instruct"  # in whose tokens the grammar is asked


def tokenizer() -> Any:
    """The tokenizer that answers are checked with; its base is obtained where it is not at hand."""
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(weights.obtain(TOKENIZER))


def answer_validator(schemas: Schemas, tokenizer: Any) -> Validator:
    """Checks that an example's answer follows its schema, and holds only what its text says."""
    constrainer = Constrainer(tokenizer, "schema+text")

    def validate(example: Example) -> list[str]:
        schema = schemas[example.schema_id]
        if broken := schema_violations(example.answer, schema):
            return [f"schema: {violation}" for violation in broken]
        field = constrainer.forbidden(schema, example.text, example.answer)
        return [] if field is None else [f"grammar: {_named(field)} holds what the text does not say"]

    return validate


def text_validator(sources: Mapping[str, str], schemas: Schemas, tokenizer: Any) -> Validator:
    """As :func:`answer_validator`, and checks that an example's text is neither JSON nor a form letter nor a copy of
    the text it was made from, which ``sources`` has by the example's id."""
    of_answer = answer_validator(schemas, tokenizer)

    def validate(example: Example) -> list[str]:
        alike = Indel.normalized_similarity(example.text, sources[example.id])
        if alike >= ALIKE:
            return [f"copy: {alike:.0%} of the characters are those of the text to be rewritten"]
        if found := JSON.search(example.text):
            return [f"JSON: the text holds {found[0]}"]
        if (found := PLACEHOLDER.search(example.text)) and found[0] not in sources[example.id]:
            return [f"placeholder: the text holds {found[0]}"]
        return of_answer(example)

    return validate


def _named(field: str) -> str:
    return f"field {field!r}" if field else "the answer"
