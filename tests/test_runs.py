"""Runs are selected, grouped and ordered by the fields of their records."""

import pytest
from conftest import make_record

from paperlib.core import experiments
from paperlib.core.errors import PaperlibError
from paperlib.core.records import Record
from paperlib.evaluation import runs

STUDY = (
    "lora-135m",
    "lora-135m-v3",
    "lora-135m-v3-seed1",
    "full-3min",
    "lora-135m-recombined",
    "lora-135m-recombined-reranked",
    "lora-135m-recombined-mean",
    "announced-recipe",
)


@pytest.fixture
def study() -> dict[str, Record]:
    return {run: make_record(run) for run in STUDY}


def test_records_are_selected_by_any_of_their_fields(study: dict[str, Record]) -> None:
    def selected(**fields: object) -> list[str]:
        return [record.run for record in runs.select(study, **fields)]

    assert selected(test_set="edgejson") == ["lora-135m"]
    assert selected(recipe="lora-v3") == ["lora-135m-v3", "lora-135m-v3-seed1"]
    assert selected(recipe=["lora-v3", "lora"], seed=0) == ["lora-135m", "lora-135m-v3"]
    assert selected(decoding="reranked") == ["lora-135m-recombined-reranked"]
    assert selected() == list(STUDY)
    assert runs.select(study.values(), seed=1) == [study["lora-135m-v3-seed1"]]


def test_the_main_experiment_is_the_first_seed_decoded_greedily(study: dict[str, Record]) -> None:
    assert list(runs.principal(study)) == ["lora-135m", "lora-135m-v3", "lora-135m-recombined"]


def test_every_recipe_of_the_ablation_but_ours_is_left_out_of_the_main_experiment() -> None:
    names = experiments.runs_of("decomposition", with_data_root=True)
    assert len(names) > 1
    assert list(runs.principal({run: make_record(run) for run in names})) == ["lora-135m-v3"]


@pytest.mark.parametrize(
    ("run", "kind", "here"),
    [
        ("rules", "baseline", False),
        ("base-135m", "untuned", False),
        ("nano-s", "scratch", True),
        ("lora-135m", "tuned", True),
        ("full-3min", "tuned", True),
        ("lora-135m-transfer", "transfer", False),
        ("lora-135m-recombined-reranked", "tuned", False),
    ],
)
def test_a_record_says_what_was_done_to_its_model(run: str, kind: str, here: bool) -> None:
    assert runs.kind(make_record(run)) == kind
    assert runs.trained_here(make_record(run)) is here


def test_our_dataset_comes_first_then_size_then_what_was_done(records: dict[str, Record]) -> None:
    ordered = runs.ordered(dict(reversed(records.items())))
    assert [record.test_set for record in ordered] == sorted(record.test_set for record in ordered)
    ours = [record.run for record in ordered if record.test_set == "edgejson"]
    assert ours[3:] == ["nano-xs", "nano-s", "nano-m", "base-135m", "lora-135m"]
    assert runs.on(records, "edgejson_v3") == [record for record in ordered if record.test_set == "edgejson_v3"]
    with pytest.raises(PaperlibError, match=r"no run was tested on 'sroie' .*edgejson"):
        runs.on(records, "sroie")


def test_a_dataset_is_shown_with_a_split_that_is_not_its_test_split() -> None:
    assert "held-out" not in runs.shown_dataset(make_record("lora-135m"))
    assert "held-out" in runs.shown_dataset(make_record("lora-135m-v3"))
