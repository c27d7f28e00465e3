"""A model for tests of decoding: whatever follows a row is up to the test."""

from types import SimpleNamespace
from typing import Any

import torch


class Stub:
    """Takes what decoding gives a model. It keeps the number of each row in the cache, so that rows may be dropped."""

    def __init__(self, vocabulary: int, floor: float = 0.0):
        self.vocabulary, self.floor = vocabulary, floor  # the logit of every token that ``follow`` leaves alone
        self.sizes: list[int] = []  # rows of every call
        self.device = torch.device("cpu")
        self.config = SimpleNamespace(max_position_embeddings=512, num_hidden_layers=1)

    def begin(self, prompts: torch.Tensor) -> None:
        """Takes the prompts of a batch, (rows, tokens)."""
        raise NotImplementedError

    def follow(self, row: int, token: int, place: int) -> dict[int, float]:
        """Logits of what may follow a row of the batch whose token at ``place`` is ``token``."""
        raise NotImplementedError

    def set_attn_implementation(self, name: str) -> None:
        pass

    def __call__(self, input_ids: torch.Tensor, past_key_values: Any, position_ids: Any = None, **_: Any) -> Any:
        rows, new = input_ids.shape
        self.sizes.append(rows)
        logits = torch.full((rows, new, self.vocabulary), self.floor)
        if position_ids is None:
            self.begin(input_ids)
            numbers = torch.arange(rows, dtype=torch.float32)
        else:
            numbers = past_key_values.layers[0].block[0, :, 0, 0, 0].clone()
            for row, number in enumerate(numbers.int().tolist()):
                for column, place in enumerate(position_ids[row].tolist()):
                    for token, value in self.follow(number, int(input_ids[row, column]), place).items():
                        logits[row, column, token] = value
        state = numbers.view(rows, 1, 1, 1).expand(rows, 1, new, 1)
        past_key_values.update(state, state, 0)
        return SimpleNamespace(logits=logits)
