"""Prefix caching: what a prompt has in common with one in the cache, a schema for instance, is not computed again.

Zheng et al. (2024), "SGLang: efficient execution of structured language model programs",
https://arxiv.org/abs/2312.07104.
"""

from collections.abc import Sequence

LEAST_SHARED = 16  # tokens that a prefix begins with as another does, for it to be worth to copy them


def shared_prefix(prefix: Sequence[int], known: Sequence[Sequence[int]]) -> tuple[int, int]:
    """How many tokens ``prefix`` begins with as one of ``known`` does, and at which place that one is; 0 tokens where
    they are fewer than LEAST_SHARED."""
    shared, place = max((_in_common(prefix, other), place) for place, other in enumerate(known))
    return (shared if shared >= LEAST_SHARED else 0), place


def _in_common(one: Sequence[int], other: Sequence[int]) -> int:
    """How many tokens two sequences begin with alike."""
    return next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
