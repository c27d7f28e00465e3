"""A JSON Schema node as plain alternatives: references followed, compositions multiplied out, one type each.

Prompts and grammars are built from these forms, so that neither has to know the many ways of writing one thing: an
optional number is ``{"type": ["number", "null"]}``, ``{"anyOf": [{"type": "number"}, {"type": "null"}]}``, or, in
OpenAPI 3.0, ``{"type": "number", "nullable": true}``. What cannot be expressed this way (``not``, ``if``,
``dependentRequired`` and the like) stays in the schema, where validation sees it.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice, product
from typing import Any
from urllib.parse import unquote

Node = dict[str, Any]
GROUNDED = "x-grounded"  # keyword of ours: whether the text has to say a value
MAX_ALTERNATIVES = 64  # of one node: a product of compositions beyond it is cut, validation sees the rest
COMPOSED = ("$ref", "allOf", "anyOf", "oneOf", "nullable", "x-nullable", "$defs", "definitions")
# Which type the keywords speak of, where none is named: whoever writes "properties" means an object.
IMPLIED = {
    "object": ("properties", "additionalProperties", "patternProperties", "required", "minProperties"),
    "array": ("items", "prefixItems", "minItems", "maxItems", "uniqueItems", "contains"),
    "string": ("pattern", "format", "minLength", "maxLength"),
    "number": ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
}
LARGER = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
SMALLER = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")


def alternatives(node: Any, root: Node) -> list[Node]:
    """The plain forms of a schema ``node`` inside the schema ``root``, in order and without duplicates.

    A value that follows ``node`` follows at least one of them. Each is a schema without compositions that names at most
    one type; it names none where any JSON will do. ``false`` has no form. A reference that leads outside the schema, or
    to nothing but itself, has the form of any JSON.
    """
    found = [form for plain in _expanded(node, root, frozenset()) for form in _by_type(plain)]
    return list({json.dumps(form, sort_keys=True): form for form in found}.values())


def forms_at(root: Node, path: Sequence[str | int]) -> list[Node]:
    """The plain forms that the schema ``root`` has for what stands at a path of keys and array indices."""
    forms = alternatives(root, root)
    for step in path:
        forms = [inner for form in forms for inner in alternatives(_inside(form, step), root)]
    return forms


def free_of_text(node: Any) -> Any:
    """The schema ``node``, marked as one whose values the text need not say; so are its alternatives, the items of an
    array, and what an object holds by keys that it does not name."""
    if not isinstance(node, dict):
        return {GROUNDED: False} if node is True else node
    marked = {**node, GROUNDED: False}
    for keyword in ("anyOf", "oneOf", "allOf", "prefixItems", "items", "additionalProperties"):
        if isinstance(held := node.get(keyword), list):
            marked[keyword] = [free_of_text(part) for part in held]
        elif held is not None:
            marked[keyword] = free_of_text(held)
    if isinstance(patterns := node.get("patternProperties"), dict):
        marked["patternProperties"] = {pattern: free_of_text(held) for pattern, held in patterns.items()}
    return marked


def referred(node: Node, root: Node) -> Any:
    """What the node's reference names inside the same schema (``#/$defs/address``, or an ``$anchor`` or ``$id``);
    nothing where it has none."""
    reference = node.get("$ref")
    if not isinstance(reference, str):
        return None
    if not re.match("#(/|$)", reference):
        key, name = ("$anchor", reference[1:]) if reference.startswith("#") else ("$id", reference)
        return next((one for one in _all_nodes(root) if one.get(key) == name), None)
    found: Any = root
    for part in unquote(reference).removeprefix("#").strip("/").split("/") if reference != "#" else ():
        name = part.replace("~1", "/").replace("~0", "~")
        if isinstance(found, list):
            found = found[int(name)] if name.isdigit() and int(name) < len(found) else None
        else:
            found = found.get(name) if isinstance(found, dict) else None
    return found


def _all_nodes(node: Any) -> Iterator[Node]:
    """Every object inside a JSON value, itself too."""
    if isinstance(node, dict):
        yield node
    for child in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from _all_nodes(child)


def merged(a: Node, b: Node) -> Node:
    """A schema that values of both ``a`` and ``b`` follow; of what only describes, ``a``'s is kept.

    Of two patterns, or two formats, the first is kept as well: validation decides on the other.
    """
    result = {**b, **a}
    for key in a.keys() & b.keys():
        if combine := MERGED.get(key):
            result[key] = combine(a[key], b[key])
    return result


def _both(a: Any, b: Any) -> Any:
    """One schema for both, in which none stands twice, so that merging what is recursive comes to an end."""
    parts = [
        part
        for node in (a, b)
        for part in (node["allOf"] if isinstance(node, dict) and set(node) == {"allOf"} else [node])
    ]
    parts = [part for n, part in enumerate(parts) if part is not True and part not in parts[:n]]
    return {"allOf": parts} if len(parts) > 1 else parts[0] if parts else True


def _fields(a: Node, b: Node) -> Node:
    return {key: _both(a[key], b[key]) if key in a and key in b else a.get(key, b.get(key)) for key in {**a, **b}}


def _types(a: Any, b: Any) -> list[str]:
    first, second = ([kind] if isinstance(kind, str) else kind for kind in (a, b))
    kept = [kind for kind in first if kind in second or (kind == "integer" and "number" in second)]
    return kept + (["integer"] if "number" in first and "integer" in second and "integer" not in kept else [])


MERGED: dict[str, Callable[[Any, Any], Any]] = {
    **dict.fromkeys(LARGER, max),
    **dict.fromkeys(SMALLER, min),
    **dict.fromkeys(("items", "additionalProperties"), _both),
    **dict.fromkeys(("properties", "patternProperties"), _fields),
    "type": _types,
    "enum": lambda a, b: [value for value in a if value in b],
    "required": lambda a, b: [*a, *(key for key in b if key not in a)],
}


def _inside(form: Node, step: str | int) -> Any:
    """The schema of one item or property of values of a plain form."""
    if isinstance(step, int):
        first = form.get("prefixItems", ())
        return first[step] if step < len(first) else form.get("items", {})
    if step in form.get("properties", {}):
        return form["properties"][step]
    patterns = form.get("patternProperties", {})
    found = next((pattern for pattern in patterns if re.search(pattern, step)), None)
    return form.get("additionalProperties", {}) if found is None else patterns[found]


def _expanded(node: Any, root: Node, followed: frozenset[str]) -> list[Node]:
    """The forms of ``node`` without compositions; ``followed`` are the references that led to it."""
    if not isinstance(node, dict):
        return [] if node is False else [{}]
    own = _with_numeric_limits({key: value for key, value in node.items() if key not in COMPOSED})
    choices = [[own]]
    if "$ref" in node:
        reference, target = str(node["$ref"]), referred(node, root)
        known = reference in followed or target is None
        choices.append([{}] if known else _expanded(target, root, followed | {reference}))
    choices += [_expanded(part, root, followed) for part in node.get("allOf", ())]
    choices += [_any(node[key], root, followed) for key in ("anyOf", "oneOf") if key in node]
    forms = [form for form in map(_merge_all, _bounded_product(choices)) if form.get("type") != []]
    if node.get("nullable") is True or node.get("x-nullable") is True:
        forms.append({"type": "null"})
    return forms


def _with_numeric_limits(node: Node) -> Node:
    """With exclusive limits as numbers: in draft 4 they are booleans that say how the other limits are meant."""
    for limit, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        if isinstance(meant := node.get(exclusive), bool):
            node = {key: value for key, value in node.items() if key != exclusive}
            if meant and limit in node:
                node[exclusive] = node.pop(limit)
    return node


def _any(parts: Iterable[Any], root: Node, followed: frozenset[str]) -> list[Node]:
    return [form for part in parts for form in _expanded(part, root, followed)]


def _bounded_product(choices: list[list[Node]]) -> list[tuple[Node, ...]]:
    several = sum(len(forms) > 1 for forms in choices) > 1  # a list of alternatives alone is no longer than the schema
    return list(islice(product(*choices), MAX_ALTERNATIVES if several else None))


def _merge_all(parts: Iterable[Node]) -> Node:
    result: Node = {}
    for part in parts:
        result = merged(result, part)
    return result


def _by_type(form: Node) -> list[Node]:
    """One form for each type that ``form`` names, or for the one that its keywords speak of."""
    kind = form.get("type")
    if isinstance(kind, list):
        return [{**form, "type": each} for each in kind]
    if kind is None and not {"enum", "const"} & form.keys():
        implied = next((name for name, keywords in IMPLIED.items() if any(key in form for key in keywords)), None)
        return [{**form, "type": implied}] if implied else [form]
    return [form]
