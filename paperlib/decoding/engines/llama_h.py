"""llama.cpp's C interface (llama.h), as the package xllamacpp exports it beside its server: what :mod:`ctypes` needs.

Of the structures that hold a model's and a context's parameters only the first four fields are touched; the rest is
passed on as llama.cpp made it. What may differ in another version is compared before anything is computed.
"""

import ctypes
import functools
from ctypes import POINTER, c_bool, c_char_p, c_float, c_int8, c_int32, c_int64, c_size_t, c_uint32, c_void_p
from importlib.metadata import version
from typing import Any

from paperlib.core.errors import PaperlibError
from paperlib.core.packages import require

DEFAULTS = (512, 2048, 512, 1)  # of a context's first four parameters: n_ctx, n_batch, n_ubatch, n_seq_max
ERROR = 4  # level of a message in the log


class Parameters(ctypes.Structure):
    """Parameters of a model or a context: the first four numbers, and room for all others."""

    _fields_ = [("first", c_uint32 * len(DEFAULTS)), ("others", c_uint32 * 252)]


class Batch(ctypes.Structure):
    """``llama_batch``: tokens with their positions, sequences and whether their logits are wanted."""

    _fields_ = [
        ("n_tokens", c_int32),
        ("token", POINTER(c_int32)),
        ("embd", POINTER(c_float)),
        ("pos", POINTER(c_int32)),
        ("n_seq_id", POINTER(c_int32)),
        ("seq_id", POINTER(POINTER(c_int32))),
        ("logits", POINTER(c_int8)),
    ]


POINTERS: dict[str, tuple[Any, list[Any]]] = {  # functions that are called: what they return and take
    "llama_backend_init": (None, []),
    "llama_batch_free": (None, [Batch]),
    "llama_batch_init": (Batch, [c_int32, c_int32, c_int32]),
    "llama_context_default_params": (Parameters, []),
    "llama_decode": (c_int32, [c_void_p, Batch]),
    "llama_free": (None, [c_void_p]),
    "llama_get_logits_ith": (POINTER(c_float), [c_void_p, c_int32]),
    "llama_get_memory": (c_void_p, [c_void_p]),
    "llama_init_from_model": (c_void_p, [c_void_p, Parameters]),
    "llama_log_set": (None, [c_void_p, c_void_p]),
    "llama_memory_seq_cp": (None, [c_void_p, c_int32, c_int32, c_int32, c_int32]),
    "llama_memory_seq_rm": (c_bool, [c_void_p, c_int32, c_int32, c_int32]),
    "llama_model_default_params": (Parameters, []),
    "llama_model_free": (None, [c_void_p]),
    "llama_model_get_vocab": (c_void_p, [c_void_p]),
    "llama_model_load_from_file": (c_void_p, [c_char_p, Parameters]),
    "llama_model_meta_val_str": (c_int32, [c_void_p, c_char_p, c_char_p, c_size_t]),
    "llama_model_n_ctx_train": (c_int32, [c_void_p]),
    "llama_model_n_params": (c_int64, [c_void_p]),
    "llama_model_n_swa": (c_int32, [c_void_p]),
    "llama_n_batch": (c_uint32, [c_void_p]),
    "llama_n_seq_max": (c_uint32, [c_void_p]),
    "llama_set_n_threads": (None, [c_void_p, c_int32, c_int32]),
    "llama_tokenize": (c_int32, [c_void_p, c_char_p, c_int32, POINTER(c_int32), c_int32, c_bool, c_bool]),
    "llama_vocab_n_tokens": (c_int32, [c_void_p]),
    "ggml_quantize_chunk": (c_size_t, [c_int32, c_void_p, c_void_p, c_int64, c_int64, c_int64, c_void_p]),
}
faults: list[str] = []  # what llama.cpp said of the last call that failed


def _keep_faults(level: int, text: bytes, _: Any) -> None:
    if level == ERROR:
        faults.append(text.decode("utf-8", "replace").strip())


_KEEPER = ctypes.CFUNCTYPE(None, c_int32, c_char_p, c_void_p)(_keep_faults)  # has to outlive every call


@functools.cache
def library() -> Any:
    """llama.cpp with typed functions, its log off. Raises PaperlibError where the package is missing, or of another
    interface."""
    require("llama.cpp", "xllamacpp")
    from xllamacpp import xllamacpp

    loaded = ctypes.CDLL(xllamacpp.__file__)
    try:
        for name, (returned, taken) in POINTERS.items():
            function = getattr(loaded, name)
            function.restype, function.argtypes = returned, taken
    except AttributeError as error:
        raise PaperlibError(f"xllamacpp {version('xllamacpp')} exports no function of that name: {error}") from None
    loaded.llama_log_set(ctypes.cast(_KEEPER, c_void_p), None)
    loaded.llama_backend_init()
    if (found := tuple(loaded.llama_context_default_params().first)) != DEFAULTS:
        raise PaperlibError(
            f"xllamacpp {version('xllamacpp')} has another llama.h than expected: a context's parameters begin with "
            f"{found}, not {DEFAULTS}; take the version in constraints.txt"
        )
    return loaded
