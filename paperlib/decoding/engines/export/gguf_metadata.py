"""What a GGUF file says of a model beside its weights: dimensions and tokenizer.

For a base of the package index the published file is the template. Other models of the same architectures are
described from their configuration, with a byte-level BPE tokenizer whose division into words llama.cpp knows by name.
"""

import json
from dataclasses import dataclass
from typing import Any

import gguf
from gguf import GGUFValueType as Kind

from paperlib.core.errors import PaperlibError
from paperlib.training import weights
from paperlib.training.architecture import head_size
from paperlib.training.bases import BASES
from paperlib.training.loaded_model import LoadedModel
from paperlib.training.space_tokens import SPACES

ARCHITECTURES = {"llama": "llama", "qwen2": "qwen2", "gemma3_text": "gemma3"}  # transformers' names and llama.cpp's
OWN = ("GGUF.", "general.", "quantize.")  # keys of a template that describe its file, and not the model
QWEN2 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+"
)


@dataclass(frozen=True)
class Value:
    """One value of the metadata, with its type in the file."""

    value: Any
    kind: Kind
    of: Kind | None = None  # the type of an array's items


Metadata = dict[str, Value]


def architecture_of(loaded: LoadedModel) -> str:
    """llama.cpp's name of a model's architecture. Raises PaperlibError for one that is not exported."""
    kind = loaded.base_model.config.model_type
    if kind not in ARCHITECTURES:
        known = ", ".join(ARCHITECTURES)
        raise PaperlibError(f"{loaded.name}: no architecture {kind!r} is exported to GGUF, expected one of {known}")
    return ARCHITECTURES[kind]


def metadata(loaded: LoadedModel, base: str) -> Metadata:
    """The dimensions and the tokenizer of a model that was made from ``base``, with the number of layers that it has.

    Raises PaperlibError for an architecture or a tokenizer that llama.cpp would read otherwise.
    """
    architecture = architecture_of(loaded)
    found = _template(base) if base in BASES else _described(loaded, architecture)
    layers = loaded.base_model.config.num_hidden_layers
    return found | {f"{architecture}.block_count": Value(layers, Kind.UINT32)}


def _template(base: str) -> Metadata:
    """That of the published file of a base."""
    fields = gguf.GGUFReader(weights.gguf(base)).fields
    return {
        name: Value(field.contents(), field.types[0], field.types[-1] if len(field.types) > 1 else None)
        for name, field in fields.items()
        if not name.startswith(OWN)
    }


def _described(loaded: LoadedModel, architecture: str) -> Metadata:
    """From the configuration, for the architectures without settings beyond Llama's."""
    if architecture == "gemma3":
        raise PaperlibError(f"{loaded.name}: a Gemma 3 is exported from a base of {', '.join(BASES)} alone")
    config = loaded.base_model.config
    rope = getattr(config, "rope_parameters", None) or {"rope_theta": getattr(config, "rope_theta", 10000.0)}
    if rope.get("rope_type", "default") != "default":
        raise PaperlibError(f"{loaded.name}: positions scaled by {rope['rope_type']!r} are not exported to GGUF")
    integers = {
        "context_length": config.max_position_embeddings,
        "embedding_length": config.hidden_size,
        "feed_forward_length": config.intermediate_size,
        "attention.head_count": config.num_attention_heads,
        "attention.head_count_kv": config.num_key_value_heads,
        "attention.key_length": head_size(config),
        "attention.value_length": head_size(config),
        "rope.dimension_count": head_size(config),
        "vocab_size": config.vocab_size,
    }
    floats = {"attention.layer_norm_rms_epsilon": config.rms_norm_eps, "rope.freq_base": rope["rope_theta"]}
    found = {f"{architecture}.{name}": Value(int(value), Kind.UINT32) for name, value in integers.items()}
    found |= {f"{architecture}.{name}": Value(float(value), Kind.FLOAT32) for name, value in floats.items()}
    return found | _tokenizer(loaded.tokenizer, loaded.name, config.vocab_size)


def _tokenizer(tokenizer: Any, name: str, size: int) -> Metadata:
    """A byte-level BPE tokenizer of ``size`` tokens, those that it does not use included."""
    backend = getattr(tokenizer, "backend_tokenizer", None)
    state = json.loads(backend.to_str()) if backend else {}
    if (state.get("model") or {}).get("type") != "BPE" or state.get("normalizer") not in (None, {"type": "NFC"}):
        raise PaperlibError(f"{name}: its tokenizer is no byte-level BPE, which llama.cpp could be told of")
    tokens, types = [f"[PAD{n}]" for n in range(size)], [gguf.TokenType.UNUSED] * size
    special = {one["id"]: one["special"] for one in state["added_tokens"]}
    for token, number in tokenizer.get_vocab().items():
        tokens[number] = token
        types[number] = {None: gguf.TokenType.NORMAL, True: gguf.TokenType.CONTROL}.get(
            special.get(number), gguf.TokenType.USER_DEFINED
        )
    merges = [one if isinstance(one, str) else " ".join(one) for one in state["model"]["merges"]]
    found = {
        "model": Value("gpt2", Kind.STRING),
        "pre": Value(_word_division(state["pre_tokenizer"], name), Kind.STRING),
        "tokens": Value(tokens, Kind.ARRAY, Kind.STRING),
        "token_type": Value([int(one) for one in types], Kind.ARRAY, Kind.INT32),
        "merges": Value(merges, Kind.ARRAY, Kind.STRING),
        "eos_token_id": Value(tokenizer.eos_token_id, Kind.UINT32),
        "add_bos_token": Value(False, Kind.BOOL),
    }
    return {f"tokenizer.ggml.{key}": value for key, value in found.items()}


def _word_division(state: dict[str, Any], name: str) -> str:
    """llama.cpp's name for a pre-tokenizer, apart from the spaces that a training separated."""
    ours = {one.replace("_", " ") for one in SPACES.values()}
    steps = state.get("pretokenizers", [state]) if state else []
    steps = [step for one in steps for step in one.get("pretokenizers", [one])]
    steps = [one for one in steps if one.get("pattern", {}).get("Regex") not in ours]
    kinds = [one["type"] for one in steps]
    if kinds == ["Digits", "ByteLevel"] and steps[0]["individual_digits"]:
        return "smollm"
    if kinds == ["Split", "ByteLevel"] and steps[0]["pattern"].get("Regex") == QWEN2:
        return "qwen2"
    raise PaperlibError(f"{name}: its tokenizer divides words by {' and '.join(kinds)}; llama.cpp knows no such way")
