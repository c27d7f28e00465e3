"""A model for tests of decoding: what follows a text is up to the test."""

from types import SimpleNamespace
from typing import Any

import torch


class Stub:
    """Takes what decoding gives a model. Its keys are the tokens themselves: what it knows of a row is what the cache
    holds of it."""

    def __init__(self, vocabulary: int, floor: float = 0.0):
        self.vocabulary, self.floor = vocabulary, floor  # the logit of every token that ``follow`` leaves alone
        self.sizes: list[int] = []  # rows of every call
        self.device = torch.device("cpu")
        self.config = SimpleNamespace(
            max_position_embeddings=512, num_hidden_layers=1, num_attention_heads=1, num_key_value_heads=1
        )

    def read(self, prompts: torch.Tensor) -> None:
        """Takes note of what a row begins with, (1, tokens)."""

    def follow(self, text: list[int]) -> dict[int, float]:
        """Logits of what may follow the tokens of a row so far."""
        raise NotImplementedError

    def set_attn_implementation(self, name: str) -> None:
        pass

    def get_decoder(self) -> Any:
        return self._prefill

    def _prefill(self, input_ids: torch.Tensor, past_key_values: Any, **_: Any) -> None:
        self.read(self._known(input_ids, past_key_values))

    def _known(self, input_ids: torch.Tensor, cache: Any) -> torch.Tensor:
        state = input_ids[:, None, :, None].float()
        return cache.update(state, state, 0)[0][:, 0, :, 0].int()

    def __call__(self, input_ids: torch.Tensor, past_key_values: Any, position_ids: torch.Tensor, **_: Any) -> Any:
        self.sizes.append(len(input_ids))
        logits = torch.full((*input_ids.shape, self.vocabulary), self.floor)
        known = self._known(input_ids, past_key_values).tolist()
        for row, places in enumerate(position_ids.tolist()):
            for column, place in enumerate(places):
                for token, value in self.follow(known[row][: place + 1]).items():
                    logits[row, column, token] = value
        return SimpleNamespace(logits=logits)
