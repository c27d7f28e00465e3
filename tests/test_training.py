"""The pictures of training: every recipe has a row in the table as in the figure; quality against time."""

from pathlib import Path

import pytest
from conftest import make_record

from paperlib.claims.announcement import load_announced
from paperlib.core import config, paths
from paperlib.core.records import Record
from paperlib.paper import figures, recipe_results
from paperlib.paper.values import values

RECIPES = [run for profile in recipe_results.PROFILES for run in recipe_results.recipes(profile)]


@pytest.fixture
def some() -> dict[str, Record]:
    return {run: make_record("lora-135m-v3") for run in RECIPES[:2]}


def test_recipes_are_screened_on_the_tune_part_at_equal_budgets() -> None:
    runs = [config.load("screen", run) for run in recipe_results.recipes("screen")]
    assert all(run.data.tune and run.data.dataset == "edgejson_v3" for run in runs)
    trained = [run.train for run in runs if run.train]
    assert len(trained) == len(runs)
    assert {(one.max_steps, one.seed) for one in trained} == {(-1, 0)}
    # Passes over all examples; with as many of ours on top, two thirds as long, it is fewer.
    assert {round(one.epochs * one.share, 2) for one in trained if not one.added} == {0.35}
    assert [one.epochs for one in trained if one.added] == [0.2]


def test_each_recipe_differs_from_one_before_it_by_what_its_label_says() -> None:
    trained = [config.load("screen", run).train for run in recipe_results.recipes("screen")]
    settings = [one.model_dump(exclude={"run"}) for one in trained if one is not None]
    assert len(settings) == len(trained)
    for place, one in enumerate(settings[1:], 1):
        changes = [sum(one[key] != other[key] for key in one) for other in settings[:place]]
        assert 1 <= min(changes) <= 3


def test_the_table_has_every_recipe_that_was_run(some: dict[str, Record]) -> None:
    lines = recipe_results.table(some).splitlines()
    rows = [line for line in lines if "&" in line][1:]
    assert [row.split(" & ")[0] for row in rows] == list(recipe_results.recipes("screen").values())[:2]


def test_the_figure_has_the_same_rows(some: dict[str, Record], tmp_path: Path) -> None:
    drawn = recipe_results.figure(some)
    names = [label.get_text() for label in drawn.axes[0].get_yticklabels()]
    assert names == list(recipe_results.recipes("screen").values())[:2]
    assert figures.save(drawn, tmp_path, "screening")[0].stat().st_size > 1000


def test_ways_to_answer_are_tried_with_a_model_of_the_package() -> None:
    for run in recipe_results.recipes("answering"):
        found = config.load("answering", run)
        assert found.data.tune
        assert found.train is None
        assert (paths.SHIPPED / str(found.eval.model_run) / "train.json").is_file()


def test_the_costs_of_training_stand_beside_the_run_that_trained(some: dict[str, Record]) -> None:
    tested = make_record("lora-135m-v3")
    record = tested.model_copy(update={"config": {**tested.config, "eval": {"model_run": "another"}}})
    first, last = (recipe_results.table({"screen-lora": one}).count("& -- & -- &") for one in (tested, record))
    assert (first, last) == (0, 1)


def of_seed(seed: int, k: int) -> Record:
    """One of several trainings that differ in their seed, with ``k`` right answers."""
    record = make_record("lora-135m-v3")
    run = f"lora-135m-v3-seed{seed}" if seed else "lora-135m-v3"
    config_ = {part: {**settings, "run": run} for part, settings in record.config.items()}
    config_["eval"]["model_run"], config_["train"]["seed"] = run, seed
    exact = record.metric("json_exact")
    metrics = [row.model_copy(update={"value": k / exact.n, "k": k}) if row == exact else row for row in record.metrics]
    return record.model_copy(update={"run": run, "seed": seed, "config": config_, "metrics": metrics})


def test_seeds_of_one_configuration_are_taken_together() -> None:
    records = {record.run: record for record in (of_seed(0, 90), of_seed(1, 96), of_seed(2, 93))}
    n = records["lora-135m-v3"].metric("json_exact").n
    other = of_seed(3, 90)
    other.config["train"]["learning_rate"] = 0.5
    ((first, group),) = recipe_results.seeds({**records, other.run: other}).items()
    assert (first, len(group)) == ("lora-135m-v3", 3)
    mean, (low, high) = recipe_results.over_seeds(group)
    assert mean == pytest.approx(93 / n)
    assert high - mean == pytest.approx(mean - low) == pytest.approx(4.3027 * 3 / n / 3**0.5, rel=1e-3)
    assert recipe_results.seeds({"lora-135m-v3": records["lora-135m-v3"]}) == {}
    text = values(records)
    assert f"{{\\LoraOneThreeFiveMVThreeSeedsMean}}{{{100 * mean:.1f}}}" in text


def test_quality_is_drawn_against_time_for_models_tuned_on_the_published_data_alone(tmp_path: Path) -> None:
    tuned = make_record("lora-135m-v3")
    tuned = tuned.model_copy(update={"data": tuned.data.model_copy(update={"split": "report"})})
    quick = tuned.model_copy(
        update={
            "run": "budget-3",
            "config": {**tuned.config, "eval": {**tuned.config["eval"], "model_run": "budget-3"}},
            "cost": tuned.cost.model_copy(update={"train_seconds": 180.0}),
        }
    )
    others = {run: make_record(run) for run in ("lora-135m", "base-135m", "lora-135m-transfer")}
    found = recipe_results.timed({"lora-135m-v3": tuned, "budget-3": quick, **others})
    assert {record.run for record in found} == {"lora-135m-v3", "budget-3"}
    assert found == sorted(found, key=lambda record: record.cost.train_seconds or 0)
    drawn = recipe_results.time_to_quality({"lora-135m-v3": tuned, "budget-3": quick}, load_announced())
    assert figures.save(drawn, tmp_path, "time")[0].stat().st_size > 1000


def test_another_way_of_testing_a_model_is_no_other_training() -> None:
    """Nor one of its seeds: its minutes are not counted twice."""
    one = make_record("lora-135m-v3")
    one = one.model_copy(update={"data": one.data.model_copy(update={"split": "report"})})
    config = {**one.config, "eval": {**one.config["eval"], "model_run": one.run}}
    held = one.model_copy(update={"run": "lora-135m-v3-held", "config": config})
    assert recipe_results.timed({one.run: one, held.run: held}) == [one]
    assert not recipe_results.seeds({one.run: one, held.run: held})


def test_the_published_data_at_a_glance() -> None:
    records = {record.run: record for record in (of_seed(0, 90), of_seed(1, 96))}
    said = load_announced()
    lines = recipe_results.markdown_short(records, said).splitlines()
    assert [line.split(" | ")[0].strip("| *") for line in lines[2:]] == [
        *(f"{model.name}, as announced" for model in said.models.values()),
        records["lora-135m-v3"].label,
        "the same, mean of 2 seeds",
    ]
    assert f"| {said.models['360m'].figures['exact'].printed} | 1/25 |" in lines[3]
    assert recipe_results.markdown_short({"nano-s": make_record("nano-s")}, said) == ""
