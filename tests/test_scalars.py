"""Numbers, booleans and other scalars as people write them."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paperlib.data.scalars import numbers_in, parse_boolean, parse_number, parse_scalar


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("12", 12), ("-3.50", -3.5), ("USD 1,200", 1200), ("1.234,5 EUR", 1234.5), ("3 000 m", 3000), ("12,5", 12.5),
        ("-$40", -40), ("7%", 7), ("2e3", 2000.0), ("1,2345", 1.2345),
        ("(5.20)", -5.2), ("USD -3", -3), ("-EUR 5", -5), ("PO-4711", 4711), ("(approx.) 12", 12), ("- about 12", 12),
    ],
)  # fmt: skip
def test_numbers_as_people_write_them(text: str, number: float) -> None:
    assert parse_number(text) == number


def test_everything_that_may_be_a_number_in_prose() -> None:
    assert numbers_in("1,200 of type B12 at -5 from 3-4") == {1200, 1, 200, -5, 3, 4}
    assert numbers_in("9" * 400) == set()


@given(st.one_of(st.booleans(), st.integers(-(10**12), 10**12), st.floats(-1e9, 1e9).map(lambda x: round(x, 3))))
def test_reading_what_was_read_changes_nothing(value: Any) -> None:
    kind = {bool: "boolean", int: "integer", float: "number"}[type(value)]
    once = parse_scalar(f"{value:f}" if kind == "number" else str(value), {"type": kind})
    again = parse_scalar(f"{once:f}" if kind == "number" else str(once), {"type": kind})
    assert once == value
    assert again == once
    assert not isinstance(value, bool) or parse_boolean(str(value)) is value
