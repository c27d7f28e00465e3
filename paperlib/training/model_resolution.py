"""Which model a name on the command line means."""

import argparse
import difflib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from paperlib.core import config, paths
from paperlib.core.errors import PaperlibError
from paperlib.core.files import read_json


@dataclass(frozen=True)
class Found:
    """A folder of a training with its log, or a base as it comes, which has none."""

    arguments: argparse.Namespace
    folder: Path | None
    log: dict[str, Any]

    def load(self) -> Any:
        """The model, as :class:`paperlib.training.models.Loaded`; it is loaded here and not before."""
        from paperlib.core import runtime
        from paperlib.training import models

        runtime.prepare(self.arguments.threads)
        dtype = runtime.dtype_of(self.arguments.precision)
        if self.folder is None:
            return models.load_base(self.arguments.model, dtype)
        return models.load_trained(self.folder, self.arguments.base or self.log["config"]["base"], dtype)


def find(arguments: argparse.Namespace) -> Found:
    """What ``--model`` names: a run of ``--profile``, an adapter of the package, a folder, or a base.

    Raises PaperlibError for a run that is not trained, and for a name nearly that of a run or an adapter."""
    model, profile = arguments.model, arguments.profile
    folder = paths.trained(profile, model) or Path(model)
    if (folder / "train.json").is_file():
        return Found(arguments, folder, read_json(folder / "train.json"))
    _refuse_untrained(profile, model)
    return Found(arguments, None, {})


def _refuse_untrained(profile: str, model: str) -> None:
    """A name that is, or is nearly, one of a run: it cannot be a base."""
    runs = config.runs_of(profile, with_data_root=True)
    if model in runs:
        trains = config.load(profile, model).train is not None
        hint = f"is not trained yet: paperlib train {model} --profile {profile}" if trains else "trains no model"
        raise PaperlibError(f"run {model!r} {hint}")
    known = {*runs, *(folder.name for folder in paths.SHIPPED.iterdir())}
    if "/" not in model and not Path(model).exists() and (near := difflib.get_close_matches(model, known, cutoff=0.8)):
        raise PaperlibError(f"there is no model {model!r}; did you mean {near[0]}?")
