"""The 360M model by the same path as the 135M one: everything but the weights, which need a model hub."""

from pathlib import Path

import pytest
import torch
from transformers import LlamaForCausalLM

from paperlib.core import paths
from paperlib.core.config import TrainConfig
from paperlib.data.examples import Example
from paperlib.training import models, trainer

EXAMPLES = [
    Example(f"e{i}", "note", None, "train", "", f"Name: {name}", {"name": name})
    for i, name in enumerate(["ann", "bob", "eve", "dan"])
]

# As in the model card of HuggingFaceTB/SmolLM2-360M.
SMOLLM2_360M = models.Shape(960, 32, 15, 5, 2560, 49152, 8192)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of random weights of the announced base's shape, with some tokenizer."""
    folder = tmp_path_factory.mktemp("base") / "SmolLM2-360M"
    torch.manual_seed(0)
    with torch.device("meta"):
        model = LlamaForCausalLM(SMOLLM2_360M.config())
    model = model.to_empty(device="cpu").to(torch.bfloat16)
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.02)
    model.tie_weights()
    model.save_pretrained(folder)
    models.train_tokenizer([example.text for example in EXAMPLES], 300).save_pretrained(folder)
    return folder


def test_the_announced_size_is_planned_and_trained_as_the_small_one_is(
    base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paths, "build", lambda profile: tmp_path / profile)
    config = TrainConfig(run="lora-360m", profile="p", base=str(base), lora_r=32, lora_alpha=64, max_steps=1)
    plan = trainer.dry_run(config, EXAMPLES)
    assert plan.steps == 1
    assert 1.4 < plan.memory_gb < 16  # float32 weights alone are 1.4 GB
    assert plan.seconds > 0
    log = trainer.train(config, EXAMPLES)
    assert (log["parameters"], log["trainable"], log["model"]) == (361_821_120, 17_367_040, "SmolLM2-360M")
    assert [row["step"] for row in log["losses"]] == [1]
