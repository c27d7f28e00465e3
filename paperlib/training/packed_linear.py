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
    """Linear layers that read the same input: one product, packed, in float32 on a CPU, else one for each of them.

    Where PyTorch has no operator for the layout any more, nor yet, there is one for each, too.
    """

    def __init__(self, weights: Sequence[torch.Tensor], biases: Sequence[torch.Tensor | None] = (None,)):
        """``weights`` (out, in) are all of one type; of ``biases`` (out) all or none are None."""
        self._weights, self._biases, self._sizes = list(weights), list(biases), [len(one) for one in weights]
        self._packed = _is_packable(weights[0])
        if self._packed:
            self._weights = [torch.ops.mkldnn._reorder_linear_weight(torch.cat(self._weights))]
            self._biases = [None if biases[0] is None else torch.cat(cast(list[torch.Tensor], self._biases))]

    def __call__(self, x: torch.Tensor) -> Sequence[torch.Tensor]:
        """What each layer makes of ``x`` (..., in): (..., out)."""
        if not self._packed:
            return [functional.linear(x, *layer) for layer in zip(self._weights, self._biases, strict=True)]
        joint = torch.ops.mkldnn._linear_pointwise(x, self._weights[0], self._biases[0], "none", [], "")
        return cast(Sequence[torch.Tensor], joint.split(self._sizes, dim=-1))

    def tensors(self) -> Iterator[torch.Tensor]:
        """Weights and biases as they are held: of several layers, packed, in one piece."""
        yield from (one for one in (*self._weights, *self._biases) if one is not None)


def _is_packable(weight: torch.Tensor) -> bool:
    known = hasattr(torch.ops.mkldnn, "_reorder_linear_weight") and hasattr(torch.ops.mkldnn, "_linear_pointwise")
    return known and weight.device.type == "cpu" and weight.dtype == torch.float32
