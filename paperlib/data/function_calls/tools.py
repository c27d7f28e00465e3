"""Tools that a model may call, declared as in the OpenAI API: a name, a description, a JSON Schema of the arguments.

What no grammar of ours expresses is refused where a tool is declared, rather than where it would spoil an answer.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from paperlib.core.errors import DataError
from paperlib.core.files import read_json
from paperlib.core.strict_json import is_encodable
from paperlib.core.strict_model import suggestion
from paperlib.data.leaves import json_pointer
from paperlib.data.schema_faults import schema_nodes
from paperlib.data.schema_forms import MAX_ALTERNATIVES, Node, alternatives
from paperlib.data.schemas import schema_of

MAX_TOOLS = MAX_ALTERNATIVES  # a grammar has as many alternatives at most
NAME = re.compile(r'[^\s"\\]{1,128}')
KEYS = ("name", "description", "parameters", "strict")  # of a function
UNSUPPORTED = (  # keywords that no grammar expresses, or that speak of other documents
    *("not", "if", "then", "else", "contains", "minContains", "maxContains", "propertyNames", "uniqueItems"),
    *("dependentRequired", "dependentSchemas", "dependencies", "unevaluatedProperties", "unevaluatedItems"),
    *("$id", "$anchor", "$dynamicRef", "$dynamicAnchor", "$recursiveRef", "$recursiveAnchor"),
)


@dataclass(frozen=True)
class Tool:
    """One function. ``parameters`` is the JSON Schema of its arguments, an object."""

    name: str
    description: str = ""
    parameters: Node = field(default_factory=lambda: {"type": "object", "properties": {}}, hash=False)

    def declaration(self) -> dict[str, Any]:
        """The tool as an entry of ``tools`` in the OpenAI API."""
        described = {"description": self.description} if self.description else {}
        return {"type": "function", "function": {"name": self.name, **described, "parameters": self.parameters}}


def load_tools(path: Path) -> list[Tool]:
    """The tools of a JSON file: a list of declarations, or an object that has one under ``tools``.

    Raises DataError naming the file and, by JSON pointer, what is wrong in it: no tool or more than MAX_TOOLS, a name
    that is missing, malformed or occurs twice, half of a surrogate pair, arguments whose schema is not valid, not of an
    object, requires what it has no property for, or has a keyword that is not supported.
    """
    return parse_tools(read_json(path, strict=True), str(path))


def parse_tools(value: Any, where: str = "tools") -> list[Tool]:
    """Parsed declarations, which came from ``where``, as tools. A declaration is ``{"type": "function", "function":
    {"name": …, "description": …, "parameters": …}}``, what stands under ``function`` alone, or a tool. Raises DataError
    as :func:`load_tools` does."""
    start = "/tools" if isinstance(value, dict) and "tools" in value else ""
    entries = value["tools"] if start else value
    if not isinstance(entries, list) or not entries:
        found = "an empty list" if entries == [] else type(entries).__name__
        raise DataError(f"{where}: {start or 'the root'}: found {found}, expected a list of tools")
    if len(entries) > MAX_TOOLS:
        raise DataError(f"{where}: {start or 'the root'}: found {len(entries)} tools, expected at most {MAX_TOOLS}")
    tools: dict[str, Tool] = {}
    places: dict[str, str] = {}
    for number, entry in enumerate(entries):
        tool, place = _tool(entry, f"{start}/{number}", where)
        if tool.name in tools:
            raise DataError(f"{where}: {place}/name: {tool.name!r} is also the name at {places[tool.name]}/name")
        tools[tool.name], places[tool.name] = tool, place
    return list(tools.values())


def _tool(entry: Any, place: str, where: str) -> tuple[Tool, str]:
    """A tool, and the JSON pointer of its function."""
    if isinstance(entry, Tool):
        entry = entry.declaration()
    if isinstance(entry, dict) and entry.get("type", "function") != "function":
        raise DataError(f"{where}: {place}/type: found {entry['type']!r}, expected 'function'")
    if isinstance(entry, dict) and "function" in entry:
        entry, place = entry["function"], f"{place}/function"
    elif isinstance(entry, dict):
        entry = {key: value for key, value in entry.items() if key != "type"}
    if not isinstance(entry, dict):
        raise DataError(f"{where}: {place}: found {type(entry).__name__}, expected a function (an object)")
    for key in entry:
        if key not in KEYS:
            raise DataError(f"{where}: {place}{json_pointer(key)}: unknown field{suggestion(key, KEYS)}")
    name, description = entry.get("name"), entry.get("description") or ""
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise DataError(f"{where}: {place}/name: found {name!r:.80}, expected 1 to 128 characters without white space")
    if not isinstance(description, str):
        raise DataError(f"{where}: {place}/description: found {type(description).__name__}, expected a string")
    if not is_encodable([name, description]):
        raise DataError(f"{where}: {place}: has half of a surrogate pair (\\ud800 to \\udfff), which is no character")
    if entry.get("parameters") is None:
        return Tool(name, description), place
    return Tool(name, description, _parameters(entry["parameters"], f"{place}/parameters", where)), place


def _parameters(body: Any, place: str, where: str) -> Node:
    for fault in _unsupported(body, place):
        raise DataError(f"{where}: {fault}")
    if body == {}:
        return {"type": "object", "properties": {}}
    schema = schema_of(body, "parameters", f"{where}: {place}")
    for form in alternatives(schema.body, schema.body):
        if form.get("type") != "object":
            found = form.get("type") or json.dumps(form)
            raise DataError(f"{where}: {place}/type: found {found:.80}, expected object: arguments have names")
        named, others = form.get("properties", {}), form.get("additionalProperties", False)
        unknown = next((name for name in form.get("required", ()) if name not in named), None)
        if unknown is not None and others is False and not form.get("patternProperties"):
            found = ", ".join(named) or "none"
            raise DataError(f"{where}: {place}/required: {unknown!r} is not among the properties (found {found})")
    return schema.body


def _unsupported(body: Any, place: str) -> Iterator[str]:
    for pointer, node in schema_nodes(body):
        for keyword in UNSUPPORTED:
            if keyword in node and (keyword, node[keyword]) != ("uniqueItems", False):
                yield f"{place}{pointer}{json_pointer(keyword)}: the keyword {keyword} is not supported for tools"
