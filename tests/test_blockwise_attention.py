"""Blockwise attention beside the fused kernel: the same sums and gradients, alone and in a model."""

import pytest
import torch
from transformers import LlamaForCausalLM

from paperlib.training import blockwise_attention
from paperlib.training.models import Shape
from paperlib.training.trainer import answer_loss

SHAPE = Shape(hidden=48, layers=2, heads=6, kv_heads=2, feed_forward=64, vocabulary=50, context=700)


def attended(tokens: int, dtype: torch.dtype, name: str) -> list[torch.Tensor]:
    """What two rows attend to, and the gradients of a weighted sum of it."""
    torch.manual_seed(0)
    parts = [torch.randn(2, heads, tokens, 16) for heads in (6, 2, 2)]
    query, key, value = (part.to(dtype).requires_grad_() for part in parts)
    weights = torch.randn(2, 6, tokens, 16)
    if name == blockwise_attention.NAME:
        found = blockwise_attention.attention_forward(None, query, key, value, None, 0.25)[0].transpose(1, 2)
    else:
        found = torch.nn.functional.scaled_dot_product_attention(
            query, key, value, is_causal=True, scale=0.25, enable_gqa=True
        )
    return [found, *torch.autograd.grad((found * weights).sum(), (query, key, value))]


def distance(found: list[torch.Tensor], expected: list[torch.Tensor]) -> float:
    """The largest difference in a tensor, as a share of its largest entry."""
    assert [one.shape for one in found] == [other.shape for other in expected]
    pairs = zip(found, expected, strict=True)
    return max(((one - other).abs().max() / other.abs().max()).item() for one, other in pairs)


@pytest.mark.parametrize("tokens", [2, 255, 256, 257, 600])
def test_sums_and_gradients_are_those_of_the_fused_kernel(tokens: int) -> None:
    expected = attended(tokens, torch.float32, "fused")
    assert distance(attended(tokens, torch.float32, blockwise_attention.NAME), expected) < 1e-5
    halves = attended(tokens, torch.bfloat16, blockwise_attention.NAME)
    assert halves[0].dtype == torch.bfloat16
    assert distance(halves, expected) < 0.02


def trained(name: str, mixed: bool = False, dtype: torch.dtype = torch.float32) -> list[torch.Tensor]:
    """The loss of a model of random weights on two rows, and all its gradients."""
    torch.manual_seed(0)
    model = LlamaForCausalLM(SHAPE.config()).to(dtype)
    model.set_attn_implementation(name)
    ids = torch.randint(1, 50, (2, 300))
    labels = ids.clone()
    labels[:, :100] = -100
    with torch.autocast("cpu", torch.bfloat16, enabled=mixed):
        loss = answer_loss(model, {"input_ids": ids, "labels": labels})
    return [loss, *torch.autograd.grad(loss, list(model.parameters()))]


def test_a_model_has_the_same_loss_and_gradients() -> None:
    expected = trained("sdpa")
    assert distance(trained(blockwise_attention.NAME), expected) < 1e-4


@pytest.mark.parametrize(("mixed", "dtype"), [(True, torch.float32), (False, torch.bfloat16)])
def test_in_bf16_a_model_is_as_near_to_float32_as_with_the_fused_kernel(mixed: bool, dtype: torch.dtype) -> None:
    expected = trained("sdpa")
    limit = max(0.05, 1.5 * distance(trained("sdpa", mixed, dtype), expected))
    assert distance(trained(blockwise_attention.NAME, mixed, dtype), expected) < limit


def test_a_mask_and_a_cache_take_the_stock_path() -> None:
    torch.manual_seed(0)
    model = LlamaForCausalLM(SHAPE.config()).eval()
    ids = torch.randint(1, 50, (2, 20))
    mask = torch.ones_like(ids)
    mask[0, :5] = 0

    def logits(name: str) -> torch.Tensor:
        model.set_attn_implementation(name)
        with torch.no_grad():
            cache = model(ids[:, :12], attention_mask=mask[:, :12]).past_key_values
            return model(ids[:, 12:], attention_mask=mask, past_key_values=cache).logits

    assert torch.allclose(logits(blockwise_attention.NAME), logits("sdpa"), atol=1e-5)
