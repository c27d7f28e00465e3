"""What our kernels need to know of a model, read from its configuration: the window of each layer, the head's cap."""

from typing import Any

import torch

from paperlib.core.errors import PaperlibError

KNOWN_LAYERS = ("full_attention", "sliding_attention")


def layer_windows(config: Any) -> list[int | None]:
    """The sliding window of each layer, None for one that attends to all positions up to its own.

    With a window w a token attends to itself and the w - 1 before it, as in transformers. Raises PaperlibError for
    attention that our kernels do not compute.
    """
    window, layers = getattr(config, "sliding_window", None), config.num_hidden_layers
    kinds = getattr(config, "layer_types", None) or [KNOWN_LAYERS[window is not None]] * layers
    odd = [kind for kind in dict.fromkeys(kinds) if kind not in KNOWN_LAYERS]
    odd += [name for name in ("use_bidirectional_attention", "attn_logit_softcapping") if getattr(config, name, None)]
    if odd:
        raise PaperlibError(
            f"models of the type {getattr(config, 'model_type', 'unknown')!r} with {', '.join(odd)} are not supported; "
            f"attention must be causal, without a cap, of the kinds {' and '.join(KNOWN_LAYERS)}"
        )
    return [window if kind == KNOWN_LAYERS[1] else None for kind in kinds[:layers]]


def head_size(config: Any) -> int:
    """Channels of one attention head, which need not be those of the hidden states divided by the heads."""
    return int(getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads)


def head_logits(model: Any, hidden: torch.Tensor) -> torch.Tensor:
    """Logits (..., vocabulary) of the last hidden states (..., hidden) that the caller picked, as the whole model's.

    A model may cap them: cap * tanh(logits / cap) (Gemma 2, https://arxiv.org/abs/2408.00118, section 2).
    """
    logits: torch.Tensor = model.get_output_embeddings()(hidden)
    cap = getattr(model.config, "final_logit_softcapping", None)
    return logits if cap is None else torch.tanh(logits / cap) * cap
