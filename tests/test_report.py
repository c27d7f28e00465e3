"""What `paperlib score` and `paperlib compare` say, on answers whose scores are known by construction."""

import json
import re

import pytest

from paperlib.core.errors import DataError
from paperlib.data.examples import Example
from paperlib.data.predictions import Prediction
from paperlib.evaluation.metrics import score
from paperlib.evaluation.paired_tests import compare_scores, comparison_table
from paperlib.evaluation.report import report

TIERS = ("simple", "complex")


def examples(n: int = 8) -> list[Example]:
    """Half simple, half complex, of two schemas each."""
    return [
        Example(
            f"e{i}",
            f"s{i % 4}",
            TIERS[i % 2],
            "test",
            "",
            f"Name: ann {i}",
            {"name": f"ann {i}", "in": {"n": {"k": i}}},
        )
        for i in range(n)
    ]


def answers(right: set[int], around: str = "{}", n: int = 8) -> list[Prediction]:
    """The expected answer where ``right`` has the number, else an empty object; ``around`` is what stands about it."""
    outputs = [json.dumps(e.answer) if i in right else "{}" for i, e in enumerate(examples(n))]
    return [Prediction(f"e{i}", around.replace("{}", out, 1), 10, 20, "eos", 0.0) for i, out in enumerate(outputs)]


def test_a_report_holds_both_protocols_leaves_and_failures() -> None:
    """Text before the answer sends the published reader to its pattern, which does not reach the second level."""
    found = report(examples(), answers({0, 1, 2}, "Here: {} ."), {})
    assert [(m.k, m.n) for m in found.metrics if (m.metric, m.group) == ("json_exact", "overall")] == [(3, 8)]
    row = found.evaluators[0]
    assert (row.a.k, row.b.k, row.only_b) == (0, 3, 3)
    assert found.row()["failures"] == {"exact": 3, "omission": 5}
    assert (found.leaves.micro.right, found.leaves.micro.expected) == (6, 16)
    text = str(found)
    assert "0.0% [0.0%, 55.9%], 0/8" in text  # clustered: four schemas of two examples
    assert re.search(r"omission  62.5% \[.*\], 5/8 +10\n", text)
    assert "6 of 11 leaves right, 16 expected" in text  # the five empty objects are leaves too
    assert json.loads(json.dumps(found.row()))["protocols"][0]["b"]["k"] == 3


def test_pairs_count_who_alone_is_right() -> None:
    one, other = (score(examples(), answers(right), {}) for right in ({0, 1}, {1, 2, 3, 4, 5, 6, 7}))
    rows = {(pair.metric, pair.name): pair for pair in compare_scores(one, other)}
    whole = rows["json_exact", "all"]
    assert (whole.n, whole.only_a, whole.only_b, whole.a.value, whole.b.value) == (8, 1, 6, 2 / 8, 7 / 8)
    assert whole.p == pytest.approx(3 * 0.125)  # exact binomial of 1 in 7, two-sided, the smallest of three under Holm
    assert whole.difference == pytest.approx(5 / 8)
    assert whole.interval is not None
    assert -1 <= whole.interval[0] <= whole.difference <= whole.interval[1] <= 1
    assert rows["field_f1", "all"].p is None
    assert "+62.5" in repr(comparison_table(list(rows.values()), "one", "other"))


def test_of_one_schema_there_is_no_interval_and_of_equal_answers_no_difference() -> None:
    same = [Example(e.id, "s", None, "test", "", e.text, e.answer) for e in examples()]
    found = compare_scores(*[score(same, answers({0, 1}), {})] * 2)
    assert {(pair.difference, pair.interval) for pair in found} == {(0.0, None)}
    assert found[0].p == 1


def test_other_examples_cannot_be_compare_scores() -> None:
    with pytest.raises(DataError, match="different examples"):
        compare_scores(score(examples(), answers(set()), {}), score(examples(6), answers(set(), n=6), {}))
