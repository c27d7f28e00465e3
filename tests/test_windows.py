"""Long texts: windows cover them, and merging keeps every record once and invents none."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paperlib.decoding.extraction.evidence import Evidence
from paperlib.decoding.extraction.windows import Leaf, Window, halves, merge, unwrap, windows, within_limits
from paperlib.decoding.text_grounding import NO_HINTS

ROWS = [f"{n:03} bolt-{n} {n * 7 % 50 + 1} pcs" for n in range(200)]


@given(st.text(st.sampled_from("ab .\n"), min_size=1, max_size=3000), st.integers(150, 900))
def test_cores_divide_the_text_and_windows_fit(text: str, most: int) -> None:
    found = windows(text, lambda part: len(part) <= most)
    assert [one.begin for one in found] == [0, *(one.until for one in found[:-1])]
    assert found[-1].until == len(text)
    for one in found:
        assert one.start <= one.begin <= one.until <= one.end
        assert one.end - one.start <= most


def test_a_text_that_fits_is_one_window() -> None:
    assert windows("Ana", lambda part: True) == [Window(0, 3, 0, 3)]
    with pytest.raises(ValueError, match="not even short parts"):
        windows("a" * 500, lambda part: False)


def test_windows_end_between_lines() -> None:
    text = "\n".join(ROWS)
    for one in windows(text, lambda part: len(part) < 900)[:-1]:
        assert text[one.until - 1] == "\n"
        assert text[one.end - 1] == "\n"


@pytest.mark.parametrize("most", [400, 777, 1500])
def test_no_row_of_a_table_is_lost_or_doubled(most: int) -> None:
    """Each window answers with all rows that it has whole, and with the beginning of one that its end cuts off."""
    text = "Delivery note 7\n" + "\n".join(ROWS)
    answers = []
    for window in windows(text, lambda part: len(part) <= most):
        part = window.part(text)
        starts = {row: part.index(row) for row in ROWS if row in part}
        rows = [Leaf(row, window.place((start, start + len(row))), 1.0) for row, start in starts.items()]
        answers.append((window, {"note": Leaf(7 if "note 7" in part else None, None, 1.0), "rows": rows}))
    value, leaves = unwrap(merge(answers))
    assert value == {"note": 7, "rows": ROWS}
    assert [text[slice(*leaves[f"/rows/{i}"].place or ())] for i in range(200)] == ROWS


def test_of_several_values_the_most_probable_is_kept_and_null_gives_way() -> None:
    first = {"a": Leaf("x", (2, 3), 0.4), "b": Leaf(None, None, 0.9), "tags": [Leaf("gym", None, 0.5)]}
    then = {
        "a": Leaf("y", (8, 9), 0.6),
        "b": Leaf(3, None, 0.1),
        "tags": [Leaf(tag, None, 0.5) for tag in ("gym", "spa")],
    }
    value, leaves = unwrap(merge([(Window(0, 10, 0, 8), first), (Window(6, 20, 8, 20), then)]))
    assert value == {"a": "y", "b": 3, "tags": ["gym", "spa"]}
    assert leaves["/a"] == Leaf("y", (8, 9), 0.6)


def test_a_window_that_begins_in_a_table_reads_its_head_as_well() -> None:
    text = "Stock list\n\nPart   Qty\n" + "".join(f"B-{n:03}    {n}\n" for n in range(100)) + "\nThe end.\n"
    found = windows(text, lambda part: len(part) < 300)
    assert len(found) > 3
    assert found[0].head is None
    for one in found[1:-1]:
        part = one.part(text)
        assert part.startswith("Part   Qty\nB-")
        inside = part.index("B-")
        assert text[slice(*one.place((inside, inside + 5)))] == part[inside : inside + 5]
        assert text[slice(*one.place((0, 4)))] == "Part"


def test_a_window_is_divided_into_halves_with_the_same_core() -> None:
    text = "\n".join(ROWS)
    (whole,) = windows(text, lambda part: True)
    one, other = halves(text, whole)
    assert (one.begin, one.until, other.until) == (0, other.begin, len(text))
    assert one.end > one.until
    assert other.start < other.begin
    assert halves("short", Window(0, 5, 0, 5)) == [Window(0, 5, 0, 5)]


def test_a_value_that_stands_elsewhere_as_well_does_not_move_its_item() -> None:
    """The currency of every row stands in the head alone, and all names in the first line."""
    text = "Prices in EUR\n" + "\n".join(ROWS)
    answers = []
    for window in windows(text, lambda part: len(part) <= 700):
        part = window.part(text)
        rows: list[Any] = []
        for row in ROWS:
            if row in part:
                at = part.index(row)
                leaves = {"row": (at, at + len(row)), "n": (at, at + 3), "currency": (10, 13)}
                rows.append({key: Leaf(part[slice(*place)], window.place(place), 1.0) for key, place in leaves.items()})
        answers.append((window, rows))
    value, _ = unwrap(merge(answers))
    assert [row["row"] for row in value] == ROWS


def test_a_merged_array_holds_no_more_than_its_schema_permits() -> None:
    def words(*probabilities: float) -> list[Any]:
        return [Leaf(f"word {number}", None, probability) for number, probability in enumerate(probabilities)]

    tags = {"type": "array", "items": {"type": "string"}, "maxItems": 2}
    gps = {"type": "array", "prefixItems": [{"type": "number"}, {"type": "number"}], "items": False}
    schema = {"type": "object", "properties": {"tags": tags, "gps": gps, "all": {"type": "array"}}}
    answer = {"tags": words(0.9, 0.2, 0.3, 0.8), "gps": words(0.1, 0.2, 0.9), "all": words(0.1, 0.2, 0.3)}
    value, _ = unwrap(within_limits(answer, schema))
    assert value == {
        "tags": ["word 0", "word 3"],
        "gps": ["word 0", "word 1"],
        "all": ["word 0", "word 1", "word 2"],
    }


def test_equal_values_stand_in_places_of_their_own() -> None:
    assert Evidence("min 5, max 5", NO_HINTS).places({"min": 5, "max": 5}) == {"/min": (4, 5), "/max": (11, 12)}
    once = Evidence("Ana Ruiz signs.", NO_HINTS).places({"author": "Ana Ruiz", "signer": "Ana Ruiz"})
    assert once == {"/author": (0, 8), "/signer": (0, 8)}


def test_a_value_does_not_stand_inside_a_word() -> None:
    text = "The following printer is broken: take 400mg at 東京駅."
    places = Evidence(text, NO_HINTS).places({"priority": "low", "unit": "mg", "city": "東京"})
    assert {pointer: text[slice(*place)] for pointer, place in places.items()} == {"/unit": "mg", "/city": "東京"}
