"""Writes a trained classifier as one file, ``model.npz``: all that :mod:`paperlib.decoding.intents` needs to run it.

Matrices are int8 with one float scale a row (symmetric, rounded to nearest), all else is float32. Entries:

- ``meta`` (JSON): ``labels``, ``heads``, ``layers``, ``buckets``, ``temperature``, ``threshold``, ``about``;
- ``vocabulary``: the word pieces, a line each; ``words``, ``positions``, ``norm``: the embeddings and their norm;
- for each layer ``<n>.qkv``, ``.out``, ``.up``, ``.down`` with ``.bias``, and ``.norm1``, ``.norm2``;
- ``grams``: a vector for each bucket of n-grams; ``head`` with ``head.bias``.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from paperlib.core.errors import PaperlibError
from paperlib.core.files import atomic_write
from paperlib.data.intents.classifier_files import NUMPY
from paperlib.training.intents.intent_model import Featurizer, IntentModel

LARGEST = 10_000_000  # bytes
Arrays = dict[str, NDArray[Any]]


def write_model(folder: Path, model: IntentModel, featurizer: Featurizer, meta: Mapping[str, Any]) -> int:
    """Writes ``folder/model.npz`` and returns its size in bytes. ``meta`` has what a model does not know itself:
    labels, temperature, threshold, about. Raises PaperlibError if it would have more than LARGEST."""
    arrays = _arrays(model)
    encoder = model.encoder
    shape = {
        "layers": len(encoder.encoder.layer) if encoder is not None else 0,
        "heads": encoder.config.num_attention_heads if encoder is not None else 0,
        "buckets": featurizer.n_buckets,
    }
    arrays["meta"] = _bytes(json.dumps({**meta, **shape}, ensure_ascii=False))
    arrays["vocabulary"] = _bytes("\n".join(featurizer.tokenizer.vocabulary))
    size = sum(array.nbytes for array in arrays.values())
    if size > LARGEST:
        raise PaperlibError(f"the model would have {size / 1e6:.1f} MB, expected at most {LARGEST / 1e6:.0f} MB")
    with atomic_write(folder / NUMPY) as part, part.open("wb") as out:
        np.savez(out, allow_pickle=False, **arrays)
    return (folder / NUMPY).stat().st_size


def _arrays(model: IntentModel) -> Arrays:
    found = _matrix("head", model.head.weight) | {"head.bias": _floats(model.head.bias)}
    if model.grams is not None:
        found |= _matrix("grams", model.grams.weight)
    if model.encoder is not None:
        embeddings = model.encoder.embeddings
        found |= _matrix("words", embeddings.word_embeddings.weight)
        types = embeddings.token_type_embeddings.weight[0]
        found |= _matrix("positions", embeddings.position_embeddings.weight + types)
        found["norm"] = _norm(embeddings.LayerNorm)
        for n, layer in enumerate(model.encoder.encoder.layer):
            found |= _layer(f"{n}.", layer)
    return found


def _layer(prefix: str, layer: Any) -> Arrays:
    own = layer.attention.self
    qkv = (own.query, own.key, own.value)
    found = _matrix(f"{prefix}qkv", torch.cat([one.weight for one in qkv]))
    found[f"{prefix}qkv.bias"] = _floats(torch.cat([one.bias for one in qkv]))
    linear = {"out": layer.attention.output.dense, "up": layer.intermediate.dense, "down": layer.output.dense}
    for name, one in linear.items():
        found |= _matrix(prefix + name, one.weight) | {f"{prefix}{name}.bias": _floats(one.bias)}
    found[f"{prefix}norm1"] = _norm(layer.attention.output.LayerNorm)
    found[f"{prefix}norm2"] = _norm(layer.output.LayerNorm)
    return found


def _matrix(name: str, weight: Tensor) -> Arrays:
    """Rows as int8, and their scales."""
    values = _floats(weight)
    scale = np.maximum(np.abs(values).max(1, keepdims=True), 1e-12) / 127
    return {name: np.round(values / scale).astype(np.int8), f"{name}.scale": scale.astype(np.float32)}


def _norm(norm: nn.LayerNorm) -> NDArray[Any]:
    """(2, width): weight and bias."""
    return np.stack([_floats(norm.weight), _floats(norm.bias)])


def _floats(value: Tensor) -> NDArray[Any]:
    return np.asarray(value.detach().float().numpy(), np.float32)


def _bytes(text: str) -> NDArray[Any]:
    return np.frombuffer(text.encode(), np.uint8)
