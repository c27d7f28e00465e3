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
        self.config = SimpleNamespace(max_position_embeddings=512, num_hidden_layers=1)

    def read(self, prompts: torch.Tensor) -> None:
        """Takes note of what a batch begins with, (rows, tokens)."""

    def follow(self, text: list[int]) -> dict[int, float]:
        """Logits of what may follow the tokens of a row so far."""
        raise NotImplementedError

    def set_attn_implementation(self, name: str) -> None:
        pass

    def get_decoder(self) -> "Stub":
        return self

    def __call__(self, input_ids: torch.Tensor, past_key_values: Any, position_ids: Any = None, **_: Any) -> Any:
        rows, new = input_ids.shape
        self.sizes.append(rows)
        state = input_ids.view(rows, 1, new, 1).float()
        known = past_key_values.update(state, state, 0)[0][:, 0, :, 0].int().tolist()
        logits = torch.full((rows, new, self.vocabulary), self.floor)
        if position_ids is None:
            self.read(input_ids)
        else:
            for row, places in enumerate(position_ids.tolist()):
                for column, place in enumerate(places):
                    for token, value in self.follow(known[row][: place + 1]).items():
                        logits[row, column, token] = value
        return SimpleNamespace(logits=logits)
