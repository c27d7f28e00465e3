"""The 360M model by the same path as the 135M one: everything but the weights, which need a model hub."""

from typing import Any

import pytest
import torch
from transformers import LlamaForCausalLM

from paperlib.core.config import TrainConfig
from paperlib.data.prompts import Tokens
from paperlib.training import models, plan
from paperlib.training.models import LoadedModel, add_lora

# As in the model card of HuggingFaceTB/SmolLM2-360M.
SMOLLM2_360M = models.Shape(960, 32, 15, 5, 2560, 49152, 8192)


@pytest.fixture(scope="module")
def tuned() -> LoadedModel:
    """The announced base with an adapter as announced, of weights that take no memory."""
    with torch.device("meta"):
        model: Any = LlamaForCausalLM(SMOLLM2_360M.config()).to(torch.bfloat16)
        return add_lora(LoadedModel(model, None, "SmolLM2-360M"), 32, 64, 0.0)


def test_the_announced_size_has_the_announced_numbers_of_weights(tuned: LoadedModel) -> None:
    assert (tuned.parameters, tuned.trainable) == (361_821_120, 17_367_040)


def test_its_training_is_planned(tuned: LoadedModel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan, "matmul_flops", lambda _: 1e12)
    config = TrainConfig(run="lora-360m", profile="p", base="b", lora_r=32, lora_alpha=64, max_steps=1)
    made = plan.make_plan(config, tuned, [Tokens(str(place), [1] * 20, [2] * 10) for place in range(4)])
    assert len(made.batches) == 1
    assert 1.4 < made.memory_gb < 16  # float32 weights alone are 1.4 GB
    assert made.seconds > 0
