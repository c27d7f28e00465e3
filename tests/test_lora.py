"""The lean LoRA layer beside peft's own: the same sums and gradients, the same files."""

from pathlib import Path
from typing import Any

import pytest
import torch
from peft import LoraConfig, get_peft_model
from peft.tuners.lora import Linear
from small_models import build, every_architecture
from transformers import LlamaForCausalLM

from paperlib.training import lora, models
from paperlib.training.models import LORA_TARGETS, LoadedModel, Shape

TINY = Shape(hidden=16, layers=2, heads=2, kv_heads=1, feed_forward=32, vocabulary=50, context=64)
IDS = torch.arange(24).view(2, 12)


def adapted(
    dtype: torch.dtype, rslora: bool = False, dropout: float = 0.0, architecture: str = "llama", bias: Any = "none"
) -> torch.nn.Module:
    base = build(architecture, 50).to(dtype)
    torch.manual_seed(0)
    config = LoraConfig(
        r=4, lora_alpha=8, lora_dropout=dropout, use_rslora=rslora, target_modules=LORA_TARGETS, bias=bias
    )
    model = get_peft_model(base, config)
    for name, weight in model.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(weight, std=0.3)
    return model


def loss_and_gradients(model: torch.nn.Module) -> list[torch.Tensor]:
    loss = model(input_ids=IDS, labels=IDS).loss
    return [loss.detach(), *torch.autograd.grad(loss, [p for p in model.parameters() if p.requires_grad])]


def distance(found: list[torch.Tensor], expected: list[torch.Tensor]) -> float:
    """The largest difference in a tensor, as a share of its largest entry."""
    assert len(found) == len(expected) > 1
    pairs = zip(found, expected, strict=True)
    return max(float((one - other).abs().max() / other.abs().max()) for one, other in pairs)


@pytest.mark.parametrize("rslora", [False, True])
@every_architecture
def test_loss_and_gradients_are_those_of_the_plain_layer(architecture: str, rslora: bool) -> None:
    model = adapted(torch.float32, rslora, architecture=architecture)
    plain = loss_and_gradients(model)
    lora.replace_lora_layers(model)
    assert all(type(m) is lora.FusedLoraLinear for m in model.modules() if isinstance(m, Linear))
    assert distance(loss_and_gradients(model), plain) < 1e-5


def test_in_bfloat16_they_are_as_near_to_float32_as_those_of_the_plain_layer() -> None:
    exact, plain, lean = adapted(torch.float32), adapted(torch.bfloat16), adapted(torch.bfloat16)
    lora.replace_lora_layers(lean)
    expected = loss_and_gradients(exact)
    assert all(p.dtype == torch.float32 for p in lean.parameters() if p.requires_grad)
    assert distance(loss_and_gradients(lean), expected) < max(0.05, 1.5 * distance(loss_and_gradients(plain), expected))


def test_a_layer_whose_bias_is_trained_stays_as_it_is() -> None:
    model = adapted(torch.float32, architecture="qwen2", bias="lora_only")
    plain = loss_and_gradients(model)
    lora.replace_lora_layers(model)
    kinds = {type(m) for m in model.modules() if isinstance(m, Linear)}
    assert kinds == {Linear, lora.FusedLoraLinear}
    assert distance(loss_and_gradients(model), plain) < 1e-5


def test_places_drop_independently_with_their_probability() -> None:
    torch.manual_seed(0)
    dropped = lora.dropout_mask(torch.empty(3, 500, 402), 0.1)
    assert dropped.shape == (1500, 402)
    shares = [dropped, dropped[::2], *(dropped.flatten()[lane::4] for lane in range(4))]
    assert all(abs(float(part.float().mean()) - 0.1) < 0.003 for part in shares)
    both = (dropped[:, ::2] & dropped[:, 1::2]).float().mean()
    assert abs(float(both) - 0.01) < 0.001


def test_with_dropout_loss_and_gradients_are_those_of_the_plain_layer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both drop the same places: every third of a row."""
    model = adapted(torch.float32, dropout=0.25)

    def plain(x: torch.Tensor, p: float, training: bool, inplace: bool) -> torch.Tensor:
        return x * (torch.arange(x.shape[-1]) % 3 > 0) / (1 - p) if training else x

    monkeypatch.setattr(torch.nn.functional, "dropout", plain)
    monkeypatch.setattr(
        lora, "dropout_mask", lambda x, p: (torch.arange(x.shape[-1]) % 3 == 0).expand(x.shape).flatten(0, -2)
    )
    expected, still = loss_and_gradients(model.train()), loss_and_gradients(model.eval())
    lora.replace_lora_layers(model)
    assert distance(loss_and_gradients(model.train()), expected) < 1e-5
    assert distance(loss_and_gradients(model.eval()), still) < 1e-5
    assert distance(still, expected) > 1e-3


def test_an_adapter_can_be_switched_off_merged_and_read_by_peft(tmp_path: Path) -> None:
    plain, lean = adapted(torch.float32).eval(), adapted(torch.float32).eval()
    lora.replace_lora_layers(lean)
    expected = plain(IDS).logits
    with lean.disable_adapter():  # type: ignore[operator]
        assert not torch.allclose(lean(IDS).logits, expected, atol=1e-3)
    lean.save_pretrained(str(tmp_path / "adapter"))  # type: ignore[operator]
    lean.merge_adapter()  # type: ignore[operator]
    assert torch.allclose(lean(IDS).logits, expected, atol=1e-5)
    written = {path.name for path in (tmp_path / "adapter").iterdir()}
    assert {"adapter_config.json", "adapter_model.safetensors"} <= written


def test_what_training_adapts_is_lean() -> None:
    loaded = models.add_lora(LoadedModel(LlamaForCausalLM(TINY.config()), None, "tiny"), 4, 8, 0.0)
    assert any(type(module) is lora.FusedLoraLinear for module in loaded.model.modules())
