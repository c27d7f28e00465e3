"""The model that a name stands for, as one of the engines computes it."""

import sys
from pathlib import Path

from paperlib.core import paths, runtime
from paperlib.core.config import Engine
from paperlib.core.errors import DataError, PaperlibError
from paperlib.core.files import digest, read_json, sha256
from paperlib.decoding.engines.llama_model import Llama, LlamaModel
from paperlib.training import weights
from paperlib.training.bases import BASES
from paperlib.training.loaded_model import LoadedModel
from paperlib.training.model_resolution import ABOUT, GGUF, ResolvedModel
from paperlib.training.space_tokens import as_trained

EXACT = "f16"  # the form in which llama.cpp gives torch's answers


def load(resolved: ResolvedModel, engine: Engine = "torch") -> LoadedModel:
    """Loads a model: for llama.cpp from an exported folder, from the published file of a base, or from an export to
    16 bits that is kept in the cache.

    Raises PaperlibError where the engine cannot compute the model, or an exported folder holds another one's file.
    """
    if engine == "torch":
        loaded: LoadedModel = resolved.load()
        return loaded
    runtime.configure(resolved.arguments.threads)
    return _llama(resolved.exported or exported_folder(resolved), resolved)


def exported_folder(resolved: ResolvedModel) -> Path:
    """The folder of a model's export to 16 bits, or the published file of a base.

    An export is kept in the cache under the hash of its weights, and made where it is missing."""
    model, folder = resolved.arguments.model, resolved.folder
    if folder is None:
        if model in BASES:
            return weights.gguf(model)
        raise PaperlibError(f"{model}: llama.cpp reads no such base; export it first with paperlib export")
    parts = [[path.name, sha256(path)] for path in sorted(folder.glob("*.safetensors"))]
    made_of = digest([parts, resolved.log.get("identity"), resolved.base])
    out = paths.cache() / "exports" / f"{folder.resolve().name}-{EXACT}-{made_of}"
    if not out.is_dir():
        from paperlib.decoding.engines.export.export_folder import export  # with much that reading one does not need

        print(f"writing {model} as a GGUF file once, to {out}", file=sys.stderr)
        export(resolved, "gguf", out, EXACT)
    return out


def _llama(source: Path, resolved: ResolvedModel) -> LlamaModel:
    from transformers import AutoTokenizer  # seconds that other models do not take

    threads = resolved.arguments.threads
    if source.is_dir():
        about, llama = read_json(source / ABOUT), Llama(source / GGUF, threads)
        if llama.name != about["name"]:
            raise DataError(
                f"{source / GGUF}: holds {llama.name!r}, expected {about['name']!r}, which {ABOUT} describes"
            )
        tokenizer = AutoTokenizer.from_pretrained(source)
        as_trained(tokenizer, source)
        name = f"{about['model']}, {about['quantisation'].upper()}, llama.cpp"
        return LlamaModel(llama, tokenizer, name)
    tokenizer = AutoTokenizer.from_pretrained(source.parent, gguf_file=source.name)
    name = f"{weights.title(resolved.arguments.model).replace('dequantised ', '')}, llama.cpp"
    return LlamaModel(Llama(source, threads), tokenizer, name)
