"""Values that no builder draws, in place of those that one drew: what they look like no longer says where they end.

A model whose messages all have one sentence, and whose telephone numbers have five forms, learns to end a value and
to space a number as these do. Strange values come in the schema's types and bounds and are else anything.
"""

import math
import random
import re
from collections.abc import Callable
from functools import cache
from typing import Any

from paperlib.benchmark.words import general, ood_values, word_lists

STRANGE = 0.5  # share of leaves
FIXED = {"enum", "format", "pattern"}  # what tells a string's form
Node = dict[str, Any]


def estranged(value: Any, node: Node, rng: random.Random) -> Any:
    """``value``, of the schema ``node``, half of its numbers and of its strings without a form replaced."""
    if isinstance(value, dict):
        return {key: estranged(child, node["properties"][key], rng) for key, child in value.items()}
    if isinstance(value, list):
        return [estranged(item, node["items"], rng) for item in value]
    if FIXED & node.keys() or isinstance(value, bool) or rng.random() >= STRANGE:
        return value
    if node["type"] == "string":
        return rng.choices(list(SHAPES), list(SHAPES.values()))[0](rng)
    return _number(node, rng)


def _number(node: Node, rng: random.Random) -> int | float:
    """Within its bounds, of up to seven digits where there are none, and of up to six decimals."""
    digits = 0 if node["type"] == "integer" else rng.choice((1, 2, 2, 3, 6))
    low = node.get("minimum", -(10 ** rng.randint(0, 3)))
    high = node.get("maximum", max(low, 0) + 10 ** rng.randint(1, 6))
    drawn = rng.randint(math.ceil(low * 10**digits), math.floor(high * 10**digits))
    return drawn / 10**digits if digits else drawn


@cache
def _vocabulary() -> tuple[str, ...]:
    """Every word of our lists, in lower case."""
    lists = [list(word_lists(topic).values()) for topic in ("general", "goods", "phrases")]
    return tuple(sorted({word.lower() for word in re.findall(r"(?<![{\w])[A-Za-z]{2,}(?![}\w])", str(lists))}))


def _some(rng: random.Random, low: int, high: int) -> str:
    return " ".join(rng.choice(_vocabulary()) for _ in range(rng.randint(low, high)))


def sentence(rng: random.Random) -> str:
    return f"{_some(rng, 2, 9).capitalize()}{rng.choice('....?!')}"


def _sentences(rng: random.Random) -> str:
    return " ".join(sentence(rng) for _ in range(rng.randint(1, 5)))


def _digits(form: str, rng: random.Random) -> str:
    """``#`` becomes a digit, ``?`` a letter."""
    of = {"#": "0123456789", "?": "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}
    return "".join(rng.choice(of.get(letter, letter)) for letter in form)


def telephone(rng: random.Random) -> str:
    return _digits(rng.choice(ood_values.telephones) + rng.choice(ood_values.extensions), rng)


def code(rng: random.Random) -> str:
    return _digits(rng.choice(ood_values.codes), rng)


def _name(rng: random.Random) -> str:
    first, last = rng.choice(general.female_names + general.male_names), rng.choice(general.last_names)
    return rng.choice(
        (f"{first} {last}", f"Dr. {first} {last}", f"{last}, {first}", f"{first} {last} Jr.", f"{last} and Sons")
    )


def _town(rng: random.Random) -> str:
    root = rng.choice(general.last_names) + rng.choice(("ton", "bury", "ville", "shire", " Park", ""))
    return f"{rng.choice(('', '', 'North ', 'Port ', 'Lake '))}{root}"


def _address(rng: random.Random) -> str:
    """On one line or on two."""
    street = f"{_digits('###', rng)} {rng.choice(general.last_names)} {rng.choice(general.street_kinds)}"
    street += rng.choice(("", "", _digits(" Apt. ##", rng), _digits(" Suite ###", rng)))
    return street + rng.choice(("\n", "\n", ", ")) + _digits(f"{_town(rng)}, ?? #####", rng)


def title(rng: random.Random) -> str:
    return _some(rng, 1, 4).title()


SHAPES: dict[Callable[[random.Random], str], int] = {
    _sentences: 6,
    title: 4,
    telephone: 2,
    code: 3,
    _name: 2,
    _town: 1,
    _address: 2,
}  # each as often as it says
