"""What the teacher is told. A change of any word changes the hash, and everything is asked anew."""

import json
from typing import Any, Literal

from paperlib.core.files import digest

Task = Literal["rewrite", "create"]
TASKS: tuple[Task, ...] = ("rewrite", "create")

# Surfaces: the forms a text may have.
SURFACES = {
    "email": "an e-mail with a greeting and a closing line",
    "chat": "a few short chat messages from one person to another, informal, each on a line of its own",
    "note": "a note jotted down in a hurry: fragments of sentences, no greeting",
    "call": "the record of a telephone call, one line for each turn of the two speakers",
    "report": "a paragraph of a report, in whole sentences",
    "letter": "a formal letter",
}

# What a record is about: without it a model invents the same few people and goods again and again.
SCENES = (
    "a family bakery in Portugal",
    "a hospital ward in Kenya",
    "a software company in Estonia",
    "a bicycle workshop in the Netherlands",
    "a fishing port in Iceland",
    "a university library in India",
    "a music festival in Brazil",
    "a vineyard in South Africa",
    "a railway depot in Poland",
    "a primary school in Vietnam",
    "a building site in Canada",
    "an animal clinic in New Zealand",
    "a solar farm in Morocco",
    "a museum in Mexico",
    "a ski resort in Austria",
    "a print shop in Nigeria",
    "a call centre in the Philippines",
    "a football club in Scotland",
    "a flower market in Colombia",
    "a shipyard in South Korea",
    "a law office in Greece",
    "a weather station in Norway",
    "a theatre in Argentina",
    "a garage in Japan",
)

REWRITE = """\
Here are a text, the JSON record that it holds, and the JSON Schema of that record.

Text:
{text}

Record:
{record}

JSON Schema:
{schema}

Write the text anew, as another person would. Its form: {surface}.
- Every value of the record must be readable in your text: names, numbers, dates, codes and addresses exactly as in \
the text above, character for character.
- A reader must be able to tell which field each value belongs to.
- Add nothing that would be a further value of the record.
- Use other words and another order than the text above. Write no JSON and no list of field names.

Answer with one JSON object and nothing else: {{"text": "your text"}}"""

CREATE = """\
Here is a JSON Schema.

{schema}

Invent a record that follows it, and a text that tells the record. The scene: {scene}. The form of the text: {surface}.
- The record follows the schema exactly, with values as they occur in real life. Leave a field out where the schema \
allows it and the text does not tell it.
- Every value of the record must be readable in the text, exactly as it stands in the record: names, numbers, dates, \
codes and addresses character for character.
- A reader must be able to tell which field each value belongs to. The text holds nothing that would be a further \
value of the record, no JSON, and no list of field names.

Answer with one JSON object and nothing else: {{"record": the record, "text": "your text"}}"""

TEMPLATES: dict[Task, str] = {"rewrite": REWRITE, "create": CREATE}
HASHES = {task: digest([template, SURFACES, SCENES]) for task, template in TEMPLATES.items()}


def rewrite(text: str, record: Any, schema: dict[str, Any], surface: str) -> str:
    return REWRITE.format(
        text=text, record=_json(record), schema=_json(without_notes(schema)), surface=SURFACES[surface]
    )


def create(schema: dict[str, Any], surface: str, chance: int) -> str:
    """``chance``, any number of at least 0, decides the scene."""
    scene = SCENES[chance % len(SCENES)]
    return CREATE.format(schema=_json(without_notes(schema)), scene=scene, surface=SURFACES[surface])


def without_notes(schema: Any) -> Any:
    """A JSON Schema without ``$schema`` and the keywords ``x-…``, which mean something to other programs only."""
    if isinstance(schema, list):
        return [without_notes(child) for child in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {key: value for key, value in schema.items() if key != "$schema" and not key.startswith("x-")}
    return {key: _named(value) if key == "properties" else without_notes(value) for key, value in kept.items()}


def _named(properties: Any) -> Any:
    """The names of properties are the user's: none is a keyword."""
    if not isinstance(properties, dict):
        return properties
    return {name: without_notes(child) for name, child in properties.items()}


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
