"""The Berkeley function-calling leaderboard (Patil et al. 2025, https://gorilla.cs.berkeley.edu/leaderboard.html).

| set              | file                                     | examples                                               |
|------------------|------------------------------------------|--------------------------------------------------------|
| bfcl-simple      | ``simple_python.jsonl`` and its answers  | one tool, which fits                                   |
| bfcl-multiple    | ``multiple.jsonl`` and its answers       | two to four tools, one of which fits                   |
| bfcl-irrelevance | ``irrelevance.jsonl``, where it is there | tools of which none fits                               |

The requests of ``data/requests``, written by hand to choose settings on, are in the same format (WRITTEN).

Without that last file the set is made of ``simple_python.jsonl``: each request with the tool of another one, which has
no word of it. Nothing here is trained on. A row has ``id``, ``question`` (turns of messages) and ``function``; an
answer has ``ground_truth``, for every argument the values that are right, ``""`` among them where it may be left out.
"""

import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from paperlib.core.errors import DataError
from paperlib.core.files import read_jsonl, sha256_hex
from paperlib.data.examples import Example
from paperlib.data.function_calls.tool_calls import calls_schema
from paperlib.data.function_calls.tools import Tool
from paperlib.data.schemas import Schemas

FOLDER = "bfcl"
SIMPLE, MULTIPLE, IRRELEVANCE = "bfcl-simple", "bfcl-multiple", "bfcl-irrelevance"
FILES = {SIMPLE: "simple_python", MULTIPLE: "multiple", IRRELEVANCE: "irrelevance"}
WRITTEN = "written"  # the set that is ours; its file is called like it
# The names of types in these files, which are Python's, as JSON Schema has them.
TYPES = {"dict": "object", "float": "number", "tuple": "array", "any": "string", "list": "array", "bool": "boolean"}
KEPT = ("type", "description", "enum", "default", "items", "properties", "required")  # keywords
SHORT = 3  # letters of a word that says what a request or a tool is about

Accepted = list[dict[str, dict[str, Any]]]  # calls by name: for every argument the values that are right


def load_bfcl(name: str, folder: Path) -> list[Example]:
    """The examples of one set, each under a schema of calls of its own, called like it (:func:`bfcl_schemas`).

    The answer is one of those that are right: the first value of each argument that may not be left out. Raises
    DataError naming file and line of a row that is not in its published form.
    """
    examples = []
    for id, text, _ in _rows(name, folder):
        examples.append(Example(id, id, None, "test", name, text, []))
    if name == IRRELEVANCE:
        return examples
    right = accepted_answers(name, folder)
    if without := next((e.id for e in examples if e.id not in right), None):
        raise DataError(f"{folder / FILES[name]}.answers.jsonl: no answer to {without!r}, expected one to each request")
    return [Example(e.id, e.id, None, "test", name, e.text, [_call(one) for one in right[e.id]]) for e in examples]


def bfcl_schemas(name: str, folder: Path) -> Schemas:
    """The schemas of calls of one set, by the id of their example. Raises DataError as :func:`load_bfcl` does."""
    return Schemas({id: calls_schema(tools, id) for id, _, tools in _rows(name, folder)})


def accepted_answers(name: str, folder: Path) -> dict[str, Accepted]:
    """What is right for each example by id; nothing where no tool fits. Raises DataError naming a broken line."""
    if name == IRRELEVANCE:
        return {id: [] for id, *_ in _rows(name, folder)}
    path = folder / f"{FILES.get(name, name)}.answers.jsonl"
    found: dict[str, Accepted] = {}
    for number, row in read_jsonl(path):
        truth = row.get("ground_truth")
        if not isinstance(truth, list) or not all(isinstance(one, dict) and len(one) == 1 for one in truth):
            raise DataError(f"{path}:{number}: field 'ground_truth': expected a list of objects with one name each")
        found[str(row.get("id"))] = truth
    return found


def _rows(name: str, folder: Path) -> Iterator[tuple[str, str, list[Tool]]]:
    """Id, request and tools of each example."""
    path = folder / f"{FILES.get(name, name)}.jsonl"
    if name == IRRELEVANCE and not path.is_file():
        yield from _unrelated(list(_rows(SIMPLE, folder)))
        return
    for number, row in read_jsonl(path):
        try:
            messages = [message for turn in row["question"] for message in turn]
            text = "\n".join(message["content"] for message in messages)
            yield row["id"], text, [_tool(function) for function in row["function"]]
        except (KeyError, TypeError, AttributeError) as error:
            reason = f"{type(error).__name__}: {error}"
            raise DataError(f"{path}:{number}: not a row of id, question and function ({reason})") from None


def _unrelated(rows: list[tuple[str, str, list[Tool]]]) -> Iterator[tuple[str, str, list[Tool]]]:
    """Every request with the tools of another one that have no word of it: of these the first by a hash of both ids."""
    words = {id: set.union(*(_tool_words(tool) for tool in tools)) for id, _, tools in rows}
    tools_by_id = {id: tools for id, _, tools in rows}
    for id, text, _ in rows:
        order: Callable[[str], str] = partial(_pair_hash, id)
        free = [other for other in words if other != id and words[other].isdisjoint(_words(text))]
        if free:
            yield id.replace("simple_python", "irrelevance"), text, tools_by_id[min(free, key=order)]


def _pair_hash(id: str, other: str) -> str:
    return sha256_hex(f"{id} {other}")


def _tool_words(tool: Tool) -> set[str]:
    named = [tool.name, tool.description, *tool.parameters.get("properties", {})]
    return _words(" ".join(named))


def _words(text: str) -> set[str]:
    """The words of more than SHORT letters, without their endings."""
    parts = re.findall(r"[A-Z]?[a-z]+|[A-Z]+", re.sub(r"[^A-Za-z]", " ", text))
    return {re.sub(r"(ies|es|s|ing|ed|e|y)$", "", word.lower()) for word in parts if len(word) > SHORT}


def _tool(function: dict[str, Any]) -> Tool:
    return Tool(function["name"], function["description"], _node(function["parameters"]))


def _node(node: dict[str, Any]) -> dict[str, Any]:
    """A type of these files as JSON Schema; keywords that JSON Schema does not know are left out."""
    kept = {key: value for key, value in node.items() if key in KEPT}
    kept["type"] = TYPES.get(kept["type"], kept["type"])
    if "items" in kept:
        kept["items"] = _node(kept["items"])
    if "properties" in kept:
        kept["properties"] = {name: _node(child) for name, child in kept["properties"].items()}
    return kept


def _call(accepted: dict[str, dict[str, Any]]) -> dict[str, Any]:
    ((name, arguments),) = accepted.items()
    return {"name": name, "arguments": _values(arguments)}


def _values(arguments: dict[str, Any]) -> dict[str, Any]:
    """The first right value of each argument that may not be left out."""
    return {key: _value(values[0]) for key, values in arguments.items() if values and "" not in values}


def _value(value: Any) -> Any:
    """Objects inside an answer hold the values that are right, too."""
    if isinstance(value, dict) and all(isinstance(one, list) for one in value.values()):
        return _values(value)
    return [_value(one) for one in value] if isinstance(value, list) else value
