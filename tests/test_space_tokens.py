"""Spaces as tokens of their own in tokenizers that are built as Qwen's and Gemma's: values copied, texts restored."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st
from small_models import build
from tokenizers import Tokenizer, normalizers, pre_tokenizers
from tokenizers import models as bpe_models
from tokenizers.trainers import BpeTrainer
from transformers import GemmaTokenizer, PreTrainedTokenizerFast, Qwen2Tokenizer

from paperlib.benchmark.edgejson import generate
from paperlib.core.errors import PaperlibError
from paperlib.training import models, space_tokens

TEXTS = [text for e in generate(60, 0, seed=5) for text in (e.text, json.dumps(e.answer, ensure_ascii=False))]
MIXED = 'Name: Ada\n  Items:\n    first one\n    2\n{"name": "Ada: x",  "items": [\n "a"]}\nÜber:  zwei'


def trained(core: Tokenizer, alphabet: list[str], special: list[str]) -> tuple[dict[str, int], list[str]]:
    """Vocabulary and merges of BPE on TEXTS."""
    trainer = BpeTrainer(vocab_size=2000, special_tokens=special, initial_alphabet=alphabet, show_progress=False)
    core.train_from_iterator(TEXTS, trainer)
    state = json.loads(core.to_str())["model"]
    return state["vocab"], [tuple(pair) for pair in state["merges"]]


def qwen() -> Any:
    core = Tokenizer(bpe_models.BPE())
    core.pre_tokenizer = Qwen2Tokenizer().backend_tokenizer.pre_tokenizer
    vocabulary, merges = trained(core, pre_tokenizers.ByteLevel.alphabet(), ["<|endoftext|>"])
    return Qwen2Tokenizer(vocab=vocabulary, merges=merges)


def gemma() -> Any:
    core = Tokenizer(bpe_models.BPE())
    core.normalizer = normalizers.Replace(" ", "▁")
    core.pre_tokenizer = pre_tokenizers.Split("▁", behavior="merged_with_next")
    special = ["<pad>", "<eos>", "<bos>", "<unk>", "<mask>", *(f"<0x{byte:02X}>" for byte in range(256))]
    vocabulary, merges = trained(core, [], special)
    return GemmaTokenizer(vocab=vocabulary, merges=merges)


def ours() -> Any:
    """A tokenizer of ordinary texts: a word after a space is another token than without the space."""
    return models.train_tokenizer([e.text for e in generate(60, 0, seed=5)], 2000)


@pytest.fixture(scope="module", params=[ours, qwen, gemma], ids=["ours", "qwen", "gemma"])
def make(request: pytest.FixtureRequest) -> Callable[[], Any]:
    built: Any = request.param()
    state = (built.backend_tokenizer.to_str(), built.backend_tokenizer.pre_tokenizer)

    def fresh() -> Any:
        built.backend_tokenizer.pre_tokenizer = state[1]
        return built

    return fresh


def tokens(tokenizer: Any, text: str) -> list[int]:
    return list(tokenizer(text, add_special_tokens=False).input_ids)


def copied(tokenizer: Any) -> float:
    """The share of string values whose tokens in JSON also occur in their text, in the same order."""
    found = []
    for one in generate(40, 0, seed=7):
        text = f" {' '.join(map(str, tokens(tokenizer, one.text)))} "
        for value in (value for value in one.answer.values() if isinstance(value, str)):
            inside = tokens(tokenizer, json.dumps(value, ensure_ascii=False)[1:-1])
            found.append(f" {' '.join(map(str, inside))} " in text)
    return sum(found) / len(found)


@pytest.mark.parametrize("which", ["after colon", "separate"])
def test_values_have_the_same_tokens_in_text_and_json_and_texts_are_restored(make: Any, which: Any) -> None:
    before, original = copied(make()), tokens(make(), '{"name": "Ada",\n  "n": 2}')
    space_tokens.separate_spaces(tokenizer := make(), which)
    assert before < 0.75 < 0.9 < copied(tokenizer)
    assert tokens(tokenizer, '{"name": "Ada",\n  "n": 2}') == original, "JSON keeps its tokens"
    for text in (*TEXTS[:20], MIXED):
        assert tokenizer.decode(tokens(tokenizer, text)) == text


@pytest.fixture(scope="module", params=["after colon", "separate"])
def separate(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> PreTrainedTokenizerFast:
    """Our tokenizer with space tokens of their own, saved and loaded."""
    folder = tmp_path_factory.mktemp("tokenizer")
    space_tokens.separate_spaces(tokenizer := ours(), request.param)
    tokenizer.save_pretrained(folder)
    loaded: PreTrainedTokenizerFast = PreTrainedTokenizerFast.from_pretrained(folder)
    return loaded


@given(st.text())
@example("Name: Ada\n  Items:\n    first one\n    2")
@example('{\n  "name": "Ada: x",\n  "items": [\n    "a"\n  ]\n}')
def test_with_separate_spaces_any_text_is_restored(separate: PreTrainedTokenizerFast, text: str) -> None:
    text = text.replace("<end>", "")
    assert separate.decode(tokens(separate, text)) == text


def test_separate_spaces_change_no_token_of_json(separate: PreTrainedTokenizerFast) -> None:
    joined = ours()
    for one in generate(20, 0, seed=8):
        text = json.dumps({key: value for key, value in one.answer.items() if ": " not in str(value)}, indent=2)
        assert tokens(separate, text) == tokens(joined, text)


def test_to_separate_spaces_twice_is_to_separate_them_once(make: Any) -> None:
    space_tokens.separate_spaces(tokenizer := make(), "separate")
    once = str(tokenizer.backend_tokenizer.pre_tokenizer.__getstate__())
    space_tokens.separate_spaces(tokenizer, "separate")
    assert str(tokenizer.backend_tokenizer.pre_tokenizer.__getstate__()) == once


def test_a_trained_model_is_loaded_with_the_tokens_that_it_was_trained_on(make: Any, tmp_path: Path) -> None:
    space_tokens.separate_spaces(tokenizer := make(), "separate")
    expected = tokens(tokenizer, MIXED)
    build("llama", len(tokenizer)).save_pretrained(tmp_path)
    tokenizer.save_pretrained(tmp_path)
    (tmp_path / "train.json").write_text(json.dumps({"config": {"space_tokens": "separate"}}))
    assert tokens(models.load_trained(tmp_path, "", torch.float32).tokenizer, MIXED) == expected
    assert tokens(make(), MIXED) != expected


def test_a_tokenizer_that_glues_spaces_to_words_is_refused_and_left_alone() -> None:
    core = Tokenizer(bpe_models.BPE())
    core.pre_tokenizer = pre_tokenizers.Metaspace()
    core.train_from_iterator(TEXTS, BpeTrainer(vocab_size=500, show_progress=False))
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=core)  # type: ignore[no-untyped-call]
    before = tokens(tokenizer, "Name: Ada")
    with pytest.raises(PaperlibError, match=r"cannot encode a space after a colon .* set space_tokens: joined"):
        space_tokens.separate_spaces(tokenizer, "after colon")
    assert tokens(tokenizer, "Name: Ada") == before
