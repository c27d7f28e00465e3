"""Depth pruning: which layers are kept, that nothing else changes, and that a pruned model reloads as it was."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from small_models import build, every_architecture

from paperlib.benchmark.edgejson import generate
from paperlib.core import paths
from paperlib.core.config import TrainConfig
from paperlib.core.errors import PaperlibError
from paperlib.core.files import read_yaml
from paperlib.data.examples import Example
from paperlib.data.prompts import encode_prompts, render_prompt
from paperlib.decoding.greedy import Cap, Decoder, decode
from paperlib.training import models, pruning, recipe
from paperlib.training.models import LoadedModel, keep_layers
from paperlib.training.pruning import angular_distances, kept_layers

EXAMPLES = [
    Example(f"e{i}", "note", None, "train", "", f"Name: {name}\nCount: {i}", {"name": name, "count": i})
    for i, name in enumerate(["ann", "bob", "eve", "dan"])
]
TOKENIZER = models.train_tokenizer([f"{e.text} {json.dumps(e.answer)}" for e in EXAMPLES], 300)
IDS = [1, 5, 9, 2, 7, 30, 41, 8, 11, 3, 17, 25]

pytestmark = pytest.mark.usefixtures("one_thread")


def loaded(architecture: str) -> LoadedModel:
    return LoadedModel(build(architecture, len(TOKENIZER)), TOKENIZER, architecture)


def logits(model: LoadedModel) -> torch.Tensor:
    with torch.inference_mode():
        return model.base_model(torch.tensor([IDS])).logits  # type: ignore[no-any-return]


def distances(rows: list[list[float]]) -> torch.Tensor:
    """The symmetric matrix whose upper triangle, without the diagonal, is ``rows``."""
    matrix = torch.zeros(len(rows) + 1, len(rows) + 1)
    for first, row in enumerate(rows):
        for after, value in enumerate(row, first + 1):
            matrix[first, after] = matrix[after, first] = value
    return matrix


# Of four layers: between the inputs of layers 0 to 3 and the output of the last.
FOUR = distances([[0.4, 0.5, 0.6, 0.7], [0.2, 0.25, 0.5], [0.1, 0.3], [0.4]])


@pytest.mark.parametrize(
    ("keep", "kept"),
    [
        (4, (0, 1, 2, 3)),
        (3, (0, 1, 3)),  # layer 2 turns the state least: 0.1
        (2, (0, 3)),  # layers 1 and 2: 0.25, not 0.3 for 2 and 3
        (1, (0,)),  # layers 1 to 3: 0.5, not 0.6 for 0 to 2
    ],
)
def test_the_block_over_which_the_state_turns_least_is_removed(keep: int, kept: tuple[int, ...]) -> None:
    assert kept_layers(FOUR, keep) == kept


def test_layers_before_and_after_the_block_are_kept_at_either_end() -> None:
    assert kept_layers(distances([[0.1, 0.9, 0.9], [0.2, 0.9], [0.3]]), 2) == (1, 2)
    assert kept_layers(distances([[0.3, 0.9, 0.9], [0.2, 0.9], [0.1]]), 2) == (0, 1)


@pytest.mark.parametrize("keep", [0, -1, 5])
def test_no_number_of_layers_but_those_there_are_can_be_kept(keep: int) -> None:
    with pytest.raises(PaperlibError, match=f"found {keep} layers, expected 1 to 4"):
        kept_layers(FOUR, keep)


class Fixed:
    """A decoder with given states of the last token, for each layer's input; other tokens have states of their own."""

    device = torch.device("cpu")

    def __init__(self, *states: list[float]):
        self.states = states

    def get_decoder(self) -> Any:
        return self

    def __call__(self, input_ids: torch.Tensor, output_hidden_states: bool) -> Any:
        assert output_hidden_states
        width = input_ids.shape[1]
        sign = 1.0 if int(input_ids[0, -1]) else -1.0
        before = [[[7.0, -3.0 * i]] * (width - 1) for i in range(len(self.states))]
        last = [[state[0], sign * state[1]] for state in self.states]
        return SimpleNamespace(
            hidden_states=[torch.tensor([[*rows, state]]) for rows, state in zip(before, last, strict=True)]
        )


def test_the_distance_is_the_angle_between_the_states_of_the_last_token_over_pi() -> None:
    model = LoadedModel(Fixed([1.0, 0.0], [3.0, 0.0], [0.0, 2.0], [-5.0, 0.0], [1.0, 1.0]), None, "fixed")
    found = angular_distances(model, [[4, 4, 4]])
    assert found.shape == (5, 5)
    assert torch.allclose(found[0], torch.tensor([0, 0, 0.5, 1, 0.25], dtype=found.dtype), atol=1e-6)
    assert torch.allclose(found, found.T)
    assert torch.allclose(found.diagonal(), torch.zeros(5, dtype=found.dtype), atol=1e-6)


def test_distances_are_means_over_texts() -> None:
    """In a text that ends with token 0 the second coordinate has the other sign."""
    model = LoadedModel(Fixed([1.0, 0.0], [1.0, 1.0], [0.0, 1.0]), None, "fixed")
    one, other = angular_distances(model, [[4, 4]]), angular_distances(model, [[4, 0]])
    assert torch.allclose(angular_distances(model, [[4, 4], [4, 0]]), (one + other) / 2)


@every_architecture
@pytest.mark.parametrize("idle", [0, 1, 2])
def test_a_layer_that_adds_nothing_is_the_one_that_is_removed_and_no_logit_changes(
    architecture: str, idle: int
) -> None:
    model = loaded(architecture)
    layer = model.model.get_decoder().layers[idle]
    for projection in (layer.self_attn.o_proj, layer.mlp.down_proj):
        torch.nn.init.zeros_(projection.weight)
    n = model.model.config.num_hidden_layers
    before = logits(model)
    kept = kept_layers(angular_distances(model, [IDS, IDS[:5]]), n - 1)
    assert kept == tuple(layer for layer in range(n) if layer != idle)
    keep_layers(model, kept)
    assert model.model.config.num_hidden_layers == n - 1
    assert torch.allclose(logits(model), before, atol=1e-5)


@every_architecture
def test_answers_of_a_pruned_model_are_those_of_generate(architecture: str) -> None:
    """The cache and the sliding windows follow the layers that are left."""
    model = loaded(architecture)
    keep_layers(model, (0, 2))
    whole = [p for batch in decode(Decoder(model, Cap(0.0)), EXAMPLES, 4) for p in batch]
    model.model.set_attn_implementation("eager")
    for found, example in zip(sorted(whole, key=lambda p: p.id), EXAMPLES, strict=True):
        prompt = torch.tensor(encode_prompts(TOKENIZER, [render_prompt(example.text)]))
        most = {"max_new_tokens": found.n_output_tokens, "do_sample": False, "use_cache": False}
        stock = model.model.generate(prompt, attention_mask=torch.ones_like(prompt), **most)
        assert found.output == TOKENIZER.decode(stock[0, prompt.shape[1] :])
        assert found.n_output_tokens > 0


@pytest.mark.parametrize("layers", [[], [2, 1], [0, 0], [0, 3], [-1, 0]])
def test_wrong_lists_of_layers_are_refused_and_nothing_is_removed(layers: list[int]) -> None:
    model = loaded("llama")
    before = logits(model)
    with pytest.raises(PaperlibError) as error:
        keep_layers(model, layers)
    assert str(error.value) == f"layers are {layers}, expected ascending numbers from 0 to 2 of llama"
    assert torch.equal(logits(model), before)


def config(base: Path, **changed: Any) -> TrainConfig:
    fields = {"run": "pruned", "profile": "tiny", "base": str(base), "max_tokens": 1024, "precision": "fp32"}
    return TrainConfig.model_validate({**fields, "lora_r": 4, "lora_alpha": 8, **changed})


def answers(model: LoadedModel) -> list[str]:
    return [p.output for batch in decode(Decoder(model, Cap(0.0)), EXAMPLES, 2) for p in batch]


@every_architecture
@pytest.mark.parametrize("method", ["lora", "full"])
def test_a_pruned_model_answers_alike_trained_and_reloaded(architecture: str, method: str, tmp_path: Path) -> None:
    base, out = tmp_path / "base", tmp_path / "out"
    build(architecture, len(TOKENIZER)).save_pretrained(base)
    TOKENIZER.save_pretrained(base)
    settings = config(base, method=method, layers=[0, 2])
    trained = recipe.build_model(settings, EXAMPLES)
    assert trained.base_model.config.num_hidden_layers == 2
    draw = torch.Generator().manual_seed(3)
    with torch.no_grad():
        for weight in trained.model.parameters():
            if weight.requires_grad:
                weight.add_(0.2 * torch.randn(weight.shape, generator=draw))
    trained.model.save_pretrained(out)
    trained.tokenizer.save_pretrained(out)
    (out / "train.json").write_text(json.dumps({"config": settings.model_dump(mode="json"), "losses": []}))
    again = models.load_trained(out, str(base), torch.float32)
    assert torch.allclose(logits(again), logits(trained), atol=1e-4)
    assert answers(again) == answers(trained)
    assert again.parameters == trained.parameters
    if method == "lora":
        models.export_adapter(out, tmp_path / "exported")
        exported = models.load_trained(tmp_path / "exported", str(base), torch.float32)
        assert exported.base_model.config.num_hidden_layers == 2
        assert torch.allclose(logits(exported), logits(trained), atol=0.05)


def test_the_command_prints_the_list_for_each_number(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(pruning, "load_base", lambda base, dtype: loaded("llama"))
    monkeypatch.setattr(pruning, "TEXTS", 3)
    assert pruning.main(["--keep", "3", "1"]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first == "3: [0, 1, 2]"
    assert second in {f"1: [{layer}]" for layer in range(3)}
    assert pruning.main(["--keep", "4"]) == 2
    assert capsys.readouterr().err == "keep: found 4 layers, expected 1 to 3\n"


def test_every_recipe_of_fewer_layers_leaves_out_one_block_of_the_thirty() -> None:
    recipes = {name: one for name, one in read_yaml(paths.EXPERIMENTS)["recipes"].items() if one and "layers" in one}
    assert {len(one["layers"]) for one in recipes.values()} == {6, 12, 18, 24}
    for name, one in recipes.items():
        layers, removed = one["layers"], sorted(set(range(30)) - set(one["layers"]))
        assert layers == sorted(set(layers))
        assert removed == list(range(removed[0], removed[0] + 30 - len(layers)))
        assert name == f"ladder-{len(layers)}-layers"
        assert one["label"] == f"{len(layers)} of 30 layers"


def test_the_texts_are_training_examples() -> None:
    assert {example.split for example in generate(pruning.TEXTS, 0)} == {"train"}
