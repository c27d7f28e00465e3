"""Rules on capacity: verdicts of made-up runs of four sizes, and what is said where runs are missing."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from scaled import ladder, rows, save_run

from paperlib.claims.hypotheses import HYPOTHESES, decided
from paperlib.claims.ledger import committed, decide
from paperlib.claims.rules import Verdict
from paperlib.core import paths
from paperlib.core.records import Record
from paperlib.evaluation.scaling.selection import BASES

Records = dict[str, Record]
AS_READ, OPEN, NOT = "reproduced with a different reading", "not testable here", "not reproduced"
LADDER = {"recipe": "ladder-100k", "test_set": "edgejson_v3", "decoding": "greedy"}


@pytest.fixture(autouse=True)
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setattr(paths, "SCALING", tmp_path)
    return tmp_path


def verdict(id: str, records: Records) -> Verdict:
    ledger = committed()
    claims = tuple(claim for claim in ledger.claims if claim.id == id)
    return decide(records, ledger.model_copy(update={"claims": claims}))[0].verdict


def tuned(folder: Path, accuracies: Sequence[float], **fields: Any) -> Records:
    """Runs of the first sizes that were tuned alike, two seeds each."""
    found = [
        save_run(folder, rows(accuracy, 10 * place + seed), base=base, seed=seed, **{"recipe": "ladder-100k", **fields})
        for place, (base, accuracy) in enumerate(zip(BASES, accuracies, strict=False))
        for seed in (0, 1)
    ]
    return {record.run: record for record in found}


@pytest.mark.parametrize(
    ("accuracies", "status"),
    [((0.8, 0.97, 0.98), AS_READ), ((0.8, 0.8, 0.98), OPEN), ((0.9, 0.9, 0.9), NOT), ((0.98, 0.8, 0.8), NOT)],
)
def test_a_claim_on_360m_needs_both_neighbours(folder: Path, accuracies: Sequence[float], status: str) -> None:
    found = verdict("capacity-overall", tuned(folder, accuracies))
    assert found.status == status
    assert "gemma-3-270m" in found.reason
    assert "qwen2.5-coder-0.5b-instruct" in found.reason
    assert found.unit == "pp"


def test_a_ratio_is_bounded_by_what_is_left(folder: Path) -> None:
    found = verdict("capacity-ratio", tuned(folder, (0.97, 0.98, 0.985)))
    assert found.status == NOT
    assert "stated 2.23" in found.reason
    assert "at most 1." in found.reason


def test_a_stated_difference_must_lie_in_narrow_intervals(folder: Path) -> None:
    assert verdict("capacity-simple-points", tuned(folder, (0.97, 0.97, 0.97))).status == NOT
    assert verdict("capacity-simple-points", tuned(folder, (0.60, 0.80, 0.97))).status == OPEN


@pytest.mark.parametrize(
    ("accuracies", "status"),
    [((0.5, 0.5, 0.99999, 0.99999), "refuted"), ((0.5, 0.5, 0.5, 0.99999), AS_READ), ((0.5, 0.5, 0.5, 0.5), NOT)],
)
def test_whether_complex_answers_need_more_than_500m(folder: Path, accuracies: Sequence[float], status: str) -> None:
    assert verdict("capacity-500m", tuned(folder, accuracies)).status == status


def test_training_that_helps_refutes_that_size_is_the_cause(folder: Path) -> None:
    records = tuned(folder, (0.8, 0.9, 0.9), recipe="ladder-recombined")
    records |= tuned(folder, (0.3,), recipe="announced-recipe")
    assert verdict("capacity-ceiling", records).status == NOT  # complex answers: neither helps
    records |= tuned(folder, (0.999, 0.999, 0.999), recipe="ladder-recombined")
    assert verdict("capacity-ceiling", records).status == "refuted"


def gains(folder: Path, before: Sequence[float], after: Sequence[float]) -> Records:
    return tuned(folder, after) | tuned(folder, before, recipe="untuned")


def test_gains_are_compared_on_every_scale(folder: Path) -> None:
    found = verdict("inverse-correlation", gains(folder, (0.3, 0.75, 0.9, 0.95), (0.97, 0.97, 0.97, 0.97)))
    assert found.status == AS_READ
    assert "as nats saved more" in found.reason
    found = verdict("inverse-correlation", gains(folder, (0.5, 0.5, 0.5, 0.5), (0.55, 0.8, 0.95, 0.99)))
    assert found.status == "refuted"
    assert verdict("inverse-correlation", gains(folder, (0.5, 0.5), (0.9, 0.9))).status == OPEN


def test_a_gain_from_nothing_has_no_ratio(folder: Path) -> None:
    records = gains(folder, (0.02, 0.02, 0.02), (0.9, 0.9, 0.9))
    assert "no value: ratio" in verdict("capacity-gains-more", records).reason


def test_untuned_models_are_compared_in_the_first_way_that_any_has_something_right(folder: Path) -> None:
    records = tuned(folder, (0.02, 0.02, 0.02), recipe="untuned")
    records |= tuned(folder, (0.5, 0.9, 0.9), recipe="untuned-schema", decoding="schema")
    found = verdict("capacity-base", records)
    assert found.status == AS_READ
    assert "untuned-schema" in found.reason


def test_a_bar_is_passed_or_missed_by_the_whole_interval(folder: Path) -> None:
    records = tuned(folder, (0.99999, 0.99999, 0.99999))  # seeds that differ would add to intervals over so few schemas
    assert verdict("capacity-production-135m", records).status == AS_READ
    assert verdict("capacity-avoid-complex-360m", records).status == NOT
    assert verdict("capacity-avoid-complex-135m", tuned(folder, (0.5, 0.5, 0.5))).status == AS_READ


def test_every_claim_on_capacity_says_which_runs_are_missing(records: Records) -> None:
    ids = [claim.id for claim in committed().claims if claim.id.startswith("capacity-")]
    assert len(ids) > 20
    for id in ids:
        found = verdict(id, records)
        assert (found.status, found.estimate) == (OPEN, None), id
        assert "no run with base" in found.reason


def test_claims_decided_again_name_the_first_time() -> None:
    ledger = committed()
    ids = {claim.id for claim in ledger.claims}
    again = [claim.again for claim in ledger.claims if claim.again]
    assert len(again) > 15
    assert set(again) <= ids


# The study's own statements.


def test_own_statements_are_not_run_without_runs_and_decided_with_them(folder: Path, records: Records) -> None:
    for hypothesis, finding in decided(records):
        assert finding.answer == "not run", hypothesis.id
        assert finding.reason
    answers = {hypothesis.id: finding.answer for hypothesis, finding in decided(ladder(folder))}
    assert "not run" not in answers.values()
    assert answers["power-law"] == answers["depth"] == answers["size-over-tuning"] == "holds"
    assert answers["no-breakthrough"] == "holds"
    assert answers["capacity-on-real-text"] == answers["format-by-tuning"] == "holds"


def test_size_without_effect_leaves_statements_open_or_failed(folder: Path) -> None:
    answers = {hypothesis.id: finding.answer for hypothesis, finding in decided(ladder(folder, [0.9] * 4))}
    assert answers["second-size"] == "open"
    assert answers["pruned-on-curve"] == "fails"


def test_statements_are_told_apart_and_say_what_decides() -> None:
    assert len({one.id for one in HYPOTHESES}) == len(HYPOTHESES)
    assert all(one.holds and one.fails and one.holds != one.fails for one in HYPOTHESES)
