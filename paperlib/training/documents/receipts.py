"""Receipts, bills and invoices as a scanner's OCR reads them: of shops, restaurants, petrol stations, car parks, taxis.

What is difficult: the lines have lost their layout, so that a label and its value, or the columns of an item, stand on
lines of their own; several amounts are nearly equal (before and after rounding, with and without tax, cash, change);
a scribbled name, a tax number or a title stands above the name of the company; addresses run over lines.
"""

import datetime
from collections.abc import Callable
from typing import Any

from paperlib.benchmark.words import general
from paperlib.training.documents import document as doc
from paperlib.training.documents.document import Document, Entry, Fact, Kind, Rows
from paperlib.training.documents.slips import POINTS, WORDS, Pair, Slip

COUNTRIES = {"my": 26, "us": 12, "uk": 9, "au": 5, "in": 5, "de": 9, "fr": 9, "es": 9, "pl": 8, "ja": 8}  # weights
COLUMNS = {"name": "description", "code": "code", "n": "quantity", "price": "unit_price", "amount": "amount"}


def _company(slip: Slip) -> str:
    names = [name for name in slip.country["names"] if "{trade}" in name or slip.theme in ("till", "meal")]
    roots, trades = slip.country["roots"], WORDS.trades[slip.language][slip.theme]
    if slip.chance(0.3) and slip.language != "ja":
        roots = general.last_names if slip.language != "en" or slip.chance(0.4) else general.company_roots
    parts = {"root": slip.rng.choice(roots), "trade": slip.rng.choice(trades), "n": slip.rng.randint(2, 98)}
    company = str(slip.rng.choice(names)).format(**parts)
    return company.upper() if slip.chance(0.3) else company


def _address(slip: Slip) -> list[str]:
    """The lines of an address, now and then two of them in one."""
    city, postcode, state = slip.rng.choice(slip.country["cities"])
    parts = {"city": city, "zip": slip.shape([postcode]), "state": state, "b": slip.rng.choice("abcd")}
    parts |= {key: slip.rng.choice(slip.country[f"{key}s"]) for key in ("street", "area")}
    drawn = slip.rng.choice(slip.country["addresses"])
    lines = drawn.format(n=slip.rng.randint(1, 199), m=slip.rng.randint(2, 89), **parts).split("|")
    return [" ".join(lines[:2]), *lines[2:]] if slip.chance(0.2) else lines


def _header(slip: Slip) -> None:
    """The company, its address and numbers, perhaps under a scribbled name, a title or a tax number."""
    rng, company, above, below = slip.rng, _company(slip), list[str](), list[str]()
    if slip.theme in ("till", "meal") and slip.chance(0.15):
        above.append(f"{rng.choice(general.male_names)} {rng.choice(general.last_names)}".lower())
    above += [slip.label("invoice" if slip.theme == "invoice" else "title")] * slip.chance(0.2)
    slip.facts["company"] = slip.fact("company", company)
    words = company.split(" ")
    middle = len(words) // 2 if len(words) > 3 and slip.chance(0.12) else 0
    name = [" ".join(words[:middle]), " ".join(words[middle:])]
    if slip.chance(0.35):
        registration = slip.shape(slip.country["regs"])
        label, _ = slip.said("registration", registration[1:-1] if registration[0] == "(" else registration)
        name[1] += f" {registration}" if (aside := registration[0] == "(" and slip.chance(0.5)) else ""
        below += [] if aside else [label + slip.mark + registration]
    if slip.chance(0.93 if slip.theme != "taxi" else 0.3):
        address = _address(slip)
        slip.facts["address"] = slip.fact("address", " ".join(address))
        below += address
    for key, share in (("phone", 0.6), ("fax", 0.2), ("email", 0.12)):
        site = f"{rng.choice(WORDS.hosts)}{rng.randint(1, 99)}@example.{rng.choice(('com', 'org', 'net'))}"
        if slip.chance(share):
            label, value = slip.said(key, site if key == "email" else slip.shape(slip.country["phones"]))
            below.append(label + slip.mark + value)
        elif slip.chance(0.04):
            below.append(slip.label(key) + slip.mark + rng.choice(("-", "n/a", "---")))
    if slip.chance(0.45):
        label, pattern = rng.choice(slip.country["tax_ids"])
        _, number = slip.said("tax_id", slip.shape([pattern]))
        (above if slip.chance(0.15) else below).append(label + slip.mark + number)
    slip.lines += [*above, *name, *below, slip.rule]


def _cell(slip: Slip, key: str, value: Any, written: str, shown: bool) -> Fact:
    return slip.fact(key, value or written, written) if shown else slip.fact(key, None)


def _items(slip: Slip) -> int:
    """Prints articles in one of many layouts; their sum."""
    rng, layout = slip.rng, str(slip.rng.choice(WORDS.layouts))
    names = rng.sample(WORDS.goods[slip.language][slip.theme], rng.randint(1, rng.choice((1, 2, 3, 4, 7))))
    heading = rng.choice(WORDS.headings) if "{n}" in layout and slip.language == "en" and slip.chance(0.4) else []
    slip.lines += heading if layout.count("|") > 2 else [" ".join(heading)]
    parts = {"letter": rng.choice(WORDS.letters), "by": rng.choice(WORDS.times)} if slip.language == "en" else {}
    parts = parts or {"letter": "", "by": " x "}
    rows, total, pieces = list[tuple[Entry, ...]](), 0, 0
    for name in names:
        each = rng.choice((rng.randint(15, 999), rng.randint(100, 2900), rng.randint(5, 80) * 50))
        each *= rng.choice((1, 1, 9)) if slip.theme == "invoice" else 1
        quantity = rng.choice((1, 1, 1, 2, 2, 3, rng.randint(2, 20))) if "{n}" in layout else 1
        total, pieces = total + quantity * each, pieces + quantity
        row: dict[str, tuple[Any, str]] = {"name": (name, name), "code": ("", slip.shape(WORDS.barcodes))}
        row |= {"n": (quantity, str(quantity)), "price": (slip.value(each), slip.figure(each))}
        row["amount"] = (slip.value(quantity * each), slip.figure(quantity * each))
        printed = {key: written for key, (_, written) in row.items()}
        slip.lines += layout.format(**printed, **parts).split("|")
        rows.append(tuple(_cell(slip, key, *row[part], f"{{{part}}}" in layout) for part, key in COLUMNS.items()))
    slip.lines.append(slip.rule)
    slip.facts["items"] = Rows(WORDS.facts["items"][0], tuple(rows))
    slip.print([slip.said("count", pieces)] if slip.theme == "till" and slip.chance(0.25) else [])
    return total


def _sums(slip: Slip, total: int, paid: bool = True) -> None:
    """Prints what leads from the sum of the articles to the total, that, and how it was paid."""
    rng, pairs, summary = slip.rng, list[Pair](), list[Pair]()
    pairs += [slip.money("subtotal", total, False)] if slip.chance(0.5) else []
    if slip.chance(0.2):
        off = round(total * rng.choice((5, 10, 15, 20)) / 100)
        pairs.append(slip.money("discount", -off if slip.chance(0.6) else off, False))
        total -= off
    if slip.theme == "meal" and slip.chance(0.3):
        pairs.append(slip.money("service", round(total / 10)))
        total += round(total / 10)
    if slip.chance(0.75):
        name, rate, included = rng.choice(slip.country["taxes"])
        tax, share = round(total * rate / (100 + rate * included)), f"{rate:g}%".replace(".", POINTS[slip.language][0])
        slip.facts["rate"] = slip.fact("rate", rate, share)
        summary += [slip.money("net", total - tax * included, False)] if included or slip.chance(0.2) else []
        label = rng.choice((f"{name} {share}", f"{name} @ {share}", f"{name} ({share})", f"{share} {name}"))
        summary.append((label, slip.money("tax", tax, False)[1]))
        if included and slip.language == "en" and slip.chance(0.3):  # as a table, whose cells are all on their own
            cells = f"{name} Summary|Amount|Tax|{label}|{summary[0][1]}|{summary[1][1]}"
            summary = [("", cell) for cell in cells.split("|")]
        total += tax * (1 - included)
        if not included or slip.chance(0.2):
            pairs, summary = pairs + summary, []
    if slip.code == "my" and slip.theme in ("till", "meal") and slip.chance(0.6):
        pairs += [slip.money("unrounded", total)] if slip.chance(0.6) else []
        rounding = 2 - (total + 2) % 5
        pairs.append(slip.money("rounding", rounding, False))
        total += rounding
    if slip.theme in ("meal", "taxi") and slip.chance(0.15):
        pairs.append(slip.money("tip", tip := rng.randint(1, 12) * 50))
        total += tip
    slip.print([*pairs, slip.money("total", total)])
    last = paid and slip.chance(0.5)
    slip.print(summary if not last else [])
    if paid:
        _paid(slip, total)
    slip.print(summary if last else [])


def _paid(slip: Slip, total: int) -> None:
    how = slip.rng.choice(("cash", "cash", "cash", "card", "card", "wallet", ""))
    if how:
        known = slip.rng.choice(WORDS.methods)
        slip.facts["method"] = Fact(WORDS.facts["method"][0], known[how], doc.enum(*known.values()))
        slip.facts["in_cash"] = slip.fact("in_cash", how == "cash")
    if how == "cash":
        step = slip.rng.choice((1, 500, 1000, 5000, 10000))
        given = -(-total // step) * step
        pairs = [slip.money("cash", given)]
        slip.print([*pairs, slip.money("change", given - total)] if step > 1 or slip.chance(0.5) else pairs)
    elif how:
        card = slip.shape(("", " ****####", " XXXX####"))
        slip.print([(slip.label(how) + card, slip.figure(total)), *slip.some(0.3, "approval")])


def _footer(slip: Slip) -> Document:
    said = [*slip.rng.sample(slip.labels["policy"], slip.rng.choice((0, 0, 1, 1, 2, 3)))]
    said += [slip.rng.choice(slip.labels["thanks"])] * slip.chance(0.6)
    slip.rng.shuffle(said)
    slip.lines += [slip.rule, *(slip.smudged(slip.shape([line]), 0.1) for line in said)]
    return slip.document()


def _bill(slip: Slip, *codes: str) -> Document:
    """A slip with articles, and ``codes`` above or below them."""
    _header(slip)
    about = slip.some(0.45, *codes)
    if slip.chance(0.6):
        who = "server" if slip.theme == "meal" else "cashier"
        about.append(slip.said(who, slip.rng.choice(slip.country["people"])))
    about += [slip.said("guests", slip.rng.randint(1, 9))] if slip.theme == "meal" and slip.chance(0.5) else []
    slip.rng.shuffle(about)
    about = slip.moment() + about if slip.chance(0.5) else about + slip.moment()
    below = slip.chance(0.2)
    slip.print(about if not below else [])
    _sums(slip, _items(slip))
    slip.print(about if below else [])
    return _footer(slip)


def _ride(slip: Slip, parts: Callable[[Slip], tuple[list[Pair], int]]) -> Document:
    """A slip with one thing to pay for, which ``parts`` describes, with its price."""
    _header(slip)
    about, (thing, price) = slip.moment() + slip.some(0.6, "number"), parts(slip)
    thing += slip.some(0.3, "plate")
    slip.print(about + thing if slip.chance(0.7) else thing + about)
    _sums(slip, price)
    return _footer(slip)


def _fuel(slip: Slip) -> tuple[list[Pair], int]:
    places = 0 if slip.code == "ja" else 3
    hundredths, each = slip.rng.randint(300, 7900), slip.rng.randint(*((1090, 2199) if places else (140, 190)))
    pairs = [*slip.some(0.6, "pump"), slip.said("grade", slip.rng.choice(slip.labels["grades"]))]
    volume = slip.figure(hundredths, 2)
    pairs.append(slip.said("volume", hundredths / 100, volume, volume + slip.rng.choice(("", " L", " l"))))
    pairs.append(slip.said("fuel_price", each / 1000 if places else each, slip.figure(each, places)))
    pairs += [slip.said("odometer", slip.rng.randint(9000, 240000))] if slip.chance(0.2) else []
    return pairs, round(hundredths * each / 10 ** (places or 2))


def _parking(slip: Slip) -> tuple[list[Pair], int]:
    start, stay = slip.rng.randint(6 * 3600, 16 * 3600), slip.rng.randint(12, 420)
    pairs = [slip.clock("entry", start), slip.clock("exit", start + stay * 60)]
    form = slip.rng.choice(slip.labels["durations"])
    pairs += [slip.said("duration", form.format(h=stay // 60, m=stay % 60))] if slip.chance(0.7) else []
    return pairs + slip.some(0.3, "space"), (stay // 30 + 1) * slip.rng.choice((50, 100, 150, 200))


def _taxi(slip: Slip) -> tuple[list[Pair], int]:
    start, end = slip.rng.sample(slip.labels["places"], 2)
    tenths, fare, extra = slip.rng.randint(12, 480), slip.rng.randint(50, 900) * 10, slip.rng.randint(1, 12) * 50
    pairs = [slip.said("origin", start), slip.said("destination", end), *slip.some(0.5, "driver", "cab")]
    far = slip.figure(tenths, 1)
    pairs.append(slip.said("distance", tenths / 10, far, far + (" mi" if slip.code in ("us", "uk") else " km")))
    pairs.append(slip.money("fare", fare))
    if slip.chance(0.4):
        return [*pairs, slip.money("extras", extra)], fare + extra
    return pairs, fare


def _invoice(slip: Slip) -> Document:
    _header(slip)
    address = _address(slip)
    slip.facts["customer_address"] = slip.fact("customer_address", " ".join(address))
    to = [*slip.said("customer", slip.rng.choice(WORDS.clients)), *address]
    about = slip.some(0.5, "order", "customer_number")
    days = {"invoice_date": 0, "delivery_date": -slip.rng.randint(1, 9), "due_date": slip.rng.choice((7, 14, 30))}
    for key, later in days.items():
        if slip.chance(0.9 if later == 0 else 0.4):
            about.append(slip.date(key, slip.day + datetime.timedelta(days=later)))
    slip.rng.shuffle(about)
    about.insert(0, slip.said("invoice_number", slip.shape(WORDS.patterns["number"])))
    slip.lines += to if (first := slip.chance(0.5)) else []
    slip.print(about)
    slip.lines += [] if first else to
    _sums(slip, _items(slip), paid=False)
    slip.print([slip.said("terms", slip.rng.choice(slip.labels["termlist"]))] if slip.chance(0.4) else [])
    slip.print(slip.some(0.35, "iban"))
    return _footer(slip)


def _kind(theme: str, make: Callable[[Slip], Document]) -> Kind:
    """The slips of a theme, in the countries' shares."""
    return lambda rng: make(Slip(rng, theme, rng.choices(list(COUNTRIES), list(COUNTRIES.values()))[0]))


KINDS: dict[str, Kind] = {
    "till receipt": _kind("till", lambda slip: _bill(slip, "number", "register", "member")),
    "restaurant bill": _kind("meal", lambda slip: _bill(slip, "number", "table")),
    "petrol slip": _kind("fuel", lambda slip: _ride(slip, _fuel)),
    "parking slip": _kind("parking", lambda slip: _ride(slip, _parking)),
    "taxi receipt": _kind("taxi", lambda slip: _ride(slip, _taxi)),
    "invoice": _kind("invoice", _invoice),
}
