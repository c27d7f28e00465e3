"""Recombined examples: in the form of the given ones, readable from their texts, made of training data alone."""

import json
import re

import pytest

from paperlib.core.errors import DataError
from paperlib.data.examples import Example
from paperlib.data.label_lines import follows_published_form, write_published
from paperlib.data.label_parser import parse_label_lines
from paperlib.data.schemas import Schema, Schemas
from paperlib.training.augmentation import recombination

BODY = {
    "type": "object",
    "properties": {
        "order_id": {"type": "string"},
        "items": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"name": {"type": "string"}, "price": {"type": "number"}, "note": {"type": "string"}},
                "required": ["name"],
            },
        },
        "paid": {"type": "boolean"},
        "tags": {"type": "array", "items": {"type": "string"}},
        "place": {"type": "object", "properties": {"city": {"type": "string"}, "room": {"type": "integer"}}},
    },
}
SCHEMAS = Schemas(order=Schema("order", "Order", "simple", BODY))
ID = "2b441d12-532a-447f-9128-6916fd508f47"
ANSWERS = [
    {"order_id": ID, "items": [{"name": "Lamp", "price": 12.5}, {"name": "Rug", "note": "red"}], "paid": True},
    {"order_id": ID, "items": [{"name": "Bowl", "price": 7.0}], "tags": ["gift", "blue"]},
    {"order_id": "none yet", "paid": False, "place": {"city": "Ulm", "room": 31}, "tags": ["late"]},
]


def example(number: int) -> Example:
    text = write_published(ANSWERS[number], "An Order", "Please read the order.")
    return Example(f"e{number}", "order", "simple", "train", "published", text, ANSWERS[number])


GIVEN = [example(number) for number in range(3)]


def test_a_record_is_written_line_by_line_under_its_labels() -> None:
    assert GIVEN[2].text == (
        "An Order\n\nOrder Id: none yet\nPaid: False\nPlace:\n  City: Ulm\n  Room: 31\nTags:\n  late\n\n"
        "Please read the order."
    )
    assert all(map(follows_published_form, GIVEN))


def test_every_answer_can_be_read_from_its_text() -> None:
    made = recombination.recombine(GIVEN, SCHEMAS, 200)
    assert [parse_label_lines(e.text, BODY) for e in made] == [e.answer for e in made]
    assert all(e.split == "train" and e.tier == "simple" for e in made)
    assert len({e.id for e in made}) == 200
    assert not {e.text for e in made} & {e.text for e in GIVEN}


def test_parts_come_from_several_records_and_words_from_the_given_ones() -> None:
    made = recombination.recombine(GIVEN, SCHEMAS, 200)
    words = {word for e in GIVEN for word in re.findall("[A-Za-z]{3,}", e.text)}
    for e in made:
        assert set(re.findall("[A-Za-z]{3,}", e.text.replace(str(e.answer["order_id"]), ""))) <= words
    names = [[item["name"] for item in e.answer.get("items", [])] for e in made]
    assert ["Lamp", "Bowl"] in names or ["Bowl", "Rug"] in names, "no array mixes the items of two records"
    assert len({e.answer["order_id"] for e in made}) > 50, "identifiers repeat"


def test_numbers_keep_their_form() -> None:
    rooms = [e.answer["place"]["room"] for e in recombination.recombine(GIVEN, SCHEMAS, 100) if "place" in e.answer]
    assert len(set(rooms)) > 5
    assert all(isinstance(room, int) and 0 <= room <= 99 for room in rooms)


def test_one_seed_gives_one_list_and_a_longer_list_begins_with_the_shorter() -> None:
    rows = [json.dumps(e.row()) for e in recombination.recombine(GIVEN, SCHEMAS, 30, seed=1)]
    assert rows == [json.dumps(e.row()) for e in recombination.recombine(GIVEN, SCHEMAS, 40, seed=1)][:30]
    assert rows != [json.dumps(e.row()) for e in recombination.recombine(GIVEN, SCHEMAS, 30, seed=2)]


def test_texts_of_another_form_are_refused() -> None:
    prose = Example("p", "order", None, "train", "", "The order is paid.", {"paid": True})
    with pytest.raises(DataError, match="none of 1 examples"):
        recombination.recombine([prose], SCHEMAS, 1)
    assert recombination.recombine([prose], SCHEMAS, 0) == []


def test_records_that_no_text_states_are_refused() -> None:
    answer = {"items": [{}, {}]}
    hidden = Example("h", "order", None, "train", "", write_published(answer, "An Order", "End."), answer)
    with pytest.raises(DataError, match="can be read from its text"):
        recombination.recombine([hidden], SCHEMAS, 1)
