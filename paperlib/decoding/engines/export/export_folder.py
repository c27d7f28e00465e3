"""One model as one folder, written whole or not at all, and checked by one answer before it is there."""

from pathlib import Path

from paperlib.core.packages import require
from paperlib.decoding.engines.export import gguf_folder
from paperlib.decoding.engines.export.folder_parts import Target, check_place
from paperlib.decoding.engines.model_resolution import ResolvedModel


def export(resolved: ResolvedModel, target: Target, out: Path, quantisation: str, wllama: Path | None = None) -> str:
    """Writes the folder ``out`` and returns the answer of llama.cpp, or of ONNX Runtime, to the worked request.
    ``wllama`` is a folder with the npm packages of the target "web", which are fetched where none is given.

    The adapter is merged in float32. Raises PaperlibError for an architecture or tokenizer that the engine does not
    know, a schema that llama.cpp's grammar does not, too small a disk, a folder that something else has written, and
    where the engine gives no answer that follows the schema of the request, or npm's packages cannot be had; ``out`` is
    then as it was.
    """
    check_place(out, resolved)
    if target == "onnx":
        require("export --to onnx", "onnxruntime", "onnxruntime_genai", "onnx", "onnx_ir")
        from paperlib.decoding.engines.export import onnx_folder  # which imports them

        return onnx_folder.export(resolved, out, quantisation)
    return gguf_folder.export(resolved, target, out, quantisation, wllama)
