"""Nothing of one machine, no secret and no large file is committed; modules stay short."""

import re
import subprocess
from functools import cache
from pathlib import Path

import pytest

from paperlib.core.paths import ROOT

FORBIDDEN = {
    "a path of one machine": r"/(?<![\w.:/~<{}-]/)(?:(?:home|root|Users)/[\w-]+|(?:work|mnt|opt)/[\w-]+/)",
    "a package index": r"https?://[\w.-]*(?:pypi|artifactory|nexus|devpi|mirror)[\w.-]*[:/]|index-url\s*[=:]\s*http",
    "a secret": r"(?:ghp|gho|hf|sk|xox[bp])[_-][A-Za-z0-9]{20,}|AKIA[0-9A-Z]{16}|-----BEGIN [A-Z ]*PRIVATE KEY",
    "an address of a private network": r"https?://(?:10|127|192\.168|172\.(?:1[6-9]|2\d|3[01]))\.[\d.]+",
}
LARGEST = 18 * 2**20  # bytes: one released adapter, of 494M, may be this large


@cache
def tracked() -> list[Path]:
    """Committed files, where this is a git checkout; else what a checkout would hold."""
    try:
        listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git checkout")
    return [path for name in listed.split("\0") if name and (path := ROOT / name).is_file()]


@cache
def found() -> list[tuple[str, str]]:
    """What is forbidden in the committed files, except the tests, that hold no NUL byte and so are text."""
    contents = {path.relative_to(ROOT): path.read_bytes() for path in tracked()}
    texts = {path: content.decode() for path, content in contents.items() if b"\0" not in content}
    return [
        (what, f"{path}:{text.count(chr(10), 0, match.start()) + 1}: {match.group()}")
        for path, text in texts.items()
        if path.parts[0] != "tests"
        for what, pattern in FORBIDDEN.items()
        for match in re.finditer(pattern, text)
    ]


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_committed_file_holds(what: str) -> None:
    assert [place for kind, place in found() if kind == what] == []


def test_no_committed_file_is_large_or_generated() -> None:
    for path in tracked():
        assert path.stat().st_size <= LARGEST, path
        assert path.relative_to(ROOT).parts[0] not in ("build", ".venv", ".snakemake"), path


def test_modules_stay_short() -> None:
    long = {
        path.name: lines for path in (ROOT / "paperlib").rglob("*.py") if (lines := len(path.open().readlines())) > 300
    }
    assert not long
