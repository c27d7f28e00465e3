"""Small random models of every architecture that the study uses, with all that sets the architectures apart."""

from typing import Any

import pytest
import torch
from transformers import (
    Gemma3ForCausalLM,
    Gemma3TextConfig,
    LlamaConfig,
    LlamaForCausalLM,
    Qwen2Config,
    Qwen2ForCausalLM,
)

WINDOW = 8  # of Gemma's sliding layers: shorter than every text of the tests
SIZES: dict[str, Any] = {
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_attention_heads": 4,
    "max_position_embeddings": 1024,
}
SPECIAL: dict[str, Any] = {"pad_token_id": 0, "bos_token_id": None, "eos_token_id": 0, "tie_word_embeddings": True}
every_architecture = pytest.mark.parametrize("architecture", ["llama", "qwen2", "gemma3"])


def build(architecture: str, vocabulary: int, window: int = WINDOW, **changed: Any) -> Any:
    """A model in float32 whose parameters are all random: biases and norms are not left at 0 and 1."""
    torch.manual_seed(0)
    shared = {**SIZES, **SPECIAL, "vocab_size": vocabulary, **changed}
    if architecture == "llama":
        model: Any = LlamaForCausalLM(LlamaConfig(num_hidden_layers=3, num_key_value_heads=2, **shared))
    elif architecture == "qwen2":
        model = Qwen2ForCausalLM(Qwen2Config(num_hidden_layers=3, num_key_value_heads=2, **shared))
    else:
        kinds = ["sliding_attention", "full_attention", "sliding_attention", "sliding_attention"]
        own: dict[str, Any] = {
            "num_hidden_layers": 4,
            "num_key_value_heads": 1,
            "head_dim": 16,
            "query_pre_attn_scalar": 11,
        }
        model = Gemma3ForCausalLM(Gemma3TextConfig(layer_types=kinds, sliding_window=window, **own, **shared))
    for name, weight in model.named_parameters():
        torch.nn.init.normal_(weight, mean=float("norm" in name and architecture != "gemma3"), std=0.3)
    return model.eval()
