"""The loss in chunks beside the plain one: the same value and gradients, whatever is trained."""

from typing import Any

import pytest
import torch
from small_models import build, every_architecture

from paperlib.training import chunked_loss

VOCABULARY, TARGETS = 60, 25


def both(
    model: Any, monkeypatch: pytest.MonkeyPatch, rows: int, mixed: bool = False
) -> tuple[list[torch.Tensor], list[torch.Tensor]]:
    """Loss and gradients for hidden states and head, ours in chunks of ``rows``, and those of plain cross-entropy."""
    monkeypatch.setattr(chunked_loss, "CHUNK", rows * VOCABULARY)
    torch.manual_seed(0)
    head = model.get_output_embeddings().weight
    hidden = torch.randn(TARGETS, head.shape[1], dtype=head.dtype, requires_grad=True)
    targets, wanted = torch.randint(VOCABULARY, (TARGETS,)), [hidden, *([head] if head.requires_grad else [])]

    def plain() -> torch.Tensor:
        logits = model.get_output_embeddings()(hidden).float()
        cap = model.config.final_logit_softcapping if hasattr(model.config, "final_logit_softcapping") else None
        logits = logits if cap is None else cap * torch.tanh(logits / cap)
        return torch.nn.functional.cross_entropy(logits, targets, reduction="sum")

    found = []
    for loss_of in (lambda: chunked_loss.total_loss(model, hidden, targets), plain):
        with torch.autocast("cpu", torch.bfloat16, enabled=mixed):
            loss = loss_of()
        assert loss.dtype == torch.float32
        found.append([loss.detach(), *torch.autograd.grad(loss / 7, wanted)])
    return found[0], found[1]


def assert_close(found: list[torch.Tensor], expected: list[torch.Tensor], share: float) -> None:
    for one, other in zip(found, expected, strict=True):
        assert one.dtype == other.dtype
        assert float((one - other).abs().max()) < share * float(other.abs().max())


@pytest.mark.parametrize("rows", [1, 7, 25, 100])
@pytest.mark.parametrize("trained", [True, False])
@every_architecture
def test_loss_and_gradients_are_those_of_cross_entropy(
    architecture: str, trained: bool, rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = build(architecture, VOCABULARY).requires_grad_(trained)
    assert_close(*both(model, monkeypatch, rows), share=1e-5)


@pytest.mark.parametrize(("mixed", "dtype"), [(True, torch.float32), (False, torch.bfloat16)])
def test_in_bf16_they_are_near(mixed: bool, dtype: torch.dtype, monkeypatch: pytest.MonkeyPatch) -> None:
    model = build("llama", VOCABULARY).to(dtype)
    assert_close(*both(model, monkeypatch, 7, mixed), share=0.02)


def test_a_head_with_a_cap_or_a_bias_takes_the_plain_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunked_loss.ChunkedLoss, "apply", lambda *_: pytest.fail("the logits are no plain product"))
    assert_close(*both(build("gemma3", VOCABULARY, final_logit_softcapping=2.0), monkeypatch, 7), share=1e-5)
    biased = build("llama", VOCABULARY)
    biased.lm_head.bias = torch.nn.Parameter(torch.randn(VOCABULARY))
    assert_close(*both(biased, monkeypatch, 7), share=1e-5)


def test_a_chunk_has_at_least_one_row() -> None:
    assert chunked_loss.chunk_rows(2**30) == 1
    assert chunked_loss.chunk_rows(2**18) == 128
