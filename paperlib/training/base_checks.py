"""Whether base weights can be used here, found out from configuration and tokenizer before the weights are read."""

from collections.abc import Iterator
from typing import Any

import transformers
from transformers import CONFIG_MAPPING, MODEL_FOR_CAUSAL_LM_MAPPING, AutoConfig, PretrainedConfig

from paperlib.core.errors import PaperlibError
from paperlib.training.architecture import layer_windows


def check_base(base: str, source: str, tokenizer: Any, tokens: int = 0) -> None:
    """Raises PaperlibError, a sentence about ``base``, where it cannot be used.

    That is if transformers does not know its architecture, it predicts no next token, its attention is of a kind that
    our kernels do not compute, its tokenizer has no end-of-sequence token, or its context is shorter than ``tokens``.
    ``source`` is the folder or hub id of the weights.
    """
    found, _ = PretrainedConfig.get_config_dict(source)
    kind = found.get("model_type")
    if kind not in CONFIG_MAPPING:
        known = f"transformers {transformers.__version__}"
        raise PaperlibError(f"base {base!r}: {known} knows no architecture {kind!r} (model_type in its config.json)")
    config = AutoConfig.from_pretrained(source, trust_remote_code=False)
    if fault := next(_faults(config, tokenizer, tokens), None):
        raise PaperlibError(f"base {base!r}: {fault}")


def _faults(config: Any, tokenizer: Any, tokens: int) -> Iterator[str]:
    if type(config) not in MODEL_FOR_CAUSAL_LM_MAPPING:
        yield f"its architecture {config.model_type!r} is no causal language model, which predicts the next token"
    context = getattr(config, "max_position_embeddings", None)
    if context is None or not hasattr(config, "num_hidden_layers"):
        yield (
            f"its architecture {config.model_type!r} is not supported: its configuration has no number of layers "
            "(num_hidden_layers) or no context (max_position_embeddings)"
        )
    elif context < tokens:
        yield f"its context is {context} tokens, max_tokens is {tokens}; set max_tokens to {context} or less"
    else:
        try:
            layer_windows(config)
        except PaperlibError as error:
            yield str(error)
    if tokenizer.eos_token_id is None:
        yield (
            "its tokenizer has no end-of-sequence token, with which answers end; "
            "name one under eos_token in its tokenizer_config.json"
        )


def check_structure(base: str, model: Any) -> None:
    """Raises PaperlibError, a sentence about ``base``, unless ``model`` is a stack of layers below an output matrix."""
    decoder = model.get_decoder() if hasattr(model, "get_decoder") else model
    lacks = [
        what
        for what, there in (
            ("a decoder apart from its output matrix (get_decoder)", decoder is not model),
            ("a list of layers", hasattr(decoder, "layers")),
            ("an output matrix", model.get_output_embeddings() is not None),
        )
        if not there
    ]
    if lacks:
        raise PaperlibError(f"base {base!r}: {type(model).__name__} has not {lacks[0]}, so that it is not supported")
