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
    rows = Grounding(text).table(items, {})
    return rows and [row.values for row in rows]


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
        "Last part | End qty\nBX | 4",  # one word in common is not enough
        "Part number,Order qty\nBX-1,4\nBX-2,many",
        "",
    ],
)
def test_what_is_not_sure_is_left_to_the_model(text: str) -> None:
    assert read(text) is None


def test_a_table_ends_at_a_blank_line_or_a_total() -> None:
    lines = "Part number,Order qty\nBX-1,4\nBX-2,5\n"
    rows = [{"part_number": "BX-1", "orderQty": 4}, {"part_number": "BX-2", "orderQty": 5}]
    assert read(lines + "Total,9\n") == rows
    assert read(lines + "\nBest regards, Ana") == rows
    assert read(lines + "\nSee you, 7") == rows


def test_the_best_match_of_head_and_field_comes_first() -> None:
    fields = {"unit_price": {"type": "number"}, "price": {"type": "number"}, "part": {}}
    items = {"properties": fields, "required": ["price", "part"]}
    assert read("Part   Price\nBX-1   2.50", items) == [{"price": 2.5, "part": "BX-1"}]


def test_quotes_are_no_part_of_a_cell_and_units_have_to_be_the_fields() -> None:
    items = {
        "properties": {"name": {"type": "string"}, "height_cm": {"type": "number"}},
        "required": ["name", "height_cm"],
    }
    assert read('Name,Height\n"Bolt, long",12 cm', items) == [{"name": "Bolt, long", "height_cm": 12}]
    assert read("Name,Height\nBolt,5.9 ft", items) is None


def test_a_table_is_read_for_the_one_array_that_it_can_be() -> None:
    def note(**properties: Any) -> Any:
        return schema_of({"type": "object", "properties": properties}, "note", "here")

    array, one = {"type": "array", "items": ITEM}, [{"part_number": "BX-1", "orderQty": 4}]
    text = "Part number   Order Qty\nBX-1          4\nBX-2         50"
    assert not passes({"ordered": one}, [note(ordered=array)], text)
    assert passes({"ordered": one, "returned": []}, [note(ordered=array, returned=array)], text)
    nested = {"type": "array", "items": {"type": "object", "properties": {"lines": array}}}
    assert passes({"orders": [{"lines": one}]}, [note(orders=nested)], text)


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


RESULTS = {
    "type": "object",
    "properties": {
        "pos": {"type": "integer"},
        "name": {"type": "string"},
        "time": {"type": "number"},
        "bib": {"type": "integer"},
    },
    "required": ["pos", "time"],
}
RACE = "Pos\tAthlete\tClub\tTime\n1\tAda Lund\tOak\t55.1\n2\tBo Kern\tElm\t56.5\n"


def test_an_optional_field_may_be_any_column_that_no_field_is_named_like() -> None:
    rows = Grounding(RACE).table(RESULTS, {})
    assert rows is not None
    assert [one.values for one in rows] == [{"pos": 1, "time": 55.1}, {"pos": 2, "time": 56.5}]
    assert [one.open for one in rows] == [{"name": ["Ada Lund", "Oak"]}, {"name": ["Bo Kern", "Elm"]}]


@pytest.mark.parametrize("layout", ["line", "indented"])
def test_the_rest_of_such_a_row_is_left_to_the_model(layout: str) -> None:
    schema = schema_of({"type": "object", "properties": {"rows": {"type": "array", "items": RESULTS}}}, "s", "s")
    first, second = {"pos": 1, "name": "Ada Lund", "time": 55.1}, {"pos": 2, "time": 56.5}
    assert passes({"rows": [first, second]}, [schema], RACE, layout)
    assert not passes({"rows": [first]}, [schema], RACE, layout)
    assert not passes({"rows": [{**first, "name": "Bo Kern"}, second]}, [schema], RACE, layout)


def test_quotes_inside_a_cell_are_part_of_it() -> None:
    items = {"properties": {"item": {"type": "string"}, "qty": {"type": "integer"}}, "required": ["item", "qty"]}
    assert read('item\tqty\nMonitor 24" LED\t3', items) == [{"item": 'Monitor 24" LED', "qty": 3}]
    assert read('| item | qty |\n|---|---|\n| Pipe 1/2" | 4 |', items) == [{"item": 'Pipe 1/2"', "qty": 4}]
    assert read('item,qty\n"Pipe 3/4"" steel",5', items) is None  # the text has no part that is its value


@pytest.mark.parametrize(
    "last",
    ["BX-3, long,12", "BX-3,1,200", "\nPart number,Order qty\nBX-3,9"],
)
def test_a_row_that_does_not_fit_leaves_the_table_to_the_model(last: str) -> None:
    assert read(f"Part number,Order qty\nBX-1,4\nBX-2,5\n{last}\n") is None


def test_a_last_line_with_a_number_may_be_a_row() -> None:
    items = {"properties": {"item": {"type": "string"}, "price": {"type": "number"}}, "required": ["item", "price"]}
    lines, rows = "Item          Price\nMilk          1.20\n", [{"item": "Milk", "price": 1.2}]
    assert read(lines + "Organic bananas 1.95", items) is None
    assert read(lines + "Total amount payable 3.15", items) == rows
    assert read(lines + "Thank you for shopping with us", items) == rows


def test_a_table_that_two_arrays_could_hold_is_left_to_the_model() -> None:
    arrays = {
        "shipped": {"type": "array", "items": ITEM},
        "backordered": {"type": "array", "items": {**ITEM, "properties": {**ITEM["properties"], "eta": {}}}},
    }
    note = schema_of({"type": "object", "properties": arrays, "required": [*arrays]}, "note", "here")
    text = "Part number   Order Qty\nBX-1          4\n\nBackordered: none."
    assert passes({"shipped": [{"part_number": "BX-1", "orderQty": 4}], "backordered": []}, [note], text)
