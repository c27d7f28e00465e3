"""Contracts, advertisements, product listings, menus, invoices and recipes, in six languages.

What is difficult about them: parties whose roles can be confused, amounts that are nearly equal and written in every
national form, numbers as words, conclusions (booleans and enums) from prose, lines with several columns, and much that
is often said but not in this text. ``data/words/documents_offers.yaml`` has for each kind its facts, how their values
are drawn (methods of `Page` and their arguments), and its clauses: a fact is told if a clause with its ``{slot}`` is
drawn, or one that stands for its value (``pets=True``).
"""

import re
from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from itertools import groupby, pairwise
from random import Random
from typing import Any

from paperlib.benchmark.words import Topic
from paperlib.training.documents import document as forms
from paperlib.training.documents.document import Document, Entry, Fact, Group, Kind, Rows

words = Topic("documents_offers")
SHARES = {"en": 55, "de": 10, "fr": 9, "es": 9, "pl": 8, "ja": 9}  # of the languages, in percent
SCALE = {"JPY": 150, "PLN": 4, "MXN": 20}  # units of a currency for one of the others
KEPT = {"?": 0.72, "~": 0.3}  # chance of a clause that may be left out, and of one that nobody asks for
SLOT, OPTIONAL, LABEL = re.compile(r"\{(\w+)\}"), re.compile(r"\[([^\[\]]*)\]"), re.compile(r"[^{}]{1,45}[:：]\s*\{")
TYPO = partial(re.compile(r"([a-z]{3})([a-z])([a-z])(?=[a-z])").sub, r"\1\3\2", count=1)  # two letters exchanged
NOISES: tuple[Callable[[str], str], ...] = (*[str] * 16, TYPO, TYPO, str.upper, str.lower)  # of the words of clauses
Said = dict[str, tuple[Any, str]]  # by slot: a value, and how the text writes it


def _fact(row: list[str], said: Said, told: set[str]) -> Fact:
    slot, names, kind, description = row[:4]
    value, shown = said.get(slot, (None, "")) if slot in told else (None, "")
    form, _, values = kind.partition(":")
    node = forms.enum(*values.split(",")) if values else dict(getattr(forms, form))
    plain = value is None or isinstance(value, bool | list) or shown in ("", value)
    node = {"type": "array", "items": node} if form == "enums" else node
    return Fact(names, value, node, None if plain else shown, description)


def _tidy(value: float) -> float:
    return int(value) if (value := round(value, 2)) == int(value) else value


class Page:
    """One text in the making: draws values as its language writes them, and remembers which of them it has told."""

    def __init__(self, rng: Random, kind: str) -> None:
        self.rng, self.kind = rng, getattr(words, kind)
        self.language = rng.choices(list(SHARES), list(SHARES.values()))[0]
        self.local: dict[str, Any] = words.locales[self.language]
        self.clauses: dict[str, list[str]] = self.kind[self.language]
        self.money, self.cents = rng.choice(self.local["money"]), rng.random() < 0.4
        self.day_forms = rng.sample(self.local["days"], 2)
        self.noise = rng.choice(NOISES)
        self.labels = rng.choice((True, False, None))  # whether clauses with a label are preferred
        self.said: Said = {"currency": (self.money[0], self.money[3].replace("{}", "").strip())}
        self.told, self.rows = set[str](), dict[str, Rows]()
        for line in self.kind["draws"]:
            name, *arguments = line.split()
            getattr(self, name)(*(int(a) if a.isdigit() else float(a) if "." in a else a for a in arguments))

    def put(self, slot: str, value: Any, shown: str | None = None) -> None:
        """Makes a value available to the clauses under the name of a slot."""
        self.said[slot] = (value, str(value) if shown is None else shown)

    def drop(self, slot: str, share: float) -> None:
        """Takes a value back in a share of the texts: they may then say that there is none."""
        if self.rng.random() < share:
            self.said[slot] = (None, "")

    def parties(self, firms: float, *slots: str) -> None:
        """Different people or firms in different roles."""
        names: list[str] = []
        while len(names) < len(slots):
            name = self.name(self.rng.choice(self.local["firms" if self.rng.random() < firms else "person"]))
            names += [name] if name not in names else []
        for slot, name in zip(slots, names, strict=True):
            self.put(slot, name)

    def pay(self, slot: str, value: float) -> None:
        """An amount of money that is known."""
        self.put(slot, _tidy(value), self.amount(_tidy(value)))

    def price(self, slot: str, low: float, high: float, step: float) -> None:
        """An amount between bounds in euros, in the currency of the text."""
        self.pay(slot, self.worth(low, high, step))

    def part(self, slot: str, of: str, low: float, high: float) -> None:
        """An amount that is so many percent of another one, less round the greater the percentage."""
        whole = self.said[of][0]
        step = 10 ** max(0, len(str(int(whole))) - (3 if high < 100 else 4))
        self.pay(slot, max(step, round(whole * self.rng.uniform(low, high) / 100 / step) * step))

    def sum(self, slot: str, first: str, second: str, sign: str = "plus") -> None:
        """The sum of two amounts, or their difference."""
        one, other = self.said[first][0], self.said[second][0]
        self.pay(slot, one + other if sign == "plus" else one - other)

    def count(self, slot: str, low: int, high: int, step: int = 1) -> None:
        """An integer, a small one as digits or as a word."""
        n, names = self.rng.randrange(low, high + 1, step), self.local["numbers"]
        self.put(slot, n, names[n] if 1 < n < len(names) and self.rng.random() < 0.35 else str(n))

    def number(self, slot: str, low: float, high: float, step: float) -> None:
        """A number that is no money, such as a measurement."""
        self.put(slot, value := _tidy(self.rng.randint(int(low / step), int(high / step)) * step), self.digits(value))

    def area(self, slot: str, low: int, high: int) -> None:
        """An area, and its unit in a slot of its own."""
        unit, value = self.rng.choice(self.local["areas"]), _tidy(self.rng.randint(2 * low, 2 * high) / 2)
        self.put("unit", "sqft" if "f" in unit else "m2", unit)
        self.put(slot, value := int(value * 10) if "f" in unit else value, self.digits(value))

    def day(self, slot: str, after: str, low: int, high: int, back: str = "") -> None:
        """A date some days after another one, or before it, in one of two forms of the text."""
        start = date.fromisoformat(self.said[after][0]) if after in self.said else date(2024, 1, 1)
        drawn = start + timedelta(days=self.rng.randint(low, high)) * (-1 if back else 1)
        self.put(slot, drawn.isoformat(), self.written(drawn))

    def choose(self, slot: str, *values: str) -> None:
        """One of the values that clauses stand for; it is not written itself."""
        self.put(slot, {"True": True, "False": False}.get(value := self.rng.choice(values), value), "")

    def named(self, slot: str, table: str, low: int, high: int) -> None:
        """Several words of the language, or values of an enum by their names in it."""
        rows = self.rng.sample(self.local[table], self.rng.randint(low, high))
        pairs = [(row, row) if isinstance(row, str) else row for row in rows]
        self.put(slot, [value for value, _ in pairs], self.listed([name for _, name in pairs]))

    def word(self, slot: str, table: str) -> None:
        """A word of the language (a row: a value and its name), a code, a number of a telephone or an address."""
        drawn = self.rng.choice(self.local[table] if table in self.local else words.codes[table])
        self.put(slot, *((self.name(drawn),) if isinstance(drawn, str) else drawn))

    def name(self, pattern: str) -> str:
        """The pattern with words of the language, a digit for every ``#`` and a capital letter for every ``?``."""
        parts = {key: self.rng.choice(self.local[key]) for key in ("first", "last", "roots", "streets", "cities")}
        signs = {"#": "123456789", "?": "ABCDEFHKLMNPRTX"}
        return re.sub("[#?]", lambda m: self.rng.choice(signs[m[0]]), pattern.format(**parts))

    def digits(self, value: float, places: int | None = None) -> str:
        """A number with the marks of the language; ``places`` decimals, or as many as there are."""
        whole, _, part = (f"{value:,}" if places is None else f"{value:,.{places}f}").partition(".")
        group = "" if value < 10_000 and self.rng.random() < 0.3 else self.money[1]
        return str(whole.replace(",", group) + ((self.money[2] or ".") + part if part else ""))

    def amount(self, value: float) -> str:
        """An amount of money; a large round one now and then in thousands or millions."""
        written = self.digits(value, 2 if value % 1 or (self.cents and self.money[0] != "JPY") else 0)
        for factor, form in self.local["short"]:
            if value >= factor and value % (factor / (100 if factor > 10_000 else 10)) == 0 and self.rng.random() < 0.3:
                written = form.replace("{}", self.digits(_tidy(value / factor)))
        return str(self.money[3].replace("{}", written))

    def worth(self, low: float, high: float, step: float) -> float:
        """An amount in whole steps, none of which is finer than a cent or a hundred yen."""
        factor = SCALE.get(self.money[0], 1)
        step = max(step, 1) * (100 if factor > 20 else 1) if factor > 1 else step
        return _tidy(max(step, round(self.rng.uniform(low, high) * factor / step) * step))

    def written(self, day: date) -> str:
        """A date; a form that leaves day and month to guess only where the day is beyond 12."""
        form, month = str(self.rng.choice(self.day_forms)), self.local["months"][day.month - 1]
        form = "{d} {month} {y}" if self.language == "en" and "{mm}/" in form and day.day <= 12 else form
        parts = {"d": day.day, "dd": f"{day:%d}", "m": day.month, "mm": f"{day:%m}", "y": day.year, "month": month}
        return form.format(**parts, mon=month[:3], nth="1er" if day.day == 1 else day.day, era=day.year - 2018)

    def listed(self, items: list[str]) -> str:
        """Items in a row, with a word before the last or without."""
        *head, last = items
        comma = "、" if self.language == "ja" else self.rng.choice((", ", ", ", " / "))
        joint = self.local["and"] if comma == ", " and self.rng.random() < 0.7 else comma
        return comma.join(head) + (joint if head else "") + last

    def lines(self, slot: str, records: list[Said], headed: bool = False) -> None:
        """Puts records of the same slots as lines of one form, and as rows of the facts that the form tells; where
        ``headed``, a section that a form begins with is told once, as they come by section."""
        form = self.rng.choice(self.clauses[f"row_{slot}"])
        if headed and form.startswith("[{section}"):
            for last, one in reversed([*pairwise(records)]):
                one["section"] = (one["section"][0], "" if one["section"] == last["section"] else one["section"][1])
        between = "; " if "\n" not in form and self.rng.random() < 0.25 else "\n"
        lead = self.rng.choice(("", "", "- ", "• ", "* ")) if between == "\n" else ""
        table, told = self.kind[f"row_{slot}"], {*SLOT.findall(form)}
        rows = tuple(tuple(_fact(row, record, told) for row in table["facts"]) for record in records)
        self.rows[slot] = Rows(self.rng.choice(table["names"]), rows)
        self.put(slot, [], between.join(lead + self.filled(form, record) for record in records))

    def filler(self, slot: str) -> str:
        """Something that nobody asks for."""
        if slot == "_money":
            return self.amount(self.worth(15, 2500, 5))
        if slot == "_date":
            return self.written(date(2024, 1, 1) + timedelta(days=self.rng.randint(0, 900)))
        return self.name(self.rng.choice(self.local.get(slot[1:], ("##", "#"))))

    def filled(self, form: str, said: Said) -> str:
        """A clause with its slots filled and without the bracketed parts that have nothing to say."""
        form = OPTIONAL.sub(lambda m: m[1] if all(said.get(s, ("", ""))[1] for s in SLOT.findall(m[1])) else "", form)
        parts = SLOT.split(form)
        parts[::2] = map(self.noise, parts[::2])
        parts[1::2] = [said[slot][1] if slot in said else self.filler(slot) for slot in parts[1::2]]
        return "".join(parts).strip()

    def _clause(self, key: str) -> str:
        """One clause, whose facts are told from now on; nothing where none can be said or it is left out."""
        topic, _, value = key.lstrip("?~").partition("=")
        if self.rng.random() > KEPT.get(key[0], 1) or (value and str(self.said.get(topic, ("-",))[0]) != value):
            return ""
        empty = {slot for slot, (known, _) in self.said.items() if known is None}
        forms = [form for form in self.clauses[key] if not empty & {*SLOT.findall(OPTIONAL.sub("", form))}]
        alike = [form for form in forms if bool(LABEL.match(form)) == self.labels]
        if not forms:
            return ""
        form = self.rng.choice(alike if alike and self.rng.random() < 0.85 else forms)
        self.told |= {*SLOT.findall(form), *([topic] if value else [])}
        return self.filled(form, self.said)

    def text(self) -> str:
        """The clauses in one of many layouts: those of ``open`` first, ``close`` last, the others in some order."""
        middle = [key for key in self.clauses if key not in ("open", "close") and not key.startswith("row_")]
        middle = self.rng.sample(middle, len(middle)) if self.rng.random() < 0.5 else middle
        said = filter(None, [self._clause(key) for key in ("open", *middle, "close") if key in self.clauses])
        stop, space = ("。", "") if self.language == "ja" else (".", " ")
        mark, between, ends = self.rng.choice(words.layouts)
        text, joint, block = "", between or space, False
        for n, part in enumerate(said):
            joint = self.rng.choice((space, "\n", "\n\n")) if between == "mixed" else joint
            text += ("\n" if (block or "\n" in part) and "\n" not in joint else joint) if text else ""
            block = "\n" in part
            text += (mark.format(n=n) if n and not block else "") + part
            text += stop if ends and part[-1] not in ".。!?:;,…" and not block else ""
        return text

    def document(self) -> Document:
        """The text, and all facts of its kind, of which it tells some."""
        text, entries = self.text(), list[Entry]()
        self.told |= {"currency"} if self.said["currency"][1] in text else set()
        for names, group in groupby(self.kind["facts"], key=lambda row: row[4]):
            facts = [self.rows.get(row[0]) or _fact(row, self.said, self.told) for row in group]
            entries += [Group(names, tuple(facts))] if names else facts
        return Document(self.rng.choice(self.kind["titles"]), text, tuple(entries), self.language)


def _dishes(page: Page, rng: Random) -> None:
    """Dishes in their sections, some of them marked as vegetarian or with codes of allergens."""
    records, headed = list[Said](), rng.random() < 0.6
    dishes = sorted(rng.sample(page.local["dishes"], rng.randint(3, 8)), key=lambda dish: str(dish[0]))
    for number, (at, name, mark) in enumerate(dishes, rng.choice((1, 1, 11, 40))):
        price, codes = page.worth(*((4, 14), (11, 32), (4, 11), (2, 8))[int(at)], 0.1), rng.choice((0, 0, 1, 2, 3))
        letters, section = sorted(rng.sample("ACDGL", codes if at != "3" else 0)), page.local["sections"][int(at)]
        record = {"section": (section, section), "number": (number, str(number)), "dish": (name, name)}
        record |= {"veg": (bool(mark), "(v)" if mark else ""), "allergens": (letters, ", ".join(letters))}
        records.append({**record, "price": (price, page.amount(price))})
    page.lines("dishes", records, headed)


def _sold(page: Page, rng: Random) -> None:
    """Lines of an invoice and the sums under them, which are right."""
    records, net = list[Said](), 0.0
    for pos, what in enumerate(rng.sample(page.local["services"], rng.randint(1, 5)), 1):
        qty, unit = rng.choice((1, 1, 2, 3, 4, 6, 10, 12, 25)), page.worth(4, 380, rng.choice((0.05, 0.5, 5)))
        total, net = _tidy(qty * unit), net + qty * unit
        record = {"pos": (pos, str(pos)), "what": (what, what), "qty": (qty, str(qty))}
        records.append({**record, "unit": (unit, page.amount(unit)), "total": (total, page.amount(total))})
    rate = rng.choice((5, 7, 7.7, 8, 10, 19, 20, 21, 23, 8.875))
    tax = round(net * rate / 100, 0 if page.money[0] == "JPY" else 2)
    page.put("rate", rate, page.digits(rate))
    for slot, value in (("net", net), ("tax", tax), ("gross", net + tax)):
        page.pay(slot, value)
    page.lines("lines", records)


def _cooking(page: Page, rng: Random) -> None:
    """Ingredients with amounts and units, some without, and steps."""
    records: list[Said] = []
    for what, unit, low, high in rng.sample(page.local["ingredients"], rng.randint(3, 8)):
        n, note, loose = rng.randint(low, high), rng.choice(page.local["notes"]), rng.random() < 0.1
        half = bool(unit) and high < 5 and page.language != "ja" and rng.random() < 0.3
        n = round(n, -1) if n > 40 else n
        said = {"amount": (None, "") if loose else (n + 0.5, f"{n}½") if half else (n, str(n)), "what": (what, what)}
        said |= {"unit": (None if loose else unit, "" if loose else unit or "")}
        records.append({**said, "note": tuple(note) if loose or rng.random() < 0.1 else (None, "")})
    page.lines("ingredients", records)
    steps = rng.sample(page.local["steps"], rng.randint(2, 5))
    numbered, stop = rng.random() < 0.5, "。" if page.language == "ja" else ". "
    page.put("steps", steps, "\n".join(f"{n}. {s}" for n, s in enumerate(steps, 1)) if numbered else stop.join(steps))


def _kind(name: str, more: Callable[[Page, Random], None], rng: Random) -> Document:
    page = Page(rng, name)
    more(page, rng)
    return page.document()


MORE = {"menu": _dishes, "invoice": _sold, "recipe": _cooking}
KINDS: dict[str, Kind] = {n: partial(_kind, key, MORE.get(key, lambda *_: None)) for key, n in words.kinds.items()}
