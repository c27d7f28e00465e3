from math import comb

import numpy as np
import pytest

from paperlib.evaluation.statistics.coverage import HEADLINE, Row, Scenario, coverage, simulate
from paperlib.evaluation.statistics.intervals import wilson

COMPLEX = Scenario(n=25, schemas=5, mean=0.4, icc=0.2)


def only(rows: list[Row], interval: str, target: str = "new schemas") -> Row:
    (row,) = [r for r in rows if (r.interval, r.target) == (interval, target)]
    return row


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    return coverage([COMPLEX], simulations=300, resamples=200)


def test_a_row_for_each_interval_and_target(rows: list[Row]) -> None:
    assert len(rows) == len({(r.interval, r.target) for r in rows}) == 5 * 2
    for row in rows:
        assert (row.scenario, row.nominal, row.simulations) == (COMPLEX, 0.95, 300)
        assert row.coverage == row.covered / 300
        assert (row.low, row.high) == wilson(row.covered, 300)


def test_five_schemas_are_too_few_for_the_clustered_bootstrap(rows: list[Row]) -> None:
    assert only(rows, "clustered bootstrap").fails
    assert only(rows, "wilson").fails
    assert not only(rows, "wilson", "these schemas").fails


def test_the_headline_interval_holds_for_both_targets(rows: list[Row]) -> None:
    assert not only(rows, HEADLINE).fails
    assert not only(rows, HEADLINE, "these schemas").fails
    assert only(rows, HEADLINE).mean_width > only(rows, "wilson").mean_width


def test_near_zero_the_bootstraps_are_points() -> None:
    found = coverage([Scenario(n=25, schemas=5, mean=0.05, icc=0.2)], simulations=100, resamples=50)
    for name in ("bootstrap", "clustered bootstrap", "clustered t"):
        assert only(found, name).pointlike > 0.2
        assert only(found, name).fails
    assert only(found, HEADLINE).pointlike == 0


def test_simulated_coverage_of_wilson_is_the_exact_one() -> None:
    n, p = 25, 0.4
    exact = sum(comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(n + 1) if wilson(k, n)[0] <= p <= wilson(k, n)[1])
    found = coverage([Scenario(n, 5, p, icc=0.0)], simulations=600, resamples=10)
    row = only(found, "wilson", "these schemas")
    assert row.low < exact < row.high
    assert len(found) == 5  # independent examples: one target


def test_seeded() -> None:
    scenario = Scenario(n=20, schemas=4, mean=0.5, icc=0.3)
    first, again, other = (coverage([scenario], simulations=20, resamples=20, seed=seed) for seed in (1, 1, 2))
    assert first == again
    assert first != other


@pytest.mark.parametrize("fields", [1, 6])
def test_simulated_scores_have_the_stated_mean_and_correlation(fields: int) -> None:
    scenario = Scenario(n=4000, schemas=2000, mean=0.7, icc=0.3, fields=fields)
    scores, _, truth = simulate(scenario, np.random.default_rng(0))
    pairs = scores.reshape(2000, 2)  # two examples a schema
    assert truth["new schemas"] == 0.7
    assert truth["these schemas"] == pytest.approx(0.7, abs=0.03)
    assert scores.mean() == pytest.approx(0.7, abs=0.03)
    # Covariance of two examples of a schema is that of their rates, icc p (1 - p), however many fields they have.
    assert np.cov(pairs.T)[0, 1] == pytest.approx(0.3 * 0.7 * 0.3, abs=0.012)


def test_a_gain_is_paired() -> None:
    scenario = Scenario(n=5000, schemas=5, mean=0.4, icc=0.0, other=0.6)
    scores, _, truth = simulate(scenario, np.random.default_rng(0))
    assert set(scores) == {0, 1}  # the better model never loses where both meet the same difficulty
    assert scores.mean() == pytest.approx(truth["new schemas"], abs=0.03)
    assert {row.interval for row in coverage([scenario], 5, 5)} == {"bootstrap", "clustered bootstrap", "clustered t"}


def test_a_scenario_says_what_it_is() -> None:
    assert str(COMPLEX) == "25 examples, 5 schemas, rate 0.40, correlation 0.2"
    gain = Scenario(n=158, schemas=24, mean=0.6, icc=0.3, fields=6, other=0.8, uneven=True)
    assert str(gain) == "158 examples of 6 fields, 24 schemas of uneven size, rates 0.60 and 0.80, correlation 0.3"


def test_uneven_sizes() -> None:
    _, schemas, _ = simulate(Scenario(n=158, schemas=24, mean=0.8, icc=0.3, uneven=True), np.random.default_rng(0))
    sizes = np.bincount(schemas)
    assert (sizes.size, sizes.sum(), sizes.min()) == (24, 158, 1)
    assert sizes.max() > 10


def test_a_schema_without_examples_is_refused() -> None:
    with pytest.raises(ValueError, match="without an example"):
        coverage([Scenario(n=3, schemas=5, mean=0.5, icc=0.1)], simulations=1)
