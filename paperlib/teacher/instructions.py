"""The prompts of the teacher model, filled in from ``data/teacher_prompts.yaml``."""

from typing import Any, Literal

from paperlib.core import paths
from paperlib.core.files import digest, read_yaml
from paperlib.data.prompts import schema_json

Task = Literal["rewrite", "create", "documents", "label"]

_DATA = read_yaml(paths.TEACHER_PROMPTS)
SURFACES: dict[str, str] = _DATA["surfaces"]  # name -> the form of the text, in words
SCENES: list[str] = _DATA["scenes"]
FORMS: dict[str, str] = _DATA["forms"]  # of rewritten documents, name -> the form in words
LANGUAGES: dict[str, str] = _DATA["languages"]  # code -> name
PROMPTS: dict[Task, str] = _DATA["prompts"]
READING: str = PROMPTS["label"]  # also has the teacher read a document that it has rewritten
HASHES: dict[Task, str] = {
    "rewrite": digest([PROMPTS["rewrite"], SURFACES, SCENES]),
    "create": digest([PROMPTS["create"], SURFACES, SCENES]),
    "documents": digest([PROMPTS["documents"], FORMS, LANGUAGES, READING]),
    "label": digest(READING),
}


def fill_in(task: Task, schema: dict[str, Any], surface: str, **values: str) -> str:
    """The prompt of a task. ``surface`` is a key of `SURFACES`; ``values`` are the task's own: the ``text`` to rewrite
    and its ``record`` as JSON, or the ``scene`` of the record to create."""
    return PROMPTS[task].format(schema=schema_json(schema), surface=SURFACES[surface], **values)


def reading_prompt(schema: dict[str, Any], text: str) -> str:
    """Asks what a text says, as an answer under a schema."""
    return READING.format(schema=schema_json(schema), text=text)
