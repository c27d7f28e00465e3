"""Export to GGUF and Ollama: llama.cpp computes what torch does, and a folder is whole or not there."""

import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

import jinja2
import numpy as np
import pytest
import torch
from conftest import needs_llama_cpp
from gguf import dequantize
from tiny_export import SCHEMA, TEXT, small

from paperlib import cli
from paperlib.benchmark.edgejson import generate
from paperlib.core.config import TrainConfig
from paperlib.core.errors import PaperlibError
from paperlib.data.examples import Example
from paperlib.data.prompts import frame_of, render_prompt, with_prompt_style
from paperlib.data.schemas import Schemas, load_schemas, schema_of, schema_to_prompt
from paperlib.decoding import answering, prefix_caching
from paperlib.decoding.answering import Decoding
from paperlib.decoding.engines.command import QUANTISATIONS
from paperlib.decoding.engines.export import quantisation as gguf_types
from paperlib.decoding.engines.export.gguf_file import tensors, write_gguf
from paperlib.decoding.engines.export.gguf_metadata import architecture_of, metadata
from paperlib.decoding.engines.export.quantisation import TensorType, quantised, tensor_type
from paperlib.decoding.engines.export.served_prompt import served_prompt
from paperlib.decoding.engines.export.space_token import space_token
from paperlib.decoding.engines.llama_model import Llama, LlamaLogits, LlamaModel
from paperlib.training.models import LoadedModel
from paperlib.training.space_tokens import separate_spaces

pytestmark = needs_llama_cpp


def written(loaded: LoadedModel, file: Path, quantisation: str = "f32") -> LlamaModel:
    known = metadata(loaded, "")
    write_gguf(file, "small", architecture_of(loaded), known, tensors(loaded, quantisation), quantisation)
    return LlamaModel(Llama(file, 1), loaded.tokenizer, "small, llama.cpp")


@pytest.mark.parametrize("architecture", ["llama", "qwen2"])
@pytest.mark.parametrize("least_shared", [3, 16])  # prefixes of five tokens or more are computed once, or each
def test_llama_cpp_computes_the_logits_of_torch(
    architecture: str, least_shared: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prefix_caching, "LEAST_SHARED", least_shared)
    loaded = small(architecture)
    exported = written(loaded, tmp_path / "small.gguf")
    tokens = loaded.tokenizer(TEXT, add_special_tokens=False).input_ids
    assert exported.model.tokenize(TEXT) == tokens
    assert (exported.parameters, exported.context) == (loaded.parameters, loaded.context)
    with torch.inference_mode():
        expected = loaded.model(input_ids=torch.tensor([tokens])).logits[0]
    rows = LlamaLogits(exported.model, [tuple(tokens[:5]), tuple(tokens[:9]), tuple(tokens[:5])], len(tokens))
    drafted = rows.after([tokens[:6], tokens[:10], tokens[:6]], [tokens[6:8], [], [1]])
    torch.testing.assert_close(drafted[:5], expected[[5, 6, 7, 9, 5]], rtol=0.01, atol=0.05)
    rows.keep([1, 2])
    later = rows.after([tokens[:11], tokens[:7]], [[], tokens[7:9]])  # in place of a draft that was refused
    torch.testing.assert_close(later, expected[[10, 6, 7, 8]], rtol=0.01, atol=0.05)
    rows.refill(0, tuple(tokens[:4]))
    torch.testing.assert_close(rows.after([tokens[:5], tokens[:9]], [[], []]), expected[[4, 8]], rtol=0.01, atol=0.05)


def test_constrained_and_reranked_answers_are_those_of_torch(tmp_path: Path) -> None:
    loaded = small("llama")
    exported = written(loaded, tmp_path / "small.gguf")
    texts = [f"{TEXT} Place: {place}." for place in ("Faro", "Braga", "Porto", "Évora")]
    examples = [Example(str(n), "s", None, "test", "", text, None) for n, text in enumerate(texts)]
    schemas, log = (
        Schemas({"s": schema_of(SCHEMA, "s", "s")}),
        {"config": TrainConfig(run="", profile="", prompt="schema")},
    )
    log["config"] = log["config"].model_dump(mode="json")
    for rounds in (0, 2):
        decoding = Decoding("schema+text", rounds, batch_size=3)
        ours, theirs = (answering.answer(one, log, examples, schemas, decoding) for one in (loaded, exported))
        assert [one.output for one in ours] == [one.output for one in theirs]
        assert [[t.forced for t in one.tokens] for one in ours] == [[t.forced for t in one.tokens] for one in theirs]
        for a, b in zip(ours, theirs, strict=True):
            np.testing.assert_allclose([t.log_prob for t in a.tokens], [t.log_prob for t in b.tokens], atol=0.05)


def test_quantised_rows_are_near_and_small() -> None:
    values = np.random.default_rng(0).normal(0, 1, (8, 256)).astype(np.float32)
    for form, most in (
        (TensorType.F16, 2**-10),
        (TensorType.Q8_0, 0.02),
        (TensorType.Q6_K, 0.1),
        (TensorType.Q4_K, 0.4),
        (TensorType.Q4_0, 0.5),
    ):
        assert np.abs(dequantize(quantised(values, form), form).reshape(values.shape) - values).max() < most * 2
    assert tuple(gguf_types.QUANTISATIONS) == QUANTISATIONS
    assert tensor_type("token_embd.weight", (49152, 576), "q4_k_m", 30, tied=True) == TensorType.Q8_0
    assert tensor_type("output.weight", (1000, 1536), "q4_k_m", 28, tied=False) == TensorType.Q6_K
    assert tensor_type("blk.5.attn_q.weight", (576, 576), "q4_k_m", 30, tied=True) == TensorType.Q5_0
    down = (f"blk.{layer}.ffn_down.weight" for layer in range(30))
    types = [tensor_type(name, (576, 1536), "q4_k_m", 30, tied=True) for name in down]
    kept = [layer for layer, one in enumerate(types) if one == TensorType.Q6_K]
    assert kept == [0, 1, 2, 5, 8, 11, 14, 17, 20, 23, 26, 27, 28, 29]


def test_an_exported_folder_is_whole_and_a_model_for_extract(
    letters: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    asked = ["export", str(letters), "--to", "ollama", "--quantise", "f32", "--threads", "1", "--out", str(out)]
    assert cli.main(asked) == 0
    sums = dict(reversed(line.split("  ")) for line in (out / "SHA256SUMS").read_text().splitlines())
    files = {path.relative_to(out).as_posix(): path for path in out.rglob("*") if path.is_file()}
    del files["SHA256SUMS"]
    assert sums == {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in files.items()}
    assert {"model.gguf", "README.md", "PROMPT.md", "LICENSE.txt", "request.json", "Modelfile", "schema.json"} < set(
        sums
    )
    card = (out / "README.md").read_text()
    assert "ollama create letters -f Modelfile" in card
    assert "```\nexact 0.25\n```" in card
    assert json.loads((out / "request.json").read_text())["prompt"] in (out / "PROMPT.md").read_text()
    capsys.readouterr()
    options = ["--threads", "1", "--precision", "fp32", "--constraint", "schema"]
    assert cli.main(["extract", "--model", str(letters), *options, TEXT]) == 0
    expected = capsys.readouterr().out
    for model in (out, letters):  # what was written, and what the cache then keeps
        assert cli.main(["extract", "--engine", "llama.cpp", "--model", str(model), *options, TEXT]) == 0
        assert capsys.readouterr().out == expected
    assert cli.main(["extract", "--model", str(out), *options, TEXT]) == 2
    assert "expected --engine llama.cpp" in capsys.readouterr().err
    assert cli.main(["export", str(out), "--out", str(tmp_path / "again")]) == 2
    assert "is exported already" in capsys.readouterr().err
    written(small("llama"), out / "model.gguf")  # another model's file in its place
    assert cli.main(["extract", "--engine", "llama.cpp", "--model", str(out), *options, TEXT]) == 2
    assert "model.gguf: holds 'small', expected 'letters', which export.json describes" in capsys.readouterr().err


def test_serve_takes_a_trained_folder_whose_chat_api_asks_as_in_training(letters: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "paperlib.cli", "serve", str(letters), "--port", "0", "--threads", "1"]
    environment = {**os.environ, "PAPERLIB_CACHE": str(tmp_path / "cache")}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment
    ) as server:
        assert server.stdout is not None
        told = server.stdout.readline()
        url, name = re.fullmatch(r"(http://\S+): (\w+), 4 requests at a time; .*\n", told).groups()  # type: ignore
        assert name == "letters"
        body = {"messages": [{"role": "user", "content": TEXT}], "max_tokens": 1}
        request = urllib.request.Request(f"{url}/chat/completions", json.dumps(body).encode())
        with urllib.request.urlopen(request) as reply:
            used = json.load(reply)["usage"]["prompt_tokens"]
        server.send_signal(signal.SIGTERM)
        assert server.wait(20) == 0
    loaded = small("llama")
    assert used == len(loaded.tokenizer(render_prompt(TEXT)).input_ids)


@pytest.mark.parametrize("style", ["plain", "schema", "described", "chat"])
def test_the_pieces_of_a_prompt_make_it(style: Any) -> None:
    loaded = small("llama")
    loaded.tokenizer.chat_template = "<user>{{ messages[0].content }}<end>"
    log = {"config": TrainConfig(run="", profile="", prompt=style).model_dump(mode="json")}
    asked = served_prompt(loaded, log, None)
    shown = {
        "fields": schema_to_prompt(asked.worked_schema),
        "described": schema_to_prompt(asked.worked_schema, True),
        "json": json.dumps(asked.worked_schema),
    }
    pieces = asked.pieces()
    assert ("schema" in {key for piece in pieces for key in piece}) is (style != "plain")
    said = (asked.text if "text" in one else one.get("literal") or shown[one["schema"]] for one in pieces)
    assert "".join(said) == asked.prompt


def test_a_file_that_is_no_model_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "half.gguf").write_bytes(b"GGUF" + bytes(20))
    with pytest.raises(PaperlibError, match=r"half\.gguf: llama\.cpp cannot load it"):
        Llama(tmp_path / "half.gguf", 1)


def test_a_server_reads_the_spaces_that_a_training_separated(tmp_path: Path) -> None:
    loaded = small("llama")
    loaded.tokenizer.add_special_tokens({"additional_special_tokens": ["<spare>"]})
    loaded.model.resize_token_embeddings(len(loaded.tokenizer), mean_resizing=False)
    log = {
        "config": TrainConfig(run="", profile="", prompt="schema", space_tokens="after colon").model_dump(mode="json")
    }
    separate_spaces(loaded.tokenizer, "after colon")
    known, parts = metadata(loaded, ""), tensors(loaded, "f32")
    spaces = space_token(loaded, log, known)
    assert spaces is not None
    write_gguf(tmp_path / "a.gguf", "a", "llama", spaces.named(known), spaces.embedded(parts), "f32")
    model, asked = Llama(tmp_path / "a.gguf", 1), served_prompt(loaded, log, None, spaces)
    chat = jinja2.Environment().from_string(asked.chat_template())
    odd = ['Note: a: "b": 1,\n c:  two: : x:\ny:\tz :', ": first", "http://a: b"]
    texts = [e.text for e in with_prompt_style(generate(60, 37, seed=3), load_schemas(), "schema")] + odd
    joined = 0  # prompts of which llama.cpp makes other tokens by itself
    for text in [*texts, TEXT]:
        prompt = frame_of("schema", loaded.tokenizer, "")(Example("", "", None, "", "", text, None)).request
        theirs = chat.render(messages=[{"content": text}])
        assert theirs == spaces.mark(prompt)
        ours = loaded.tokenizer(prompt, add_special_tokens=False).input_ids
        assert spaces.read(model.tokenize(theirs, special=True)) == ours
        joined += model.tokenize(prompt) != ours
    assert joined
    marked, plain = (
        LlamaLogits(model, [(5, token)], 8).after([[5, token, 7]], [[]])[0] for token in (spaces.number, spaces.space)
    )
    torch.testing.assert_close(marked, plain, rtol=0.02, atol=0.1)
    assert plain[spaces.number] == -torch.inf  # or it would share the probability of the space
    assert plain[spaces.space] > -torch.inf
