"""Values as people write them, brought to the form that a schema asks for: dates, times, enums, number words, lists."""

import json
import re
from datetime import datetime
from typing import Any

from paperlib.data.scalars import name_key, parse_scalar, types_of

Node = dict[str, Any]  # a JSON Schema, or a part of one
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
MONTH = r"(?P<month>jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]*\.?"
DAY, YEAR = r"(?P<day>[0-3]?[0-9])(?:st|nd|rd|th)?", r"(?P<year>(?:19|20)[0-9]{2})"
DATES = [
    re.compile(rf"\b{form}(?![0-9])", re.IGNORECASE)
    for form in (
        rf"{YEAR}[-/.](?P<month>[01]?[0-9])[-/.]{DAY}",
        rf"{DAY}(?:\s+of)?[\s-]+{MONTH}[\s,-]+{YEAR}",
        rf"{MONTH}\s+{DAY},?\s+{YEAR}",
        rf"{DAY}\.\s?(?P<month>[01]?[0-9])\.\s?{YEAR}",
        rf"(?P<one>[0-3]?[0-9])[/-](?P<two>[0-3]?[0-9])[/-]{YEAR}",
    )
]
CLOCK = re.compile(
    r"(?P<hour>[0-2]?[0-9])(?::(?P<minute>[0-5][0-9])(?::(?P<second>[0-5][0-9](?:\.[0-9]+)?))?)?"
    r"\s*(?P<half>[ap]\.?m\b\.?)?\s*\(?(?P<zone>Z\b|(?:UTC|GMT)?\s*[+-][0-9]{1,2}:?(?:[0-9]{2})?|UTC|GMT)?",
    re.IGNORECASE,
)
CODE = re.compile(r"[A-Za-z]\w*-\w*[0-9]|@|[0-9a-f]{8}-")  # digits that are no number
WORDS = "zero one two three four five six seven eight nine ten eleven twelve"
NUMBER_WORDS = {word: place for place, word in enumerate(WORDS.split())} | {"a dozen": 12, "no": 0, "none": 0}


def parse_value(text: str, node: Node) -> Any:
    """``text`` as the JSON Schema ``node`` describes it; where that fails, as :func:`parse_scalar` leaves it."""
    text = _unquoted(text.strip())
    kinds = types_of(node)
    if "array" in kinds:
        items = node.get("items")
        return [parse_value(part, items if isinstance(items, dict) else {}) for part in list_parts(text)]
    if node.get("format") == "date":
        return parse_date(text) or text
    if node.get("format") == "date-time":
        return parse_datetime(text) or text
    if "enum" in node:
        return parse_enum(text, node) or text
    if ("integer" in kinds or "number" in kinds) and text.lower() in NUMBER_WORDS:
        return NUMBER_WORDS[text.lower()]
    return parse_scalar(text, node)


def fits(text: str, node: Node) -> bool:
    """Whether ``text`` can be parsed as what the JSON Schema ``node`` describes."""
    value, kinds = parse_value(text, node), types_of(node)
    if node.get("format") == "email":
        return bool(re.fullmatch(r"\S+@\S+\.\S+", str(value)))
    if node.get("format") in ("date", "date-time"):
        return bool(re.match(r"\d{4}-\d\d-\d\d" + ("T" if node["format"] == "date-time" else "$"), str(value)))
    if "enum" in node:
        return value in node["enum"]
    if "boolean" in kinds:
        return isinstance(value, bool)
    if ("integer" in kinds or "number" in kinds) and (CODE.search(text) or parse_date(text)):
        return False
    if "integer" in kinds:
        return isinstance(value, int) and not isinstance(value, bool)
    if "array" in kinds:
        items = node.get("items")
        return bool(value) and all(fits(part, items if isinstance(items, dict) else {}) for part in list_parts(text))
    return "number" not in kinds or not isinstance(value, str)


def list_parts(text: str) -> list[str]:
    """The items of a list in ``text``: a JSON list, or divided by semicolons, bars, or commas and a last "and"."""
    text = text.strip()
    if text.startswith("[") and text.endswith("]"):
        try:
            return [str(part) for part in json.loads(text)]
        except ValueError:
            text = text[1:-1]
    divider = next((divider for divider in ";|" if divider in text), None)
    divided = text.split(divider) if divider else re.split(r",\s*(?:and\s+)?|\s+and\s+|\s+&\s+", text)
    return [_unquoted(part.strip()) for part in divided if part.strip()]


def parse_date(text: str) -> str | None:
    """The first date in ``text`` as ISO 8601, None if there is none. 04/05/2024 is April 5, as in American English."""
    found = _find_date(text)
    return found[0] if found else None


def parse_datetime(text: str) -> str | None:
    """The first date in ``text``, with the time of day behind it, as ISO 8601: seconds always, Z for UTC. None if there
    is no date, or no time behind it."""
    found = _find_date(text)
    if found is None:
        return None
    rest = re.sub(r"^[\sT,]*(?:at\s+)?", "", text[found[1] :])
    clock = CLOCK.match(rest)
    return f"{found[0]}T{_clock(clock)}" if clock else None


def _find_date(text: str) -> tuple[str, int] | None:
    for form in DATES:
        if match := form.search(text):
            found = match.groupdict()
            if "one" in found:
                one, two = int(found["one"]), int(found["two"])
                month, day = (two, one) if one > 12 else (one, two)
            else:
                month, day = _month(found["month"]), int(found["day"])
            try:
                return datetime(int(found["year"]), month, day).date().isoformat(), match.end()
            except ValueError:
                continue
    return None


def _month(text: str) -> int:
    return int(text) if text.isdigit() else MONTHS.index(text[:3].lower()) + 1


def _clock(match: re.Match[str]) -> str:
    hour, half = int(match["hour"]), (match["half"] or "").lower()
    if half:
        hour = hour % 12 + (12 if half.startswith("p") else 0)
    return f"{hour:02}:{match['minute'] or '00'}:{match['second'] or '00'}{_zone(match['zone'] or '')}"


def _zone(text: str) -> str:
    match = re.search(r"([+-])([0-9]{1,2}):?([0-9]{2})?", text)
    if match is None:
        return "Z" if text.strip() else ""
    sign, hours, minutes = match.groups()
    return f"{sign}{int(hours):02}:{minutes or '00'}" if int(hours) or int(minutes or 0) else "Z"


def parse_enum(text: str, node: Node) -> str | None:
    """The option of ``node``'s enum that ``text`` is, else the only one that it begins, that begins it, or whose words
    stand in it; None if there is none."""
    options = {name_key(option): option for option in node["enum"] if isinstance(option, str)}
    word = name_key(text)
    if not word or word in options:
        return options.get(word)
    near = [o for key, o in options.items() if len(word) > 2 and (key.startswith(word) or word.startswith(key))]
    near = near or [o for key, o in options.items() if re.search(rf"\b{re.escape(_spaced(o))}\b", _spaced(text))]
    return near[0] if len(near) == 1 else None


def _spaced(text: str) -> str:
    return re.sub(r"[\W_]+", " ", text).strip().lower()


def _unquoted(text: str) -> str:
    match = re.fullmatch(r"([\"'“‘«])(.*)[\"'”’»]", text, re.DOTALL)
    return match[2].replace('\\"', '"') if match else text
