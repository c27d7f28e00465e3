"""What follows from a base model's published shape: how many parameters it has, and how many an adapter adds."""

from typing import Literal

from paperlib.core.strict_model import StrictModel

Size = Literal["135m", "360m"]


class ModelShape(StrictModel):
    """The published shape of a base model: a decoder with grouped-query attention, gated MLP, tied embeddings and no
    biases. Widths are in units: ``key_value`` is that of the keys and of the values."""

    name: str
    layers: int
    hidden: int
    key_value: int
    intermediate: int
    vocabulary: int

    @property
    def parameters(self) -> int:
        """All parameters, embeddings counted once."""
        attention = 2 * self.hidden**2 + 2 * self.hidden * self.key_value
        layer = attention + 3 * self.hidden * self.intermediate + 2 * self.hidden
        return self.vocabulary * self.hidden + self.layers * layer + self.hidden

    def lora(self, rank: int) -> int:
        """Trainable parameters of LoRA on all seven projections of every layer: rank times inputs plus outputs.

        Hu et al. (2021), "LoRA: Low-Rank Adaptation of Large Language Models".
        """
        attention = 2 * (2 * self.hidden) + 2 * (self.hidden + self.key_value)
        return self.layers * rank * (attention + 3 * (self.hidden + self.intermediate))


class WeightFile(StrictModel):
    """A quantised file of weights of that shape, and how large it is."""

    name: str
    source: str
    bytes: int
