"""The figures of intent classifiers: a marker for each record, a bar for each candidate."""

import json
from pathlib import Path

import pytest

from paperlib.core import paths
from paperlib.decoding.intents.classifier import Intent
from paperlib.paper import intent_figures


def record(name: str, key: str, parameters: int) -> str:
    score = {"value": 0.9, "low": 0.85, "high": 0.95}
    model = {"parameters": parameters, "bytes": 1 if key.endswith("M") else None}
    return json.dumps({"run": f"{name}/{key}", "set": name, "model": model, "test": {"accuracy": score}})


def test_the_frontier_has_a_panel_for_each_set_with_records(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "INTENT_RESULTS", tmp_path)
    assert not intent_figures.frontier().axes
    for name, key, n in (
        ("banking77", "5M", 4_500_000),
        ("banking77", "1M", 900_000),
        ("clinc150", "minilm", 3e7),
        ("clinc150", "minilm-seed1", 3e7),
        ("clinc150", "smollm2-135m", 1.3e8),
    ):
        (tmp_path / f"{name}-{key}.json").write_text(record(name, key, n), encoding="utf-8")
    figure = intent_figures.frontier()
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["BANKING77", "CLINC150"]
    (joined,) = (line for line in figure.axes[0].lines if len(line.get_xdata()) == 2)
    assert list(joined.get_ydata()) == [90.0, 90.0]
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == [
        "ours, int8",
        "all-MiniLM-L6-v2, fine-tuned",
        "language model, linear head",
    ]


def test_candidates_are_bars_and_a_refusal_is_told() -> None:
    sure = Intent("pay", 0.9, (("pay", 0.9), ("send", 0.1)))
    figure = intent_figures.candidates({"pay it": sure, "sing": Intent(None, 0.4, (("send", 0.4),))}, 0.5)
    (axes,) = figure.axes
    assert [text.get_text() for text in axes.texts] == ["“pay it” → pay", "“sing” → no intent"]
    assert [bar.get_width() for bar in axes.patches] == [0.9, 0.1, 0.4]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["pay", "send", "send"]
    assert len({bar.get_facecolor() for bar in axes.patches}) == 2  # the answer, and what is none
