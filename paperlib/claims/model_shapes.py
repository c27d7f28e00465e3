"""What follows from the shape of a base model alone: how many parameters it has, and how many an adapter adds."""

from paperlib.core.records import Strict


class Shape(Strict):
    """The published shape of a base model: a decoder with grouped heads, gated MLP, tied embeddings and no biases."""

    name: str
    layers: int
    hidden: int
    key_value: int  # width of keys and of values
    intermediate: int
    vocabulary: int

    @property
    def parameters(self) -> int:
        attention = 2 * self.hidden**2 + 2 * self.hidden * self.key_value
        layer = attention + 3 * self.hidden * self.intermediate + 2 * self.hidden
        return self.vocabulary * self.hidden + self.layers * layer + self.hidden

    def lora(self, rank: int) -> int:
        """Trainable parameters of LoRA on all seven projections of every layer (Hu et al. 2021): rank (in + out)."""
        attention = 2 * (2 * self.hidden) + 2 * (self.hidden + self.key_value)
        return self.layers * rank * (attention + 3 * (self.hidden + self.intermediate))
