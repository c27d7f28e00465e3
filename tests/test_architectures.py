"""Llama, Qwen2 and Gemma 3 beside stock transformers: the same answers, logits, likelihoods and losses in float32."""

import functools
from collections.abc import Sequence
from itertools import chain
from typing import Any

import pytest
import torch
from small_models import WINDOW, build, every_architecture

from paperlib.core.errors import PaperlibError
from paperlib.decoding import cached_attention, greedy, logits
from paperlib.decoding.answer import Answer
from paperlib.decoding.drafter import NGramTable
from paperlib.decoding.greedy import Cap, Decoder
from paperlib.decoding.logits import TorchLogits
from paperlib.decoding.prefix_caching import LEAST_SHARED
from paperlib.evaluation import teacher_forcing
from paperlib.training import chunked_loss, models
from paperlib.training.architecture import layer_windows
from paperlib.training.models import LoadedModel
from paperlib.training.trainer import answer_loss

TOKENIZER = models.train_tokenizer(['Input: Name ann\n\nOutput: {"name": "ann", "b": [1, 2]}'], 300)
VOCABULARY = len(TOKENIZER)
LENGTHS, CAPS = (2, 5, WINDOW, WINDOW + 1, 20, 41), (30, 12, 40, 21, 33, 25)

pytestmark = pytest.mark.usefixtures("one_thread")


def prompts() -> list[list[int]]:
    draw = torch.Generator().manual_seed(1)
    return [torch.randint(1, VOCABULARY, (length,), generator=draw).tolist() for length in LENGTHS]


def stock(architecture: str, **changed: Any) -> Any:
    model = build(architecture, VOCABULARY, **changed)
    model.set_attn_implementation("eager")
    return model


@functools.cache
def generated(architecture: str, **changed: Any) -> list[list[int]]:
    """What transformers' own greedy search answers to each prompt, alone and without padding."""
    model, found = stock(architecture, **changed), []
    for prompt, cap in zip(prompts(), CAPS, strict=True):
        ids = torch.tensor([prompt])
        whole = model.generate(ids, attention_mask=torch.ones_like(ids), max_new_tokens=cap, do_sample=False)
        found.append(whole[0, len(prompt) :].tolist())
    return found


def decoded(architecture: str, ngrams: NGramTable, rows: Sequence[int], size: int | None = None) -> list[list[int]]:
    """What our decoding makes of prompts, all or ``size`` at a time, as long as no answer ends early."""
    decoder = Decoder(LoadedModel(build(architecture, VOCABULARY), TOKENIZER, "small"), Cap(1.0), ngrams=ngrams)
    answers = [Answer(str(row), prompts()[row], CAPS[row]) for row in rows]
    most = max(answer.width() for answer in answers)
    with torch.inference_mode():
        ended = [*chain.from_iterable(greedy._decode(decoder, answers, {}, size or len(answers), most))]
    assert sorted(answer.id for answer in ended) == sorted(answer.id for answer in answers)
    return [answer.sequence[len(answer.prompt) :] for answer in answers]


@every_architecture
@pytest.mark.parametrize("drafts", ["none", "right", "wrong"])
def test_answers_are_those_of_generate_token_by_token(architecture: str, drafts: str) -> None:
    expected = generated(architecture)
    known = [prompt + answer for prompt, answer in zip(prompts(), expected, strict=True)]
    tables = {"none": [], "right": known, "wrong": [[*row[:-1:2], *row[1::2]] for row in known]}
    found = decoded(architecture, NGramTable(tables[drafts]), range(len(LENGTHS)))
    assert sum(map(len, found)) > 0.5 * sum(CAPS), "few answers end before their caps"
    for ours, theirs in zip(found, expected, strict=True):
        assert ours == theirs[: len(ours)]


@every_architecture
def test_a_row_alone_and_prompts_in_several_passes_get_the_same_answers(
    architecture: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logits, "PREFILL_TOKENS", 30)
    monkeypatch.setattr(cached_attention, "GROWTH", 3)
    batch = decoded(architecture, NGramTable(), [4, 0, 5, 1, 3, 2, 4])
    expected = generated(architecture)
    for row, ours in zip([4, 0, 5, 1, 3, 2, 4], batch, strict=True):
        assert ours == expected[row][: len(ours)] == decoded(architecture, NGramTable(), [row])[0]


@every_architecture
@pytest.mark.parametrize("size", [1, 2, 3])
def test_answers_in_the_places_of_others_that_have_ended_are_the_same(architecture: str, size: int) -> None:
    rows = [4, 0, 5, 1, 3, 2, 4]
    for row, ours in zip(rows, decoded(architecture, NGramTable(), rows, size), strict=True):
        assert ours == decoded(architecture, NGramTable(), [row])[0]


@every_architecture
def test_a_prompt_that_begins_as_another_is_not_computed_again(
    architecture: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logits, "PREFILL_TOKENS", 12)
    model, first, shared = build(architecture, VOCABULARY), max(prompts(), key=len), LEAST_SHARED + 3
    other, computed = [*first[:shared], first[shared] - 1, *first[::-1]], list[int]()
    body = model.get_decoder()
    body.register_forward_pre_hook(lambda _, __, given: computed.append(given["input_ids"].shape[1]), with_kwargs=True)
    with torch.inference_mode():
        rows = TorchLogits(model, [tuple(first[:-1]), tuple(other[:-1])])
        assert sum(computed) == len(first) + len(other) - 2 - shared
        rows.refill(0, tuple(other[:-2]))
        for found, row in zip(rows.after([other[:-1], other], [[], []]), (other[:-1], other), strict=True):
            theirs = stock(architecture)(torch.tensor([row])).logits[0, -1]
            assert torch.allclose(found, theirs, atol=1e-5 * float(theirs.abs().max()))


@pytest.mark.parametrize("window", [WINDOW - 1, WINDOW + 1, 512])
def test_another_window_would_give_other_answers(window: int) -> None:
    assert generated("gemma3", window=window) != generated("gemma3")


@every_architecture
def test_logits_of_ragged_rows_are_those_of_the_stock_model(architecture: str) -> None:
    model, rows = build(architecture, VOCABULARY), prompts()
    drafts = [row[::-1][: 1 + place] for place, row in enumerate(rows)]
    with torch.inference_mode():
        found = TorchLogits(model, [tuple(row[:-1]) for row in rows]).after(rows, drafts)
        for ours, row, drafted in zip(found.split([1 + len(one) for one in drafts]), rows, drafts, strict=True):
            theirs = stock(architecture)(torch.tensor([row + drafted])).logits[0, len(row) - 1 :]
            assert torch.allclose(ours, theirs, atol=1e-5 * float(theirs.abs().max()))


def test_attention_of_another_kind_is_refused_in_one_sentence() -> None:
    config = build("gemma3", VOCABULARY).config
    assert layer_windows(config) == [WINDOW, None, WINDOW, WINDOW]
    config.layer_types = ["chunked_attention", *config.layer_types[1:]]
    with pytest.raises(PaperlibError, match=r"'gemma3_text' with chunked_attention are not supported"):
        cached_attention.RaggedCache(config, 1)


@every_architecture
def test_likelihoods_are_those_of_each_row_alone_in_the_stock_model(
    architecture: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chunked_loss, "CHUNK", VOCABULARY)
    rows: list[teacher_forcing.Tokens] = [(row[:-2], row[-2:], [None, None]) for row in prompts()[1:]]
    model, reference = build(architecture, VOCABULARY), stock(architecture)
    model.set_attn_implementation("sdpa")
    found = teacher_forcing._token_nats(LoadedModel(model, TOKENIZER, "small"), rows)
    for nats, (before, answer, _) in zip(found, rows, strict=True):
        with torch.no_grad():
            theirs = reference(torch.tensor([before + answer])).logits[0, len(before) - 1 : -1].log_softmax(-1)
        assert nats == pytest.approx([-float(theirs[place, token]) for place, token in enumerate(answer)], rel=1e-5)


def test_a_cap_on_the_logits_is_kept_in_loss_and_likelihood() -> None:
    capped = build("gemma3", VOCABULARY, final_logit_softcapping=1.5)
    ids = torch.tensor(prompts()[-1:])
    with torch.no_grad():
        theirs = capped(input_ids=ids, labels=ids).loss
        assert torch.allclose(answer_loss(capped, {"input_ids": ids, "labels": ids}), theirs)
    row = ids[0].tolist()
    (found,) = teacher_forcing._token_nats(LoadedModel(capped, TOKENIZER, "small"), [(row[:1], row[1:], [])])
    assert sum(found) / len(found) == pytest.approx(float(theirs), rel=1e-5)
