"""LoRA layers (Hu et al., 2021, https://arxiv.org/abs/2106.09685) with few intermediate tensors.

peft scales the adapter's output and adds it as separate tensors of the layer's full width, forward and backward. Here
scaling and addition are part of the matrix products. The dropout mask takes 16 random bits per element instead of a
float32 number. Weights, parameter names and file formats remain peft's.
"""

from typing import Any, cast

import torch
from peft.tuners.lora import Linear

DROPOUT_LEVELS = 2**16  # probabilities are multiples of 1 / DROPOUT_LEVELS


class LoraProduct(torch.autograd.Function):
    """x W' + bias + scale (x A') B', for x (..., in), frozen W (out, in) and bias (out), trained A (r, in), B (out, r).

    There may be no bias. In the last term, elements of x are 0 where ``dropped`` (rows, in), if given, is true.
    """

    @staticmethod
    def forward(
        ctx: Any,
        x: torch.Tensor,
        weight: torch.Tensor,
        a: torch.Tensor,
        b: torch.Tensor,
        bias: torch.Tensor | None,
        scale: float,
        dropped: torch.Tensor | None = None,
    ) -> torch.Tensor:
        flat, low_a, low_b = x.reshape(-1, x.shape[-1]), a.to(x.dtype), b.to(x.dtype)
        inner = _drop(flat, dropped) @ low_a.T
        ctx.save_for_backward(flat, weight, low_a, low_b, inner, dropped)
        ctx.scale, ctx.dtype = scale, a.dtype
        base = flat @ weight.T if bias is None else torch.addmm(bias, flat, weight.T)
        return base.addmm_(inner, low_b.T, alpha=scale).view(*x.shape[:-1], -1)

    @staticmethod
    def backward(ctx: Any, *grads: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        flat, weight, low_a, low_b, inner, dropped = ctx.saved_tensors
        grad = grads[0].reshape(-1, weight.shape[0])
        down = (grad @ low_b).mul_(ctx.scale)
        grad_x = None
        if ctx.needs_input_grad[0]:  # not in the first layer
            grad_x = grad @ weight
            if dropped is None:
                grad_x = grad_x.addmm_(down, low_a)
            else:
                grad_x = grad_x.add_((down @ low_a).masked_fill_(dropped, 0))
            grad_x = grad_x.view(*grads[0].shape[:-1], -1)
        grad_a, grad_b = down.T @ _drop(flat, dropped), (grad.T @ inner).mul_(ctx.scale)
        return grad_x, None, grad_a.to(ctx.dtype), grad_b.to(ctx.dtype), None, None, None


def _drop(x: torch.Tensor, dropped: torch.Tensor | None) -> torch.Tensor:
    return x if dropped is None else x.masked_fill(dropped, 0)


def dropout_mask(x: torch.Tensor, p: float) -> torch.Tensor:
    """A mask (rows, in) for ``x`` (..., in), true with probability ``p``, rounded to a multiple of 1 / 65,536.

    One random number of 64 bits serves four elements. Drawing them uses a single thread: with one number per element it
    took a third of a training step.
    """
    numbers = torch.empty(-(-x.numel() // 4), dtype=torch.int64, device=x.device).random_(-(2**63), None)
    levels = numbers.view(torch.int16)[: x.numel()].view(-1, x.shape[-1])
    return levels < round(p * DROPOUT_LEVELS) - DROPOUT_LEVELS // 2


class FusedLoraLinear(Linear):
    """peft's LoRA layer with :class:`LoraProduct`, for a single adapter on a layer whose bias, if any, is frozen."""

    def forward(self, x: torch.Tensor, *args: Any, **kwargs: Any) -> torch.Tensor:
        if self.disable_adapters or self.merged:
            return super().forward(x, *args, **kwargs)
        (name,) = self.active_adapters
        p = getattr(self.lora_dropout[name], "p", 0.0) if self.training else 0.0
        dropped = dropout_mask(x, p) if p else None
        a, b = self.lora_A[name].weight, self.lora_B[name].weight
        scale = self.scaling[name] / (1 - p)
        base = self.base_layer
        result = LoraProduct.apply(x, base.weight, a, b, base.bias, scale, dropped)  # type: ignore[no-untyped-call]
        return cast(torch.Tensor, result)


def replace_lora_layers(model: torch.nn.Module) -> None:
    """Turns every LoRA layer of a peft model into a :class:`FusedLoraLinear`, but for those whose bias is trained."""
    layers: list[Any] = [module for module in model.modules() if type(module) is Linear]
    for layer in layers:
        if layer.base_layer.bias is None or not layer.base_layer.bias.requires_grad:
            layer.__class__ = FusedLoraLinear
