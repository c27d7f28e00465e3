"""Models: the nano family, its tokenizer, and loading from a local folder."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st
from transformers import (
    GPT2Config,
    GPT2LMHeadModel,
    LlamaForCausalLM,
    Phi3Config,
    Phi3ForCausalLM,
)

from paperlib.core.errors import PaperlibError
from paperlib.training import models
from paperlib.training.models import NANO, LoadedModel, Shape, add_lora, load_base, load_trained

TINY = Shape(hidden=16, layers=1, heads=2, kv_heads=1, feed_forward=32, vocabulary=300, context=256)
TOKENIZER = models.train_tokenizer(["Input: a b c 0 1 2", '{"a": 1, "b": "it\'s , ."}'], 300)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A tiny random Llama with a tokenizer, saved as safetensors."""
    torch.manual_seed(0)
    config = TINY.config()
    config.vocab_size = len(TOKENIZER)
    LlamaForCausalLM(config).save_pretrained(tmp_path / "tiny")
    TOKENIZER.save_pretrained(tmp_path / "tiny")
    return tmp_path / "tiny"


def logits(loaded: LoadedModel) -> torch.Tensor:
    with torch.inference_mode():
        return loaded.base_model(torch.arange(1, 20)[None]).logits  # type: ignore[no-any-return]


def nano_parameters(name: str) -> int:
    with torch.device("meta"):
        loaded = LoadedModel(LlamaForCausalLM(NANO[name].config()), None, name)
    assert loaded.parameters == loaded.trainable
    return loaded.parameters


def test_nano_models_have_0_3_to_30_million_parameters_and_differ_in_size() -> None:
    sizes = [nano_parameters(name) for name in NANO]
    assert len(set(sizes)) == len(sizes)
    assert all(300_000 <= size <= 30_000_000 for size in sizes)


@pytest.mark.parametrize(
    ("name", "millions"), [(name, int(found[1])) for name in NANO if (found := re.fullmatch(r"nano-(\d+)m", name))]
)
def test_a_nano_model_named_by_its_size_has_that_size(name: str, millions: int) -> None:
    assert nano_parameters(name) == pytest.approx(millions * 1e6, rel=0.06)


@given(st.text())
@example('{"a" : 1 , "b": "it \'s . n\'t"}  \n\t ')
@example("Grüße, 東京 😀 <end>")
def test_the_tokenizer_gives_any_text_back(text: str) -> None:
    text = text.replace("<end>", "")  # the end-of-sequence mark itself is not text
    ids = TOKENIZER(text, add_special_tokens=False).input_ids
    assert TOKENIZER.decode(ids) == text
    assert max(ids, default=0) < len(TOKENIZER)


def test_a_nano_model_is_the_same_for_the_same_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "NANO", {"nano-xs": TINY})
    one, same, other = (models.new_nano("nano-xs", ["some text"], seed) for seed in (0, 0, 1))
    assert torch.equal(logits(one), logits(same))
    assert not torch.equal(logits(one), logits(other))
    assert one.base_model.config.vocab_size == len(one.tokenizer)


def test_a_local_folder_loads_as_a_base(folder: Path) -> None:
    loaded = load_base(str(folder), torch.float32)
    assert loaded.name == "tiny"
    assert loaded.tokenizer.pad_token_id is not None
    assert torch.equal(logits(loaded), logits(load_trained(folder, "unused", torch.float32)))


def test_an_adapter_answers_alike_trained_and_reloaded(folder: Path, tmp_path: Path) -> None:
    loaded = add_lora(load_base(str(folder), torch.float32), 4, 8, 0.0)
    assert 0 < loaded.trainable < loaded.parameters
    for name, weight in loaded.model.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(weight, std=0.1)
    loaded.model.save_pretrained(str(tmp_path / "adapter"))
    again = load_trained(tmp_path / "adapter", str(folder), torch.float32)
    assert torch.allclose(logits(again), logits(loaded), atol=1e-4)
    assert not torch.allclose(logits(again), logits(load_base(str(folder), torch.float32)), atol=1e-2)


def test_pickled_weights_are_refused(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(PaperlibError, match=r"holds no \*\.safetensors weights"):
        load_base(str(folder), torch.float32)


def test_a_folder_that_is_no_model_is_refused(folder: Path) -> None:
    (folder / "config.json").unlink()
    with pytest.raises(PaperlibError, match=r"holds no config\.json"):
        load_base(str(folder), torch.float32)
    with pytest.raises(PaperlibError, match="neither an adapter nor a model; train it first"):
        load_trained(folder, "unused", torch.float32)


def test_a_model_that_brings_code_is_refused(folder: Path) -> None:
    text = (folder / "config.json").read_text()
    code = '"auto_map": {"AutoConfig": "own.Own", "AutoModelForCausalLM": "own.OwnModel"}, "model_type": "own"'
    (folder / "config.json").write_text(text.replace('"model_type": "llama"', code))
    (folder / "own.py").write_text("raise SystemExit('remote code ran')")
    with pytest.raises(PaperlibError, match="knows no architecture 'own'"):
        load_base(str(folder), torch.float32)


def unusable(folder: Path, tokens: int = 0) -> str:
    """The one sentence in which loading a base ends, before its weights are read."""
    with pytest.raises(PaperlibError) as error:
        load_base(str(folder), torch.float32, tokens)
    assert "\n" not in str(error.value)
    assert str(error.value).startswith(f"base {str(folder)!r}")
    return str(error.value).removeprefix(f"base {str(folder)!r}").removeprefix(": ")


def edit(file: Path, **changed: Any) -> None:
    """Changes keys of a JSON file, and removes those that are None."""
    values = {**json.loads(file.read_text()), **changed}
    file.write_text(json.dumps({key: value for key, value in values.items() if value is not None}))


@pytest.fixture
def unread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Loading fails in another way once it reads weights."""
    monkeypatch.setattr(models.AutoModelForCausalLM, "from_pretrained", None)


@pytest.mark.usefixtures("unread")
def test_a_tokenizer_without_an_end_token_is_refused(folder: Path) -> None:
    edit(folder / "tokenizer_config.json", eos_token=None)
    assert unusable(folder) == (
        "its tokenizer has no end-of-sequence token, with which answers end; "
        "name one under eos_token in its tokenizer_config.json"
    )


@pytest.mark.usefixtures("unread")
def test_a_context_that_is_too_short_is_refused(folder: Path) -> None:
    expected = "its context is 256 tokens, max_tokens is 257; set max_tokens to 256 or less"
    assert unusable(folder, tokens=257) == expected


@pytest.mark.usefixtures("unread")
@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"model_type": "llama99"}, r"transformers [\d.]+ knows no architecture 'llama99' \(model_type in"),
        ({"model_type": None}, r"transformers [\d.]+ knows no architecture None"),
        ({"model_type": "t5"}, "its architecture 't5' is no causal language model"),
        ({"model_type": "mamba"}, "models of the type 'mamba' with linear_attention are not supported"),
        (
            {"model_type": "bloom", "max_position_embeddings": None},
            "its architecture 'bloom' is not supported: its conf",
        ),
        ({"hidden_size": 17}, r" could not be loaded: .* The hidden size \(17\) is not a multiple"),
        ({"layer_types": ["chunked_attention"], "model_type": "qwen2"}, "models of the type 'qwen2' with chunked_att"),
    ],
)
def test_an_architecture_that_is_unknown_or_of_another_kind_is_refused(
    folder: Path, changed: dict[str, Any], expected: str
) -> None:
    edit(folder / "config.json", **changed)
    assert re.match(expected, unusable(folder))


def saved(model: Any, folder: Path) -> Path:
    model.save_pretrained(folder)
    TOKENIZER.save_pretrained(folder)
    return folder


def test_a_model_whose_layers_cannot_be_found_is_refused(tmp_path: Path) -> None:
    config = GPT2Config(vocab_size=len(TOKENIZER), n_embd=16, n_layer=1, n_head=2, n_positions=256)
    folder = saved(GPT2LMHeadModel(config), tmp_path / "gpt2")
    assert unusable(folder) == "GPT2LMHeadModel has not a list of layers, so that it is not supported"


class WithoutDecoder(LlamaForCausalLM):
    def get_decoder(self) -> Any:
        return self


def test_a_model_without_a_decoder_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = WithoutDecoder.from_pretrained(folder)
    monkeypatch.setattr(models.AutoModelForCausalLM, "from_pretrained", lambda *_, **__: loaded)
    assert unusable(folder).startswith("WithoutDecoder has not a decoder apart from its output matrix (get_decoder)")


def test_layers_that_lack_what_lora_adapts_are_refused(tmp_path: Path) -> None:
    """Phi-3 has one matrix for query, key and value: peft would adapt the two projections it finds."""
    config = Phi3Config(
        vocab_size=len(TOKENIZER),
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        pad_token_id=0,
    )
    loaded = load_base(str(saved(Phi3ForCausalLM(config), tmp_path / "phi")), torch.float32)
    with pytest.raises(PaperlibError) as error:
        add_lora(loaded, 4, 8, 0.0)
    assert str(error.value) == (
        "phi has layers without q_proj, k_proj, v_proj, gate_proj, up_proj, which LoRA adapts here; set method: full"
    )


@pytest.mark.parametrize("damage", ["cut", "zeros", "config"])
def test_damaged_files_are_one_sentence(folder: Path, damage: str) -> None:
    file = folder / "model.safetensors"
    content = file.read_bytes()
    if damage == "config":
        (folder / "config.json").write_text("{")
    else:
        file.write_bytes(content[: len(content) // 2] if damage == "cut" else bytes(len(content)))
    for load in (lambda: load_base(str(folder), torch.float32), lambda: load_trained(folder, "", torch.float32)):
        with pytest.raises(PaperlibError, match="could not be loaded") as error:
            load()
        assert str(folder) in str(error.value)
        assert "\n" not in str(error.value)


def test_an_adapter_of_another_base_is_an_error(folder: Path, tmp_path: Path) -> None:
    add_lora(load_base(str(folder), torch.float32), 4, 8, 0.0).model.save_pretrained(str(tmp_path / "adapter"))
    other = TINY.config()
    other.hidden_size = 32
    other.head_dim = 16
    LlamaForCausalLM(other).save_pretrained(tmp_path / "other")
    TOKENIZER.save_pretrained(tmp_path / "other")
    with pytest.raises(PaperlibError, match=r"adapter on .* could not be loaded"):
        load_trained(tmp_path / "adapter", str(tmp_path / "other"), torch.float32)


@pytest.mark.parametrize(
    ("base", "expected"),
    [
        ("smollm2-135m-instrct", "did you mean smollm2-135m-instruct?"),
        ("/no/such/folder", "neither a known name, an existing folder nor a hub id (owner/name); known: gemma"),
    ],
)
def test_a_misspelt_base_is_named(base: str, expected: str) -> None:
    with pytest.raises(PaperlibError) as error:
        load_base(base, torch.float32)
    assert expected in str(error.value)


def trained(folder: Path, out: Path, base: str) -> LoadedModel:
    """An adapter with random weights on the base of ``folder``, in ``out`` with a training log that names ``base``."""
    loaded = add_lora(load_base(str(folder), torch.float32), 4, 8, 0.0)
    for name, weight in loaded.model.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(weight, std=0.1)
    loaded.model.save_pretrained(str(out))
    log = {"config": {"space_tokens": "after colon", "base": base}, "losses": [1, 2], "answer_ratio": 0.5}
    (out / "train.json").write_text(json.dumps(log))
    return loaded


def test_an_exported_adapter_is_small_and_answers_alike(folder: Path, tmp_path: Path) -> None:
    whole, exported = tmp_path / "trained", tmp_path / "exported"
    trained(folder, whole, str(folder))
    models.export_adapter(whole, exported)

    files = {path.name: path.stat().st_size for path in exported.iterdir()}
    assert set(files) == {"adapter_model.safetensors", "adapter_config.json", "train.json"}
    assert files["adapter_model.safetensors"] < 0.7 * (whole / "adapter_model.safetensors").stat().st_size
    again = load_trained(exported, str(folder), torch.float32)
    assert torch.allclose(logits(again), logits(load_trained(whole, str(folder), torch.float32)), atol=1e-2)
    assert "Split" in str(again.tokenizer.backend_tokenizer.pre_tokenizer)  # spaces after colons are separate
    assert "losses" not in json.loads((exported / "train.json").read_text())


@pytest.mark.parametrize("base", ["gemma-3-270m", "google/gemma-3-270m"])
def test_an_adapter_on_a_base_whose_terms_forbid_it_is_exported_only_when_told(
    base: str, folder: Path, tmp_path: Path
) -> None:
    whole, exported = tmp_path / "trained", tmp_path / "exported"
    trained(folder, whole, base)
    with pytest.raises(PaperlibError) as error:
        models.export_adapter(whole, exported)
    assert str(error.value) == (
        f"{whole}: an adapter on Gemma 3 270M (dequantised Q4_K_M) is not published, see its terms "
        "(Gemma Terms of Use); despite_terms=True exports it for yourself"
    )
    assert not exported.exists()
    models.export_adapter(whole, exported, despite_terms=True)
    assert json.loads((exported / "adapter_config.json").read_text())["base_model_name_or_path"] == base


@pytest.mark.parametrize("base", ["smollm2-135m-instruct", "qwen2.5-coder-0.5b-instruct"])
def test_an_adapter_on_a_base_under_a_free_licence_is_exported(base: str, folder: Path, tmp_path: Path) -> None:
    trained(folder, tmp_path / "trained", base)
    models.export_adapter(tmp_path / "trained", tmp_path / "exported")
    assert (tmp_path / "exported" / "adapter_model.safetensors").is_file()


def test_a_folder_without_an_adapter_is_not_exported(tmp_path: Path) -> None:
    with pytest.raises(PaperlibError, match="holds no adapter; train one with method: lora"):
        models.export_adapter(tmp_path, tmp_path / "exported")
