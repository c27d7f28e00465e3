"""Runs that vary another one are told from the principal ones by name."""

import pytest

from paperlib.core import config
from paperlib.evaluation.runs import principal


@pytest.mark.parametrize(
    ("run", "kept"),
    [("lora-135m", True), ("lora-135m-v3", True), ("lora-135m-v3-seed1", False), ("budget-3", False)],
)
def test_what_varies_another_run_is_not_principal(run: str, kept: bool) -> None:
    assert config.load("published", run).eval.run == run, "the name is one of the study's"
    assert (run in principal({run: None})) is kept  # type: ignore[dict-item]


def test_every_recipe_of_the_decomposition_but_ours_varies_another() -> None:
    names = config.runs_of("decomposition", with_data_root=True)
    assert list(principal(dict.fromkeys(names))) == ["lora-135m-v3"]  # type: ignore[arg-type]
