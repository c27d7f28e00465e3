"""What of an answer its text states, worked out by hand."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paperlib.baselines.text_recoverability import IndexedText, recoverable_answer, unrecoverable_leaves
from paperlib.benchmark.edgejson import generate
from paperlib.core import paths
from paperlib.core.errors import PaperlibError
from paperlib.data.examples import Example, Tier
from paperlib.data.leaves import json_pointer, leaves
from paperlib.data.third_party import load_named


def example(text: str, answer: Any, id_: str = "1", tier: Tier | None = None) -> Example:
    return Example(id_, "note", tier, "train", "", text, answer)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("seen in  Port Of\nCork", "port of cork"),
        ("Status: in progress", "in_progress"),
        ("costs $1,200.50 today", 1200.5),
        ("costs 1.200,50 EUR", 1200.5),
        ("at -4 degrees", -4),
        ("up 12.5 %", 0.125),
        ("up 12.5%", 12.5),
        ("Gift: Yes", True),
        ("lights off", False),
        ("met on 3 March 2021", "2021-03-03"),
        ("met on March 3, 2021", "2021-03-03"),
        ("met on 03/03/2021", "2021-03-03"),
        ("met on 3 March 2021 at 2:05 pm", "2021-03-03T14:05:00"),
        ("nothing is said", None),
    ],
)
def test_shown(text: str, value: Any) -> None:
    assert IndexedText(text).shows(value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("seen in Corkscrew", "Cork"),
        ("costs 1200", 1201),
        ("type B12", 12),
        ("at 4 degrees", -4),
        ("nobody knows", False),
        ("met on 3 March 2021", "2021-03-04"),
        ("met on 3 March 2021", "2021-03-03T14:05:00"),
        ("", "x"),
    ],
)
def test_not_shown(text: str, value: Any) -> None:
    assert not IndexedText(text).shows(value)


def test_lost_leaves_are_named_with_the_reason() -> None:
    text = "Name: Gull\nExtra:\nSails:\n  Name: jib"
    answer = {"name": "Gull", "state": "new", "extra": {}, "more": {}, "sails": [{}, {"name": "jib"}]}
    assert unrecoverable_leaves(example(text, answer)) == {
        "/state": "not in the text",
        "/more": "leaves no trace",
        "/sails/0": "leaves no trace",
    }


def test_every_empty_object_needs_a_heading_of_its_own() -> None:
    answer = {"one": {"extra": {}}, "two": {"extra": []}}
    assert not unrecoverable_leaves(example("One:\n  Extra:\nTwo:\n  Extra:", answer))
    assert unrecoverable_leaves(example("One:\n  Extra:\nTwo:", answer)).keys() == {"/two/extra"}


def test_bare_bullets_show_empty_items_and_an_empty_answer_needs_no_trace() -> None:
    assert not unrecoverable_leaves(example("Sails:\n  -\n  - Name: jib", {"sails": [{}, {"name": "jib"}]}))
    assert not unrecoverable_leaves(example("good morning", {}))


@pytest.mark.parametrize(
    ("answer", "recoverable"),
    [
        ({"price": 10, "count": 3, "total": 30}, True),
        ({"price": 10, "count": 3, "total": 13}, True),
        ({"price": 10, "count": 3, "total": 31}, False),
        ({"items": [{"price": 10, "count": 3}, {"price": 2.5, "count": 2}], "total": 35}, True),
        ({"items": [{"price": 10}, {"price": 2.5}], "sum": 12.5}, True),
        ({"items": ["price", "count"], "how_many": 2}, True),
        ({"items": [{"price": 10}, {"price": 2.5}], "sum": 99}, False),
        ({"total": 30}, False),
    ],
)
def test_one_step_of_arithmetic(answer: Any, recoverable: bool) -> None:
    assert (not unrecoverable_leaves(example("price 10 count 3, price 2.5 count 2.0", answer))) is recoverable


def test_an_example_without_an_answer_is_named() -> None:
    with pytest.raises(PaperlibError, match="blind-1"):
        recoverable_answer(example("a", None, "blind-1"))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(max_size=5), children, max_size=3),
    max_leaves=8,
)


@given(st.text(max_size=60), st.dictionaries(st.text(max_size=5), JSON, max_size=3))
def test_no_text_and_no_answer_raises(text: str, answer: Any) -> None:
    found = unrecoverable_leaves(example(text, answer))
    assert found.keys() <= {json_pointer(*path) for path, _ in leaves(answer)}
    assert found == unrecoverable_leaves(example(text, answer))


def test_our_texts_show_every_leaf_that_has_a_span() -> None:
    for e in generate(120, 40, 5):
        assert not unrecoverable_leaves(e).keys() & {span.pointer for span in e.spans}, e.id


def test_the_published_training_texts_hold_answers_that_leave_no_trace() -> None:
    root = paths.data_root()
    if root is None or not (root / "edgejson_v3").is_dir():
        pytest.skip("PAPERLIB_DATA names no folder that holds edgejson_v3/")
    found = [unrecoverable_leaves(e) for e in load_named("edgejson_v3")]
    assert (sum("leaves no trace" in lost.values() for lost in found), len(found)) == (24, 629)
    assert 573 <= sum(not lost for lost in found) < 629  # no fewer than a plain parser gets right


def test_the_recoverable_answer_lacks_what_is_lost_and_nothing_else() -> None:
    answer = {"name": "Ann", "a/b": "unsaid", "rows": [{"n": 1}, {}, {"n": 2}], "in": {"x": "unsaid"}}
    example = Example("e", "s", None, "test", "", "name: Ann\nrows\n- n: 1\n- n: 2", answer)
    assert recoverable_answer(example) == {"name": "Ann", "rows": [{"n": 1}, {"n": 2}], "in": {}}
