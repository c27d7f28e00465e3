"""Draws training documents of all kinds, each under a schema of its own."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from random import Random
from types import MappingProxyType, ModuleType

from paperlib.data.examples import Example
from paperlib.data.schemas import Schemas
from paperlib.training.augmentation.rerendering import key_words
from paperlib.training.documents import letters, machine_texts, offers, people, receipts, requests, utterances
from paperlib.training.documents.asking import Verbatim, ask
from paperlib.training.documents.document import Document, Entry, Fact, Group, Kind

# How often each kind is drawn. Utterances are short, and so are cheap; receipts stand for all that scanners read.
SHARES = MappingProxyType({receipts: 6, utterances: 18, letters: 3, people: 2, offers: 2, machine_texts: 2})
UNANSWERABLE = 0.3  # share of schemas that also ask for fields of another kind of document
MAX_UNANSWERABLE = 4  # of one schema
HELD_OUT = 400


@dataclass(frozen=True)
class Mixture:
    """What documents a training is given, and how they are asked about."""

    shares: Mapping[ModuleType, int]  # weights of the kinds
    verbatim: Verbatim


# Chat models write dates as ISO 8601 whatever a schema says, and stop at a line's end: receipts weigh three times as
# much, and more values are wanted as they are printed. That cost the other kinds: the third mixture has more of them,
# and amounts as printed are figures alone. The fourth sees many more schemas, those of functions' arguments.
AS_PRINTED = Verbatim(asked=0.5, described=0.5)
FIGURES = Mixture(
    {receipts: 14, utterances: 20, letters: 6, people: 4, offers: 4, machine_texts: 4},
    replace(AS_PRINTED, currency=False),
)
MIXTURES = {
    "balanced": Mixture(SHARES, Verbatim()),
    "verbatim": Mixture(SHARES | {receipts: 18}, AS_PRINTED),
    "figures": FIGURES,
    "requests": Mixture({**FIGURES.shares, requests: 17}, FIGURES.verbatim),
}


def draw_documents(n: int, seed: int | str, mixture: str = "balanced") -> tuple[list[Example], Schemas]:
    """``n`` training examples, each with a schema of its own, and these schemas. The same arguments give the same.

    ``mixture`` is one of MIXTURES.
    """
    mixed = MIXTURES[mixture]
    examples, schemas = [], Schemas()
    for number in range(n):
        rng, id = Random(f"documents/{seed}/{number}"), f"document-{seed}-{number:06}"
        name, kind = _kind(rng, mixed)
        document = kind(rng)
        if rng.random() < UNANSWERABLE:
            document = _with_unanswerable_fields(document, _kind(rng, mixed)[1](rng), rng)
        example, schemas[id] = ask(document, rng, id, name, mixed.verbatim)
        examples.append(example)
    return examples, schemas


@cache
def held_out_documents() -> tuple[list[Example], Schemas]:
    """The HELD_OUT documents that models are tested on, and their schemas; no training draws them."""
    examples, schemas = draw_documents(HELD_OUT, "test")
    return [replace(example, split="test") for example in examples], schemas


def _kind(rng: Random, mixture: Mixture) -> tuple[str, Kind]:
    module = rng.choices(list(mixture.shares), list(mixture.shares.values()))[0]
    kinds: dict[str, Kind] = module.KINDS
    return rng.choice(list(kinds.items()))


def _with_unanswerable_fields(document: Document, other: Document, rng: Random) -> Document:
    """The document with some facts of another, as what its text does not say; they share no word of a name with its
    own, asked for or not."""
    known = _words([*_names(document.entries), *document.others])
    facts = [fact for fact in _facts(other.entries) if known.isdisjoint(_words([fact.names]))]
    lent = rng.sample(facts, min(len(facts), rng.randint(1, MAX_UNANSWERABLE)))
    entries = list(document.entries)
    for fact in lent:
        entries.insert(rng.randint(0, len(entries)), replace(fact, value=None, written=None, figure=None))
    return replace(document, entries=tuple(entries))


def _facts(entries: Sequence[Entry]) -> list[Fact]:
    """The facts outside groups and arrays that are no lists themselves."""
    return [entry for entry in entries if isinstance(entry, Fact) and entry.node["type"] != "array"]


def _words(names: Iterable[str]) -> set[str]:
    return {word for several in names for name in several.split("/") for word in key_words(name)}


def _names(entries: Sequence[Entry]) -> Iterator[str]:
    for entry in entries:
        yield entry.names
        if not isinstance(entry, Fact):
            rows = (entry.facts,) if isinstance(entry, Group) else (entry.columns, *entry.rows)
            yield from (name for row in rows for name in _names(row))
