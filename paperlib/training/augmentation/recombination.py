"""More training examples in the form of given ones: records recombined, values changed, texts written again.

The published texts write a record by one rule: a title, a line a leaf under its field's label, indented by depth, and a
closing line. Where the rule gives an example's own text letter for letter, records put together from parts of several
examples of its schema can be written the same way. All that is drawn on is training data.
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

HEX_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
TRIES = 20  # records put together from one example before another is taken
Path = tuple[str, ...]  # keys from the root; items of an array share its path
Pool = dict[Path, list[Any]]  # what training records hold at a path


def varied(examples: Sequence[Example], schemas: Schemas, n: int, seed: int = 0) -> list[Example]:
    """``n`` new examples, a schema as frequent as values of its records are among ``examples``, so that long records,
    which are rare and take most practice, get it. Each answer is what the rule reader reads in its text, so that none
    asks for what its text does not tell. The same for the same examples and seed.

    Raises DataError where no example is written by the rule, or too few records come out that can be told.
    """
    if not n:
        return []
    usable = [e for e in examples if e.schema_id in schemas and follows_published_form(e)]
    if not usable:
        raise DataError(f"none of {len(examples)} examples is written line by line under its labels: nothing to vary")
    pools: dict[str, Pool] = defaultdict(lambda: defaultdict(list))
    for example in usable:
        for path, value in _parts(example.answer, ()):
            pools[example.schema_id][path].append(value)
    rng = random.Random(f"vary:{seed}")
    return [_one(rng, usable, pools, schemas, number) for number in range(n)]


def _one(
    rng: random.Random, usable: Sequence[Example], pools: dict[str, Pool], schemas: Schemas, number: int
) -> Example:
    """An example begun from one of ``usable``, tried anew until its text tells its answer; from another where it
    never does, so that schemas whose items run into one another are not much rarer than they were."""
    for origin in _in_order(rng, usable):
        title, closing = title_and_closing(origin.text)
        for _ in range(TRIES):
            answer = _recombined(origin.answer, (), pools[origin.schema_id], rng)
            text = write_published(answer, title, closing)
            if text != origin.text and parse_label_lines(text, schemas[origin.schema_id].body) == answer:
                name = f"varied-{number:06}-{origin.schema_id}"
                return Example(name, origin.schema_id, origin.tier, "train", origin.surface, text, answer)
    raise DataError(f"no record in {TRIES} begun from any of {len(usable)} examples can be told from its text")


def _in_order(rng: random.Random, usable: Sequence[Example]) -> list[Example]:
    """All of ``usable``, one after another drawn as often as it has leaves (Efraimidis and Spirakis 2006)."""
    return sorted(usable, key=lambda example: -(rng.random() ** (1 / n_leaves(example.answer))))


def _parts(value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    """Every value below ``value`` with its path, and under ``(*path, "*")`` every item of an array."""
    if isinstance(value, list):
        for item in value:
            yield (*path, "*"), item
            yield from _parts(item, (*path, "*"))
    elif isinstance(value, dict):
        for key, below in value.items():
            yield (*path, key), below
            yield from _parts(below, (*path, key))


def _recombined(value: Any, path: Path, pool: Pool, rng: random.Random) -> Any:
    """``value``, half of its parts at every depth taken from elsewhere at the same path, and its leaves changed."""
    if path and rng.random() < 0.5:
        value = rng.choice(pool[path])
    if isinstance(value, dict):
        return {key: _recombined(below, (*path, key), pool, rng) for key, below in value.items()}
    if isinstance(value, list):
        return [_recombined(item, (*path, "*"), pool, rng) for item in value]
    return _changed(value, rng)


def _changed(leaf: Any, rng: random.Random) -> Any:
    """Other digits in numbers and identifiers, of the same length; other leaves as they are."""
    if isinstance(leaf, str):
        return _digits(leaf, "0123456789abcdef", rng) if HEX_ID.fullmatch(leaf) else leaf
    if isinstance(leaf, bool) or leaf is None:
        return leaf
    text = _digits(str(leaf), "0123456789", rng)
    return type(leaf)(text) if str(type(leaf)(text)) == text else leaf


def _digits(text: str, of: str, rng: random.Random) -> str:
    return "".join(rng.choice(of) if letter in of else letter for letter in text)
