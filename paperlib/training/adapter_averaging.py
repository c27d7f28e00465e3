"""Adapter averaging: a uniform model soup of LoRA adapters, truncated to the rank of one adapter.

Model soups are by Wortsman et al. (2022), https://arxiv.org/abs/2203.05482. Adapters that were trained by one recipe on
different seeds and examples make different errors, and their average costs no more at inference than one of them. A
scale below 1 interpolates towards the base, whose abilities outside the training data come back (WiSE-FT: Wortsman et
al., 2022, https://arxiv.org/abs/2109.01903). The gains measured here are in data/results/LOG.md.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from peft.tuners.lora import Linear
from safetensors.torch import load_file

from paperlib.core.errors import PaperlibError
from paperlib.core.files import read_json

Factors = tuple[torch.Tensor, torch.Tensor]  # A (r, in) and B (out, r), float32; the adapter adds B A to the weights


def load_average(model: torch.nn.Module, folders: Sequence[Path], scale: float = 1.0) -> None:
    """Sets the single adapter of a peft model to ``scale`` times the average of the trained adapters in ``folders``.

    If its rank exceeds the sum of their ranks, the remaining rows and columns are zero. Raises PaperlibError if an
    adapter belongs to a base of another shape.
    """
    adapters = {folder: _load(folder) for folder in folders}
    layers: dict[str, Any] = {name: module for name, module in model.named_modules() if isinstance(module, Linear)}
    for name, layer in layers.items():
        (active,) = layer.active_adapters
        a, b = layer.lora_A[active].weight, layer.lora_B[active].weight
        factors = [_factors(folder, adapter, name, a, b) for folder, adapter in adapters.items()]
        mean_a, mean_b = low_rank_mean(factors, a.shape[0])
        with torch.no_grad():
            a[: len(mean_a)] = mean_a
            b.zero_()[:, : len(mean_a)] = scale * mean_b / layer.scaling[active]


def low_rank_mean(factors: Sequence[Factors], rank: int) -> Factors:
    """The best approximation of rank ``rank`` to the mean of the products B A (Eckart and Young, 1936).

    Returns its factors A (rank, in) and B (out, rank), each with the square roots of the singular values.
    """
    left, b = torch.linalg.qr(torch.cat([b for _, b in factors], 1) / len(factors))
    right, a = torch.linalg.qr(torch.cat([a for a, _ in factors]).T)
    u, s, v = torch.linalg.svd(b @ a.T, full_matrices=False)
    root = s[:rank].sqrt()
    return root[:, None] * (v[:rank] @ right.T), left @ u[:, :rank] * root


def _load(folder: Path) -> dict[str, Any]:
    """The weights of an adapter by their names in peft, and its scale under "scale"."""
    settings = read_json(folder / "adapter_config.json")
    by = settings["r"] ** 0.5 if settings["use_rslora"] else settings["r"]
    return {**load_file(folder / "adapter_model.safetensors"), "scale": settings["lora_alpha"] / by}


def _factors(folder: Path, adapter: dict[str, Any], name: str, a: torch.Tensor, b: torch.Tensor) -> Factors:
    """The factors of one layer, with the scale in B. They must fit the shapes of ``a`` and ``b``, ranks aside."""
    none = torch.empty(0, 0)
    own_a, own_b = (adapter.get(f"{name}.lora_{side}.weight", none).float() for side in "AB")
    if (own_a.shape[1], own_b.shape[0]) != (a.shape[1], b.shape[0]):
        raise PaperlibError(f"{folder}: adapter of another base: no {b.shape[0]} x {a.shape[1]} weights for {name}")
    return own_a, adapter["scale"] * own_b
