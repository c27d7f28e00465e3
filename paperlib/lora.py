"""LoRA layers (Hu et al., 2021, https://arxiv.org/abs/2106.09685) that make and add no tensor they can do without.

peft's layer scales and adds the adapter's part as tensors of the layer's full width, forward and back. Here scale and
sum are part of the products themselves. Weights, names and files stay peft's.
"""

from typing import Any, cast

import torch
from peft.tuners.lora import Linear


class Product(torch.autograd.Function):
    """x W' + s (x A') B' for frozen W (out, in) and trained A (r, in) and B (out, r); x is (..., in)."""

    @staticmethod
    def forward(
        ctx: Any, x: torch.Tensor, weight: torch.Tensor, a: torch.Tensor, b: torch.Tensor, scale: float
    ) -> torch.Tensor:
        flat, low_a, low_b = x.reshape(-1, x.shape[-1]), a.to(x.dtype), b.to(x.dtype)
        inner = flat @ low_a.T
        ctx.save_for_backward(flat, weight, low_a, low_b, inner)
        ctx.scale, ctx.dtype = scale, a.dtype
        return (flat @ weight.T).addmm_(inner, low_b.T, alpha=scale).view(*x.shape[:-1], -1)

    @staticmethod
    def backward(ctx: Any, *grads: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        flat, weight, low_a, low_b, inner = ctx.saved_tensors
        grad = grads[0].reshape(-1, weight.shape[0])
        down = (grad @ low_b).mul_(ctx.scale)
        into = None
        if ctx.needs_input_grad[0]:  # not in the first layer
            into = (grad @ weight).addmm_(down, low_a).view(*grads[0].shape[:-1], -1)
        grad_a, grad_b = down.T @ flat, (grad.T @ inner).mul_(ctx.scale)
        return into, None, grad_a.to(ctx.dtype), grad_b.to(ctx.dtype), None


class Layer(Linear):
    """peft's layer, its sum made by :class:`Product`. For one adapter without dropout, on a layer without bias."""

    def forward(self, x: torch.Tensor, *args: Any, **kwargs: Any) -> torch.Tensor:
        if self.disable_adapters or self.merged:
            return super().forward(x, *args, **kwargs)
        (name,) = self.active_adapters
        weights = self.base_layer.weight, self.lora_A[name].weight, self.lora_B[name].weight
        return cast(torch.Tensor, Product.apply(x, *weights, self.scaling[name]))  # type: ignore[no-untyped-call]


def lean(model: torch.nn.Module) -> None:
    """Makes every LoRA layer of ``model`` a :class:`Layer` where it has neither bias nor dropout."""
    layers: list[Any] = [module for module in model.modules() if type(module) is Linear]
    for layer in layers:
        if layer.base_layer.bias is None and not _drops(layer):
            layer.__class__ = Layer


def _drops(module: Linear) -> bool:
    return any(isinstance(dropout, torch.nn.Dropout) and dropout.p > 0 for dropout in module.lora_dropout.values())
