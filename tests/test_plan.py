"""The plan of a training: what its memory is made of, and refusals before any work."""

from typing import Any

import pytest
import torch
from small_models import build

from paperlib.core import runtime
from paperlib.core.config import TrainConfig
from paperlib.core.errors import PaperlibError
from paperlib.data.prompts import Tokens
from paperlib.training import plan, trainer
from paperlib.training.architecture import head_size
from paperlib.training.models import LoadedModel, add_lora


def config(**changed: Any) -> TrainConfig:
    fields = {"run": "r", "profile": "p", "base": "b", "batch_tokens": 4096, "batch_examples": 4, "precision": "bf16"}
    return TrainConfig.model_validate({**fields, **changed})


@pytest.fixture(autouse=True)
def _known_speed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The speed of this machine, which no test here asks for: one product in bf16 can take seconds."""
    monkeypatch.setattr(plan, "matmul_flops", lambda _: 1e12)


def memory(architecture: str, prompt: int = 1000, answer: int = 20, vocabulary: int = 300, **changed: Any) -> float:
    """Planned gigabytes, without those of the process itself, of four equal examples in one batch."""
    with torch.device("meta"):
        model = build(architecture, vocabulary, **changed).to(torch.bfloat16)
    loaded = add_lora(LoadedModel(model, None, "small"), 4, 8, 0.0)
    tokens = [Tokens(str(place), [1] * prompt, [2] * answer) for place in range(4)]
    return plan.make_plan(config(), loaded, tokens).memory_gb - plan.PROCESS_GB


def test_memory_for_logits_is_of_targets_alone_and_of_one_chunk_at_most() -> None:
    big = {"vocabulary": 262_144}
    added = memory("gemma3", answer=20, **big) - memory("gemma3", answer=10, **big)
    assert added == pytest.approx(4 * 10 * 262_144 * plan.LOGIT_BYTES / 1e9, rel=0.2)
    longer = memory("gemma3", prompt=1400, answer=400, **big) - memory("gemma3", prompt=1000, answer=400, **big)
    assert longer < 0.5 * added, "logits of a prompt are not computed"
    most = memory("gemma3", prompt=600, answer=420, **big) - memory("gemma3", prompt=1000, answer=20, **big)
    assert most < 2 * added, "logits are computed chunk by chunk"


def test_memory_for_attention_is_less_in_a_sliding_window(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan.blockwise_attention, "is_faster", lambda _: True)
    narrow, wide = memory("gemma3", window=64), memory("gemma3", window=4000)
    monkeypatch.setattr(plan.blockwise_attention, "is_faster", lambda _: False)
    fused = memory("gemma3", window=64)
    assert fused == memory("gemma3", window=4000)
    assert 0 < narrow - fused < 0.7 * (wide - fused), "one layer of four sees everything"


def test_heads_need_not_be_as_wide_as_the_hidden_states() -> None:
    assert [head_size(build(name, 300).config) for name in ("llama", "qwen2", "gemma3")] == [8, 8, 16]


def test_a_base_whose_weights_do_not_fit_is_refused_before_it_is_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtime.psutil, "virtual_memory", lambda: type("Memory", (), {"available": 3.5e9}))
    monkeypatch.setattr(trainer, "build_model", lambda *_: pytest.fail("weights were loaded"))
    for method, needed in (("lora", "3.9"), ("full", r"31\.7")):
        given = config(base="qwen2.5-coder-1.5b-instruct", method=method)
        with pytest.raises(
            PaperlibError, match=f"training r needs about {needed} GB of memory, 3.5 GB are free; .*base"
        ):
            trainer.dry_run(given, [])
    plan.require_memory_for_weights(config(base="smollm2-135m-instruct"))
