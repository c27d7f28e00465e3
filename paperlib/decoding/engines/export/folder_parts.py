"""What every exported folder has beside its weights, whatever their format."""

import shutil
from pathlib import Path
from typing import Literal

from paperlib.core.errors import PaperlibError
from paperlib.core.files import read_text, sha256, write_json, write_text
from paperlib.data.intents import classifier_files
from paperlib.decoding.engines.export import model_card
from paperlib.decoding.engines.export.model_card import Exported
from paperlib.decoding.engines.export.served_prompt import ServedPrompt
from paperlib.decoding.engines.model_resolution import ABOUT, ResolvedModel
from paperlib.training.loaded_model import LoadedModel

Target = Literal["gguf", "ollama", "web", "onnx"]  # of `paperlib export`
SUMS = "SHA256SUMS"
MARKS = {ABOUT, classifier_files.ONNX}  # one of them is in every export
ROOM = 50_000_000  # bytes of a folder beside its weights


def check_place(out: Path, resolved: ResolvedModel) -> None:
    """Raises PaperlibError where ``out`` is another's, or the model is exported already."""
    check_free(out)
    if resolved.exported:
        raise PaperlibError(f"{resolved.name}: is exported already; name the model that it was made of")


def check_free(out: Path) -> None:
    """Raises PaperlibError where the folder holds what is no export, or anything beside one: it is replaced whole."""
    sums = read_text(out / SUMS, "list of checksums") if (out / SUMS).is_file() else ""
    listed = {name: digest for digest, _, name in (line.partition("  ") for line in sums.splitlines())}
    own = not listed.keys().isdisjoint(MARKS)
    found = [path.relative_to(out).as_posix() for path in sorted(out.rglob("*")) if path.is_file()]
    others = [name for name in found if not own or (name != SUMS and sha256(out / name) != listed.get(name))]
    if out.is_file() or others:
        named = f" ({others[0]})" if others else ""
        raise PaperlibError(
            f"{out}: holds what this command has not written{named}; expected a new folder or an earlier export"
        )


def require_disk(folder: Path, weights: int) -> None:
    """Raises PaperlibError unless there is room for ``weights`` bytes where ``folder`` is to be, and for the rest."""
    there = next(one for one in (folder.absolute(), *folder.absolute().parents) if one.exists())
    needed, free = (weights + ROOM) / 1e9, shutil.disk_usage(there).free / 1e9
    if free < needed:
        raise PaperlibError(f"{folder}: needs {needed:.2f} GB of disk, {free:.2f} GB are free; name another place")


def name_of(resolved: ResolvedModel) -> str:
    """The name of an export: that of the model's folder, or of a base."""
    folder = resolved.folder or Path(resolved.name)
    return folder.resolve().name if folder.is_dir() else folder.name


def write_beside(
    part: Path,
    resolved: ResolvedModel,
    loaded: LoadedModel,
    one: Exported,
    asked: ServedPrompt,
    more: dict[str, object] | None = None,
) -> None:
    """What ``extract`` needs to read the folder as a model, ``more`` of it in export.json, and the pages for people."""
    loaded.tokenizer.save_pretrained(part)
    if asked.style != "chat":
        (part / "chat_template.jinja").unlink(missing_ok=True)  # of the base, and not how this model is asked
    if resolved.log:
        write_json(part / "train.json", {key: value for key, value in resolved.log.items() if key != "losses"})
    if resolved.schema:
        shutil.copyfile(resolved.schema, part / "schema.json")
    about = {"name": one.name, "model": one.model, "base": one.base, "quantisation": one.quantisation}
    write_json(part / ABOUT, {**about, "message": asked.message, **(more or {})})
    write_text(part / "LICENSE.txt", model_card.licence_note(one))


def write_sums(part: Path) -> None:
    """Writes the checksums of all files, which say that the folder is whole."""
    files = sorted(path for path in part.rglob("*") if path.is_file())
    write_text(part / SUMS, "".join(f"{sha256(path)}  {path.relative_to(part).as_posix()}\n" for path in files))
