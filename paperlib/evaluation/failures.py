"""What went wrong in an answer: one kind of error for every wrong leaf, one kind of failure for every example.

The kinds partition the failures. In order of precedence for an example with several errors:

- ``syntax``: no JSON value could be parsed;
- ``structure``: an object, an array or a scalar stands where another of these is expected; or every leaf is right and
  only the order of items is not;
- ``type``: a scalar of another JSON type (string, number, boolean, null);
- ``omission``: an expected leaf is missing;
- ``addition``: a leaf that is not expected;
- ``hallucinated``: a value of the right type in the right place that has little to do with the expected one;
- ``altered``: nearly the expected value, a copy with a mistake in it;
- ``derived``: a number that does not stand in the text, so that it had to be computed, is wrong.

The order is that in which a program that uses the answer would fail: what cannot be parsed has no shape, and what has
another shape lacks the fields. A wrong total comes last because it may follow from another wrong value.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, get_args

from rapidfuzz.distance import Levenshtein

from paperlib.data.examples import Span
from paperlib.data.leaf_alignment import MISSING, LeafCounts, pair_leaves
from paperlib.data.leaves import Path, json_equal, json_pointer, n_leaves

ErrorKind = Literal["structure", "type", "omission", "addition", "hallucinated", "altered", "derived"]
FailureKind = Literal["exact", "syntax", ErrorKind]
ERROR_KINDS: tuple[ErrorKind, ...] = get_args(ErrorKind)  # in order of precedence
FAILURE_KINDS: tuple[FailureKind, ...] = ("exact", "syntax", *ERROR_KINDS)
COPY_SIMILARITY = 0.7  # from which a wrong value counts as an altered copy
COPY_LENGTH = 4  # characters from which a piece of the expected string counts as a copy cut short
NUMBER = re.compile(r"(?<![\w.])-?\d+(?:,\d{3})*(?:\.\d+)?")
TYPES = {bool: "boolean", int: "number", float: "number", str: "string", type(None): "null"}


@dataclass(frozen=True)
class LeafError:
    """One wrong leaf: what the answer has and what was expected in one place, either of them possibly MISSING.

    Only under ``structure`` may one of the two be a whole object or array: it is one error, however much hangs below.
    """

    path: Path  # in the expected value; of an addition, in the answer
    kind: ErrorKind
    answer: Any
    expected: Any


@dataclass(frozen=True)
class Diagnosis:
    """An answer's kind of failure and its wrong leaves: none where it is exact, unparseable or only out of order."""

    kind: FailureKind
    leaves: LeafCounts
    errors: tuple[LeafError, ...] = ()

    def counts(self) -> dict[str, int]:
        """Wrong leaves by kind of error; kinds that do not occur are left out."""
        kinds = [error.kind for error in self.errors]
        return {kind: kinds.count(kind) for kind in ERROR_KINDS if kind in kinds}


def diagnose(answer: Any, expected: Any, text: str, spans: Sequence[Span] = ()) -> Diagnosis:
    """Kind of failure, wrong leaves and leaf counts of an answer, all from one alignment of the two values.

    Args: the parsed answer, or MISSING where no JSON could be parsed; the expected value; the source text; and its
    ``spans``, which say which expected leaves stand in the text. Without spans a string stands there if it occurs
    literally, a number if one of the numbers in the text has its value.

    Leaves are compared in the pairs of :func:`paperlib.data.leaf_alignment.pair_leaves`. An empty object or array that
    should hold something is no error of its own: what it lacks is omitted (and the other way round, added).
    """
    n = n_leaves(expected)
    if answer is MISSING:
        return Diagnosis("syntax", LeafCounts(0, 0, n))
    if json_equal(answer, expected):
        return Diagnosis("exact", LeafCounts(n, n, n))
    source = SourceText(text, spans)
    pairs = list(pair_leaves(answer, expected))
    errors = tuple(LeafError(at, _kind(source, at, a, e), a, e) for at, a, e in pairs if not json_equal(a, e))
    counts = LeafCounts(len(pairs) - len(errors), n_leaves(answer), n)
    return Diagnosis(min((error.kind for error in errors), key=ERROR_KINDS.index, default="structure"), counts, errors)


def similarity(one: str, other: str) -> float:
    """1 - edit distance / length of the longer string: 1 for equal strings, 0 where no character is kept.

    Levenshtein (1966), "Binary codes capable of correcting deletions, insertions, and reversals", Soviet Physics
    Doklady 10.
    """
    return float(Levenshtein.normalized_similarity(one, other))


def is_altered_copy(answer: Any, expected: Any) -> bool:
    """Whether a wrong value is a copy of the expected one with a mistake in it, rather than another value.

    It is one at a similarity of at least 0.7, case and white space aside, or as a string cut out of the expected one
    or put around it. In the published training data, of pairs of different values that two examples have in the same
    field, 0.9 % of the strings and 0.2 % of the numbers pass: a value made up in the style of its field is rarely
    taken for a copy. The price is paid by short values: 12 for 13 counts as hallucinated, and so does a wrong boolean.
    """
    if isinstance(expected, bool):
        return False
    short, long = sorted((_plain(answer), _plain(expected)), key=len)
    part = isinstance(expected, str) and len(short) >= COPY_LENGTH and short in long
    return part or similarity(short, long) >= COPY_SIMILARITY


class SourceText:
    """The text of an example, and which values stand in it."""

    def __init__(self, text: str, spans: Sequence[Span] = ()):
        self.text = text
        self.pointers = {span.pointer for span in spans}

    @cached_property
    def numbers(self) -> set[int | float]:
        """Every number in the text by value; commas before three digits are taken for thousands separators."""
        written = [match.replace(",", "") for match in NUMBER.findall(self.text)]
        return {float(number) if "." in number or len(number) > 300 else int(number) for number in written}

    @cached_property
    def words(self) -> set[str]:
        """Every word in lower case."""
        return set(re.findall(r"\w+", self.text.casefold()))

    def contains(self, value: Any) -> bool:
        """Whether a scalar occurs anywhere; null and empty values leave no trace in a text."""
        if isinstance(value, bool):
            return not self.words.isdisjoint(("true", "yes") if value else ("false", "no"))
        if isinstance(value, int | float):
            return value in self.numbers
        return isinstance(value, str) and value != "" and value in self.text

    def contains_leaf(self, path: Path, expected: Any) -> bool:
        """Whether the expected leaf at ``path`` stands in the text: by the spans, where there are any."""
        return json_pointer(*path) in self.pointers if self.pointers else self.contains(expected)


def _kind(source: SourceText, path: Path, answer: Any, expected: Any) -> ErrorKind:
    if answer is MISSING:
        return "omission"
    if expected is MISSING:
        return "addition"
    if isinstance(answer, dict | list) or isinstance(expected, dict | list):
        return "structure"
    if TYPES[type(answer)] != TYPES[type(expected)]:
        return "type"
    # Before the question of similarity: where nothing stands in the text, no copy can have been altered.
    if TYPES[type(expected)] == "number" and not source.contains_leaf(path, expected):
        return "derived"
    return "altered" if is_altered_copy(answer, expected) else "hallucinated"


def _plain(value: Any) -> str:
    return " ".join(str(value).casefold().split())
