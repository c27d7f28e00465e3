"""Units of measurement: the one that a field's name asks for, and the one that a text gives a number.

``temperature_c`` asks for degrees Celsius. Of "100.2°F (37.9°C)" it can only mean the second number, and of "97% on
room air" none. A number without a unit, or with one that is not known here, may be in any.
"""

import re

from paperlib.data.scalars import name_words

# Each unit: how it ends a field's name, and how a text writes it behind a number ("^" marks what stands before one).
UNITS = {
    "°C": ("celsius centigrade degc", "°c ℃ celsius centigrade"),
    "°F": ("fahrenheit degf", "°f ℉ fahrenheit"),
    "kg": ("kg kilogram kilograms kilos", "kg kgs kilo kilos kilogram kilograms"),
    "g": ("grams gram", "g gram grams"),
    "mg": ("mg milligrams", "mg milligram milligrams"),
    "lb": ("lb lbs", "lb lbs"),  # pounds may be money
    "oz": ("oz ounces", "oz ounce ounces"),
    "mm": ("mm millimeters millimetres", "mm millimeter millimeters millimetre millimetres"),
    "cm": ("cm centimeters centimetres", "cm centimeter centimeters centimetre centimetres"),
    "m": ("meters metres", "m meter meters metre metres"),
    "km": ("km kilometers kilometres", "km kilometer kilometers kilometre kilometres"),
    "in": ("inches inch", "inch inches"),
    "ft": ("ft feet", "ft feet foot"),
    "mi": ("miles", "mi mile miles"),
    "ml": ("ml milliliters millilitres", "ml milliliter milliliters millilitre millilitres"),
    "l": ("liters litres", "l liter liters litre litres"),
    "ms": ("ms millis milliseconds", "ms millisecond milliseconds"),
    "s": ("sec secs seconds", "s sec secs second seconds"),
    "min": ("minutes mins", "min mins minute minutes"),
    "h": ("hours hrs", "h hr hrs hour hours"),
    "d": ("days", "day days"),
    "wk": ("weeks", "week weeks"),
    "mo": ("months", "month months"),
    "y": ("years yrs", "y yr yrs year years y/o yo"),
    "/min": ("bpm rpm per_min per_minute", "/min bpm rpm"),
    "%": ("percent pct percentage", "% percent pct"),
    "km/h": ("kmh kph", "km/h kmh kph"),
    "mph": ("mph", "mph"),
    "kB": ("kb kilobytes", "kb kib kilobyte kilobytes"),
    "MB": ("mb megabytes", "mb mib megabyte megabytes"),
    "GB": ("gb gigabytes", "gb gib gigabyte gigabytes"),
    "TB": ("tb terabytes", "tb tib terabyte terabytes"),
    "W": ("watts", "w watt watts"),
    "kW": ("kw kilowatts", "kw kilowatt kilowatts"),
    "kWh": ("kwh", "kwh kilowatt-hour kilowatt-hours"),
    "USD": ("usd dollars", "usd dollars dollar ^$ ^usd ^us$"),
    "EUR": ("eur euros", "eur euro euros € ^€ ^eur"),
    "GBP": ("gbp", "gbp £ ^£ ^gbp"),
    "JPY": ("jpy yen", "jpy yen ¥ 円 ^¥ ^jpy"),
    "CHF": ("chf", "chf francs ^chf ^fr."),
}
TEMPERATURE = {"c": "°C", "f": "°F"}  # single letters, which are units in the name of a temperature alone
CALENDAR = "calendar"  # of the parts of a date
DEDUCTION = "deduction"  # of amounts that a text may write with a minus, and a field without: a discount
HOUR, MINUTE = "hour of the day", "minute of the hour"  # of a time, which the text may write as 8pm
NO_UNITS = (None, CALENDAR, DEDUCTION, HOUR, MINUTE)  # in which no number stands in a text
OF_NAME = {name: unit for unit, (names, _) in UNITS.items() for name in names.split()}
OF_NAME |= dict.fromkeys(("year", "month", "day"), CALENDAR) | {"hour": HOUR, "minute": MINUTE}
OF_NAME |= dict.fromkeys(
    ["discount", "discounts", "saving", "savings", "deduction", "deductions", "rebate", "refund"], DEDUCTION
)
AFTER = {sign: unit for unit, (_, signs) in UNITS.items() for sign in signs.split() if sign[0] != "^"}
BEFORE = {sign[1:]: unit for unit, (_, signs) in UNITS.items() for sign in signs.split() if sign[0] == "^"}


def _signs(known: dict[str, str]) -> str:
    return "|".join(re.escape(sign) for sign in sorted(known, key=len, reverse=True))


SIGN_AFTER = re.compile(rf"[ \u00a0\u202f-]?({_signs(AFTER)})(?![-/]?[^\W\d_])", re.IGNORECASE)
SIGN_BEFORE = re.compile(rf"(?<![^\W\d_])({_signs(BEFORE)})[ \u00a0\u202f]?$", re.IGNORECASE)
LONGEST_SIGN = max(map(len, BEFORE)) + 1


def unit_of_name(name: str) -> str | None:
    """The unit that the name of a field asks for, if it ends in one.

    >>> unit_of_name("temperature_c"), unit_of_name("height_cm"), unit_of_name("option_c")
    ('°C', 'cm', None)
    """
    words = [word.lower() for word in name_words(name)]
    if len(words) > 1 and any(word.startswith("temp") for word in words) and words[-1] in TEMPERATURE:
        return TEMPERATURE[words[-1]]
    last = {"_".join(words[-length:]) for length in (1, 2)} if len(words) > 1 else set(words)
    return next((OF_NAME[word] for word in sorted(last, key=len, reverse=True) if word in OF_NAME), None)


def unit_of_number(text: str, start: int, end: int) -> str | None:
    """The unit that ``text`` gives the number in ``text[start:end]``: right behind it, or a currency right before it.

    The span may take in the unit's sign itself; after that of a currency, an M or k is a factor.
    """
    if currency := re.match("[$€£¥]", text[start:end]):
        return BEFORE.get(currency[0])
    if after := SIGN_AFTER.match(text, end):
        return AFTER.get(after[1].lower())
    inside = re.search(r"[^\W\d_]+$|[%°$€£¥]\w?$", text[start:end])
    if inside and inside[0].lower() in AFTER:
        return AFTER[inside[0].lower()]
    before = SIGN_BEFORE.search(text[max(0, start - LONGEST_SIGN) : start])
    return BEFORE.get(before[1].lower()) if before else None
