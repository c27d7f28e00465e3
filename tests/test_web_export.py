"""Export to the web: the page is whole, knows its prompt, and holds the packages that are pinned."""

import base64
import hashlib
import io
import json
import re
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import needs_llama_cpp

from paperlib import cli
from paperlib.data.schemas import schema_of, schema_to_prompt
from paperlib.decoding.engines.export import npm_packages, web_page

pytestmark = needs_llama_cpp


@pytest.fixture
def wllama(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with packages of the names and file names of wllama's."""
    found, pinned = tmp_path / "npm", []
    found.mkdir()
    for package in web_page.WLLAMA:
        with tarfile.open(found / package.tarball, "w:gz") as archive:
            for name in package.files:
                member = tarfile.TarInfo(name)
                member.size = len(name)
                archive.addfile(member, io.BytesIO(name.encode()))
        digest = base64.b64encode(hashlib.sha512((found / package.tarball).read_bytes()).digest()).decode()
        pinned.append(replace(package, integrity=f"sha512-{digest}"))
    monkeypatch.setattr(web_page, "WLLAMA", tuple(pinned))
    return found


def test_a_page_for_browsers_is_whole_and_knows_its_prompt(
    letters: Path, wllama: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    asked = ["export", str(letters), "--to", "web", "--quantise", "f32", "--threads", "1", "--out", str(out)]
    assert cli.main([*asked, "--wllama", str(wllama)]) == 0
    assert "open http://localhost:8000" in capsys.readouterr().out
    files = {path.relative_to(out).as_posix(): path for path in out.rglob("*") if path.is_file()}
    sums = dict(reversed(line.split("  ")) for line in files.pop("SHA256SUMS").read_text().splitlines())
    assert sums == {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in files.items()}
    kept = re.search(r"FILES = \[(.*?)\]", files["sw.js"].read_text(), re.S)
    assert kept is not None
    assert {*re.findall(r'"(.+?)"', kept[1])} - {"./"} <= files.keys()
    assert files["wllama/wllama.wasm"].read_text() == "package/esm/wasm/wllama.wasm"
    about, card = json.loads(files["model.json"].read_text()), files["README.md"].read_text()
    assert "python -m http.server" in card
    assert about["bytes"] == files["model.gguf"].stat().st_size
    assert about["reads_any_schema"] is False
    schema = schema_of(about["example"]["schema"], "s", "s")
    parts = {"schema": schema_to_prompt(schema.body), "text": about["example"]["text"]}
    pieces = [piece.get("literal") or parts[next(iter(piece))] for piece in about["prompt"]]
    assert "".join(pieces) == json.loads(files["request.json"].read_text())["prompt"]


def test_packages_that_cannot_be_had_are_one_sentence_and_leave_nothing(
    letters: Path, wllama: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    out, (first, second) = tmp_path / "out", web_page.WLLAMA
    asked = ["export", str(letters), "--to", "web", "--threads", "1", "--out", str(out)]

    def said(*more: str) -> str:
        assert cli.main([*asked, *more]) == 2
        assert not out.exists()
        return capsys.readouterr().err.splitlines()[-1]

    (wllama / second.tarball).write_bytes(b"another")
    assert f"{second.tarball}: is not the package {second.specification}" in said("--wllama", str(wllama))
    (wllama / first.tarball).unlink()
    assert f"holds no {first.tarball}; `npm pack {first.specification}" in said("--wllama", str(wllama))
    monkeypatch.setattr(npm_packages.shutil, "which", lambda _: None)
    assert f"cannot fetch the npm package {first.specification}: there is no npm" in said()

    def another(package: npm_packages.Package, place: Path) -> str:
        (place / package.tarball).write_bytes(b"another")
        return ""

    monkeypatch.setattr(npm_packages.shutil, "which", lambda name: name)
    monkeypatch.setattr(npm_packages, "_by_npm", another)
    assert f"{first.specification} is not the one that is known here" in said()
