"""The release form of an example: a row whose fields have the same types whatever its schema.

Answers differ in structure between rows, which tools with a table of columns cannot store, or only with every key of
every schema in every row. So the answer is a string here, the JSON that a model is to write. ``load_examples`` does not
read this form: an answer may be a string in our own form too, and nothing in a row would tell the two apart.
"""

import re
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from paperlib.core.errors import PaperlibError
from paperlib.core.files import write_jsonl
from paperlib.data.examples import Example
from paperlib.data.prompts import render_answer

FOLDER = "hf"  # of the files in release form
SPLIT = re.compile(r"\w+(-\w+)*")
TEXTS = {
    "id": "Name of the example, unique across all splits.",
    "schema_id": "Name of the JSON Schema that the answer follows: schemas/*/<schema_id>.json.",
    "tier": "How nested the schema is: simple, medium or complex.",
    "split": "The split as the dataset's own files name it.",
    "surface": "The kind of text.",
    "text": "The text to read.",
    "answer": "The JSON object that the text states, as a string of JSON.",
}
SPANS = {
    "pointer": "JSON pointer (RFC 6901) to a value of the answer.",
    "start": "Where the value begins in the text, in characters from 0.",
    "end": "Where it ends, exclusive.",
    "normalise": "Name of the step from the text of the span to the value.",
}
NUMBERS = ("start", "end")  # of SPANS; all other fields are text


def row(example: Example) -> dict[str, Any]:
    """The release form of one example. Raises PaperlibError where it has no answer."""
    if example.answer is None:
        raise PaperlibError(f"example {example.id!r} holds no answer, so it cannot be released")
    found = {name: getattr(example, name) for name in TEXTS if name != "answer"}
    return {
        **{name: "" if value is None else value for name, value in found.items()},
        "answer": answer_json(example.answer),
        "spans": [asdict(span) for span in example.spans],
    }


def answer_json(answer: Any) -> str:
    """An answer as a model is trained to write it: JSON on one line."""
    return render_answer(answer).strip()


def split_name(split: str) -> str:
    """A split's name for tools that allow letters, digits and underscores only: hyphens become underscores.

    Raises PaperlibError for a name with other characters.
    """
    if not SPLIT.fullmatch(split):
        raise PaperlibError(f"split {split!r}: expected letters, digits, underscores and hyphens between them")
    return split.replace("-", "_")


def file_of(split: str) -> str:
    """The path of a split's file in release form, from the release's folder."""
    return f"{FOLDER}/{split}.jsonl"


def write_rows(folder: Path, split: str, examples: Sequence[Example]) -> None:
    """Writes the examples of a split in release form into the release's folder."""
    write_jsonl(folder / file_of(split), map(row, examples))
