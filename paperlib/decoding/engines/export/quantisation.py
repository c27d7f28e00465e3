"""How weights are quantised in a GGUF file, by llama.cpp's own quantiser and its choice of a type for each tensor.

The choice follows ``llama_tensor_get_type`` of llama.cpp's src/llama-quant.cpp: the output matrix, and in Q4_K_M
some of the others, keep more bits; a matrix whose rows are no multiple of 256 takes the nearest type with blocks of 32.
"""

from math import prod

import numpy as np
import numpy.typing as npt
from gguf import GGML_QUANT_SIZES, GGMLQuantizationType, LlamaFileType

from paperlib.decoding.engines import llama_h

TensorType = GGMLQuantizationType
# By the names of `paperlib export`: the type of most matrices, and what the file calls the whole.
QUANTISATIONS: dict[str, tuple[TensorType, LlamaFileType]] = {
    "f32": (TensorType.F32, LlamaFileType.ALL_F32),
    "f16": (TensorType.F16, LlamaFileType.MOSTLY_F16),
    "q8_0": (TensorType.Q8_0, LlamaFileType.MOSTLY_Q8_0),
    "q4_k_m": (TensorType.Q4_K, LlamaFileType.MOSTLY_Q4_K_M),
    "q4_0": (TensorType.Q4_0, LlamaFileType.MOSTLY_Q4_0),
}
# Of matrices whose rows do not divide into blocks of 256.
NARROW = {TensorType.Q4_K: TensorType.Q5_0, TensorType.Q6_K: TensorType.Q8_0}
MORE_BITS = ("attn_v", "ffn_down")  # that Q4_K_M keeps in Q6_K, in every third layer and at both ends


def tensor_type(name: str, shape: tuple[int, ...], quantisation: str, layers: int, tied: bool) -> TensorType:
    """The type of a tensor in one of QUANTISATIONS; ``tied``: whether the embeddings are the output matrix."""
    most, width = QUANTISATIONS[quantisation][0], shape[-1]
    if len(shape) == 1:
        return TensorType.F32  # norms and biases
    if most in (TensorType.F32, TensorType.F16, TensorType.Q8_0):
        return most if width % GGML_QUANT_SIZES[most][0] == 0 else TensorType.F16
    output = "token_embd" if tied else "output"
    layer = int(name.split(".")[1]) if name.startswith("blk.") else 0
    kept = most == TensorType.Q4_K and any(f".{one}." in name for one in MORE_BITS) and _keeps_more(layer, layers)
    kind: TensorType = TensorType.Q6_K if name == f"{output}.weight" or kept else most
    if width % GGML_QUANT_SIZES[kind][0]:
        kind = NARROW.get(kind, kind)
    return kind if width % GGML_QUANT_SIZES[kind][0] == 0 else TensorType.F16


def _keeps_more(layer: int, layers: int) -> bool:
    first, last = layers // 8, 7 * layers // 8
    return layer < first or layer >= last or (layer - first) % 3 == 2


def size(shape: tuple[int, ...], kind: TensorType) -> int:
    """Bytes of a tensor."""
    block, bytes_of_block = GGML_QUANT_SIZES[kind]
    return prod(shape) // block * bytes_of_block


def quantised(values: npt.NDArray[np.float32], kind: TensorType) -> npt.NDArray[np.generic]:
    """The bytes of a tensor, whose last dimension is that of the rows that are divided into blocks."""
    if kind == TensorType.F32:
        return values
    if kind == TensorType.F16:
        return values.astype(np.float16)
    values, result = np.ascontiguousarray(values), np.empty(size(values.shape, kind), np.uint8)
    rows, width = values.size // values.shape[-1], values.shape[-1]
    llama_h.library().ggml_quantize_chunk(kind, values.ctypes.data, result.ctypes.data, 0, rows, width, None)
    return result
