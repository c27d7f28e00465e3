"""The files that an intent classifier lies in."""

from pathlib import Path

NUMPY = "model.npz"  # of `paperlib finetune-intents`
ONNX = "classifier.onnx"  # of `paperlib export --to onnx`


def is_classifier(folder: str | Path) -> bool:
    """Whether a folder holds an intent classifier."""
    return any((Path(folder) / name).is_file() for name in (NUMPY, ONNX))
