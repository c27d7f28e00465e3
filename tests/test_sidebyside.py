"""Both values line by line: what is marked, and that every fault of the diagnosis is, on lines that hold it."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from paperlib.data.leaves import equal
from paperlib.evaluation.error_analysis.side_by_side import LINES, MOST, Row, as_text, cut, rows, table_rows, unified
from paperlib.evaluation.failures import Fault, diagnose

SCALARS = st.none() | st.booleans() | st.integers(-3, 3) | st.text("ab1 ", max_size=6)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("xyz"), inner, max_size=3),
    max_leaves=8,
)


def lines(answer: Any, expected: Any) -> list[Row]:
    return list(rows(answer, expected, diagnose(answer, expected, "").faults))


def test_a_wrong_leaf_stands_opposite_the_expected_one() -> None:
    assert unified(lines({"b": 2, "a": "x"}, {"a": 1, "b": 2, "c": [3]})).splitlines() == [
        "  {",
        '-   "a": 1,',
        '+   "a": "x",',
        '    "b": 2,',
        '-   "c": [',
        "-     3",
        "-   ]",
        "  }",
    ]


def test_each_side_of_a_wrong_leaf_is_marked_and_says_the_kind() -> None:
    html = table_rows(lines({"a": "Bathouse", "new": 1}, {"a": "Boathouse", "gone": 2}))
    altered, omitted, added = (line for line in html.splitlines() if "title" in line)
    assert '"a"'.replace('"', "&quot;") in altered
    assert '<ins title="altered">&quot;B<b>o</b>athouse&quot;</ins>' in altered
    assert '<del title="altered">&quot;Bathouse&quot;</del>' in altered
    assert '<ins title="omission">2</ins>' in omitted
    assert '<del title="omission"><i>missing</i></del>' in omitted
    assert '<ins title="addition"><i>not expected</i></ins>' in added
    assert '<del title="addition">1</del>' in added
    assert [line.count(sign) for line, sign in ((altered, "≠ "), (omitted, "− "), (added, "+ "))] == [2, 2, 2]


def test_items_stand_beside_their_partners_and_their_order_is_told() -> None:
    one, two = {"id": 1, "name": "kite"}, {"id": 2, "name": "planter"}
    found = lines([two, {**one, "name": "kit"}], [one, two])
    assert [row.fault.expected for row in found if row.fault] == ["kite"]
    assert found[0].order == "order: items 2, 1"
    assert unified(found).startswith("- [\n+ [  (order: items 2, 1)\n")
    assert '<del title="order">order: items 2, 1</del>' in table_rows(found)


def test_an_object_in_place_of_a_string_is_marked_whole() -> None:
    html = table_rows(lines({"a": {"b": 1}}, {"a": "x"}))
    assert html.count('<del title="structure">') == 3  # {, "b": 1 and }
    assert html.count('<ins title="structure">') == 1


def test_hostile_keys_and_values_are_text() -> None:
    evil = {"<script>": "</pre><script>alert('1')</script>\u202e\x1b[2J"}
    html = table_rows(lines(evil, {"<script>": "fine & good"}))
    assert "<script" not in html
    assert "&lt;script&gt;" in html
    assert "&amp; good" in html
    assert not {"\u202e", "\x1b"} & set(html)
    assert "\\u202e" in html


def test_long_values_and_many_lines_are_cut_with_their_number() -> None:
    assert as_text("x" * 1000) == '"' + "x" * (MOST - 1) + f"… ({1002 - MOST} characters left out)"
    assert cut("a" * 10 + "b" * 5, 3, 2) == "aaa… (10 characters left out) bb"
    assert cut("abc", 3) == "abc"
    many = lines(list(range(1000)), list(range(1000)))
    assert f"({1002 - LINES} lines left out)" in unified(many)
    assert table_rows(many).count("<tr>") == LINES + 1


@settings(deadline=None)
@given(JSON, JSON)
def test_every_fault_is_marked_where_it_stands(answer: Any, expected: Any) -> None:
    faults = diagnose(answer, expected, "").faults
    found = list(rows(answer, expected, faults))
    marked: list[Fault] = []
    for row in found:
        if row.fault and not (marked and marked[-1] is row.fault):
            marked.append(row.fault)
    assert tuple(marked) == faults
    for row in found:
        for line, value in (
            (row.expected, row.fault and row.fault.expected),
            (row.answer, row.fault and row.fault.answer),
        ):
            if row.fault and line and not isinstance(value, dict | list):
                assert line.value == json.dumps(value)


@settings(deadline=None)
@given(JSON, JSON)
def test_each_side_reads_as_its_value(answer: Any, expected: Any) -> None:
    """The answer's side in another order of items, so here its own value stands on both."""
    left = "".join(str(row.expected) for row in lines(answer, expected) if row.expected)
    assert equal(json.loads(left), expected)
    same = lines(answer, answer)
    assert {row.sign for row in same} == {" "}
    assert equal(json.loads("".join(str(row.answer) for row in same)), answer)
