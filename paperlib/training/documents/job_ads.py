"""Documents of one kind under one schema, as people label theirs: the set that ships with the package.

    python -m paperlib.training.documents.job_ads

writes ``data/examples/job_ads.jsonl`` anew: English job advertisements with what they state of ten fields.
"""

from random import Random
from typing import Any

from paperlib.core import paths
from paperlib.core.files import write_jsonl
from paperlib.training.documents import people
from paperlib.training.documents.document import Document, Fact

FIELDS = (
    *("job title", "company", "location", "salary from", "salary to", "hours per week"),
    *("start date", "application deadline", "contact", "reference"),
)  # by their first names
N = 60


def job_ads() -> list[dict[str, Any]]:
    """N labelled job advertisements: ``id``, ``text`` and ``answer``, as ``paperlib finetune`` reads them."""
    rows: list[dict[str, Any]] = []
    number = 0
    while len(rows) < N:
        document = people.KINDS["job advertisement"](Random(f"job ads/{number}"))
        number += 1
        if document.language == "en":
            rows.append({"id": f"ad-{len(rows) + 1:02}", "text": document.text, "answer": _label(document)})
    return rows


def _label(document: Document) -> dict[str, Any]:
    facts = {fact.names.partition("/")[0]: fact.value for fact in document.entries if isinstance(fact, Fact)}
    return {name.replace(" ", "_"): facts[name] for name in FIELDS if facts.get(name) is not None}


if __name__ == "__main__":
    write_jsonl(paths.ROOT / "data/examples/job_ads.jsonl", job_ads())
