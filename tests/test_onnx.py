"""Export to ONNX: ONNX Runtime computes what torch does, and a folder runs without this package."""

import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import small_models
import torch

from paperlib import cli
from paperlib.core import paths
from paperlib.core.config import EvalConfig, TrainConfig
from paperlib.core.errors import PaperlibError
from paperlib.core.files import read_json, write_json
from paperlib.data.examples import Example
from paperlib.data.schemas import Schemas, schema_of
from paperlib.decoding import answering, prefix_caching
from paperlib.decoding.answering import Decoding
from paperlib.decoding.engines.command import ONNX_QUANTISATIONS
from paperlib.decoding.engines.export import export_folder, folder_parts
from paperlib.decoding.engines.export.onnx_file import PRECISIONS
from paperlib.decoding.engines.model_resolution import ResolvedModel
from paperlib.decoding.engines.onnx_model import Onnx, OnnxLogits, OnnxModel, fingerprint
from paperlib.evaluation import evaluate
from paperlib.training import models
from paperlib.training.corpus import Data
from paperlib.training.loaded_model import LoadedModel

TEXT = "Kind regards, Ana Ruiz, Lisbon office. Colour: red, 17 pieces at 4.50, paid on 3 May."
SCHEMA = {
    "type": "object",
    "properties": {"colour": {"enum": ["red", "blue"]}, "pieces": {"type": "integer"}, "place": {"type": "string"}},
    "required": ["colour"],
}
SIZE = {"hidden_size": 64}  # heads of 16 channels
NEEDED = ("onnxruntime", "onnxruntime_genai", "onnx_ir")
pytestmark = pytest.mark.skipif(not all(map(find_spec, NEEDED)), reason="the extra 'onnx' is not installed")


def trained(folder: Path, architecture: str = "llama", **changed: Any) -> LoadedModel:
    """A random model that passes for one that was trained on documents of one schema."""
    tokenizer = models.train_tokenizer([TEXT, json.dumps(SCHEMA)] * 3, 400)
    loaded = LoadedModel(small_models.build(architecture, len(tokenizer), **(SIZE | changed)), tokenizer, folder.name)
    loaded.model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    config = TrainConfig(run="letters", profile="finetune", base="nano-xs", method="scratch", prompt="schema")
    log = {"identity": "x", "config": config.model_dump(mode="json"), "model": "nano-xs", "n_train": 9, "losses": []}
    write_json(folder / "train.json", {**log, "answer_ratio": 1.0})
    write_json(folder / "schema.json", SCHEMA)
    return loaded


def exported(folder: Path, out: Path, *more: str) -> int:
    return cli.main(["export", str(folder), "--to", "onnx", "--threads", "1", "--out", str(out), *more])


Export = tuple[LoadedModel, Path]


@pytest.fixture(scope="module")
def exports(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Export]:
    """By architecture, a model and its export in float32, made once."""
    place = tmp_path_factory.mktemp("models")

    @cache
    def made(architecture: str) -> Export:
        loaded, out = trained(place / architecture, architecture), place / f"{architecture}-onnx"
        assert exported(place / architecture, out, "--quantise", "f32") == 0
        return loaded, out

    return made


@pytest.fixture
def model(exports: Callable[[str], Export]) -> LoadedModel:
    return exports("llama")[0]


@pytest.fixture
def export(exports: Callable[[str], Export]) -> Path:
    return exports("llama")[1]


@pytest.mark.parametrize("architecture", ["llama", "qwen2"])
@pytest.mark.parametrize("least_shared", [3, 16])  # prefixes of five tokens or more are computed once, or each
def test_onnx_runtime_computes_the_logits_of_torch(
    architecture: str, least_shared: int, exports: Callable[[str], Export], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prefix_caching, "LEAST_SHARED", least_shared)
    loaded, folder = exports(architecture)
    found, tokens = Onnx(folder, 1), loaded.tokenizer(TEXT, add_special_tokens=False).input_ids
    assert (found.parameters, found.context) == (loaded.parameters, loaded.context)
    with torch.inference_mode():
        expected = loaded.model(input_ids=torch.tensor([tokens])).logits[0]
    rows = OnnxLogits(found, [tuple(tokens[:5]), tuple(tokens[:9]), tuple(tokens[:5])], len(tokens))
    drafted = rows.after([tokens[:6], tokens[:10], tokens[:6]], [tokens[6:8], [], [1]])
    torch.testing.assert_close(drafted[:5], expected[[5, 6, 7, 9, 5]], rtol=1e-4, atol=1e-4)
    rows.keep([1, 2])
    later = rows.after([tokens[:11], tokens[:7]], [[], tokens[7:9]])  # in place of a draft that was refused
    torch.testing.assert_close(later, expected[[10, 6, 7, 8]], rtol=1e-4, atol=1e-4)
    rows.refill(0, tuple(tokens[:4]))
    torch.testing.assert_close(rows.after([tokens[:5], tokens[:9]], [[], []]), expected[[4, 8]], rtol=1e-4, atol=1e-4)


def test_constrained_and_reranked_answers_are_those_of_torch(model: LoadedModel, export: Path) -> None:
    theirs = OnnxModel(Onnx(export, 1), model.tokenizer, "ONNX Runtime")
    texts = [f"{TEXT} Place: {place}." for place in ("Faro", "Braga", "Porto", "Évora")]
    examples = [Example(str(n), "s", None, "test", "", text, None) for n, text in enumerate(texts)]
    schemas, log = Schemas({"s": schema_of(SCHEMA, "s", "s")}), read_json(export / "train.json")
    for constraint, rounds in (("none", 0), ("schema+text", 0), ("schema+text", 2)):
        decoding = Decoding(constraint, rounds, batch_size=3)  # type: ignore[arg-type]
        ours, others = (answering.answer(one, log, examples, schemas, decoding) for one in (model, theirs))
        assert all(one.n_output_tokens for one in ours)
        assert [one.output for one in ours] == [one.output for one in others]
        for a, b in zip(ours, others, strict=True):
            assert [t.text for t in a.tokens] == [t.text for t in b.tokens]
            np.testing.assert_allclose([t.log_prob for t in a.tokens], [t.log_prob for t in b.tokens], atol=1e-3)


def test_an_exported_folder_is_whole_and_a_model_for_extract(
    model: LoadedModel,
    export: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sums = dict(reversed(line.split("  ")) for line in (export / "SHA256SUMS").read_text().splitlines())
    files = [path for path in export.iterdir() if path.name != "SHA256SUMS"]
    assert sums == {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
    assert {"model.onnx", "model.onnx.data", "run.py", "tokenizer.json", "README.md", "PROMPT.md"} < sums.keys()
    assert "python run.py TEXT" in (export / "README.md").read_text()
    options = ["--threads", "1", "--precision", "fp32", "--constraint", "schema", TEXT]
    capsys.readouterr()
    assert cli.main(["extract", "--model", str(export.with_name("llama")), *options]) == 0
    expected = capsys.readouterr().out
    kept: list[Path] = []  # exports in the cache

    def exporting(resolved: ResolvedModel, form: str, out: Path, quantisation: str) -> None:
        assert (form, quantisation) == ("onnx", "f32")
        shutil.copytree(export, out)
        kept.append(out)

    monkeypatch.setattr(paths, "cache", lambda: tmp_path / "cache")
    monkeypatch.setattr(export_folder, "export", exporting)
    for name in (export, export.with_name("llama"), export.with_name("llama")):
        assert cli.main(["extract", "--engine", "onnx", "--model", str(name), *options]) == 0
        assert capsys.readouterr().out == expected
    assert len(kept) == 1


def test_an_evaluation_answers_as_with_torch(
    model: LoadedModel, export: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paths, "build", lambda profile: tmp_path / profile)
    data = Data([], [Example("1", "s", None, "test", "", TEXT, {})], Schemas({"s": schema_of(SCHEMA, "s", "s")}))
    outputs = []
    for engine, folder in (("torch", export.with_name("llama")), ("onnx", export)):
        monkeypatch.setattr(evaluate, "_trained_folder", lambda *_, at=folder: at)
        fields = {"label": "", "profile": "p", "base": "nano-xs", "model": "letters", "constraint": "schema"}
        asked = {**fields, "run": engine, "engine": engine, "threads": 1, "precision": "fp32"}
        config = EvalConfig.model_validate(asked)
        loaded = evaluate.load_model(config)
        assert loaded.name.endswith("F32, ONNX Runtime") == (engine == "onnx")
        outputs.append([one.output for one in evaluate.answer(config, loaded, data)])
    assert outputs[0] == outputs[1]
    assert evaluate.likelihoods(config, loaded, data) == []


def greedy(loaded: LoadedModel, tokens: list[int], most: int) -> str:
    """Greedy decoding by torch, which computes the whole sequence at every token."""
    found: list[int] = []
    with torch.inference_mode():
        while len(found) < most:
            token = int(loaded.model(input_ids=torch.tensor([tokens + found])).logits[0, -1].argmax())
            if token == loaded.tokenizer.eos_token_id:
                break
            found.append(token)
    return str(loaded.tokenizer.decode(found))


def test_the_script_of_a_folder_decodes_as_torch_without_torch(model: LoadedModel, export: Path) -> None:
    start = (
        "import runpy, sys; sys.modules.update(torch=None, paperlib=None, transformers=None);"
        "found = runpy.run_path(sys.argv[1]); from pathlib import Path;"
        "folder = Path(sys.argv[1]).parent; print(found['answer'](folder, sys.argv[2], sys.argv[3], most=60))"
    )
    command = [sys.executable, "-I", "-c", start, str(export / "run.py"), TEXT, "{place: string}"]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    asked = "".join(
        {"literal": part, "text": TEXT, "schema": "{place: string}"}[place]
        for piece in read_json(export / "export.json")["prompt"]
        for place, part in piece.items()
    )
    assert "{place: string}" in asked
    assert printed == greedy(model, model.tokenizer(asked).input_ids, 60) + "\n"


@pytest.mark.parametrize(("quantisation", "most"), [("int8", 0.05), ("int4", 0.5)])
def test_quantised_weights_are_near_and_small(
    quantisation: str, most: float, model: LoadedModel, export: Path, tmp_path: Path
) -> None:
    assert exported(export.with_name("llama"), tmp_path / "out", "--quantise", quantisation) == 0
    tokens = model.tokenizer(TEXT, add_special_tokens=False).input_ids
    with torch.inference_mode():
        expected = model.model(input_ids=torch.tensor([tokens])).logits[0, -1]
    found = OnnxLogits(Onnx(tmp_path / "out", 1), [tuple(tokens[:-1])], len(tokens)).after([tokens], [[]])[0]
    assert 1 - torch.corrcoef(torch.stack([found, expected]))[0, 1] < most
    whole, small = ((one / "model.onnx.data").stat().st_size for one in (export, tmp_path / "out"))
    assert small < 0.45 * whole  # with an embedding matrix of its own in float32 it would be more


def said(capsys: pytest.CaptureFixture[str], *asked: str) -> str:
    """What a command that has to fail says, in its last line."""
    capsys.readouterr()
    assert cli.main(list(asked)) == 2
    lines = capsys.readouterr().err.splitlines()
    assert not any("Traceback" in line for line in lines)
    return lines[-1]


def test_what_cannot_be_exported_is_one_sentence_and_leaves_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, out = tmp_path / "letters", tmp_path / "out"
    asked = ("export", str(folder), "--to", "onnx", "--threads", "1", "--out", str(out))
    trained(folder, hidden_size=32)
    assert "attention heads of 8 channels, expected a multiple of 16" in said(capsys, *asked)
    assert "--quantise q4_0: is no form of onnx, expected one of f32, int8, int4" in said(
        capsys, *asked, "--quantise", "q4_0"
    )
    trained(folder)
    with monkeypatch.context() as patched:
        usage = shutil.disk_usage(tmp_path)._replace(free=1000)
        patched.setattr(folder_parts.shutil, "disk_usage", lambda _: usage)
        assert "out: needs 0.05 GB of disk, 0.00 GB are free" in said(capsys, *asked)
    with monkeypatch.context() as patched:
        patched.setattr("paperlib.decoding.engines.export.onnx_file.BUILDER", "onnxruntime_genai.gone")
        assert "onnxruntime_genai.gone cannot export it" in said(capsys, *asked)
    with monkeypatch.context() as patched:
        patched.setattr("paperlib.core.packages.find_spec", lambda _: None)
        assert "pip install 'paperlib[onnx]'" in said(capsys, *asked)
    small_models.build("gemma3", 400).save_pretrained(folder)
    assert "no architecture 'gemma3_text' is exported to ONNX, expected one of llama, qwen2" in said(capsys, *asked)
    assert [path.name for path in tmp_path.iterdir()] == ["letters"]
    assert tuple(PRECISIONS) == ONNX_QUANTISATIONS


def test_a_folder_that_is_no_whole_export_is_one_sentence(
    export: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(export, folder := tmp_path / "copy")
    asked = ("extract", "--engine", "onnx", "--threads", "1", "--model", str(folder), TEXT)
    other = ("extract", "--engine", "llama.cpp", "--threads", "1", "--model", str(folder), TEXT)
    assert "holds no model.gguf, which --engine llama.cpp reads" in said(capsys, *other)
    assert "expected --engine onnx" in said(capsys, "extract", "--model", str(folder), TEXT)
    with monkeypatch.context() as patched:
        patched.setitem(sys.modules, "onnxruntime", None)
        assert "pip install 'paperlib[onnx]'" in said(capsys, *asked)
    (folder / "model.onnx").write_bytes(b"half")
    assert "model.onnx: is damaged or of another export, expected that of llama" in said(capsys, *asked)
    about = read_json(folder / "export.json")
    about["files"]["model.onnx"] = fingerprint(folder / "model.onnx")
    write_json(folder / "export.json", about)
    assert "model.onnx: ONNX Runtime cannot load it" in said(capsys, *asked)
    weights = bytearray((folder / "model.onnx.data").read_bytes())
    (folder / "model.onnx.data").write_bytes(bytes([weights[0] ^ 1, *weights[1:]]))  # as of another model
    assert "model.onnx.data: is damaged or of another export" in said(capsys, *asked)
    (folder / "model.onnx.data").unlink()
    assert "model.onnx.data: is damaged or of another export" in said(capsys, *asked)
    write_json(folder / "export.json", {"name": "x"})
    assert "export.json: has no 'files'" in said(capsys, *asked)
    (folder / "export.json").unlink()
    with pytest.raises(PaperlibError, match=r"export\.json"):
        Onnx(folder, 1)
