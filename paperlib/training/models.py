"""The models of the study: pre-trained bases with LoRA adapters, and nano models trained from scratch."""

import warnings
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from huggingface_hub.errors import StrictDataclassError
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer, decoders, pre_tokenizers
from tokenizers import models as bpe_models
from tokenizers.trainers import BpeTrainer
from transformers import (
    AutoConfig,
    AutoModelForCausalLM,
    AutoTokenizer,
    LlamaConfig,
    LlamaForCausalLM,
    PreTrainedTokenizerFast,
)
from transformers.utils import logging as hf_logging

from paperlib.core.errors import PaperlibError
from paperlib.core.files import read_json, write_json
from paperlib.core.runtime import device
from paperlib.training import base_checks, lora, weights
from paperlib.training.bases import BASES
from paperlib.training.loaded_model import LoadedModel
from paperlib.training.space_tokens import as_trained

hf_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
warnings.filterwarnings("ignore", "`is_gradient_checkpointing`", FutureWarning)  # peft 0.21 asks transformers for it

LORA_TARGETS = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]


@dataclass(frozen=True)
class Shape:
    """Dimensions of a Llama model."""

    hidden: int
    layers: int
    heads: int
    kv_heads: int
    feed_forward: int
    vocabulary: int
    context: int = 2048

    def config(self) -> LlamaConfig:
        return LlamaConfig(
            vocab_size=self.vocabulary,
            hidden_size=self.hidden,
            intermediate_size=self.feed_forward,
            num_hidden_layers=self.layers,
            num_attention_heads=self.heads,
            num_key_value_heads=self.kv_heads,
            max_position_embeddings=self.context,
            tie_word_embeddings=True,
            bos_token_id=None,
            eos_token_id=0,
            pad_token_id=0,
        )


NANO = {  # named after their parameters from nano-1m on
    "nano-xs": Shape(hidden=96, layers=3, heads=4, kv_heads=4, feed_forward=256, vocabulary=1024),
    "nano-s": Shape(hidden=128, layers=4, heads=4, kv_heads=4, feed_forward=344, vocabulary=1024),
    "nano-m": Shape(hidden=192, layers=4, heads=6, kv_heads=6, feed_forward=512, vocabulary=1024),
    "nano-1m": Shape(hidden=128, layers=4, heads=4, kv_heads=4, feed_forward=344, vocabulary=2048, context=8192),
    "nano-3m": Shape(hidden=192, layers=6, heads=6, kv_heads=6, feed_forward=512, vocabulary=2048, context=8192),
    "nano-10m": Shape(hidden=320, layers=8, heads=5, kv_heads=5, feed_forward=856, vocabulary=2048, context=8192),
    "nano-30m": Shape(hidden=512, layers=9, heads=8, kv_heads=8, feed_forward=1376, vocabulary=2048, context=8192),
}


def load_base(base: str, dtype: torch.dtype, tokens: int = 0) -> LoadedModel:
    """Loads a pre-trained model and its tokenizer, without running remote code or reading pickled weights.

    ``base`` is what :func:`paperlib.training.weights.obtain` accepts, ``tokens`` the length of the longest text that it
    will be given. Raises PaperlibError if it cannot be loaded or used (:mod:`paperlib.training.base_checks`).
    """
    source = weights.obtain(base)
    with _loading(f"base {base!r}", source):
        tokenizer = AutoTokenizer.from_pretrained(source, trust_remote_code=False)
        base_checks.check_base(base, source, tokenizer, tokens)
        model: Any = AutoModelForCausalLM.from_pretrained(
            source, dtype=dtype, use_safetensors=True, attn_implementation="sdpa", trust_remote_code=False
        )
    base_checks.check_structure(base, model)
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token
    name = weights.title(base)
    return LoadedModel(model.to(device()), tokenizer, name)


def tokenizer_of(base: str) -> Any:
    """The tokenizer of a base, without its weights. Raises PaperlibError where it cannot be loaded."""
    source = weights.obtain(base)
    with _loading(f"base {base!r}", source):
        return AutoTokenizer.from_pretrained(source, trust_remote_code=False)


def parameters_of(base: str) -> int:
    """The number of parameters of a base, counted without its weights. Raises PaperlibError where it has no
    configuration that can be loaded."""
    if base in BASES:
        return BASES[base].parameters
    source = weights.obtain(base)
    with _loading(f"base {base!r}", source), torch.device("meta"):
        model: Any = AutoModelForCausalLM.from_config(  # type: ignore[no-untyped-call]
            AutoConfig.from_pretrained(source, trust_remote_code=False)
        )
    return int(model.num_parameters())


@contextmanager
def _loading(what: str, source: str) -> Iterator[None]:
    """Turns errors about files that are missing, damaged or of another model into a PaperlibError."""
    try:
        yield
    except (OSError, ValueError, RuntimeError, SafetensorError, StrictDataclassError) as error:
        first, *more = str(error).strip().splitlines() or [type(error).__name__]
        reason = f"{first} {more[0].strip()}" if first.endswith(":") and more else first
        raise PaperlibError(f"{what} could not be loaded: {reason}; if {source} is damaged, replace it") from error


def keep_layers(loaded: LoadedModel, layers: Sequence[int]) -> None:
    """Removes all but some layers of a model, in place. ``layers`` are counted from 0, in ascending order.

    Raises PaperlibError for a layer that the model does not have, or an order that is not ascending.
    """
    config, decoder = loaded.model.config, loaded.model.get_decoder()
    n = config.num_hidden_layers
    if not layers or list(layers) != sorted(set(layers)) or not 0 <= layers[0] <= layers[-1] < n:
        raise PaperlibError(f"layers are {list(layers)}, expected ascending numbers from 0 to {n - 1} of {loaded.name}")
    decoder.layers = torch.nn.ModuleList(decoder.layers[layer] for layer in layers)
    for place, layer in enumerate(decoder.layers):
        layer.self_attn.layer_idx = place
    config.num_hidden_layers = len(layers)
    if getattr(config, "layer_types", None):
        config.layer_types = [config.layer_types[layer] for layer in layers]


def add_lora(loaded: LoadedModel, r: int, alpha: int, dropout: float, rslora: bool = False) -> LoadedModel:
    """Adds a LoRA adapter (Hu et al., 2021) with float32 weights to all seven projections of every layer.

    With ``rslora`` its scale is alpha / sqrt(r) (Kalajdzievski, 2023), else alpha / r. Raises PaperlibError for a model
    whose layers have other projections.
    """
    modules = [name.rpartition(".")[2] for name, _ in loaded.model.named_modules()]
    layers = loaded.model.config.num_hidden_layers
    if lacking := [target for target in LORA_TARGETS if modules.count(target) < layers]:
        raise PaperlibError(
            f"{loaded.name} has layers without {', '.join(lacking)}, which LoRA adapts here; set method: full"
        )
    settings = {"r": r, "lora_alpha": alpha, "lora_dropout": dropout, "use_rslora": rslora}
    config = LoraConfig(**settings, target_modules=LORA_TARGETS, task_type="CAUSAL_LM")  # type: ignore[arg-type]
    adapted = get_peft_model(loaded.model, config)
    lora.replace_lora_layers(adapted)
    return LoadedModel(adapted, loaded.tokenizer, loaded.name)


def new_nano(name: str, texts: Iterable[str], seed: int) -> LoadedModel:
    """A nano model with random weights, and a byte-level BPE tokenizer trained on ``texts``."""
    tokenizer = train_tokenizer(texts, NANO[name].vocabulary)
    torch.manual_seed(seed)
    config = NANO[name].config()
    config.vocab_size = len(tokenizer)
    model: Any = LlamaForCausalLM(config)
    return LoadedModel(model.to(device()), tokenizer, name)


def train_tokenizer(texts: Iterable[str], size: int) -> PreTrainedTokenizerFast:
    """Trains byte-level BPE (Sennrich et al., 2016) with ``size`` tokens, single digits as in SmolLM2's tokenizer."""
    core = Tokenizer(bpe_models.BPE())
    digits = pre_tokenizers.Digits(individual_digits=True)
    core.pre_tokenizer = pre_tokenizers.Sequence([digits, pre_tokenizers.ByteLevel(add_prefix_space=False)])
    core.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = BpeTrainer(vocab_size=size, special_tokens=["<end>"], initial_alphabet=alphabet, show_progress=False)
    core.train_from_iterator(texts, trainer)
    return PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=core, eos_token="<end>", pad_token="<end>"
    )


def load_trained(folder: Path, base: str, dtype: torch.dtype) -> LoadedModel:
    """Loads a trained model in ``dtype``: an adapter merged into its base weights, or full weights.

    ``base`` is used for an adapter only, and its tokenizer if the folder has none. Merging in float32, rounded once,
    makes decoding twice as fast as a separate adapter. Raises PaperlibError if files are missing or do not fit.
    """
    if (folder / "adapter_config.json").is_file():
        loaded, log = load_base(base, torch.float32), folder / "train.json"
        settings = read_json(log)["config"] if log.is_file() else {}
        if layers := settings.get("layers"):
            keep_layers(loaded, layers)
        with _loading(f"adapter on {base!r}", str(folder)):
            merged: Any = PeftModel.from_pretrained(loaded.model, str(folder)).merge_and_unload()
            own = (folder / "tokenizer.json").is_file()
            tokenizer = AutoTokenizer.from_pretrained(folder) if own else loaded.tokenizer
        as_trained(tokenizer, folder)
        return LoadedModel(merged.to(dtype), tokenizer, loaded.name)
    if not (folder / "config.json").is_file():
        raise PaperlibError(f"{folder}: holds neither an adapter nor a model; train it first")
    with _loading("model", str(folder)):
        model: Any = AutoModelForCausalLM.from_pretrained(folder, dtype=dtype, use_safetensors=True)
        tokenizer = AutoTokenizer.from_pretrained(folder)
    as_trained(tokenizer, folder)
    return LoadedModel(model.to(device()), tokenizer, folder.name)


def export_adapter(folder: Path, out: Path, despite_terms: bool = False) -> None:
    """Writes a trained adapter for release: in half precision, without its base's tokenizer and the training losses.

    Raises PaperlibError if ``folder`` has no adapter or, unless ``despite_terms``, one on a base whose terms do not let
    this package publish what is trained from it.
    """
    if not (folder / "adapter_config.json").is_file():
        raise PaperlibError(f"{folder}: holds no adapter; train one with method: lora")
    base = read_json(folder / "train.json")["config"]["base"]
    kept_back = {key: one for name, one in BASES.items() if not one.redistributable for key in (name, one.hub)}
    if base in kept_back and not despite_terms:
        one = kept_back[base]
        raise PaperlibError(
            f"{folder}: an adapter on {one.title} is not published, see its terms ({one.licence}); "
            "despite_terms=True exports it for yourself"
        )
    weights = {name: tensor.half() for name, tensor in load_file(folder / "adapter_model.safetensors").items()}
    out.mkdir(parents=True, exist_ok=True)
    save_file(weights, out / "adapter_model.safetensors", {"format": "pt"})
    log = {key: value for key, value in read_json(folder / "train.json").items() if key != "losses"}
    settings = read_json(folder / "adapter_config.json")
    write_json(out / "adapter_config.json", {**settings, "base_model_name_or_path": log["config"]["base"]})
    write_json(out / "train.json", log)
