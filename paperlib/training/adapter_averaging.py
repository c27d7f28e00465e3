"""Adapter averaging: the uniform model soup of trained LoRA adapters (Wortsman et al. 2022,
https://arxiv.org/abs/2203.05482), cut to one adapter's rank by singular values.

Trainings of one recipe that differ in seed and examples make different errors; their average costs no more to run than
one of them. What it was worth here is recorded in data/results/LOG.md.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from peft.tuners.lora import Linear
from safetensors.torch import load_file

from paperlib.core.errors import PaperlibError
from paperlib.core.files import read_json

Factors = tuple[torch.Tensor, torch.Tensor]  # A (r, in) and B (out, r), float32; their product is what is added


def load_average(model: torch.nn.Module, folders: Sequence[Path]) -> None:
    """Sets the only adapter of a peft model to the average of those in ``folders``.

    Where its rank exceeds the sum of theirs, the remaining rows and columns are zero.
    Raises PaperlibError where an adapter was trained on a base of another shape.
    """
    parts = {folder: _adapter(folder) for folder in folders}
    layers: dict[str, Any] = {name: module for name, module in model.named_modules() if isinstance(module, Linear)}
    for name, layer in layers.items():
        (which,) = layer.active_adapters
        a, b = layer.lora_A[which].weight, layer.lora_B[which].weight
        found = [_factors(folder, part, name, a, b) for folder, part in parts.items()]
        mean_a, mean_b = mean(found, a.shape[0])
        with torch.no_grad():
            a[: len(mean_a)] = mean_a
            b.zero_()[:, : len(mean_a)] = mean_b / layer.scaling[which]


def mean(factors: Sequence[Factors], rank: int) -> Factors:
    """The best approximation of rank ``rank`` to the mean of the products B A (Eckart and Young 1936), with the singular
    values divided evenly between A (rank, in) and B (out, rank)."""
    left, b = torch.linalg.qr(torch.cat([b for _, b in factors], 1) / len(factors))
    right, a = torch.linalg.qr(torch.cat([a for a, _ in factors]).T)
    u, s, v = torch.linalg.svd(b @ a.T)
    root = s[:rank].sqrt()
    return root[:, None] * (v[:rank] @ right.T), left @ u[:, :rank] * root


def _adapter(folder: Path) -> dict[str, Any]:
    """Weights by peft's names, and their scale."""
    settings = read_json(folder / "adapter_config.json")
    by = settings["r"] ** 0.5 if settings["use_rslora"] else settings["r"]
    return {**load_file(folder / "adapter_model.safetensors"), "scale": settings["lora_alpha"] / by}


def _factors(folder: Path, part: dict[str, Any], name: str, a: torch.Tensor, b: torch.Tensor) -> Factors:
    none = torch.empty(0, 0)
    own_a, own_b = (part.get(f"{name}.lora_{side}.weight", none).float() for side in "AB")
    if (own_a.shape[1], own_b.shape[0]) != (a.shape[1], b.shape[0]):
        raise PaperlibError(f"{folder}: its adapter is of another base: no {b.shape[0]} x {a.shape[1]} part for {name}")
    return own_a, part["scale"] * own_b
