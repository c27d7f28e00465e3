"""Word lists: what is wrong with a file is said by file and list, before anything is drawn from it."""

from pathlib import Path

import pytest

from paperlib.benchmark.words import Topic
from paperlib.core import paths
from paperlib.core.errors import DataError


@pytest.mark.parametrize("file", sorted(paths.WORDS.glob("*.yaml")), ids=lambda file: file.stem)
def test_every_committed_list_is_well_formed(file: Path) -> None:
    topic = Topic(file.stem)
    with pytest.raises(DataError, match=rf"{file.stem}\.yaml: .*'no_such_list'"):
        _ = topic.no_such_list


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("- a\n- b", "found list"),
        ("answers: [yes, maybe]", "/answers .*True"),
        ("cities:\n  Norway:\n    - [Oslo, 59.9]\n    - [Bergen]", "/cities/Norway .*rows of 1 and rows of 2"),
        ("prices:\n  - [lamp, 12]\n  - [rug, cheap]", "/prices .*numbers and text"),
        ("empty: []", "/empty .*nothing"),
        ("open: [a, b", "not valid YAML"),
    ],
)
def test_a_malformed_list_is_refused_by_file_and_name(
    text: str, fault: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paths, "WORDS", tmp_path)
    (tmp_path / f"{tmp_path.name}.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=rf"{tmp_path.name}\.yaml: .*{fault}"):
        _ = Topic(tmp_path.name).answers
