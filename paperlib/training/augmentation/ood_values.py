"""Out-of-distribution (OOD) values: values that no generator draws, in place of some that it drew.

A model whose messages all have one sentence, and whose telephone numbers have five forms, learns to end a value and to
space a number as these do. OOD values keep the types and bounds of the schema and are otherwise arbitrary.
"""

import math
import random
import re
from collections.abc import Callable
from functools import cache
from typing import Any

from paperlib.benchmark.words import general, ood_values, word_lists

OOD_SHARE = 0.5  # of leaves
CONSTRAINED = {"enum", "format", "pattern"}  # keywords that fix the form of a string
Node = dict[str, Any]


def with_ood_values(value: Any, node: Node, rng: random.Random) -> Any:
    """A value of the schema ``node``, with half of its numbers and unconstrained strings replaced by OOD ones."""
    if isinstance(value, dict):
        return {key: with_ood_values(child, node["properties"][key], rng) for key, child in value.items()}
    if isinstance(value, list):
        return [with_ood_values(item, node["items"], rng) for item in value]
    if CONSTRAINED & node.keys() or isinstance(value, bool) or rng.random() >= OOD_SHARE:
        return value
    if node["type"] == "string":
        return rng.choices(list(STRINGS), list(STRINGS.values()))[0](rng)
    return _number(node, rng)


def _number(node: Node, rng: random.Random) -> int | float:
    """A number within the bounds of its schema, or of up to seven digits where it has none, with up to six decimals."""
    digits = 0 if node["type"] == "integer" else rng.choice((1, 2, 2, 3, 6))
    low = node.get("minimum", -(10 ** rng.randint(0, 3)))
    high = node.get("maximum", max(low, 0) + 10 ** rng.randint(1, 6))
    drawn = rng.randint(math.ceil(low * 10**digits), math.floor(high * 10**digits))
    return drawn / 10**digits if digits else drawn


@cache
def _vocabulary() -> tuple[str, ...]:
    """Every word of the generator's lists, in lower case and sorted."""
    lists = [list(word_lists(topic).values()) for topic in ("general", "goods", "phrases")]
    return tuple(sorted({word.lower() for word in re.findall(r"(?<![{\w])[A-Za-z]{2,}(?![}\w])", str(lists))}))


def _words(rng: random.Random, low: int, high: int) -> str:
    return " ".join(rng.choice(_vocabulary()) for _ in range(rng.randint(low, high)))


def sentence(rng: random.Random) -> str:
    """Two to nine random words, with a capital and a full stop, question mark or exclamation mark."""
    return f"{_words(rng, 2, 9).capitalize()}{rng.choice('....?!')}"


def _sentences(rng: random.Random) -> str:
    return " ".join(sentence(rng) for _ in range(rng.randint(1, 5)))


def _shaped(pattern: str, rng: random.Random) -> str:
    """The pattern with a digit for every ``#`` and a capital letter for every ``?``."""
    letters = {"#": "0123456789", "?": "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}
    return "".join(rng.choice(letters.get(letter, letter)) for letter in pattern)


def telephone(rng: random.Random) -> str:
    """A telephone number in one of many forms, some with an extension."""
    return _shaped(rng.choice(ood_values.telephones) + rng.choice(ood_values.extensions), rng)


def code(rng: random.Random) -> str:
    """An identifier of letters, digits and punctuation."""
    return _shaped(rng.choice(ood_values.codes), rng)


def title(rng: random.Random) -> str:
    """One to four random words with capitals."""
    return _words(rng, 1, 4).title()


def _name(rng: random.Random) -> str:
    first, last = rng.choice(general.female_names + general.male_names), rng.choice(general.last_names)
    return rng.choice(
        (f"{first} {last}", f"Dr. {first} {last}", f"{last}, {first}", f"{first} {last} Jr.", f"{last} and Sons")
    )


def _town(rng: random.Random) -> str:
    root = str(rng.choice(general.last_names)) + rng.choice(("ton", "bury", "ville", "shire", " Park", ""))
    return rng.choice(("", "", "North ", "Port ", "Lake ")) + root


def _address(rng: random.Random) -> str:
    """A street and a town, on one line or on two."""
    street = f"{_shaped('###', rng)} {rng.choice(general.last_names)} {rng.choice(general.street_kinds)}"
    street += rng.choice(("", "", _shaped(" Apt. ##", rng), _shaped(" Suite ###", rng)))
    return street + rng.choice(("\n", "\n", ", ")) + _shaped(f"{_town(rng)}, ?? #####", rng)


STRINGS: dict[Callable[[random.Random], str], int] = {
    _sentences: 6,
    title: 4,
    telephone: 2,
    code: 3,
    _name: 2,
    _town: 1,
    _address: 2,
}  # kinds of string, and their weights
