"""Model resolution: the weights that the name after ``--model`` stands for."""

import argparse
import difflib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from paperlib.core import experiments, paths
from paperlib.core.errors import PaperlibError
from paperlib.core.files import read_json


@dataclass(frozen=True)
class ResolvedModel:
    """A trained model's folder and training log, or untuned base weights, with neither."""

    arguments: argparse.Namespace
    folder: Path | None
    log: dict[str, Any]  # empty for untuned weights

    @property
    def schema(self) -> Path | None:
        """The JSON Schema beside a model that was tuned on documents of one schema."""
        path = self.folder / "schema.json" if self.folder else None
        return path if path and path.is_file() else None

    def load(self) -> Any:
        """Loads the weights, as a :class:`paperlib.training.loaded_model.LoadedModel`.

        transformers and peft, whose import takes longer than all else, are imported only for models that need them."""
        from paperlib.core import runtime
        from paperlib.training import merged_adapter

        runtime.configure(self.arguments.threads)
        dtype = runtime.dtype_of(self.arguments.precision)
        base = self.arguments.base or (self.log["config"]["base"] if self.folder else self.arguments.model)
        if self.folder and (loaded := merged_adapter.load(self.folder, base, dtype)):
            return loaded
        from paperlib.training import models

        return models.load_trained(self.folder, base, dtype) if self.folder else models.load_base(base, dtype)


def resolve(arguments: argparse.Namespace) -> ResolvedModel:
    """Finds the model that ``--model`` names: a run of ``--profile``, a released adapter, a folder, or base weights.
    What has a slash in it is a folder, or the address of base weights.

    Raises PaperlibError for a run that is not trained, and for a misspelt name of a run or adapter.
    """
    model, profile = arguments.model, arguments.profile
    folder = (None if "/" in model else paths.trained(profile, model)) or Path(model)
    if (folder / "train.json").is_file():
        return ResolvedModel(arguments, folder, read_json(folder / "train.json"))
    runs = experiments.runs_of(profile, with_data_root=True)
    if model in runs:
        trains = experiments.load(profile, model).train is not None
        hint = f"is not trained yet: paperlib train {model} --profile {profile}" if trains else "trains no model"
        raise PaperlibError(f"run {model!r} {hint}")
    known = {*runs, *(folder.name for folder in paths.RELEASED_ADAPTERS.iterdir())}
    if "/" not in model and not Path(model).exists() and (near := difflib.get_close_matches(model, known, cutoff=0.8)):
        raise PaperlibError(f"there is no model {model!r}; did you mean {near[0]}?")
    return ResolvedModel(arguments, None, {})
