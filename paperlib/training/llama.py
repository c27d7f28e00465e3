"""Llama and Qwen2 for inference, in plain PyTorch: the same numbers as transformers', whose import takes seconds.

Tests compare the two bit by bit. What decodes with a model asks for no more of it than stands here, by the names of
transformers. Attention is the cache's (:mod:`paperlib.decoding.cached_attention`), as its rows differ in length.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch.nn import functional

from paperlib.training.packed_linear import linear, packed

ARCHITECTURES = ("llama", "qwen2")
Weights = Mapping[str, torch.Tensor]  # by their names in a checkpoint of transformers
Rotary = tuple[torch.Tensor, torch.Tensor]


@dataclass(frozen=True)
class Config:
    """What the numbers depend on, by the names of transformers."""

    model_type: str
    num_hidden_layers: int
    num_attention_heads: int
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
        """``weights`` are all of one data type, on one device, those of linear layers packed or not
        (:mod:`paperlib.training.packed_linear`); without "lm_head.weight" the embeddings are the output matrix, too.
        Raises KeyError for a weight that is missing."""
        self.config, self._weights = config, weights
        self._embeddings, self._norm = weights["model.embed_tokens.weight"], weights["model.norm.weight"]
        self._head = packed(weights.get("lm_head.weight", self._embeddings))
        self.device = self._embeddings.device
        layers = range(config.num_hidden_layers)
        self._layers = [_Layer(config, weights, number) for number in layers]
        exponents = torch.arange(0, config.head_dim, 2, dtype=torch.float) / config.head_dim
        # In the weights' precision, as transformers leaves them to a model that is converted to it once it was loaded.
        self._frequencies = (1.0 / config.rope_theta**exponents).to(self._embeddings.dtype).to(self.device)

    def named_parameters(self) -> Iterator[tuple[str, torch.Tensor]]:
        """Names and weights, tied ones once."""
        yield from self._weights.items()

    def get_decoder(self) -> Callable[..., torch.Tensor]:
        """What gives the last hidden states (rows, tokens, hidden) without the logits."""
        return self._hidden

    def __call__(self, **inputs: Any) -> Output:
        """The logits after each token; ``inputs`` are those of :meth:`_hidden`."""
        return Output(linear(self._hidden(**inputs), self._head))

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
        self._number, self._size, self._eps = number, config.head_dim, config.rms_norm_eps
        self._norms = [weights[f"{prefix}{name}_layernorm.weight"] for name in ("input", "post_attention")]
        attention, gated = (f"{prefix}{part}.{{}}_proj" for part in ("self_attn", "mlp"))
        names = {name: attention.format(name) for name in "qkvo"}
        names |= {name: gated.format(name) for name in ("gate", "up", "down")}
        self._linear = {key: (weights[f"{name}.weight"], weights.get(f"{name}.bias")) for key, name in names.items()}

    def __call__(self, hidden: torch.Tensor, rotary: Rotary, mask: torch.Tensor | None, cache: Any) -> torch.Tensor:
        before, after = self._norms
        hidden = hidden + self._attend(rms_norm(hidden, before, self._eps), rotary, mask, cache)
        normed = rms_norm(hidden, after, self._eps)
        gate = functional.silu(linear(normed, *self._linear["gate"]))
        return hidden + linear(gate * linear(normed, *self._linear["up"]), *self._linear["down"])

    def _attend(self, hidden: torch.Tensor, rotary: Rotary, mask: torch.Tensor | None, cache: Any) -> torch.Tensor:
        query, key, value = (self._heads(hidden, name) for name in "qkv")
        keys, values = cache.update(rotated(key, rotary), value, self._number)
        found = cache.attend(rotated(query, rotary), keys, values, mask, self._size**-0.5)
        return linear(found.reshape(*hidden.shape[:-1], -1), *self._linear["o"])

    def _heads(self, hidden: torch.Tensor, name: str) -> torch.Tensor:
        """A projection (rows, heads, tokens, size) of the hidden states (rows, tokens, hidden)."""
        flat = linear(hidden, *self._linear[name])
        return flat.view(*hidden.shape[:-1], -1, self._size).transpose(1, 2)


def rms_norm(hidden: torch.Tensor, weight: torch.Tensor, eps: float) -> torch.Tensor:
    """Root mean square layer normalisation in float32 (Zhang and Sennrich, 2019, https://arxiv.org/abs/1910.07467)."""
    wide = hidden.float()
    wide = wide * torch.rsqrt(wide.pow(2).mean(-1, keepdim=True) + eps)
    return weight * wide.to(hidden.dtype)


def rotated(heads: torch.Tensor, rotary: Rotary) -> torch.Tensor:
    """Queries or keys (rows, heads, tokens, size), turned by the angles of their positions."""
    (cos, sin), (first, second) = rotary, heads.chunk(2, dim=-1)
    return heads * cos + torch.cat((-second, first), dim=-1) * sin
