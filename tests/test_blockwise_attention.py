"""Blockwise attention beside the fused kernel: the same sums and gradients, alone and in a model."""

import pytest
import torch
from small_models import build, every_architecture
from transformers import LlamaForCausalLM
from transformers.masking_utils import sliding_window_causal_mask_function

from paperlib.training import blockwise_attention, models
from paperlib.training.models import Shape
from paperlib.training.trainer import answer_loss

SHAPE = Shape(hidden=48, layers=2, heads=6, kv_heads=2, feed_forward=64, vocabulary=50, context=700)


def attended(tokens: int, dtype: torch.dtype, name: str, window: int | None = None) -> list[torch.Tensor]:
    """What two rows attend to, and the gradients of a weighted sum of it."""
    torch.manual_seed(0)
    parts = [torch.randn(2, heads, tokens, 16) for heads in (6, 2, 2)]
    query, key, value = (part.to(dtype).requires_grad_() for part in parts)
    weights = torch.randn(2, 6, tokens, 16)
    if name == blockwise_attention.NAME:
        options = {} if window is None else {"sliding_window": window}
        found = blockwise_attention.attention_forward(None, query, key, value, None, 0.25, **options)[0].transpose(1, 2)
    else:
        at = torch.arange(tokens)
        seen = sliding_window_causal_mask_function(window or tokens)(0, 0, at[:, None], at)
        found = torch.nn.functional.scaled_dot_product_attention(
            query, key, value, attn_mask=seen, scale=0.25, enable_gqa=True
        )
    return [found, *torch.autograd.grad((found * weights).sum(), (query, key, value))]


def distance(found: list[torch.Tensor], expected: list[torch.Tensor]) -> float:
    """The largest difference in a tensor, as a share of its largest entry."""
    assert [one.shape for one in found] == [other.shape for other in expected]
    pairs = zip(found, expected, strict=True)
    return max(((one - other).abs().max() / other.abs().max()).item() for one, other in pairs)


@pytest.mark.parametrize("window", [None, 1, 100, 256, 257, 512])
@pytest.mark.parametrize("tokens", [2, 255, 256, 257, 600])
def test_sums_and_gradients_are_those_of_the_fused_kernel(tokens: int, window: int | None) -> None:
    expected = attended(tokens, torch.float32, "fused", window)
    found = attended(tokens, torch.float32, blockwise_attention.NAME, window)
    assert distance(found[:1], expected[:1]) < 1e-5
    if window != 1:  # a token that sees itself alone has gradients of 0 for query and key
        assert distance(found, expected) < 1e-5
    halves = attended(tokens, torch.bfloat16, blockwise_attention.NAME, window)
    assert halves[0].dtype == torch.bfloat16
    assert distance(halves[:1] if window == 1 else halves, expected[:1] if window == 1 else expected) < 0.02


def test_keys_outside_the_windows_of_a_block_are_skipped() -> None:
    blocks = list(blockwise_attention.blocks(1200, 300))
    assert blocks == [(0, 0, 256), (0, 256, 512), (213, 512, 768), (469, 768, 1024), (725, 1024, 1200)]


def trained(
    name: str, mixed: bool = False, dtype: torch.dtype = torch.float32, architecture: str = "llama", adapt: bool = False
) -> list[torch.Tensor]:
    """The loss of a random model on two rows longer than a block and a window, and all gradients, or an adapter's."""
    torch.manual_seed(0)
    model = build(architecture, 50, window=100).to(dtype)
    if adapt:
        model = models.add_lora(models.LoadedModel(model, None, "small"), 4, 8, 0.0).base_model
        for parameter, weight in model.named_parameters():
            if "lora_B" in parameter:
                torch.nn.init.normal_(weight, std=0.1)
    model.set_attn_implementation(name)
    ids = torch.randint(1, 50, (2, 300))
    labels = ids.clone()
    labels[:, :100] = -100
    labels[0, 270:] = -100
    with torch.autocast("cpu", torch.bfloat16, enabled=mixed):
        loss = answer_loss(model, {"input_ids": ids, "labels": labels})
    return [loss, *torch.autograd.grad(loss, [p for p in model.parameters() if p.requires_grad])]


@pytest.mark.parametrize("adapt", [False, True])
@every_architecture
def test_a_model_has_the_same_loss_and_gradients(architecture: str, adapt: bool) -> None:
    expected = trained("eager", architecture=architecture, adapt=adapt)
    assert distance(trained(blockwise_attention.NAME, architecture=architecture, adapt=adapt), expected) < 1e-4


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
