"""The grammar of the answers that a JSON Schema, and optionally a text, permit, in llguidance's dialect of Lark.

Keys appear in the order of the schema, and the layout is the one the model was trained on. When constrained to a text,
a string must occur in it word for word, unless it is an enum value or a datetime or has a pattern, and a number must
occur in digits or as a word. Schema keywords without a rule here (references, alternatives, lengths) permit any JSON,
except that without a text llguidance's own rules for JSON Schema apply to a schema with references or alternatives.
"""

import json
import math
import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from paperlib.core.config import Layout
from paperlib.data.prompts import INDENT

Node = dict[str, Any]
# Limited in length, so that a model cannot generate digits forever. \d would match the digits of all scripts.
NUMBERS = {"integer": "/-?(0|[1-9][0-9]{0,17})/", "number": r"/-?(0|[1-9][0-9]{0,17})(\.[0-9]{1,17})?/"}
WORDS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
COMPOSITION = {"$ref", "anyOf", "oneOf", "allOf"}
DATETIMES = ("date", "date-time")  # normalised in JSON, so they need not occur in the text
LEAF_KEYWORDS = ("type", "enum", "const", "minimum", "maximum", "pattern")  # that llguidance supports
# llguidance supports only RFC 3339, but records in practice, published ones included, omit seconds or the offset.
DAY = r"[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
DATE_TIME = DAY + r"T([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]+)?)?(Z|[+-][0-9][0-9]:?[0-9][0-9])?"


def lark(bodies: Sequence[Node], text: str | None = None, layout: Layout = "line") -> str:
    """The grammar of answers that follow one of the JSON Schemas ``bodies`` and, if given, quote ``text``."""
    rules = _Rules(text, layout)
    roots = " | ".join(
        rules.composed(body) if not text and _is_composed(body) else rules.of(body, 0) for body in bodies
    )
    return "\n".join([f'start: " "? ({roots})', *rules.lines])


class _Rules:
    """Builds the rules of a grammar, one for each schema node and depth; equal rules are shared."""

    def __init__(self, text: str | None, layout: Layout):
        self.lines: list[str] = []
        self._names: dict[str, str] = {}
        self._indent = INDENT[layout]
        self._span = self._rule("span", _spans(text)) if text else None
        self._numbers = _numbers(text or "")

    def composed(self, body: Node) -> str:
        """The name of llguidance's rule for a whole schema, in the layout's separators."""
        separators = {"item_separator": ", ", "key_separator": ": ", "whitespace_flexible": self._indent is not None}
        return self._rule("value", f"%json {json.dumps({**body, 'x-guidance': {**separators, 'lenient': True}})}")

    def of(self, node: Node | bool, depth: int) -> str:
        """The name of the rule for the values of ``node`` at nesting ``depth``."""
        if not isinstance(node, dict):  # true: any JSON
            node = {}
        kind = node.get("type")
        if {"enum", "const"} & node.keys():
            return self._rule("value", f"%json {json.dumps(_plain(node))}")
        if isinstance(kind, list):
            return self._rule("either", " | ".join(self.of({**node, "type": each}, depth) for each in kind))
        if kind in ("object", None) and isinstance(fields := node.get("properties"), dict):
            return self._rule("object", self._object(fields, set(node.get("required", ())), depth))
        if kind == "array" and isinstance(items := node.get("items"), dict):
            item, begin, end = self.of(items, depth + 1), self._line(depth + 1), self._line(depth)
            filled = f"{_quoted('[' + begin)} {item} ({self._comma(depth)} {item})* {_quoted(end + ']')}"
            return self._rule("array", f'"[]" | {filled}')
        if kind == "string" and "pattern" not in node and node.get("format") not in DATETIMES and self._span:
            return self._rule("quote", rf'"\"" {self._span} "\""')
        if kind in NUMBERS and (literals := self._literals(node)):
            return self._rule("value", literals)
        return self._rule("value", f"%json {json.dumps(_plain(node))}")

    def _object(self, fields: dict[str, Node], required: set[str], depth: int) -> str:
        """The body of a rule for an object; what may follow each field has a rule of its own, built from the last."""
        end = _quoted(self._line(depth) + "}")
        first, rest = '"}"', end  # the rest of the object before its first field, and after one
        for key, node in reversed(fields.items()):
            name = _quoted(json.dumps(key, ensure_ascii=False) + ": ")
            pair = f"{name} {self.of(node, depth + 1)} {self._rule('rest', rest)}"
            with_first, with_next = f"{_quoted(self._line(depth + 1))} {pair}", f"{self._comma(depth)} {pair}"
            if key not in required:
                with_first += f" | {self._rule('fields', first)}"
                with_next += f" | {self._rule('rest', rest)}"
            first, rest = with_first, with_next
        return f'"{{" {self._rule("fields", first)}'

    def _literals(self, node: Node) -> str:
        """The body of a rule for a number: those in the text that the schema permits, or any if it has no bounds."""
        low, high = node.get("minimum", -math.inf), node.get("maximum", math.inf)
        integer = node["type"] == "integer"
        permitted = [n for n in self._numbers if low <= n <= high and (n == int(n) or not integer)]
        if permitted:
            return f"/{'|'.join(sorted({_number_pattern(n, integer) for n in permitted}))}/"
        return NUMBERS[node["type"]] if (low, high) == (-math.inf, math.inf) else ""

    def _line(self, depth: int) -> str:
        """The line break and indentation of json.dumps at nesting ``depth``; empty without indentation."""
        return "" if self._indent is None else "\n" + " " * (self._indent * depth)

    def _comma(self, depth: int) -> str:
        return _quoted(", " if self._indent is None else "," + self._line(depth + 1))

    def _rule(self, kind: str, body: str) -> str:
        if body not in self._names:
            self._names[body] = name = f"{kind}_{len(self._names)}"
            self.lines.append(f"{name}: {body}")
        return self._names[body]


def _is_composed(node: Any) -> bool:
    """Whether a schema has references or alternatives anywhere."""
    if isinstance(node, list):
        return any(map(_is_composed, node))
    return isinstance(node, dict) and (bool(COMPOSITION & node.keys()) or any(map(_is_composed, node.values())))


def _quoted(literal: str) -> str:
    return json.dumps(literal, ensure_ascii=False)


def _spans(text: str) -> str:
    """Alternatives for any sequence of words in the text, as JSON writes them, also with line breaks as spaces."""
    return " | ".join(
        "%regex " + json.dumps({"substring_chunks": re.findall(r"\\.|\w+|.", inner)}, ensure_ascii=False)
        for inner in {json.dumps(form, ensure_ascii=False)[1:-1]: None for form in (text, " ".join(text.split()))}
    )


def _numbers(text: str) -> list[Decimal]:
    """The numbers in a text, with either sign: in digits, with point or comma as decimal mark, or up to 12 in words."""
    found = [str(WORDS.index(word)) for word in re.findall(r"[a-z]+", text.lower()) if word in WORDS]
    for digits in re.findall(r"[0-9][0-9.,']*", text):
        found += [digits.replace(",", ""), digits.replace(".", "").replace(",", ".")]
    plain = [number.replace("'", "").rstrip(".") for number in found]
    read = {Decimal(number) for number in plain if re.fullmatch(r"[0-9]{1,18}(\.[0-9]+)?", number)}
    return sorted(read | {-number for number in read})


def _number_pattern(number: Decimal, integer: bool) -> str:
    """A regular expression for the JSON forms of a number, with up to two trailing zeros."""
    before, _, after = f"{number.normalize():f}".partition(".")
    if integer:
        return before
    return rf"{before}\.{after}0{{0,2}}" if after else rf"{before}(\.0{{1,2}})?"


def _plain(node: Node) -> Node:
    """A leaf schema with only the keywords that llguidance supports."""
    kept: Node = {key: node[key] for key in LEAF_KEYWORDS if key in node}
    if node.get("format") == "date":
        kept["format"] = "date"
    if node.get("format") == "date-time":
        kept["pattern"] = f"^{DATE_TIME}$"
    return kept
