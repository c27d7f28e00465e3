"""Writes a model's weights and metadata as a GGUF file (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import numpy.typing as npt
import torch
from tqdm import tqdm

from paperlib.core.errors import PaperlibError
from paperlib.decoding.engines.export.gguf_metadata import Metadata, architecture_of
from paperlib.decoding.engines.export.quantisation import QUANTISATIONS, TensorType, quantised, size, tensor_type
from paperlib.training.loaded_model import LoadedModel

ARCHES = {"llama": gguf.MODEL_ARCH.LLAMA, "qwen2": gguf.MODEL_ARCH.QWEN2, "gemma3": gguf.MODEL_ARCH.GEMMA3}


@dataclass(frozen=True)
class Tensor:
    """One tensor of the file; ``values`` computes it."""

    name: str
    shape: tuple[int, ...]
    kind: TensorType
    values: Callable[[], npt.NDArray[np.float32]]


def tensors(loaded: LoadedModel, quantisation: str) -> list[Tensor]:
    """The tensors of a merged model by llama.cpp's names, typed for one of QUANTISATIONS."""
    model, architecture = loaded.base_model, architecture_of(loaded)
    config = model.config
    tied = model.get_output_embeddings().weight is model.get_input_embeddings().weight
    names = gguf.get_tensor_name_map(ARCHES[architecture], config.num_hidden_layers)
    found = []
    for theirs, parameter in model.state_dict().items():
        if tied and theirs == "lm_head.weight":
            continue
        name = names.get_name(theirs, try_suffixes=(".weight", ".bias"))
        if name is None:
            raise PaperlibError(f"{loaded.name}: llama.cpp knows no {theirs} in the architecture {architecture}")
        shape = tuple(parameter.shape)
        kind = tensor_type(name, shape, quantisation, config.num_hidden_layers, tied)
        found.append(Tensor(name, shape, kind, _values(parameter, name, architecture, config)))
    return found


def _values(
    parameter: torch.Tensor, name: str, architecture: str, config: Any
) -> Callable[[], npt.NDArray[np.float32]]:
    """A parameter as llama.cpp wants it: its Llama rotates neighbouring channels where transformers' rotates halves,
    and its Gemma has the 1 that is added to a norm's weight in the weight."""

    def values() -> npt.NDArray[np.float32]:
        found = parameter.detach().float().cpu().numpy()
        if architecture == "gemma3" and name.endswith("norm.weight"):
            return found + np.float32(1)
        heads = {"attn_q.": config.num_attention_heads, "attn_k.": config.num_key_value_heads}
        n = next((n for part, n in heads.items() if part in name), None)
        if architecture != "llama" or n is None:
            return found
        return found.reshape(n, 2, len(found) // n // 2, *found.shape[1:]).swapaxes(1, 2).reshape(found.shape)

    return values


def weights_size(parts: list[Tensor]) -> int:
    """Bytes of the tensors."""
    return sum(size(one.shape, one.kind) for one in parts)


def write_gguf(
    file: Path, name: str, architecture: str, known: Metadata, parts: list[Tensor], quantisation: str
) -> None:
    """Writes the file. One tensor at a time is quantised, so that memory holds no second model."""
    writer = gguf.GGUFWriter(file, architecture)
    writer.add_name(name)
    writer.add_file_type(QUANTISATIONS[quantisation][1])
    writer.add_quantization_version(gguf.GGML_QUANT_VERSION)
    for key, one in known.items():
        writer.add_key_value(key, one.value, one.kind, one.of)
    for part in parts:
        writer.add_tensor_info(part.name, part.shape, np.dtype(np.float32), size(part.shape, part.kind), part.kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_ti_data_to_file()
    for part in _shown(parts):
        writer.write_tensor_data(quantised(part.values(), part.kind))
    writer.close()


def _shown(parts: list[Tensor]) -> Iterator[Tensor]:
    yield from tqdm(parts, desc="quantising", unit="tensor", disable=None, leave=False)
