"""What README.md says of calls and intents is that of the committed records."""

from conftest import make_record, proportion

from paperlib.core.config import CALL_MODEL
from paperlib.paper import task_summary
from paperlib.paper.task_summary import BERKELEY, LARGER_CALLER


def test_calls_are_told_where_both_callers_were_tested_on_all_sets() -> None:
    records = {}
    for model, right in ((LARGER_CALLER, 30), (CALL_MODEL, 20)):
        for test in BERKELEY:
            metrics = (proportion("call_accuracy", "overall", "all", right, 40),)
            records[f"{model}-bfcl-{test}"] = make_record(f"{model}-bfcl-{test}", metrics=metrics)
    heading, calls, *_ = task_summary.render(records)[0].splitlines()
    assert heading == task_summary.HEADING
    assert f"`{LARGER_CALLER}` (494M) answers 75.0 % [" in calls
    assert f"The default, `{CALL_MODEL}` (135M), scores 50.0 % [" in calls
    assert "untuned" not in calls
    del records[f"{CALL_MODEL}-bfcl-multiple"]
    assert "Function calls" not in "".join(task_summary.render(records))
