"""Surface realisation: what a text is written from, and a record in sentences of its schema's phrasebook."""

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from paperlib.benchmark.fields import scope_name
from paperlib.benchmark.phrasebook import Phrasebook, Scope, Sentence
from paperlib.benchmark.records.draw import Draw
from paperlib.benchmark.standard.text_builder import Leaf, Line, Object, Piece
from paperlib.benchmark.standard.writing_style import Rendered, WritingStyle

_COUNTED = re.compile(" [a-z]+s")  # a plural behind a leaf: its number may be written as a word


@dataclass(frozen=True)
class Block:
    """An array of objects: the line that introduces it, and its items."""

    lead: str
    items: list["Realisation"]


@dataclass(frozen=True)
class Realisation:
    """One object: the sentences that state its leaves, then its arrays."""

    sentences: list[Line]
    blocks: list[Block]

    def lines(self) -> Iterator[Line]:
        """Everything in order: the sentences, and for each array its lead and the lines of its items."""
        yield from self.sentences
        for block in self.blocks:
            yield [block.lead]
            for item in block.items:
                yield from item.lines()


@dataclass
class TextPlan:
    """What a text is written from. ``draw`` gives the names, times and numbers that belong to no field."""

    record: Object
    book: Phrasebook
    style: WritingStyle
    draw: Draw
    rng: random.Random

    def __post_init__(self) -> None:
        self.distractors = self.rng.sample(self.book.distractors, len(self.book.distractors))

    @property
    def title(self) -> str:
        """What the record is, as a heading: ``Parking permit``."""
        return self.book.noun[:1].upper() + self.book.noun[1:]

    def realise(self) -> Realisation:
        """The whole record in sentences."""
        return realise_object(self.record, self.book, self.style, self.rng)

    def is_label(self, name: str) -> bool:
        """Whether a leaf of the record goes by this name, so that nothing else in its text may."""
        return any(name in leaf.field.labels for leaf in self.record.leaves.values())

    def speakers(self) -> Sequence[tuple[str, str]]:
        """Pairs of names for a dialogue, none of them a label, so that what the two say is not read as its value."""
        return [pair for pair in self.book.speakers if not any(map(self.is_label, pair))] or [("A", "B")]

    def distractor(self, chance: float) -> Iterator[Line]:
        """With this chance a sentence that states nothing of the record; no sentence comes twice."""
        if self.distractors and self.rng.random() < chance:
            yield [self.draw.fill(self.distractors.pop())]

    def one_of(self, templates: Sequence[str]) -> str:
        """One of the templates, its slots filled."""
        return self.draw.fill(self.rng.choice(templates))


def realise_object(thing: Object, book: Phrasebook, style: WritingStyle, rng: random.Random) -> Realisation:
    """Sentences that state every leaf of an object, and of the items of its arrays, exactly once."""
    scope = book.scopes[scope_name(thing.scope)]
    sentences = [_filled(sentence, thing.leaves, style) for sentence in _chosen(scope, set(thing.leaves), rng)]
    blocks = []
    for name, items in thing.arrays.items():
        leads = book.scopes[scope_name(name)].lead
        blocks.append(Block(rng.choice(leads), [realise_object(item, book, style, rng) for item in items]))
    return Realisation(sentences, blocks)


def _chosen(scope: Scope, left: set[str], rng: random.Random) -> Iterator[Sentence]:
    """An opening that fits, then sentences until every leaf is stated; those that state more tend to come earlier."""
    if openings := [s for s in scope.open if s.slots and left.issuperset(s.slots)]:
        chosen = rng.choice(openings)
        left = left.difference(chosen.slots)
        yield chosen
    later = sorted(scope.then + scope.open, key=lambda s: rng.random() * (1 + len(s.slots)), reverse=True)
    for sentence in later:
        if sentence.slots and left.issuperset(sentence.slots):
            left = left.difference(sentence.slots)
            yield sentence


def _filled(sentence: Sentence, leaves: dict[str, Leaf], style: WritingStyle) -> Line:
    """A sentence with its leaves in place. A value that ends in a full stop replaces that of the sentence."""
    first, *others = sentence.pieces
    line: list[Piece] = [first]
    for within, piece in zip(sentence.slots, others, strict=True):
        counts = bool(_COUNTED.match(piece)) and not str(line[-1]).endswith("quantity ")
        line += leaves[within].listed(style, counts)
        stopped = isinstance(last := line[-1], Rendered) and last.text.endswith(".") and not last.after
        line.append(piece.removeprefix(".") if stopped else piece)
    line = [piece for piece in line if piece != ""]
    return [_capitalised(line[0]), *line[1:]]


def _capitalised(piece: Piece) -> Piece:
    """The beginning of a sentence; a value that is copied letter by letter stays as it is."""
    if isinstance(piece, str):
        return piece[:1].upper() + piece[1:]
    if piece.before or piece.normalise == "copy":
        return piece
    return replace(piece, text=piece.text[:1].upper() + piece.text[1:])


def run_on(lines: Sequence[Line]) -> Line:
    """Sentences one behind the other, as one paragraph."""
    return [piece for place, line in enumerate(lines) for piece in ([" ", *line] if place else line)]
