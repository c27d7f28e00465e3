"""Whether calls are right by abstract syntax: the rules of the Berkeley leaderboard for Python, without its code.

A call is right if it names the expected function, has every required argument and no other than those expected, each
of the declared type and with one of the values that are right; ``""`` among these says that an argument may be left
out. Strings are compared without case, spaces and the punctuation ``,./-_*^``. An integer passes for a number, a number
never for an integer. The rules are those of ``ast_checker.py`` in ``bfcl-eval`` 2026.3.23 (Apache-2.0), its leniencies
included: a value of the type that the right values have passes whatever type was declared (there it stands for a
variable), and an argument that is a list passes the check of its items where it may be left out. Where that code would
stop with an error, the call is wrong.

On the 600 examples of bfcl-simple and bfcl-multiple, both decide alike about each of 42,779 answers: right ones, all
values that are accepted, and ones with arguments left out, added or renamed, values of other types, case or
punctuation, and lists and objects that were changed inside.
"""

import re
from collections.abc import Callable, Sequence
from typing import Any

from paperlib.data.function_calls.bfcl import Accepted
from paperlib.data.function_calls.tool_calls import Call
from paperlib.data.function_calls.tools import Tool

PYTHON: dict[Any, type] = {
    "string": str, "integer": int, "number": float, "boolean": bool, "array": list, "object": dict,
}  # fmt: skip


def right_calls(calls: Sequence[Call], accepted: Accepted, tools: Sequence[Tool]) -> bool:
    """Whether the calls are the expected ones, in any order; none, where none is expected."""
    if len(calls) != len(accepted):
        return False
    known, left = {tool.name: tool for tool in tools}, list(calls)
    for expected in accepted:
        ((name, arguments),) = expected.items()
        found = next((call for call in left if name in known and right_call(call, name, arguments, known[name])), None)
        if found is None:
            return False
        left.remove(found)
    return True


def right_call(call: Call, name: str, accepted: dict[str, Any], tool: Tool) -> bool:
    """Whether one call is the expected one of the function ``name``, which ``tool`` declares."""
    given, properties = call.arguments, tool.parameters.get("properties", {})
    if call.name != name or any(key not in given for key in tool.parameters.get("required", ())):
        return False
    if any(key not in given and "" not in values for key, values in accepted.items()):
        return False
    return all(
        key in properties and key in accepted and _right(value, accepted[key], properties[key])
        for key, value in given.items()
    )


def accepted_exactly(answer: Sequence[Call], tools: Sequence[Tool]) -> Accepted:
    """What is right where one answer is known: its values, and the default of an argument, or of a field of an object,
    that it leaves out."""
    nodes = {tool.name: tool.parameters for tool in tools}
    return [{call.name: _exactly(call.arguments, nodes[call.name])} for call in answer]


def _exactly(arguments: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    inner = node.get("properties", {})
    return {**_defaults(node), **{key: [_exact(value, inner.get(key, {}))] for key, value in arguments.items()}}


def _exact(value: Any, node: dict[str, Any]) -> Any:
    """A value as it is accepted: each field of an object has a list, but in objects inside objects."""
    if isinstance(value, dict):
        return {**_defaults(node), **{key: [inner] for key, inner in value.items()}}
    return [_exact(item, node.get("items", {})) for item in value] if isinstance(value, list) else value


def _defaults(node: dict[str, Any]) -> dict[str, Any]:
    required = node.get("required", ())
    nodes = {key: inner for key, inner in node.get("properties", {}).items() if key not in required}
    return {key: ["", inner["default"]] for key, inner in nodes.items() if "default" in inner}


def _right(given: Any, accepted: Sequence[Any], node: dict[str, Any]) -> bool:
    """Whether an argument has one of the values that are right, under the schema ``node`` of its declaration."""
    declared = PYTHON.get(node.get("type"))
    inner = PYTHON.get(node.get("items", {}).get("type")) if declared is list else None
    value: Any = float(given) if declared is float and type(given) is int else given
    known = _type_of(accepted)
    try:
        as_declared = type(value) is declared  # apart, as mypy would narrow the value
        if as_declared and declared:
            if inner is not None and not any(_items_pass(value, one, inner) for one in accepted):
                return False
            if known is not None and known is not declared:  # the right values stand for a variable
                return value in accepted
            return _compared(declared, inner)(value, accepted)
        return known is not None and type(value) is known and value in accepted
    except (TypeError, AttributeError, KeyError, IndexError):
        return False


def _type_of(accepted: Sequence[Any]) -> type | None:
    """The type of the first value that is right; None where an argument may only be left out."""
    return next((type(value) for value in accepted if value != ""), None)


def _items_pass(value: Sequence[Any], accepted: Any, inner: type) -> bool:
    """Whether all items have the type ``inner``, or that of the right ones."""
    return not isinstance(accepted, list) or all(type(item) in (inner, _type_of(accepted)) for item in value)


def _compared(declared: type, inner: type | None) -> Callable[[Any, Sequence[Any]], bool]:
    if declared is dict:
        return _right_object
    if declared is list:
        return _right_objects if inner is dict else _right_list
    return _right_string if declared is str else lambda value, accepted: value in accepted


def _right_string(value: str, accepted: Sequence[Any]) -> bool:
    return _plain(value) in [_plain(one) for one in accepted if isinstance(one, str)]


def _right_list(value: list[Any], accepted: Sequence[Any]) -> bool:
    return [_plain(item) for item in value] in [[_plain(item) for item in one] for one in accepted]


def _right_objects(value: list[Any], accepted: Sequence[Any]) -> bool:
    return any(
        len(value) == len(one) and all(_right_object(item, [right]) for item, right in zip(value, one, strict=True))
        for one in accepted
    )


def _right_object(value: dict[str, Any], accepted: Sequence[Any]) -> bool:
    """Objects inside objects are compared as they are."""
    return any(
        all(key in one and _plain(item) in [_plain(right) for right in one[key]] for key, item in value.items())
        and all(key in value or "" in values for key, values in one.items())
        for one in accepted
        if one != ""
    )


def _plain(value: Any) -> Any:
    """A string without case and what does not count; any other value as it is."""
    return re.sub(r"[ ,./\-_*^]", "", value).lower().replace("'", '"') if isinstance(value, str) else value
