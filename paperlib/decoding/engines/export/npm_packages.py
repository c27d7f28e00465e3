"""Packages of the npm registry in pinned versions, as the tarballs that ``npm pack`` writes, checked by SHA-512.

Nothing in a package is executed here: the files that are asked for are taken out of the tarball.
"""

import base64
import hashlib
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from paperlib.core import paths
from paperlib.core.errors import PaperlibError
from paperlib.core.files import atomic_write

SECONDS = 600  # that a download may take


@dataclass(frozen=True)
class Package:
    """One package and the files of it that are wanted."""

    name: str
    version: str
    integrity: str  # "sha512-" and the digest of the tarball in base 64, as package-lock.json has it
    files: dict[str, str]  # where a file lies in the tarball, and where it goes

    @property
    def tarball(self) -> str:
        """The name of the file that ``npm pack`` writes."""
        return f"{self.name.removeprefix('@').replace('/', '-')}-{self.version}.tgz"

    @property
    def specification(self) -> str:
        return f"{self.name}@{self.version}"


def obtained(packages: Sequence[Package], folder: Path | None) -> list[tuple[Package, Path]]:
    """The tarball of each package: from ``folder`` if one is given, else from the cache or npm.

    Raises PaperlibError where there is none, or where it is not the one that is pinned.
    """
    return [(one, _given(one, folder, packages) if folder else _cached(one, packages)) for one in packages]


def unpack(package: Package, tarball: Path, folder: Path) -> None:
    """Writes the wanted files of a package into ``folder``."""
    with tarfile.open(tarball) as archive:
        for inside, outside in package.files.items():
            there = folder / outside
            there.parent.mkdir(parents=True, exist_ok=True)
            source = archive.extractfile(inside) if inside in archive.getnames() else None
            if source is None:
                raise PaperlibError(f"{tarball}: holds no {inside}, expected the package {package.specification}")
            with source, there.open("wb") as target:
                shutil.copyfileobj(source, target)


def _given(package: Package, folder: Path, packages: Sequence[Package]) -> Path:
    path = folder / package.tarball
    if not path.is_file():
        raise PaperlibError(f"{folder}: holds no {package.tarball}; {_by_hand(packages)} writes it")
    if _integrity(path) != package.integrity:
        raise PaperlibError(f"{path}: is not the package {package.specification} (its SHA-512 is another)")
    return path


def _cached(package: Package, packages: Sequence[Package]) -> Path:
    path = paths.cache() / package.tarball
    if path.is_file() and _integrity(path) == package.integrity:
        return path
    with tempfile.TemporaryDirectory() as place:
        found = Path(place) / package.tarball
        reason = _by_npm(package, Path(place)) if shutil.which("npm") else "there is no npm"
        if not found.is_file():
            elsewhere = f"{_by_hand(packages)}, where there is a network, and --wllama DIR do it by hand"
            raise PaperlibError(f"cannot fetch the npm package {package.specification}: {reason}; {elsewhere}")
        if _integrity(found) != package.integrity:
            raise PaperlibError(f"the npm package {package.specification} is not the one that is known here (SHA-512)")
        with atomic_write(path) as part:
            shutil.copyfile(found, part)
    return path


def _by_npm(package: Package, place: Path) -> str:
    """Has npm write the tarball; what it says where it does not."""
    command = ["npm", "pack", package.specification, "--pack-destination", str(place), "--silent"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False, cwd=place)
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    said = [line.strip() for line in done.stderr.splitlines() if line.strip()]
    return said[0] if said else f"npm pack ended with {done.returncode}"


def _by_hand(packages: Sequence[Package]) -> str:
    return f"`npm pack {' '.join(one.specification for one in packages)}`"


def _integrity(path: Path) -> str:
    with path.open("rb") as handle:
        return "sha512-" + base64.b64encode(hashlib.file_digest(handle, "sha512").digest()).decode()
