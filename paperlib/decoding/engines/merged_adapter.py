"""A LoRA adapter merged into the weights of its base, without transformers and peft: most of a cold start.

The numbers are those of :func:`paperlib.training.models.load_trained`, bit by bit. There the merged weights take pages
of their own beside those of the file; here each is read from the file where it lies in the page cache, added to its
product of the adapter, rounded, and written once.
"""

import json
import math
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open

from paperlib.core.errors import DataError
from paperlib.core.files import read_json
from paperlib.core.runtime import device
from paperlib.decoding.engines import plain_tokenizer
from paperlib.decoding.engines.torch_llama import Config, Llama
from paperlib.training import weights
from paperlib.training.loaded_model import LoadedModel
from paperlib.training.space_tokens import as_trained

UNUSUAL = ("use_dora", "fan_in_fan_out", "lora_bias", "rank_pattern", "alpha_pattern", "modules_to_save", "use_bdlora")


def load(folder: Path, base: str, dtype: torch.dtype) -> LoadedModel | None:
    """The model of an adapter's ``folder`` on the weights that ``base`` names, in ``dtype``.

    None for what transformers has to load: full weights, an architecture or tokenizer that is not a plain one, layers
    that were removed, files that are missing or damaged. Raises PaperlibError where there are no such base weights.
    """
    if not (folder / "adapter_config.json").is_file():
        return None
    source = Path(weights.obtain(base))
    try:
        return _load(folder, source, weights.title(base), dtype)
    except (DataError, OSError, KeyError, ValueError, RuntimeError, SafetensorError):
        return None  # transformers finds out what is wrong, and says so


def _load(folder: Path, source: Path, name: str, dtype: torch.dtype) -> LoadedModel | None:
    log = read_json(folder / "train.json")["config"]
    found = json.loads((source / "config.json").read_text())
    config = Config.of(found)
    if config is None or log.get("layers") or log.get("prompt") == "chat":
        return None
    scale = _scale(read_json(folder / "adapter_config.json"))
    tokenizer = plain_tokenizer.load(folder if (folder / "tokenizer.json").is_file() else source)
    if scale is None or tokenizer is None:
        return None
    as_trained(tokenizer, folder)
    merged = _merged(source / "model.safetensors", folder / "adapter_model.safetensors", scale, dtype)
    if found.get("tie_word_embeddings"):
        merged.pop("lm_head.weight", None)
    return LoadedModel(Llama(config, merged), tokenizer, name)


def _scale(settings: dict[str, Any]) -> float | None:
    """What an adapter's products are multiplied by; None for one that is more than such products."""
    plain = settings.get("peft_type") == "LORA" and settings.get("bias", "none") == "none"
    if not plain or any(settings.get(key) for key in UNUSUAL):
        return None
    r = settings["r"]
    return float(settings["lora_alpha"] / (math.sqrt(r) if settings.get("use_rslora") else r))


def _merged(base: Path, adapter: Path, scale: float, dtype: torch.dtype) -> dict[str, torch.Tensor]:
    """All weights in ``dtype``, merged in float32, rounded once. Raises ValueError for an adapter of other weights."""
    where, found = device(), dict[str, torch.Tensor]()
    with safe_open(base, "pt") as whole, safe_open(adapter, "pt") as low:
        left = set(low.keys())
        for name in whole.keys():  # noqa: SIM118 (no mapping)
            pair = [f"base_model.model.{name.removesuffix('.weight')}.lora_{part}.weight" for part in "BA"]
            weight = whole.get_tensor(name).to(where).float()
            if left.issuperset(pair):
                b, a = (low.get_tensor(one).to(where).float() for one in pair)
                weight = (b @ a).mul_(scale).add_(weight)
                left.difference_update(pair)
            found[name] = weight.to(dtype, copy=True)  # in the file it may be unaligned, which changes float32 sums
    if left:
        raise ValueError(f"the base has no {min(left)}")
    return found
