"""Parses scalars as people write them: the number in ``1,200 EUR``, the boolean in ``Yes``, the options of enums.

Names match by :func:`name_key`, so that ``In Progress`` is the option ``in_progress``.
"""

import math
import re
from typing import Any

NUMBER = re.compile(
    r"(?:[0-9]{1,3}(?:[ ,'’\u00a0\u202f][0-9]{3})+(?![0-9])|[0-9]{1,3}(?:\.[0-9]{3})+(?=,[0-9])|[0-9]+)"
    r"(?:[.,][0-9]+)?(?:[eE][-+]?[0-9]+)?"
)
PLAIN_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?")
THOUSANDS = re.compile(r"[ ,'’\u00a0\u202f](?=[0-9]{3}(?![0-9]))")
POINTS = re.compile(r"\.(?=[0-9.]*,)")  # thousands separators where the comma is the decimal mark
MINUS = "-−"
NEGATIVE = re.compile(rf"(?<!\w)[{MINUS}(]\s*(?:[^\w\s]|[A-Z]{{3}})?\s*\Z")  # before a number: minus or (, currency
YES = frozenset(("yes", "true", "on", "enabled", "y", "1"))
NO = frozenset(("no", "false", "off", "disabled", "n", "0"))
NOTHING = frozenset(("", "null", "none", "n/a", "-", "—"))


def name_key(name: str) -> str:
    """A name without case, spaces and punctuation: ``Zip Code``, ``zip_code`` and ``zipCode`` have the same."""
    return re.sub(r"[\W_]+", "", name).lower()


def name_words(name: str) -> list[str]:
    """The words of a label or key, divided at camel case and punctuation: ``unitPrice`` and ``unit_price`` have two."""
    return re.findall(r"[^\W_]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name))


def parse_number(text: str) -> int | float:
    """The first number in ``text``; thousands separators, units and currencies are passed over.

    A comma before exactly three digits separates thousands, before any other number of digits it is the decimal mark.
    A minus or an open bracket before it, with at most a currency between, makes it negative; in ``PO-4711`` none does.
    Raises ValueError where there is no number or none that JSON can hold.
    """
    match = NUMBER.search(text)
    if match is None:
        raise ValueError(f"{text!r} holds no number")
    number = _number(match.group())
    return -number if NEGATIVE.search(text, 0, match.start()) else number


def numbers_in(text: str) -> set[int | float]:
    """Every number that ``text`` may be read to hold: ``1,200`` gives 1200, and 1 and 200 too. Digits inside a word
    (``B12``) are none; a minus counts where no letter or digit stands before it."""
    found: set[int | float] = set()
    for match in (*NUMBER.finditer(text), *PLAIN_NUMBER.finditer(text)):
        before = " " + text[max(0, match.start() - 2) : match.start()]
        if before[-1].isalnum():
            continue
        try:
            number = _number(match.group())
        except ValueError:
            continue
        found.add(-number if before[-1] in MINUS and not before[-2].isalnum() else number)
    return found


def _number(digits: str) -> int | float:
    digits = THOUSANDS.sub("", POINTS.sub("", digits)).replace(",", ".")
    if math.isinf(float(digits)):
        raise ValueError(f"{digits} is beyond the largest number")
    return int(digits) if digits.isdigit() else float(digits)


def parse_boolean(text: str) -> bool:
    """True for Yes, True, On and the like, False for their opposites, in any case; ValueError for anything else."""
    word = text.strip().lower()
    if word not in YES | NO:
        raise ValueError(f"{text!r} is neither yes nor no")
    return word in YES


def parse_scalar(text: str, node: Any) -> Any:
    """``text`` as the value that the JSON Schema ``node`` describes; where it cannot be parsed so, the text itself."""
    node = node if isinstance(node, dict) else {}
    kinds = types_of(node)
    if "null" in kinds and text.lower() in NOTHING:
        return None
    for option in node.get("enum", ()):
        if isinstance(option, str) and name_key(option) == name_key(text):
            return option
    try:
        if "boolean" in kinds:
            return parse_boolean(text)
        if "integer" in kinds or "number" in kinds:
            number = parse_number(text)
            return int(number) if "number" not in kinds and number == int(number) else number
        return text if kinds else _guess(text)
    except ValueError:
        return text


def types_of(node: dict[str, Any]) -> tuple[str, ...]:
    """The types that a schema node names; none where it names none."""
    kind = node.get("type", ())
    return (kind,) if isinstance(kind, str) else tuple(kind)


def _guess(text: str) -> Any:
    """A value of unknown type: a boolean or a number where all of the text is one."""
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    return parse_number(text) if re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", text) else text
