"""Every notebook is fit to commit, and refuses a parameter that it does not define."""

from pathlib import Path

import pytest

from paperlib.core.errors import PaperlibError
from paperlib.core.paths import NOTEBOOKS
from paperlib.workflow import notebooks


@pytest.mark.parametrize("path", sorted(NOTEBOOKS.glob("*.ipynb")), ids=lambda path: path.name)
def test_notebooks_are_fit_to_commit(path: Path) -> None:
    assert notebooks.check(path) == []


@pytest.mark.parametrize("path", sorted(NOTEBOOKS.glob("*.ipynb")), ids=lambda path: path.name)
def test_notebooks_refuse_a_misspelt_parameter(path: Path) -> None:
    with pytest.raises(PaperlibError, match=r"no parameter 'proflie'; (did you mean profile|known: )"):
        notebooks.check_parameters(path, {"proflie": "smoke"})
