"""An intent classifier behind HTTP: ``paperlib serve`` with a folder of finetune-intents.

``POST /v1/classify`` takes ``{"input": TEXT or [TEXT, …]}`` and, if given, ``threshold`` and ``candidates``; it answers
``{"object": "list", "model": NAME, "data": [{"index", "intent", "probability", "candidates"}, …]}``. An intent is one
of the classifier's labels, or null.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any

from paperlib.core.errors import DataError
from paperlib.decoding import json_server
from paperlib.decoding.intents.classifier import Classifier

PATH = "/classify"
FIELDS = ("input", "model", "threshold", "candidates")


def serving_classifier(classifier: Classifier, name: str, port: int = 0) -> AbstractContextManager[str]:
    """Serves a classifier as :func:`paperlib.decoding.json_server.serving` does."""

    def answer(asked: Any) -> dict[str, Any]:
        found = classifier.classify(*_parsed(asked))
        return {"object": "list", "model": name, "data": [{"index": n, **one.as_json()} for n, one in enumerate(found)]}

    return json_server.serving(name, PATH, answer, port)


def _parsed(asked: Any) -> tuple[Sequence[str], float | None, int]:
    """Texts, threshold and number of candidates of a request. Raises DataError naming the field at fault."""
    if not isinstance(asked, dict) or "input" not in asked or set(asked) - set(FIELDS):
        raise DataError(f"expected an object with the field 'input' and, if you like, {', '.join(FIELDS[1:])}")
    texts = [asked["input"]] if isinstance(asked["input"], str) else asked["input"]
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise DataError("field 'input': expected a string, or an array of strings")
    least, candidates = asked.get("threshold"), asked.get("candidates", 3)
    if least is not None and not (_is_number(least) and 0 <= least <= 1):
        raise DataError("field 'threshold': expected a number from 0 to 1, or null")
    if not _is_number(candidates) or candidates < 0 or candidates != int(candidates):
        raise DataError("field 'candidates': expected a whole number of at least 0")
    return texts, None if least is None else float(least), int(candidates)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
