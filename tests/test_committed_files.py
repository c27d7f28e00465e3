"""Nothing of one machine, no secret and no large file is committed; modules stay short."""

import re
import subprocess
from pathlib import Path

import pytest

from paperlib.core.paths import ROOT

SUFFIXES = "py md toml txt yml yaml cff ipynb tex bib json jsonl mplstyle"
TEXT = {"", *(f".{suffix}" for suffix in SUFFIXES.split(" "))}
FORBIDDEN = {
    "a path of one machine": r"(?<![\w.:/~<{}-])/(?:home|root|Users)/[\w-]+|(?<![\w.:/~<{}-])/(?:work|mnt|opt)/[\w-]+/",
    "a package index": r"https?://[\w.-]*(?:pypi|artifactory|nexus|devpi|mirror)[\w.-]*[:/]|index-url\s*[=:]\s*http",
    "a secret": r"(?:ghp|gho|hf|sk|xox[bp])[_-][A-Za-z0-9]{20,}|AKIA[0-9A-Z]{16}|-----BEGIN [A-Z ]*PRIVATE KEY",
    "an address of a private network": r"https?://(?:10|127|192\.168|172\.(?:1[6-9]|2\d|3[01]))\.[\d.]+",
}
LARGEST = 18 * 2**20  # bytes: one released adapter, of 494M, may be this large


def tracked() -> list[Path]:
    """Committed files, where this is a git checkout; else what a checkout would hold."""
    try:
        listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git checkout")
    return [path for name in listed.split("\0") if name and (path := ROOT / name).is_file()]


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_committed_file_holds(what: str) -> None:
    pattern = re.compile(FORBIDDEN[what])
    found = [
        f"{path.relative_to(ROOT)}:{number}: {match.group()}"
        for path in tracked()
        if path.suffix in TEXT and not path.relative_to(ROOT).as_posix().startswith("tests/")
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if (match := pattern.search(line))
    ]
    assert not found


def test_no_committed_file_is_large_or_generated() -> None:
    for path in tracked():
        assert path.stat().st_size <= LARGEST, path
        assert path.relative_to(ROOT).parts[0] not in ("build", ".venv", ".snakemake"), path


def test_modules_stay_short() -> None:
    long = {
        path.name: lines for path in (ROOT / "paperlib").rglob("*.py") if (lines := len(path.open().readlines())) > 300
    }
    assert not long
