"""`make blind` on a test split made up here, in the published form, with a tiny model: it is scored once."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from transformers import LlamaForCausalLM

from paperlib.benchmark.edgejson import generate
from paperlib.core import paths
from paperlib.core.config import TrainConfig
from paperlib.core.files import read_jsonl, write_json, write_jsonl
from paperlib.core.records import load_blind
from paperlib.data.leaves import leaves
from paperlib.data.predictions import Prediction, save_predictions
from paperlib.evaluation import blind
from paperlib.training import models

EXAMPLES = [e for e in generate(0, 6, seed=5) if e.split == "test"]
ROWS = [
    {
        "id": f"made-up-{i}",
        "schema_id": e.schema_id,
        "prompt": e.text,
        "expected_output": e.answer,
        "complexity": e.tier,
    }
    for i, e in enumerate(EXAMPLES)
]


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder as a user has it; records and build folders are this test's own, with a tiny trained model in them."""
    monkeypatch.setattr(paths, "build", lambda profile: tmp_path / "build" / profile)
    monkeypatch.setattr(paths, "BLIND", tmp_path / "blind")
    monkeypatch.setattr(paths, "data_root", lambda: None)
    tokenizer = models.train_tokenizer([e.text for e in EXAMPLES], 300)
    shape = models.Shape(16, 1, 2, 2, 32, 300, 4096).config()
    shape.vocab_size = len(tokenizer)
    folder = paths.model("laptop", "nano-xs")
    LlamaForCausalLM(shape).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    train = TrainConfig(run="nano-xs", profile="laptop", base="nano-xs", method="scratch", recipe="nano-xs", seed=4)
    write_json(folder / "train.json", {"identity": "x", "answer_ratio": 0.02, "config": train.model_dump(mode="json")})
    shutil.copytree(paths.SCHEMAS, tmp_path / "mine" / "edgejson_v3" / "schemas")
    return with_rows(tmp_path / "mine", ROWS)


def with_rows(root: Path, rows: Iterable[dict[str, Any]]) -> Path:
    write_jsonl(root / "edgejson_v3" / "test.jsonl", rows)
    return root


def run(root: Path, *more: str) -> int:
    return blind.main(["--data-root", str(root), "--model", "nano-xs", "--threads", "1", *more])


def words() -> set[str]:
    """Strings of the answers that no record may hold."""
    return {value for e in EXAMPLES for _, value in leaves(e.answer) if isinstance(value, str) and len(value) > 12}


def answering_right(monkeypatch: pytest.MonkeyPatch, n: int) -> None:
    """The model knows the expected answers of the first ``n`` rows; answers are kept in their file meanwhile."""
    right = {row["id"]: f" {json.dumps(row['expected_output'], ensure_ascii=False)}" for row in ROWS[:n]}
    outputs = [Prediction(row["id"], right.get(row["id"], " Nothing"), 9, 9, "eos", 0.1) for row in ROWS]
    monkeypatch.setattr(blind, "answer", lambda *_, out, **__: (save_predictions(out, outputs), outputs)[1])


def test_a_record_has_the_form_of_the_committed_ones(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answering_right(monkeypatch, 4)
    assert run(root) == 0
    (record,) = load_blind(paths.BLIND)
    committed = load_blind()[0]
    assert record.run == "blind-nano-xs"
    assert (record.test_set, record.split, record.decoding) == (committed.test_set, committed.split, committed.decoding)
    assert (record.trained_by, record.train_set, record.seed, record.n_test) == ("nano-xs", "edgejson", 4, 6)
    assert {row.metric for row in record.metrics} >= {row.metric for row in committed.metrics}
    assert (record.metric("json_exact").k, record.metric("json_exact").n) == (4, 6)
    folder, example = paths.BLIND / record.run, paths.ROOT / "data" / "blind" / committed.run
    assert {path.name for path in folder.iterdir()} == {path.name for path in example.iterdir()}
    scores = [row for _, row in read_jsonl(folder / "scores.jsonl")]
    assert [row["id"] for row in scores] == [row["id"] for row in ROWS]
    assert scores[0].keys() >= next(row for _, row in read_jsonl(example / "scores.jsonl")).keys()
    assert sum(row["json_exact"] for row in scores) == 4


def test_neither_a_text_nor_an_answer_is_kept(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answering_right(monkeypatch, len(ROWS))
    assert run(root) == 0
    kept = "".join(path.read_text(encoding="utf-8") for path in paths.BLIND.rglob("*.json*"))
    assert words()
    assert [word for word in words() if word in kept] == []
    assert not list(paths.build("blind").rglob("*.jsonl*"))


def test_a_second_score_takes_a_word_and_says_what_it_is(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(root) == 0
    record = paths.BLIND / "blind-nano-xs" / "record.json"
    first = record.read_bytes()
    (root / "edgejson_v3" / "test.jsonl").write_text("nothing reads this")
    capsys.readouterr()
    assert run(root) == 2
    assert "'nano-xs' has been scored in decoding 'greedy'" in capsys.readouterr().err
    assert record.read_bytes() == first
    with_rows(root, ROWS)
    assert run(root, "--decoding", "schema") == 0  # another way of decoding is another score
    assert run(root, "--again") == 0
    assert [(r.run, "first time" in r.source) for r in load_blind(paths.BLIND)] == [
        ("blind-nano-xs", False),
        ("blind-nano-xs-schema", True),
    ]


def test_a_killed_run_is_continued(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as context:
        context.setattr(blind, "report", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        assert run(root) == 130
    assert not paths.BLIND.exists()
    monkeypatch.setattr("paperlib.decoding.greedy.decode", lambda *_: pytest.fail("a text was answered again"))
    assert run(root) == 0


def remove(name: str) -> Callable[[Path], object]:
    def do(root: Path) -> None:
        path = root / name
        shutil.rmtree(path) if path.is_dir() else path.unlink()

    return do


def changed(**fields: Any) -> Callable[[Path], object]:
    return lambda root: with_rows(root, [*ROWS[:5], {**ROWS[5], **fields}])


@pytest.mark.parametrize(
    ("spoil", "more", "sentence"),
    [
        (remove("."), [], "DATA_ROOT: {root}: no such folder"),
        (remove("edgejson_v3/test.jsonl"), [], "{root}/edgejson_v3/test.jsonl: no such file, expected the published"),
        (remove("edgejson_v3/schemas"), [], "{root}/edgejson_v3/schemas: no such folder, expected the published JSON"),
        (changed(expected_output=None), [], "test.jsonl: holds 1 of 6 examples without an answer (field 'expected_out"),
        (changed(id="edgejson_api_response_template_000"), [], "holds 1 of 6 examples of the published training file,"),
        (changed(schema_id="memo"), [], "examples with a schema that {root}/edgejson_v3/schemas lacks, 'made-up-5'"),
        (changed(prompt=1), [], "{root}/edgejson_v3/test.jsonl:6: field 'prompt' is int, expected a string"),
        (changed(complexity="hard"), [], "test.jsonl:6: field 'complexity' is 'hard', expected one of simple"),
        (changed(id="made-up-0"), [], "test.jsonl: id 'made-up-0' occurs twice"),
        (lambda root: with_rows(root, []), [], "{root}/edgejson_v3/test.jsonl: holds no example"),
        (
            remove("edgejson_v3/test.jsonl"),
            ["--model", "nano-xss"],
            "model 'nano-xss' is neither trained under profile",
        ),
        (remove("edgejson_v3/test.jsonl"), ["--model", "raeder"], "did you mean reader or general-reader?"),
        (remove("edgejson_v3/test.jsonl"), ["--decoding", "gready"], "no decoding 'gready'; did you mean greedy?"),
    ],
)
def test_a_mistake_is_one_sentence_before_any_work(
    root: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    spoil: Callable[[Path], object],
    more: list[str],
    sentence: str,
) -> None:
    monkeypatch.setattr(blind, "load_model", lambda *_: pytest.fail("weights were loaded"))
    spoil(root)
    assert run(root, *more) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert sentence.format(root=root) in error
    assert not paths.BLIND.exists()


def test_without_a_folder_it_asks_for_one(
    root: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert blind.main(["--model", "nano-xs"]) == 2
    assert "name the folder that holds edgejson_v3/test.jsonl" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([], "--model lora-135m-recombined-mean --decoding greedy --profile laptop --threads 2"),
        (
            ["MODEL=reader", "DECODING=constrained", "AGAIN=1", "CORES=3", "PROFILE=smoke"],
            "--model reader --decoding constrained --profile smoke --threads 3 --again",
        ),
    ],
)
def test_make_passes_everything_on(given: list[str], expected: str) -> None:
    if not shutil.which("make"):
        pytest.skip("no make")
    command = ["make", "--dry-run", "blind", "DATA_ROOT=here", *given]
    alone = {"PATH": os.environ["PATH"]}  # without the variables of a make that runs this test
    done = subprocess.run(command, cwd=paths.ROOT, env=alone, capture_output=True, text=True, check=True)
    assert done.stdout.split("paperlib.evaluation.blind ")[1].replace("\\\n", "").split() == expected.split()
