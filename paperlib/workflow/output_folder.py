"""The folder that a command replaces by a trained model."""

from collections.abc import Set
from pathlib import Path

from paperlib.core.errors import PaperlibError


def check_output_folder(out: Path, written: Set[str], *inputs: Path | None) -> None:
    """Raises PaperlibError where ``out`` is a file, or a folder that holds what the command did not write, files other
    than ``written`` or an input, since it is replaced."""
    if out.exists() and not out.is_dir():
        raise PaperlibError(f"{out}: is a file, expected a folder for the model")
    others = {path.name for path in out.glob("*")} - written
    if others or any(one and out.resolve() in one.resolve().parents for one in inputs):
        named = min(others, default="what is to be read")
        raise PaperlibError(f"{out}: holds {named!r}, expected a new folder or one that only this command has written")
