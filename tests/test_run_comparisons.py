import pytest
from conftest import make_record, with_counts

from paperlib.core.errors import PaperlibError
from paperlib.core.records import Record
from paperlib.evaluation import run_comparisons
from paperlib.evaluation.run_comparisons import (
    decision_matrix,
    exact_by_group,
    high_accuracy_schemas,
    mean_over_seeds,
    paired_runs,
    perfect_schemas,
    running_mean,
    seed_groups,
    total_cost,
    tuning_effect,
    tuning_effects,
)
from paperlib.evaluation.scaling.outcomes import Outcome
from paperlib.evaluation.statistics.intervals import wilson


def test_the_effect_of_tuning_on_three_scales() -> None:
    effect = tuning_effect(with_counts("lora-135m", 39, 158), with_counts("base-135m", 3, 158))
    assert effect.ratio is not None
    assert effect.ratio[0] == pytest.approx(13)
    assert effect.difference[0] == pytest.approx(36 / 158)
    for value, (low, high) in (effect.ratio, effect.difference, effect.odds_ratio):
        assert low < value < high


def test_a_ratio_to_nothing_has_no_value_but_the_difference_has() -> None:
    effect = tuning_effect(with_counts("lora-135m", 128, 158), with_counts("base-135m", 0, 158))
    assert effect.ratio is None
    assert effect.difference[0] == pytest.approx(128 / 158)


def test_tuned_runs_are_paired_with_the_untuned_run_of_the_same_weights_and_examples(
    records: dict[str, Record],
) -> None:
    pairs = [(effect.tuned, effect.base) for effect in tuning_effects(records)]
    assert ("lora-135m", "base-135m") in pairs
    assert not any(name.startswith("nano") for pair in pairs for name in pair)


@pytest.mark.parametrize("changed", [{"recipe": "few-shot"}, {"decoding": "schema"}])
def test_untuned_runs_asked_or_decoded_otherwise_are_no_base_of_the_effect(
    records: dict[str, Record], changed: dict[str, str]
) -> None:
    before = tuning_effects(records)
    other = make_record("base-135m", **changed)
    records |= {name: other.model_copy(update={"run": name}) for name in ("a-untuned", "z-untuned")}
    assert tuning_effects(records) == before


def test_runs_on_other_examples_are_not_compared() -> None:
    record = make_record("lora-135m")
    other = record.model_copy(update={"data": record.data.model_copy(update={"test_hash": "ff" * 8})})
    with pytest.raises(PaperlibError, match="different examples"):
        tuning_effect(record, other)
    with pytest.raises(PaperlibError, match="same examples"):
        decision_matrix([record, other])


def test_perfect_and_nearly_perfect_schemas_come_with_what_they_prove() -> None:
    record = with_counts("lora-135m", 20, 30, {"a": (8, 8), "b": (9, 9), "c": (7, 8), "d": (5, 8), "e": (4, 5)})
    perfect = perfect_schemas(record)
    assert [row.name for row in perfect] == ["b", "a"]
    assert perfect[1].low == pytest.approx(wilson(8, 8)[0])
    assert round(perfect[1].low, 3) == 0.676
    assert [row.name for row in high_accuracy_schemas(record)] == ["c", "e"]


def test_a_winner_is_named_where_the_counts_tell() -> None:
    close = decision_matrix([with_counts("base-135m", 10, 25), with_counts("lora-135m", 12, 25)])
    clear = decision_matrix([with_counts("base-135m", 1, 25), with_counts("lora-135m", 12, 25)])
    assert (close[0].name, close[0].winner) == ("JSONExact, overall", None)
    assert clear[0].winner == "lora-135m"
    costs = {line.name: line for line in clear}
    assert costs["parameters"].winner is None  # equal
    assert costs["seconds of training"].winner is None  # one was not trained
    assert "one measurement" in costs["seconds of testing"].reason


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> dict[str, Record]:
    """Four runs with scores, three of them on the same eight examples, in any order; and one without."""
    ids = "abcdefgh"
    scores = {
        "all": dict.fromkeys(ids, True),
        "none": dict.fromkeys(reversed(ids), False),
        "first": {id: id == "a" for id in ids},
        "other": {"x": True},
        "not kept": {},
    }

    def outcomes(record: Record) -> dict[str, Outcome]:
        return {id: Outcome(id, "s", "simple", exact, 0, 0, 0) for id, exact in scores[record.run].items()}

    monkeypatch.setattr(run_comparisons, "outcomes", outcomes)
    return {run: with_counts("lora-135m", 1, 2).model_copy(update={"run": run}) for run in scores}


def test_runs_on_the_same_examples_are_tested_in_pairs_and_corrected_together(kept: dict[str, Record]) -> None:
    pairs = [("all", "none"), ("none", "first"), ("all", "other"), ("all", "not kept")]
    whole, one = paired_runs([(kept[first], kept[second]) for first, second in pairs])
    assert (whole.first, whole.second, whole.n, whole.mcnemar) == ("all", "none", 8, (8, 0, 2 / 2**8))
    assert (one.mcnemar.only_a, one.mcnemar.only_b) == (0, 1)
    assert whole.adjusted_p == pytest.approx(2 * whole.mcnemar.p)  # Holm: the smaller of two
    assert one.adjusted_p == 1
    assert paired_runs([]) == []


def test_exact_answers_are_counted_by_group(kept: dict[str, Record]) -> None:
    groups = {"a": "form", "b": "form", "c": "prose"}
    assert exact_by_group(kept["first"], groups) == {"form": (1, 2), "prose": (0, 1)}
    assert exact_by_group(kept["not kept"], {"a": "form"}) == {}


def of_seed(seed: int, k: int, n: int = 100) -> Record:
    """One of several trainings that differ in their seed."""
    run = f"lora-seed{seed}" if seed else "lora"
    return with_counts("lora-135m-v3", k, n).model_copy(update={"run": run, "trained_by": run, "seed": seed})


def test_runs_that_differ_in_their_seed_alone_are_grouped() -> None:
    runs = [of_seed(1, 70), of_seed(0, 72), of_seed(2, 74)]
    others = [
        runs[0].model_copy(update={"run": "another recipe", "trained_by": "another recipe", "recipe": "another"}),
        runs[0].model_copy(update={"run": "another test of it"}),
    ]
    records = {record.run: record for record in [*runs, *others]}
    assert {first: [run.run for run in group] for first, group in seed_groups(records).items()} == {
        "lora": ["lora", "lora-seed1", "lora-seed2"]
    }
    assert seed_groups({"lora": runs[1]}) == {}


def test_the_interval_of_a_mean_over_seeds_is_students_and_stays_in_bounds() -> None:
    mean, (low, high) = mean_over_seeds([of_seed(0, 70), of_seed(1, 72), of_seed(2, 74)])
    assert mean == pytest.approx(0.72)
    assert (low, high) == pytest.approx((0.72 - 0.049683, 0.72 + 0.049683), abs=1e-6)
    assert mean_over_seeds([of_seed(0, 1), of_seed(1, 99)])[1] == (0.0, 1.0)


def test_every_training_costs_once() -> None:
    trained = of_seed(0, 1)
    again = trained.model_copy(update={"run": "lora-reranked"})
    continued = of_seed(1, 1)
    cost = trained.cost.model_copy(update={"train_seconds": 1000.0, "init_seconds": 400.0, "peak_memory_gb": 9.5})
    continued = continued.model_copy(update={"cost": cost})
    seconds, peak = total_cost({record.run: record for record in (trained, again, continued)})
    assert seconds == pytest.approx((trained.cost.train_seconds or 0) + 600 + 3 * trained.cost.eval_seconds)
    assert peak == 9.5


def test_a_training_without_a_record_of_its_own_costs_too() -> None:
    trained = of_seed(0, 1)
    tests = [trained.model_copy(update={"run": f"lora-on-{name}", "trained_by": "lora"}) for name in ("cases", "sroie")]
    seconds, _ = total_cost({record.run: record for record in tests})
    assert seconds == pytest.approx((trained.cost.train_seconds or 0) + 2 * trained.cost.eval_seconds)


def test_a_running_mean_is_of_the_values_so_far() -> None:
    assert running_mean([4.0, 2.0, 6.0, 1.0], 2) == pytest.approx([4, 3, 4, 3.5])
    assert running_mean([], 2) == []
