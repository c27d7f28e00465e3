"""Hashes of code: they follow imports, and another metric or figure trains nothing again."""

import ast
import re
import shutil
from pathlib import Path

import nbformat
import pytest

from paperlib.core import paths
from paperlib.core.fingerprint import code_hash, modules_hash

DATASET, TRAINING, EVALUATION = (
    paths.NOTEBOOKS / f"{name}.ipynb" for name in ("01_dataset", "02_training", "03_evaluation")
)


def display_only() -> tuple[str, ...]:
    """The modules that the Snakefile leaves out of the hashes of the rules that make data and train."""
    text = (paths.ROOT / "Snakefile").read_text(encoding="utf-8")
    found: tuple[str, ...] = ast.literal_eval(re.findall(r"^DISPLAY_ONLY = (\(.*\))$", text, re.M)[0])
    return found


DISPLAY_ONLY = display_only()


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the package, which is hashed in place of it."""
    shutil.copytree(paths.ROOT / "paperlib", tmp_path / "paperlib", ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(paths, "ROOT", tmp_path)
    return tmp_path / "paperlib"


def change(*modules: Path, line: str = "CHANGED = True") -> None:
    for module in modules:
        with module.open("a", encoding="utf-8") as handle:
            handle.write(f"\n{line}\n")


def test_a_hash_follows_what_a_notebook_imports(tmp_path: Path) -> None:
    path = tmp_path / "a.ipynb"

    def hashed(*sources: str) -> str:
        nbformat.write(nbformat.v4.new_notebook(cells=list(map(nbformat.v4.new_code_cell, sources))), path)
        return code_hash(path)

    plain = hashed("x = 1")
    assert hashed("x = 1  # one") == plain
    assert hashed("x = 2") != plain
    assert hashed("%matplotlib inline\nx = 1") != plain
    imports = "from paperlib.data import leaves", "from paperlib.data import scalars"
    assert len({hashed(f"{line}\nx = 1") for line in imports}) == 2


def test_comments_and_docstrings_change_no_hash(package: Path) -> None:
    before = modules_hash("training.trainer")
    module = package / "training" / "batches.py"
    module.write_text('"""Another docstring."""\n# a comment\n' + module.read_text().split('"""', 2)[2])
    assert modules_hash("training.trainer") == before
    change(module)
    assert modules_hash("training.trainer") != before


def hashes() -> list[str]:
    """What makes Snakemake train again, and what makes the trainer train again."""
    return [code_hash(TRAINING, DISPLAY_ONLY), modules_hash("training.trainer")]


def test_another_metric_or_figure_makes_no_data_and_trains_nothing_again(package: Path) -> None:
    made, trained, evaluated = code_hash(DATASET, DISPLAY_ONLY), hashes(), code_hash(EVALUATION)
    for room in ("evaluation", "claims", "paper"):
        change(*(package / room).rglob("*.py"))
    assert code_hash(DATASET, DISPLAY_ONLY) == made
    assert hashes() == trained
    assert code_hash(EVALUATION) != evaluated


def test_a_metric_that_training_imports_would_train_again(package: Path) -> None:
    """The test above notices a training module that imports a metric."""
    change(package / "training" / "batches.py", line="from paperlib.evaluation import metrics")
    trained = hashes()
    change(package / "evaluation" / "metrics.py")
    assert all(one != other for one, other in zip(hashes(), trained, strict=True))
