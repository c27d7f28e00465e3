"""Tables are read by rule, row by row and cell by cell, or left to the model."""

import json
from typing import Any

import pytest
from test_constrained import passes

from paperlib.data.schemas import schema_of
from paperlib.decoding.text_grounding import Grounding

ITEM = {
    "type": "object",
    "properties": {
        "part_number": {"type": "string"},
        "orderQty": {"type": "integer"},
        "unit_price": {"type": ["number", "null"]},
        "in_stock": {"type": "boolean"},
        "shipped_on": {"type": "string", "format": "date"},
    },
    "required": ["part_number", "orderQty"],
}
SPACED = """Delivery note 77
Part number   Order Qty     Unit Price   In stock
BX-1                  4           2.50   yes
a long  one          12                  no
BX-3                  1         n/a      Yes

Thank you for your order."""
ROWS = [
    {"part_number": "BX-1", "orderQty": 4, "unit_price": 2.5, "in_stock": True},
    {"part_number": "a long one", "orderQty": 12, "unit_price": None, "in_stock": False},
    {"part_number": "BX-3", "orderQty": 1, "unit_price": None, "in_stock": True},
]
MARKDOWN = """| Order qty | Part Number | Shipped on |
|---|---|---|
| 1,200 | BX-1 | 3 May 2026 |
| 7 | BX,2 | 2026-05-04 |
"""


def read(text: str, items: Any = ITEM) -> Any:
    return Grounding(text).table(items, {})


def test_cells_belong_to_the_head_above_them() -> None:
    assert read(SPACED.replace("a long  one ", "a long one  ")) == ROWS


def test_markdown_dates_and_thousands() -> None:
    assert read(MARKDOWN) == [
        {"part_number": "BX-1", "orderQty": 1200, "shipped_on": "2026-05-03"},
        {"part_number": "BX,2", "orderQty": 7, "shipped_on": "2026-05-04"},
    ]


@pytest.mark.parametrize("mark", ["\t", ";", ", ", " | "])
def test_columns_may_be_divided_by_any_mark_and_stand_in_any_order(mark: str) -> None:
    lines = [["Colour", "Order qty", "Part number"], ["red", "3", "BX-1"], ["", "12", "BX-2"]]
    text = "Dear all,\nas promised\n" + "\n".join(mark.join(line) for line in lines) + "\n\nBest, Ana"
    assert read(text) == [{"part_number": "BX-1", "orderQty": 3}, {"part_number": "BX-2", "orderQty": 12}]


@pytest.mark.parametrize(
    "text",
    [
        "no table at all\n   \n\t\nbelow white space",
        "Part number   Colour\nBX-1          red",  # a required field has no column
        "Part number   Order Qty\nBX-1          many",  # a cell is none of its field's values
        "Part number   Order Qty\nBX-1          1\nsee overleaf\nBX-2          2",  # two parts
        "Part number   Order Qty",
        "Qty   Qty   Part number\n1     2     BX-1",  # which of the two?
        "",
    ],
)
def test_what_is_not_sure_is_left_to_the_model(text: str) -> None:
    assert read(text) is None


def test_arrays_of_other_things_are_no_tables() -> None:
    assert read(MARKDOWN, {"type": "string"}) is None
    nested = {"properties": {"part_number": {}, "rows": {"type": "array"}}}
    assert read(MARKDOWN, nested) is None
    assert read(MARKDOWN, {"anyOf": [ITEM, {"properties": {"x": {}}}]}) is None


@pytest.mark.parametrize("layout", ["line", "indented"])
def test_the_rows_are_all_that_an_array_of_them_may_hold(layout: str) -> None:
    body = {"type": "object", "properties": {"items": {"type": "array", "items": ITEM}}, "required": ["items"]}
    schema, text = schema_of(body, "note", "here"), "Part number   Order Qty\nBX-1          4\nBX-2         50"
    rows = [{"part_number": "BX-1", "orderQty": 4}, {"part_number": "BX-2", "orderQty": 50}]
    assert passes({"items": rows}, [schema], text, layout)
    for wrong in ([], rows[:1], rows * 2, [rows[0], {"part_number": "BX-2", "orderQty": 4}]):
        assert not passes({"items": wrong}, [schema], text, layout), json.dumps(wrong)
