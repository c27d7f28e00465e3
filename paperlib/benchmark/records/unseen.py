"""Records of the eight schemas that are only tested on, one function a schema."""

import datetime
from decimal import Decimal
from itertools import pairwise

from paperlib.benchmark.records.draw import Draw, Record, cents, days_after, percent
from paperlib.benchmark.words import unseen_schemas

TAX_RATES = (0, 5, 7, 10, 20)


def _scheduled(d: Draw, time: datetime.datetime) -> str:
    """A time of a timetable: rounded down to five minutes."""
    return time.replace(minute=time.minute // 5 * 5, second=0, microsecond=0).isoformat() + d.offset


def weather_alert(d: Draw) -> Record:
    hazard = d.pick(tuple(unseen_schemas.hazards))
    gusts = unseen_schemas.hazards[hazard]
    return {
        "hazard": hazard,
        "warning_level": d.pick(("yellow", "yellow", "orange", "red")),
        "affected_regions": d.some(unseen_schemas.regions, 1, 4),
        "valid_until": _scheduled(d, d.timestamp()),
        "peak_gust": d.maybe(80, d.between(*gusts)) if gusts else None,
    }


def parking_permit(d: Draw) -> Record:
    return {
        "registration_plate": d.shape(d.pick(unseen_schemas.plates)),
        "parking_zone": f"{d.pick(unseen_schemas.zones)}{d.between(1, 18)}",
        "expires_on": days_after(d.timestamp(), d.between(30, 365)),
        "yearly_fee": d.maybe(80, d.price(24, 320)),
        "visitor_use": d.maybe(75, d.pick((True, False))),
    }


def library_loan(d: Draw) -> Record:
    title = d.pick(
        (
            f"The {d.pick(unseen_schemas.title_traits)} {d.pick(unseen_schemas.title_things)}",
            f"A Short History of {d.pick(unseen_schemas.title_topics)}",
            f"{d.pick(unseen_schemas.title_topics)} for Beginners",
            f"The {d.pick(unseen_schemas.title_things)} at {d.place()}",
        )
    )
    return {
        "book_title": title,
        "borrower": d.person().name,
        "return_by": days_after(d.timestamp(), d.between(7, 42)),
        "renewals": d.maybe(80, d.between(0, 4)),
        "reserved": d.maybe(75, d.pick((True, False))),
    }


def vehicle_inspection(d: Draw) -> Record:
    checked = d.timestamp()
    faults = [_defect(d, *fault) for fault in d.some(unseen_schemas.faults, 1, 3)] if d.between(1, 100) <= 70 else []
    fit = all(fault["gravity"] == "minor" for fault in faults)
    exhaust = {"carbon_monoxide": d.decimal(4, 290, 2), "noise_level": d.maybe(60, d.between(68, 97))}
    estimate = sum((fault["repair_cost"] for fault in faults), Decimal(0))
    ahead = d.pick((365, 730)) if fit else d.pick((14, 30))
    return {
        "certificate_no": d.key("VI", 6),
        "licence_plate": d.shape(d.pick(unseen_schemas.plates)),
        "inspected_on": days_after(checked, 0),
        "inspector": d.maybe(75, d.person().name),
        "odometer": d.between(4200, 284000),
        "roadworthy": fit,
        "next_inspection": d.maybe(75, days_after(checked, ahead)),
        "inspection_fee": d.maybe(60, d.price(38, 145)),
        "emissions": d.maybe(60, exhaust),
        "defects": faults or None,
        "repair_estimate": d.maybe(70, estimate) if faults else None,
    }


def _defect(d: Draw, part: str, low: int, high: int) -> Record:
    return {
        "component": part,
        "gravity": d.pick(("minor", "minor", "major", "dangerous")),
        "repair_cost": d.price(low, high),
    }


def recipe_card(d: Draw) -> Record:
    name, dish = d.pick(tuple(unseen_schemas.dishes.items()))
    oven, minutes = dish["oven"], dish["minutes"]
    people = d.between(2, 8)
    content = {
        "energy_kcal": d.between(240, 890),
        "protein_grams": d.maybe(75, d.decimal(60, 480, 1)),
        "fat_grams": d.maybe(75, d.decimal(30, 420, 1)),
    }
    return {
        "dish_name": f"{d.pick(unseen_schemas.dish_styles)}{name}",
        "cuisine": d.maybe(70, dish["cuisine"]),
        "servings": people,
        "prep_minutes": d.maybe(80, d.between(minutes[0] // 5, minutes[1] // 5) * 5),
        "oven_heat": d.maybe(85, d.between(oven[0] // 5, oven[1] // 5) * 5) if oven else None,
        "vegetarian": d.maybe(75, dish["vegetarian"]),
        "allergens": d.maybe(70, list(dish["allergens"])),
        "portion_cost": d.maybe(50, d.decimal(95, 780, 2)),
        "nutrition": d.maybe(60, content),
        "ingredients": [_ingredient(d, people, *kind) for kind in d.some(dish["ingredients"], 2, 3)],
    }


def _ingredient(d: Draw, people: int, name: str, grams: int, cut: str | None) -> Record:
    """An ingredient for so many people: the weight rounded to five grams, 15 percent less to 20 percent more."""
    weight = max(grams * people * d.between(85, 120) // 500, 1) * 5
    return {"ingredient": name, "weight_grams": weight, "cut": d.maybe(70, cut)}


def energy_bill(d: Draw) -> Record:
    start, days = d.timestamp(), d.pick((30, 31, 60, 91))
    opening, used = d.between(900, 86000), days * d.between(4, 17) + d.between(0, 40)
    read = d.between(1, 100) <= 70
    charges = _charges(d, used, days)
    taxes = sum((percent(line["net_amount"], line["tax_rate"]) for line in charges), Decimal(0))
    return {
        "bill_reference": d.key("EB", 6),
        "account_holder": d.person().name,
        "tariff": d.maybe(75, d.pick(unseen_schemas.tariffs)),
        "billed_from": days_after(start, 0),
        "billed_until": days_after(start, days - 1),
        "payment_deadline": d.maybe(75, days_after(start, days + d.between(14, 35))),
        "paperless": d.maybe(70, d.pick((True, False))),
        "meter": {
            "meter_serial": d.shape(d.pick(("M########", "??-######", "E## ### ###"))),
            "opening_reading": opening if read else None,
            "closing_reading": opening + used if read else None,
            "consumed_kwh": used,
        },
        "charges": charges,
        "tax_sum": d.maybe(75, taxes),
        "amount_payable": sum((line["net_amount"] for line in charges), taxes),
    }


def _charges(d: Draw, used: int, days: int) -> list[Record]:
    """Charges for energy and supply, which follow from use and duration, and now and then one more."""
    rate, levied = d.pick(TAX_RATES), d.pick(TAX_RATES)
    lines = [
        ("energy used", cents(used * d.decimal(1800, 3900, 4)), rate),
        ("daily supply", days * d.decimal(21, 68, 2), rate),
        *((name, d.price(low, high), levied) for name, low, high in d.some(unseen_schemas.charges, 0, 1)),
    ]
    return [{"charge": name, "net_amount": net, "tax_rate": tax} for name, net, tax in lines]


def flight_itinerary(d: Draw) -> Record:
    start = d.timestamp()
    route = d.some(unseen_schemas.airports, 2, 3)
    carrier, prefix = d.pick(unseen_schemas.carriers)
    cabin = d.pick(("economy", "economy", "premium_economy", "business"))
    legs, leaves = [], start
    for stop, goal in pairwise(route):
        lands = d.later(leaves, 55, 620)
        legs.append(_leg(d, f"{prefix} {d.between(110, 9890)}", (stop, leaves), (goal, lands)))
        leaves = d.later(lands, 50, 260)
    bags = d.maybe(60, d.between(0, 3))
    shared = {"carrier": d.maybe(70, carrier), "cabin": d.maybe(70, cabin), "checked_bags": bags}
    return {
        "record_locator": d.shape("??#?#?"),
        "traveller": d.person().name,
        "booked_on": d.maybe(70, days_after(start, -d.between(2, 160))),
        "special_services": d.maybe(45, d.some(unseen_schemas.services, 1, 2)),
        "refundable": d.maybe(70, d.pick((True, False))),
        "legs": [{"flight_number": leg["flight_number"], **shared, **leg} for leg in legs],
        "fare": _fare(d, len(legs)),
    }


def _leg(d: Draw, number: str, start: tuple[str, datetime.datetime], end: tuple[str, datetime.datetime]) -> Record:
    return {
        "flight_number": number,
        "departure": {
            "from_airport": start[0],
            "departs_at": _scheduled(d, start[1]),
            "gate": d.maybe(45, f"{d.pick('ABCDE')}{d.between(1, 48)}"),
        },
        "arrival": {
            "to_airport": end[0],
            "arrives_at": _scheduled(d, end[1]),
            "terminal": d.maybe(45, f"T{d.between(1, 5)}"),
        },
    }


def _fare(d: Draw, flights: int) -> Record:
    seats, charges = flights * d.price(49, 640), flights * d.decimal(1450, 8900, 2)
    bags = d.maybe(55, d.price(18, 130))
    return {
        "base_fare": seats,
        "airport_charges": charges,
        "bag_fees": bags,
        "fare_total": seats + charges + (bags or 0),
    }


def greenhouse_plan(d: Draw) -> Record:
    opens = datetime.datetime(d.year, d.between(1, 4), d.between(1, 28))
    bays = [_bay(d, name, opens) for name in d.some(unseen_schemas.bays, 1, 3)]
    watering = {"litres_per_day": 10 * d.between(6, 190), "reuses_rainwater": d.maybe(75, d.pick((True, False)))}
    spent = sum((row["seed_cost"] for bay in bays for row in bay["plantings"]), Decimal(0))
    return {
        "plan_code": d.key("GH", 4),
        "head_gardener": d.person().name,
        "season_opens": days_after(opens, 0),
        "season_closes": d.maybe(75, days_after(opens, d.between(120, 270))),
        "pesticide_free": d.maybe(70, d.pick((True, False))),
        "pollinators": d.maybe(50, d.some(unseen_schemas.pollinators, 1, 3)),
        "irrigation": d.maybe(60, watering),
        "bays": bays,
        "seed_spend": spent,
    }


def _bay(d: Draw, name: str, opens: datetime.datetime) -> Record:
    day = d.decimal(180, 285, 1)
    climate = {
        "daytime_warmth": day,
        "night_warmth": d.maybe(70, day - d.decimal(20, 80, 1)),
        "air_moisture": d.maybe(60, d.between(45, 88)),
    }
    crops = d.some(tuple(unseen_schemas.crops), 1, 2)
    return {
        "bay_label": name,
        "climate": d.maybe(65, climate),
        "plantings": [_planting(d, crop, opens) for crop in crops],
    }


def _planting(d: Draw, crop: str, opens: datetime.datetime) -> Record:
    return {
        "crop": crop,
        "variety": d.maybe(65, d.pick(unseen_schemas.crops[crop])),
        "tray_count": d.between(2, 48),
        "sown_on": d.maybe(65, days_after(opens, d.between(0, 75))),
        "seed_cost": d.decimal(240, 9600, 2),
    }
