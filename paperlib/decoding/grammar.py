"""The grammar of the answers that a JSON Schema, and optionally a text, permit, in llguidance's dialect of Lark.

Keys appear in the order of the schema, and the layout is the one the model was trained on. When constrained to a text,
every value must be supported by it (:mod:`paperlib.decoding.text_grounding`): a field that nothing in the text can
fill is null where that is permitted, and is left out otherwise, even where it is required, so that nothing has to be
invented. Fields with ``"x-grounded": false`` in the schema are held to the schema alone. What a grammar does not
express (``not``, ``contains``, ``uniqueItems`` and the like) is left to validation.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from jsonschema import Draft202012Validator

from paperlib.core.config import Layout
from paperlib.data.prompts import INDENT
from paperlib.data.readings.units import unit_of_name
from paperlib.data.schema_faults import schema_nodes
from paperlib.data.schema_forms import GROUNDED, Node, alternatives
from paperlib.decoding.json_values import limits, quoted, schema_value
from paperlib.decoding.text_grounding import Grounding
from paperlib.decoding.text_tables import Row

MAX_DEPTH = 12  # levels of nesting that are indented; deeper values stand on one line, so that recursion may end
MAX_OPEN_ROWS = 200  # of a table of which not all is known; of a longer one nothing more is asked
TYPES = Draft202012Validator.TYPE_CHECKER
ANY_JSON = [{"type": kind} for kind in ("string", "number", "boolean", "null", "array", "object")]


@dataclass(frozen=True)
class Rule:
    """A rule's right-hand side, and whether what it permits has everything that the schema requires."""

    body: str
    complete: bool = True


def lark(bodies: Sequence[Node], grounding: Grounding | None = None, layout: Layout = "line") -> str:
    """The grammar of answers that follow one of the JSON Schemas ``bodies``, with values that ``grounding`` supports.

    Where the text supports no answer at all, the answer is ``null``.
    """
    rules = _Rules(grounding, layout)
    roots = [name for body in bodies if (name := rules.of(body, body, 0))] or ['"null"']
    terminals = grounding.lines if grounding else []
    return "\n".join([f'start: " "? ({" | ".join(roots)})', *rules.lines, *terminals])


class _Rules:
    """Builds the rules of a grammar, one for each schema node and depth; what may follow a field is a rule as well."""

    def __init__(self, grounding: Grounding | None, layout: Layout):
        self.lines: list[str] = []
        self._nodes: dict[tuple[str, int, int, str | None], str | None] = {}
        self._incomplete: set[str] = set()
        self._names: dict[str, str] = {}
        self._indent = INDENT[layout]
        self._grounding = grounding
        self._in_items = 0  # how many arrays the node is inside of

    def of(self, node: Any, root: Node, depth: int, unit: str | None = None) -> str | None:
        """The name of the rule for the values of ``node`` at nesting ``depth``; None where the text supports none.

        ``unit`` is that of its numbers, where the name of the field says it. A node that is met again, inside itself
        too, is referred to by name: recursive schemas have finite grammars."""
        depth = min(depth, MAX_DEPTH) if self._indent is not None else 0
        written = json.dumps(node, sort_keys=True)
        key = (written, id(root) if '"$ref"' in written else 0, depth, unit)
        if key not in self._nodes:
            self._nodes[key] = name = f"node_{len(self._nodes)}"
            rules = [rule for form in alternatives(node, root) if (rule := self._form(form, root, depth, unit))]
            best = [rule for rule in rules if rule.complete] or rules
            if best:
                self.lines.append(f"{name}: {' | '.join(dict.fromkeys(rule.body for rule in best))}")
                self._incomplete |= set() if best[0].complete else {name}
            else:
                self._nodes[key] = None
        return self._nodes[key]

    def _form(self, form: Node, root: Node, depth: int, unit: str | None) -> Rule | None:
        """The rule for one of the forms that :func:`alternatives` gives."""
        kind = form.get("type")
        if "const" in form or "enum" in form:
            values = [form["const"]] if "const" in form else form["enum"]
            return self._enum([value for value in values if kind is None or TYPES.is_type(value, kind)], depth)
        if kind == "object":
            named = form.get("properties") or form.get("required")
            return self._object(form, root, depth) if named else self._map(form, root, depth)
        if kind == "array":
            return self._array(form, root, depth, unit)
        if kind is None:
            names = [name for each in ANY_JSON if (name := self.of({**each, **_mark(form)}, root, depth))]
            return Rule(" | ".join(names))
        if kind in ("null", "boolean"):
            return Rule('"null"' if kind == "null" else '"true" | "false"')
        body = self._text_value(form, unit)
        return Rule(body) if body else None

    def _enum(self, values: Sequence[Any], depth: int) -> Rule | None:
        written = (json.dumps(value, indent=self._indent, ensure_ascii=False) for value in values)
        return Rule(" | ".join(quoted(value.replace("\n", self._line(depth))) for value in written)) if values else None

    def _object(self, form: Node, root: Node, depth: int) -> Rule:
        """An object with named fields; what may follow each field has a rule of its own, built from the last one."""
        fields, required = form.get("properties", {}), form.get("required", ())
        others = form.get("additionalProperties", True)
        first, rest = '"}"', quoted(self._line(depth) + "}")  # of the object before its first field, and after one
        if more := self._pairs(form, root, depth):
            repeated = f"({self._comma(depth)} {more})* {rest}"
            first, rest = f"{first} | {quoted(self._line(depth + 1))} {more} {repeated}", repeated
        complete = True
        for key in reversed([*fields, *(key for key in required if key not in fields)]):
            value = self.of(fields.get(key, others), root, depth + 1, unit_of_name(key))
            complete &= key not in required or (value is not None and value not in self._incomplete)
            if value is not None:
                pair = f"{quoted(json.dumps(key, ensure_ascii=False) + ': ')} {value} {self._rule('rest', rest)}"
                skip = (None, None) if key in required else (self._rule("fields", first), self._rule("rest", rest))
                first = _either(f"{quoted(self._line(depth + 1))} {pair}", skip[0])
                rest = _either(f"{self._comma(depth)} {pair}", skip[1])
        return Rule(f'"{{" {self._rule("fields", first)}', complete)

    def _map(self, form: Node, root: Node, depth: int) -> Rule:
        """An object whose keys the schema does not name."""
        least, most = limits(form, "minProperties", "maxProperties")
        pair = self._pairs({"additionalProperties": True, **form}, root, depth)
        return Rule(self._sequence("{}", [], pair, least, most, depth) if pair else '"{}"', bool(pair) or not least)

    def _pairs(self, form: Node, root: Node, depth: int) -> str | None:
        """The rule for a field that the schema does not name but describes; the text supports its key as well."""
        named = dict(form.get("patternProperties") or {})
        others = form.get("additionalProperties")
        if isinstance(others, dict):
            named[""] = others
        elif others is True and not named:
            named[""] = _mark(form) or True
        pairs = []
        for pattern, node in named.items():
            key = self._text_value({"type": "string", **({"pattern": pattern} if pattern else {}), **_mark(form)})
            value = self.of(node, root, depth + 1)
            pairs += [f'({key}) ": " {value}'] if key and value else []
        return self._rule("pair", " | ".join(pairs)) if pairs else None

    def _array(self, form: Node, root: Node, depth: int, unit: str | None) -> Rule | None:
        """An array or a tuple. Where the text supports no item it is empty."""
        items, (least, most) = form.get("items", _mark(form) or True), limits(form, "minItems", "maxItems")
        rows = self._table(items, root)
        if rows and least <= len(rows) and (most is None or len(rows) <= most):
            return self._rows(rows, items, root, depth)
        first = items if isinstance(items, list) else form.get("prefixItems", [])
        others = form.get("additionalItems", True) if isinstance(items, list) else items
        self._in_items += 1
        names = [self.of(node, root, depth + 1, unit) for node in first[:most]]
        other = self.of(others, root, depth + 1, unit) if most is None or most > len(first) else None
        self._in_items -= 1
        if None in names or not (names or other):
            return None if least else Rule('"[]"')
        return Rule(self._sequence("[]", [name for name in names if name], other, least, most, depth))

    def _rows(self, rows: Sequence[Row], items: Any, root: Node, depth: int) -> Rule | None:
        """An array of a table's rows, which are known but for some of their fields."""
        if len(rows) > MAX_OPEN_ROWS or not any(row.open for row in rows):
            return self._enum([[row.values for row in rows]], depth)
        order = alternatives(items, root)[0]["properties"]
        names = [str(self.of(row.schema(order), root, depth + 1)) for row in rows]
        return Rule(self._sequence("[]", names, None, len(names), len(names), depth))

    def _table(self, items: Any, root: Node) -> list[Row] | None:
        """The rows of the text's table, where no other array of the schema could be meant."""
        if not self._grounding or self._in_items:
            return None
        written, whole = (json.dumps(node, sort_keys=True) for node in (items, root))
        free = f'"{GROUNDED}": false' in json.dumps(alternatives(items, root))
        read = partial(self._grounding.table, root=root)
        if whole.count(written) != 1 or free or not (rows := read(items)):
            return None
        others = (node["items"] for _, node in schema_nodes(root) if isinstance(node.get("items"), dict))
        return None if any(read(other) for other in others if other != items) else rows

    def _sequence(
        self, brackets: str, first: list[str], other: str | None, least: int, most: int | None, depth: int
    ) -> str:
        """The items ``first``, of which those beyond ``least`` may be left out, and as many of ``other`` as make it
        ``least`` to ``most`` items, inside ``brackets``."""
        comma = self._comma(depth)
        more, limit = max(least - len(first), 0), None if most is None else most - len(first)
        if other and not first and limit != 0:
            first, more, limit = [other], max(more - 1, 0), limit and limit - 1
        items = _repeated(f"({comma} {other})", more, limit) if other else ""
        for number, item in reversed(list(enumerate(first))):
            items = f"{item} {items}" if number == 0 else f"({comma} {item} {items})" + ("?" if number >= least else "")
        begin, end = quoted(brackets[0] + self._line(depth + 1)), quoted(self._line(depth) + brackets[1])
        return _either(f"{begin} {items} {end}" if first else None, None if least else quoted(brackets))

    def _text_value(self, form: Node, unit: str | None = None) -> str | None:
        if self._grounding and form.get(GROUNDED, True):
            return self._grounding.value(form, unit)
        return schema_value(form)

    def _line(self, depth: int) -> str:
        """The line break and indentation of json.dumps at nesting ``depth``; empty where values stand on one line."""
        return "" if self._indent is None or depth >= MAX_DEPTH else "\n" + " " * (self._indent * depth)

    def _comma(self, depth: int) -> str:
        line = self._line(depth + 1)
        return quoted("," + line if line else ", ")

    def _rule(self, kind: str, body: str) -> str:
        if body not in self._names:
            self._names[body] = name = f"{kind}_{len(self._names)}"
            self.lines.append(f"{name}: {body}")
        return self._names[body]


def _mark(form: Node) -> Node:
    """The mark of a form that the text need not say, for what it holds and does not describe; else nothing."""
    return {} if form.get(GROUNDED, True) else {GROUNDED: False}


def _either(*bodies: str | None) -> str:
    return " | ".join(body for body in bodies if body)


def _repeated(item: str, least: int, most: int | None) -> str:
    return f"{item}{{{least},{'' if most is None else most}}}" if (least, most) != (0, 0) else ""
