"""LangExtract as a tool that answers with a record, of which each field is the first extraction of its class.

It has no place for the JSON Schema of a record: a schema of its own would describe its list of extractions. We use it
as its documentation does, with instructions, here the schema's descriptions, and one worked example, here a receipt of
ours, so that only receipts can be read. From the example it derives the schema of its list, which llama.cpp follows as
a grammar. An extraction that it cannot find in the text is dropped, as its documentation advises.
"""

import json
import warnings
from collections.abc import Callable, Iterable
from typing import Any, Protocol

from paperlib.core.errors import PaperlibError
from paperlib.data.examples import Example
from paperlib.data.schemas import Schema, Schemas

TEXT = """TASIK BIRU HARDWARE
NO 14, JALAN KENANGA 3,
TAMAN MELATI,
43000 KAJANG
TAX INVOICE
BILL NO : 100482
17/03/2018 10:22 AM
WOOD SCREW 40MM
2 X 3.90
7.80
PAINT BRUSH 6.50
SUB TOTAL 14.30
TOTAL RM 14.30
CASH 20.00
CHANGE 5.70"""
FOUND = {
    "company": "TASIK BIRU HARDWARE",
    "address": "NO 14, JALAN KENANGA 3,\nTAMAN MELATI,\n43000 KAJANG",
    "date": "17/03/2018",
    "total": "14.30",
}


class Extraction(Protocol):
    """What LangExtract finds: a text of some class, and where it stands; None where it does not."""

    extraction_class: str
    extraction_text: str
    char_interval: Any


def check(schemas: Schemas) -> None:
    """Raises PaperlibError for a schema whose fields are not those of the example."""
    for schema in schemas.values():
        if set(schema.body["properties"]) != set(FOUND):
            raise PaperlibError(f"langextract: schema {schema.id!r}; expected the fields {', '.join(FOUND)}")


def failure() -> type[Exception]:
    """What it raises where a model gives no answer."""
    from langextract.core import exceptions

    found: type[Exception] = exceptions.LangExtractError
    return found


def reading(url: str, model: str, schemas: Schemas, max_tokens: int) -> Callable[[Example], str]:
    """Reads receipts through the OpenAI API at ``url``, each in one request, in at most ``max_tokens`` tokens."""
    import langextract

    shown = [langextract.data.Extraction(extraction_class=key, extraction_text=FOUND[key]) for key in FOUND]
    asked = {"api_key": "none", "base_url": url, "temperature": 0.0, "max_output_tokens": max_tokens}
    config = langextract.factory.ModelConfig(model_id=model, provider="openai", provider_kwargs=asked)

    def read(example: Example) -> str:
        schema = schemas[example.schema_id]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # that the constraint comes from the example
            found = langextract.extract(
                example.text,
                prompt_description=instruction(schema),
                examples=[langextract.data.ExampleData(text=TEXT, extractions=shown)],
                config=config,
                max_char_buffer=len(example.text) + 1,  # in one piece: a receipt fits the context
                max_workers=1,
                batch_length=1,
                show_progress=False,
            )
        return json.dumps(flattened(found.extractions or [], schema), ensure_ascii=False)

    return read


def instruction(schema: Schema) -> str:
    """What to look for, in the words of the schema."""
    fields = schema.body["properties"].items()
    said = "\n".join(f"- {key}: {node.get('description', node['type'])}" for key, node in fields)
    return f"Extract these from the text, each at most once, in the exact words of the text:\n{said}"


def flattened(found: Iterable[Extraction], schema: Schema) -> dict[str, Any]:
    """The first extraction of every field that stands in the text, on one line; other classes are left out."""
    record: dict[str, Any] = {}
    for one in found:
        if one.char_interval is not None and one.extraction_class in schema.body["properties"]:
            record.setdefault(one.extraction_class, " ".join(one.extraction_text.split()))
    return record
