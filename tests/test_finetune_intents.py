"""``paperlib finetune-intents`` and ``paperlib classify``: from a CSV to a classifier with its report."""

import io
import json
from pathlib import Path

import pytest
from test_intent_metrics import ANSWERS
from tiny_encoder import write_encoder

from paperlib.cli import main
from paperlib.core.files import read_json
from paperlib.data.intents.classifier_files import NUMPY
from paperlib.evaluation.intents.intent_metrics import Estimate
from paperlib.training.intents import distillation, intent_recipe
from paperlib.training.intents.intent_model import Shape
from paperlib.workflow.intents import intent_finetune, intent_report

ROWS = [(f"{a} block my card{b}", "block") for a in ("please", "now", "hi", "can you", "do") for b in ("!", " today")]
ROWS += [(f"{a} is my bill{b}", "bill") for a in ("where", "what", "when", "how much", "why") for b in ("?", " now")]
ROWS += [(f"{a} the {b}", "oos") for a in ("sing", "paint") for b in ("dog", "moon", "sea", "hill", "fox")]


@pytest.fixture(autouse=True)
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An encoder of random weights, a small student, and a folder to work in."""
    encoder = write_encoder(tmp_path / "encoder")
    monkeypatch.setattr(distillation, "obtain_encoder", lambda: encoder)
    monkeypatch.setitem(intent_recipe.SIZES, "5M", Shape((0,), 16, 60, 512, 8))
    monkeypatch.chdir(tmp_path)
    Path("mine.csv").write_text("text,label\n" + "".join(f"{t},{n}\n" for t, n in ROWS), encoding="utf-8")


def finetune(*more: str) -> int:
    return main(["finetune-intents", "mine.csv", "--out", "mine", "--threads", "1", *more])


def test_a_csv_becomes_a_classifier_with_its_report(capsys: pytest.CaptureFixture[str]) -> None:
    assert finetune() == 0
    printed = capsys.readouterr().out
    assert "30 utterances of 2 intents, 10 of them out of scope" in printed
    assert all(way in printed for way in ("this model", "sentence encoder, fine-tuned", "TF-IDF and linear SVM"))
    record = read_json(Path("mine/record.json"))
    assert record["bytes"] == Path("mine/model.npz").stat().st_size < 10_000_000
    assert record["metrics"]["this model"]["accuracy"]["n"] == 4
    page, card = (Path("mine", name).read_text(encoding="utf-8") for name in ("report.html", "README.md"))
    assert "of the utterances are understood" in page
    assert "out of scope" in page
    assert "paperlib classify --model mine" in card
    held = [json.loads(line) for line in Path("mine/held-out.jsonl").read_text(encoding="utf-8").splitlines()]
    assert {row["label"] for row in held} == {"block", "bill", "oos"}
    assert {row["intent"] for row in held} <= {"block", "bill"}

    assert main(["classify", "--model", "mine", "block my card", "--threshold", "0", "--candidates", "1"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["text"], list(found["candidates"])) == ("block my card", [found["intent"]])
    assert finetune() == 0  # its own folder is replaced


def test_a_run_that_was_stopped_leaves_the_folder_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    assert finetune("--size", "0.1M") == 0
    before = {path.name: path.read_bytes() for path in Path("mine").iterdir()}

    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(intent_finetune, "_write_pages", stopped)
    assert finetune("--size", "0.1M", "--seed", "1") == 130
    assert {path.name: path.read_bytes() for path in Path("mine").iterdir()} == before
    assert [path.name for path in Path().glob("*mine*") if path.is_dir()] == ["mine"]


def test_a_small_model_needs_ngrams_alone(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    assert finetune("--size", "0.1M") == 0
    assert read_json(Path("mine/record.json"))["parameters"] < 100_000
    capsys.readouterr()
    monkeypatch.setattr("sys.stdin", io.StringIO("where is my bill?\n\nblock my card\n"))
    assert main(["classify", "--model", "mine", "-", "--threshold", "0"]) == 0
    assert [json.loads(line)["intent"] for line in capsys.readouterr().out.splitlines()] == ["bill", "block"]


def test_texts_of_files(capsys: pytest.CaptureFixture[str]) -> None:
    assert finetune("--size", "0.1M") == 0
    Path("x.txt").write_text("one\n\ntwo\n", encoding="utf-8")
    Path("x.jsonl").write_text('{"text": "one"}\n{"text": "two"}\n', encoding="utf-8")
    capsys.readouterr()
    assert main(["classify", "--model", "mine", "--file", "x.txt"]) == 0
    of_lines = capsys.readouterr().out
    assert main(["classify", "--model", "mine", "--file", "x.jsonl"]) == 0
    assert capsys.readouterr().out == of_lines
    Path("x.jsonl").write_text('{"txt": "one"}\n', encoding="utf-8")
    assert main(["classify", "--model", "mine", "--file", "x.jsonl"]) == 2
    assert "x.jsonl:1: field 'text' is missing" in capsys.readouterr().err
    assert main(["classify", "--model", "mine"]) == 2
    assert "no utterance" in capsys.readouterr().err


@pytest.mark.parametrize("command", [("finetune-intents", "mine.csv", "--out", "mine"), ("intent-study", "banking77")])
@pytest.mark.parametrize("seed", ["-1", str(2**32), "x"])
def test_a_seed_that_no_library_takes_is_told(
    command: tuple[str, ...], seed: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        main([*command, f"--seed={seed}"])
    assert "argument --seed: expected a whole number of at" in capsys.readouterr().err


def test_recall_out_of_scope_is_shown_where_enough_in_scope_is_right() -> None:
    one = Estimate(0.5, 0.4, 0.6, 10)
    for accuracy, recall in ((0.949, "–"), (0.95, intent_report.estimate(one))):
        metrics = {"accuracy": Estimate(accuracy, accuracy, accuracy, 10), "oos_auroc": one, "oos_recall": one}
        tested = intent_report.Tested("mine", 1, None, ANSWERS, metrics)
        rows = {row[""]: row["mine"] for row in intent_report.scores([tested]).rows}
        assert rows[intent_report.TITLES["oos_recall"]] == recall
        assert rows[intent_report.TITLES["oos_auroc"]] == intent_report.estimate(one)


def test_mistakes_are_told_before_anything_is_trained(capsys: pytest.CaptureFixture[str]) -> None:
    assert finetune("--dry-run") == 0
    printed = capsys.readouterr().out
    assert "about 30 seconds on two cores" in printed
    assert not Path("mine").exists()
    Path("mine").mkdir()
    Path("mine/notes.txt").write_text("mine", encoding="utf-8")
    assert finetune() == 2
    assert "holds 'notes.txt', expected a new folder" in capsys.readouterr().err
    assert main(["classify", "--model", "mine", "hello"]) == 2
    assert "no such file; expected a folder" in capsys.readouterr().err
    Path("mine/notes.txt").unlink()
    rows = "".join(json.dumps({"text": text, "label": label}) + "\n" for text, label in ROWS)
    for name in (NUMPY, "record.json"):
        Path("mine", name).touch()
    Path("mine/held-out.jsonl").write_text(rows, encoding="utf-8")
    assert main(["finetune-intents", "mine/held-out.jsonl", "--out", "mine"]) == 2
    assert "holds 'what is to be read'" in capsys.readouterr().err
    assert main(["finetune-intents", "none.csv", "--out", "other"]) == 2
    assert capsys.readouterr().err.startswith("paperlib: none.csv: no such file")
