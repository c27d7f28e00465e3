"""Function calls as JSON: a list of ``{"name": …, "arguments": {…}}``, empty where no tool fits.

For given tools such lists have one JSON Schema, of which prompts, grammars and scores are made. It carries the
declarations of the tools under TOOLS, by which a schema of calls is told from others. The constraint "schema+text"
holds strings of arguments that are likely to be words of the request (:func:`quotes`) to it; all others are marked as
free.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from paperlib.data.function_calls.tools import Tool
from paperlib.data.leaves import json_pointer
from paperlib.data.schema_faults import schema_nodes
from paperlib.data.schema_forms import Node, free_of_text
from paperlib.data.schemas import Schema, tier_of, validator_of

TOOLS = "x-function-calls"  # keyword of a schema of calls: the tools, as they were declared
MAX_CALLS = 16  # in one answer
# What tells that an argument wants its values in a form of its own: in its name, in its description, as a keyword.
FORM_NAME = re.compile(
    r"unit|format|type|mode|kind|lang|currency|date|time|day|month|period|categor|status|order|sort|method|level|gender"
    r"|sex|operat|express|function|equation|formula|query|code|pattern|regex|frequency|state|country|symbol|ticker",
    re.IGNORECASE,
)
FORM = re.compile(
    r"e\.g|such as|\blike\b|format|code|abbrev|\bISO\b|\bor\b|\beither\b|one of|default|standard|YYYY|HH|[('\":]",
    re.IGNORECASE,
)
FORMED = {"enum", "const", "format", "pattern", "default"}


@dataclass(frozen=True)
class Call:
    """One call: the name of a tool, and its arguments."""

    name: str
    arguments: dict[str, Any] = field(hash=False)

    def row(self) -> dict[str, Any]:
        """The call as it stands in an answer."""
        return {"name": self.name, "arguments": self.arguments}

    def openai(self, id: str) -> dict[str, Any]:
        """The call as an entry of ``tool_calls`` in the OpenAI API, which has the arguments as JSON text."""
        written = json.dumps(self.arguments, ensure_ascii=False)
        return {"id": id, "type": "function", "function": {"name": self.name, "arguments": written}}


def calls_schema(tools: Sequence[Tool], id: str) -> Schema:
    """The schema of answers that call ``tools``, or none of them."""
    items = {"anyOf": [_call(tool.name, number) for number, tool in enumerate(tools)]}
    body = {
        "title": "Function calls",
        "type": "array",
        "maxItems": MAX_CALLS,
        "items": items,
        "$defs": {str(number): _arguments(tool.parameters, number) for number, tool in enumerate(tools)},
        TOOLS: [tool.declaration() for tool in tools],
    }
    return Schema(id, "Function calls", tier_of(body), body)


def without_tools(body: Node) -> Node:
    """A schema without the declarations of tools, whose references lead nowhere there: for other programs."""
    return {key: value for key, value in body.items() if key != TOOLS}


def tools_of(body: Node) -> list[Tool]:
    """The tools of a schema of calls; none of any other schema."""
    return [Tool(**{"description": "", **entry["function"]}) for entry in body.get(TOOLS, ())]


def calls_of(answer: Any) -> list[Call]:
    """The calls of an answer that is one. Raises ValueError for anything else, JSON or not."""
    if not isinstance(answer, list):
        raise ValueError("not a list of calls")
    for one in answer:
        right = isinstance(one, dict) and one.keys() == {"name", "arguments"}
        if not right or not isinstance(one["name"], str) or not isinstance(one["arguments"], dict):
            raise ValueError("a call is an object of name and arguments")
    return [Call(one["name"], one["arguments"]) for one in answer]


def faults(calls: Sequence[Call], tools: Sequence[Tool]) -> list[str]:
    """What breaks the schemas of the tools in an answer, as that of its calls does: JSON pointers, each with what is
    wrong there."""
    known, found = {tool.name: tool for tool in tools}, []
    for number, call in enumerate(calls):
        if call.name not in known:
            found.append(f"/{number}/name: there is no tool {call.name!r}")
            continue
        errors = validator_of(_closed(known[call.name].parameters)).iter_errors(call.arguments)
        found += [f"/{number}/arguments{json_pointer(*error.absolute_path)}: {error.message}" for error in errors]
    return found


def _call(name: str, number: int) -> Node:
    properties = {"name": {"const": name}, "arguments": {"$ref": f"#/$defs/{number}"}}
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def _arguments(parameters: Node, number: int) -> Node:
    """The schema of a tool's arguments inside that of calls: references lead to where they led before."""
    body = _closed(json.loads(json.dumps(parameters)))  # in which no two nodes are one
    body.pop("$schema", None)
    for _, node in schema_nodes(body):
        if isinstance(node.get("$ref"), str) and node["$ref"].startswith("#"):
            node["$ref"] = f"#/$defs/{number}{node['$ref'][1:]}"
        for name, argument in node.get("properties", {}).items():
            if isinstance(argument, dict) and not quotes(name, argument):
                node["properties"][name] = free_of_text(argument)
    return body


def quotes(name: str, argument: Node) -> bool:
    """Whether the value of an argument of a tool is likely to be a part of the request, word by word: a string, or
    strings of a list, for which neither name nor description tell a form.

    >>> quotes("city", {"type": "string", "description": "Name of the city"})
    True
    >>> quotes("city", {"type": "string", "description": "The city and state, e.g. Denver, CO"})
    False
    """
    value = argument.get("items", argument)
    plain = isinstance(value, dict) and value.get("type") == "string" and not FORMED & value.keys()
    said = " ".join(str(node.get("description", "")) for node in (argument, value)) if plain else ""
    return plain and not FORM_NAME.search(name) and not FORM.search(said)


def _closed(parameters: Node) -> Node:
    """The schema of a tool's arguments, of which those that it does not name are no part, unless it says so; its
    references and alternatives may name some."""
    composed = any(keyword in parameters for keyword in ("$ref", "allOf", "anyOf", "oneOf"))
    return {"unevaluatedProperties" if composed else "additionalProperties": False, **parameters}
