"""Texts in sentences: prose, an e-mail, a letter, a dialogue.

The sentences about the record come from its phrasebook, what surrounds them from ``data/words/surfaces.yaml``.
"""

import random
from collections.abc import Callable, Iterator, Sequence

from paperlib.benchmark.standard.datetimes import WEEKDAYS
from paperlib.benchmark.standard.realisation import Realisation, TextPlan, realise_object, run_on
from paperlib.benchmark.standard.text_builder import Line, Object, TextBuilder
from paperlib.benchmark.words import surfaces


def prose(plan: TextPlan) -> TextBuilder:
    """One or a few paragraphs."""
    text = TextBuilder()
    record = plan.realise()
    _paragraph(text, [*_with_distractors(plan, record.sentences)])
    _blocks(text, record)
    return text


def email(plan: TextPlan) -> TextBuilder:
    """Header lines, a greeting, paragraphs, a closing; items of arrays one below the other, with bullets or without."""
    text, rng = TextBuilder(), plan.rng
    sender, reader = plan.draw.people(2, 2)
    day = plan.draw.timestamp()
    subject = rng.choice(plan.book.subject)
    head = [f"From: {sender.name} <{sender.email}>", f"To: {reader.name}", f"Subject: {subject}"]
    if rng.random() < 0.5:
        head.insert(2, f"Sent: {WEEKDAYS[day.weekday()]} {plan.draw.fill('{clock}')}")
    for line in head[rng.randint(0, 2) :] if rng.random() < 0.8 else ():
        if not plan.is_label(line.partition(":")[0]):
            text.line(line)
    first = reader.name.split()[0]
    text.line(("\n" if text.length else "") + rng.choice(surfaces.greetings).format(name=first) + "\n")
    record = plan.realise()
    opener = [[plan.one_of(surfaces.openers)]] if rng.random() < 0.7 else []
    _paragraph(text, [*opener, *_with_distractors(plan, record.sentences)])
    _blocks(text, record, rng.choice(("- ", "* ", "• ", "")))
    if rng.random() < 0.7:
        text.line("\n" + plan.one_of(surfaces.closers))
    text.line(f"\n{rng.choice(surfaces.goodbyes)}\n{sender.name.split()[0]}")
    return text


def letter(plan: TextPlan) -> TextBuilder:
    """A formal letter: letterhead, subject, salutation, paragraphs, signature."""
    text = TextBuilder()
    draw, rng = plan.draw, plan.rng
    place, signer, reader = draw.location(), draw.person(), draw.person()
    text.line(f"{draw.company()}\n{place.street}\n{place.city}\n")
    if not plan.is_label("Subject"):
        text.line(rng.choice(("Re: ", "Subject: ", "")) + rng.choice(plan.book.subject) + "\n")
    title = "Ms." if reader.gender == "female" else "Mr."
    greetings = (f"Dear {title} {reader.name.split()[-1]},", "Dear Sir or Madam,", "To whom it may concern,")
    text.line(rng.choice(greetings) + "\n")
    record = plan.realise()
    text.line(plan.one_of(surfaces.formal_openers) + "\n")
    _paragraph(text, [*_with_distractors(plan, record.sentences)])
    _blocks(text, record)
    text.line("\n" + plan.one_of(surfaces.formal_closers))
    text.line(f"\n{rng.choice(surfaces.formal_goodbyes)}\n\n{signer.name}\n{rng.choice(surfaces.signing_roles)}")
    return text


def chat(plan: TextPlan) -> TextBuilder:
    """A dialogue, one message a line: questions with bare answers for some leaves, sentences for the others."""
    text, rng = TextBuilder(), plan.rng
    asker, teller = rng.choice(plan.speakers())
    say = _ChatLog(text, rng)
    if rng.random() < 0.6:
        say(asker, [rng.choice(surfaces.chat_openers)])
    asked, rest = _interview(plan)
    for question, answer in asked:
        say(asker, [question])
        say(teller, answer)
        if rng.random() < 0.2:
            say(asker, [rng.choice(surfaces.acknowledgements)])
    for message in _messages(rest, rng):
        say(teller, message)
        for distractor in plan.distractor(0.2):
            say(teller, distractor)
    say(asker, [rng.choice(surfaces.chat_closers)])
    return text


def _messages(record: Realisation, rng: random.Random) -> Iterator[Line]:
    """Messages of one to three sentences; every item of an array begins a new one."""
    lines = list(record.sentences)
    while lines:
        size = rng.choice((1, 1, 2, 3))
        yield run_on(lines[:size])
        lines = lines[size:]
    for block in record.blocks:
        for place, item in enumerate(block.items):
            first, *others = _messages(item, rng)
            yield run_on([[block.lead], first]) if not place else first
            yield from others


def _interview(plan: TextPlan) -> tuple[list[tuple[str, Line]], Realisation]:
    """Questions with their answers for most leaves of the root, and the rest in sentences: either every leaf is asked
    for, or those of an opening sentence are not."""
    root, rng, record = plan.book.scopes["root"], plan.rng, plan.record
    names = [name for name, leaf in record.leaves.items() if leaf.field.kind != "boolean"]
    if rng.random() < 0.7 or record.arrays:
        kept = rng.choice([s.slots for s in root.open if set(record.leaves).issuperset(s.slots)])
        names = [name for name in names if name not in kept and rng.random() < 0.75]
    chosen = rng.sample(names, len(names))
    asked = [(rng.choice(root.ask[name]), record.leaves[name].listed(plan.style)) for name in chosen]
    left = {name: leaf for name, leaf in record.leaves.items() if name not in chosen}
    return asked, realise_object(Object(record.scope, left, record.arrays), plan.book, plan.style, rng)


class _ChatLog:
    """Writes messages in the form of one chat program: speaker, and in some the time."""

    FORMS: tuple[Callable[[str, str], str], ...] = (
        lambda who, at: f"{who}: ",
        lambda who, at: f"[{at}] {who}: ",
        lambda who, at: f"{at} - {who}: ",
        lambda who, at: f"<{who}> ",
    )

    def __init__(self, text: TextBuilder, rng: random.Random):
        self.text, self.rng = text, rng
        self.form = rng.choice(self.FORMS)
        self.minute = rng.randint(8 * 60, 18 * 60)

    def __call__(self, who: str, line: Line) -> None:
        self.minute += self.rng.randint(0, 2)
        self.text.line(self.form(who, f"{self.minute // 60:02}:{self.minute % 60:02}"), *line)


def _with_distractors(plan: TextPlan, sentences: list[Line]) -> Iterator[Line]:
    for line in sentences:
        yield line
        yield from plan.distractor(0.3)


def _paragraph(text: TextBuilder, lines: Sequence[Line]) -> None:
    text.line(*run_on(lines))


def _blocks(text: TextBuilder, record: Realisation, bullet: str = "") -> None:
    """Each array in a paragraph of its own, each of its items on a line of its own."""
    for block in record.blocks:
        text.line("\n" + block.lead)
        for item in block.items:
            text.write(bullet)
            _paragraph(text, [*item.lines()])
