"""Recombined examples: new records put together from parts of several training records, with changed numbers.

Published EdgeJSON texts write a record by one rule (:func:`paperlib.data.label_lines.write_published`). Where that rule
gives an example's own text letter by letter, a record put together from parts of several examples of its schema can be
written in the same way. Everything is drawn from training data.
"""

import random
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from paperlib.core.errors import DataError
from paperlib.data.examples import Example
from paperlib.data.label_lines import follows_published_form, title_and_closing, write_published
from paperlib.data.label_parser import parse_label_lines
from paperlib.data.leaves import n_leaves
from paperlib.data.schemas import Schemas

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
ATTEMPTS = 20  # records put together from one example before another one is taken
Path = tuple[str, ...]  # keys from the root, with ``*`` for every item of an array
Pool = dict[Path, list[Any]]  # the values that training records hold at a path


def recombine(examples: Sequence[Example], schemas: Schemas, n: int, seed: int = 0) -> list[Example]:
    """``n`` new examples in the form of the given ones. The same examples and seed give the same result, and a larger
    ``n`` appends to it.

    A schema is as frequent as the leaves of its records are among ``examples``, so that long records, which are rare
    and need most practice, get it. An example is kept only if the rule-based parser reads its answer from its text, so
    that no answer asks for what the text does not contain. Raises DataError where no example follows the published
    form, or where no recombined record can be read from its text.
    """
    if not n:
        return []
    usable = [e for e in examples if e.schema_id in schemas and follows_published_form(e)]
    if not usable:
        raise DataError(f"none of {len(examples)} examples is written as published label lines: nothing to recombine")
    pools: dict[str, Pool] = defaultdict(lambda: defaultdict(list))
    for example in usable:
        for path, value in _parts(example.answer, ()):
            pools[example.schema_id][path].append(value)
    rng = random.Random(f"vary:{seed}")
    return [_one(rng, usable, pools, schemas, number) for number in range(n)]


def _one(
    rng: random.Random, usable: Sequence[Example], pools: dict[str, Pool], schemas: Schemas, number: int
) -> Example:
    """A recombination of the first example, in a weighted random order, of which one attempt can be read from its text:
    so schemas whose items tend to run into each other do not become much rarer."""
    for origin in _weighted_order(rng, usable):
        title, closing = title_and_closing(origin.text)
        for _ in range(ATTEMPTS):
            answer = _recombined(origin.answer, (), pools[origin.schema_id], rng)
            text = write_published(answer, title, closing)
            if text != origin.text and parse_label_lines(text, schemas[origin.schema_id].body) == answer:
                name = f"varied-{number:06}-{origin.schema_id}"
                return Example(name, origin.schema_id, origin.tier, "train", origin.surface, text, answer)
    raise DataError(f"no record of {ATTEMPTS} from each of {len(usable)} examples can be read from its text")


def _weighted_order(rng: random.Random, usable: Sequence[Example]) -> list[Example]:
    """All examples in random order, weighted by their number of leaves (Efraimidis and Spirakis 2006)."""
    return sorted(usable, key=lambda example: -(rng.random() ** (1 / n_leaves(example.answer))))


def _parts(value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    """Every value below ``value`` with its path."""
    items = (("*", item) for item in value) if isinstance(value, list) else ()
    for key, child in value.items() if isinstance(value, dict) else items:
        yield (*path, key), child
        yield from _parts(child, (*path, key))


def _recombined(value: Any, path: Path, pool: Pool, rng: random.Random) -> Any:
    """``value`` with half of its parts at every depth replaced by others at the same path, and with changed leaves."""
    if path and rng.random() < 0.5:
        value = rng.choice(pool[path])
    if isinstance(value, dict):
        return {key: _recombined(below, (*path, key), pool, rng) for key, below in value.items()}
    if isinstance(value, list):
        return [_recombined(item, (*path, "*"), pool, rng) for item in value]
    return _changed(value, rng)


def _changed(leaf: Any, rng: random.Random) -> Any:
    """Numbers and UUIDs with other digits, as many as before; every other leaf as it is."""
    if isinstance(leaf, str):
        return _digits(leaf, "0123456789abcdef", rng) if UUID.fullmatch(leaf) else leaf
    if isinstance(leaf, bool) or leaf is None:
        return leaf
    text = _digits(str(leaf), "0123456789", rng)
    return type(leaf)(text) if str(type(leaf)(text)) == text else leaf


def _digits(text: str, digits: str, rng: random.Random) -> str:
    return "".join(rng.choice(digits) if letter in digits else letter for letter in text)
