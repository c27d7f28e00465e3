"""An adapter loaded without transformers and peft answers as one loaded by them, or is left to them."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from small_models import build

from paperlib.core.errors import PaperlibError
from paperlib.core.paths import ROOT
from paperlib.data.examples import Example
from paperlib.decoding.engines import merged_adapter, plain_tokenizer
from paperlib.decoding.engines.model_resolution import ResolvedModel
from paperlib.decoding.engines.torch_llama import Llama
from paperlib.decoding.greedy import Cap, Decoder, decode
from paperlib.decoding.logits import TorchLogits, UnpaddedLogits
from paperlib.training import models
from paperlib.training.models import LoadedModel, add_lora

TOKENIZER = models.train_tokenizer(['Input: Name ann: 7\n\nOutput: {"name": "ann", "b": [1, 2]}'], 300)
TEXTS = ["Name ann", "Name ann, b 1 and 2 and 1 and 2", "Grüße: <end> ÿ 東京", "b"]
NOTE = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}

pytestmark = pytest.mark.usefixtures("one_thread")


def base(folder: Path, architecture: str) -> Path:
    build(architecture, len(TOKENIZER)).save_pretrained(folder)
    TOKENIZER.save_pretrained(folder)
    return folder


def adapter(base: Path, folder: Path, **settings: Any) -> Path:
    """A random adapter, saved as a training saves it."""
    adapted = add_lora(models.load_base(str(base), torch.float32), 4, 8, 0.0).model
    for name, weight in adapted.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(weight, std=0.1)
    adapted.save_pretrained(str(folder))
    log = {"config": {"run": "r", "profile": "p", "base": str(base), "space_tokens": "after colon", **settings}}
    (folder / "train.json").write_text(json.dumps(log))
    return folder


def answers(loaded: LoadedModel) -> list[Any]:
    examples = [Example(str(number), "", None, "", "", text, None) for number, text in enumerate(TEXTS)]
    found = [one for batch in decode(Decoder(loaded, Cap(0.5)), examples, 3) for one in batch]
    return [(one.id, one.output, one.stop, one.tokens) for one in found]


def assert_same_answers(ours: list[Any], theirs: list[Any], dtype: torch.dtype) -> None:
    """Equal but for the last bits of the tokens' probabilities: sums are added up in another order. In bf16 these lead
    answers of a random model apart after some tokens."""
    within, compared = (1e-4, None) if dtype == torch.float32 else (0.04, 8)  # nats, tokens
    for (*one, tokens), (*other, expected) in zip(ours, theirs, strict=True):
        assert compared or one == other
        first, second = tokens[:compared], expected[:compared]
        assert [token.text for token in first] == [token.text for token in second]
        assert [t.log_prob for t in first] == pytest.approx([t.log_prob for t in second], abs=within)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("architecture", ["llama", "qwen2"])
def test_the_answers_and_their_probabilities_are_those_of_transformers(
    tmp_path: Path, architecture: str, dtype: torch.dtype
) -> None:
    source = base(tmp_path / "base", architecture)
    folder = adapter(source, tmp_path / "adapter")
    quick, stock = merged_adapter.load(folder, str(source), dtype), models.load_trained(folder, str(source), dtype)
    assert quick is not None
    assert isinstance(quick.model, Llama)
    assert_same_answers(answers(quick), answers(stock), dtype)
    assert (quick.name, quick.parameters, quick.model.dtype) == (stock.name, stock.parameters, dtype)
    assert answers(quick) != answers(models.load_base(str(source), dtype)), "the adapter changes the answers"


@pytest.mark.parametrize("text", [*TEXTS, "", 'x: "y"\n  z:  7', "a" * 300])
def test_tokens_and_texts_are_those_of_transformers(tmp_path: Path, text: str) -> None:
    TOKENIZER.save_pretrained(tmp_path)
    plain = plain_tokenizer.load(tmp_path)
    assert plain is not None
    for special in (True, False):
        ids = TOKENIZER(text, add_special_tokens=special).input_ids
        assert plain(text, add_special_tokens=special).input_ids == ids
        assert plain([text, "b"], add_special_tokens=special).input_ids[0] == ids
    assert plain.decode(ids) == TOKENIZER.decode(ids, skip_special_tokens=False)
    names = ("bos_token_id", "eos_token_id", "pad_token_id")
    assert [getattr(plain, name) for name in names] == [getattr(TOKENIZER, name) for name in names]


def test_what_is_not_plain_is_left_to_transformers(tmp_path: Path) -> None:
    llama, gemma = base(tmp_path / "llama", "llama"), base(tmp_path / "gemma", "gemma3")
    assert merged_adapter.load(adapter(gemma, tmp_path / "a"), str(gemma), torch.float32) is None
    assert merged_adapter.load(adapter(llama, tmp_path / "b", prompt="chat"), str(llama), torch.float32) is None
    assert merged_adapter.load(llama, str(llama), torch.float32) is None, "full weights"
    folder = adapter(llama, tmp_path / "c")
    settings = folder / "adapter_config.json"
    settings.write_text(json.dumps({**json.loads(settings.read_text()), "use_dora": True}))
    assert merged_adapter.load(folder, str(llama), torch.float32) is None
    config = llama / "tokenizer_config.json"
    config.write_text(json.dumps({**json.loads(config.read_text()), "add_bos_token": True}))
    assert merged_adapter.load(adapter(llama, tmp_path / "d"), str(llama), torch.float32) is None


def test_damaged_weights_are_told_in_one_sentence(tmp_path: Path) -> None:
    source = base(tmp_path / "base", "llama")
    folder = adapter(source, tmp_path / "adapter")
    weights = folder / "adapter_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-9])
    log = json.loads((folder / "train.json").read_text())
    resolved = ResolvedModel("adapter", folder, log, log["config"]["base"], "fp32", threads=1)
    with pytest.raises(PaperlibError, match="could not be loaded"):
        resolved.load()
    (source / "config.json").unlink()
    with pytest.raises(PaperlibError, match=r"holds no config\.json"):
        resolved.load()


def test_extract_with_an_adapter_waits_for_no_library_that_it_does_not_need(tmp_path: Path) -> None:
    folder = adapter(base(tmp_path / "base", "llama"), tmp_path / "adapter")
    (tmp_path / "note.json").write_text(json.dumps(NOTE))
    extract = ["extract", "note 7", "--model", str(folder), "--schema", str(tmp_path / "note.json"), "--threads", "1"]
    code = f"import sys; from paperlib import cli; code = cli.main({extract}); print(sorted(sys.modules)); exit(code)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    answer, modules = done.stdout.rsplit("\n", 2)[:2]
    assert json.loads(answer) == {"n": 7}
    slow = ("transformers", "peft", "scipy", "sympy", "matplotlib", "pandas", "nbformat", "torch._dynamo")
    assert [name for name in slow if f"'{name}'" in modules] == []


def test_rows_that_are_padded_as_on_a_gpu_have_the_same_logits(tmp_path: Path) -> None:
    source = base(tmp_path / "base", "qwen2")
    loaded = merged_adapter.load(adapter(source, tmp_path / "adapter"), str(source), torch.float32)
    assert loaded is not None
    rows = TOKENIZER([*TEXTS, TEXTS[0] * 2]).input_ids
    drafts = [row[:drafted] for drafted, row in enumerate(rows)]
    with torch.inference_mode():
        ours, padded = (
            kind(loaded.base_model, [tuple(row[:-1]) for row in rows]).after(rows, drafts)
            for kind in (UnpaddedLogits, TorchLogits)
        )
    torch.testing.assert_close(ours, padded, rtol=1e-4, atol=1e-4)
