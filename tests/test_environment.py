"""pyproject.toml, constraints.txt and environment.yml name the same things in the same versions."""

import re
import tomllib
from importlib.metadata import version
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from paperlib.core.paths import ROOT

CONDA_NAMES = {"matplotlib-base": "matplotlib"}
# Of the extras `lab`, `docs`, `release`, `cluster`, `onnx` and `energy`: tests pass without them.
NOT_NEEDED = (
    "jupyterlab", "pdoc", "datasets", "mlcroissant", "snakemake-executor-plugin-slurm",
    "pyjoulescope-driver", "onnx", "onnx-ir", "onnxruntime", "onnxruntime-genai",
)  # fmt: skip


@pytest.fixture(scope="module")
def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


@pytest.fixture(scope="module")
def requirements(project: dict[str, Any]) -> list[Requirement]:
    extras = [text for extra in project["optional-dependencies"].values() for text in extra]
    return [Requirement(text) for text in (*project["dependencies"], *extras)]


@pytest.fixture(scope="module")
def pins() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pairs = [line.split("==") for line in lines if line and not line.startswith("#")]
    return {canonicalize_name(name): number for name, number in pairs}


def test_every_dependency_is_pinned_within_its_bounds(requirements: list[Requirement], pins: dict[str, str]) -> None:
    for need in requirements:
        assert need.specifier.contains(pins[canonicalize_name(need.name)]), need


def test_constraints_are_plain_pins(pins: dict[str, str]) -> None:
    assert pins["torch"] == "2.13.0"  # without "+cpu", so that every platform finds its build
    assert all(re.fullmatch(r"[\w.]+", number) for number in pins.values())


def test_conda_environment_has_the_same_versions(requirements: list[Requirement], pins: dict[str, str]) -> None:
    listed = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))["dependencies"]
    conda = [item.split("=") for item in listed if isinstance(item, str) and "=" in item]
    pip = [item.split("==") for entry in listed if isinstance(entry, dict) for item in entry["pip"] if "==" in item]
    found = {CONDA_NAMES.get(name, name): number for name, number in (*conda, *pip)}
    assert found.pop("python") == "3.11"
    assert found == {need.name: pins[canonicalize_name(need.name)] for need in requirements}


def test_installed_versions_are_the_pinned_ones(requirements: list[Requirement], pins: dict[str, str]) -> None:
    for need in requirements:
        if need.name not in NOT_NEEDED:
            assert version(need.name).split("+")[0] == pins[canonicalize_name(need.name)]


def test_citation_names_the_paper(project: dict[str, Any]) -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    paper = (ROOT / "paper" / "main.tex").read_text(encoding="utf-8")
    title = re.search(r"\\newcommand\{\\Title\}\{(.+?)\}\s*\\newcommand", paper, re.DOTALL)
    assert title
    shown = re.sub(r"\\texorpdfstring\{.*?\}\{ \}|%$", " ", title[1], flags=re.MULTILINE)
    assert shown.split() == citation["title"].split()
    assert citation["authors"][0]["name"] == project["authors"][0]["name"]
    assert project["authors"][0]["name"] in paper
    assert (citation["license"], citation["version"]) == (project["license"], project["version"])
