"""The models of the study: pre-trained bases with an adapter, and the nano family trained from scratch."""

import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from tokenizers import Regex, Tokenizer, decoders, pre_tokenizers
from tokenizers import models as bpe_models
from tokenizers.trainers import BpeTrainer
from transformers import (
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
from paperlib.training import lora, weights

hf_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
warnings.filterwarnings("ignore", "`is_gradient_checkpointing`", FutureWarning)  # peft 0.21 asks transformers for it

LORA_TARGETS = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]


@dataclass(frozen=True)
class Shape:
    """Size of a Llama-shaped model."""

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


NANO = {
    "nano-xs": Shape(hidden=96, layers=3, heads=4, kv_heads=4, feed_forward=256, vocabulary=1024),
    "nano-s": Shape(hidden=128, layers=4, heads=4, kv_heads=4, feed_forward=344, vocabulary=1024),
    "nano-m": Shape(hidden=192, layers=4, heads=6, kv_heads=6, feed_forward=512, vocabulary=1024),
}

# Shapes of the announced bases (model cards of HuggingFaceTB/SmolLM2-135M and -360M).
SMOLLM2 = {
    "135m": Shape(576, 30, 9, 3, 1536, 49152, 8192),
    "360m": Shape(960, 32, 15, 5, 2560, 49152, 8192),
}


@dataclass
class LoadedModel:
    """A model with its tokenizer, ready to train or to decode."""

    model: Any  # a PreTrainedModel, or a PeftModel around one; None for a baseline
    tokenizer: Any  # a PreTrainedTokenizerBase
    name: str  # the true name, as records give it

    @property
    def base_model(self) -> Any:
        """The causal language model itself, under any adapter."""
        return self.model.get_base_model() if isinstance(self.model, PeftModel) else self.model

    @property
    def parameters(self) -> int:
        """Number of parameters of the model without its adapter; tied weights counted once; 0 without a model."""
        if self.model is None:
            return 0
        return sum(p.numel() for name, p in self.base_model.named_parameters() if "lora_" not in name)

    @property
    def trainable(self) -> int:
        return sum(p.numel() for p in self.model.parameters() if p.requires_grad)


def load_base(base: str, dtype: torch.dtype) -> LoadedModel:
    """A pre-trained model and tokenizer: the embedded one, a local folder's or a hub's.

    No remote code is run and only safetensors are read. Raises PaperlibError when it cannot be had.
    """
    source = weights.obtain(base)
    with _loading(f"base {base!r}", source):
        tokenizer = AutoTokenizer.from_pretrained(source, trust_remote_code=False)
        model: Any = AutoModelForCausalLM.from_pretrained(
            source, dtype=dtype, use_safetensors=True, attn_implementation="sdpa", trust_remote_code=False
        )
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token
    name = weights.EMBEDDED_NAME if base == weights.EMBEDDED else Path(base).name
    return LoadedModel(model.to(device()), tokenizer, name)


@contextmanager
def _loading(what: str, source: str) -> Iterator[None]:
    """Raises PaperlibError where files are missing, damaged or of another model."""
    try:
        yield
    except (OSError, ValueError, RuntimeError, SafetensorError) as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise PaperlibError(f"{what} could not be loaded: {reason}; if {source} is damaged, replace it") from error


def add_lora(loaded: LoadedModel, r: int, alpha: int, dropout: float, rslora: bool = False) -> LoadedModel:
    """LoRA (Hu et al., 2021) on all seven projections, as announced; adapter weights stay in float32."""
    config = LoraConfig(
        r=r,
        lora_alpha=alpha,
        lora_dropout=dropout,
        use_rslora=rslora,
        target_modules=LORA_TARGETS,
        task_type="CAUSAL_LM",
    )
    adapted = get_peft_model(loaded.model, config)
    lora.replace_lora_layers(adapted)
    return LoadedModel(adapted, loaded.tokenizer, loaded.name)


# Spaces before a word that in JSON follows a quotation mark: after a label's colon; and at a line's start.
AFTER_COLON = r"""(?<=[^"]:) (?=\S)"""
AT_LINE_START = r"""(?<=\n) +(?=[^\s"{}\[\]])"""
SPACES = {"after colon": AFTER_COLON, "separate": f"{AFTER_COLON}|{AT_LINE_START}"}


def separate_spaces(tokenizer: Any, which: Literal["after colon", "separate"]) -> None:
    """Makes spaces before words tokens of their own, in what ``tokenizer`` reads and saves from now on: those after a
    colon, or also those at a line's start ("separate"), which tell how deep a line is.

    Byte-level BPE joins a space to the word that follows. The first word of a value follows a space in a text and a
    quotation mark in JSON, so that it is spelt by other tokens, often more, and cannot be copied token by token.
    """
    core = tokenizer.backend_tokenizer
    split = pre_tokenizers.Split(Regex(SPACES[which]), behavior="isolated")
    core.pre_tokenizer = pre_tokenizers.Sequence([split, core.pre_tokenizer])


def new_nano(name: str, texts: Iterable[str], seed: int) -> LoadedModel:
    """A Llama-shaped model with random weights and a byte-level BPE tokenizer of its own, made from ``texts``."""
    shape = NANO[name]
    tokenizer = train_tokenizer(texts, shape.vocabulary)
    torch.manual_seed(seed)
    config = shape.config()
    config.vocab_size = len(tokenizer)
    model: Any = LlamaForCausalLM(config)
    return LoadedModel(model.to(device()), tokenizer, name)


def train_tokenizer(texts: Iterable[str], size: int) -> PreTrainedTokenizerFast:
    """Byte-level BPE (Sennrich et al., 2016); digits stand alone, as in SmolLM2's tokenizer."""
    core = Tokenizer(bpe_models.BPE())
    core.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    core.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = BpeTrainer(vocab_size=size, special_tokens=["<end>"], initial_alphabet=alphabet, show_progress=False)
    core.train_from_iterator(texts, trainer)
    return PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=core, eos_token="<end>", pad_token="<end>"
    )


def load_trained(folder: Path, base: str, dtype: torch.dtype) -> LoadedModel:
    """A finished model: an adapter merged into its base, or a whole model; with its own tokenizer where it has one.

    The merge is done in float32 and rounded once; decoding is twice as fast as with the adapter apart.
    Raises PaperlibError naming what is missing.
    """
    if (folder / "adapter_config.json").is_file():
        loaded = load_base(base, torch.float32)
        with _loading(f"adapter on {base!r}", str(folder)):
            merged: Any = PeftModel.from_pretrained(loaded.model, str(folder)).merge_and_unload()
            own = (folder / "tokenizer.json").is_file()
            tokenizer = AutoTokenizer.from_pretrained(folder) if own else loaded.tokenizer
        if not own and (spaces := _spaces(folder)) != "joined":
            separate_spaces(tokenizer, spaces)
        return LoadedModel(merged.to(dtype), tokenizer, loaded.name)
    if not (folder / "config.json").is_file():
        raise PaperlibError(f"{folder}: holds neither an adapter nor a model; train it first")
    with _loading("model", str(folder)):
        model: Any = AutoModelForCausalLM.from_pretrained(folder, dtype=dtype, use_safetensors=True)
        tokenizer = AutoTokenizer.from_pretrained(folder)
    return LoadedModel(model.to(device()), tokenizer, folder.name)


def _spaces(folder: Path) -> Any:
    """How the tokenizer of a shipped adapter, which is its base's, treats spaces (see TrainConfig)."""
    log = folder / "train.json"
    return read_json(log)["config"]["space_tokens"] if log.is_file() else "joined"


def export_adapter(folder: Path, out: Path) -> None:
    """A trained adapter as small as it can be published: in half precision, without the tokenizer, which is its base's,
    and without the losses. Raises PaperlibError where ``folder`` holds no adapter."""
    if not (folder / "adapter_config.json").is_file():
        raise PaperlibError(f"{folder}: holds no adapter; train one with method: lora")
    weights = {name: tensor.half() for name, tensor in load_file(folder / "adapter_model.safetensors").items()}
    out.mkdir(parents=True, exist_ok=True)
    save_file(weights, out / "adapter_model.safetensors", {"format": "pt"})
    log = {key: value for key, value in read_json(folder / "train.json").items() if key != "losses"}
    settings = read_json(folder / "adapter_config.json")
    write_json(out / "adapter_config.json", {**settings, "base_model_name_or_path": log["config"]["base"]})
    write_json(out / "train.json", log)


def count_lora(shape: Shape, r: int, alpha: int) -> int:
    """Trainable parameters of the announced adapter on a model of ``shape``, without allocating a weight."""
    with torch.device("meta"):
        model = LlamaForCausalLM(shape.config())
        config = LoraConfig(r=r, lora_alpha=alpha, target_modules=LORA_TARGETS, task_type="CAUSAL_LM")
        return LoadedModel(get_peft_model(model, config), None, "").trainable
