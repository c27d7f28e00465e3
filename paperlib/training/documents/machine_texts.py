"""Texts that machines write, or people in columns: logs, statements, delivery notes, tables, settings, cards.

Templates in ``data/words/documents_machine_texts.yaml`` have slots, «host» or «time:iso» in some form, and choices,
⟨a¦b⟩, one of which may be empty; «~int 1 9» is a value that nobody asks for. What is difficult: fields absent from some
lines, levels told by a letter, heads that abbreviate, totals, signs behind amounts, keys in words unlike the text's.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from functools import partial
from random import Random
from typing import Any, NamedTuple

from paperlib.benchmark.records.draw import Draw
from paperlib.benchmark.words import Topic
from paperlib.training.documents import document as doc
from paperlib.training.documents.document import Document, Entry, Fact, Kind, Node

words = Topic("documents_machine_texts")
CHOICE, SLOT = re.compile(r"⟨([^⟨⟩]*)⟩"), re.compile(r"«(~[^«»]+|\w+)(?::(\w+))?»")


class Said(NamedTuple):
    """A value and how the text writes it."""

    text: str
    value: Any
    node: Node = doc.TEXT


Row = dict[str, Said]


class Teller:
    """Fills templates, each slot once, in the habits of one writer; ``_int`` and its like draw what slots ask for."""

    def __init__(self, rng: Random, slots: Mapping[str, Mapping[str, Any]], language: str = "en"):
        self.rng, self.slots, self.language = rng, slots, language
        self.said, self.draws = Row(), Draw(str(rng.random()))
        self.moment = datetime(rng.randint(2019, 2031), rng.randint(1, 12), rng.randint(1, 28), rng.randint(0, 22))
        self.offset = rng.choice(("Z", "Z", "+00:00", "+02:00", "-05:00", "+05:30", "+09:00"))
        self.date_form, self.clock_form = rng.choice(words.dates[language]), rng.choice(words.clocks[language])
        self.sign = rng.choice(("-{}", "-{}", "{}-", "−{}", "({})")[: 5 if language == "en" else 4])
        self.times = rng.random() < 0.5  # whether clock times are of the format, which asks for a zone
        self.grouped, self.levels = rng.random() < 0.6, words.levels[rng.choice(tuple(words.levels))]

    def tell(self, template: str) -> str:
        """The template with one of each alternative and its slots filled."""
        while CHOICE.search(template):
            template = CHOICE.sub(lambda m: self.rng.choice(m[1].split("¦")), template)
        return SLOT.sub(lambda m: self._slot(m[1], m[2] or ""), template)

    def _slot(self, name: str, form: str) -> str:
        if name not in self.said and name[0] != "~":
            self.said[name] = self.draw(self.slots[name]["draw"], form)
        return self.draw(name[1:], form).text if name[0] == "~" else self.said[name].text

    def draw(self, spec: str, form: str = "") -> Said:
        """A value of a specification, "int 1 9": the name of a method that draws, and what it takes."""
        how, _, rest = spec.partition(" ")
        said = getattr(self, f"_{how}")(rest, form)
        said = Said(said, said) if isinstance(said, str) else said
        return Said(self.rng.choice(words.nothings), None, said.node) if form == "none" else said

    def facts(self, groups: Mapping[str, str]) -> tuple[Entry, ...]:
        """What has been said, and some of what has not; slots "group__name" are facts of a group."""
        unsaid = [name for name in self.slots if name not in self.said]
        absent = self.rng.sample(unsaid, min(len(unsaid), self.rng.randint(2, 5)))
        found: dict[str, list[Entry]] = {}
        for name in self.slots:
            if name in self.said or name in absent:
                found.setdefault(name.partition("__")[0], []).append(self.fact(name, self.said.get(name)))
        return tuple(doc.Group(groups[k], tuple(v)) if k in groups else v[0] for k, v in found.items())

    def fact(self, name: str, said: Said | None, names: str = "") -> Fact:
        """The fact of a slot, under its names or others."""
        slot, said = self.slots[name], said or Said("", None, self.draw(self.slots[name]["draw"]).node)
        quoted = said.value is not None and ("format" in said.node or said.node["type"] in ("integer", "number"))
        return Fact(names or slot["names"], said.value, said.node, said.text if quoted else None, slot.get("about", ""))

    def number(self, value: float, digits: int) -> str:
        """A number as this writer writes it."""
        text = f"{value:,.{digits}f}" if self.grouped else f"{value:.{digits}f}"
        return text.translate(str.maketrans(",.", words.marks.get(self.language, ",.")))

    def signed(self, value: float) -> Said:
        """An amount with this writer's sign for what goes off an account."""
        value = self._broken(value)
        text = self.number(abs(value), 0 if self.language == "ja" else 2)
        return Said(self.sign.format(text) if value < 0 else text, value, doc.NUMBER)

    def _int(self, rest: str, form: str) -> Said:
        known = [self.said[one].value if one in self.said else int(one) for one in rest.split()]
        low, high = known[0], known[1] if self.rng.random() < 0.5 else known[0] + (known[1] - known[0]) // 6
        value = self.rng.choice(known) if len(known) > 2 else self.rng.randint(low, max(low, high))
        return Said(str(value), value, doc.INTEGER)

    def _dec(self, rest: str, form: str) -> Said:
        digits, low, high = map(float, rest.split())
        value = self._broken(round(self.rng.uniform(low, high), int(digits)))
        return Said(self.number(value, int(digits)), value, doc.NUMBER)

    def _broken(self, value: float) -> float:
        """A number as JSON has it; where the decimal mark is a comma, one that is not whole."""
        return value if value % 1 else round(value + 0.1, 1) if self.language in words.marks else int(value)

    def _money(self, rest: str, form: str) -> Said:
        """An amount, negative for some if "signed", and none where there is one in another column."""
        low, high, *how = rest.split()
        if how and how[0] in self.slots and self.said[how[0]].value is not None:
            return Said("", None, doc.NUMBER)
        value = round(self.rng.uniform(int(low), int(high)), self.rng.choice((0, 1, 2, 2, 2)))
        value = int(value) * 100 if self.language == "ja" else value
        return self.signed(value * (self.rng.choice((-1, -1, -1, 1)) if how == ["signed"] else 1))

    def _sparse(self, rest: str, form: str) -> Said:
        said = self.draw(rest)
        return said if self.rng.random() < 0.75 else Said("", None, said.node)

    def _pool(self, rest: str, form: str) -> str:
        pool = words.pools[rest]
        return self.tell(self.rng.choice(pool[self.language] if isinstance(pool, dict) else pool))

    def _list(self, rest: str, form: str) -> Said:
        name, low, high = rest.split()
        found = dict.fromkeys(self._pool(name, "") for _ in range(self.rng.randint(int(low), int(high))))
        return Said(", ".join(found), list(found), doc.LIST)

    def _map(self, rest: str, form: str) -> Said:
        """A conclusion: one of the values of a mapping, told by one of its forms."""
        options = words.maps[rest]
        value = self.rng.choice(tuple(options))
        text = self.tell(self.rng.choice(options[value][self.language] if rest in words.told else options[value]))
        switch = set(options) == {"true", "false"}
        return Said(text, value == "true" if switch else value, doc.BOOLEAN if switch else doc.enum(*options))

    def _level(self, rest: str, form: str) -> Said:
        forms, rank = words.level_forms.get(form, words.level_forms["u"]), self.rng.choice((0, 1, 1, 2, 2, 3, 3, 3))
        return Said(forms[rank], self.levels[rank], doc.enum(*self.levels))

    def _shape(self, rest: str, form: str) -> str:
        pattern = self.rng.choice(rest.split("|"))
        return self.draws.shape(re.sub("@", lambda _: self.rng.choice("0123456789abcdef"), pattern))

    def _from(self, rest: str, form: str) -> str:
        method, _, attribute = rest.partition(" ")
        return str(getattr(found := getattr(self.draws, method)(), attribute, found))

    def _time(self, rest: str, form: str) -> Said:
        """A point in time: a date-time where the form has an offset, else a text."""
        self.moment += timedelta(seconds=self.rng.randint(0, 600), milliseconds=self.rng.randint(1, 999))
        pattern, millis = words.times.get(form) or words.times["iso"], f"{self.moment.microsecond // 1000:03}"
        offset = self.offset.replace("Z", "+00:00" if " %z" in pattern else "Z") if "%z" in pattern else ""
        shown = offset.replace(":", "") if " %z" in pattern else offset
        text = self.moment.strftime(pattern.replace("%z", shown).replace("%L", millis))
        value = self.moment.strftime("%Y-%m-%dT%H:%M:%S") + (f".{millis}" if "%L" in pattern else "") + offset
        return Said(text, value if offset else text, doc.DATETIME if offset else doc.TEXT)

    def _date(self, rest: str, form: str) -> Said:
        day = self.moment + timedelta(days=self.rng.randint(*sorted((0, int(rest or 40)))))
        if self.date_form.startswith("{m") and day.day < 13:
            day = day.replace(day=self.rng.randint(13, 28))
        month = words.months[self.language][day.month - 1]
        text = self.date_form.format(d=day.day, m=day.month, y=day.year, month=month, mon=month[:3])
        return Said(text, day.date().isoformat(), doc.DATE)

    def _clock(self, rest: str, form: str) -> Said:
        hour, minute = self.rng.randint(*map(int, (rest or "5 22").split())), self.rng.randint(0, 59)
        text = self.clock_form.format(h=hour, h12=(hour - 1) % 12 + 1, m=minute, half="am" if hour < 12 else "pm")
        return Said(text, f"{hour:02}:{minute:02}:00Z", doc.TIME) if self.times else Said(text, text)


def told(family: str, rng: Random) -> Document:
    """A text that fills one of the templates of a family."""
    teller = Teller(rng, (form := words.texts[family])["slots"])
    text = teller.tell(rng.choice(form["templates"])).strip("\n")
    return Document(rng.choice(form["titles"]), text, teller.facts(form.get("groups", {})))


def log_excerpt(rng: Random) -> Document:
    """Two to five lines of one log, each a record."""
    form = words.texts["log line"]
    template = rng.choice([one for one in form["templates"] if "\n" not in one and '\\"' not in one])
    template = re.sub("⟨([^⟨⟩]*«time[^⟨⟩]*)⟩", lambda m: rng.choice(m[1].split("¦")), template)  # one for all
    teller, lines, records = Teller(rng, form["slots"]), list[str](), list[Row]()
    for _ in range(rng.randint(2, rng.choice((3, 3, 5)))):
        teller.said = {}
        lines.append(teller.tell(template))
        records.append(teller.said)
    names = [name for name in form["slots"] if any(name in said for said in records)]
    names += rng.sample([name for name in form["slots"] if name not in names], 1)
    rows = tuple(tuple(teller.fact(name, said.get(name)) for name in names) for said in records)
    return Document("Log excerpt", "\n".join(lines), (doc.Rows("entries/log lines/records/events", rows),))


def settings(rng: Random) -> Document:
    """A dump of settings in one of many syntaxes; some are commented out or have no value."""
    found = {key: words.settings[key] for key in rng.sample(sorted(words.settings), rng.randint(5, 13))}
    teller = Teller(rng, {key: {"names": f"{key}/{names}", "draw": draw} for key, (names, draw) in found.items()})
    joint, case = rng.choice(("_", "_", "-", ".", "", " ")), rng.choice((str.lower, str.upper, str.lower, str.title))
    syntax, comment = rng.choice(words.syntaxes), rng.choice(("# ", "; ", "// "))
    lines = [teller.tell(rng.choice(words.settings_heads))] if rng.random() < 0.6 else []
    for key in found:
        said = teller.draw(found[key][1], "none" if (chance := rng.random()) < 0.06 else "")
        parts = {"K": case(key.replace(" ", joint)), "V": said.text}
        line = re.sub(r"\b[KV]\b", lambda m, parts=parts: parts[m[0]], syntax)  # type: ignore[misc]
        teller.said[key] = said._replace(value=None) if 0.06 <= chance < 0.13 else said
        lines.append(comment * (0.06 <= chance < 0.13) + line)
        lines += [teller.tell(rng.choice(words.settings_sections))] if chance > 0.9 else []
    return Document(rng.choice(words.settings_titles), "\n".join(lines), teller.facts({}))


def laid_out(rng: Random, grid: list[list[str]]) -> str:
    """A grid, its heads first, as a table of some form or as lines that have the heads' words in them."""
    mark = rng.choice(words.table_marks)
    if mark in ("line", "block"):
        sign, joint = rng.choice((": ", " ", "=")), "\n" if mark == "block" else rng.choice(words.joints)
        before = "" if mark == "block" else rng.choice(("{}. ", "{}) ", "- ", "#{}: ", "* "))
        lines = [joint.join(h + sign + c for h, c in zip(grid[0], line, strict=True) if c) for line in grid[1:]]
        return ("\n\n" if mark == "block" else "\n").join(before.format(n) + line for n, line in enumerate(lines, 1))
    if mark in (",", ";"):
        mark = ";" if re.search(r"\d,\d", str(grid)) else mark
        return "\n".join(mark.join(f'"{cell}"' if mark in cell else cell for cell in line) for line in grid)
    lines = [f"| {' | '.join(line)} |" if mark == "|" else mark.join(line) for line in grid]
    if mark == "  ":
        columns, side, gap = list(zip(*grid, strict=True)), rng.choice("<>>"), " " * rng.randint(2, 4)
        sides = [side if re.search(r"\d[-)]?$", max(column[1:])) else "<" for column in columns]
        forms = [f"{{:{one}{max(map(len, column))}}}" for one, column in zip(sides, columns, strict=True)]
        lines = [gap.join(forms).format(*line).rstrip() for line in grid]
    return "\n".join([lines[0], *(["|" + "---|" * len(grid[0])] if mark == "|" else []), *lines[1:]])


def _run(head: Teller, rows: Iterable[Row], shown: bool) -> None:
    """Balances before and after all rows, and after each if they are ``shown``."""
    balance = head.said["opening"] = head.signed(head.rng.randint(500, 400_000) / (1 if head.language == "ja" else 100))
    for said in rows:
        values = [said[name].value or 0 if name in said else 0 for name in ("amount", "credit", "debit")]
        balance = head.signed(round(balance.value + values[0] + values[1] - values[2], 2))
        said.update({"balance": balance} if shown else {})
    head.said["closing"] = balance


def _names(names: str, head: str, mode: str, taken: set[str]) -> str:
    """What a column may be called: by its head, by its meaning, or by either."""
    word = " ".join(re.sub(r"[\W_]+", " ", head).lower().split())
    free = len(word) > 1 and not word[0].isdigit() and word not in taken - set(names.split("/"))
    if mode == "meaning" or not free:
        return "/".join(one for one in names.split("/") if not set(one.split()) & set(word.split())) or names
    return word if mode == "head" else "/".join(dict.fromkeys([*names.split("/"), word]))


def tabled(family: str, rng: Random) -> Document:
    """A table of a family, in one of six languages, or the same told in sentences."""
    form, language, seed = words.tables[family], rng.choice(words.languages), rng.random()
    columns, above = form["columns"], form["above"][language]
    head, teller = (Teller(Random(seed), form[part], language) for part in ("slots", "columns"))  # of the same habits
    head.rng, teller.rng, teller.draws = rng, rng, Draw(str(rng.random()))
    sentence = rng.choice(form.get("prose", {}).get(language, [""])) if rng.random() < 0.3 else ""
    others = [name for name in columns if name not in (*form["keep"], "balance")]
    names = [*form["keep"], *rng.sample(others, rng.randint(1, len(others)))]
    names = [names[0], *rng.sample(names[1:], len(names) - 1)] if rng.random() < 0.5 else names
    told_rows, records = list[str](), list[Row]()
    for _ in range(rng.randint(1, 4 if sentence else rng.choice((2, 3, 4, 5, 6, 6, 14)))):
        teller.said = {}
        told_rows.append(teller.tell(sentence or "".join(f"«{name}»" for name in columns if name in names)))
        records.append(teller.said)
    if not sentence and "order" in form:
        records.sort(key=lambda said: said[form["order"]].value)
    if "balance" in columns:
        names += ["balance"] * (rng.random() < 0.5)
        _run(head, records, "balance" in names)
    heads = {name: rng.choice(columns[name][language]) for name in names}
    lines = [head.tell(line) for line in rng.sample(above, rng.randint(1, len(above)))]
    below = ["", head.tell(rng.choice(form["below"][language]))] if rng.random() < 0.5 else []
    head.said = {k: v for k, v in head.said.items() if v.text in "\n".join(lines + below)}
    body = " ".join(told_rows) if sentence else laid_out(rng, _grid(teller, records, heads, form))
    heads = {name: "" for name in columns if any(name in said for said in records)} if sentence else heads
    heads |= dict.fromkeys([name for name in columns if name not in heads][: rng.randint(0, 1)], "")
    mode = rng.choice(("head", "head", "meaning", "meaning", "either"))
    taken = {name for column in columns.values() for name in column["names"].split("/")}
    called = {name: _names(columns[name]["names"], heads[name], mode, taken) for name in heads}
    rows = tuple(tuple(teller.fact(n, said.get(n), called[n]) for n in heads) for said in records)
    text = "\n".join([*lines, *([""] if rng.random() < 0.7 else []), body, *below])
    return Document(form["title"], text, (*head.facts({}), doc.Rows(form["rows"], rows)), language)


def _grid(teller: Teller, rows: list[Row], heads: dict[str, str], form: Mapping[str, Any]) -> list[list[str]]:
    """The heads and cells of a table, now and then with a line of totals."""
    grid = [list(heads.values()), *([said[name].text for name in heads] for said in rows)]
    summed = [name for name in heads if name in form.get("totals", ())]
    if summed and next(iter(heads)) not in summed and teller.rng.random() < 0.4:
        sums = {name: sum(said[name].value or 0 for said in rows) for name in summed}
        texts = {n: teller.number(value, 0 if rows[0][n].node == doc.INTEGER else 1) for n, value in sums.items()}
        grid.append([teller.rng.choice(words.totals[teller.language]), *[texts.get(n, "") for n in heads][1:]])
    return grid


KINDS: dict[str, Kind] = {"log excerpt": log_excerpt, "settings": settings}
KINDS |= {name: partial(told, name) for name in words.texts} | {name: partial(tabled, name) for name in words.tables}
