"""LoRA without its narrow products: one wide matrix product forward, one backward.

An adapted layer is y = x W' with W' = W + s B A. Libraries compute x W + s (x A) B: two more products of inner size r
and four more passes over activations, in each of 210 layers. Here W' is made once a step, at 2 r operations a weight,
and the gradients of A and B come from products of outer size r (Hu et al. 2021, section 4.1, in another order).

In float32 only: in bfloat16 an addition to W would be rounded to W's eight bits, and an early adapter would vanish.
"""

from typing import Any

import torch
from peft.tuners.lora import Linear

ADAPTER = "default"  # peft's name for the only one


class _Merged(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: torch.Tensor, weight: torch.Tensor, a: torch.Tensor, b: torch.Tensor, s: float) -> Any:
        """x (..., in), weight (out, in), a (r, in), b (out, r); returns (..., out)."""
        merged = torch.addmm(weight, b, a, alpha=s)
        ctx.save_for_backward(x, merged, a, b)
        ctx.scaling = s
        return x @ merged.T

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> Any:
        x, merged, a, b = ctx.saved_tensors
        (above,) = gradients
        rows, inputs = above.flatten(0, -2), x.flatten(0, -2)
        for_b = ctx.scaling * rows.T @ (inputs @ a.T)
        for_a = ctx.scaling * (rows @ b).T @ inputs
        below = above @ merged if ctx.needs_input_grad[0] else None
        return below, None, for_a, for_b, None


def merge_while_training(model: Any) -> int:
    """Lets every LoRA layer of ``model`` that can be trained so compute with W'; returns how many there are.

    Left alone are layers with dropout, which stands between x and A, with a bias, or not in float32. Saving, loading
    and merging stay peft's.
    """
    layers = [module for module in model.modules() if isinstance(module, Linear) and _fits(module)]
    for layer in layers:
        layer.forward = _forward(layer)  # type: ignore[method-assign]
    return len(layers)


def _fits(layer: Linear) -> bool:
    base: Any = layer.get_base_layer()
    plain = isinstance(layer.lora_dropout[ADAPTER], torch.nn.Identity)
    return plain and base.bias is None and base.weight.dtype == torch.float32


def _forward(layer: Linear) -> Any:
    base, scaling = layer.get_base_layer().weight, layer.scaling[ADAPTER]
    a, b = layer.lora_A[ADAPTER].weight, layer.lora_B[ADAPTER].weight
    return lambda x: _Merged.apply(x, base, a, b, scaling)  # type: ignore[no-untyped-call]
