"""Runs and profiles: every one resolves, a misspelt name or value is told in one sentence."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from paperlib.core import config, paths
from paperlib.core.config import TrainConfig, check, load, resolve, runs_of
from paperlib.core.errors import PaperlibError

BOOK = yaml.safe_load(paths.EXPERIMENTS.read_text(encoding="utf-8"))


def experiments(tmp_path: Path, **changed: Any) -> Path:
    book = {
        "defaults": {"n_train": 10, "epochs": 1},
        "runs": {"one": {"label": "One", "method": "lora"}, "two": {"label": "Two", "epochs": 3, "method": "lora"}},
        "profiles": {"tiny": {"set": {"epochs": 2}, "runs": {"one": None, "two": {"n_train": 5}}}},
    }
    (tmp_path / "book.yaml").write_text(yaml.safe_dump({**book, **changed}), encoding="utf-8")
    return tmp_path / "book.yaml"


@pytest.mark.parametrize("profile", BOOK["profiles"])
def test_every_run_of_every_profile_resolves(profile: str) -> None:
    for run in runs_of(profile, with_data_root=True):
        resolved = load(profile, run)
        assert (resolved.eval.run, resolved.eval.profile, resolved.data.profile) == (run, profile, profile)
        if resolved.train:
            assert (resolved.train.run, resolved.eval.model_run) == (run, run)


def test_runs_on_third_party_data_are_left_out_without_it() -> None:
    own, everything = runs_of("laptop"), runs_of("laptop", with_data_root=True)
    assert {"lora-135m", "nano-xs", "nano-s", "nano-m"} <= set(own)
    assert {load("laptop", run).data.dataset for run in own} == {"edgejson"}
    assert set(everything) - set(own)


def test_what_stands_nearer_wins(tmp_path: Path) -> None:
    file = experiments(tmp_path)
    one, two = load("tiny", "one", file), load("tiny", "two", file)
    assert one.train is not None
    assert two.train is not None
    assert (one.train.epochs, two.train.epochs) == (2, 3)  # defaults < profile's set < run
    assert (one.data.n_train, two.data.n_train) == (10, 5)  # the run's own lines under the profile come last
    assert one.train.learning_rate == TrainConfig(run="", profile="").learning_rate


def test_the_hash_changes_with_any_value() -> None:
    values = {"run": "one", "profile": "tiny", "label": "One", "method": "lora"}
    one = resolve(values, "")
    assert resolve(dict(values), "").hash == one.hash
    assert resolve({**values, "lora_r": 8}, "").hash != one.hash


@pytest.mark.parametrize(
    ("profile", "run", "told"),
    [
        ("labtop", "lora-135m", "experiments.yaml: no profile 'labtop'; did you mean laptop?"),
        ("smoke", "lora-136m", "experiments.yaml: no run 'lora-136m'; did you mean lora-135m"),
        ("smoke", "zzz", "experiments.yaml: no run 'zzz'; known: answer-free, "),
    ],
)
def test_a_misspelt_profile_or_run_is_told_with_the_nearest(profile: str, run: str, told: str) -> None:
    with pytest.raises(PaperlibError) as error:
        load(profile, run)
    assert str(error.value).startswith(told)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"epoch": 2}, "unknown key 'epoch'; did you mean epochs"),
        ({"epochs": "two"}, "epochs: Input should be a valid number"),
        ({"epochs": 0}, "epochs: Input should be greater than 0 (found 0)"),
        ({"batch_tokens": 2048.5}, "batch_tokens: Input should be a valid integer"),
        ({"method": "qlora"}, "method: Input should be 'lora', 'full' or 'scratch' (found 'qlora')"),
        ({"precision": "fp16"}, "precision: Input should be 'auto', 'bf16' or 'fp32' (found 'fp16')"),
        ({"max_steps": 0}, "should be at least 1, or -1"),
        ({"max_steps": -2}, "should be at least 1, or -1"),
        ({"label": None}, "label: Input should be a valid string (found None)"),
    ],
)
def test_a_wrong_key_or_value_is_told_with_its_place(tmp_path: Path, values: dict[str, Any], told: str) -> None:
    file = experiments(tmp_path, runs={"one": {"label": "One", "method": "lora", **values}})
    with pytest.raises(PaperlibError) as error:
        load("tiny", "one", file)
    assert str(error.value).startswith("book.yaml: run 'one', profile 'tiny': ")
    assert told in str(error.value)
    assert "\n" not in str(error.value)


def test_check_names_the_nearest_field() -> None:
    with pytest.raises(PaperlibError, match="did you mean learning_rate"):
        check(TrainConfig, {"run": "a", "profile": "b", "learning_rat": 1}, "here")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("runs: [", "not valid YAML"),
        ("- a", "found list, expected defaults, runs and profiles"),
        ("run: {}", "unknown section 'run'"),
    ],
)
def test_a_broken_book_is_told(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "book.yaml").write_text(text)
    with pytest.raises(PaperlibError, match=told):
        load("tiny", "one", tmp_path / "book.yaml")
    with pytest.raises(PaperlibError, match="no such file"):
        load("tiny", "one", tmp_path / "missing.yaml")


def test_nearest_lists_all_where_none_is_near() -> None:
    assert config.nearest("zzz", ["b", "a"]) == "; known: a, b"
