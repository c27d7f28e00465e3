import pytest
from conftest import make_record, proportion

from paperlib.core.errors import PaperlibError
from paperlib.core.records import Record
from paperlib.evaluation.run_comparisons import (
    decision_matrix,
    high_accuracy_schemas,
    perfect_schemas,
    tuning_effect,
    tuning_effects,
)
from paperlib.evaluation.statistics.intervals import wilson


def with_counts(name: str, k: int, n: int, schemas: dict[str, tuple[int, int]] | None = None) -> Record:
    rows = [proportion("json_exact", "overall", "all", k, n)]
    rows += [proportion("json_exact", "schema", schema, *counts) for schema, counts in (schemas or {}).items()]
    return make_record(name, metrics=tuple(rows))


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
