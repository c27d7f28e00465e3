"""Of third-party data nothing but ids, scores and hashes reaches data/results, whatever a model wrote."""

from dataclasses import fields
from pathlib import Path

import pytest
from conftest import make_record
from hypothesis import given
from hypothesis import strategies as st

from paperlib.core import paths
from paperlib.core.files import write_json, write_jsonl
from paperlib.core.records import save_record
from paperlib.data.examples import Example
from paperlib.data.output_parser import NotJSONError, parse_first_json
from paperlib.data.predictions import Prediction, save_predictions
from paperlib.data.schemas import Schemas
from paperlib.evaluation.metrics import MEASURES, Score, score
from paperlib.evaluation.summary import summarise
from paperlib.workflow import keep

MARK = "Zyxw"  # stands for a word of somebody else's text
OUTPUTS = (
    f" {MARK}",
    f'{{"total": {MARK}}}',
    f'{{"{MARK}": 1, "{MARK}": 2}}',
    f'{{"a": "{MARK}\\{MARK}"}}',
    f'{{"a": "{MARK}\n{MARK}"}}',
    f'{{"a": "{MARK}" "{MARK}"}}',
    f"{{{MARK}: 1}}",
    f'{{"a": "{MARK}"',
    f'{{"{MARK}": NaN}}',
    f'{{"{MARK}": {"9" * 5000}}}',
    f'{{"a": "{MARK}"}} {MARK}',
    "[" * 300 + f'"{MARK}"' + "]" * 300,
)


def test_third_party_text_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "ROOT", tmp_path)
    monkeypatch.setattr(paths, "RESULTS", tmp_path / "data" / "results")
    examples = [Example(f"r{i}", "receipt", None, "held-out", "", MARK, {MARK: MARK}) for i, _ in enumerate(OUTPUTS)]
    answers = [Prediction(f"r{i}", output, 9, 9, "cap", 0.1) for i, output in enumerate(OUTPUTS)]
    scores = score(examples, answers, Schemas())
    assert len({s.error for s in scores}) > 5  # many kinds of unreadable output
    run = "lora-135m-v3"
    folder = paths.results("laptop") / run
    save_predictions(folder / "predictions.jsonl", answers)
    write_json(folder / "predictions.meta.json", {"text": MARK})
    write_jsonl(folder / "scores.jsonl", (s.row() for s in scores))
    record = make_record(run, metrics=summarise(scores, MEASURES))
    write_json(folder / "train.json", {"config": record.config["train"], "losses": []})
    save_record(folder, record)

    assert keep.keep("laptop") == [run]
    kept = sorted((paths.RESULTS / run).iterdir())
    assert [path.name for path in kept] == ["record.json", "scores.jsonl", "train.json"]
    assert [path.name for path in kept if MARK in path.read_text(encoding="utf-8")] == []


def test_a_score_has_no_room_for_a_text() -> None:
    expected = {"id", "schema_id", "tier", "json_exact", "field_f1", "schema_valid", "error", "stop"}
    numbers = {
        "compliance",
        "edit_similarity",
        "leaves",
        "failure",
        "faults",
        "normalised_f1",
        "fields",
        "sure",
    }  # counts, shares and names of kinds
    assert {field.name for field in fields(Score)} == expected | numbers


@given(st.text(st.sampled_from('{}[]":,\\\n0N- '), max_size=30), st.integers(0, 30))
def test_the_reason_why_an_output_cannot_be_read_never_quotes_it(noise: str, place: int) -> None:
    reason = ""
    try:
        parse_first_json(noise[:place] + MARK + noise[place:])
    except NotJSONError as error:
        reason = str(error)
    assert MARK not in reason
