"""Recipes step by step, at equal budgets and against time: runs are found by fields, and what was not run is said."""

from itertools import pairwise
from pathlib import Path

import pytest
from conftest import make_record

from paperlib.claims.announcement import load_announcement
from paperlib.core import experiments, paths
from paperlib.core.records import Record, Study
from paperlib.evaluation.run_comparisons import mean_over_seeds, seed_groups
from paperlib.evaluation.runs import ABLATION
from paperlib.paper import figures, recipe_tables
from paperlib.paper.recipe_tables import LADDER
from paperlib.paper.values import macros


def runs_of(profile: str) -> list[str]:
    return experiments.runs_of(profile, with_data_root=True)


@pytest.fixture
def screened() -> dict[str, Record]:
    return {run: make_record(run) for run in runs_of("screen")[:2]}


@pytest.fixture
def half() -> dict[str, Record]:
    return {run: make_record(run) for run in ("announced-recipe", "lora-135m-v3")}


def labels(profile: str) -> list[str]:
    return [experiments.load(profile, run).eval.label for run in runs_of(profile)]


def test_every_step_of_the_ladder_repairs_one_thing() -> None:
    steps = []
    for fields in LADDER.values():
        if fields["recipe"] in ABLATION:
            train = experiments.load("decomposition", fields["recipe"]).train
            assert train is not None
            steps.append(train.model_dump(exclude={"run", "recipe"}))
    changed = [{key for key in one if one[key] != other[key]} for one, other in pairwise(steps)]
    assert changed == [{"append_eos"}, {"loss_on"}, {"max_tokens"}]
    assert (steps[0]["gradient_accumulation"] * steps[0]["batch_examples"], steps[0]["learning_rate"]) == (32, 2e-4)


def test_the_steps_have_both_evaluators_and_say_what_was_not_run(half: dict[str, Record]) -> None:
    lines = recipe_tables.decomposition(half).splitlines()
    rows = [line for line in lines if line.startswith(("announced", "+"))]
    assert [row.split(" & ")[0] for row in rows] == 2 * list(LADDER)
    run = {"announced recipe", "+ our schedule"}
    assert {row.split(" & ")[0] for row in rows if "not run" not in row} == run
    exact = half["lora-135m-v3"].metric("json_exact")
    assert rows[4].split(" & ")[4:6] == [f"{exact.k}/{exact.n}", f"{100 * exact.value:.1f}"]


def test_the_figure_of_the_steps_keeps_a_place_for_what_was_not_run(half: dict[str, Record], tmp_path: Path) -> None:
    drawn = figures.decomposition(half)
    names = [label.get_text() for label in drawn.axes[0].get_yticklabels()]
    assert names[:2] == ["announced recipe", "+ EOS token (not run)"]
    assert len(names) == len(LADDER)
    assert figures.save(drawn, tmp_path, "decomposition")[0].stat().st_size > 1000


def test_of_several_seeds_a_step_is_the_first() -> None:
    records = {run: make_record(run) for run in ("lora-135m-recombined-seed1", "lora-135m-recombined")}
    found = recipe_tables.run_of(records, recipe="recombined")
    assert found is records["lora-135m-recombined"]
    assert recipe_tables.run_of(records, recipe="recombined", decoding="constrained") is None


def test_recipes_are_screened_on_the_dev_split_at_equal_budgets() -> None:
    runs = [experiments.load("screen", run) for run in runs_of("screen")]
    assert all(run.data.dev and run.data.dataset == "edgejson_v3" for run in runs)
    trained = [run.train for run in runs if run.train]
    assert len(trained) == len(runs)
    assert {(one.max_steps, one.seed) for one in trained} == {(-1, 0)}
    # Passes over all examples; with as many of our own on top, two thirds as long, it is fewer.
    assert {round(one.epochs * one.train_fraction, 2) for one in trained if not one.extra_examples} == {0.35}
    assert [one.epochs for one in trained if one.extra_examples] == [0.2]


def test_each_recipe_differs_from_one_before_it_by_what_its_label_says() -> None:
    trained = [experiments.load("screen", run).train for run in runs_of("screen")]
    settings = [one.model_dump(exclude={"run", "recipe"}) for one in trained if one is not None]
    assert len(settings) == len(trained)
    for place, one in enumerate(settings[1:], 1):
        changes = [sum(one[key] != other[key] for key in one) for other in settings[:place]]
        assert 1 <= min(changes) <= 3


def test_the_table_and_the_figure_have_every_recipe_that_was_run(screened: dict[str, Record], tmp_path: Path) -> None:
    rows = [line for line in recipe_tables.screening(screened).splitlines() if "&" in line][1:]
    assert [row.split(" & ")[0] for row in rows] == labels("screen")[:2]
    drawn = figures.screening(screened)
    assert [label.get_text() for label in drawn.axes[0].get_yticklabels()] == labels("screen")[:2]
    assert figures.save(drawn, tmp_path, "screening")[0].stat().st_size > 1000


def test_decodings_are_tried_with_a_released_model() -> None:
    for run in runs_of("decoding"):
        found = experiments.load("decoding", run)
        assert found.data.dev
        assert found.train is None
        assert (paths.RELEASED_ADAPTERS / str(found.eval.model) / "train.json").is_file()


def test_the_costs_of_training_stand_beside_the_run_that_trained() -> None:
    tested = make_record("screen-lora")
    other = tested.model_copy(update={"trained_by": "another"})
    tables = [recipe_tables.screening({"screen-lora": one}) for one in (tested, other)]
    assert [text.count("& -- & -- &") for text in tables] == [0, 1]


def of_seed(seed: int, k: int) -> Record:
    """One of several trainings that differ in their seed, with ``k`` right answers."""
    record = make_record(f"lora-135m-v3-seed{seed}" if seed else "lora-135m-v3")
    exact = record.metric("json_exact")
    metrics = [row.model_copy(update={"value": k / exact.n, "k": k}) if row == exact else row for row in record.metrics]
    return record.model_copy(update={"metrics": metrics})


def test_seeds_of_one_configuration_are_taken_together() -> None:
    records = {record.run: record for record in (of_seed(0, 90), of_seed(1, 96), of_seed(2, 93))}
    n = records["lora-135m-v3"].metric("json_exact").n
    other = of_seed(3, 90).model_copy(update={"recipe": "another"})
    ((first, group),) = seed_groups({**records, other.run: other}).items()
    assert (first, len(group)) == ("lora-135m-v3", 3)
    mean, (low, high) = mean_over_seeds(group)
    assert mean == pytest.approx(93 / n)
    assert high - mean == pytest.approx(mean - low) == pytest.approx(4.3027 * 3 / n / 3**0.5, rel=1e-3)
    assert seed_groups({"lora-135m-v3": records["lora-135m-v3"]}) == {}
    assert macros(Study(records))["LoraOneThreeFiveMVThreeSeedsMean"] == f"{100 * mean:.1f}"
    rows = [line.split(" & ") for line in recipe_tables.published(records).splitlines() if " & " in line][1:]
    assert [row[0] for row in rows[:3]] == ["LoRA on v3", r"\quad seed 1", r"\quad seed 2"]
    assert [row[2] for row in rows[3:]] == [f"{100 * share:.1f}" for share in (mean, low, high)]


def test_quality_is_drawn_against_time_for_models_tuned_on_the_published_data_alone(tmp_path: Path) -> None:
    tuned = {run: make_record(run) for run in ("lora-135m-v3", "full-3min")}
    others = {run: make_record(run) for run in ("lora-135m", "base-135m", "lora-135m-transfer")}
    assert {record.run for record in recipe_tables.timed({**tuned, **others})} == tuned.keys()
    drawn = figures.time_to_quality({**tuned, **others}, load_announcement())
    assert figures.save(drawn, tmp_path, "time")[0].stat().st_size > 1000


def test_another_decoding_of_a_model_is_no_other_training() -> None:
    """Nor one of its seeds: its minutes are not counted twice."""
    runs = ("lora-135m-recombined", "lora-135m-recombined-constrained")
    records = {run: make_record(run) for run in runs}
    assert [record.run for record in recipe_tables.timed(records)] == ["lora-135m-recombined"]
    assert not seed_groups(records)
