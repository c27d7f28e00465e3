"""Linear layers whose float32 weights lie in memory as oneDNN's kernels read them.

While a few tokens are decoded at a time, a matrix product on a CPU takes as long as reading its weights. PyTorch's
general one reads them poorly: for 4 to 40 tokens the packed one is 1.3 to 3 times as fast (two cores with AVX2). Sums
are added up in another order, so that results differ in their last bits.
"""

from typing import cast

import torch
from torch.nn import functional


def packed(weight: torch.Tensor) -> torch.Tensor:
    """A weight (out, in) for :func:`linear`: laid out anew where that helps, in float32 on a CPU, else as it is.

    A layout for which PyTorch has no operator any more, nor yet, leaves the weight as it is.
    """
    known = hasattr(torch.ops.mkldnn, "_reorder_linear_weight") and hasattr(torch.ops.mkldnn, "_linear_pointwise")
    if known and weight.device.type == "cpu" and weight.dtype == torch.float32:
        return cast(torch.Tensor, torch.ops.mkldnn._reorder_linear_weight(weight))
    return weight


def linear(x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None = None) -> torch.Tensor:
    """``x`` (..., in) times a weight (out, in), packed or not, plus ``bias`` (out): (..., out)."""
    if weight.is_mkldnn:
        return cast(torch.Tensor, torch.ops.mkldnn._linear_pointwise(x, weight, bias, "none", [], ""))
    return functional.linear(x, weight, bias)
