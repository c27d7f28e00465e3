"""Configurations: a wrong key or value is named with its place and with what was found."""

from typing import Any

import pytest

from paperlib.core import config
from paperlib.core.config import DataConfig, EvalConfig, TrainConfig
from paperlib.core.errors import PaperlibError
from paperlib.core.strict_model import suggestion, validate

RUN = {"run": "one", "profile": "tiny"}


@pytest.mark.parametrize(
    ("values", "field", "found"),
    [
        ({"epochs": "two"}, "epochs", "'two'"),
        ({"epochs": 0}, "epochs", "0"),
        ({"batch_tokens": 2048.5}, "batch_tokens", "2048.5"),
        ({"method": "qlora"}, "method", "'qlora'"),
        ({"precision": "fp16"}, "precision", "'fp16'"),
        ({"max_steps": 0}, "max_steps", "0"),
        ({"max_steps": -2}, "max_steps", "-2"),
        ({"layers": 3}, "layers", "3"),
        ({"layers": [0, 1.5]}, "layers.1", "1.5"),
        ({"prompt": "chatty"}, "prompt", "'chatty'"),
        ({"run": None}, "run", "None"),
    ],
)
def test_a_wrong_value_is_named_with_field_and_place(values: dict[str, Any], field: str, found: str) -> None:
    with pytest.raises(PaperlibError) as error:
        validate(TrainConfig, {**RUN, **values}, "here")
    assert str(error.value).startswith(f"here: field {field}: ")
    assert f"(found {found})" in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("values", "field", "found"),
    [({"shots": -1}, "shots", "-1"), ({"shots": 1.5}, "shots", "1.5"), ({"prompt": "chatty"}, "prompt", "'chatty'")],
)
def test_a_wrong_way_to_ask_is_named(values: dict[str, Any], field: str, found: str) -> None:
    with pytest.raises(PaperlibError) as error:
        validate(EvalConfig, {**RUN, "label": "", **values}, "here")
    assert str(error.value).startswith(f"here: field {field}: ")
    assert f"(found {found})" in str(error.value)


def test_an_untuned_model_may_be_asked_in_a_chat_with_examples() -> None:
    asked = validate(EvalConfig, {**RUN, "label": "", "prompt": "chat", "shots": 3}, "here")
    assert (asked.prompt, asked.shots) == ("chat", 3)


def test_a_misspelt_field_is_named_with_the_nearest() -> None:
    with pytest.raises(PaperlibError, match=r"here: field learning_rat: .* did you mean learning_rate"):
        validate(TrainConfig, {**RUN, "learning_rat": 1}, "here")


def test_nearest_lists_all_where_none_is_near() -> None:
    assert suggestion("zzz", ["b", "a"]) == "; known: a, b"


def test_a_notebook_is_configured_by_its_global_names() -> None:
    names = {**DataConfig(profile="smoke").model_dump(), "n_train": 3, "os": object()}
    assert config.from_notebook(DataConfig, names) == DataConfig(profile="smoke", n_train=3)
    with pytest.raises(PaperlibError, match=r"parameters: field n_train: .*found 'three'"):
        config.from_notebook(DataConfig, {**names, "n_train": "three"})


def test_the_training_of_an_untuned_base_has_the_defaults() -> None:
    trained = TrainConfig.model_validate({**RUN, "prompt": "schema", "layout": "indented"})
    assert config.training_config({"config": trained.model_dump(mode="json")}) == trained
    assert (config.training_config({}).prompt, config.training_config({}).layout) == ("plain", "line")
