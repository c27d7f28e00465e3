"""Labels are no part of a value."""

from typing import Any

import pytest

from paperlib.data.schemas import schema_of
from paperlib.decoding.extraction.labels import without_labels
from paperlib.decoding.extraction.windows import Annotated, Leaf, unwrap

STRING = {"type": "string"}


def cut(text: str, properties: dict[str, Any], **values: str) -> Any:
    known = schema_of({"type": "object", "properties": properties}, "s", "s")
    answer: Annotated = {
        name: Leaf(value, (text.index(value), text.index(value) + len(value)), 0.9) for name, value in values.items()
    }
    found = without_labels(answer, known, text)
    for leaf in unwrap(found)[1].values():
        assert leaf.place
        assert " ".join(text[slice(*leaf.place)].split()) == leaf.value
    return unwrap(found)[0]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("delivery_note", "DELIVERY NOTE DN-7"),
        ("deliveryNote", "Delivery note: DN-7"),
        ("order_number", "Order-Number #DN-7"),
        ("order_number", "Order number DN-7"),
    ],
)
def test_the_name_of_a_field_before_its_value_goes(name: str, text: str) -> None:
    assert cut(text, {name: STRING}, **{name: text}) == {name: "DN-7"}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("hotel", "Hotel Meridian"),
        ("delivery_note", "DELIVERY NOTE"),
        ("delivery_note", "DN-7"),
        ("order_number", "Orders 7"),
        ("street_name", "Street Namesake 4"),
        ("credit_union", "Credit Union of Texas"),
    ],
)
def test_what_is_no_label_stays(name: str, text: str) -> None:
    assert cut(text, {name: STRING}, **{name: text}) == {name: text}


def test_a_label_stays_where_the_schema_asks_for_it() -> None:
    options = {"enum": ["delivery note DN-7", "other"]}
    assert cut("delivery note DN-7", {"delivery_note": options}, delivery_note="delivery note DN-7") == {
        "delivery_note": "delivery note DN-7"
    }


def test_the_field_that_follows_is_cut_off_with_its_label() -> None:
    text = "Property: Lot 14, Block C, Harrow Creek"
    fields = {"lot": STRING, "block": STRING}
    assert cut(text, fields, lot="Lot 14, Block C, Harrow Creek", block="C") == {"lot": "Lot 14", "block": "C"}


def test_a_word_like_a_label_whose_value_stands_elsewhere_is_no_label() -> None:
    text = "12 Park Lane, State Street corner; Ohio"
    fields = {"street": STRING, "state": STRING}
    assert cut(text, fields, street="12 Park Lane, State Street corner", state="Ohio") == {
        "street": "12 Park Lane, State Street corner",
        "state": "Ohio",
    }


def test_a_sign_is_no_part_of_a_label() -> None:
    assert cut("Exit code -1", {"exit_code": STRING}, exit_code="Exit code -1") == {"exit_code": "-1"}


def test_a_label_on_either_side_goes() -> None:
    text = "LOT NO 14, Block C"
    assert cut(text, {"lot_no": STRING, "block": STRING}, lot_no=text, block="C") == {"lot_no": "14", "block": "C"}


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("1 Main St, State College, PA", "state", "PA"),
        ("Meeting moved, date is now 12 May", "date", "12 May"),
        ("Screen flickers, model X200 overheats", "model", "X200"),
    ],
)
def test_a_word_of_a_sentence_is_no_label(text: str, name: str, value: str) -> None:
    assert cut(text, {"note": STRING, name: STRING}, **{"note": text, name: value}) == {"note": text, name: value}
