"""What `paperlib export` refuses: in one sentence, with nothing half-written."""

import re
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
import small_models
from conftest import needs_llama_cpp
from transformers import MistralConfig, MistralForCausalLM

from paperlib import cli
from paperlib.core.errors import PaperlibError
from paperlib.core.files import sha256, write_json
from paperlib.decoding.engines import llama_h
from paperlib.decoding.engines.export import gguf_folder
from paperlib.decoding.engines.export.folder_parts import check_free

pytestmark = needs_llama_cpp


def refusal(letters: Path, out: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """What an export that has to fail says, in one line, after which nothing of it is left."""
    before = {path.name for path in out.parent.iterdir()}
    assert cli.main(["export", str(letters), "--quantise", "f16", "--threads", "1", "--out", str(out)]) == 2
    assert {path.name for path in out.parent.iterdir()} == before
    said = capsys.readouterr().err.splitlines()
    return said[-1]


def test_what_cannot_be_exported_is_one_sentence_and_leaves_nothing(
    letters: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "letters: holds what this command has not written" in refusal(letters, letters, capsys)
    with monkeypatch.context() as patched:
        patched.setattr(gguf_folder, "_answered", lambda *_: (_ for _ in ()).throw(PaperlibError("no answer")))
        assert refusal(letters, tmp_path / "out", capsys) == "paperlib: no answer"
    with monkeypatch.context() as patched:
        usage = shutil.disk_usage(tmp_path)._replace(free=1000)
        patched.setattr("paperlib.decoding.engines.export.folder_parts.shutil.disk_usage", lambda _: usage)
        assert re.search(r"out: needs 0\.05 GB of disk, 0\.00 GB are free", refusal(letters, tmp_path / "out", capsys))
    small_models.build("gemma3", 400).save_pretrained(letters)
    assert "a Gemma 3 is exported from a base of" in refusal(letters, tmp_path / "out", capsys)
    config = MistralConfig(vocab_size=400, num_hidden_layers=1, num_key_value_heads=4, **small_models.SIZES)
    MistralForCausalLM(config).save_pretrained(letters)
    said = refusal(letters, tmp_path / "out", capsys)
    assert "no architecture 'mistral' is exported to GGUF, expected one of llama, qwen2, gemma3_text" in said


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ({"type": "array", "items": {"not": {"type": "null"}}}, '/properties/x~1y/items: Unimplemented keys: ["not"]'),
        (
            {"anyOf": [{"type": "null"}, {"format": "iri", "type": "string"}]},
            "/properties/x~1y/anyOf/1: Unknown format",
        ),
        ({"type": "string", "pattern": "^(?=a)"}, "/properties/x~1y: regex parse error"),
    ],
)
def test_a_schema_that_no_grammar_expresses_is_refused_by_its_json_pointer(
    field: Any, said: str, letters: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_json(letters / "schema.json", {"type": "object", "properties": {"a": {"type": "string"}, "x/y": field}})
    assert f"schema.json: {said}" in refusal(letters, tmp_path / "out", capsys)


def test_a_form_of_the_weights_that_is_unknown_is_told_before_anything_is_loaded(
    letters: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["export", str(letters), "--quantise", "q3_k", "--out", str(tmp_path / "out")]) == 2
    assert "expected one of" in capsys.readouterr().err.splitlines()[-1]
    assert not (tmp_path / "out").exists()


def test_without_llama_cpp_nothing_is_loaded_or_written(
    letters: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "xllamacpp", None)
    llama_h.library.cache_clear()
    monkeypatch.setattr("paperlib.training.models.load_trained", lambda *_: pytest.fail("a model was loaded"))
    assert "llama.cpp needs the package xllamacpp" in refusal(letters, tmp_path / "out", capsys)


def test_a_folder_is_an_export_by_what_it_holds_not_by_its_checksums(tmp_path: Path) -> None:
    def written(**files: str) -> Path:
        for name, text in files.items():
            (tmp_path / name.replace("_", ".")).write_text(text, encoding="utf-8")
        sums = (f"{sha256(path)}  {path.name}\n" for path in tmp_path.iterdir() if path.name != "SHA256SUMS")
        (tmp_path / "SHA256SUMS").write_text("".join(sums), encoding="utf-8")
        return tmp_path

    with pytest.raises(PaperlibError, match=r"holds what this command has not written \(SHA256SUMS\)"):
        check_free(written(rows_csv="a,b"))
    check_free(written(export_json="{}"))
    (tmp_path / "rows.csv").write_text("edited since", encoding="utf-8")
    with pytest.raises(PaperlibError, match=r"has not written \(rows.csv\)"):
        check_free(tmp_path)
