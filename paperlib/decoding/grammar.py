"""JSON Schemas, and what a text says, as a grammar of the answers that may be given: llguidance's dialect of Lark.

Objects have their keys in the schema's order; all is laid out as a model was taught. Held to a text, a string has to
stand there, word for word, unless it is an enum's, a moment or has a pattern, and a number too, in digits or as a word.
Where a schema says more (references, alternatives, lengths), any JSON passes.
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
# Of a length that people write, so that a model cannot go on with digits for ever. (A \d would be any script's.)
NUMBERS = {"integer": "/-?(0|[1-9][0-9]{0,17})/", "number": r"/-?(0|[1-9][0-9]{0,17})(\.[0-9]{1,17})?/"}
WORDS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
MOMENTS = ("date", "date-time")  # written as JSON has them, whatever the text writes
KEPT = ("type", "enum", "const", "minimum", "maximum", "pattern")  # keywords of a leaf
# llguidance knows RFC 3339 only; records in practice, the published ones too, leave out seconds or the offset.
DAY = r"[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
DATE_TIME = DAY + r"T([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]+)?)?(Z|[+-][0-9][0-9]:?[0-9][0-9])?"


def lark(bodies: Sequence[Node], text: str | None = None, layout: Layout = "line") -> str:
    """The grammar of answers under one of ``bodies``, in llguidance's dialect of Lark."""
    rules = _Rules(text, layout)
    roots = " | ".join(rules.of(body, 0) for body in bodies)
    return "\n".join([f'start: " "? ({roots})', *rules.lines])


class _Rules:
    """Rules as they are made, one for each node of a schema at its depth; equal ones once."""

    def __init__(self, text: str | None, layout: Layout):
        self.lines: list[str] = []
        self._names: dict[str, str] = {}
        self._indent = INDENT[layout]
        self._copied = self._rule("copy", _spans(text)) if text else None
        self._said = _numbers(text or "")

    def of(self, node: Node | bool, depth: int) -> str:
        """The name of the rule that says ``node``."""
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
        if kind == "string" and "pattern" not in node and node.get("format") not in MOMENTS and self._copied:
            return self._rule("copied", rf'"\"" {self._copied} "\""')
        if kind in NUMBERS and (literals := self._literals(node)):
            return self._rule("value", literals)
        return self._rule("value", f"%json {json.dumps(_plain(node))}")

    def _object(self, fields: dict[str, Node], must: set[str], depth: int) -> str:
        """Its fields in their order. What may follow a field is said by a rule of its own, the last one first."""
        end = _quoted(self._line(depth) + "}")
        first, then = '"}"', end
        for key, node in reversed(fields.items()):
            name = _quoted(json.dumps(key, ensure_ascii=False) + ": ")
            pair = f"{name} {self.of(node, depth + 1)} {self._rule('rest', then)}"
            begun, gone_on = f"{_quoted(self._line(depth + 1))} {pair}", f"{self._comma(depth)} {pair}"
            if key not in must:
                begun += f" | {self._rule('fields', first)}"
                gone_on += f" | {self._rule('rest', then)}"
            first, then = begun, gone_on
        return f'"{{" {self._rule("fields", first)}'

    def _literals(self, node: Node) -> str:
        """How a number may be written: those of the text that the schema allows, else any without bounds."""
        low, high = node.get("minimum", -math.inf), node.get("maximum", math.inf)
        whole = node["type"] == "integer"
        said = [n for n in self._said if low <= n <= high and (n == int(n) or not whole)]
        if said:
            return f"/{'|'.join(sorted({_written(n, whole) for n in said}))}/"
        return NUMBERS[node["type"]] if (low, high) == (-math.inf, math.inf) else ""

    def _line(self, depth: int) -> str:
        """What stands between a bracket and what it holds, as json.dumps writes it."""
        return "" if self._indent is None else "\n" + " " * (self._indent * depth)

    def _comma(self, depth: int) -> str:
        return _quoted(", " if self._indent is None else "," + self._line(depth + 1))

    def _rule(self, kind: str, body: str) -> str:
        if body not in self._names:
            self._names[body] = name = f"{kind}_{len(self._names)}"
            self.lines.append(f"{name}: {body}")
        return self._names[body]


def _quoted(literal: str) -> str:
    return json.dumps(literal, ensure_ascii=False)


def _spans(text: str) -> str:
    """Whole words of the text in a row, as a JSON string writes them; also across white space that wraps a line."""
    return " | ".join(
        "%regex " + json.dumps({"substring_chunks": re.findall(r"\\.|\w+|.", inner)}, ensure_ascii=False)
        for inner in {json.dumps(form, ensure_ascii=False)[1:-1]: None for form in (text, " ".join(text.split()))}
    )


def _numbers(text: str) -> list[Decimal]:
    """The numbers that a text may mean, of either sign: digits, points and commas both ways; small ones in words."""
    found = [str(WORDS.index(word)) for word in re.findall(r"[a-z]+", text.lower()) if word in WORDS]
    for digits in re.findall(r"[0-9][0-9.,']*", text):
        found += [digits.replace(",", ""), digits.replace(".", "").replace(",", ".")]
    plain = [number.replace("'", "").rstrip(".") for number in found]
    read = {Decimal(number) for number in plain if re.fullmatch(r"[0-9]{1,18}(\.[0-9]+)?", number)}
    return sorted(read | {-number for number in read})


def _written(number: Decimal, whole: bool) -> str:
    """A pattern of how JSON writes a number: zeros may follow the point."""
    before, _, after = f"{number.normalize():f}".partition(".")
    if whole:
        return before
    return rf"{before}\.{after}0{{0,2}}" if after else rf"{before}(\.0{{1,2}})?"


def _plain(node: Node) -> Node:
    """A leaf without what llguidance does not know."""
    kept: Node = {key: node[key] for key in KEPT if key in node}
    if node.get("format") == "date":
        kept["format"] = "date"
    if node.get("format") == "date-time":
        kept["pattern"] = f"^{DATE_TIME}$"
    return kept
