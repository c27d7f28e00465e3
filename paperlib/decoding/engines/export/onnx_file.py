"""Writes a model as ONNX with a key-value cache, by the model builder of onnxruntime-genai (MIT licence,
https://github.com/microsoft/onnxruntime-genai), and quantised by ONNX Runtime's own tools.

Optimum's exporter asks for transformers 4. The graph that torch.onnx makes of a model copies its cache at every token;
the builder's grouped-query attention writes to it in place.
"""

import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from paperlib.core.errors import PaperlibError
from paperlib.decoding.engines.model_resolution import ONNX
from paperlib.training.architecture import head_size
from paperlib.training.loaded_model import LoadedModel

ARCHITECTURES = ("llama", "qwen2")  # the builder does not read a Gemma 3 of transformers 5
HEAD_MULTIPLE = 16  # channels of a head that the attention of ONNX Runtime takes are a multiple of it
BUILDER = "onnxruntime_genai.models.builder"
# Weights in blocks of 32; the output matrix, which the embeddings are too, keeps 8 bits. Of the builder's algorithms
# for 4 bits k_quant loses least. quantize_dynamic, with one scale for each matrix, loses more than it with 8.
PRECISIONS = {
    "f32": ("fp32",),
    "int8": ("int8",),
    "int4": ("int4", "algo_config=k_quant", "matmul_mixed_precision=last_matmul:int8"),
}
COPIES = 3  # of the weights in float32 that lie on the disk at most: merged, built, and tied


def check(loaded: LoadedModel) -> None:
    """Raises PaperlibError for a model that cannot be exported."""
    config = loaded.base_model.config
    if config.model_type not in ARCHITECTURES:
        known = ", ".join(ARCHITECTURES)
        raise PaperlibError(
            f"{loaded.name}: no architecture {config.model_type!r} is exported to ONNX, expected one of {known}"
        )
    if (size := head_size(config)) % HEAD_MULTIPLE:
        raise PaperlibError(
            f"{loaded.name}: attention heads of {size} channels, expected a multiple of {HEAD_MULTIPLE}, which is what "
            "ONNX Runtime computes"
        )


def write_onnx(loaded: LoadedModel, folder: Path, quantisation: str) -> None:
    """Writes a merged model into ``folder``: ``model.onnx``, the graph, and ``model.onnx.data``, its weights in a form
    of PRECISIONS. Raises PaperlibError with the builder's reason where it fails."""
    import onnx_ir

    with TemporaryDirectory(dir=folder, prefix=".") as work:
        merged, built = Path(work) / "merged", Path(work) / "built"
        loaded.base_model.save_pretrained(merged)
        loaded.tokenizer.save_pretrained(merged)
        _build(loaded.name, merged, built, quantisation)
        model = onnx_ir.load(built / ONNX)
        if loaded.base_model.config.tie_word_embeddings:
            _tie(model.graph)
        onnx_ir.save(model, folder / ONNX, external_data=f"{ONNX}.data", alignment=65536)


def _build(name: str, merged: Path, built: Path, quantisation: str) -> None:
    """Runs the builder, in a process of its own: its modules have the names of others."""
    precision, *options = PRECISIONS[quantisation]
    paths = ["-i", str(merged), "-o", str(built), "-c", str(merged.parent)]
    command = [sys.executable, "-m", BUILDER, *paths, "-p", precision, "-e", "cpu"]
    command += ["--extra_options", "hf_token=false", *options]
    environment = {**os.environ, "HF_HUB_OFFLINE": "1"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or [f"exit status {done.returncode}"])[-1]
        raise PaperlibError(f"{name}: {BUILDER} cannot export it ({reason})")


def _tie(graph: Any) -> None:
    """Reads the embeddings of a model that ties them from its output matrix of 8 bits. The builder ties the two in 32
    and in 4 bits alone, and else keeps the embeddings beside it in float32."""
    import onnx_ir

    gather = next((node for node in graph if node.op_type == "Gather" and "embed_tokens" in node.name), None)
    head = next(node for node in graph if node.op_type.startswith("MatMul") and "lm_head" in node.name)
    if gather is None or head.op_type != "MatMulNBits":
        return
    (_, matrix, scales), embeddings, tokens = head.inputs, gather.inputs[0], gather.inputs[1]
    bits, block, rows, width = (head.attributes[name].as_int() for name in ("bits", "block_size", "N", "K"))
    if width % block:
        return  # its rows are padded
    shape = onnx_ir.val("embeddings_shape", const_value=onnx_ir.tensor(np.array([rows, width * bits // 8])))
    graph.register_initializer(shape)
    flat = onnx_ir.node("Reshape", [matrix, shape], name=f"{gather.name}/Reshape")
    form = {"bits": bits, "block_size": block, "gather_axis": 0, "quantize_axis": 1}
    found = onnx_ir.node(
        "GatherBlockQuantized", [flat.outputs[0], tokens, scales], form, domain="com.microsoft", name=gather.name
    )
    onnx_ir.convenience.replace_nodes_and_values(graph, gather, [gather], [flat, found], gather.outputs, found.outputs)
    del graph.initializers[embeddings.name]
