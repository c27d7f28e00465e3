"""Adapter averaging: trainings that are initialised from the mean of trained adapters."""

import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from test_trainer import EXAMPLES, SHAPE

from paperlib.core import paths
from paperlib.core.config import TrainConfig
from paperlib.core.errors import PaperlibError
from paperlib.core.files import read_json, write_json
from paperlib.training import adapter_averaging, models, recipe, trainer

Weights = dict[str, torch.Tensor]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of random weights, ``base``, and beside it what two trainings on them, of seeds 0 and 1, have left."""
    folder = tmp_path_factory.mktemp("built")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(paths, "build", lambda profile: folder / profile)
        patched.setitem(models.NANO, "nano-xs", SHAPE)
        nano = models.new_nano("nano-xs", [e.text for e in EXAMPLES], 0)
        nano.model.save_pretrained(folder / "base")
        nano.tokenizer.save_pretrained(folder / "base")
        for seed in (0, 1):
            trainer.train(config(str(folder / "base"), f"seed{seed}", seed=seed), EXAMPLES)
    return folder


@pytest.fixture
def base(built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The folder of random weights; the test has a build folder of its own, with both trainings."""
    shutil.copytree(built / "tiny", tmp_path / "tiny")
    monkeypatch.setattr(paths, "build", lambda profile: tmp_path / profile)
    return str(built / "base")


def config(base: str, run: str, **changed: object) -> TrainConfig:
    fields = {"run": run, "profile": "tiny", "base": base, "lora_r": 2, "lora_alpha": 4, "learning_rate": 0.02}
    sizes = {"batch_tokens": 512, "max_tokens": 256, "max_steps": 3, "threads": 1, "precision": "fp32"}
    return TrainConfig.model_validate({**fields, **sizes, **changed})


def added(weights: Weights, scale: float) -> Weights:
    """What an adapter adds to each of its base's weights."""
    names = [name for name in weights if "lora_A" in name]
    return {name: scale * weights[name.replace("lora_A", "lora_B")] @ weights[name] for name in names}


def kept(run: str) -> Weights:
    return load_file(paths.model("tiny", run) / "adapter_model.safetensors")


@pytest.mark.parametrize(("rank", "rslora", "scale"), [(4, False, 1.0), (6, True, 4 / 6**0.5)])
def test_an_adapter_with_room_for_all_starts_as_their_mean(base: str, rank: int, rslora: bool, scale: float) -> None:
    averaged = config(base, "on", init_from=("seed0", "seed1"), lora_r=rank, rslora=rslora)
    loaded = recipe.build_model(averaged, EXAMPLES)
    state = {name.replace(".default", ""): weight for name, weight in loaded.model.named_parameters()}
    found = added({name: weight.detach() for name, weight in state.items() if "lora_" in name}, scale)
    one, other = added(kept("seed0"), 2.0), added(kept("seed1"), 2.0)
    assert found.keys() == one.keys()
    assert len(found) == 7
    for name, weight in found.items():
        assert torch.allclose(weight, (one[name] + other[name]) / 2, atol=1e-6)
        assert not torch.allclose(weight, one[name], atol=1e-4)


def test_an_initial_adapter_may_be_scaled_down(base: str) -> None:
    loaded = recipe.build_model(config(base, "on", init_from=("seed0",), init_scale=0.25, lora_r=4), EXAMPLES)
    state = {name.replace(".default", ""): weight for name, weight in loaded.model.named_parameters()}
    found = added({name: weight.detach() for name, weight in state.items() if "lora_" in name}, 1.0)
    for name, weight in added(kept("seed0"), 2.0).items():
        assert torch.allclose(found[name], weight / 4, atol=1e-6)


def test_without_a_step_the_scaled_adapter_is_what_is_kept(base: str) -> None:
    scaled = config(base, "on", init_from=("seed0",), init_scale=0.5, max_steps=0)
    log = trainer.train(scaled, EXAMPLES)
    assert (log["seconds"], log["tokens_per_second"], log["losses"]) == (0, None, [])
    assert log["init_seconds"] == read_json(paths.model("tiny", "seed0") / "train.json")["seconds"]
    for name, weight in added(kept("seed0"), 1.0).items():
        assert torch.allclose(added(kept("on"), 1.0)[name], weight / 2, atol=1e-6)
    assert "0 steps, 0 tokens" in str(trainer.dry_run(scaled, EXAMPLES))


def test_the_mean_of_lower_rank_is_the_best_approximation() -> None:
    torch.manual_seed(0)
    factors = [(torch.randn(3, 8), torch.randn(5, 3)) for _ in range(2)]
    dense = sum(b @ a for a, b in factors) / 2
    u, s, v = torch.linalg.svd(dense)
    a, b = adapter_averaging.low_rank_mean(factors, 2)
    assert (a.shape, b.shape) == ((2, 8), (5, 2))
    assert torch.allclose(b @ a, u[:, :2] * s[:2] @ v[:2], atol=1e-5)
    assert torch.allclose(a.norm(dim=1), b.norm(dim=0), rtol=1e-4)


def test_the_log_counts_initial_trainings_and_other_initial_adapters_train_again(base: str) -> None:
    averaged = config(base, "on", init_from=("seed0", "seed1"))
    log = trainer.train(averaged, EXAMPLES)
    before = [read_json(paths.model("tiny", f"seed{seed}") / "train.json")["seconds"] for seed in (0, 1)]
    assert log["init_seconds"] == pytest.approx(sum(before))
    assert trainer.train(averaged, EXAMPLES) == log
    trainer.train(config(base, "seed1", seed=2), EXAMPLES)
    assert trainer.train(averaged, EXAMPLES)["identity"] != log["identity"]


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"init_from": ("seed0", "seed7")}, "init_from: 'seed7' is not trained yet"),
        ({"init_from": ("whole",)}, "run 'on'.*'whole'.*both need method: lora"),
        ({"init_from": ("seed0",), "method": "full"}, "run 'on'.*'seed0'.*both need method: lora"),
    ],
)
def test_a_run_that_cannot_be_averaged_is_named(base: str, changed: dict[str, object], expected: str) -> None:
    write_json(paths.model("tiny", "whole") / "train.json", {"identity": "x", "seconds": 1.0})
    with pytest.raises(PaperlibError, match=expected):
        trainer.train(config(base, "on", **changed), EXAMPLES)


def test_an_adapter_of_another_base_is_refused(base: str) -> None:
    file = paths.model("tiny", "seed1") / "adapter_model.safetensors"
    weights = load_file(file)
    name = next(name for name in weights if "up_proj.lora_A" in name)
    save_file({**weights, name: torch.zeros(2, 7)}, file)
    with pytest.raises(PaperlibError, match=r"seed1: .*another base: no 32 x 24 .*up_proj"):
        trainer.train(config(base, "on", init_from=("seed0", "seed1")), EXAMPLES)
