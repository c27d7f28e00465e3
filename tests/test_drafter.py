"""Drafts of tokens: where they come from, where they end, and what is learnt from how often they were right."""

import pytest
import torch

from paperlib.decoding.drafter import Acceptance, Guess, NGramTable, Origins, draft, least_probability
from paperlib.decoding.engines.packed_linear import PackedLinear

OTHERS = NGramTable([[1, 2, 3, 4, 5, 6]])


def drafted(
    acceptance: Acceptance, least: float, own: list[int] | None = None, n: int = 9, guess: list[int] | None = None
) -> list[int]:
    origins = Origins(Guess([1, 2], guess or []), NGramTable([own or []]), OTHERS)
    return draft([1, 2], origins, acceptance, least, n)[0]


def test_a_draft_follows_the_text_itself_before_others() -> None:
    assert drafted(Acceptance(), 0.0) == [3, 4, 5, 6]
    assert drafted(Acceptance(), 0.0, own=[1, 2, 7]) == [7]
    assert drafted(Acceptance(), 0.0, n=2) == [3, 4]
    assert drafted(Acceptance(), 0.0, own=[1, 2, 7, 1], n=0) == []


def test_a_guess_goes_before_what_was_seen_elsewhere() -> None:
    assert drafted(Acceptance(), 0.0, own=[1, 2, 7], guess=[8, 2, 9]) == [8, 2, 9]
    assert drafted(Acceptance(), 0.0, guess=[8, 4]) == [8, 4, 5, 6], "and where it ends, what was seen goes on"


def test_an_answer_that_leaves_the_guess_goes_on_behind_the_place_it_reached() -> None:
    guess, answer = Guess([1, 2], [5, 0, 6, 5, 0, 7, 5, 0, 8]), [1, 2]
    for token, then in ((5, 0), (0, 6), (9, 5), (5, 0), (0, 7), (7, 5)):  # 9 stands where 6 was guessed
        answer.append(token)
        guess.read(answer, len(answer) - 1)
        found, _ = draft(answer, Origins(guess, NGramTable([[9, 5]]), NGramTable()), Acceptance(), 0.0, 1)
        assert found == [then]


def test_a_draft_ends_where_it_is_likely_wrong() -> None:
    known = Acceptance()
    assert drafted(known, 0.4) == [3], "each is right half the time, as long as nothing is known"
    _, sources = draft([1, 2], Origins(Guess(), NGramTable(), OTHERS), known, 0.0, 9)
    for source in sources:
        for _ in range(50):
            known.count(source, True)
    assert drafted(known, 0.4) == [3, 4, 5, 6]
    for _ in range(50):
        known.count(sources[-1], False)
    assert drafted(known, 0.8) == [3, 4], "those after contexts of four tokens are right half the time"


def test_the_more_rows_a_batch_has_the_surer_a_drafted_token_must_be() -> None:
    assert least_probability(1, 20) < 0.1 < least_probability(8, 20) < 0.5 < least_probability(40, 20) < 1


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("biased", [False, True])
def test_linear_layers_that_read_the_same_are_computed_together(dtype: torch.dtype, biased: bool) -> None:
    torch.manual_seed(0)
    weights = [torch.randn(out, 16, dtype=dtype) for out in (24, 8)]
    biases = [torch.randn(out, dtype=dtype) if biased else None for out in (24, 8)]
    x = torch.randn(2, 3, 16, dtype=dtype)
    together = PackedLinear(weights, biases)
    expected = [torch.nn.functional.linear(x, *layer) for layer in zip(weights, biases, strict=True)]
    torch.testing.assert_close(together(x), torch.cat(expected, dim=-1))
    assert sum(one.numel() for one in together.tensors()) == 32 * (17 if biased else 16)
