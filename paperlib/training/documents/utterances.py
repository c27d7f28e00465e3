"""Utterances of a user to an assistant, short replies to its question, and messages between friends.

A few slots of a domain are filled, and in a quarter of the texts none at all: a model has to leave a slot empty where
the text only names it ("what time does it leave?"), to keep apart what is alike (from and to, pick-up and return), and
to end a value where it ends. Values are copies of the text, without a leading preposition or article.

Phrases are templates: ``(a|b)`` is one of several, ``{pool}`` any value, ``{3-9}`` a number, ``<slot>`` the value of a
slot, ``<slot:pool>`` one from another pool, ``<slot!>`` one with a preposition, ``<slot=value>`` a conclusion.
"""

import re
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

from paperlib.benchmark.records.draw import Draw
from paperlib.benchmark.words import Topic, general
from paperlib.training.documents.document import BOOLEAN, INTEGER, TEXT, Document, Entry, Fact, Group, Kind, enum

words = Topic("documents_utterances")
LANGUAGES, WEIGHTS = ("en", "de", "fr", "es", "pl", "ja"), (55, 10, 10, 9, 8, 8)
EMPTY, EMPTY_REPLY, EMPTY_MESSAGE = 0.25, 0.2, 0.3  # shares of texts that fill no slot
SENTENCE, INTEGERS, GROUPED = 0.45, 0.4, 0.08  # shares of whole sentences; of documents: with integers, with a group
MARKED = re.compile("\ue000(\\w+)\ue001(.*?)\ue002")  # a value in a text: its slot and the value
ARTICLE = re.compile("(the|my|your|der|die|das|den|le|la|les|mon|ma|el|los|las|mi) ")  # before a value, not in it
ARTICLE_OF_NOUN = re.compile(f"{ARTICLE.pattern[:-2]}|a|an|un|une|una) ")
DRAWN: dict[str, Callable[[Draw], str]] = {
    "person": lambda draw: draw.person().name,
    "phone": Draw.phone,
    "street": Draw.street,
    "place": Draw.place,
    "company": Draw.company,
    "surname": lambda draw: draw.pick(general.last_names),
    "first": lambda draw: draw.pick(general.female_names + general.male_names),
    "code": lambda draw: draw.shape(draw.pick(words.code_shapes)),
}  # pools of values that are not in the lists


class Voice:
    """Fills phrases about one domain with values; ``concluded`` are the values of slots that are not in the text."""

    def __init__(self, rng: Random, language: str, slots: Sequence[Sequence[str]]) -> None:
        self.rng, self.language, self.draw = rng, language, Draw(str(rng.random()))
        self.pools = {slot: pool for slot, _, pool, _ in slots} | {"addressee": "first"}
        self.concluded: dict[str, str] = {}
        self.seen: set[str] = set()

    def choose(self, phrase: str) -> str:
        """The phrase with its alternatives decided and prepositions before values."""
        while "(" in phrase or "!>" in phrase:
            phrase = re.sub(r"\(([^()]*)\)", lambda m: self.rng.choice(m[1].split("|")), phrase)
            phrase = re.sub(r"<(\w+)!>", lambda m: self._placed(m[1]), phrase)
        return phrase

    def _placed(self, slot: str) -> str:
        return str(self.rng.choice(words.placed[self.language][self.pools[slot]])).replace("<S", f"<{slot}")

    def say(self, phrase: str) -> str:
        """The phrase with its values, those of slots marked."""
        phrase = re.sub(r"<(\w+)=(\w+)>", self._conclude, self.choose(phrase))
        phrase = re.sub(r"<(\w+)(?::(\w+))?>", lambda m: self._marked(m[1], m[2] or self.pools[m[1]]), phrase)
        return re.sub(r"\{([\w-]+)\}", lambda m: self.value(m[1]), phrase)

    def _conclude(self, match: re.Match[str]) -> str:
        self.concluded[match[1]] = match[2]
        return ""

    def _marked(self, slot: str, pool: str) -> str:
        value = self.value(pool)
        article = (ARTICLE_OF_NOUN if pool == "activity" else ARTICLE).match(value) if pool != "errand" else None
        at = article.end() if article else 0
        return f"{value[:at]}\ue000{slot}\ue001{value[at:]}\ue002"

    def value(self, pool: str) -> str:
        """A value of a pool, in this language where it has such a pool; hardly ever the same twice."""
        value = next((value for value in (self._drawn(pool) for _ in range(4)) if value not in self.seen), None)
        self.seen.add(value := value or self._drawn(pool))
        return value

    def _drawn(self, pool: str) -> str:
        if span := re.fullmatch(r"(\d+)-(\d+)", pool):
            return str(self.rng.randint(int(span[1]), int(span[2])))
        own = words.pools[self.language].get(pool)
        if own is None and pool in DRAWN:
            return DRAWN[pool](self.draw)
        return self.say(self.rng.choice(own or words.pools["en"][pool]))

    def any(self, *lists: Sequence[str]) -> str:
        """A phrase of one of the lists, filled."""
        return self.say(self.rng.choice(self.rng.choice([phrases for phrases in lists if phrases])))


def _slots_of(phrase: str) -> set[str]:
    return set(re.findall(r"<(\w+)", phrase))


def _composed(voice: Voice, phrases: dict[str, Any]) -> str:
    """A request and one to three parts that say more of it, in any order."""
    rng = voice.rng
    head, parts, used = voice.choose(rng.choice(phrases["heads"])), list[str](), set[str]()
    wanted, mark = rng.choice((1, 1, 2, 2, 3)), "?" if head.endswith(("?", "？")) else "."
    used |= _slots_of(head)
    for part in map(voice.choose, rng.sample(phrases["parts"], len(phrases["parts"]))):
        if not used & _slots_of(part) and len(used | _slots_of(part)) <= wanted:
            parts.append(part)
            used |= _slots_of(part)
    head = head.rstrip("?？.")
    if voice.language == "ja":
        return voice.say(rng.choice(("", "", "、")).join([*parts, head]) + ("？" if mark == "?" else "。"))
    if parts and rng.random() < 0.12:
        return voice.say(f"{head}{mark} {_capital(rng.choice((', ', ' ')).join(parts))}.")
    return voice.say(" ".join([head, rng.choice((" ", " ", " ", ", ")).join(parts)]) + mark)


def _capital(text: str) -> str:
    return re.sub("^(\ue000\\w+\ue001)?(.)", lambda match: (match[1] or "") + match[2].upper(), text)


def _utterance(voice: Voice, phrases: dict[str, Any], filled: bool) -> str:
    rng, common = voice.rng, words.common[voice.language]
    if not filled:
        plain = [head for head in phrases["heads"] if "<" not in head]
        body = voice.any(plain, phrases["asks"], phrases["asks"], common["chatter"])
    elif rng.random() < SENTENCE:
        body = voice.any(phrases["says"])
    else:
        body = _composed(voice, phrases)
    return _framed(voice, body, common)


def _framed(voice: Voice, body: str, common: dict[str, Any]) -> str:
    """The sentence with what people say before and after it."""
    rng, gap = voice.rng, "" if voice.language == "ja" else " "
    before = voice.any(common["openers"]) if rng.random() < 0.4 else ""
    if not before.endswith(","):
        body = _capital(body)
    elif not re.match("I\\b", body) and rng.random() < 0.8:
        body = body[:1].lower() + body[1:]
    after = [voice.any(common[part]) for part, share in (("asides", 0.12), ("closers", 0.18)) if rng.random() < share]
    return gap.join([part for part in (before, body, *after) if part])


def _styled(text: str, rng: Random, language: str) -> str:
    """The text as somebody types or dictates it: in lower case, without punctuation, with a typing error."""
    text = re.sub(r" +([.,])(?=\s|$)" if language == "fr" else r" +([.,?!])(?=\s|$)", r"\1", re.sub(" {2,}", " ", text))
    text = re.sub("[.]\ue002[.]", ".\ue002", text.strip())
    if language == "en":
        text = re.sub("\\b([Aa]) (?=(\ue000\\w+\ue001)?(?!one)[aeioAEIO])", r"\1n ", text)
    style = rng.random()
    if style < 0.32:
        text = text.lower()
    if style < 0.24 or style > 0.92:
        text = re.sub("[.,!?;¿¡](?=\\s|$)|[¿¡。、？]", "", text)
        text = re.sub(" +(?= |\n|$)", "", text)
    if 0.16 < style < 0.24:
        text = _outside(text, lambda part: part.replace("'", ""))
    if 0.32 < style < 0.35 and language != "ja":
        text = text.upper()
    if rng.random() < 0.08 and language != "ja":
        text = _outside(text, lambda part: _mistyped(part, rng))
    return text


def _outside(text: str, change: Callable[[str], str]) -> str:
    parts = re.split("(\ue000.*?\ue002)", text)
    return "".join(part if part.startswith("\ue000") else change(part) for part in parts)


def _mistyped(part: str, rng: Random) -> str:
    spots = [match.start() for match in re.finditer(r"(?<=[a-z]{2})[a-z]{2}(?=[a-z])", part)]
    if not spots:
        return part
    at = rng.choice(spots)
    return part[:at] + rng.choice((part[at + 1] + part[at], part[at], part[at] * 2 + part[at + 1])) + part[at + 2 :]


def _entries(voice: Voice, slots: Sequence[Sequence[str]], text: str) -> tuple[Entry, ...]:
    """All slots of a domain as facts, with the values that the text marks or that were concluded."""
    said, integers = {slot.lower(): value for slot, value in MARKED.findall(text)}, voice.rng.random() < INTEGERS
    facts: list[Entry] = []
    for slot, names, pool, description in slots:
        if pool.startswith("="):
            facts.append(_concluded(names, pool[1:].split("|"), voice.concluded.get(slot), description))
            continue
        value = said.get(slot)
        if pool == "count" and integers:
            number = words.numbers.get(value.lower(), None) if value else None
            number = int(value) if value and value.isdecimal() else number
            facts.append(Fact(names, number, INTEGER, value if number is not None else None, description))
        else:
            facts.append(Fact(names, value, TEXT, None, description))
    return tuple(facts)


def _concluded(names: str, values: Sequence[str], value: str | None, description: str) -> Fact:
    if set(values) <= {"true", "false"}:
        return Fact(names, None if value is None else value == "true", BOOLEAN, None, description)
    return Fact(names, value, enum(*values), None, description)


def _document(voice: Voice, title: str, slots: Sequence[Sequence[str]], text: str, *more: Entry) -> Document:
    """The document of a marked text; ``more`` are facts besides those of the slots."""
    rng = voice.rng
    text = _styled(text, rng, voice.language)
    entries = (*_entries(voice, slots, text), *more)
    if rng.random() < GROUPED:
        entries = (Group("request/search criteria/slots/details", entries),)
    return Document(title, MARKED.sub(r"\2", text), entries, voice.language)


def utterance(rng: Random) -> Document:
    """One utterance of a user to a voice or chat assistant, which fills at most three slots of its domain."""
    language = rng.choices(LANGUAGES, WEIGHTS)[0]
    domain = rng.choice([domain for domain in words.domains.values() if language in domain])
    voice = Voice(rng, language, domain["slots"])
    text = _utterance(voice, domain[language], rng.random() >= EMPTY)
    if rng.random() < 0.08:
        text = rng.choice(("User: ", "USER: ", "Customer: ", "> ")) + text
    return _document(voice, rng.choice(domain["titles"]), domain["slots"], text)


def reply(rng: Random) -> Document:
    """A question of an assistant and the user's short reply, which alone tells the values."""
    domain = rng.choice([domain for domain in words.domains.values() if "questions" in domain])
    voice, replies = Voice(rng, "en", domain["slots"]), words.replies
    slot = rng.choice(list(domain["questions"]))
    asked, user = voice.say(rng.choice(domain["questions"][slot])), ""
    if rng.random() < EMPTY_REPLY:
        user = voice.any(replies["empty"], replies["empty"], domain["en"]["asks"], words.common["en"]["chatter"])
    elif rng.random() < 0.8:
        user = voice.say(rng.choice(replies["values"]).replace("<S", f"<{slot}"))
        others = [
            part for part in map(voice.choose, domain["en"]["parts"]) if _slots_of(part) - {slot} == _slots_of(part)
        ]
        if others and rng.random() < 0.25:
            user = f"{user.rstrip('.!')}{rng.choice((', ', ' and ', ', and '))}{voice.say(rng.choice(others))}"
    else:
        user = _composed(voice, domain["en"])
    before = voice.any(replies["before"]) if rng.random() < 0.35 else ""
    names = rng.choice(replies["speakers"])
    joint = rng.choice(("\n", "\n", "\n", " / ", "\n\n", " | "))
    context = _capital(f"{before} {asked}".strip())
    text = f"{names[0]}{context}{joint}{names[1]}\ue003{_capital(user)}"
    head, _, tail = text.partition("\ue003")
    called = {slot: names.partition("/")[0] for slot, names, _, _ in domain["slots"]}
    asking = Fact("asked for/slot in question/question about", called[slot], enum(*called.values()))
    wanted = [asking] if rng.random() < 0.12 else []
    made = _document(
        voice, rng.choice(("User reply", "Reply", "User turn", *domain["titles"])), domain["slots"], tail, *wanted
    )
    return Document(made.title, head + made.text, made.entries)


def message(rng: Random) -> Document:
    """A message between friends or colleagues, which holds one appointment or errand, or nothing."""
    language = rng.choices(LANGUAGES, WEIGHTS)[0]
    domain = rng.choice(list(words.messages.values()))
    phrases = {**words.small_talk[language], **domain[language]}
    filled = rng.random() >= EMPTY_MESSAGE
    slots = list(domain["slots"])
    greeted = rng.random() < (0.6 if filled else 0.25)
    if not greeted or filled:
        slots.append(words.addressee)
    voice = Voice(rng, language, slots)
    gap = "" if language == "ja" else " "
    hello = voice.say(rng.choice(phrases["greetings" if greeted else "starts"]))
    if filled:
        body = voice.any(phrases["says"]) if rng.random() < 0.6 else _composed(voice, phrases)
    else:
        body = gap.join(_capital(voice.any(phrases["nothing"], phrases["asks"])) for _ in range(rng.choice((1, 1, 2))))
    talk = [_capital(voice.any(phrases["nothing"]))] if filled and rng.random() < 0.3 else []
    body = body if hello.endswith(",") else _capital(body)
    rng.shuffle(lines := [body, *talk])
    end = voice.say(rng.choice(phrases["ends"])) if rng.random() < 0.4 else ""
    text = rng.choice((gap, gap, "\n")).join([part for part in (hello, *lines, end) if part])
    if greeted and not filled:
        text = MARKED.sub(r"\2", text)
    return _document(voice, rng.choice(domain["titles"]), slots, text)


KINDS: dict[str, Kind] = {"utterance": utterance, "reply": reply, "message": message}
