"""Draws a tool of a function: how it and its arguments are called and described, of what types they are.

Two tools of one function hardly ever look alike. Which arguments are required is decided when it is known what the
request says, so that nothing is required that nobody has said.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from decimal import Decimal
from random import Random
from typing import Any

from paperlib.benchmark.function_calls.argument_values import as_json, options, words
from paperlib.benchmark.function_calls.functions import Argument, Function, always
from paperlib.data.function_calls.tools import Tool
from paperlib.data.schema_forms import Node

Style = Callable[[list[str]], str]
STYLES: dict[str, tuple[Style, int]] = {
    "snake": (lambda words: "_".join(words), 70),
    "camel": (lambda words: words[0] + "".join(map(str.capitalize, words[1:])), 18),
    "pascal": (lambda words: "".join(map(str.capitalize, words)), 4),
    "kebab": (lambda words: "-".join(words), 4),
    "flat": (lambda words: "".join(words), 4),
}
FIRST_NAME, KEPT, DOTTED, SHUFFLED, NESTED = 0.45, 0.55, 0.12, 0.15, 0.06  # shares of arguments, tools
ISO_DATES, UNDESCRIBED, AS_ENUM, AS_FORMAT, WITH_DEFAULT, SAYING_DEFAULT = 0.5, 0.06, 0.7, 0.3, 0.3, 0.5
INTEGER, YEAR_AS_TEXT = 0.35, 0.2  # shares of whole numbers, of years that are strings
OPTIONAL_REQUIRED = 0.2  # share of optional arguments that a request tells
NESTS = ("options", "details", "parameters", "settings", "filters", "params")
ITEM_KEYS = ("item|quantity", "name|count", "product|amount", "item|count", "name|quantity", "article|pieces")
DATE_FORMATS = (" (YYYY-MM-DD)", " in the format YYYY-MM-DD", ", as YYYY-MM-DD", " in ISO 8601 (YYYY-MM-DD)")


@dataclass(frozen=True)
class DrawnArgument:
    """An argument of a drawn tool: its name there, its schema, and the form of its values."""

    key: str
    node: Node
    form: str = ""


@dataclass(frozen=True)
class DrawnTool:
    """A function with the name, the description and the arguments of a tool."""

    function: Function
    name: str
    description: str
    arguments: dict[str, DrawnArgument]  # by the argument's name in the function
    nest: tuple[str, tuple[str, ...]] = ("", ())  # an object around some arguments, and which

    def tool(self, required: Collection[str]) -> Tool:
        """The tool, with the arguments that are required."""
        around, inside = self.nest
        properties: Node = {}
        for name, argument in self.arguments.items():
            if name not in inside:
                properties[argument.key] = argument.node
            elif around not in properties:
                properties[around] = _object([self.arguments[one] for one in inside], required, self.arguments)
        needed = [argument.key for name, argument in self.arguments.items() if name in required and name not in inside]
        needed += [around] if any(name in required for name in inside) else []
        body = {"type": "object", "properties": properties, "required": [key for key in properties if key in needed]}
        return Tool(self.name, self.description, body)

    def placed(self, values: dict[str, Any]) -> dict[str, Any]:
        """Values by the function's names for its arguments, as the arguments of a call."""
        around, inside = self.nest
        placed: dict[str, Any] = {}
        for name, argument in self.arguments.items():
            if name in values and name in inside:
                placed.setdefault(around, {})[argument.key] = values[name]
            elif name in values:
                placed[argument.key] = values[name]
        return placed

    def path(self, name: str) -> tuple[str, ...]:
        """The keys that lead to an argument in those of a call."""
        around, inside = self.nest
        return (around, self.arguments[name].key) if name in inside else (self.arguments[name].key,)


def draw_tool(function: Function, rng: Random) -> DrawnTool:
    """A tool of the function, with the arguments that every request tells, those of one phrase, and some others."""
    kept = always(rng.choice(function.do))
    style = rng.choices([style for style, _ in STYLES.values()], [weight for _, weight in STYLES.values()])[0]
    names = [n for n in function.arguments if n in kept or rng.random() < KEPT]
    if rng.random() < SHUFFLED:
        rng.shuffle(names)
    described, iso = rng.random() >= UNDESCRIBED, rng.random() < ISO_DATES  # one form of dates in a tool
    arguments: dict[str, DrawnArgument] = {}
    for name in names:
        one = _argument(function.arguments[name], style, rng, described, iso)
        if one.key not in {other.key for other in arguments.values()}:
            arguments[name] = one
        elif name in kept:
            arguments[name] = DrawnArgument(f"{one.key}{len(arguments) + 1}", one.node, one.form)
    about = rng.choice(function.about).rstrip(".") + rng.choice(("", ".", "."))
    return DrawnTool(function, _name(function, style, rng), about, arguments, _nest(list(arguments), rng))


def _name(function: Function, style: Style, rng: Random) -> str:
    before, dot, after = rng.choice(function.names).partition(".")
    if not dot and rng.random() < DOTTED:
        before, dot, after = function.domain.replace("_", " "), ".", before
    return style(before.split()) + (f".{style(after.split())}" if dot else "")


def _nest(names: list[str], rng: Random) -> tuple[str, tuple[str, ...]]:
    if len(names) < 3 or rng.random() >= NESTED:
        return "", ()
    return rng.choice(NESTS), tuple(names[-rng.randint(2, len(names) - 1) :])


def _object(arguments: list[DrawnArgument], required: Collection[str], every: dict[str, DrawnArgument]) -> Node:
    needed = {argument.key for name, argument in every.items() if name in required}
    keys = [argument.key for argument in arguments if argument.key in needed]
    return {"type": "object", "properties": {one.key: one.node for one in arguments}, "required": keys}


def _argument(argument: Argument, style: Style, rng: Random, described: bool, iso: bool) -> DrawnArgument:
    first, *others = argument.names.split("/")
    key = style((first if not others or rng.random() < FIRST_NAME else rng.choice(others)).split())
    node, form, hint = _node(argument.values, rng, iso)
    while argument.values.startswith("coded") and "code" in key.lower() and form != "code":
        node, form, hint = _node(argument.values, rng, iso)
    if argument.default is not None:
        node["type"] = "number" if node["type"] == "integer" and "." in argument.default else node["type"]
        default = _default(argument, node, form)
        if rng.random() < WITH_DEFAULT:
            node["default"] = default
        if rng.random() < SAYING_DEFAULT:
            hint += rng.choice((f" (default {default})", f". Default is {default}", f", {default} by default"))
    if described or hint:
        node["description"] = argument.about + hint + rng.choice(("", "", "."))
    return DrawnArgument(key, node, form)


def _default(argument: Argument, node: Node, form: str) -> Any:
    """The default of an argument, as its type and its form have it."""
    default, kind = str(argument.default), node["type"]
    if form == "code":
        return words.codes[argument.values.split()[1]].get(default, default)
    if kind == "boolean":
        return default == "true"
    if kind not in ("integer", "number"):
        return default
    return as_json(Decimal(default) / 100 if form == "fraction" else Decimal(default))


def _node(values: str, rng: Random, iso: bool = False) -> tuple[Node, str, str]:
    """The schema of values, their form, and what their description has to say of it; ``iso``: of dates."""
    kind, _, rest = values.partition(" ")
    if kind in ("int", "num", "money"):
        return _number(kind, rest, rng)
    if kind == "percent":
        form = rng.choice(("percent", "percent", "fraction"))
        said = (" in percent", " as a percentage", ", in percent (5 for 5%)")
        hint = (
            rng.choice((" as a decimal (0.05 for 5%)", " as a fraction, e.g. 0.05 for 5%"))
            if form == "fraction"
            else rng.choice(said)
        )
        return {"type": "number"}, form, hint
    if kind == "year":
        return ({"type": "string"}, "text", "") if rng.random() < YEAR_AS_TEXT else ({"type": "integer"}, "", "")
    if kind == "coded":
        form = rng.choice(("code", ""))
        return {"type": "string"}, form, rng.choice(words.code_hints[rest]) if form else ""
    if kind == "flag":
        return {"type": "boolean"}, "", ""
    if kind == "enum":
        names = [value for value, _ in options(rest)]
        return (
            ({"type": "string", "enum": names}, "", "")
            if rng.random() < AS_ENUM
            else ({"type": "string"}, "", _one_of(names, rng))
        )
    if kind == "date" and iso:
        with_format = {"format": "date"} if rng.random() < AS_FORMAT else {}
        return {"type": "string", **with_format}, "iso", rng.choice(DATE_FORMATS)
    if kind == "time" and rng.random() < 0.5:
        return (
            {"type": "string"},
            "24h",
            rng.choice((" (HH:MM)", " as HH:MM, 24-hour clock", ", in 24-hour format (HH:MM)")),
        )
    if kind == "point":
        return {"type": "array", "items": {"type": rng.choice(("integer", "number"))}}, "", ""
    if kind in ("list", "list-of"):
        node, form, hint = _node(rest.rpartition(" ")[0], rng, iso)
        return {"type": "array", "items": node}, form, hint
    return _items(rng) if kind == "items" else ({"type": "string"}, "", "")


def _number(kind: str, span: str, rng: Random) -> tuple[Node, str, str]:
    low, high = map(Decimal, span.split("-"))
    if kind == "int":
        return {"type": rng.choice(("integer", "integer", "integer", "integer", "number"))}, "", ""
    whole = high - low >= 2 and rng.random() < INTEGER
    return ({"type": "integer"}, "integer", "") if whole else ({"type": "number"}, "", "")


def _items(rng: Random) -> tuple[Node, str, str]:
    form = rng.choice(ITEM_KEYS)
    thing, number = form.split("|")
    properties = {thing: {"type": "string"}, number: {"type": "integer"}}
    return (
        {"type": "array", "items": {"type": "object", "properties": properties, "required": [thing, number]}},
        form,
        "",
    )


def _one_of(names: list[str], rng: Random) -> str:
    listed = f"{', '.join(names[:-1])} or {names[-1]}"
    return rng.choice((f" ({listed})", f": {listed}", f". One of {', '.join(names)}", f", one of: {', '.join(names)}"))
