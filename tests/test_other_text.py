"""What runs scored on texts by people, from the outcomes beside their records, and the tables and figure of it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from scaled import save_run

from paperlib.core import paths
from paperlib.core.files import write_jsonl
from paperlib.core.records import Record, load_records
from paperlib.evaluation import other_text
from paperlib.paper import calibration_figure, real_text_tables
from paperlib.paper.scaling_tables import NOT_RUN

READER = {"base": "smollm2-135m-instruct", "recipe": "reader-135m", "decoding": "constrained"}


def row(id: str, right: int, answer: int, expected: int, sure: list[list[Any]] | None = None) -> dict[str, Any]:
    counts = {"right": right, "answer": answer, "expected": expected}
    exact = right == answer == expected
    made = {"id": id, "schema_id": "s", "tier": None, "json_exact": exact, "leaves": counts, "nats": [0.5]}
    return made | {"fields": [right, answer, expected]} | ({"sure": sure} if sure else {})


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setattr(paths, "BENCHMARK", tmp_path)
    return tmp_path


@pytest.fixture
def utterances(folder: Path) -> Record:
    filled = [row("a", 1, 2, 1), row("b", 1, 1, 1)]
    record = save_run(folder, filled, **READER, test_set="dstc8", run="utterances")
    made = [*filled, *(row(f"empty-{n}", 0, int(n > 2), 0) for n in range(4))]  # more than `scaled` takes means of
    write_jsonl(folder / "utterances" / "scores.jsonl", ({k: v for k, v in one.items() if k != "nats"} for one in made))
    return record


def test_utterances_that_hold_something_are_scored_apart(utterances: Record) -> None:
    found = other_text.slots(utterances)
    assert found is not None
    assert (found.filled, found.left_empty, found.empty) == (2, 3, 4)
    assert found.f1 == pytest.approx(2 * 2 / (3 + 2))
    assert found.interval[0] <= found.f1 <= found.interval[1]
    assert other_text.leaves_right(utterances) == (2, 2)


def test_without_empty_texts_there_is_nothing_to_set_apart(folder: Path) -> None:
    record = save_run(folder, [row("a", 1, 2, 1)], **READER, test_set="sroie")
    assert other_text.slots(record) is None


def test_leaves_pass_by_their_probability(folder: Path) -> None:
    sure = [row(f"e{n}", 9, 10, 10, [[0.99, True]] * 9 + [[0.3, False]]) for n in range(10)]
    record = save_run(folder, sure, **READER, test_set="sroie")
    found = other_text.sureness(record)
    assert found is not None
    assert (found.n, found.right, found.threshold) == (100, 90, 0.99)
    assert found.coverage == pytest.approx(0.9)
    assert found.ece == pytest.approx(0.9 * 0.01 + 0.1 * 0.3)


def test_a_run_without_probabilities_has_no_calibration(utterances: Record) -> None:
    assert other_text.sureness(utterances) is None


def test_the_tables_and_the_figure_hold_what_was_run(folder: Path) -> None:
    made = [row(f"e{n}", 9, 10, 10, [[0.99, True]] * 9 + [[0.3, False]]) for n in range(10)]
    records = {test: save_run(folder, made, **READER, test_set=test, run=test) for test in ("cases", "standard")}
    table = real_text_tables.scores(records)
    cells = {line[0]: line[1:] for line in table.blocks[0][1]}
    assert {system: row[:3] for system, row in cells.items()} == {"Reader, 135M": ["90/100", "0/10", NOT_RUN]}
    assert not real_text_tables.scores(records, ["Reader, 135M"]).blocks[0][1]
    assert "\\" not in table.markdown
    sure = real_text_tables.calibration(records)
    assert [heading for heading, _ in sure.blocks] == ["EdgeJSON standard", "cases"]
    figure = calibration_figure.calibration(records)
    assert [len(axes.lines) for axes in figure.axes] == [3, 4]  # the diagonal; a line and its end for each test
    assert len(calibration_figure.calibration({}).texts) == 1


def test_the_difference_from_the_stock_model_is_paired_by_receipt(folder: Path) -> None:
    stock = {"base": "qwen2.5-coder-1.5b-instruct", "recipe": "untuned-chat", "decoding": "schema"}
    rows = [row(f"r{n}", n % 3, 4, 4) for n in range(12)]
    for name, fields, more in (("stock", stock, 0.0), ("ours", READER, 0.25)):
        save_run(folder, rows, **fields, test_set="sroie", run=name)
        made = [{**one, "field_f1": one["leaves"]["right"] / 4 + more} for one in rows]
        write_jsonl(folder / name / "scores.jsonl", made)
    records = {name: load_records(folder)[name] for name in ("stock", "ours")}
    found = real_text_tables.over_stock(records["ours"], records)
    assert found == pytest.approx((0.25, 0.25, 0.25))  # the same on every receipt, however these differ
    assert real_text_tables.over_stock(records["stock"], records) is None
