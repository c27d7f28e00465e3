"""Files that cannot be read are named, with the line where their text breaks."""

from pathlib import Path

import pytest

from paperlib.core.errors import DataError
from paperlib.core.files import atomic_folder, read_yaml


def test_yaml_is_read_as_values(tmp_path: Path) -> None:
    path = tmp_path / "book.yaml"
    path.write_text("a: [1, two]\nb:\n", encoding="utf-8")
    assert read_yaml(path) == {"a": [1, "two"], "b": None}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"a: 1\nb: [\n", r"book\.yaml: not valid YAML \(.* line 3, column 1"),
        (b"a: 1\na: b: c\n", r"book\.yaml: not valid YAML \(mapping values are not allowed .* line 2, column 5"),
        (b"a: \x01\n", r"book\.yaml: not valid YAML \("),
        (b"a: !!python/none\n", r"book\.yaml: not valid YAML \(.* line 1"),
        (b"a: \xff\n", r"book\.yaml: not UTF-8 \(byte 3\)$"),
    ],
)
def test_broken_yaml_is_one_sentence_with_its_place(tmp_path: Path, text: bytes, expected: str) -> None:
    path = tmp_path / "book.yaml"
    path.write_bytes(text)
    with pytest.raises(DataError, match=expected) as error:
        read_yaml(path)
    assert "\n" not in str(error.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"book\.yaml: no such file$"):
        read_yaml(tmp_path / "book.yaml")


def test_a_folder_is_replaced_where_a_link_leads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "there")
    for place, name in ((tmp_path / "link", "first"), (Path(), "second")):
        monkeypatch.chdir(tmp_path / "there")
        with atomic_folder(place) as part:
            part.mkdir()
            (part / name).touch()
        assert [path.name for path in (tmp_path / "there").iterdir()] == [name]
    assert (tmp_path / "link").is_symlink()
