"""Parses prose: finds what may be a value in its sentences, and matches it to a field by the words around it.

Values are found by their form: dates, e-mail addresses, codes, numbers, quotations, names in capitals, the options
of enums, what follows a colon. A yes or no is read from the clause that speaks most of its field.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from paperlib.baselines.field_matching import (
    MIN_SCORE,
    Pair,
    assign_fields,
    holds_fields,
    properties,
    put,
    schema_leaves,
    stems,
)
from paperlib.baselines.value_formats import DATES, NUMBER_WORDS, Node
from paperlib.data.scalars import types_of

SENTENCE = re.compile(r"(?<=[^A-Z][.!?\"”])(?<!\bDr\.)(?<!\bMr\.)(?<!\bno\.)\s+(?=[A-Z\"“])")
INTRODUCES = re.compile(r"\b(?:follow\w*|below|here (?:is|are)|list(?:ed)?|next|these)\b|:$", re.IGNORECASE)
BULLET = re.compile(r"(?:[-*•+–]|[0-9]{1,2}[.)])\s+")
NOT = re.compile(
    r"\b(?:not|never|no|without|off|un\w+|dis\w+ed|inactive|fail\w*|missing|still to)\b|n't\b", re.IGNORECASE
)
CLOCK = (
    r"(?:(?:,? at|,)? [0-2]?\d:[0-5]\d(?::[0-5]\d)?(?: ?[ap]\.?m\.?)?(?: ?\(?(?:UTC|GMT|Z)(?:[+-]\d\d:?\d\d)?\)?)?)?"
)
MAIL = r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
COUNTED = "|".join(word for word in NUMBER_WORDS if word not in ("no", "none"))
LIKELY = [  # what is hardly anything but a value; of two that overlap the first counts
    r"(?P<value>[\"“][^\"”]+[\"”])",
    rf"(?P<value>{MAIL}(?:(?:, and |, | and ){MAIL})*)",
    *(rf"(?P<value>{form.pattern}{CLOCK})" for form in DATES),
    r"(?P<value>\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b)",
    r"(?P<value>(?<![\w.])[+(]\d[\d\s().-]{7,}\d|(?<![\w.])\d{3}[-. ]\d{3}[-. ]\d{4}\b)",
    r"(?P<value>\b[a-z]{2}-[A-Z]{2}\b)",
    r"(?P<value>\b[A-Z]{1,6}\d*-\w[\w-]*|\b[A-Za-z][\w-]*[._/](?=[\w/.]*\w)[\w./-]*\w|\b(?=[A-Z]*\d)[A-Z][A-Z\d.]{4,}\b|\*+\d{4})",
    r"(?P<value>(?<![\w.,$€£])\d+ (?!(?:EUR|USD|GBP|[A-Z]{3})\b)[A-Z][\w'’-]+(?: [A-Z][\w'’-]+)*(?:, [A-Z]\w+)?)",
    r"(?P<value>(?<![\w.-])[-−]?[$€£]?\d[\d,]*(?:\.\d+)?(?:-\d+(?:\.\d+)?)?)(?!\w*[-/]\w)",
    rf"\b(?P<value>{COUNTED})\b",
]
POSSIBLE = [  # what may be one
    r":\s+(?P<value>\S.*?)[.]?$",
    r"(?P<value>(?:\bDr\. )?\b[A-Z][\w'’&-]*(?: (?:(?:of|and|the|de) )?[A-Z\d][\w'’&-]*)*(?: (?:Inc|Co)\.)?)",
    r"(?P<value>\b[\w-]+(?:, [\w-]+)*,? and [\w-]+\b)",
    r"\b(?:is|in|the|with|as|user|under|to|by|of)\s+(?P<value>[a-z][\w-]+)\b",
]
LIKELY_FORMS, POSSIBLE_FORMS = (
    [re.compile(form, re.IGNORECASE if "month" in form else 0) for form in forms] for forms in (LIKELY, POSSIBLE)
)
BEFORE, AFTER = 45, 25  # characters around a value that say what it is


@dataclass
class Block:
    """The sentences of a list in the text; bullet by bullet where it has bullets, else all in one."""

    bullets: bool
    items: list[list[str]] = field(default_factory=list)


def parse_prose(
    paragraphs: Sequence[Sequence[str]], schema: Node, asked: Iterable[tuple[str, str]] = ()
) -> dict[str, Any]:
    """The record that paragraphs state, as far as ``schema`` describes it.

    A paragraph is a list of lines; ``asked`` holds questions and their answers, each of which must be some field.
    """
    first, blocks = _blocks(paragraphs, any(True for _ in _arrays(schema)))
    pairs = [Pair(question, answer, (-2 * n - 2, -2 * n - 1), sure=True) for n, (question, answer) in enumerate(asked)]
    found = assign_fields([*pairs, *_pairs(first, schema)], schema, deep=True, min_score=MIN_SCORE)
    _booleans(found, first, schema)
    for block in blocks:
        _add_items(found, block, schema)
    return found


def sentences(text: str) -> list[str]:
    return [part.strip() for part in SENTENCE.split(text) if part.strip()]


def _blocks(paragraphs: Sequence[Sequence[str]], has_items: bool) -> tuple[list[str], list[Block]]:
    """The sentences about the record itself, and the lists: bullets, a later paragraph of several sentences, or what
    comes after a line that announces a list."""
    first: list[str] = []
    blocks: list[Block] = []
    for number, lines in enumerate(paragraphs):
        bullets = [line for line in lines if BULLET.match(line)]
        said = [sentence for line in lines if not BULLET.match(line) for sentence in sentences(line)]
        if not has_items:
            first += said
        elif bullets:
            blocks.append(Block(True, [sentences(BULLET.sub("", line, count=1)) for line in bullets]))
        elif len(lines) > 1:
            _by_lines(said, first, blocks)
        elif number and len(said) > 1:
            rest = said[0].partition(": ")[2]
            blocks.append(Block(False, [[rest, *said[1:]] if rest else said[1:]]))
        elif not number:
            first += said
    return first, blocks


def _by_lines(said: Sequence[str], first: list[str], blocks: list[Block]) -> None:
    for sentence in said:
        if INTRODUCES.search(sentence.rstrip(".")) and not any(form.search(sentence) for form in LIKELY_FORMS):
            blocks.append(Block(False, [[]]))
        elif blocks:
            blocks[-1].items[0].append(sentence)
        else:
            first.append(sentence)


def _pairs(said: Sequence[str], schema: Node) -> list[Pair]:
    """Everything that may be a value, with the words around it."""
    found, offset = [], 0
    for sentence in said:
        likely, possible = _spans(sentence, schema)
        for start, end in (*likely, *possible):
            before = max((stop for _, stop in likely if stop <= start), default=0)
            after = min((begin for begin, _ in likely if begin >= end), default=len(sentence) + 1)
            label = sentence[max(before, start - BEFORE) : start]
            if after > len(sentence) or not stems(label):
                label += " " + re.split(r"[,;.]| and ", sentence[end : min(after, end + AFTER)])[0]
            found.append(Pair(label, sentence[start:end], (offset + start, offset + end)))
        offset += len(sentence) + 1
    return found


def _spans(sentence: str, schema: Node) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """Character spans of what must and of what may be a value; the first do not overlap, the others lie in no first."""
    likely: list[tuple[int, int]] = []
    for form in LIKELY_FORMS:
        for match in form.finditer(sentence):
            start, end = match.span("value")
            if all(end <= one or stop <= start for one, stop in likely):
                likely.append((start, end))
    possible = set()
    for form in (*POSSIBLE_FORMS, *_options(schema)):
        for match in form.finditer(sentence):
            start, end = match.span("value")
            common = start == 0 and " " not in match["value"] and form in POSSIBLE_FORMS
            if not common and stems(match["value"]) and not any(one <= start and end <= stop for one, stop in likely):
                possible.add((start, end))
    return sorted(likely), sorted(possible)


def _options(schema: Node) -> list[re.Pattern[str]]:
    leaves = schema_leaves(schema, deep=True)
    return _compiled(tuple(sorted({str(option) for leaf in leaves for option in leaf.node.get("enum", ())})))


@lru_cache(maxsize=16)
def _compiled(options: tuple[str, ...]) -> list[re.Pattern[str]]:
    return [re.compile(rf"\b(?P<value>{re.sub('_', '[ _-]', re.escape(one))})\b", re.IGNORECASE) for one in options]


def _booleans(record: dict[str, Any], said: Sequence[str], schema: Node) -> None:
    clauses = [clause for sentence in said for clause in re.split(r", | and ", sentence)]
    for leaf in schema_leaves(schema, deep=True):
        if "boolean" in types_of(leaf.node):
            name = stems(leaf.path[-1] + " " + str(leaf.node.get("description", "")))
            best = max(clauses, key=lambda clause: len(name & _bare(clause)), default="")
            if name & _bare(best):
                put(record, leaf.path, not NOT.search(best))


def _bare(clause: str) -> set[str]:
    """The stems of a clause, those without "un" too."""
    return {stem.removeprefix(prefix) for stem in stems(clause) for prefix in ("", "un")}


def _arrays(node: Node, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Node]]:
    for name, child in properties(node).items():
        if properties(child):
            yield from _arrays(child, (*path, name))
        elif holds_fields(child):
            yield (*path, name), child["items"]


def _add_items(record: dict[str, Any], block: Block, schema: Node) -> None:
    """The items of one list, put in that array, not yet given, of whose required fields it states most."""
    tries = []
    for place, (path, items) in enumerate(_arrays(schema)):
        rows = [row for said in block.items for row in _rows(said, items, block.bullets)]
        required = set(items.get("required", ()))
        share = sum(len(required & set(row)) / max(1, len(required)) for row in rows) / max(1, len(rows))
        tries.append((-share, place, path, rows))
    for _, _, path, rows in sorted(tries, key=lambda one: one[:2]):
        inner = record
        for name in path[:-1]:
            inner = inner.setdefault(name, {})
        if path[-1] not in inner and rows:
            inner[path[-1]] = rows
            return


def _rows(said: Sequence[str], items: Node, bullets: bool) -> list[dict[str, Any]]:
    """One item where bullets divide them; else sentence by sentence, a new one where a field comes again."""
    rows: list[dict[str, Any]] = []
    for group in [said] if bullets else [[sentence] for sentence in said]:
        found = assign_fields(_pairs(group, items), items, deep=True, min_score=MIN_SCORE * 0.7)
        _booleans(found, group, items)
        if not rows or set(found) & set(rows[-1]):
            rows.append(found)
        else:
            rows[-1] |= found
    return [row for row in rows if row]
