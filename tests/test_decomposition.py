"""The ladder of recipes: its runs exist and differ by one thing each, and its table and figure say what was not run."""

from itertools import pairwise
from pathlib import Path

import pytest
from conftest import make_record

from paperlib.core import config
from paperlib.core.records import Record
from paperlib.paper import decomposition, figures


@pytest.fixture
def half() -> dict[str, Record]:
    return {run: make_record(run) for run in ("recipe-published", "lora-135m-v3")}


def test_every_step_of_the_ladder_repairs_one_thing() -> None:
    steps = []
    for run in (run for run in decomposition.LADDER if run.startswith("recipe-")):
        train = config.load("decomposition", run).train
        assert train is not None
        steps.append(train.model_dump(exclude={"run"}))
    changed = [{key for key in one if one[key] != other[key]} for one, other in pairwise(steps)]
    assert changed == [{"end"}, {"targets"}, {"max_tokens"}]
    assert (steps[0]["accumulate"] * steps[0]["batch_examples"], steps[0]["learning_rate"]) == (32, 2e-4)


def test_the_table_has_both_evaluators_and_says_what_was_not_run(half: dict[str, Record]) -> None:
    lines = decomposition.table(half).splitlines()
    rows = [line for line in lines if line.startswith(("published", "+"))]
    assert len(rows) == len(decomposition.LADDER)
    assert [("not run" in row) for row in rows] == [run not in half for run in decomposition.LADDER]
    exact = half["lora-135m-v3"].metric("json_exact")
    assert f"{exact.k}/{exact.n}" in rows[4]


def test_the_figure_keeps_a_place_for_what_was_not_run(half: dict[str, Record], tmp_path: Path) -> None:
    drawn = decomposition.figure(half)
    names = [label.get_text() for label in drawn.axes[0].get_yticklabels()]
    assert names[1] == "+ end of sequence (not run)"
    assert figures.save(drawn, tmp_path, "decomposition")[0].stat().st_size > 1000
