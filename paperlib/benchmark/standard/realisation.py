"""A record in sentences of its schema's phrasebook: what running texts are made of."""

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from paperlib.benchmark.fields import scope_name
from paperlib.benchmark.phrasebook import Phrasebook, Scope, Sentence
from paperlib.benchmark.standard.habits import Habits
from paperlib.benchmark.standard.page import Cell, Leaf, Line, Object, Piece

_NOUN = re.compile(" [a-z]+s")  # what may be counted


@dataclass(frozen=True)
class Block:
    """An array: what is said before its items, and each of them."""

    lead: str
    items: list["Told"]


@dataclass(frozen=True)
class Told:
    """One object: sentences about it, then its arrays."""

    sentences: list[Line]
    blocks: list[Block]

    def lines(self) -> Iterator[Line]:
        """All sentences in order, leads among them."""
        yield from self.sentences
        for block in self.blocks:
            yield [block.lead]
            for item in block.items:
                yield from item.lines()


def tell(thing: Object, book: Phrasebook, habits: Habits, rng: random.Random) -> Told:
    """Every leaf of an object and of what it holds, each shown once."""
    scope = book.scopes[scope_name(thing.scope)]
    sentences = [spoken(sentence, thing.leaves, habits) for sentence in _chosen(scope, set(thing.leaves), rng)]
    blocks = []
    for name, items in thing.arrays.items():
        leads = book.scopes[scope_name(name)].lead
        blocks.append(Block(rng.choice(leads), [tell(item, book, habits, rng) for item in items]))
    return Told(sentences, blocks)


def _chosen(scope: Scope, left: set[str], rng: random.Random) -> Iterator[Sentence]:
    """An opening where one can be had, then sentences until all is said; those that say more tend to come sooner."""
    if openings := [s for s in scope.open if s.shows and left.issuperset(s.shows)]:
        chosen = rng.choice(openings)
        left = left.difference(chosen.shows)
        yield chosen
    later = sorted(scope.then + scope.open, key=lambda s: rng.random() * (1 + len(s.shows)), reverse=True)
    for sentence in later:
        if sentence.shows and left.issuperset(sentence.shows):
            left = left.difference(sentence.shows)
            yield sentence


def spoken(sentence: Sentence, leaves: dict[str, Leaf], habits: Habits) -> Line:
    """A sentence with its leaves in place; a value that ends in a full stop takes the sentence's."""
    first, *others = sentence.pieces
    line: list[Piece] = [first]
    for within, piece in zip(sentence.shows, others, strict=True):
        counts = bool(_NOUN.match(piece)) and not str(line[-1]).endswith("quantity ")
        line += leaves[within].listed(habits, counts)
        stopped = isinstance(cell := line[-1], Cell) and cell.shown.text.endswith(".") and not cell.shown.after
        line.append(piece.removeprefix(".") if stopped else piece)
    line = [piece for piece in line if piece != ""]
    return [_capital(line[0]), *line[1:]]


def _capital(piece: Piece) -> Piece:
    """What begins a sentence; a value that is read back letter for letter stays as it is."""
    if isinstance(piece, str):
        return piece[:1].upper() + piece[1:]
    shown = piece.shown
    if shown.before or shown.normalise == "copy":
        return piece
    return Cell(piece.pointer, replace(shown, text=shown.text[:1].upper() + shown.text[1:]))
