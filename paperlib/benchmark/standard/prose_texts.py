"""Texts that run: prose, an e-mail, a letter, a chat. Sentences come from the phrasebook, their frame from here."""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from paperlib.benchmark.phrasebook import Phrasebook
from paperlib.benchmark.records.draw import Draw
from paperlib.benchmark.standard.datetimes import WEEKDAYS
from paperlib.benchmark.standard.habits import Habits
from paperlib.benchmark.standard.page import Line, Object, Page
from paperlib.benchmark.standard.realisation import Told, tell
from paperlib.benchmark.words import surfaces


@dataclass
class Scene:
    """What a running text is made from."""

    thing: Object
    book: Phrasebook
    habits: Habits
    draw: Draw  # of names, clocks and the like that belong to no field
    rng: random.Random

    def __post_init__(self) -> None:
        self.asides = self.rng.sample(self.book.distractors, len(self.book.distractors))

    def told(self) -> Told:
        return tell(self.thing, self.book, self.habits, self.rng)

    def calls(self, name: str) -> bool:
        """Whether a leaf is called so: then nothing else may be."""
        return any(name in leaf.field.labels for leaf in self.thing.leaves.values())

    def speakers(self) -> Sequence[tuple[str, str]]:
        """Pairs none of whom is called as a leaf is, so that what they say is no value of it."""
        return [pair for pair in self.book.speakers if not any(map(self.calls, pair))] or [("A", "B")]

    def aside(self, chance: float) -> Iterator[Line]:
        """A sentence that tells nothing of the record, now and then, none twice."""
        if self.asides and self.rng.random() < chance:
            yield [self.draw.fill(self.asides.pop())]

    def filled(self, options: tuple[str, ...]) -> str:
        return self.draw.fill(self.rng.choice(options))


def prose(scene: Scene) -> Page:
    """One or a few paragraphs."""
    page = Page()
    told = scene.told()
    _paragraph(page, [*_woven(scene, told.sentences)])
    _blocks(page, told)
    return page


def email(scene: Scene) -> Page:
    """Head, greeting, paragraphs; items of arrays run on or stand below one another."""
    page = Page()
    sender, reader = scene.draw.people(2, 2)
    day = scene.draw.moment()
    subject = scene.rng.choice(scene.book.subject)
    head = [f"From: {sender.name} <{sender.email}>", f"To: {reader.name}", f"Subject: {subject}"]
    if scene.rng.random() < 0.5:
        head.insert(2, f"Sent: {WEEKDAYS[day.weekday()]} {scene.draw.fill('{clock}')}")
    for line in head[scene.rng.randint(0, 2) :] if scene.rng.random() < 0.8 else ():
        if not scene.calls(line.partition(":")[0]):
            page.line(line)
    first = reader.name.split()[0]
    page.line(("\n" if page.length else "") + scene.rng.choice(surfaces.greetings).format(name=first) + "\n")
    told = scene.told()
    opener = [[scene.filled(surfaces.openers)]] if scene.rng.random() < 0.7 else []
    _paragraph(page, [*opener, *_woven(scene, told.sentences)])
    _blocks(page, told, scene.rng.choice(("- ", "* ", "• ", "")))
    closer = [[scene.filled(surfaces.closers)]] if scene.rng.random() < 0.7 else []
    if closer:
        page.line()
        _paragraph(page, closer)
    page.line(f"\n{scene.rng.choice(surfaces.goodbyes)}\n{sender.name.split()[0]}")
    return page


def letter(scene: Scene) -> Page:
    """On letterhead, with date and subject, formal."""
    page = Page()
    draw, rng = scene.draw, scene.rng
    place, signer, reader = draw.location(), draw.person(), draw.person()
    page.line(f"{draw.company()}\n{place.street}\n{place.city}\n")
    if not scene.calls("Subject"):
        page.line(rng.choice(("Re: ", "Subject: ", "")) + rng.choice(scene.book.subject) + "\n")
    title = "Ms." if reader.gender == "female" else "Mr."
    greetings = (f"Dear {title} {reader.name.split()[-1]},", "Dear Sir or Madam,", "To whom it may concern,")
    page.line(rng.choice(greetings) + "\n")
    told = scene.told()
    page.line(scene.filled(surfaces.formal_openers))
    page.line()
    _paragraph(page, [*_woven(scene, told.sentences)])
    _blocks(page, told)
    page.line("\n" + scene.filled(surfaces.formal_closers))
    page.line(f"\n{rng.choice(surfaces.formal_goodbyes)}\n\n{signer.name}\n{rng.choice(surfaces.signing_roles)}")
    return page


def chat(scene: Scene) -> Page:
    """Questions and bare answers for some leaves, sentences for the others; a message a line."""
    page = Page()
    asker, teller = scene.rng.choice(scene.speakers())
    say = _Messages(page, scene)
    if scene.rng.random() < 0.6:
        say(asker, [scene.rng.choice(surfaces.chat_openers)])
    asked, told = _interview(scene)
    for question, answer in asked:
        say(asker, [question])
        say(teller, answer)
        if scene.rng.random() < 0.2:
            say(asker, [scene.rng.choice(surfaces.acknowledgements)])
    for message in _messages(told, scene.rng):
        say(teller, message)
        for aside in scene.aside(0.2):
            say(teller, aside)
    say(asker, [scene.rng.choice(surfaces.chat_closers)])
    return page


def _messages(told: Told, rng: random.Random) -> Iterator[Line]:
    """One to three sentences each; every item of an array begins one."""
    lines = list(told.sentences)
    while lines:
        size = rng.choice((1, 1, 2, 3))
        yield run_on(lines[:size])
        lines = lines[size:]
    for block in told.blocks:
        for place, item in enumerate(block.items):
            first, *others = _messages(item, rng)
            yield run_on([[block.lead], first]) if not place else first
            yield from others


def _interview(scene: Scene) -> tuple[list[tuple[str, Line]], Told]:
    """Questions with their answers for most of the root's leaves, and what is told of the rest: either all are asked
    for, or an opening is kept."""
    root, rng, thing = scene.book.scopes["root"], scene.rng, scene.thing
    names = [name for name, leaf in thing.leaves.items() if leaf.field.kind != "boolean"]
    if rng.random() < 0.7 or thing.arrays:
        kept = rng.choice([s.shows for s in root.open if set(thing.leaves).issuperset(s.shows)])
        names = [name for name in names if name not in kept and rng.random() < 0.75]
    chosen = rng.sample(names, len(names))
    asked = [(rng.choice(root.ask[name]), thing.leaves[name].listed(scene.habits)) for name in chosen]
    left = {name: leaf for name, leaf in thing.leaves.items() if name not in chosen}
    rest = Object(thing.scope, left, thing.arrays)
    return asked, tell(rest, scene.book, scene.habits, scene.rng)


class _Messages:
    """Writes messages in the manner of one chat program."""

    FORMS: tuple[Callable[[str, str], str], ...] = (
        lambda who, at: f"{who}: ",
        lambda who, at: f"[{at}] {who}: ",
        lambda who, at: f"{at} - {who}: ",
        lambda who, at: f"<{who}> ",
    )

    def __init__(self, page: Page, scene: Scene):
        self.page, self.rng = page, scene.rng
        self.form = scene.rng.choice(self.FORMS)
        self.minute = scene.rng.randint(8 * 60, 18 * 60)

    def __call__(self, who: str, line: Line) -> None:
        self.minute += self.rng.randint(0, 2)
        self.page.line(self.form(who, f"{self.minute // 60:02}:{self.minute % 60:02}"), *line)


def _woven(scene: Scene, sentences: list[Line]) -> Iterator[Line]:
    """Sentences, and asides among them."""
    for line in sentences:
        yield line
        yield from scene.aside(0.3)


def run_on(lines: Sequence[Line]) -> Line:
    """Sentences one behind the other."""
    return [piece for place, line in enumerate(lines) for piece in ([" ", *line] if place else line)]


def _paragraph(page: Page, lines: Sequence[Line]) -> None:
    page.line(*run_on(lines))


def _blocks(page: Page, told: Told, bullet: str = "") -> None:
    """Each array in a paragraph of its own, each item on a line of its own."""
    for block in told.blocks:
        page.line("\n" + block.lead)
        for item in block.items:
            page.write(bullet)
            _paragraph(page, [*item.lines()])
