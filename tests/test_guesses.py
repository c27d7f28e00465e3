"""First guesses of answers: what rules read in a text is drafted, whatever the schema, and changes no answer."""

from typing import Any

import pytest

from paperlib.core import paths
from paperlib.data.examples import Example
from paperlib.data.prompts import render_answer
from paperlib.data.schemas import Schemas, load_schemas, schema_of
from paperlib.decoding.guesses import LONGEST, guesser
from paperlib.training import models

TEXT = "Name: Ana Ruiz\nPieces: 3"
TOKENIZER = models.train_tokenizer([TEXT], 300)
PERSON = {"type": "object", "properties": {"name": {"type": "string"}, "pieces": {"type": "integer"}}}


def guessed(schema: dict[str, Any] | None, text: str = TEXT) -> str:
    schemas = Schemas({"mine": schema_of(schema, "mine", "")} if schema else {})
    tokens = guesser(TOKENIZER, [Example("a", "mine", None, "", "", text, None)], schemas, "line")("a")
    return str(TOKENIZER.decode(tokens))


def test_rules_read_the_text_under_its_schema_or_as_label_lines() -> None:
    assert guessed(PERSON) == render_answer({"name": "Ana Ruiz", "pieces": 3}) + TOKENIZER.eos_token
    assert '"Ana Ruiz"' in guessed(None)
    assert guessed({"type": "array", "items": PERSON}) == ""
    assert guessed(PERSON, "a" * (LONGEST + 1)) == ""


@pytest.mark.parametrize("file", sorted(paths.SCHEMA_FAMILIES.glob("*.jsonl")), ids=lambda file: file.stem)
def test_every_schema_gets_a_guess(file: Any) -> None:
    schemas = load_schemas(file)
    odd = schema_of({"properties": {"a": True, "b": {}, "c": {"$ref": "#/properties/a"}}}, "odd", "")
    schemas["odd"] = odd
    texts = (TEXT, "", "Dear all,\n\nwe need 12 chairs by 3 May 2027.\n", "| a | b |\n|---|---|\n| 1 | 2 |")
    examples = [Example(f"{id}/{n}", id, None, "", "", text, None) for id in schemas for n, text in enumerate(texts)]
    guess = guesser(TOKENIZER, examples, schemas, "indented")
    assert sum(bool(guess(example.id)) for example in examples) > len(texts)
