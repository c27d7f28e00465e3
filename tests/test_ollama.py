"""The folder for Ollama: its Modelfile, its template by two implementations, and the tokens that its file makes."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from conftest import needs_llama_cpp
from gguf import GGUFReader
from tiny_export import small

from paperlib.benchmark.edgejson import generate
from paperlib.core.config import TrainConfig
from paperlib.data.examples import Example
from paperlib.data.prompts import frame_of, with_prompt_style
from paperlib.data.schemas import load_schemas
from paperlib.decoding.engines.export import ollama
from paperlib.decoding.engines.export.gguf_file import tensors, write_gguf
from paperlib.decoding.engines.export.gguf_metadata import metadata
from paperlib.decoding.engines.export.served_prompt import ServedPrompt, served_prompt
from paperlib.decoding.engines.export.space_token import SpaceToken, space_token
from paperlib.decoding.engines.llama_model import Llama
from paperlib.training.models import LoadedModel
from paperlib.training.space_tokens import separate_spaces

# Ollama renders TEMPLATE by Go's text/template, with missing keys empty, and cuts it off at {{ .Response }}.
GO = """package main

import (
	"encoding/json"
	"os"
	"strings"
	"text/template"
)

func main() {
	var asked struct{ Template string; Prompts []string }
	if err := json.NewDecoder(os.Stdin).Decode(&asked); err != nil { panic(err) }
	parsed := template.Must(template.New("").Option("missingkey=zero").Parse(asked.Template))
	rendered := []string{}
	for _, prompt := range asked.Prompts {
		var text strings.Builder
		values := map[string]any{"System": "", "Prompt": prompt, "Response": ""}
		if err := parsed.Execute(&text, values); err != nil { panic(err) }
		rendered = append(rendered, text.String())
	}
	json.NewEncoder(os.Stdout).Encode(rendered)
}
"""
ODD = (
    "Rechnung Nr. 4711 über 1.247,56 €: zahlbar bis 2. April – Grüße, Jürgen Höß",
    "請求書:株式会社山田、金額は12,300円(税込)。期日: 2027年4月2日",
    "🙂 Lunch at 12:30 : 👩‍👩‍👧 table for 3!  🇵🇹",
    "runs   of    spaces:     here,\tand\ttabs :\t end  ",
    "\n\n  Name:  Ana\n\n\n\tColour: red\n    - a: b: c:d",
    'Quoted: "x": 1, {{ .Prompt }} {{ if }} {% raw %} <|im_end|>x \\n "" \'\'\' """',
    "Zahlen 1234567890 12.50 -3 +49 30 1234567 1e-5 ½ ²",
    "naïve café Ångström łódź Ελλάδα Москва שלום مرحبا नमस्ते ไทย 한국어",
)
pytestmark = needs_llama_cpp


def model(style: Any, separate: bool) -> tuple[LoadedModel, ServedPrompt, SpaceToken | None]:
    """A random model as its training left it, and how an export asks it."""
    loaded = small("llama")
    loaded.tokenizer.add_special_tokens({"additional_special_tokens": ["<spare>"]})
    loaded.model.resize_token_embeddings(len(loaded.tokenizer), mean_resizing=False)
    spaces: Any = "after colon" if separate else "joined"
    config = TrainConfig(run="", profile="", prompt=style, space_tokens=spaces)
    log = {"config": config.model_dump(mode="json")}
    if separate:
        separate_spaces(loaded.tokenizer, "after colon")
    renamed = space_token(loaded, log, metadata(loaded, ""))
    return loaded, served_prompt(loaded, log, None, renamed), renamed


def messages(style: Any) -> list[str]:
    """A hundred messages in a prompt style."""
    generated = with_prompt_style(generate(60, 40 - len(ODD), seed=3), load_schemas(), style)
    return [*(example.text for example in generated), *ODD]


def template(asked: ServedPrompt) -> str:
    found = re.search(r'^TEMPLATE """(.*?)"""$', ollama.modelfile(asked, 2048), re.S | re.M)
    assert found is not None
    return found[1]


def rendered(template: str, **values: str) -> str:
    """A second implementation of Go's text/template, for what a Modelfile of ours uses: fields, and trimmed spaces."""
    out, trim = "", False
    for literal, action in re.findall(r"(.*?)(?:\{\{(.*?)\}\}|\Z)", template, re.S):
        literal = literal.lstrip() if trim else literal
        out += literal.rstrip() if action.startswith("- ") else literal
        trim = action.endswith(" -")
        if name := action.strip("- "):
            out += values[name.removeprefix(".")]
    return out


def test_the_modelfile_says_all_that_ollama_would_otherwise_choose() -> None:
    _, asked, _ = model("schema", separate=False)
    lines = ollama.modelfile(asked, 2048).splitlines()
    assert lines[0] == "FROM ./model.gguf"
    settings = {line.split()[1]: line.split()[2] for line in lines if line.startswith("PARAMETER ")}
    greedy = {"temperature": "0", "repeat_penalty": "1"}  # a penalty for repetition is one for copying
    assert settings == {"stop": '"<end>"', **greedy, "num_ctx": "2048", "num_predict": "1024"}
    assert asked.schema is not None
    assert ollama.request(asked, "m")["format"] == asked.schema.body
    assert "format" not in ollama.request(model("plain", separate=False)[1], "m")


@pytest.mark.parametrize("style", ["plain", "schema"])
@pytest.mark.parametrize("separate", [False, True])
def test_the_template_makes_our_prompts_and_the_file_their_tokens(style: Any, separate: bool, tmp_path: Path) -> None:
    loaded, asked, spaces = model(style, separate)
    known, parts = metadata(loaded, ""), tensors(loaded, "f16")
    if spaces:
        known, parts = spaces.named(known), spaces.embedded(parts)
    write_gguf(tmp_path / "model.gguf", "m", "llama", known, parts, "f16")
    llama, frame, asks = Llama(tmp_path / "model.gguf", 1), frame_of(style, loaded.tokenizer, ""), messages(style)
    assert len(asks) == 100
    for message in asks:
        prompt = frame(Example("", "", None, "", "", message, None)).request
        theirs = rendered(template(asked), Prompt=asked.marked(message), Response="")
        if not message[0].isspace():  # else the template's own space is none that a training separated
            assert theirs == asked.marked(prompt)
        tokens = llama.tokenize(asked.marked(prompt), special=True)
        expected = loaded.tokenizer(prompt, add_special_tokens=False).input_ids
        assert (spaces.read(tokens) if spaces else tokens) == expected, message


@pytest.mark.skipif(shutil.which("go") is None, reason="there is no Go")
def test_go_renders_the_template_as_we_do(tmp_path: Path) -> None:
    _, asked, _ = model("schema", separate=True)
    prompts = [asked.marked(message) for message in messages("schema")]
    (tmp_path / "render.go").write_text(GO)
    body = json.dumps({"Template": template(asked), "Prompts": prompts})
    command = ["go", "run", str(tmp_path / "render.go")]
    theirs = json.loads(subprocess.run(command, input=body, capture_output=True, text=True, check=True).stdout)
    assert theirs == [rendered(template(asked), Prompt=prompt, Response="") for prompt in prompts]


def test_the_file_says_of_its_tokenizer_what_a_loader_needs(tmp_path: Path) -> None:
    loaded, _, spaces = model("schema", separate=True)
    assert spaces is not None
    known = spaces.named(metadata(loaded, ""))
    write_gguf(tmp_path / "model.gguf", "m", "llama", known, tensors(loaded, "f16"), "f16")
    said = {name: field.contents() for name, field in GGUFReader(tmp_path / "model.gguf").fields.items()}
    assert said["general.architecture"] == "llama"
    tokenizer = {name.removeprefix("tokenizer.ggml."): value for name, value in said.items()}
    assert (tokenizer["model"], tokenizer["pre"], tokenizer["add_bos_token"]) == ("gpt2", "smollm", False)
    assert tokenizer["eos_token_id"] == loaded.tokenizer.eos_token_id
    assert len(tokenizer["tokens"]) == len(tokenizer["token_type"]) == said["llama.vocab_size"]
    assert len(tokenizer["merges"]) == len(json.loads(loaded.tokenizer.backend_tokenizer.to_str())["model"]["merges"])
    control = [token for token, kind in zip(tokenizer["tokens"], tokenizer["token_type"], strict=True) if kind == 3]
    assert control == ["<end>", "<|space|>"]
