"""The model that a name stands for, as one of the engines computes it."""

from pathlib import Path
from typing import Any, Literal

from paperlib.core import paths, runtime
from paperlib.core.config import Engine
from paperlib.core.errors import DataError, PaperlibError, announce
from paperlib.core.files import digest, read_json, sha256
from paperlib.decoding.engines.llama_model import Llama, LlamaModel
from paperlib.decoding.engines.model_resolution import ABOUT, GGUF, ONNX, ResolvedModel
from paperlib.decoding.engines.onnx_model import Onnx, OnnxModel
from paperlib.training import weights
from paperlib.training.bases import BASES
from paperlib.training.loaded_model import LoadedModel
from paperlib.training.space_tokens import as_trained

FILES = {"llama.cpp": GGUF, "onnx": ONNX}  # that an engine reads
# The exports with which they give torch's answers.
EXACT: dict[str, tuple[Literal["gguf", "onnx"], str]] = {"llama.cpp": ("gguf", "f16"), "onnx": ("onnx", "f32")}


def load(resolved: ResolvedModel, engine: Engine = "torch") -> LoadedModel:
    """Loads a model: for other engines than torch from an exported folder, for llama.cpp also from the published file
    of a base, or else from an export to 16 or 32 bits that is kept in the cache.

    Raises PaperlibError where the engine cannot compute the model, or an exported folder holds another one's file.
    """
    if engine == "torch":
        loaded: LoadedModel = resolved.load()
        return loaded
    runtime.configure(resolved.threads)
    source, threads = exported_folder(resolved, engine), resolved.threads
    if engine == "onnx":
        return OnnxModel(Onnx(source, threads), _tokenizer(source), _name(source, "ONNX Runtime"))
    if source.is_dir():
        llama, expected = Llama(source / GGUF, threads), read_json(source / ABOUT)["name"]
        if llama.name != expected:
            raise DataError(f"{source / GGUF}: holds {llama.name!r}, expected {expected!r}, which {ABOUT} describes")
        return LlamaModel(llama, _tokenizer(source), _name(source, "llama.cpp"))
    return _published(source, resolved)


def exported_folder(resolved: ResolvedModel, engine: Engine = "llama.cpp") -> Path:
    """The folder of a model's export for an engine, or the published file of a base for llama.cpp.

    An export is kept in the cache under the hash of its weights, and made where it is missing. Raises PaperlibError for
    a folder that was exported for another engine."""
    model, folder = resolved.name, resolved.folder
    if resolved.exported:
        if not (resolved.exported / FILES[engine]).is_file():
            raise PaperlibError(f"{model}: holds no {FILES[engine]}, which --engine {engine} reads")
        return resolved.exported
    if folder is None and model not in BASES:
        raise PaperlibError(f"{model}: --engine {engine} reads no such base; export it first with paperlib export")
    if folder is None and engine == "llama.cpp":
        return weights.gguf(model)
    form, quantisation = EXACT[engine]
    parts = [[path.name, sha256(path)] for path in sorted(folder.glob("*.safetensors"))] if folder else []
    made_of = digest([parts, resolved.log.get("identity"), resolved.base])
    name = folder.resolve().name if folder else model
    out = paths.cache() / "exports" / f"{name}-{quantisation}-{made_of}"
    if not out.is_dir():
        from paperlib.decoding.engines.export.export_folder import export  # with much that reading one does not need

        announce(f"writing {model} as {FILES[engine]} once, to {out}")
        export(resolved, form, out, quantisation)
    return out


def _name(source: Path, engine: str) -> str:
    about = read_json(source / ABOUT)
    return f"{about['model']}, {about['quantisation'].upper()}, {engine}"


def _tokenizer(source: Path) -> Any:
    from transformers import AutoTokenizer  # seconds that other models do not take

    tokenizer = AutoTokenizer.from_pretrained(source)
    as_trained(tokenizer, source)
    return tokenizer


def _published(source: Path, resolved: ResolvedModel) -> LlamaModel:
    """The published file of a base."""
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(source.parent, gguf_file=source.name)
    name = f"{weights.title(resolved.name).replace('dequantised ', '')}, llama.cpp"
    return LlamaModel(Llama(source, resolved.threads), tokenizer, name)
