"""The analysis of sizes: outcomes by example, contrasts, fits, and exact match predicted from leaves."""

import math
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scaled import SIZES, ladder, rows, save_run
from scipy.stats import binom

from paperlib.core import paths
from paperlib.core.errors import DataError, PaperlibError
from paperlib.core.files import write_jsonl
from paperlib.core.records import Record
from paperlib.evaluation.scaling import curves, exact_match, exactness, fits, gains
from paperlib.evaluation.scaling.contrasts import Estimate, Group, apart, contrast, group, score, slope_weights
from paperlib.evaluation.scaling.families import members, size_name
from paperlib.evaluation.scaling.outcomes import Outcome, outcomes
from paperlib.evaluation.scaling.selection import BASES, runs_of

SCHEMAS = tuple(f"schema-{place % 10}" for place in range(100))


@pytest.fixture(autouse=True)
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setattr(paths, "SCALING", tmp_path)
    return tmp_path


def made(values: Any, parameters: int = 1) -> Group:
    array = np.atleast_2d(np.asarray(values, dtype=float))
    return Group(array, tuple(map(str, range(array.shape[1]))), SCHEMAS[: array.shape[1]], parameters)


# Outcomes.


def test_outcomes_are_those_of_the_run_and_of_no_other_with_its_name(folder: Path) -> None:
    record = save_run(folder, rows(0.9, 0), base=BASES[0], recipe="ladder-100k", run="one")
    found = outcomes(record)
    assert sum(one.exact for one in found.values()) == record.metric("json_exact").k
    assert {one.tier for one in found.values()} == {"simple", "medium", "complex", "none"}
    assert next(iter(found.values())).nats_per_leaf is not None
    other = record.provenance.model_copy(update={"created": "2001-01-01T00:00:00Z"})
    assert outcomes(record.model_copy(update={"provenance": other})) == {}


def test_a_row_without_a_field_is_refused_by_line(folder: Path) -> None:
    record = save_run(folder, rows(0.9, 0), base=BASES[0], recipe="ladder-100k", run="broken")
    write_jsonl(folder / "broken" / "scores.jsonl", [{"id": "a", "schema_id": "b", "tier": None, "json_exact": True}])
    with pytest.raises(DataError, match=r"scores\.jsonl:1: .*leaves"):
        outcomes(record)


def test_a_run_made_twice_counts_once_and_the_study_of_sizes_comes_first(folder: Path) -> None:
    fields: dict[str, Any] = {"base": BASES[0], "recipe": "untuned"}
    early = save_run(folder, rows(0.9, 0), **fields, run="a", profile="laptop")
    late, dev = (save_run(folder, rows(0.9, 0), **fields, run=name) for name in ("b", "c"))
    dev = dev.model_copy(update={"split": "dev"})
    other = save_run(folder, rows(0.9, 1), **fields, run="d", seed=1)
    records = {run.run: run for run in (early, late, dev, other)}
    assert [run.run for run in runs_of(records, **fields)] == ["b", "d"]


# Contrasts.


def test_a_contrast_is_paired_and_knows_its_scales() -> None:
    rng = np.random.default_rng(0)
    hard = rng.random(100) < 0.5
    one, other = made(np.where(hard, 0.0, 1.0)), made(np.where(hard, 0.0, rng.random(100) < 0.8))
    paired = contrast([(1, one), (-1, other)])
    assert paired
    assert paired.value == pytest.approx(one.mean - other.mean)
    alone = contrast([(1, one)])
    assert alone
    assert paired.high - paired.low < alone.high - alone.low  # the examples' difficulty cancels
    ratio = contrast([(1, one), (-1, other)], "log")
    assert ratio
    assert ratio.value == pytest.approx(math.log(one.mean / other.mean))
    assert contrast([(1, one), (-1, made(np.zeros(100)))], "log") is None
    assert contrast([(1, made(np.ones(100)))], "log odds") is None


def test_seeds_widen_an_interval_and_few_agreeing_schemas_do_not_narrow_it() -> None:
    values = np.random.default_rng(1).random(100)
    one, seeds = contrast([(1, made(values))]), contrast([(1, made([values - 0.2, values, values + 0.2]))])
    assert one
    assert seeds
    assert seeds.value == pytest.approx(one.value)
    assert seeds.high - seeds.low > one.high - one.low
    alike = Group(np.array([[0.0, 1.0] * 20]), tuple(map(str, range(40))), ("a",) * 20 + ("b",) * 20, 1)
    agreeing = contrast([(1, alike)])
    assert agreeing
    assert agreeing.high - agreeing.low > 0.5  # both schemas have a mean of one half


def test_a_group_that_occurs_twice_counts_once() -> None:
    one = made(np.random.default_rng(2).random(100))
    assert contrast([(1, one), (-1, one)]) == Estimate(0.0, 0.0, 0.0)


def test_groups_on_different_examples_are_refused(folder: Path) -> None:
    with pytest.raises(PaperlibError, match="same examples"):
        contrast([(1, made(np.ones(100))), (-1, made(np.ones(50)))])
    one = save_run(folder, rows(0.9, 0), base=BASES[0], recipe="ladder-100k", run="one")
    data = one.data.model_copy(update={"test_hash": "other"})
    with pytest.raises(PaperlibError, match="one and two were tested on different examples"):
        group([one, one.model_copy(update={"run": "two", "data": data})], "exact")


def test_a_score_has_the_headline_interval_and_estimates_can_be_set_apart() -> None:
    found = score(made(np.ones(100)))
    assert (found.value, found.high) == (1.0, 1.0)
    assert 0.9 < found.low < 1
    assert apart(Estimate(0.5, 0.4, 0.6), Estimate(0.2, 0.2, 0.2)) == pytest.approx(Estimate(0.3, 0.2, 0.4))
    assert sum(w * x for w, x in zip(slope_weights([1, 2, 8]), [0.0, 1.0, 3.0], strict=True)) == pytest.approx(1.0)


def test_the_interval_of_several_seeds_has_the_variance_between_them() -> None:
    ids, schemas = tuple(f"e{n}" for n in range(100)), tuple(f"s{n % 4}" for n in range(100))
    apart_by_seed = Group(np.array([[1.0] * 60 + [0.0] * 40, [0.0] * 60 + [0.0] * 40]), ids, schemas, 1)
    same_means = Group(apart_by_seed.means[None], ids, schemas, 1)
    wide, narrow = score(apart_by_seed), score(same_means)
    assert wide.value == narrow.value
    assert wide.high - wide.low > 1.5 * (narrow.high - narrow.low)
    of_one_schema = score(Group(apart_by_seed.values, ids, ("s",) * 100, 1))
    assert of_one_schema.high - of_one_schema.low > 0.5


# Fits.


def test_a_planted_power_law_is_found(folder: Path) -> None:
    records = planted(folder, exponent=-0.5)
    line = fits.fit(records)
    assert line
    assert line.exponent.value == pytest.approx(-0.5, abs=0.02)
    assert line.exponent.low <= line.exponent.value <= line.exponent.high
    ((low, high),) = line.band([3e8])
    assert low <= line.curve.at(3e8) <= high
    other = fits.fit(records, "parameters without embeddings")
    assert other
    assert other.error > line.error
    assert fits.fit({name: run for name, run in records.items() if run.base in BASES[:2]}) is None


def test_models_off_the_line_have_residuals(folder: Path) -> None:
    records = planted(folder, exponent=-0.5)
    twice = nats_rows(2 * SIZES[BASES[0]] ** -0.5 * 1e4)
    run = save_run(folder, twice, base=BASES[0], recipe="ladder-12-layers", run="pruned")
    line = fits.fit(records)
    assert line
    by_family = {member.family: found for member, found in fits.residuals({**records, run.run: run}, line)}
    assert by_family["pruned"].value == pytest.approx(math.log(2), abs=0.05)
    assert by_family["pruned"].low > 0
    assert by_family["pre-trained"].value == pytest.approx(0, abs=0.05)


def planted(folder: Path, exponent: float) -> dict[str, Record]:
    """Tuned runs of every size whose nats per leaf follow a power law."""
    runs = [
        save_run(folder, nats_rows(1e4 * SIZES[base] ** exponent, seed), base=base, recipe="ladder-100k")
        for seed, base in enumerate(BASES)
    ]
    return {run.run: run for run in runs}


def nats_rows(nats: float, seed: int = 9) -> list[dict[str, Any]]:
    rng = np.random.default_rng(seed)
    return [{**row, "nats": list(nats * rng.uniform(0.9, 1.1, len(row["nats"])))} for row in rows(0.9, 0)]


def test_resampled_means_vary_as_the_data_do() -> None:
    rng = np.random.default_rng(4)
    means = curves.resampled([made(rng.random((3, 100))), made(np.full((1, 100), 0.5))])
    assert means.shape == (2000, 2)
    assert means[:, 0].std() > 0.005
    assert means[:, 1].std() == pytest.approx(0.0, abs=1e-12)
    with pytest.raises(ValueError, match="expected at least 2"):
        curves.fit([3.0, 3.0], [1.0, 2.0])


# Exact match from leaves.


def drawn(rho: float, seed: int, p: float = 0.9) -> list[Outcome]:
    """Answers of 3 to 40 leaves whose chance of a right leaf has a beta distribution."""
    rng = np.random.default_rng(seed)
    found = []
    for place in range(400):
        n = (3, 6, 12, 40)[place % 4]
        chance = rng.beta(p * (1 / rho - 1), (1 - p) * (1 / rho - 1))
        right = int(rng.binomial(n, chance))
        found.append(Outcome(str(place), f"schema-{place % 12}", "simple", right == n, right, n, n))
    return found


def test_the_beta_binomial_law_finds_what_was_planted() -> None:
    law = exactness.fit_beta_binomial(drawn(0.3, 0))
    assert law.p == pytest.approx(0.9, abs=0.03)
    assert law.rho == pytest.approx(0.3, abs=0.08)
    assert law.exact(np.array([1.0])) == pytest.approx(law.p)


def test_correlated_leaves_are_told_from_independent_ones() -> None:
    for rho, better in ((0.4, True), (0.003, False)):
        found = drawn(rho, 1)
        power, beta = (exactness.predicted(found, law) for law in (exactness.independent, exactness.correlated))
        gain = float((exactness.log_scores(found, beta) - exactness.log_scores(found, power)).mean())
        assert (gain > 0.05) == better
        low, high = exactness.count_interval(beta)
        assert low <= sum(one.exact for one in found) <= high


def test_what_is_fitted_elsewhere_sees_nothing_of_what_it_predicts() -> None:
    found = drawn(0.3, 2)
    wrong = {one.id: replace(one, exact=False, right=0) for one in found if one.schema_id == "schema-0"}
    changed = [wrong.get(one.id, one) for one in found]
    inside = [one.schema_id == "schema-0" for one in found]
    for law in (exactness.independent, exactness.correlated):
        before, after = exactness.predicted(found, law), exactness.predicted(changed, law)
        assert list(before[inside]) == list(after[inside])
        assert list(before) != list(after)
    with pytest.raises(ValueError, match="2 schemas"):
        exactness.predicted([one for one in found if one.schema_id == "schema-0"], exactness.correlated)
    with pytest.raises(ValueError, match="2"):
        exactness.predicted_across([found])


def test_counts_of_equal_chances_are_binomial() -> None:
    low, high = exactness.count_interval(np.full(40, 0.3))
    assert (low, high) == (binom.ppf(0.025, 40, 0.3), binom.ppf(0.975, 40, 0.3))


def test_laws_are_scored_over_all_runs(folder: Path) -> None:
    runs = exact_match.label_lines(ladder(folder))
    found = exact_match.predictions(runs, "complex")
    scored = {one.law: one for one in exact_match.law_scores(found)}
    assert list(scored) == list(exact_match.LAWS)
    assert {one.runs for one in scored.values()} == {len(runs)}
    assert scored[exact_match.ACROSS].brier.value < 0.25
    assert exact_match.predictions(runs[:1]) == []
    assert exact_match.law_scores([]) == []
    parts = exact_match.by_leaves(runs[:2])
    assert sum(n for _, n in parts.values()) == len(outcomes(runs[0]))
    assert parts[17, 1000][1] == len(found[0].outcomes)


# Families and gains.


def test_families_have_their_members(folder: Path) -> None:
    found = members(ladder(folder))
    counts = Counter((one.family, one.state) for one in found)
    trained = ("pre-trained", "pruned", "from scratch")
    assert counts == {("pre-trained", "untuned"): 4, **dict.fromkeys([(family, "tuned") for family in trained], 4)}
    assert [one.size for one in found if one.state == "tuned"][:4] == ["135M", "268M", "494M", "1.54B"]
    second = next(one for one in found if one.size == "268M")
    assert second.body
    assert second.body < next(one.body or 0 for one in found if one.size == "135M")
    assert size_name(1_100_000) == "1.1M"


def test_gains_that_order_sizes_differently_are_named() -> None:
    def row(ratio: float | None, difference: float) -> dict[str, Estimate | None]:
        made_up = {name: Estimate(difference, 0, 1) for name in gains.GAINS}
        return {**made_up, "ratio": None if ratio is None else Estimate(ratio, 0, 9)}

    found = gains.reversals({"a": row(3.0, 0.2), "b": row(2.0, 0.4), "c": row(None, 0.1)})
    assert found["ratio", "difference"] == [("a", "b")]
    assert found["difference", "nats saved"] == []
