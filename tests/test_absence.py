"""Values that a text does not say are taken back, as far as the schema permits it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paperlib.data.readings.nothing import says_nothing
from paperlib.data.schemas import Schema, schema_of
from paperlib.decoding.extraction.absence import without_absent
from paperlib.decoding.extraction.answer_checks import check
from paperlib.decoding.extraction.windows import Annotated, Leaf, unwrap

STRING, NUMBER = {"type": "string"}, {"type": "number"}
BELOW = 0.5


def schema(properties: dict[str, Any], *required: str) -> Schema:
    return schema_of({"type": "object", "properties": properties, "required": list(required)}, "s", "s")


def sure(value: Any) -> Leaf:
    return Leaf(value, None, 0.9, presence=0.9)


def unsure(value: Any, presence: float = 0.1) -> Leaf:
    return Leaf(value, None, presence, presence=presence)


def left(answer: Annotated, known: Schema, text: str = "") -> Any:
    return unwrap(without_absent(answer, known, text, BELOW)[0])[0]


def test_what_is_improbable_becomes_null_or_is_left_out() -> None:
    nullable = {"type": ["string", "null"]}
    known = schema({"a": STRING, "b": nullable, "c": STRING, "d": nullable}, "c", "d")
    answer: Annotated = {"a": unsure("x"), "b": unsure("x"), "c": unsure("x"), "d": unsure("x")}
    assert left(answer, known) == {"b": None, "c": "x", "d": None}
    assert left({"a": sure("x"), "c": sure("x"), "d": sure("x")}, known) == {"a": "x", "c": "x", "d": "x"}


def test_what_is_left_out_is_told() -> None:
    _, warnings = without_absent({"a": unsure(7), "b": sure(8)}, schema({"a": NUMBER, "b": NUMBER}), "", BELOW)
    assert warnings == ["/a: 7 has a probability of 0.1, and is left out"]


def test_items_leave_their_array_unless_it_would_be_too_short() -> None:
    known = schema({"tags": {"type": "array", "items": STRING, "minItems": 1}})
    assert left({"tags": [unsure("a"), sure("b"), unsure("c")]}, known) == {"tags": ["b"]}
    at_least_two = schema({"tags": {"type": "array", "items": STRING, "minItems": 2}}, "tags")
    assert left({"tags": [unsure("a"), sure("b")]}, at_least_two) == {"tags": ["a", "b"]}


def test_an_object_goes_only_with_all_its_leaves() -> None:
    place = {"type": "object", "properties": {"book": STRING, "page": STRING}, "required": ["book", "page"]}
    known = schema({"place": {"anyOf": [place, {"type": "null"}]}}, "place")
    assert left({"place": {"book": unsure("a"), "page": unsure("b")}}, known) == {"place": None}
    assert left({"place": {"book": unsure("a"), "page": sure("b")}}, known) == {"place": {"book": "a", "page": "b"}}


def test_an_object_that_has_to_stay_loses_what_it_can() -> None:
    inner = {"type": "object", "properties": {"a": STRING, "b": STRING}, "required": ["a"]}
    answer: Annotated = {"x": {"a": unsure("a"), "b": unsure("b")}}
    assert left(answer, schema({"x": inner}, "x")) == {"x": {"a": "a"}}


def test_the_answer_itself_stays() -> None:
    assert left({"a": unsure("a")}, schema({"a": STRING})) == {}
    assert left([unsure("a")], schema_of({"type": "array", "items": STRING}, "s", "s")) == []
    assert left(unsure("a"), schema_of(STRING, "s", "s")) == "a"


def test_a_phrase_of_absence_is_no_value_however_probable() -> None:
    known = schema({"block": STRING, "note": {"type": ["string", "null"]}, "kept": STRING}, "block")
    answer: Annotated = {"block": sure("not recorded"), "note": sure("N/A"), "kept": sure("None Such Ltd")}
    found, _ = without_absent(answer, known, "", 0)
    assert unwrap(found)[0] == {"note": None, "kept": "None Such Ltd"}
    assert check(unwrap(found)[0], known).missing == ["/block"]


def test_what_the_model_all_but_ruled_out_is_missing_even_where_it_is_demanded() -> None:
    known = schema({"a": STRING, "b": NUMBER}, "a", "b")
    answer: Annotated = {"a": unsure("the cat slept", 0.0001), "b": unsure(7, 0.01)}
    found, warnings = without_absent(answer, known, "", BELOW)
    assert unwrap(found)[0] == {"b": 7}
    assert warnings == ["/a: 'the cat slept' has a probability of 0.0001, and is left out"]
    assert unwrap(without_absent(answer, known, "", 0)[0])[0] == {"a": "the cat slept", "b": 7}


def test_an_alternative_keeps_what_makes_it_one() -> None:
    card = {"type": "object", "properties": {"card": STRING, "bank": STRING}, "required": ["card", "bank"]}
    known = schema({"paid": {"oneOf": [card, {"type": "number"}]}}, "paid")
    answer: Annotated = {"paid": {"card": sure("n/a"), "bank": unsure("x", 0.0001)}}
    assert left(answer, known) == {"paid": {"card": "n/a", "bank": "x"}}


def test_an_option_that_is_called_none_is_a_value() -> None:
    known = schema({"pain": {"enum": ["none", "mild"]}, "level": {"const": "unknown"}})
    assert left({"pain": sure("none"), "level": sure("unknown")}, known) == {"pain": "none", "level": "unknown"}


def test_a_number_with_the_unit_of_its_field_is_no_invention() -> None:
    text = "Temp 37.9°C, pulse 88"
    known = schema({"temperature_c": {"type": ["number", "null"]}, "pulse": {"type": ["number", "null"]}})
    answer: Annotated = {
        "temperature_c": Leaf(37.9, (5, 9), 0.01, presence=0.01),
        "pulse": Leaf(88, (19, 21), 0.01, presence=0.01),
    }
    assert left(answer, known, text) == {"temperature_c": 37.9, "pulse": None}


def test_what_is_improbable_as_a_whole_may_be_there_all_the_same() -> None:
    long = Leaf("a long text", None, 0.0001, presence=0.8)
    assert left({"a": long}, schema({"a": STRING})) == {"a": "a long text"}


def test_cells_of_a_row_and_places_of_a_tuple_do_not_move() -> None:
    rows = schema({"rows": {"type": "array", "items": {"type": "array", "items": STRING}}})
    assert left({"rows": [[sure("a"), unsure("-"), sure("c")]]}, rows) == {"rows": [["a", "-", "c"]]}
    pair = schema({"at": {"type": "array", "prefixItems": [NUMBER, NUMBER]}}, "at")
    assert left({"at": [unsure(1.5), sure(2.5)]}, pair) == {"at": [1.5, 2.5]}


def test_invented_items_of_a_demanded_array_go() -> None:
    item = {"type": "object", "properties": {"n": STRING, "p": NUMBER}, "required": ["n", "p"]}
    known = schema({"items": {"type": "array", "items": item}}, "items")
    assert left({"items": [{"n": unsure("a"), "p": unsure(1)}, {"n": unsure("b"), "p": unsure(2)}]}, known) == {
        "items": []
    }
    nullable = {
        "type": "object",
        "properties": {"n": STRING, "p": {"type": ["number", "null"]}},
        "required": ["n", "p"],
    }
    known = schema({"items": {"type": "array", "items": nullable}}, "items")
    assert left({"items": [{"n": unsure("a"), "p": Leaf(None, None, 1.0)}]}, known) == {"items": []}


def test_an_option_stays_where_it_is_demanded() -> None:
    known = schema({"pain": {"enum": ["none", "mild"]}, "kind": {"const": "invoice"}}, "pain", "kind")
    assert left({"pain": unsure("none", 0.3), "kind": unsure("invoice", 0.0001)}, known) == {
        "pain": "none",
        "kind": "invoice",
    }


def test_a_short_phrase_of_absence_is_no_option() -> None:
    assert left({"code": sure("n/a")}, schema({"code": {"type": "string", "maxLength": 3}})) == {}


@pytest.mark.parametrize(
    "text",
    [
        "none",
        "N/A",
        "n.a.",
        "Not recorded.",
        "(none)",
        "unknown",
        "--",
        "TBD",
        "keine Angabe",
        "k.A.",
        "néant",
        "ningún",
        "nie dotyczy",
        "未定",
        *("記載なし", "記入なし", "特になし", "未記入", "該当無し", "ありません"),
        *("不适用", "未提供", "暂无", "无数据", "不明"),
        *("해당 없음", "해당없음", "미상", "정보 없음", "없음", "ไม่ระบุ", "ไม่มี", "ไม่มีข้อมูล", "ไม่ทราบ"),
        *("нет данных", "неизвестно", "Не указано", "отсутствует", "нет", "немає", "невідомо", "не вказано"),
        *("yok", "Belirtilmemiş", "bilinmiyor", "saknas", "ej angivet", "ingen", "ukendt", "ikke oplyst", "ukjent"),
        *("neuvedeno", "není", "nincs", "ismeretlen", "ei ole", "tuntematon", "ei tiedossa"),
        *("Not yet known", "not known yet", "not yet determined", "yet to be confirmed", "n/k", "non applicable"),
        *("no aplica", "nicht bekannt", "noch nicht bekannt", "pas encore connu", "non noto", "N.N."),
    ],
)
def test_phrases_of_absence(text: str) -> None:
    assert says_nothing(text)


@pytest.mark.parametrize(
    "text",
    [
        "Nones",
        "not recorded yet by Ana",
        "Nielsen",
        "a-b",
        "0",
        "/",
        ".",
        "Na",
        "NA",
        "Nil",
        "Null",
        "unavailable",
        "keiner da",
        *("NK", "NN", "Not", "Yet", "Yok Su", "Inga", "Ingen Berg", "Net", "ej", "Ei", "nic"),
        *("記載", "無印", "無名", "梨なし子", "없", "미", "미정이"),
    ],
)
def test_other_phrases_say_something(text: str) -> None:
    assert not says_nothing(text)


values = st.text("ab", max_size=2) | st.integers(0, 3) | st.none() | st.just("n/a")
leaves = st.builds(Leaf, values, st.none(), st.floats(0, 1), st.none(), st.sampled_from((0.0001, 0.1, 0.9)))
answers = st.recursive(
    leaves, lambda below: st.lists(below, max_size=3) | st.dictionaries(st.text("xyz", max_size=1), below)
)
schemas = st.sampled_from(
    [
        {"type": "object"},
        {"properties": {"x": STRING, "y": {"type": ["number", "null"]}}, "required": ["x"]},
        {"type": "array", "minItems": 1, "items": {"type": "object", "required": ["x"]}},
    ]
)


@given(answers, schemas, st.floats(0, 1))
def test_no_answer_gets_worse(answer: Annotated, body: dict[str, Any], below: float) -> None:
    known = schema_of(body, "s", "s")
    found, _ = without_absent(answer, known, "", below)
    value, before = unwrap(found)[0], unwrap(answer)[0]
    taken = [leaf for leaf in unwrap(answer)[1].values() if leaf.presence < 0.001 or says_nothing(str(leaf.value))]
    assert check(value, known).total <= check(before, known).total + len(taken)
