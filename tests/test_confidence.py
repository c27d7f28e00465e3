"""The probability of each leaf: of its own tokens, wherever they stand in the answer."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paperlib.data.leaves import json_pointer, leaves
from paperlib.data.predictions import Token
from paperlib.decoding.confidence import leaf_places, leaf_probabilities

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(json_values, st.sampled_from([None, 2]))
def test_every_leaf_is_found_where_it_is_written(value: object, indent: int | None) -> None:
    text = " " + json.dumps(value, indent=indent, ensure_ascii=False) + " and more"
    found = {pointer: json.loads(text[start:end]) for pointer, (start, end) in leaf_places(text).items()}
    assert found == {json_pointer(*path): leaf for path, leaf in leaves(value)}


def test_a_leaf_is_as_probable_as_all_its_tokens() -> None:
    pieces = [' {"', "a", '": "', "x", "", "ß", '", "b', '": ', "1", "2", "}"]
    tokens = [
        Token(piece, math.log(p)) for piece, p in zip(pieces, [0.9] * 3 + [0.5] * 3 + [1, 1, 0.4, 0.5, 1], strict=True)
    ]
    found = leaf_probabilities("".join(pieces), tokens)
    assert found == {"/a": pytest.approx(0.9 * 0.5**3), "/b": pytest.approx(0.2)}


def test_a_token_that_was_forced_says_nothing_of_what_a_model_held() -> None:
    pieces = ["{", '"a": ', "1", "2", ", ", '"b": ', "5", "}"]
    forced = [False, True, False, True, True, True, True, True]
    tokens = [Token(piece, math.log(0.5), forced=one) for piece, one in zip(pieces, forced, strict=True)]
    found = leaf_probabilities("".join(pieces), tokens)
    assert found == {"/a": pytest.approx(0.5), "/b": pytest.approx(0.5)}  # all of /b is forced, and counts


def test_the_first_tokens_say_how_sure_a_model_was_to_fill_a_field() -> None:
    pieces = ['{"a": ', '"', "long", " ", "text", '"', "}"]
    tokens = [Token(piece, math.log(0.5)) for piece in pieces]
    assert leaf_probabilities("".join(pieces), tokens, 2) == {"/a": pytest.approx(0.25)}
    assert leaf_probabilities("".join(pieces), tokens) == {"/a": pytest.approx(0.5**5)}
