"""What is JSON: texts of every class that RFC 8259 decides or leaves open, and the JSON parsing test suite if there."""

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paperlib.core import paths
from paperlib.core.strict_json import NotJSONError, parse_strict

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
JSON = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=12)

ACCEPTED: tuple[tuple[bytes, Any], ...] = (
    (b"null", None),
    (b' "text alone" ', "text alone"),
    (b"-0", 0),
    (b"[0.1E+2, 3e-1]", [10.0, 0.3]),
    (b"\t[\r\n]\n", []),
    (b'{"": {}}', {"": {}}),
    (b'{"a": 1, "b": 2, "a": 3}', {"a": 3, "b": 2}),
    (rb'"\"\\\/\b\f\n\r\t\u0041\u00E9"', '"\\/\b\f\n\r\tAé'),
    (rb'"\uD83D\uDE00"', "😀"),
    (rb'"\\ud800"', r"\ud800"),
    (rb'"\u0000\uffff"', "\0\uffff"),
    ('"\u2028\u007f\U0010ffff"'.encode(), "\u2028\u007f\U0010ffff"),
    (b'"]}[{"', "]}[{"),
    # Left open by RFC 8259:
    (b"1e-9999", 0.0),
    (b"123456789012345678901234567890", 123456789012345678901234567890),
    (b"1" + b"0" * 308, 10**308),
    (b"[" * 200 + b"]" * 200, json.loads("[" * 200 + "]" * 200)),
    (b"[" + b"[]," * 500 + b"[]]", [[]] * 501),
    (b'"' + b"[" * 500 + b'"', "[" * 500),
)

REFUSED: tuple[tuple[bytes, str, int | None], ...] = (
    (b"", "Expecting value", 0),
    (b" \n", "Expecting value", 2),
    (b"[] []", "Extra data", 3),
    (b"[]]", "Extra data", 2),
    (b"[1,]", "", None),
    (b"[,1]", "Expecting value", 1),
    (b"[1 2]", "Expecting ',' delimiter", 3),
    (b'{"a": 1,}', "", None),
    (b'{"a" 1}', "Expecting ':' delimiter", 5),
    (b"{a: 1}", "Expecting property name", 1),
    (b"{'a': 1}", "Expecting property name", 1),
    (b'{"a": 1', "Expecting ',' delimiter", 7),
    (b'["a', "Unterminated string", 1),
    (b'["\x00"]', "Invalid control character", 2),
    (b'["\n"]', "Invalid control character", 2),
    (rb'"\x41"', "Invalid", 1),
    (rb'"\u00G0"', "Invalid", 2),
    (rb'"\u_123"', "Invalid", 2),
    (b'"\\', "", None),
    (b"01", "Extra data", 1),
    (b"1.", "Extra data", 1),
    (b".5", "Expecting value", 0),
    (b"+1", "Expecting value", 0),
    (b"1e", "Extra data", 1),
    (b"0x1", "Extra data", 1),
    (b"1_000", "Extra data", 1),
    ("１".encode(), "Expecting value", 0),
    (b"[True]", "Expecting value", 1),
    (b"nul", "Expecting value", 0),
    (b"[1] // one", "Extra data", 4),
    (b"/* none */ 1", "Expecting value", 0),
    (b"\xc2\xa01", "Expecting value", 0),
    (b"\x0c1", "Expecting value", 0),
    (b'["NaN", NaN]', "NaN is not JSON", 8),
    (b"Infinity", "Infinity is not JSON", 0),
    (b"[1,\n -Infinity]", "-Infinity is not JSON", 5),
    (b"-NaN", "Expecting value", 0),
    # Left open by RFC 8259:
    (b'["1e9999", 1e9999]', "a number is beyond the largest double", 11),
    (b"-1e9999", "a number is beyond the largest double", 0),
    (b"[" + b"1" * 310 + b"]", "a number is beyond the largest double", 1),
    (b"1" * 5000, "a number is beyond the largest double", 0),
    (rb'["a", "\ud800"]', "half of a surrogate pair", 6),
    (rb'{"\udfff": 0}', "half of a surrogate pair", 1),
    (rb'"\ude00\ud83d"', "half of a surrogate pair", 0),
    (b'["\xed\xa0\x80"]', "not UTF-8", 2),
    (b'"\xc0\xaf"', "not UTF-8", 1),
    (b'"\xf4\x90\x80\x80"', "not UTF-8", 1),
    (b'"\xe2\x82', "not UTF-8", 1),
    ('"é"'.encode("latin-1"), "not UTF-8", 1),
    ('["é", "'.encode() + b"\xff", "not UTF-8", 7),
    ('{"é": 1}'.encode("utf-16"), "not UTF-8", 0),
    ('{"a": 1}'.encode("utf-16-le"), "Expecting property name", 1),
    ("[]".encode("utf-32-be"), "Expecting value", 0),
    (b"\xef\xbb\xbf{}", "a byte order mark", 0),
    (b"[" * 201 + b"]" * 201, "nested deeper than 200", 200),
    (b'{"a":' * 201 + b"1" + b"}" * 201, "nested deeper than 200", 1000),
    (b'["[[["' + b",[" * 200 + b"]" * 201, "nested deeper than 200", 405),
    (b"[" * 1_000_000, "nested deeper than 200", 200),
    (b"[" * 1_000_000 + b"]" * 1_000_000, "nested deeper than 200", 200),
)

# The suite's texts that RFC 8259 leaves open, names without "i_" and ".json", by our reason.
LEFT_OPEN = {
    "": "number_double_huge_neg_exp number_real_underflow number_too_big_neg_int number_too_big_pos_int "
    "number_very_big_negative_int",
    "a number is beyond the largest double": "number_huge_exp number_neg_int_huge_exp number_pos_double_huge_exp "
    "number_real_neg_overflow number_real_pos_overflow",
    "half of a surrogate pair": "object_key_lone_2nd_surrogate string_1st_surrogate_but_2nd_missing "
    "string_1st_valid_surrogate_2nd_invalid string_incomplete_surrogate_and_escape_valid "
    "string_incomplete_surrogate_pair string_incomplete_surrogates_escape_valid string_invalid_lonely_surrogate "
    "string_invalid_surrogate string_inverted_surrogates_U+1D11E string_lone_second_surrogate",
    "not UTF-8": "string_UTF-16LE_with_BOM string_utf16BE_no_BOM string_utf16LE_no_BOM string_UTF-8_invalid_sequence "
    "string_UTF8_surrogate_U+D800 string_invalid_utf-8 string_iso_latin_1 string_lone_utf8_continuation_byte "
    "string_not_in_unicode_range string_overlong_sequence_2_bytes string_overlong_sequence_6_bytes "
    "string_overlong_sequence_6_bytes_null string_truncated-utf-8",
    "a byte order mark": "structure_UTF-8_BOM_empty_object",
    "nested deeper than 200": "structure_500_nested_arrays",
}


def decide(data: bytes) -> str:
    """The empty string where ``data`` is accepted, else the reason against it."""
    try:
        parse_strict(data)
    except NotJSONError as error:
        return error.reason
    return ""


@pytest.mark.parametrize(("data", "value"), ACCEPTED, ids=range(len(ACCEPTED)))
def test_json_is_accepted(data: bytes, value: Any) -> None:
    found = parse_strict(data)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(("data", "reason", "offset"), REFUSED, ids=range(len(REFUSED)))
def test_all_else_is_refused_with_its_place(data: bytes, reason: str, offset: int | None) -> None:
    """Where no offset is given, Python's versions differ."""
    with pytest.raises(NotJSONError) as caught:
        parse_strict(data)
    assert caught.value.reason.startswith(reason)
    assert caught.value.offset is not None
    assert offset is None or caught.value.offset == offset


def test_the_message_counts_lines_and_columns_from_1() -> None:
    with pytest.raises(NotJSONError, match=r"^NaN is not JSON: line 2 column 5 \(char 10\)$"):
        parse_strict('["é",\n 1, NaN]'.encode())


@given(JSON, st.booleans(), st.sampled_from([None, 1]))
def test_what_python_writes_is_read(value: Any, ascii_only: bool, indent: int | None) -> None:
    text = json.dumps(value, ensure_ascii=ascii_only, indent=indent)
    found = parse_strict(text.encode())
    assert found == value
    assert json.dumps(found) == json.dumps(value)  # 1, 1.0 and true are equal to Python


@given(st.from_regex(r"-?[0-9]{1,4}(\.[0-9]{1,3})?([eE][+-]?[0-9]{1,3})?", fullmatch=True))
def test_a_number_is_finite_and_exact_if_whole(text: str) -> None:
    whole, leading_zero = set(text) <= set("-0123456789"), text.lstrip("-")[:2].isdigit() and text.lstrip("-")[0] == "0"
    if decide(text.encode()):
        assert leading_zero or math.isinf(float(text))
    else:
        assert parse_strict(text.encode()) == (int(text) if whole else float(text))


def test_the_json_parsing_test_suite_is_decided() -> None:
    root = paths.data_root()
    if root is None or not (folder := root / "json_test_suite").is_dir():
        pytest.skip("PAPERLIB_DATA names no folder that holds json_test_suite/")
    reasons = {path.stem: decide(path.read_bytes()) for path in folder.glob("*.json")}
    assert [sum(name.startswith(kind) for name in reasons) for kind in ("y_", "n_", "i_")] == [95, 188, 35]
    assert [name for name, reason in reasons.items() if name.startswith("y_") and reason] == []
    assert [name for name, reason in reasons.items() if name.startswith("n_") and not reason] == []
    expected = {f"i_{name}": reason for reason, names in LEFT_OPEN.items() for name in names.split()}
    assert {name: reason for name, reason in reasons.items() if name.startswith("i_")} == expected
