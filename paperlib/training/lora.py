"""LoRA layers (Hu et al., 2021, https://arxiv.org/abs/2106.09685) that make and add no tensor they can do without.

peft's layer scales and adds the adapter's part as tensors of the layer's full width, forward and back. Here scale and
sum are part of the products themselves. Dropout takes 16 random bits a place, not a number, and no copy in float32.
Weights, names and files stay peft's.
"""

from typing import Any, cast

import torch
from peft.tuners.lora import Linear

CHANCES = 2**16  # of so many, as a whole number, is a dropout's probability taken


class LoraProduct(torch.autograd.Function):
    """x W' + s (x A') B' for frozen W (out, in) and trained A (r, in) and B (out, r); x is (..., in). Where ``dropped``
    is true, x is 0 on its way to A."""

    @staticmethod
    def forward(
        ctx: Any,
        x: torch.Tensor,
        weight: torch.Tensor,
        a: torch.Tensor,
        b: torch.Tensor,
        scale: float,
        dropped: torch.Tensor | None = None,
    ) -> torch.Tensor:
        flat, low_a, low_b = x.reshape(-1, x.shape[-1]), a.to(x.dtype), b.to(x.dtype)
        inner = _left(flat, dropped) @ low_a.T
        ctx.save_for_backward(flat, weight, low_a, low_b, inner, dropped)
        ctx.scale, ctx.dtype = scale, a.dtype
        return (flat @ weight.T).addmm_(inner, low_b.T, alpha=scale).view(*x.shape[:-1], -1)

    @staticmethod
    def backward(ctx: Any, *grads: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        flat, weight, low_a, low_b, inner, dropped = ctx.saved_tensors
        grad = grads[0].reshape(-1, weight.shape[0])
        down = (grad @ low_b).mul_(ctx.scale)
        into = None
        if ctx.needs_input_grad[0]:  # not in the first layer
            into = grad @ weight
            into = into.addmm_(down, low_a) if dropped is None else into.add_((down @ low_a).masked_fill_(dropped, 0))
            into = into.view(*grads[0].shape[:-1], -1)
        grad_a, grad_b = down.T @ _left(flat, dropped), (grad.T @ inner).mul_(ctx.scale)
        return into, None, grad_a.to(ctx.dtype), grad_b.to(ctx.dtype), None, None


def _left(x: torch.Tensor, dropped: torch.Tensor | None) -> torch.Tensor:
    return x if dropped is None else x.masked_fill(dropped, 0)


def dropout_mask(x: torch.Tensor, p: float) -> torch.Tensor:
    """Places (rows, in) to drop, each with probability ``p``, which is rounded to 1 / 65,536. One random number serves
    four: drawing them takes one thread, and with a number each a third of a training step."""
    numbers = torch.empty(-(-x.numel() // 4), dtype=torch.int64, device=x.device).random_(-(2**63), None)
    chances = numbers.view(torch.int16)[: x.numel()].view(-1, x.shape[-1])
    return chances < round(p * CHANCES) - CHANCES // 2


class FusedLoraLinear(Linear):
    """peft's layer, its sum made by :class:`LoraProduct`. For one adapter, on a layer without bias."""

    def forward(self, x: torch.Tensor, *args: Any, **kwargs: Any) -> torch.Tensor:
        if self.disable_adapters or self.merged:
            return super().forward(x, *args, **kwargs)
        (name,) = self.active_adapters
        p = getattr(self.lora_dropout[name], "p", 0.0) if self.training else 0.0
        dropped = dropout_mask(x, p) if p else None
        weights = self.base_layer.weight, self.lora_A[name].weight, self.lora_B[name].weight
        return cast(torch.Tensor, LoraProduct.apply(x, *weights, self.scaling[name] / (1 - p), dropped))  # type: ignore[no-untyped-call]


def replace_lora_layers(model: torch.nn.Module) -> None:
    """Makes every LoRA layer of ``model`` a :class:`FusedLoraLinear` where it has no bias."""
    layers: list[Any] = [module for module in model.modules() if type(module) is Linear]
    for layer in layers:
        if layer.base_layer.bias is None:
            layer.__class__ = FusedLoraLinear
