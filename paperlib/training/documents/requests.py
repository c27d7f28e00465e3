"""Requests of EdgeFuncCall as documents: what somebody who wants a function called says of its arguments.

Its some six hundred training functions are as many schemas of arguments, with descriptions, enums and values that
follow from words ("half past seven", "every other day"). Functions of its dev and test split are not drawn.
"""

from random import Random
from typing import Any

from paperlib.benchmark.function_calls.argument_values import Value
from paperlib.benchmark.function_calls.call_drawing import draw_request
from paperlib.benchmark.function_calls.request_texts import capital
from paperlib.benchmark.function_calls.tool_drawing import DrawnTool
from paperlib.training.documents.document import DATE, TEXT, Document, Fact, Kind, Node
from paperlib.training.documents.utterances import ARTICLE


def request(rng: Random) -> Document:
    """One request; its facts are the arguments of the function, also those that it does not tell."""
    language, drawn, text, said = draw_request(rng)
    facts = tuple(_fact(drawn, name, said.get(name)) for name in drawn.arguments)
    return Document(capital(rng.choice(drawn.function.names).replace(".", " ")), text, facts, language)


def _fact(drawn: DrawnTool, name: str, said: Value | None) -> Fact:
    declared, argument = drawn.function.arguments[name], drawn.arguments[name]
    node: Node = {keyword: value for keyword, value in argument.node.items() if keyword != "default"}
    description = node.pop("description", declared.about)
    node = DATE if argument.form == "iso" and node["type"] == "string" else node
    plain = TEXT in (node, node.get("items"))
    if said and plain and not said.copied:  # a code for words, or a name for them that only its description tells
        return Fact(declared.names, None if node["type"] == "array" else said.text, TEXT, None, declared.about)
    if description.rstrip(".") != declared.about and not plain:  # it tells the form of the value
        node = {**node, "description": description}
    value, written = _value(said, node) if said else (None, None)
    return Fact(declared.names, value, node, written, description)


def _value(said: Value, node: Node) -> tuple[Any, str | None]:
    """A value as JSON, and as the text writes it if that is another; copies have no article, as in all documents."""
    if said.copied and isinstance(said.value, str):
        article = ARTICLE.match(said.value)
        return said.value[article.end() if article else 0 :], None
    return said.value, said.text if node["type"] != "array" and said.text != said.value else None


KINDS: dict[str, Kind] = {"request": request}
