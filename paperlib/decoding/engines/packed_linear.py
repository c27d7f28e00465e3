"""Linear layers whose float32 weights lie in memory as oneDNN's kernels read them.

While a few tokens are decoded at a time, a matrix product on a CPU takes as long as reading its weights. PyTorch's
general one reads them poorly: for 4 to 40 tokens the packed one is 1.3 to 3 times as fast (two cores with AVX2), and
one product for several layers of the same input saves another quarter. Sums are added up in another order, so that
results differ in their last bits.
"""

from collections.abc import Iterator, Sequence
from typing import cast

import torch
from torch.nn import functional


class PackedLinear:
    """Linear layers that read the same input, as one: packed in float32 on a CPU, where PyTorch has that operator."""

    def __init__(self, weights: Sequence[torch.Tensor], biases: Sequence[torch.Tensor | None] = (None,)):
        """``weights`` (out, in) are all of one type; of ``biases`` (out) all or none are None."""
        self._weight = weights[0] if len(weights) == 1 else torch.cat(list(weights))
        self._bias = None if biases[0] is None else torch.cat(cast(list[torch.Tensor], list(biases)))
        self._packed = _is_packable(self._weight)
        if self._packed:
            self._weight = torch.ops.mkldnn._reorder_linear_weight(self._weight)

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        """What the layers make of ``x`` (..., in), one after the other: (..., out of all)."""
        if not self._packed:
            return functional.linear(x, self._weight, self._bias)
        return cast(torch.Tensor, torch.ops.mkldnn._linear_pointwise(x, self._weight, self._bias, "none", [], ""))

    def tensors(self) -> Iterator[torch.Tensor]:
        """Weight and bias as they are held."""
        yield from (one for one in (self._weight, self._bias) if one is not None)


def _is_packable(weight: torch.Tensor) -> bool:
    known = hasattr(torch.ops.mkldnn, "_reorder_linear_weight") and hasattr(torch.ops.mkldnn, "_linear_pointwise")
    return known and weight.device.type == "cpu" and weight.dtype == torch.float32
