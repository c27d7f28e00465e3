"""A simulation on disk: what is written is what is read, and the committed one is what the code gives."""

import json
from pathlib import Path
from typing import Any

import pytest
from conftest import make_record

from paperlib.core import paths
from paperlib.core.errors import DataError
from paperlib.core.fingerprint import modules_hash
from paperlib.core.records import save_record
from paperlib.evaluation.statistics import simulation
from paperlib.evaluation.statistics.coverage import SCENARIOS, Scenario, coverage
from paperlib.workflow import keep

SMALL = (Scenario(n=20, schemas=4, mean=0.5, icc=0.3), Scenario(n=20, schemas=4, mean=0.3, icc=0.3, other=0.6))


@pytest.fixture(scope="module")
def small() -> simulation.Simulation:
    return simulation.run(simulations=5, resamples=4, seed=3, scenarios=SMALL)


def test_what_is_written_is_what_is_read(small: simulation.Simulation, tmp_path: Path) -> None:
    simulation.save(tmp_path / "coverage.json", small)
    found = simulation.load(tmp_path / "coverage.json")
    assert found == small
    assert found.rows == tuple(coverage(SMALL, simulations=5, resamples=4, seed=3))
    assert (found.seed, found.simulations, found.resamples) == (3, 5, 4)
    assert found.code_hash == modules_hash("evaluation.statistics.coverage")
    assert set(found.versions) == {"python", "numpy", "scipy"}


def test_the_same_simulation_is_the_same_bytes(small: simulation.Simulation, tmp_path: Path) -> None:
    again = simulation.run(simulations=5, resamples=4, seed=3, scenarios=SMALL)
    for name, each in (("a", small), ("b", again)):
        simulation.save(tmp_path / name, each)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


@pytest.mark.parametrize(
    ("place", "value", "field"),
    [
        (("seed",), None, "seed"),
        (("rows", 1, "covered"), "many", "rows.1.covered"),
        (("rows", 0, "interval"), "wald", "rows.0.interval"),
        (("rows", 2, "scenario", "colour"), "red", "rows.2.scenario.colour"),
        (("created",), "today", "created"),
    ],
)
def test_a_broken_file_is_named_with_its_field(
    small: simulation.Simulation, tmp_path: Path, place: tuple[str | int, ...], value: Any, field: str
) -> None:
    whole: Any = small.model_dump(mode="json")
    inner = whole
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = value
    path = tmp_path / "coverage.json"
    path.write_text(json.dumps(whole))
    with pytest.raises(DataError, match=f"coverage.json: field {field}: "):
        simulation.load(path)


def test_no_file_and_no_json_are_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"coverage\.json: no such file"):
        simulation.load(tmp_path / "coverage.json")
    (tmp_path / "coverage.json").write_text('{"seed": 0,\n')
    with pytest.raises(DataError, match=r"coverage\.json:2: not valid JSON"):
        simulation.load(tmp_path / "coverage.json")


def test_the_committed_simulation_is_what_the_code_gives() -> None:
    committed = simulation.load(paths.RESULTS / "coverage.json")
    assert tuple(dict.fromkeys(row.scenario for row in committed.rows)) == SCENARIOS
    assert {row.simulations for row in committed.rows} == {committed.simulations} == {1000}
    scenario = SCENARIOS[6]  # the complex tier; the bootstraps would take long, the others know no resamples
    fresh = {(r.interval, r.target): r for r in coverage([scenario], 1000, resamples=1, seed=committed.seed)}
    kept = [r for r in committed.rows if r.scenario == scenario and "bootstrap" not in r.interval]
    assert len(kept) == 3 * 2
    for row in kept:
        other = fresh[row.interval, row.target]
        assert (row.covered, row.mean_width) == (other.covered, pytest.approx(other.mean_width))


def test_it_is_kept_with_the_runs(
    small: simulation.Simulation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paths, "ROOT", tmp_path)
    monkeypatch.setattr(paths, "RESULTS", tmp_path / "data" / "results")
    save_record(paths.results("laptop") / "lora-135m", make_record())
    keep.keep("laptop")
    assert not (paths.RESULTS / "coverage.json").exists()
    simulation.save(paths.build("laptop") / "intervals" / "coverage.json", small)
    assert keep.keep("laptop") == ["lora-135m"]
    assert simulation.load(paths.RESULTS / "coverage.json") == small
