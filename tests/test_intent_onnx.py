"""Intent classifiers as ONNX: what ONNX Runtime answers is what numpy does, from one file; what is refused."""

import json
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
from fuzz_utterances import utterances
from test_intent_classifier import TEXTS, student, written

from paperlib import Classifier, cli
from paperlib.decoding.intents import onnx_network

pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("model"), *student(tmp_path_factory.mktemp("encoder")), threshold=0.5)


@pytest.fixture(scope="module")
def exported(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("exported") / "onnx"
    assert cli.main(["export", str(folder), "--to", "onnx", "--out", str(out)]) == 0
    return out


@pytest.mark.parametrize(("layers", "n_buckets"), [((1,), 64), ((0, 1), 0), ((), 64)])
def test_onnx_runtime_answers_what_numpy_does(layers: tuple[int, ...], n_buckets: int, tmp_path: Path) -> None:
    own = written(tmp_path / "model", *student(tmp_path / "encoder", layers, n_buckets))
    assert cli.main(["export", str(own), "--to", "onnx", "--out", str(tmp_path / "out")]) == 0
    texts = [*TEXTS, *utterances(200)]
    numpy, onnx = Classifier.load(own), Classifier.load(tmp_path / "out")
    np.testing.assert_allclose(onnx.logits(texts), numpy.logits(texts), atol=1e-4)
    assert [one.label for one in onnx.classify(texts)] == [one.label for one in numpy.classify(texts)]
    assert onnx.logits([]).shape == numpy.logits([]).shape == (0, 3)


def test_one_file_is_the_whole_classifier(exported: Path, folder: Path, tmp_path: Path) -> None:
    assert {path.name for path in exported.iterdir()} == {"classifier.onnx", "README.md", "SHA256SUMS"}
    shutil.copy(exported / "classifier.onnx", tmp_path)
    found, own = Classifier.load(tmp_path), Classifier.load(folder)
    assert (found.labels, found.threshold, found.about) == (own.labels, own.threshold, own.about)
    assert [one.label for one in found.classify(TEXTS)] == [one.label for one in own.classify(TEXTS)]


def test_the_command_line_takes_it(exported: Path, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answers = []
    for model in (folder, exported):
        assert cli.main(["classify", "--model", str(model), "where is my card?"]) == 0
        told = json.loads(capsys.readouterr().out)
        answers.append(told["candidates"])
    assert told["intent"] is None  # under the threshold
    assert answers[0] == pytest.approx(answers[1], abs=1e-3)


def test_the_card_describes_inputs_and_output(exported: Path) -> None:
    card = (exported / "README.md").read_text()
    for told in ("at most 64,", "64 in all", "float32 (1, 3)", "Under 0.500"):
        assert told in card


@pytest.mark.parametrize("options", [["--to", "gguf"], ["--to", "onnx", "--quantise", "f32"]])
def test_other_forms_are_refused(
    folder: Path, options: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["export", str(folder), "--out", str(tmp_path / "out"), *options]) == 2
    assert "is an intent classifier; expected --to onnx" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_what_is_in_the_way_stays(
    folder: Path, exported: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    assert cli.main(["export", str(folder), "--to", "onnx", "--out", str(tmp_path)]) == 2
    assert "holds what this command has not written" in capsys.readouterr().err
    assert cli.main(["export", str(exported), "--to", "onnx", "--out", str(tmp_path / "again")]) == 2
    assert "is exported already" in capsys.readouterr().err


def test_a_damaged_file_is_named(exported: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    whole = (exported / "classifier.onnx").read_bytes()
    for content in (b"", b"nonsense", whole[: len(whole) // 2]):
        (tmp_path / "classifier.onnx").write_bytes(content)
        assert cli.main(["classify", "--model", str(tmp_path), "where is my card?"]) == 2
        assert "classifier.onnx: is no intent classifier, or damaged" in capsys.readouterr().err


def test_without_onnx_runtime_it_says_what_to_install(
    exported: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    assert cli.main(["classify", "--model", str(exported), "where is my card?"]) == 2
    assert "pip install 'paperlib[onnx]'" in capsys.readouterr().err


def test_another_logit_is_not_exported(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    right = onnx_network.OnnxNetwork.logits
    monkeypatch.setattr(onnx_network.OnnxNetwork, "logits", lambda self, features: right(self, features) + 0.1)
    assert cli.main(["export", str(folder), "--to", "onnx", "--out", str(tmp_path / "out")]) == 2
    assert "logits differ by 0.1" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
