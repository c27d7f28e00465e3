"""Cross-entropy of a language model's head, in chunks whose logits are not kept for the backward pass.

With 262,144 tokens in the vocabulary, the logits of 400 targets, their softmax and its gradient take over 1 GB, written
and read several times. Here the gradient with respect to the hidden states is computed together with the loss, chunk by
chunk, as Liger kernels do (Hsu et al., 2024, https://arxiv.org/abs/2410.10989, section 3.2).
"""

from typing import Any, cast

import torch

from paperlib.training.architecture import head_logits

CHUNK = 2**25  # logits at a time


class ChunkedLoss(torch.autograd.Function):
    """The sum of -log softmax(hidden weight')[target], in float32, over hidden (n, size) and targets (n).

    ``weight`` (vocabulary, size) may be trained. Matrix products are in ``dtype``, the softmax in float32.
    """

    @staticmethod
    def forward(
        ctx: Any, hidden: torch.Tensor, weight: torch.Tensor, targets: torch.Tensor, dtype: torch.dtype
    ) -> torch.Tensor:
        low, total = weight.to(dtype), torch.zeros((), device=hidden.device)
        grad_hidden = torch.empty_like(hidden)
        grad_weight = torch.zeros_like(weight, dtype=torch.float32) if ctx.needs_input_grad[1] else None
        rows = chunk_rows(len(weight))
        for start in range(0, len(targets), rows):
            part, wanted = hidden[start : start + rows].to(dtype), targets[start : start + rows, None]
            logits = (part @ low.T).float()
            norm = logits.logsumexp(-1, keepdim=True)
            total += (norm - logits.gather(-1, wanted)).sum()
            logits.sub_(norm).exp_()  # from here on their gradient
            logits.scatter_add_(-1, wanted, -torch.ones_like(norm))
            grad = logits.to(dtype)
            grad_hidden[start : start + rows] = grad @ low
            if grad_weight is not None:
                grad_weight += grad.T @ part
        ctx.save_for_backward(grad_hidden, grad_weight)
        ctx.dtype = weight.dtype
        return total

    @staticmethod
    def backward(ctx: Any, *grads: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        grad_hidden, grad_weight = ctx.saved_tensors
        if grad_weight is not None:
            grad_weight = grad_weight.mul_(grads[0]).to(ctx.dtype)
        return grad_hidden.mul_(grads[0]), grad_weight, None, None


def chunk_rows(vocabulary: int) -> int:
    """Positions whose logits are computed at a time."""
    return max(1, CHUNK // vocabulary)


def total_loss(model: Any, hidden: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """The cross-entropy of ``targets`` (n) summed, given the last hidden states (n, size) that predict them.

    For a head that is more than a product (a bias, a cap on the logits, an adapter) the logits are computed whole.
    """
    head = model.get_output_embeddings()
    capped = getattr(model.config, "final_logit_softcapping", None) is not None
    if capped or type(head) is not torch.nn.Linear or getattr(head, "bias", None) is not None:
        return torch.nn.functional.cross_entropy(head_logits(model, hidden).float(), targets, reduction="sum")
    where = hidden.device.type
    dtype = torch.get_autocast_dtype(where) if torch.is_autocast_enabled(where) else head.weight.dtype
    loss = ChunkedLoss.apply(hidden, head.weight, targets, dtype)  # type: ignore[no-untyped-call]
    return cast(torch.Tensor, loss)


def token_losses(model: Any, hidden: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """The cross-entropy of each of ``targets`` (n) in nats, without gradients, given the hidden states (n, size)."""
    rows = chunk_rows(model.config.vocab_size)
    parts = zip(torch.split(hidden, rows), torch.split(targets, rows), strict=True)
    losses = [
        torch.nn.functional.cross_entropy(head_logits(model, state).float(), wanted, reduction="none")
        for state, wanted in parts
    ]
    return torch.cat(losses)
