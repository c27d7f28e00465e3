"""The start of a training: the model before its first step, and the tokens that it is trained on."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from paperlib.core import paths, runtime
from paperlib.core.config import TrainConfig
from paperlib.core.errors import PaperlibError
from paperlib.core.files import read_json
from paperlib.data.examples import Example
from paperlib.data.prompts import Tokens, encode, frame_of, render_answer, render_prompt
from paperlib.training import adapter_averaging, blockwise_attention, models, space_tokens
from paperlib.training.loaded_model import LoadedModel
from paperlib.training.plan import compute_dtype


def build_model(config: TrainConfig, examples: Sequence[Example]) -> LoadedModel:
    """The model of a configuration before training, with the attention kernel that is fastest on this machine.

    A nano model's tokenizer is trained on ``examples``. Raises PaperlibError if base and method are incompatible.
    """
    torch.manual_seed(config.seed)
    loaded = _untrained(config, examples)
    if config.space_tokens != "joined":
        space_tokens.separate_spaces(loaded.tokenizer, config.space_tokens)
    if blockwise_attention.is_faster(compute_dtype(config)):
        loaded.base_model.set_attn_implementation(blockwise_attention.NAME)
    return loaded


def _untrained(config: TrainConfig, examples: Sequence[Example]) -> LoadedModel:
    if config.base in models.NANO:
        if config.method != "scratch":
            raise PaperlibError(f"run {config.run!r}: {config.base} has no weights to tune; set method: scratch")
        if config.layers:
            raise PaperlibError(f"run {config.run!r}: layers are kept of a pre-trained base, not of {config.base}")
        texts = [render_prompt(e.text) + render_answer(e.answer, config.layout) for e in examples]
        return models.new_nano(config.base, texts, config.seed)
    if config.method == "scratch":
        raise PaperlibError(f"run {config.run!r}: method scratch needs one of {', '.join(models.NANO)} as base")
    dtype = torch.float32 if config.method == "full" else runtime.dtype_of(config.precision)
    loaded = models.load_base(config.base, dtype, config.max_tokens)
    if config.layers:
        models.keep_layers(loaded, config.layers)
    if config.method == "full":
        return loaded
    adapted = models.add_lora(loaded, config.lora_r, config.lora_alpha, config.lora_dropout, config.rslora)
    if config.init_from:
        adapter_averaging.load_average(
            adapted.model, [folder for folder, _ in initial_adapters(config)], config.init_scale
        )
    return adapted


def initial_adapters(config: TrainConfig) -> list[tuple[Path, dict[str, Any]]]:
    """The folders and training logs of the adapters that ``init_from`` names.

    Raises PaperlibError if a run is not trained yet or did not train an adapter.
    """
    found = []
    for run in config.init_from:
        folder = paths.trained(config.profile, run)
        if folder is None:
            raise PaperlibError(f"run {config.run!r}: init_from: {run!r} is not trained yet; train it first")
        if config.method != "lora" or not (folder / "adapter_config.json").is_file():
            raise PaperlibError(f"run {config.run!r}: init_from: {run!r}: both need method: lora")
        found.append((folder, read_json(folder / "train.json")))
    return found


def tokenise_examples(
    config: TrainConfig, tokenizer: Any, examples: Sequence[Example]
) -> tuple[list[Tokens], tuple[str, ...]]:
    """Tokenises examples, and lists the ids of those skipped because they are too long.

    The tokens in ``answer`` contribute to the loss, so with ``loss_on: all`` they include the prompt.
    Raises PaperlibError if there is no example or all are too long.
    """
    if not examples:
        raise PaperlibError(f"run {config.run!r}: there is no training example")
    tokens = encode_examples(config, tokenizer, examples)
    if not config.append_eos:
        tokens = [Tokens(t.id, t.prompt, t.answer[:-1]) for t in tokens]
    if config.loss_on == "all":
        tokens = [Tokens(t.id, [], t.prompt + t.answer) for t in tokens]
    return _fitting(tokens, config.max_tokens, config.overlong == "truncate")


def encode_examples(config: TrainConfig, tokenizer: Any, examples: Sequence[Example]) -> list[Tokens]:
    """The tokens of examples in the prompt style and layout of a configuration."""
    return encode(tokenizer, list(examples), config.layout, frame_of(config.prompt, tokenizer, config.base))


def _fitting(tokens: list[Tokens], limit: int, truncate: bool) -> tuple[list[Tokens], tuple[str, ...]]:
    """The examples of at most ``limit`` tokens, and the ids of the others.

    With ``truncate``, answers are cut to fit, and only examples whose prompt alone exceeds the limit are skipped.
    """
    if truncate:
        tokens = [Tokens(t.id, t.prompt, t.answer[: max(limit - len(t.prompt), 0)] or t.answer) for t in tokens]
    kept = [t for t in tokens if len(t) <= limit]
    if not kept:
        raise PaperlibError(f"every one of the {len(tokens)} training examples is longer than max_tokens={limit}")
    return kept, tuple(t.id for t in tokens if len(t) > limit)
