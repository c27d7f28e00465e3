"""First guesses of answers: what rules read in a text, for :mod:`paperlib.decoding.drafter` to draft from.

Rules take milliseconds, and where they and the model read the same, the model verifies a long piece in one pass.
"""

from collections.abc import Callable, Sequence
from typing import Any

from paperlib.baselines.surface_parser import parse_any_surface
from paperlib.core.config import Layout
from paperlib.data.examples import Example
from paperlib.data.label_parser import parse_label_lines
from paperlib.data.prompts import render_answer
from paperlib.data.schemas import Schemas

LONGEST = 20_000  # characters of a text that rules read; they take seconds for more


def guesser(
    tokenizer: Any, examples: Sequence[Example], schemas: Schemas, layout: Layout
) -> Callable[[str], list[int]]:
    """The tokens of a likely answer to the example of an id, laid out as the model's; none where the schema is not that
    of an object, or the text is long. Where an example has none of ``schemas``, its text is read as ``Label: value``
    lines."""
    by_id = {example.id: example for example in examples}

    def guess(id: str) -> list[int]:
        example = by_id[id]
        schema = schemas[example.schema_id].body if example.schema_id in schemas else {}
        if schema.get("type", "object") != "object" or len(example.text) > LONGEST:
            return []
        answer = parse_any_surface(example.text, schema) if schema else parse_label_lines(example.text, schema)
        tokens = tokenizer(render_answer(answer, layout), add_special_tokens=False).input_ids
        return [*tokens, tokenizer.eos_token_id]

    return guess
