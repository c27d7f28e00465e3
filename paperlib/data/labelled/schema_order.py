"""Answers as the grammar of their schema writes them: fields in its order, and none that it has no place for."""

from typing import Any

from paperlib.data.schema_forms import Node, forms_at


def in_schema_order(value: Any, schema: Node, path: tuple[str | int, ...] = ()) -> Any:
    """A copy of what stands at ``path`` of an answer, its fields in the order in which ``schema`` names them.

    Fields that it does not name come last where it says that there may be such, and else are left out.
    """
    if isinstance(value, list):
        return [in_schema_order(item, schema, (*path, place)) for place, item in enumerate(value)]
    if not isinstance(value, dict):
        return value
    forms = [form for form in forms_at(schema, path) if form.get("type", "object") == "object"]
    form = max(forms, key=lambda one: len(_named(one).keys() & value.keys()), default={})
    named = _named(form)
    more = value.keys() - named.keys() if not named or _open(form) else ()
    keys = [*(key for key in named if key in value), *(key for key in value if key in more)]
    return {key: in_schema_order(value[key], schema, (*path, key)) for key in keys}


def field_paths(value: Any, above: tuple[str, ...] = ()) -> set[tuple[str, ...]]:
    """The names that lead to each field of an answer, at any depth; items of an array are not told apart."""
    if isinstance(value, list):
        return {path for item in value for path in field_paths(item, above)}
    if not isinstance(value, dict):
        return set()
    below = (field_paths(inner, (*above, key)) for key, inner in value.items())
    return {(*above, key) for key in value}.union(*below)


def _named(form: Node) -> dict[str, None]:
    return dict.fromkeys([*form.get("properties", {}), *form.get("required", ())])


def _open(form: Node) -> bool:
    """Whether a form describes fields that it does not name. That ``additionalProperties`` is missing says nothing."""
    return bool(form.get("additionalProperties")) or bool(form.get("patternProperties"))
