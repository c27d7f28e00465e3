"""How sure a model was of each leaf of its answer."""

import json
import math
import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate

from paperlib.data.leaves import json_pointer
from paperlib.data.output_parser import ValueScanner
from paperlib.data.predictions import Token
from paperlib.decoding.extraction.evidence import Place

DECODER = json.JSONDecoder()
SPACE = re.compile(r"[\s,:]*")


def leaf_places(text: str) -> dict[str, Place]:
    """Where the leaves of the first JSON object or array in a text are written, by JSON pointer, empty ones included.

    A text without one has to be a scalar. Raises ValueError for text that is not JSON.
    """
    scanner = ValueScanner()
    scanner.feed(text)
    return dict(_places(text, _after_spaces(text, 0) if scanner.start is None else scanner.start, ()))


def leaf_probabilities(output: str, tokens: Sequence[Token], first: int | None = None) -> dict[str, float]:
    """The probability of each leaf of the JSON in ``output``, by JSON pointer: that of all its tokens together, or of
    the ``first`` so many. Tokens that a constraint forced on the model do not count, unless a leaf has no others: they
    say nothing of what it held.

    ``tokens`` are those of ``output``, whose texts make it up. Empty without them, or without JSON.
    """
    try:
        places = leaf_places(output)
    except ValueError:
        return {}
    ends = list(accumulate(len(token.text) for token in tokens))
    if not ends or ends[-1] < len(output):
        return {}
    found = {}
    for pointer, (start, end) in places.items():
        last = bisect_right(ends, ends[bisect_right(ends, end - 1)])  # those without text after it belong to it as well
        every = tokens[bisect_right(ends, start) : last]
        own = [token for token in every if not token.forced] or every
        found[pointer] = math.exp(sum(token.log_prob for token in own[:first]))
    return found


def _places(text: str, at: int, path: tuple[str | int, ...]) -> Iterator[tuple[str, Place]]:
    value, end = DECODER.raw_decode(text, at)
    if not isinstance(value, dict | list) or not value:
        yield json_pointer(*path), (at, end)
        return
    at += 1
    for key in value if isinstance(value, dict) else range(len(value)):
        at = _after_spaces(text, at)
        if isinstance(value, dict):
            _, at = DECODER.raw_decode(text, at)
            at = _after_spaces(text, at)
        yield from _places(text, at, (*path, key))
        _, at = DECODER.raw_decode(text, at)


def _after_spaces(text: str, at: int) -> int:
    return SPACE.match(text, at).end()  # type: ignore[union-attr]
