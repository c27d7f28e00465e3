"""From LaTeX source and generated files to a PDF, and to the archive that arXiv takes.

    python -m paperlib.paper.typeset build/laptop/paper --figures build/laptop/figures --arxiv build/laptop/arxiv.tar.gz

typesets ``paper/main.tex`` with the values and tables in that folder (or in ``--generated``) and those figures.
"""

import argparse
import gzip
import io
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Sequence
from pathlib import Path

from paperlib.core import paths
from paperlib.core.errors import PaperlibError, exit_code
from paperlib.core.files import atomic_write
from paperlib.paper.tex_install import PACKAGES

SOURCES = ("main.tex", "references.bib")
EPOCH = (
    1763596800  # 2025-11-20 00:00 UTC, the announcement's day: what TeX takes for now, so equal sources are equal PDFs
)
INSTALL = f"apt-get install {PACKAGES}"
QUIET = ("-interaction=nonstopmode", "-halt-on-error", "-file-line-error")
TOO_TALL = re.compile(r"Float too large for page by ([\d.]+)pt on input line (\d+)")
UNDEFINED = re.compile(r"(?:Citation|Reference) [`'](.+?)'.*?undefined", re.DOTALL)


def stage(folder: Path, generated: Path, figures: Path, source: Path = paths.PAPER) -> Path:
    """One self-contained folder: source, values, and the tables and figures that ``main.tex`` names; returns it.

    ``generated`` holds ``values.tex`` and ``tables/``, and may be ``folder`` itself; ``figures`` the PDFs. What stands
    within ``\\IfFileExists`` may be missing. Raises PaperlibError naming the first other file that is.
    """
    text = _uncommented((source / "main.tex").read_text(encoding="utf-8"))
    pairs = [(source / name, folder / name) for name in SOURCES]
    named = re.findall(r"\\input\{(.+?)\}", text)
    drawn = re.findall(r"\\includegraphics(?:\[.*?\])?\{(.+?)\}", text)
    pairs += [(generated / f"{name}.tex", folder / f"{name}.tex") for name in named]
    pairs += [(figures / f"{name}.pdf", folder / "figures" / f"{name}.pdf") for name in drawn]
    optional = {folder / name for name in re.findall(r"\\IfFileExists\{(.+?)\}", text)}
    pairs = [(origin, target) for origin, target in pairs if origin.exists() or target not in optional]
    for origin, target in pairs:
        _copy(origin, target)
    return folder


def compile(folder: Path, strict: bool = True) -> Path:
    """Typesets a staged folder with latexmk and returns its ``main.pdf``; the same files give the same bytes.

    Raises PaperlibError where latexmk is missing (with the line that installs it), at the first LaTeX error (with its
    file and line), where a citation or reference is left undefined, and where a table or figure is taller than a
    page; unless ``strict`` the last is only a warning, since fresh results may be longer than the committed ones.
    """
    if not shutil.which("latexmk"):
        raise PaperlibError(f"latexmk is not installed; on Debian or Ubuntu: {INSTALL}")
    (folder / "main.pdf").unlink(missing_ok=True)
    _run(["latexmk", "-pdf", "-g", "-norc", *QUIET, "main.tex"], folder)
    _refuse_flaws(folder, strict)
    return folder / "main.pdf"


def arxiv(folder: Path, out: Path) -> Path:
    """Packs a compiled folder's sources for arXiv, after typesetting the packed files alone with pdflatex.

    Raises PaperlibError where the folder was not compiled, or where the archive alone does not typeset.
    """
    files = [folder / "main.tex", folder / "main.bbl", folder / "values.tex"]
    files += sorted([*(folder / "tables").glob("*.tex"), *(folder / "figures").glob("*.pdf")])
    if missing := [path for path in files if not path.exists()]:
        raise PaperlibError(f"{missing[0]}: no such file; compile the paper first")
    with atomic_write(out) as part:
        part.write_bytes(_packed(folder, files))
        _check_alone(part)
    return out


def _packed(folder: Path, files: Sequence[Path]) -> bytes:
    """A tar.gz without owner, time or order of this machine."""
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for path in files:
            entry = tarfile.TarInfo(path.relative_to(folder).as_posix())
            entry.size, entry.mode, entry.mtime = path.stat().st_size, 0o644, EPOCH
            with path.open("rb") as handle:
                archive.addfile(entry, handle)
    return gzip.compress(raw.getvalue(), mtime=EPOCH)


def _check_alone(archive: Path) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with tarfile.open(archive) as packed:
            packed.extractall(folder, filter="data")
        for _ in range(3):  # references settle on the second pass, page numbers of floats at the latest on the third
            _run(["pdflatex", *QUIET, "main.tex"], folder)
        _refuse_flaws(folder, strict=True)


def _run(command: Sequence[str], folder: Path) -> None:
    here = {**os.environ, "SOURCE_DATE_EPOCH": str(EPOCH), "FORCE_SOURCE_DATE": "1", "max_print_line": "10000"}
    done = subprocess.run(command, cwd=folder, env=here, capture_output=True, text=True, errors="replace", check=False)
    if done.returncode:
        log = folder / "main.log"
        said = log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""
        raise PaperlibError(_first_error(said) or _first_error(done.stdout) or f"{command[0]} failed in {folder}")


def _first_error(log: str) -> str | None:
    """The first error of a LaTeX log as one sentence, an undefined macro by its name."""
    error = re.search(r"^(?:(?P<where>\S+?:\d+): |! )(?P<what>.+)$", log, re.MULTILINE)
    if error is None:
        return None
    where = (error["where"] or "LaTeX").removeprefix("./")
    culprit = re.search(r"^l\.\d+ .*?(\\[A-Za-z]+)\s*$", log[error.end() :], re.MULTILINE)
    if culprit and "Undefined control sequence" in error["what"]:
        return f"{where}: {culprit[1]} is not defined; values.tex holds no such number (is its run among the records?)"
    return f"{where}: {error['what']}"


def _refuse_flaws(folder: Path, strict: bool) -> None:
    log = (folder / "main.log").read_text(encoding="utf-8", errors="replace")
    if found := UNDEFINED.search(log):
        raise PaperlibError(f"main.tex: {found[1]!r} is cited or referred to, but not defined")
    if found := TOO_TALL.search(log):
        fault = f"main.tex:{found[2]}: the float that ends here is {found[1]} pt taller than a page"
        if strict:
            raise PaperlibError(fault)
        print(f"Warning: {fault}", file=sys.stderr)


def _uncommented(text: str) -> str:
    return re.sub(r"(?<!\\)%.*", "", text)


def _copy(origin: Path, target: Path) -> None:
    if not origin.exists():
        raise PaperlibError(
            f"{paths.display(origin)}: no such file, and main.tex needs it; make tables and figures first"
        )
    if origin.resolve() != target.resolve():
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(origin, target)


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m paperlib.paper.typeset", description="Typeset the paper.")
    parser.add_argument("folder", type=Path, help="where to typeset; holds main.pdf afterwards")
    parser.add_argument("--generated", type=Path, help="folder of values.tex and tables/ (default: FOLDER)")
    parser.add_argument("--figures", type=Path, default=paths.FIGURES, help="folder of the figures' PDFs")
    parser.add_argument("--fresh", action="store_true", help="warn of too tall floats, as fresh results may make them")
    parser.add_argument("--arxiv", type=Path, metavar="FILE", help="also pack the sources as this .tar.gz")
    chosen = parser.parse_args(argv)

    def act() -> None:
        staged = stage(chosen.folder, chosen.generated or chosen.folder, chosen.figures)
        print(compile(staged, strict=not chosen.fresh))
        if chosen.arxiv:
            print(arxiv(chosen.folder, chosen.arxiv))

    return exit_code(act)


if __name__ == "__main__":
    sys.exit(main())
