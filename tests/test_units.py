"""A number in another unit than its field's is not its value."""

from typing import Any

import pytest
from test_constrained import passes

from paperlib.data.readings.numbers import number_readings
from paperlib.data.readings.units import unit_of_name, unit_of_number
from paperlib.data.schemas import schema_of


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        *(("temperature_c", "°C"), ("bodyTempF", "°F"), ("option_c", None), ("c", None), ("vitamin_c", None)),
        *(("height_cm", "cm"), ("weightKg", "kg"), ("dose_mg", "mg"), ("price_usd", "USD"), ("total_eur", "EUR")),
        *(("pulse_bpm", "/min"), ("respirations_per_min", "/min"), ("age_years", "y"), ("discount_percent", "%")),
        *(("duration_ms", "ms"), ("due_days", "d"), ("percent", "%"), ("file_size_mb", "MB"), ("speed_kmh", "km/h")),
        *(("total", None), ("quantity", None), ("min", None), ("title", None), ("items", None), ("", None)),
    ],
)
def test_the_name_of_a_field_may_end_in_a_unit(name: str, unit: str | None) -> None:
    assert unit_of_name(name) == unit


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("19 y/o, 2 days", ["y", "d"]),
        ("100.2°F (37.9°C)", ["°F", "°C"]),
        ("pulse 88/min, 16 bpm", ["/min", "/min"]),
        ("$389,500 or USD 120.50 or 3 EUR", ["USD", "USD", "EUR"]),
        ("400mg, 5 kg, 70 kilos", ["mg", "kg", "kg"]),
        ("278 kilowatt-hours, 5 mg/l, 3 m-high", ["kWh", None, None]),
        ("7 items, room 14, 3 kings", [None, None, None]),
        ("1.5 h, 90 minutes, a 5-minute walk", ["h", "min", "min"]),
    ],
)
def test_a_text_may_give_its_numbers_units(text: str, units: list[str | None]) -> None:
    certain = [one for one in number_readings(text) if not one.ambiguous]
    assert [unit_of_number(text, one.start, one.end) for one in certain] == units


VISIT = "19 y/o, temp 100.2°F (37.9°C), pulse 88/min, SpO2 97%, bed 4"


@pytest.mark.parametrize(
    ("field", "right", "wrong"),
    [
        ("temperature_c", [37.9, 4], [100.2, 88, None]),
        ("temperature_f", [100.2, 4], [37.9]),
        ("temperature", [37.9, 100.2, 88, 4], [38]),
        ("height_cm", [4], [97, 19, 88]),  # the only number without a unit
    ],
)
def test_numbers_of_another_unit_are_ruled_out(field: str, right: list[Any], wrong: list[Any]) -> None:
    body = {"type": "object", "properties": {field: {"type": "number"}}, "required": [field]}
    schema = schema_of(body, "visit", "here")
    assert [value for value in right if not passes({field: value}, [schema], VISIT)] == []
    assert [value for value in wrong if passes({field: value}, [schema], VISIT)] == []


def test_where_every_number_has_another_unit_there_is_none() -> None:
    body = {"type": "object", "properties": {"height_cm": {"type": ["number", "null"]}}, "required": ["height_cm"]}
    schema = schema_of(body, "visit", "here")
    assert passes({"height_cm": None}, [schema], "pulse 88/min")
    assert not passes({"height_cm": 88}, [schema], "pulse 88/min")


def test_a_factor_after_a_currency_is_no_unit() -> None:
    for text in ("$5M", "$5 MM", "$5k", "€3.5m"):
        assert unit_of_number(text, 0, len(text)) == unit_of_number(text[:2], 0, 2), text
