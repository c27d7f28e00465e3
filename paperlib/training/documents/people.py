"""People: clinic notes, laboratory reports, CVs, personal forms, job advertisements, biographies and obituaries.

Difficult about them are values that lie near each other (two telephone numbers, two dates, °F beside °C, the blood
pressure of an earlier visit), words that stand for an enum's value or a boolean (``my mum``, ``denies smoking``), and
how much a text leaves out. A text is put together from parts, one a fact, as labelled lines, prose or telegraphic.
"""

import re
from collections.abc import Callable
from functools import partial
from random import Random
from typing import Any

from paperlib.benchmark.records.draw import slug
from paperlib.benchmark.words import Topic
from paperlib.training.documents import document as doc
from paperlib.training.documents.document import Document, Entry, Fact, Group, Kind, Node, Rows, enum

words = Topic("documents_people")
NODES = {
    **dict.fromkeys(("integer", "count", "age", "amount", "often", "age_at_death"), doc.INTEGER),
    **dict.fromkeys(("number", "decimal", "celsius", "fahrenheit", "money"), doc.NUMBER),
    **dict.fromkeys(("boolean", "state", "remote"), doc.BOOLEAN),
    **dict.fromkeys(("date", "day", "birth"), doc.DATE),
    **{"text": doc.TEXT, "email": doc.EMAIL, "list": doc.LIST, "allergies": doc.LIST},
}
MISSING = 0.05  # share of the facts of which a text says that there is nothing
Value = tuple[Any, str, Node]  # as JSON, as the text writes it, and its schema
Record = tuple[str, tuple[Fact, ...]]


def _drawn(rng: Random, pattern: str) -> str:
    letters = {"#": "123456789", "?": "ABCDEFGHJKLMNPRSTUVWXY"}
    return "".join(rng.choice(letters.get(one, one)) for one in pattern)


def _filled(template: str, slots: dict[str, Any]) -> str:
    return re.sub(r"\{(\w+)\}", lambda slot: str(slots[slot[1]]), template)


def _entry(key: str, value: Any, node: Node, written: str | None = None) -> Fact:
    form = None if written == str(value) else written
    return Fact(words.names[key], value, node, form, words.descriptions.get(key, ""))


class _Writer:
    """One document that is being written: parts of its text, and what they say."""

    def __init__(self, rng: Random, kind: str, shares: dict[str, int]) -> None:
        self.rng, self.kind = rng, kind
        self.language, self.gender = rng.choices(*zip(*shares.items(), strict=True))[0], rng.choice(("male", "female"))
        self.layout, self.mark = rng.choice(words.layouts), rng.choice(words.mark_signs)
        self.case = rng.choice((str, str, str, str.upper, str.lower))
        self.typos, self.share = rng.choice((0, 0, 0, 0, 0, 0.08)), rng.choice((0.5, 0.7, 0.85))
        self.date_form = rng.choice(words.dates[self.language].split("|"))
        self.name, self.place = self.person(self.gender), rng.choice(words.places[self.language])
        self.age, self.celsius, self.low = rng.randint(16, 91), rng.randint(358, 402) / 10, rng.randint(20, 90)
        self.today = rng.randint(2023, 2027), rng.randint(1, 12), rng.randint(2, 25)
        self.birth = self.day(rng.randint(1932, 1966), rng.randint(1, 12), rng.randint(2, 28))
        self.entries: list[Entry] = []
        self.parts: list[str] = []

    def one(self, options: str) -> str:
        place = 1 if self.gender == "male" else 2
        resolved = re.sub(r"\[([^/\[\]]*)/([^/\[\]]*)\]", lambda m: m[place], options)
        return self.rng.choice(resolved.split("|"))

    def pick(self, topic: str) -> str:
        return self.one(getattr(words, topic)[self.language])

    def some(self, topic: str, low: int, high: int) -> list[str]:
        options = getattr(words, topic)[self.language].split("|")
        return self.rng.sample(options, min(self.rng.randint(low, high), len(options)))

    def person(self, gender: str = "") -> str:
        first, last = self.pick(gender or self.rng.choice(("male", "female"))), self.pick("last")
        return f"{last}{self.rng.choice((' ', ''))}{first}" if self.language == "ja" else f"{first} {last}"

    def day(self, y: int, m: int, d: int) -> tuple[str, str]:
        month = words.months[self.language][m - 1]
        slots = {"Y": y, "m": f"{m:02}", "d": f"{d:02}", "M": m, "D": d, "month": month, "mon": month[:3]}
        return f"{y}-{m:02}-{d:02}", _filled(self.date_form, slots)

    def count(self, n: int) -> tuple[int, str]:
        named = words.counts.get(self.language, [])
        return n, named[n - 2] if n < len(named) + 2 and self.rng.random() < 0.5 else str(n)

    def email(self) -> str:
        local = ".".join(filter(None, map(slug, self.name.split()))) or _drawn(self.rng, "mail##")
        return f"{local}@{self.rng.choice(words.domains)}"

    def time(self) -> str:
        hour, minute = self.rng.randint(7, 21), self.rng.choice((0, 5, 10, 15, 20, 30, 42, 45, 55))
        half_day = f"{hour % 12 or 12}:{minute:02} {'pm' if hour > 11 else 'am'}"
        return half_day if self.language == "en" and self.case is str else f"{hour}:{minute:02}"

    def rate(self, value: float) -> tuple[float, str]:
        return value, str(value).replace(".", "." if self.language in ("en", "ja") else ",")

    def source(self, key: str) -> Value:
        kind, *given = words.sources[key].split()
        value = SOURCES[kind](self, *given)
        if not isinstance(value, tuple):
            value = value, self.listed(value) if isinstance(value, list) else str(value)
        return value if len(value) == 3 else (*value, NODES.get(kind, doc.TEXT))

    def choice(self, value: str, written: str, options: str) -> Value:
        case = self.rng.choice((str, str, str.upper, str.capitalize))
        kept = [one for one in options.split() if one == value or self.rng.random() < 0.9]
        self.rng.shuffle(kept)
        return case(value), written, enum(*map(case, kept if len(kept) > 1 else options.split()))

    def conclusion(self, topic: str) -> Value:
        options = getattr(words, topic)[self.language]
        value = self.rng.choice(tuple(options))
        return self.choice(value, self.one(options[value]), " ".join(options))

    def worn(self, template: str) -> str:
        word = r"(?<![{\w])([a-zäöüéèó]{2,})([a-z])([a-z])([a-z])(?![}\w])"
        return re.sub(word, lambda m: m.expand(r"\1\3\2\4") if self.rng.random() < self.typos else m[0], template)

    def sentence(self, template: str, **slots: object) -> None:
        text = self.worn(template)
        text = text if text.startswith("{") or self.layout == "telegraph" else text[:1].upper() + text[1:]
        end = {"telegraph": "", "form": "", "table": ""}.get(self.layout, "。" if self.language == "ja" else ".")
        self.parts.append(_filled(text, {"n": self.name, **slots}).removesuffix(end or "\n") + end)

    def say(self, key: str, value: str, slots: dict[str, str] | None = None) -> None:
        labels, _, sentences = words.facts[key][self.language].partition("||")
        label = self.case(self.worn(self.one(labels)))
        shown = value if self.layout in ("form", "mixed") else value.replace("\n", ", ")
        if sentences and slots is not None and "\n" not in shown and self.rng.random() < words.prose[self.layout]:
            self.sentence(self.one(sentences), v=shown, **slots)
        elif self.layout == "table":
            self.parts.append(f"| {label} | {shown.replace(' | ', ', ')} |")
        else:
            mark = self.mark if self.layout in ("form", "mixed") else self.rng.choice((": ", " "))
            end = ("。" if self.language == "ja" else ".") if self.layout == "prose" else ""
            self.parts.append(label + (":\n" if "\n" in shown else mark) + shown + end)

    def tell(self, key: str, share: float) -> None:
        names, forms = words.together.get(key, (key, f"{{{key}}}"))
        values = {name: self.source(name) for name in names.split()}
        chance, possible = self.rng.random(), key != "pregnant" or (self.gender == "female" and self.age < 46)
        template = self.one(forms) if "{" in forms else self.pick(forms)
        text, facts = self.record(template if possible and chance < (share or self.share) else "", values)
        if text and (key not in words.facts or [] in [fact.value for fact in facts]):
            self.sentence(text)
        elif text:
            self.say(key, text, {name: written for name, (_, written, _) in values.items()})
        elif chance > 1 - MISSING and key in words.facts:
            self.say(key, self.pick("nothing"))
        self.entries += [Group(words.names[key], facts)] if key in ("address", "emergency") else facts

    def record(self, template: str, values: dict[str, Value]) -> Record:
        facts = []
        for key, (value, written, node) in values.items():
            told = f"{{{key}}}" in template
            form = written if told and value is not None and node["type"] in ("string", "integer", "number") else None
            facts.append(_entry(key, value if told else None, node, form or None))
        return _filled(template, {key: written for key, (_, written, _) in values.items()}), tuple(facts)

    def rows(self, key: str, records: list[Record]) -> None:
        lines, joint = [text for text, _ in records], "\n"
        if self.layout not in ("form", "mixed"):
            lines, joint = [re.sub(r"\n| \| ", ", ", line.removeprefix("- ")) for line in lines], "; "
        self.say(key, joint.join(["", *lines] if len(lines) == 1 and joint == "\n" else lines), {})
        self.entries.append(Rows(words.names[key], tuple(facts for _, facts in records)))

    def listed(self, items: list[str]) -> str:
        if self.layout in ("form", "mixed") and len(items) > 1 and self.rng.random() < 0.25:
            return "\n".join(f"- {item}" for item in items)
        return ("、" if self.language == "ja" else self.rng.choice((", ", ", ", "; ", " + "))).join(items)

    def document(self) -> Document:
        rng, dot = self.rng, "。" if self.language == "ja" else "."
        end, gap = (dot if self.layout in ("prose", "mixed") else ""), 0.06 if self.layout in ("form", "mixed") else 0
        for names, kind in rng.sample(words.absent[self.kind], rng.randint(2, 4)):
            self.entries.insert(rng.randint(0, len(self.entries)), Fact(names, None, NODES[kind]))
        if rng.random() < 0.4:
            rng.shuffle(self.parts)
        noise = words.noise[self.kind][self.language].split("|")
        for remark in rng.sample(noise, min(rng.choice((0, 1, 1, 2, 3)), len(noise))):
            self.parts.insert(rng.randint(0, len(self.parts)), self.worn(remark) + end)
        joints = {"prose": "" if self.language == "ja" else " ", "telegraph": rng.choice(words.joints)}
        text = joints.get(self.layout, "\n").join(part + ("\n" if rng.random() < gap else "") for part in self.parts)
        return Document(rng.choice(words.titles[self.kind]), text.strip(), tuple(self.entries), self.language)


def _money(w: _Writer, place: str) -> tuple[int, str]:
    k = w.low + int(place) * (3 + w.low % 11)
    n = k * (100_000 if w.language == "ja" else 1000)
    grouped = f"{n:,}".replace(",", {"de": ".", "es": ".", "fr": " ", "pl": " "}.get(w.language, ","))
    forms = words.money[w.language].split("|")
    return n, _filled(forms[w.low % len(forms)], {"n": grouped, "k": k, "man": k * 10})


def _state(w: _Writer, topic: str) -> tuple[bool, str]:
    answer = w.rng.choice(("yes", "no"))
    return answer == "yes", w.one(getattr(words, topic)[w.language][answer])


SOURCES: dict[str, Callable[..., Any]] = {
    **{"person": _Writer.person, "name": lambda w: w.name, "email": _Writer.email, "time": _Writer.time},
    **{"conclusion": _Writer.conclusion, "money": _money, "state": _state, "age": lambda w: w.age},
    "date": lambda w, *years: w.day(w.rng.randint(*map(int, years)), w.rng.randint(1, 12), w.rng.randint(2, 28)),
    "count": lambda w, low, high: w.count(w.rng.randint(int(low), int(high))),
    "list": lambda w, topic, low, high: w.some(topic, int(low), int(high)),
    "allergies": lambda w: w.some("allergens", 1, 3) if w.rng.random() < 0.6 else ([], w.pick("no_allergies")),
    "remote": lambda w: ((mode := w.conclusion("modes"))[0].lower() != "onsite", mode[1]),
    "often": lambda w: (n := w.rng.randint(1, 4), w.rng.choice(words.often[w.language])[n - 1]),
    **dict.fromkeys(("spouse", "kin"), lambda w: w.person("female" if w.gender == "male" else "male")),
    "place": lambda w, part: _drawn(w.rng, w.place[int(part)]),
    "code": lambda w: _drawn(w.rng, w.rng.choice(words.codes)),
    "text": lambda w, topic: _drawn(w.rng, w.pick(topic)),
    "integer": lambda w, low, high: w.rng.randint(int(low), int(high)),
    "decimal": lambda w, low, high: w.rate(w.rng.randint(int(low), int(high)) / 10),
    "day": lambda w, first, last: w.day(*w.today[:2], w.today[2] + w.rng.randint(int(first), int(last))),
    "age_at_death": lambda w: w.today[0] - int(w.birth[0][:4]) - (w.day(*w.today)[0][5:] < w.birth[0][5:]),
    "amount": lambda w, *given: int(w.rng.choice(given)),
    "sex": lambda w: w.choice(w.gender, w.one(words.sexes[w.language][w.gender]), "female male other"),
    **{"celsius": lambda w: w.rate(w.celsius), "birth": lambda w: w.birth},
    "fahrenheit": lambda w: w.rate(round(w.celsius * 1.8 + 32, 1)),
}


def _records(w: _Writer, key: str, form: str, columns: str, most: int) -> None:
    values = [{name: w.source(name) for name in columns.split()} for _ in range(w.rng.randint(1, most))]
    different, template = {next(iter(row.values()))[0]: row for row in values}, w.pick(form)
    w.rows(key, [w.record(template if w.rng.random() < 0.8 else w.pick(form), row) for row in different.values()])


def _medications(w: _Writer) -> None:
    chance = w.rng.random()
    if chance < 0.5:
        _records(w, "medications", "medicine_rows", "drug dose often", 4)
    elif chance < 0.7:
        w.sentence(w.pick("no_drugs"))
        columns = {name: w.source(name) for name in ("drug", "dose", "often")}
        w.entries.append(Rows(words.names["medications"], (), w.record("", columns)[1]))


def _results(w: _Writer) -> None:
    rng, table, records = w.rng, w.layout in ("form", "mixed") and w.rng.random() < 0.6, []
    form = rng.choice(words.tables) if table else w.pick("lab_rows")
    ranges, options, marks = rng.choice(words.ranges), rng.choice(words.flags), rng.choice(words.marks)
    for analyte, unit, low, high, digits in rng.sample(words.analytes[w.language], rng.randint(2, 7)):
        value = round(rng.uniform(max(low, 0) * 0.7, high * 1.35), digits)
        place, pending = 0 if value < low else 2 if value > high else 1, rng.random() < 0.1
        rates = [(*w.rate(one if digits else int(one)), doc.NUMBER) for one in (value, low, high)]
        values = {"analyte": (analyte, analyte, doc.TEXT), "result": rates[0], "unit": (unit, unit, doc.TEXT)}
        values |= {"low": rates[1], "high": rates[2], "flag": (options[place], marks[place], enum(*options))}
        if pending:
            values |= {"result": (None, w.pick("pending"), doc.NUMBER), "flag": (None, "", enum(*options))}
        text, facts = w.record(form.replace("{range}", ranges[low < 0]), values)
        records.append((text.rstrip(" ;|") if table else " ".join(text.rstrip(" ;").split()), facts))
    if table:
        heads = zip(("analyte", "result", "unit", "range", "flag"), words.heads[w.language], strict=True)
        records[0] = (f"{_filled(form, dict(heads))}\n{records[0][0]}", records[0][1])
    w.rows("results", records)


def _career(w: _Writer, last: int) -> list[Record]:
    end, form, records, year = w.rng.choice((None, None, last)), w.pick("job_rows"), [], last
    for firm in w.some("firms", 1, 4):
        start, job = year - w.rng.randint(1, 9), w.pick("trades")
        values = {"job": (job, job, doc.TEXT), "at": (firm, firm, doc.TEXT), "from": (start, str(start), doc.INTEGER)}
        records.append(w.record(form, values | {"to": (end, str(end or w.pick("present")), doc.INTEGER)}))
        end = year = start - w.rng.randint(0, 1)
    return records


def _jobs(w: _Writer) -> None:
    records = _career(w, w.rng.randint(2020, 2027))
    for key, fact in zip(("title", "employer"), records[0][1], strict=False):
        value = fact.value if records[0][1][3].value is None else None
        if value and w.rng.random() < 0.4:
            w.say(key, value, {})
        w.entries.append(_entry(key, value, doc.TEXT))
    w.rows("jobs", records)


ROWS: dict[str, Callable[[_Writer], None]] = {
    **{"results": _results, "jobs": _jobs, "medications": _medications},
    "posts": lambda w: w.rows("posts", _career(w, w.rng.randint(2019, 2027))),
    "education": lambda w: _records(w, "education", "study_rows", "degree school year", 3),
}


def _written(name: str, rng: Random) -> Document:
    """A document of the kind ``name``: its steps are facts to tell with some probability, or else records."""
    topic, languages, *steps = words.kinds[name]
    w = _Writer(rng, topic, words.shares[languages])
    for share, *keys in map(str.split, steps):
        for key in (rng.choice(options.split("|")) for options in keys):
            ROWS.get(key, partial(_Writer.tell, key=key, share=float(share)))(w)
    return w.document()


KINDS: dict[str, Kind] = {name: partial(_written, name) for name in words.kinds}
