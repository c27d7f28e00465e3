"""Llama and Qwen2 for inference, in plain PyTorch: transformers' numbers to rounding, without its import of seconds.

Tests compare the two. What decodes with a model asks for no more of it than stands here, by the names of transformers.
Attention is the cache's (:mod:`paperlib.decoding.cached_attention`), as its rows differ in length.
"""

from collections.abc import Callable, Iterator, MutableMapping
from dataclasses import dataclass
from typing import Any

import torch
from torch.nn import functional

from paperlib.decoding.engines.packed_linear import PackedLinear

ARCHITECTURES = ("llama", "qwen2")
Weights = MutableMapping[str, torch.Tensor]  # by their names in a checkpoint of transformers
Rotary = tuple[torch.Tensor, torch.Tensor]


@dataclass(frozen=True)
class Config:
    """What the numbers depend on, by the names of transformers."""

    model_type: str
    num_hidden_layers: int
    num_attention_heads: int
    num_key_value_heads: int
    head_dim: int
    max_position_embeddings: int
    rms_norm_eps: float
    rope_theta: float

    @classmethod
    def of(cls, found: dict[str, Any]) -> "Config | None":
        """That of a ``config.json`` as transformers 5 writes it; None for a model with anything that is not here."""
        rope = found.get("rope_parameters") or {}
        plain = found.get("model_type") in ARCHITECTURES and found.get("hidden_act") == "silu"
        plain = plain and set(rope) == {"rope_type", "rope_theta"} and rope["rope_type"] == "default"
        if not plain or found.get("use_sliding_window") or found.get("quantization_config"):
            return None
        size = found.get("head_dim") or found["hidden_size"] // found["num_attention_heads"]
        settings: dict[str, Any] = {**found, "head_dim": size, "rope_theta": rope["rope_theta"]}
        return cls(**{name: settings[name] for name in cls.__dataclass_fields__})


@dataclass(frozen=True)
class Output:
    """What a forward pass gives."""

    logits: torch.Tensor  # (rows, tokens, vocabulary)


class Llama:
    """A causal language model, which takes and gives what one of transformers would."""

    def __init__(self, config: Config, weights: Weights):
        """``weights`` are all of one data type, on one device; they are taken out one by one, so that none is held
        twice for long. Without "lm_head.weight" the embeddings are the output matrix, too. Raises KeyError for a weight
        that is missing."""
        self.config = config
        self._embeddings, self._norm = weights.pop("model.embed_tokens.weight"), weights.pop("model.norm.weight")
        self._tied = "lm_head.weight" not in weights
        self._head = PackedLinear([weights.pop("lm_head.weight", self._embeddings)])
        self.device, self.dtype = self._embeddings.device, self._embeddings.dtype
        layers = range(config.num_hidden_layers)
        self._layers = [_Layer(config, weights, number) for number in layers]
        exponents = torch.arange(0, config.head_dim, 2, dtype=torch.float) / config.head_dim
        # In the weights' precision, as transformers leaves them to a model that is converted to it once it was loaded.
        self._frequencies = (1.0 / config.rope_theta**exponents).to(self._embeddings.dtype).to(self.device)

    def named_parameters(self) -> Iterator[tuple[str, torch.Tensor]]:
        """Names and weights, tied ones once; those that are computed together have one name."""
        yield from {"embeddings": self._embeddings, "norm": self._norm}.items()
        for number, layer in enumerate(self._layers):
            yield from ((f"layers.{number}.{n}", one) for n, one in enumerate(layer.tensors()))
        if not self._tied:
            yield from (("head", one) for one in self._head.tensors())

    def get_decoder(self) -> Callable[..., torch.Tensor]:
        """What gives the last hidden states (rows, tokens, hidden) without the logits."""
        return self._hidden

    def __call__(self, **inputs: Any) -> Output:
        """The logits after each token; ``inputs`` are those of :meth:`_hidden`."""
        return Output(self._head(self._hidden(**inputs)))

    def _hidden(
        self,
        input_ids: torch.Tensor,
        past_key_values: Any,
        attention_mask: torch.Tensor | None = None,
        position_ids: torch.Tensor | None = None,
        use_cache: bool = True,
    ) -> torch.Tensor:
        """The last hidden states of tokens (rows, tokens) at positions of the same shape, by default from 0."""
        if position_ids is None:
            position_ids = torch.arange(input_ids.shape[1], device=self.device)[None]
        hidden = functional.embedding(input_ids, self._embeddings)
        rotary = self._rotary(position_ids, hidden.dtype)
        for layer in self._layers:
            hidden = layer(hidden, rotary, attention_mask, past_key_values)
        return rms_norm(hidden, self._norm, self.config.rms_norm_eps)

    def _rotary(self, positions: torch.Tensor, dtype: torch.dtype) -> Rotary:
        """Cosines and sines (rows, 1, tokens, size) of rotary position embeddings (Su et al., 2021,
        https://arxiv.org/abs/2104.09864)."""
        angles = positions[..., None].float() * self._frequencies.float()
        angles = torch.cat((angles, angles), dim=-1)[:, None]
        return angles.cos().to(dtype), angles.sin().to(dtype)


class _Layer:
    """Attention and a gated feed-forward layer, each after a norm and added to what it read."""

    def __init__(self, config: Config, weights: Weights, number: int):
        prefix = f"model.layers.{number}."
        self._number, self._eps = number, config.rms_norm_eps
        self._size, self._groups = config.head_dim, config.num_key_value_heads
        self._norms = [weights.pop(f"{prefix}{name}_layernorm.weight") for name in ("input", "post_attention")]

        def linear(part: str, *names: str) -> PackedLinear:
            layers = [f"{prefix}{part}.{name}_proj" for name in names]
            return PackedLinear(
                [weights.pop(f"{one}.weight") for one in layers], [weights.pop(f"{one}.bias", None) for one in layers]
            )

        self._qkv, self._o = linear("self_attn", *"qkv"), linear("self_attn", "o")
        self._gate_up, self._down = linear("mlp", "gate", "up"), linear("mlp", "down")

    def tensors(self) -> Iterator[torch.Tensor]:
        """The weights."""
        yield from self._norms
        for linear in (self._qkv, self._o, self._gate_up, self._down):
            yield from linear.tensors()

    def __call__(self, hidden: torch.Tensor, rotary: Rotary, mask: torch.Tensor | None, cache: Any) -> torch.Tensor:
        before, after = self._norms
        hidden = hidden + self._attend(rms_norm(hidden, before, self._eps), rotary, mask, cache)
        gate, up = self._gate_up(rms_norm(hidden, after, self._eps)).chunk(2, dim=-1)
        return hidden + self._down(functional.silu(gate).mul_(up))

    def _attend(self, hidden: torch.Tensor, rotary: Rotary, mask: torch.Tensor | None, cache: Any) -> torch.Tensor:
        heads = self._qkv(hidden).view(*hidden.shape[:-1], -1, self._size).transpose(1, 2)
        turned, value = rotated(heads[:, : -self._groups], rotary), heads[:, -self._groups :]
        keys, values = cache.update(turned[:, -self._groups :], value, self._number)
        found = cache.attend(turned[:, : -self._groups], keys, values, mask, self._size**-0.5)
        return self._o(found.reshape(*hidden.shape[:-1], -1))


def rms_norm(hidden: torch.Tensor, weight: torch.Tensor, eps: float) -> torch.Tensor:
    """Root mean square layer normalisation in float32 (Zhang and Sennrich, 2019, https://arxiv.org/abs/1910.07467)."""
    wide = hidden.float()
    wide = wide * torch.rsqrt(wide.pow(2).mean(-1, keepdim=True) + eps)
    return weight * wide.to(hidden.dtype)


def rotated(heads: torch.Tensor, rotary: Rotary) -> torch.Tensor:
    """Queries or keys (rows, heads, tokens, size), turned by the angles of their positions."""
    (cos, sin), (first, second) = rotary, heads.chunk(2, dim=-1)
    return heads * cos + torch.cat((-second, first), dim=-1) * sin
