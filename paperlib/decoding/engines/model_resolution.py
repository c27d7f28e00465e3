"""Model resolution: the weights that the name after ``--model`` stands for."""

import difflib
from argparse import Namespace
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from paperlib.core import experiments, paths
from paperlib.core.config import Precision
from paperlib.core.errors import PaperlibError
from paperlib.core.files import read_json, sha256

GGUF, ONNX, ABOUT = "model.gguf", "model.onnx", "export.json"  # what `paperlib export` writes: weights, what they are
WEIGHTS = (".safetensors", ".gguf", ".onnx", ".data")  # files that hold some
OPTIONS = ("base", "profile", "precision", "threads")  # of commands, beside the name


@dataclass(frozen=True)
class ResolvedModel:
    """A trained model's folder and training log, or untuned base weights, with neither; and how it is computed."""

    name: str  # as it was asked for
    folder: Path | None
    log: dict[str, Any]  # empty for untuned weights
    base: str  # the base weights: a name, a hub id or a folder
    precision: Precision = "auto"
    threads: int = 2

    def identity(self) -> Any:
        """What tells the weights from others: the identity of their training or, of untuned ones, their name or, in a
        folder, the hashes of its files."""
        if self.log:
            return self.log.get("identity")
        files = [one for one in sorted(Path(self.base).glob("*")) if one.suffix in WEIGHTS]
        return [sha256(one) for one in files] or self.base

    @property
    def schema(self) -> Path | None:
        """The JSON Schema beside a model that was tuned on documents of one schema."""
        path = self.folder / "schema.json" if self.folder else None
        return path if path and path.is_file() else None

    @property
    def exported(self) -> Path | None:
        """The folder, where ``paperlib export`` has written it."""
        folder = self.folder or Path(self.name)
        return folder if any((folder / file).is_file() for file in (GGUF, ONNX)) else None

    def load(self) -> Any:
        """Loads the weights, as a :class:`paperlib.training.loaded_model.LoadedModel`.

        transformers and peft, whose import takes longer than all else, are imported only for models that need them.
        Raises PaperlibError for what ``paperlib export`` has written, which torch does not compute.
        """
        from paperlib.core import runtime
        from paperlib.decoding.engines import merged_adapter

        runtime.configure(self.threads)
        dtype = runtime.dtype_of(self.precision)
        if self.folder and not self.exported and (loaded := merged_adapter.load(self.folder, self.base, dtype)):
            return loaded
        return self.load_with_transformers(dtype)

    def load_with_transformers(self, dtype: Any) -> Any:
        """The same with the model and the tokenizer of transformers."""
        from paperlib.training import models

        if self.exported:
            engine = "llama.cpp" if (self.exported / GGUF).is_file() else "onnx"
            raise PaperlibError(f"{self.name}: is an export, expected --engine {engine}")
        return models.load_trained(self.folder, self.base, dtype) if self.folder else models.load_base(self.base, dtype)


def resolve(
    model: str,
    *,
    base: str | None = None,
    profile: str = "laptop",
    precision: Precision = "auto",
    threads: int = 2,
) -> ResolvedModel:
    """Finds a model by name: a run of ``profile``, a released adapter, a folder, or base weights. What has a slash in
    it is a folder, or the address of base weights. ``base`` tells where those under an adapter lie now.

    Raises PaperlibError for a run that is not trained, and for a misspelt name of a run or adapter.
    """
    folder = (None if "/" in model else paths.trained(profile, model)) or Path(model)
    if (folder / "train.json").is_file():
        log = read_json(folder / "train.json")
        return ResolvedModel(model, folder, log, base or log["config"]["base"], precision, threads)
    runs = experiments.runs_of(profile, with_data_root=True)
    if model in runs:
        trains = experiments.load(profile, model).train is not None
        hint = f"is not trained yet: paperlib train {model} --profile {profile}" if trains else "trains no model"
        raise PaperlibError(f"run {model!r} {hint}")
    known = {*runs, *(folder.name for folder in paths.RELEASED_ADAPTERS.iterdir())}
    if "/" not in model and not Path(model).exists() and (near := difflib.get_close_matches(model, known, cutoff=0.8)):
        raise PaperlibError(f"there is no model {model!r}; did you mean {near[0]}?")
    return ResolvedModel(model, None, {}, base or model, precision, threads)


def resolved_from(arguments: Namespace, model: str | None = None) -> ResolvedModel:
    """The model of a command, or another one, by those options of :func:`resolve` that the command has."""
    named = {name: getattr(arguments, name) for name in OPTIONS if hasattr(arguments, name)}
    return resolve(model or arguments.model, **named)
