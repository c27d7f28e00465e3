"""What `paperlib extract` reads, and what it says of an answer that lacks something."""

import io
from pathlib import Path

import pytest

from paperlib.core.errors import DataError
from paperlib.data.schemas import schema_of
from paperlib.decoding.extraction.answer_checks import Findings, check
from paperlib.decoding.extraction.texts import read_argument


def test_a_file_an_argument_and_standard_input_are_read_alike(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "Grüße\naus Köln"
    file = tmp_path / "receipt.txt"
    file.write_bytes(b"\xef\xbb\xbf" + text.encode())
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
    assert [read_argument(one) for one in (str(file), text, "-")] == [text] * 3
    monkeypatch.chdir(tmp_path)
    assert read_argument("receipt.txt") == text
    file.write_bytes(text.replace("\n", "\r\n").encode())
    assert read_argument("receipt.txt") == text


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(_: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    (tmp_path / "receipt.txt").write_text("Total 3.50", encoding="utf-8")
    monkeypatch.setattr(Path, "read_bytes", refused)
    with pytest.raises(DataError, match=r"receipt\.txt: cannot be read \(Permission denied\), expected a file"):
        read_argument(str(tmp_path / "receipt.txt"))


@pytest.mark.parametrize(
    "text",
    ["e.g. this one", "Total 3.50", "3.50", "www.example.org/a", "x" * 5000, "word " * 60, "x" * 300, "a\0b", "Ana."],
)
def test_a_text_that_is_no_file_is_a_text(text: str) -> None:
    assert read_argument(text) == text


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is empty, expected a text"),
        (b"\xef\xbb\xbf \n\t", "is empty"),
        ("Fälligkeit".encode("cp1252"), "not UTF-8 (byte 1), expected a text in UTF-8"),
        ("Total".encode("utf-16"), "it begins like UTF-16"),
        (b"\x7fELF\x00\x01", "holds a NUL character (byte 4)"),
    ],
)
def test_a_file_that_holds_no_text_is_named(tmp_path: Path, content: bytes, says: str) -> None:
    file = tmp_path / "receipt.txt"
    file.write_bytes(content)
    with pytest.raises(DataError) as caught:
        read_argument(str(file))
    assert str(file) in str(caught.value)
    assert says in str(caught.value)


def test_other_mistakes_are_told_too(tmp_path: Path) -> None:
    for argument, says in (
        ("receipt.txt", "receipt.txt: no such file"),
        ("caf\udce9", "not UTF-8"),
        (str(tmp_path), "is a folder, expected a text"),
        (" \n", "the text is empty"),
    ):
        with pytest.raises(DataError, match=says):
            read_argument(argument)


ORDER = schema_of(
    {
        "type": "object",
        "properties": {
            "id": {"type": "string", "minLength": 2},
            "rows": {"type": "array", "items": {"type": "object", "required": ["a/b"]}},
        },
        "required": ["id", "rows"],
    },
    "order",
    "here",
)


def test_missing_fields_are_told_from_violations() -> None:
    assert check({"id": "AB", "rows": []}, ORDER) == Findings([], [])
    found = check({"rows": [{"a/b": 1}, {}]}, ORDER)
    assert found == Findings(["/id", "/rows/1/a~1b"], [])
    found = check({"id": "A", "rows": [{}]}, ORDER)
    assert found.missing == ["/rows/0/a~1b"]
    assert found.violations[0].startswith("/id: 'A' is too short")
    assert check([], ORDER).violations == ["the root: [] is not of type 'object'"]
