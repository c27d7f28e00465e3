"""Strings and numbers of a plain schema as the right-hand sides of rules in llguidance's dialect of Lark."""

import json
import re
from collections.abc import Iterable
from decimal import Decimal
from functools import cache

from llguidance import LLMatcher

from paperlib.data.schema_forms import Node

# Limited in length, so that a model cannot generate digits forever. \d would match the digits of all scripts.
NUMBERS = {"integer": "/-?(0|[1-9][0-9]{0,17})/", "number": r"/-?(0|[1-9][0-9]{0,17})(\.[0-9]{1,17})?/"}
KEYWORDS = {  # that llguidance supports
    "string": ("type", "minLength", "maxLength", "pattern", "format"),
    "integer": ("type", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
}
KEYWORDS["number"] = KEYWORDS["integer"]
# llguidance supports only RFC 3339, but records in practice, published ones included, omit seconds or the offset.
DAY = r"[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
DATE_TIME = DAY + r"T([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]+)?)?(Z|[+-][0-9][0-9]:?[0-9][0-9])?"


def schema_value(form: Node) -> str:
    """Any string or number that the plain schema ``form`` permits, by llguidance's own rules for JSON Schema."""
    kind = form["type"]
    kept = {key: form[key] for key in KEYWORDS[kind] if key in form}
    if kept.get("format") == "date-time":
        kept |= {"format": None, "pattern": f"^{DATE_TIME}$"}
    if list(kept) == ["type"] and kind in NUMBERS:
        return NUMBERS[kind]
    return next(
        filter(_compiles, (_json_rule(kept), _json_rule({**kept, "pattern": None}), _json_rule({"type": kind})))
    )


def _json_rule(form: Node) -> str:
    kept = {key: value for key, value in form.items() if value is not None}
    return f"%json {json.dumps({**kept, 'x-guidance': {'lenient': True}}, ensure_ascii=False)}"


@cache
def _compiles(rule: str) -> bool:
    """Whether llguidance supports a rule: it does not know look-arounds in patterns, for example."""
    return not LLMatcher.validate_grammar(f"start: {rule}")


def literals(strings: Iterable[str]) -> str:
    """One of ``strings``, as JSON writes them; empty where there is none."""
    return " | ".join(quoted(json.dumps(string, ensure_ascii=False)) for string in strings)


def number_literals(numbers: Iterable[Decimal], integer: bool) -> str:
    """One of ``numbers``, with up to two trailing zeros after the decimal point unless they are to be integers."""
    return f"/{'|'.join(sorted({_number_pattern(number, integer) for number in numbers}))}/"


def limits(form: Node, least: str, most: str) -> tuple[int, int | None]:
    """Two keywords as whole numbers: JSON Schema permits 2.0, too."""
    return int(form.get(least, 0)), int(form[most]) if most in form else None


def lengths(form: Node) -> str:
    """A regular expression for the inside of a JSON string of minLength to maxLength characters, escapes as one."""
    least, most = limits(form, "minLength", "maxLength")
    return rf'/(\\u[0-9a-f]{{4}}|\\[^u]|[^\\"]){{{least},{"" if most is None else most}}}/'


@cache
def regex(pattern: str) -> str | None:
    """A ``pattern`` of JSON Schema, which may match anywhere in a string, as a regular expression for the whole string.

    None where llguidance does not support it (look-arounds, back-references, anchors inside).
    """
    anchored = "|" not in pattern
    start = "" if anchored and pattern.startswith("^") else "(?s:.*)"
    end = "" if anchored and pattern.endswith("$") and not pattern.endswith(r"\$") else "(?s:.*)"
    inside = pattern.removeprefix("^") if not start else pattern
    inside = inside.removesuffix("$") if not end else inside
    found = "/" + start + "(?:" + re.sub(r"(?<!\\)((?:\\\\)*)/", r"\1\\/", inside) + ")" + end + "/"
    return None if LLMatcher.validate_grammar(f"start: WHOLE\nWHOLE: {found}") else found


def quoted(literal: str) -> str:
    """A literal of Lark."""
    return json.dumps(literal, ensure_ascii=False)


def _number_pattern(number: Decimal, integer: bool) -> str:
    before, _, after = f"{number.normalize():f}".partition(".")
    if integer:
        return before
    return rf"{before}\.{after}0{{0,2}}" if after else rf"{before}(\.0{{1,2}})?"
