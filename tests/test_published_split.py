"""The committed split of the published training data: how it was made, what the file says, what is refused."""

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from paperlib.core import paths
from paperlib.core.config import DataConfig
from paperlib.core.errors import DataError, PaperlibError
from paperlib.core.files import read_json
from paperlib.data import published_split
from paperlib.data.examples import Example, load_examples
from paperlib.training import corpus


def examples(n: int = 40) -> list[Example]:
    return [Example(f"e{i}", "note" if i % 4 else "memo", None, "", "", f"text {i}", {"n": i}) for i in range(n)]


def test_every_schema_gives_a_fifth_and_a_tenth_whatever_the_order() -> None:
    parts = published_split.split_ids(examples())
    schema = {e.id: e.schema_id for e in examples()}
    assert {part: Counter(schema[i] for i in ids) for part, ids in parts.items()} == {
        "train": {"note": 21, "memo": 7},
        "dev": {"note": 3, "memo": 1},
        "held-out": {"note": 6, "memo": 2},
    }
    assert published_split.split_ids(examples()[::-1]) == parts


def test_the_committed_splits_are_disjoint_and_whole() -> None:
    parts = read_json(published_split.FILE)
    assert {part: len(ids) for part, ids in parts.items()} == {"train": 439, "dev": 65, "held-out": 125}
    assert len({id_ for ids in parts.values() for id_ in ids}) == 629


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"train": ["e0", "e1"], "dev": ["e1"]}, "'e1' stands in train and in dev"),
        ({"train": ["e0"]}, "'e1' has no part"),
        ({"train": ["e0", "e1", "e2"]}, "'e2' is not in the data"),
    ],
)
def test_splits_and_data_must_match(tmp_path: Path, parts: dict[str, list[str]], message: str) -> None:
    (tmp_path / "parts.json").write_text(json.dumps(parts))
    with pytest.raises(DataError, match=message):
        published_split.with_committed_split(examples(2), tmp_path / "parts.json")


def test_development_never_sees_the_held_out_split(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parts = ["train", "dev", "held-out"]
    found = [replace(e, split=parts[i % 3]) for i, e in enumerate(examples(9))]
    monkeypatch.setattr(corpus, "load_named", lambda name: found)
    monkeypatch.setattr(paths, "build", lambda profile: tmp_path)
    held_out, dev = (corpus.make_data(DataConfig(profile="p", dataset="v3", dev=dev)) for dev in (False, True))
    assert [e.split for e in held_out.test] == ["held-out"] * 3
    assert [e.split for e in dev.test] == ["dev"] * 3
    assert held_out.train == dev.train
    found = [replace(e, split="test") for e in found]
    with pytest.raises(PaperlibError, match="'v3' has no dev split"):
        corpus.make_data(DataConfig(profile="p", dataset="v3", dev=True))


@pytest.mark.skipif(not paths.data_root(), reason="PAPERLIB_DATA names no folder with edgejson_v3")
def test_the_committed_file_is_what_the_rule_makes() -> None:
    root = paths.data_root()
    assert root is not None
    found = load_examples(root / "edgejson_v3" / "train.jsonl")
    assert published_split.split_ids(found) == read_json(published_split.FILE)
