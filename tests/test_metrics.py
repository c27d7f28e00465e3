"""The metrics, on examples worked by hand."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paperlib.core.errors import PaperlibError
from paperlib.data.examples import Example, Tier
from paperlib.data.leaf_alignment import LeafCounts
from paperlib.data.predictions import Prediction
from paperlib.data.schemas import Schema, Schemas
from paperlib.evaluation.metrics import (
    MEASURES,
    canonical,
    compliance,
    edit_similarity,
    field_f1,
    json_exact,
    normalised_f1,
    schema_valid,
    score,
)
from paperlib.evaluation.summary import summarise

NOTE = Schema(
    "note",
    "Note",
    "simple",
    {
        "type": "object",
        "properties": {"when": {"type": "string", "format": "date"}, "price": {"multipleOf": 0.01}},
        "required": ["when"],
        "additionalProperties": False,
    },
)


RECORDS = st.dictionaries(st.sampled_from("abcd"), st.integers(0, 2))


def example(id: str, answer: Any, schema_id: str = "note", tier: Tier | None = "simple") -> Example:
    return Example(id, schema_id, tier, "test", "", "text", answer)


def prediction(id: str, output: str, stop: Any = "value") -> Prediction:
    return Prediction(id, output, 5, 5, stop, 0.1)


@pytest.mark.parametrize(
    ("answer", "expected", "equal"),
    [
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, True),
        ({"a": 1}, {"a": 1.0}, True),
        ({"a": True}, {"a": 1}, False),
        ({"a": 0}, {"a": False}, False),
        ({"a": "1"}, {"a": 1}, False),
        ({"a": None}, {}, False),
        ({"a": None}, {"a": None}, True),
        ([1, 2], [2, 1], False),
        ([1, 2], [1, 2, 2], False),
        ({"a": [{"b": True}]}, {"a": [{"b": True}]}, True),
        ({"a": [{"b": True}]}, {"a": [{"b": 1}]}, False),
        ({"a": "x "}, {"a": "x"}, False),
        ({}, [], False),
    ],
)
def test_json_exact(answer: Any, expected: Any, equal: bool) -> None:
    assert json_exact(answer, expected) is equal
    assert json_exact(expected, answer) is equal


@pytest.mark.parametrize(
    ("answer", "expected", "f1"),
    [
        ({"a": 1, "b": 2}, {"a": 1, "b": 2}, 1),
        ({"a": 1, "b": 3}, {"a": 1, "b": 2}, 1 / 2),  # precision 1/2, recall 1/2
        ({"a": 1}, {"a": 1, "b": 2, "c": 3}, 1 / 2),  # precision 1, recall 1/3
        ({"a": 1, "b": 2, "c": 3, "d": 4}, {"a": 1}, 2 / 5),  # precision 1/4, recall 1
        ({"a": {"b": 1, "c": 2}}, {"a": {"b": 1, "c": 3}}, 0),  # one wrong leaf costs the branch
        ({"a": True}, {"a": 1}, 0),
        ({}, {}, 1),
        ({}, {"a": 1}, 0),
        ([{"a": 1}], {"a": 1}, 0),
        ([1], [1], 1),
    ],
)
def test_field_f1(answer: Any, expected: Any, f1: float) -> None:
    assert field_f1(answer, expected) == pytest.approx(f1)


@given(RECORDS, RECORDS)
def test_field_f1_is_symmetric_and_1_exactly_for_equal_objects(one: dict[str, int], other: dict[str, int]) -> None:
    assert field_f1(one, other) == field_f1(other, one)
    assert (field_f1(one, other) == 1) is json_exact(one, other)


@pytest.mark.parametrize(
    ("answer", "valid"),
    [
        ({"when": "2024-02-29"}, True),
        ({"when": "2023-02-29"}, False),  # formats are checked
        ({}, False),
        ({"when": "2024-02-29", "other": 1}, False),
        ({"when": "2024-02-29", "price": 1.15}, True),  # as written: 1.15 / 0.01 is not whole in binary
        ({"when": "2024-02-29", "price": 1.155}, False),
        ({"when": "2024-02-29", "price": 10**400}, True),
        ({"when": "2024-02-29", "\ud800": 1}, False),  # half of a surrogate pair: the validator cannot read it
        ([], False),
    ],
)
def test_schema_valid(answer: Any, valid: bool) -> None:
    assert schema_valid(answer, NOTE) is valid


@pytest.mark.parametrize(
    ("answer", "expected", "complies"),
    [
        ({"a": 1, "b": "x"}, {"a": 2, "b": "y"}, True),
        ({"a": 1.5}, {"a": 2}, True),
        ({"a": True}, {"a": 1}, False),
        ({"a": 1}, {"a": True}, False),
        ({"a": None}, {"a": 1}, False),
        ({"a": {"x": 1}}, {"a": {"y": "z"}}, True),
        ({"a": []}, {"a": {}}, False),
        ({"a": 1}, {"a": 1, "b": 2}, False),
        ({"a": 1, "b": 2}, {"a": 1}, True),
        ({}, {}, True),
        ([{"a": 1}], {"a": 1}, False),
        ([1], [1], True),
    ],
)
def test_compliance_as_published(answer: Any, expected: Any, complies: bool) -> None:
    assert compliance(answer, expected) is complies


@pytest.mark.parametrize(
    ("answer", "expected", "similarity"),
    [
        ({"b": 1.0, "a": "é"}, {"a": "é", "b": 1}, 1),
        ({"a": 12}, {"a": 13}, 7 / 8),  # {"a":12}: one character of eight
        ({"a": 1}, {"a": 1, "b": 2}, 7 / 13),  # six characters to add
        ({"a": True}, {"a": 1}, 6 / 10),  # 1 becomes true: four edits, ten characters
        ([], {}, 0),
    ],
)
def test_edit_similarity(answer: Any, expected: Any, similarity: float) -> None:
    assert edit_similarity(answer, expected) == pytest.approx(similarity)


SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
JSON = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8)
SMALL = st.recursive(
    st.sampled_from([0, 1, 1.0, -0.0, 0.5, True, False, None, "", "1", 10**20, 1e20]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("ab"), inner, max_size=2),
    max_leaves=4,
)


@given(SMALL, SMALL)
def test_canonical_texts_are_equal_exactly_where_the_values_are(one: Any, other: Any) -> None:
    assert (canonical(one) == canonical(other)) is json_exact(one, other)
    assert (edit_similarity(one, other) == 1) is json_exact(one, other)


@given(JSON)
def test_the_canonical_text_is_the_value(value: Any) -> None:
    assert json_exact(json.loads(canonical(value)), value)


def test_a_score_holds_every_metric() -> None:
    example_ = Example("e", "note", "simple", "test", "", "Kite 12.50", {"name": "Kite", "price": 12.5, "tags": []})
    outputs = {
        "exact": '{"name": "Kite", "price": 12.5, "tags": []}',
        "altered": '{"name": "Kites", "price": 12.5, "tags": ["a"]}',
        "cut off": '{"name": "Kite", "price": 12.5, "ta',
    }
    exact, altered, cut = (score([example_], [prediction("e", output)], {})[0] for output in outputs.values())
    assert (exact.failure, exact.faults, exact.leaves, exact.compliance) == ("exact", {}, LeafCounts(3, 3, 3), True)
    assert exact.edit_similarity == 1
    assert (altered.failure, altered.faults) == ("addition", {"altered": 1, "addition": 1})
    assert (altered.leaves, altered.compliance) == (LeafCounts(1, 3, 3), True)
    assert altered.edit_similarity == pytest.approx(
        1 - 4 / 42
    )  # s and "a" in {"name":"Kites","price":12.5,"tags":["a"]}
    assert (cut.failure, cut.faults, cut.leaves, cut.compliance) == ("syntax", {}, LeafCounts(0, 0, 3), False)
    assert 0.5 < cut.edit_similarity < 1
    assert altered.row()["leaves"] == {"right": 1, "answer": 3, "expected": 3}


def test_score_reads_outputs_in_the_order_of_the_data() -> None:
    examples = [example("a", {"when": "2024-01-01"}), example("b", {"when": "2024-01-02"}), example("c", {})]
    predictions = [
        prediction("c", "sorry", "cap"),
        prediction("b", '{"when": "2024-01-03"}'),
        prediction("a", 'It is {"when": "2024-01-01"}.', "eos"),
    ]
    scores = score(examples, predictions, Schemas(note=NOTE))
    assert [(s.id, s.json_exact, s.field_f1, s.schema_valid, s.error, s.stop) for s in scores] == [
        ("a", True, 1.0, True, None, "eos"),
        ("b", False, 0.0, True, None, "value"),
        ("c", False, 0.0, False, "no object", "cap"),
    ]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda p: p[:1], r"predictions: no answer to 7 of 8 examples \(b1, b2, b3, b4, b5, …\)"),
        (lambda p: [*p, p[2]], "predictions: id 'b2' occurs twice"),
        (lambda p: [*p, prediction("x", "{}")], r"predictions: 1 of 9 answer no example of the data \(x\)"),
    ],
)
def test_predictions_that_do_not_match_the_data_are_named(change: Callable[[Any], Any], told: str) -> None:
    examples = [example(f"b{i}", {}) for i in range(8)]
    with pytest.raises(PaperlibError, match=told):
        score(examples, change([prediction(e.id, "{}") for e in examples]), {})


def test_a_blind_set_cannot_be_scored() -> None:
    with pytest.raises(PaperlibError, match=r"1 of 1 examples hold no answer \(a\)"):
        score([example("a", None)], [prediction("a", "{}")], {})


def test_summary_has_every_group_with_its_counts() -> None:
    examples = [
        example("a", {"n": 1}),
        example("b", {"n": 1}, tier="complex"),
        example("c", {"n": 1}, schema_id="other", tier=None),
        example("d", {"n": 1, "m": 1}, schema_id="other", tier=None),
    ]
    outputs = ['{"n": 1}', '{"n": 2}', '{"n": 1}', '{"n": 1, "m": 2}']
    predictions = [prediction(e.id, output) for e, output in zip(examples, outputs, strict=True)]
    scores = score(examples, predictions, {"note": NOTE})
    rows = {(m.metric, m.group, m.name): m for m in summarise(scores, MEASURES)}
    exact = {key[1:]: (m.k, m.n) for key, m in rows.items() if key[0] == "json_exact"}
    assert exact == {
        ("overall", "all"): (2, 4),
        ("tier", "simple"): (1, 1),
        ("tier", "complex"): (0, 1),
        ("tier", "none"): (1, 2),
        ("schema", "note"): (1, 2),
        ("schema", "other"): (1, 2),
    }
    whole = rows["field_f1", "overall", "all"]
    assert (whole.value, whole.k, whole.n, whole.interval) == (pytest.approx(2.5 / 4), None, 4, "clustered wilson")
    assert rows["json_exact", "overall", "all"].interval == "clustered wilson"
    assert rows["json_exact", "schema", "note"].interval == "wilson"  # one schema: no spread between schemas
    assert all(m.low <= m.value <= m.high for m in rows.values())
    # Only note has a schema: validity is of its two answers, and no group without one has a row.
    valid = {key[1:]: (m.k, m.n) for key, m in rows.items() if key[0] == "schema_valid"}
    assert valid == {
        ("overall", "all"): (0, 2),
        ("tier", "simple"): (0, 1),
        ("tier", "complex"): (0, 1),
        ("schema", "note"): (0, 2),
    }


def test_without_schemas_validity_is_not_reported() -> None:
    summary = summarise(score([example("a", {})], [prediction("a", "{}")], {}), MEASURES)
    assert {m.metric for m in summary} == set(MEASURES) - {"schema_valid"}


@pytest.mark.parametrize(
    ("answer", "expected", "score"),
    [
        ({"a": "12 Mill Rd., YORK"}, {"a": "12, MILL RD\nYORK"}, 1.0),
        ({"a": ["x-y"], "b": 2.0}, {"a": ["X Y"], "b": 2}, 1.0),
        ({"a": "12.50"}, {"a": "125.0"}, 1.0),  # what the measure does not see
        ({"a": "York"}, {"a": "Yorck"}, 0.0),
        ({"a": "Straße"}, {"a": "STRASSE"}, 1.0),
        ({"a": "1"}, {"a": 1}, 0.0),
        ({}, {}, 1.0),
    ],
)
def test_case_spacing_and_punctuation_are_forgiven_within_strings(answer: Any, expected: Any, score: float) -> None:
    assert normalised_f1(answer, expected) == score


def test_leaves_of_known_probability_are_kept_with_the_score() -> None:
    answer = Prediction(
        "x", '{"when": "2026-01-02", "price": 3}', 5, 5, "eos", 0.1, confidence={"/when": 0.9, "/price": 0.4}
    )
    (found,) = score([example("x", {"when": "2026-01-02", "price": 4})], [answer], Schemas({"note": NOTE}))
    assert found.row()["sure"] == [[0.9, True], [0.4, False]]
    assert found.fields == (1, 2, 2)
    (found,) = score([example("x", {"when": "2026-01-02"})], [prediction("x", "{}")], Schemas({"note": NOTE}))
    assert "sure" not in found.row()
