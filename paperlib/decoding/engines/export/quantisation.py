"""The forms that weights take in a GGUF file, by llama.cpp's own quantiser and its choice of a form for each matrix.

The choice follows ``llama_tensor_get_type`` of llama.cpp's src/llama-quant.cpp: the output matrix, and in the K forms
some of the others, keep more bits; a matrix whose rows are no multiple of 256 takes the nearest form with blocks of 32.
"""

from math import prod

import numpy as np
import numpy.typing as npt
from gguf import GGML_QUANT_SIZES, GGMLQuantizationType, LlamaFileType

from paperlib.decoding.engines import llama_h

Form = GGMLQuantizationType
FORMS: dict[str, tuple[Form, LlamaFileType]] = {  # what most matrices take, and the name of the mixture in the file
    "f32": (Form.F32, LlamaFileType.ALL_F32),
    "f16": (Form.F16, LlamaFileType.MOSTLY_F16),
    "q8_0": (Form.Q8_0, LlamaFileType.MOSTLY_Q8_0),
    "q4_k_m": (Form.Q4_K, LlamaFileType.MOSTLY_Q4_K_M),
    "q4_0": (Form.Q4_0, LlamaFileType.MOSTLY_Q4_0),
}
NARROW = {Form.Q4_K: Form.Q5_0, Form.Q6_K: Form.Q8_0}  # of matrices whose rows do not divide into blocks of 256
MORE_BITS = ("attn_v", "ffn_down")  # that Q4_K_M keeps in Q6_K, in every third layer and at both ends


def form_of(name: str, shape: tuple[int, ...], mixture: str, layers: int, tied: bool) -> Form:
    """The form of the tensor ``name`` in a mixture of FORMS; ``tied``: whether the embeddings are the output matrix."""
    most, width = FORMS[mixture][0], shape[-1]
    if len(shape) == 1:
        return Form.F32  # norms and biases
    if most in (Form.F32, Form.F16, Form.Q8_0):
        return most if width % GGML_QUANT_SIZES[most][0] == 0 else Form.F16
    output = "token_embd" if tied else "output"
    layer = int(name.split(".")[1]) if name.startswith("blk.") else 0
    kept = most == Form.Q4_K and any(f".{one}." in name for one in MORE_BITS) and _keeps_more(layer, layers)
    form: Form = Form.Q6_K if name == f"{output}.weight" or kept else most
    if width % GGML_QUANT_SIZES[form][0]:
        form = NARROW.get(form, form)
    return form if width % GGML_QUANT_SIZES[form][0] == 0 else Form.F16


def _keeps_more(layer: int, layers: int) -> bool:
    first, last = layers // 8, 7 * layers // 8
    return layer < first or layer >= last or (layer - first) % 3 == 2


def size(shape: tuple[int, ...], form: Form) -> int:
    """Bytes of a tensor."""
    block, bytes_of_block = GGML_QUANT_SIZES[form]
    return prod(shape) // block * bytes_of_block


def quantised(values: npt.NDArray[np.float32], form: Form) -> npt.NDArray[np.generic]:
    """The bytes of a tensor, whose last dimension is that of the rows that are divided into blocks."""
    if form == Form.F32:
        return values
    if form == Form.F16:
        return values.astype(np.float16)
    values, result = np.ascontiguousarray(values), np.empty(size(values.shape, form), np.uint8)
    rows, width = values.size // values.shape[-1], values.shape[-1]
    llama_h.library().ggml_quantize_chunk(form, values.ctypes.data, result.ctypes.data, 0, rows, width, None)
    return result
