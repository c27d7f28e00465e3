"""Tables of kept scores, example by example."""

import json
from pathlib import Path
from typing import Any

import pytest
from conftest import make_record

from paperlib.core import paths
from paperlib.core.records import load_records
from paperlib.paper import reader_pairs


def keep(folder: Path, run: str, right: dict[str, bool]) -> None:
    (folder / run).mkdir()
    lines = [json.dumps({"id": id, "json_exact": exact}) for id, exact in right.items()]
    (folder / run / "scores.jsonl").write_text("\n".join(lines))


def cells(text: str, row: str) -> list[str]:
    line = next(line for line in text.splitlines() if line.startswith(row))
    return [cell.strip() for cell in line.removesuffix(r"\\").split("&")]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(paths, "RESULTS", tmp_path)
    return tmp_path


def test_a_pair_counts_what_each_has_right_alone(folder: Path) -> None:
    keep(folder, "lora-135m-v3", {"a": True, "b": False, **{f"c{i}": False for i in range(9)}})
    keep(folder, "lora-135m-recombined", {"a": False, "b": True, **{f"c{i}": True for i in range(9)}})
    records = {run: make_record(run) for run in ("lora-135m-v3", "lora-135m-recombined")}
    row = cells(reader_pairs.pairs(records), "held-out split")
    assert row[3:6] == ["11", "1", "10"]
    assert row[6] == r"\ensuremath{p = 0.012}"  # 2 (1 + 11) / 2^11, the only test


def test_a_pair_on_other_examples_and_one_not_run_are_left_out(folder: Path) -> None:
    keep(folder, "lora-135m-v3", {"a": True})
    keep(folder, "lora-135m-recombined", {"b": True})
    keep(folder, "lora-135m-recombined-constrained", {"b": True})
    records: Any = {run: make_record(run) for run in ("lora-135m-v3", "lora-135m-recombined")}
    assert "held-out split" not in reader_pairs.pairs(records)


def test_surfaces_are_counted_from_the_release() -> None:
    records = load_records(paths.BENCHMARK)
    text = reader_pairs.by_surface(
        {run: records[run] for run in ("surface-rules", "reader-constrained-unseen-surface")}
    )
    assert cells(text, "form")[1:] == ["8/11", "--", "--"]
    rows = [cells(text, name) for name in ("form", "prose", "email", "chat", "log", "slip")]
    assert sum(int(row[1].split("/")[1]) for row in rows) == 158
    assert cells(text, "letter")[1:] == ["--", "--", "33/125"]
