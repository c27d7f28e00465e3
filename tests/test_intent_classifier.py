"""The runtime of intent classifiers: it answers what PyTorch would, needs numpy alone, and nothing makes it fail."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from fuzz_utterances import utterances
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_encoder import VOCABULARY, write_encoder

from paperlib import Classifier
from paperlib.core.errors import DataError, PaperlibError
from paperlib.core.paths import ROOT
from paperlib.data.intents.wordpiece import WordPiece
from paperlib.training.intents import model_file
from paperlib.training.intents.distillation import logits_of
from paperlib.training.intents.intent_model import (
    Featurizer,
    IntentModel,
    Shape,
    collate,
    load_encoder,
    neuron_activity,
    pruned,
)

NAMES = ["bill", "block", "oos"]
TEXTS = ["Where is my card?", "please BLOCK the card", "", "?", "日本語", "🙂🙂", "a" * 100_000, "the card " * 300]


def student(folder: Path, layers: tuple[int, ...] = (1,), n_buckets: int = 64) -> tuple[IntentModel, Featurizer]:
    """A model of random weights."""
    whole = load_encoder(write_encoder(folder))
    pieces, shape = list(range(len(VOCABULARY) - 3)), Shape(layers, feed_forward=20)
    activity = neuron_activity(whole, [collate([([2, 9, 3], []), ([2, 8, 7, 3], [])])])
    encoder = pruned(whole, shape, pieces, activity) if layers else None
    torch.manual_seed(1)
    model = IntentModel(encoder, n_buckets, 5, len(NAMES)).eval()
    return model, Featurizer(WordPiece([VOCABULARY[n] for n in pieces]), n_buckets)


def written(folder: Path, model: IntentModel, featurizer: Featurizer, threshold: float = 0.0) -> Path:
    meta = {"labels": NAMES, "temperature": 2.0, "threshold": threshold, "about": {}}
    model_file.write_model(folder, model, featurizer, meta)
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("model"), *student(tmp_path_factory.mktemp("encoder")))


@pytest.fixture(scope="module")
def classifier(folder: Path) -> Classifier:
    return Classifier.load(folder)


@pytest.mark.parametrize(("layers", "n_buckets"), [((1,), 64), ((0, 1), 0), ((), 64)])
def test_numpy_answers_what_pytorch_does(layers: tuple[int, ...], n_buckets: int, tmp_path: Path) -> None:
    model, featurizer = student(tmp_path / "encoder", layers, n_buckets)
    classifier = Classifier.load(written(tmp_path / "model", model, featurizer))
    expected = logits_of(model, [featurizer.encode(text) for text in TEXTS]).numpy()
    assert np.abs(classifier.logits(TEXTS) - expected).max() < 0.05 * np.abs(expected).max()  # bf16 there, int8 here
    alone = np.concatenate([classifier.logits([text]) for text in TEXTS])
    np.testing.assert_allclose(classifier.logits(TEXTS), alone, atol=1e-4)


def test_pruning_nothing_changes_nothing(tmp_path: Path) -> None:
    whole = load_encoder(write_encoder(tmp_path))
    batch = collate([([2, 9, 8, 3], []), ([2, 7, 3], [])])
    same = pruned(whole, Shape((0, 1), feed_forward=32), range(len(VOCABULARY)), neuron_activity(whole, [batch])).eval()
    a, b = (one.eval()(input_ids=batch.ids, attention_mask=batch.mask).last_hidden_state for one in (whole, same))
    torch.testing.assert_close(a, b, atol=2e-3, rtol=0)  # but for the form of GELU


def test_answers_are_intents_or_nothing(classifier: Classifier) -> None:
    assert classifier.labels == ("bill", "block")
    for found in classifier.classify(TEXTS):
        assert found.label in classifier.labels
        assert found.probability == found.candidates[0][1] >= found.candidates[1][1]
    assert [found.label for found in classifier.classify(TEXTS, threshold=1.0)] == [None] * len(TEXTS)
    assert classifier.classify([]) == []
    rest = 1 - classifier.probabilities(TEXTS).sum(1)
    assert ((rest > 0) & (rest < 1)).all()  # the probability of being out of scope


def test_the_threshold_of_the_file_is_used(tmp_path: Path) -> None:
    classifier = Classifier.load(written(tmp_path / "model", *student(tmp_path / "encoder"), threshold=0.999))
    assert classifier.classify(["my card"])[0].label is None
    assert classifier.classify(["my card"], threshold=0)[0].label in classifier.labels


@settings(max_examples=200)
@given(text=st.text(max_size=80))
def test_any_text_has_an_answer(classifier: Classifier, text: str) -> None:
    (found,) = classifier.classify([text])
    assert found.label in classifier.labels
    assert 0 < found.probability <= 1


def test_utterances_of_all_kinds_have_a_label_or_none(classifier: Classifier) -> None:
    found = classifier.classify(utterances(400), threshold=0.6)
    assert {one.label for one in found} <= {*classifier.labels, None}
    assert {one.label is None for one in found} == {True, False}
    assert all(0 < one.probability <= 1 and (one.label is not None) == (one.probability >= 0.6) for one in found)


def test_torch_is_not_imported(folder: Path) -> None:
    code = (
        "import sys\nfrom paperlib import Classifier\n"
        f"print(Classifier.load({str(folder)!r}).classify(['my card'])[0].label in ('bill', 'block'))\n"
        "print(sorted({'torch', 'transformers', 'scipy', 'sklearn', 'yaml', 'pydantic'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "True\n[]\n"


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 no zip", json.dumps({"labels": []}).encode()])
def test_a_damaged_file_is_named(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "model.npz").write_bytes(content)
    with pytest.raises(DataError, match=r"model\.npz: is no intent classifier, or damaged"):
        Classifier.load(tmp_path)
    with pytest.raises(DataError, match="no such file; expected a folder written by paperlib finetune-intents"):
        Classifier.load(tmp_path / "none")


def test_a_file_that_was_cut_short_is_named(folder: Path, tmp_path: Path) -> None:
    whole = (folder / "model.npz").read_bytes()
    (tmp_path / "model.npz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DataError, match="or damaged"):
        Classifier.load(tmp_path)


def test_a_model_that_is_too_large_is_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_file, "LARGEST", 1000)
    with pytest.raises(PaperlibError, match="expected at most"):
        written(tmp_path / "model", *student(tmp_path / "encoder"))
    assert not (tmp_path / "model" / "model.npz").exists()
