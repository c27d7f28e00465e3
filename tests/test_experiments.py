"""Runs and profiles: every run resolves, entries expand to runs by fields, a mistake is named in one sentence."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from paperlib.core import paths
from paperlib.core.config import DataConfig, TrainConfig
from paperlib.core.errors import PaperlibError
from paperlib.core.experiments import expand, load, runs_of
from paperlib.core.files import read_yaml

STUDY = read_yaml(paths.EXPERIMENTS)
# A small experiments.yaml. Two entries train, one of them with two seeds and three decodings; one tests its model.
BOOK: dict[str, Any] = {
    "defaults": {"n_train": 10, "epochs": 1},
    "recipes": {
        "untuned": None,
        "lora": {"method": "lora", "learning_rate": 0.5},
        "slow": {"method": "lora", "learning_rate": 0.1, "epochs": 3, "label": "slowly", "precision": "fp32"},
    },
    "decodings": {"greedy": None, "schema": {"label": "constrained", "constraint": "schema"}},
    "tests": {"edgejson": None, "edgejson_v3": {"tag": "v3", "n_test": 7}},
    "runs": {
        "one": {"label": "One", "base": "nano-s", "recipe": "lora"},
        "two": {"base": "nano-s", "recipe": ["lora", "slow"], "seed": 4},
        "many": {
            "label": "Many",
            "recipe": "slow",
            "seed": [0, 5],
            "decoding": ["greedy", "schema"],
            "test": ["edgejson", "edgejson_v3"],
        },
        "again": {"model": "many-seed5", "test": "edgejson_v3", "decoding": ["schema", "greedy"]},
    },
    "profiles": {
        "tiny": {"set": {"epochs": 2, "n_test": 3}, "runs": {"one": {"n_train": 5}, "slow": None, "again": None}},
        "some": {"runs": {"many": {"seed": 5, "decoding": ["schema"], "epochs": 9}, "two": {"recipe": "lora"}}},
    },
}


def write(tmp_path: Path, **changed: Any) -> Path:
    """BOOK as a file, sections replaced."""
    (tmp_path / "book.yaml").write_text(yaml.safe_dump({**BOOK, **changed}, sort_keys=False), encoding="utf-8")
    return tmp_path / "book.yaml"


def message(file: Path, run: str = "one", profile: str = "tiny") -> str:
    """The one sentence that loading ends in."""
    with pytest.raises(PaperlibError) as error:
        load(profile, run, file)
    assert "\n" not in str(error.value)
    return str(error.value)


@pytest.mark.parametrize("profile", STUDY["profiles"])
def test_every_run_of_every_profile_resolves(profile: str) -> None:
    for run in runs_of(profile, with_data_root=True):
        config = load(profile, run)
        assert (config.eval.run, config.eval.profile, config.data.profile) == (run, profile, profile)
        assert config.eval.test == config.data.dataset
        if config.train and config.train_data:
            assert (config.train.run, config.eval.model) == (run, run)
            assert config.train.data == config.eval.data == config.train_data.dataset


def test_every_model_that_is_tested_is_trained_by_a_run() -> None:
    runs = expand(STUDY)
    assert all("method" in runs[values["model"]] for values in runs.values() if values["model"])


def test_runs_on_third_party_data_are_left_out_without_it() -> None:
    own, everything = runs_of("laptop"), runs_of("laptop", with_data_root=True)
    assert {"lora-135m", "nano-xs", "nano-s", "nano-m"} <= set(own)
    assert {load("laptop", run).eval.test for run in own} == {"edgejson"}
    assert set(everything) - set(own)


def test_an_entry_is_a_run_of_every_combination_named_by_what_is_not_first() -> None:
    names = [run for run, values in expand(BOOK).items() if values["entry"] == "many"]
    first = ["many", "many-v3", "many-schema", "many-schema-v3"]
    assert names == [*first, *(f"{run}-seed5" for run in first)]
    runs = expand(BOOK)
    one = runs["many-schema-v3-seed5"]
    fields = {"recipe": "slow", "seed": 5, "decoding": "schema", "test": "edgejson_v3", "data": "edgejson"}
    assert {key: one[key] for key in fields} == fields
    assert (one["label"], one["constraint"], one["n_test"]) == ("Many, constrained, seed 5", "schema", 7)


def test_the_first_run_of_a_seed_trains_and_the_others_test_its_model() -> None:
    runs = {run: values for run, values in expand(BOOK).items() if values["entry"] == "many"}
    assert [run for run, values in runs.items() if "method" in values] == ["many", "many-seed5"]
    assert all(values["model"] == ("many-seed5" if values["seed"] else "many") for values in runs.values())
    assert all(values["precision"] == "fp32" for values in runs.values()), "of the recipe, and of testing too"


def test_an_entry_of_several_recipes_names_its_runs_after_these() -> None:
    runs = expand(BOOK)
    assert (runs["lora"]["entry"], runs["lora"]["learning_rate"], runs["lora"]["seed"]) == ("two", 0.5, 4)
    assert (runs["slow"]["model"], runs["slow"]["label"]) == ("slow", "slowly")


def test_an_entry_may_test_the_model_of_another_run() -> None:
    again, other = expand(BOOK)["again"], expand(BOOK)["again-greedy"]
    shared = {"base", "recipe", "data", "seed"} & set(again)
    assert all(again[key] == expand(BOOK)["many-seed5"][key] for key in shared)
    assert (again["model"], other["model"], again["seed"]) == ("many-seed5", "many-seed5", 5)
    assert (again["label"], other["label"]) == ("Many, seed 5, constrained", "Many, seed 5")
    assert "method" not in again


def test_what_stands_nearer_wins(tmp_path: Path) -> None:
    file = write(tmp_path)
    one, slow = load("tiny", "one", file), load("tiny", "slow", file)
    assert one.train is not None
    assert slow.train is not None
    assert (one.train.epochs, slow.train.epochs) == (2, 3)  # defaults < profile's set < recipe
    assert (one.data.n_train, slow.data.n_train) == (5, 10)  # the run's own lines under the profile come last
    assert (one.data.n_test, load("tiny", "again", file).data.n_test) == (3, 7)  # profile's set < test set
    assert one.train.lora_r == TrainConfig(run="", profile="").lora_r


def test_a_profile_picks_entries_by_fields_and_single_runs(tmp_path: Path) -> None:
    file = write(tmp_path)
    assert runs_of("tiny", file) == ["one", "slow"]
    assert runs_of("tiny", file, with_data_root=True) == ["one", "slow", "again", "again-greedy"]
    assert runs_of("some", file, with_data_root=True) == ["many-schema-seed5", "many-schema-v3-seed5", "lora"]
    trained = load("some", "many-schema-seed5", file)
    assert trained.train is None, "many-seed5 trains"


def test_a_model_trained_on_one_dataset_and_tested_on_another_needs_both(tmp_path: Path) -> None:
    runs = {"one": {"recipe": "lora", "data": "edgejson_v3", "test": "edgejson"}}
    config = load("tiny", "one", write(tmp_path, runs=runs, profiles={"tiny": {}}))
    assert [data.dataset for data in config.datasets] == ["edgejson", "edgejson_v3"]
    assert all(isinstance(data, DataConfig) for data in config.datasets)


# Entries that list base weights, for BOOK.
SIZES: dict[str, Any] = {
    "bases": {"nano-s": {"tag": "s", "label": "Small"}, "nano-m": {"tag": "m", "label": "Medium"}, "owner/x": None},
    "recipes": {
        **BOOK["recipes"],
        "untuned": {"label": "as it is"},
        "rates": {"method": "scratch", "label": "trained", "learning_rate": {"nano-s": 0.3, "nano-m": 0.2}},
    },
    "runs": {
        "sizes": {"base": ["nano-s", "nano-m"], "recipe": ["untuned", "rates"], "seed": [0, 1]},
        "longer": {"base": ["nano-m"], "recipe": "rates", "test": ["edgejson", "edgejson_v3"]},
        "named": {"base": ["nano-s"], "label": "Named"},
        "alone": {"base": "nano-s", "recipe": "rates"},
        "hub": {"base": ["owner/x"], "recipe": "lora"},
    },
    "profiles": {"tiny": {}},
}


def test_a_list_of_bases_is_a_run_for_each_named_by_its_tag() -> None:
    runs = expand({**BOOK, **SIZES})
    assert [run for run, values in runs.items() if values["entry"] == "sizes"] == [
        *("s-untuned", "s-untuned-seed1", "s-rates", "s-rates-seed1"),
        *("m-untuned", "m-untuned-seed1", "m-rates", "m-rates-seed1"),
    ]
    assert {runs[run]["base"] for run in runs if run.startswith("m-")} == {"nano-m"}
    assert [run for run, values in runs.items() if values["entry"] == "longer"] == ["m-longer", "m-longer-v3"]
    assert {runs["m-longer"]["model"], runs["m-longer-v3"]["model"]} == {"m-longer"}, "one model, tested twice"
    assert runs["m-rates-seed1"]["model"] == "m-rates-seed1"
    assert "owner/x-hub" in runs, "without a tag the name stands there"


def test_labels_say_base_recipe_and_seed() -> None:
    labels = {run: values["label"] for run, values in expand({**BOOK, **SIZES}).items()}
    assert labels["s-untuned"] == "Small, as it is"
    assert labels["m-rates-seed1"] == "Medium, trained, seed 1"
    assert labels["m-longer"] == "Medium, trained"
    assert labels["s-named"] == "Small, Named"
    assert labels["alone"] == "alone"
    assert labels["owner/x-hub"] == "owner/x"


def test_a_setting_may_have_a_value_for_each_base(tmp_path: Path) -> None:
    file = write(tmp_path, **SIZES)
    rates = {run: load("tiny", run, file).train for run in ("s-rates", "m-rates", "m-longer", "alone")}
    assert {run: train.learning_rate for run, train in rates.items() if train} == {
        "s-rates": 0.3,
        "m-rates": 0.2,
        "m-longer": 0.2,
        "alone": 0.3,
    }


@pytest.mark.parametrize("base", ["nano-xs", ["nano-s", "nano-xs"], None])
def test_a_base_without_a_value_is_one_clear_error(tmp_path: Path, base: Any) -> None:
    runs = {"one": {"base": base, "recipe": "rates"}} if base else {"one": {"recipe": "rates"}}
    bases = {**SIZES["bases"], "nano-xs": {"tag": "xs"}}
    name = repr("nano-xs" if base else None)
    assert message(write(tmp_path, **{**SIZES, "bases": bases, "runs": runs})) == (
        f"book.yaml: recipe 'rates': learning_rate has no value for base {name} (found nano-s, nano-m)"
    )


def test_a_base_that_is_not_described_is_named_with_the_nearest(tmp_path: Path) -> None:
    runs = {"one": {"base": ["nano-s", "nano-n"]}}
    expected = "book.yaml: no base 'nano-n'; did you mean nano-s or nano-m?"
    assert message(write(tmp_path, **{**SIZES, "runs": runs})) == expected


def test_a_profile_narrows_an_entry_by_base(tmp_path: Path) -> None:
    picked = {"sizes": {"base": "nano-m", "recipe": "rates", "seed": 0, "epochs": 7}, "longer": None}
    several = {"sizes": {"base": ["nano-s", "nano-m"], "recipe": "untuned", "seed": 1}}
    profiles = {"tiny": {"runs": picked}, "some": {"runs": several}, "none": {"runs": {"sizes": {"base": "nano-xl"}}}}
    file = write(tmp_path, **{**SIZES, "profiles": profiles})
    assert runs_of("tiny", file, with_data_root=True) == ["m-rates", "m-longer", "m-longer-v3"]
    assert runs_of("some", file) == ["s-untuned-seed1", "m-untuned-seed1"]
    trained = load("tiny", "m-rates", file).train
    assert trained is not None
    assert trained.epochs == 7
    assert message(file, "alone", "none") == "book.yaml: no run 'sizes' with {'base': ['nano-xl']}"


def test_narrowing_an_entry_without_a_base_by_base_finds_no_run(tmp_path: Path) -> None:
    file = write(tmp_path, profiles={"tiny": {"runs": {"many": {"base": "nano-s"}}}})
    assert message(file) == "book.yaml: no run 'many' with {'base': ['nano-s']}"


def test_the_study_has_four_pretrained_sizes_five_depths_five_ranks_and_four_scratch_sizes() -> None:
    runs = expand(STUDY)
    sizes = ("135m", "268m", "494m", "1540m")
    for size in sizes:
        assert {f"{size}-{recipe}" for recipe in ("untuned", "few-shot", "ladder-100k", "ladder-300k")} <= set(runs)
    assert {f"135m-ladder-{layers}-layers" for layers in (6, 12, 18, 24)} <= set(runs)
    assert {f"135m-ladder-{rank}" for rank in ("r1", "r4", "r64", "full")} <= set(runs)
    assert {f"{size}-from-scratch-seed2" for size in ("1m", "3m", "10m", "30m")} <= set(runs)
    assert runs["494m-ladder-100k-seed1"]["label"] == "Qwen2.5-Coder-0.5B, LoRA, 100k tokens, seed 1"


def test_ladder_recipes_differ_from_their_protocol_in_what_their_label_says() -> None:
    """Rank at one scale alpha / r, depth, and tokens: nothing else changes with them."""
    recipes = STUDY["recipes"]
    for name in ("ladder-r1", "ladder-r4", "ladder-r64"):
        changed = {key for key in recipes[name] if recipes[name][key] != recipes["ladder-100k"].get(key)}
        assert changed == {"label", "lora_r", "lora_alpha"}
        assert recipes[name]["lora_alpha"] == 2 * recipes[name]["lora_r"]
    for name in (f"ladder-{layers}-layers" for layers in (6, 12, 18, 24)):
        changed = {key for key in recipes[name] if recipes[name][key] != recipes["ladder-100k"].get(key)}
        assert changed == {"label", "layers"}


@pytest.mark.parametrize(
    ("profile", "run", "expected"),
    [
        ("labtop", "lora-135m", "no profile 'labtop'; did you mean laptop?"),
        ("smoke", "lora-136m", "no run 'lora-136m'; did you mean lora-135m"),
        ("smoke", "zzz", "no run 'zzz'; known: 10m-from-scratch, "),
    ],
)
def test_a_misspelt_profile_or_run_is_named_with_the_nearest(profile: str, run: str, expected: str) -> None:
    assert message(paths.EXPERIMENTS, run, profile).startswith(f"experiments.yaml: {expected}")


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ({"recipe": "lorra"}, "no recipe 'lorra'; did you mean lora?"),
        ({"decoding": ["greedy", "shema"]}, "no decoding 'shema'; did you mean schema?"),
        ({"test": "edgejsn"}, "no test 'edgejsn'; did you mean edgejson"),
        ({"model": "many"}, "run 'one': no run 'many' above it"),
        ({"recipe": "lora", "epoch": 2}, "run 'one', profile 'tiny': unknown key 'epoch'; did you mean epochs"),
        ({"recipe": "lora", "epochs": 0}, "run 'one', profile 'tiny': field epochs: "),
        ({"dataset": "edgejson"}, "unknown key 'dataset'"),
    ],
)
def test_a_mistake_in_an_entry_is_named_with_its_place(tmp_path: Path, entry: dict[str, Any], expected: str) -> None:
    file = write(tmp_path, runs={"one": {"label": "One", **entry}}, profiles={"tiny": {}})
    assert message(file).startswith("book.yaml: ")
    assert expected in message(file)


def test_two_runs_of_one_name_are_refused(tmp_path: Path) -> None:
    file = write(tmp_path, runs={"lora": {"recipe": "slow"}, "two": {"recipe": ["lora", "slow"]}})
    assert message(file) == "book.yaml: two runs are called 'lora'"


def test_a_profile_that_picks_nothing_is_refused(tmp_path: Path) -> None:
    file = write(tmp_path, profiles={"tiny": {"runs": {"may": None}}, "some": {"runs": {"many": {"seed": 7}}}})
    assert message(file).startswith("book.yaml: no run 'may'; did you mean many")
    assert message(file, profile="some") == "book.yaml: no run 'many' with {'seed': [7]}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("runs: [", "not valid YAML"),
        ("- a", "found list, expected a mapping"),
        ("run: {}", "unknown section 'run'"),
        ("runs: [one]", "runs: found list"),
        ("runs: {one: lora}", "one.*found str"),
        ("profiles: {tiny: lora}", "tiny.*found str"),
    ],
)
def test_a_file_of_another_form_is_refused(tmp_path: Path, text: str, expected: str) -> None:
    (tmp_path / "book.yaml").write_text(text)
    with pytest.raises(PaperlibError, match=expected):
        load("tiny", "one", tmp_path / "book.yaml")
    with pytest.raises(PaperlibError, match="no such file"):
        load("tiny", "one", tmp_path / "missing.yaml")


@pytest.mark.parametrize(("picked", "expected"), [(["one"], "found list"), ({"one": "lora"}, "'one'")])
def test_what_a_profile_picks_is_a_mapping(tmp_path: Path, picked: Any, expected: str) -> None:
    assert expected in message(write(tmp_path, runs={"one": None}, profiles={"tiny": {"runs": picked}}))
