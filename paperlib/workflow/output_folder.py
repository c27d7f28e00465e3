"""The folder that a command replaces by a trained model."""

from collections.abc import Set
from pathlib import Path

from paperlib.core.errors import PaperlibError


def check_output_folder(
    out: Path, written: Set[str], marks: Set[str], *inputs: Path | None, first: Set[str] = frozenset()
) -> None:
    """Raises PaperlibError where ``out`` is a file, a mount point, or a folder that holds what the command did not
    write, since it is replaced: files other than ``written``, not all of ``marks``, or an input. ``first`` are files
    that it writes before it has marked the folder."""
    if out.exists() and not out.is_dir():
        raise PaperlibError(f"{out}: is a file, expected a folder for the model")
    if out.is_mount():
        raise PaperlibError(f"{out}: is a mount point, which cannot be replaced; name a folder inside it")
    found = {path.name for path in out.glob("*")}
    others = found - written if marks <= found else found - first
    if others or any(one and out.resolve() in one.resolve().parents for one in inputs):
        named = min(others, default="what is to be read")
        raise PaperlibError(f"{out}: holds {named!r}, expected a new folder or one that only this command has written")
