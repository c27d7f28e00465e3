"""How a model is shown the tools that it may call, and the request."""

import json
from collections.abc import Sequence

from paperlib.data.function_calls.tools import Tool
from paperlib.data.schemas import schema_to_prompt, shortened

LONGEST = 200  # characters of a tool's description that a prompt shows
# What a chat model is asked, in its own chat template.
CALL_CHAT = (
    'Answer the request below by calling tools: write a JSON list of calls, each {{"name": …, "arguments": {{…}}}}, '
    "whose arguments follow the tool's JSON Schema; leave out optional arguments that the request does not tell. Where "
    "no tool fits, or a required argument is not told, write [].\n\nTools:\n{tools}\n\nRequest:\n{text}"
)


def tools_prompt(tools: Sequence[Tool], text: str, descriptions: bool = True) -> str:
    """The tools, one a line, and the request; ``descriptions`` are those of arguments.

    >>> city = {"type": "object", "properties": {"city": {"type": "string"}}}
    >>> print(tools_prompt([Tool("get_weather", "Weather of a city", city)], "Rain in Oslo?"))
    Functions:
    get_weather: Weather of a city {city?: string}
    <BLANKLINE>
    Request: Rain in Oslo?
    """
    return "\n".join(["Functions:", *(_line(tool, descriptions) for tool in tools), "", f"Request: {text}"])


def tools_message(tools: Sequence[Tool], text: str) -> str:
    """What a chat model is asked: tools in full, as they were declared."""
    declared = "\n".join(json.dumps(tool.declaration()["function"], ensure_ascii=False) for tool in tools)
    return CALL_CHAT.format(tools=declared, text=text)


def _line(tool: Tool, descriptions: bool) -> str:
    about = shortened(tool.description, LONGEST)
    shown = schema_to_prompt(tool.parameters, descriptions)
    return f"{tool.name}: {about} {'{}' if shown in ('object', '{}') else shown}"
