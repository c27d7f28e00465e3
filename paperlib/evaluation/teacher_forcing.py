"""Teacher forcing: one forward pass over prompt and expected answer gives its likelihood; nothing is generated.

A token belongs to the leaf of the answer in which it begins, or else to the one that it reaches into from the
punctuation before it; what is left are keys, punctuation and the end of sequence.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from tqdm import tqdm

from paperlib.core.config import Layout
from paperlib.core.files import beside, read_json, read_jsonl, reporting_write_errors, write_json, write_jsonl
from paperlib.data.examples import Example
from paperlib.data.prompts import ANSWER, Frame, encode_prompts, plain_frame, render_answer
from paperlib.evaluation.likelihood import Likelihood, leaf_spans
from paperlib.training.chunked_loss import token_losses
from paperlib.training.loaded_model import LoadedModel

POSITIONS = 8192  # padded tokens of one batch: activations of 2 GB at 135M in float32
VALUE_AT = ANSWER.index("{json}")  # where in an answer's text its JSON begins
Tokens = tuple[list[int], list[int], list[int | None]]  # of the prompt, of the answer, and the leaf of each of these


def likelihoods(
    loaded: LoadedModel,
    examples: Sequence[Example],
    out: Path,
    origin: Mapping[str, Any],
    layout: Layout = "line",
    frame: Frame = plain_frame,
) -> list[Likelihood]:
    """The likelihood of every example's expected answer, written in a layout, after the prompt that ``frame`` gives;
    in the order of ``examples``.

    They are kept in ``out``, with ``origin`` (what decides them) beside it; a file with the same origin is read
    instead of measured again. Raises PaperlibError when the file cannot be written.
    """
    about = beside(out)
    if out.is_file() and about.is_file() and read_json(about) == origin:
        return [_read(row) for _, row in read_jsonl(out)]
    by_id = {one.id: one for one in _measured(loaded, examples, layout, frame)}
    rows = [by_id[example.id] for example in examples]
    with reporting_write_errors(out):
        about.unlink(missing_ok=True)
        write_jsonl(out, (one.row() for one in rows))
        write_json(about, dict(origin))
    return rows


def _read(row: dict[str, Any]) -> Likelihood:
    return Likelihood(**{**row, "leaf_nats": tuple(row["leaf_nats"])})


def _measured(loaded: LoadedModel, examples: Sequence[Example], layout: Layout, frame: Frame) -> Iterator[Likelihood]:
    """Likelihoods in batches of similar length, longest answers first."""
    loaded.base_model.set_attn_implementation("sdpa")
    pairs = [(example, encoded(loaded.tokenizer, example, layout, frame)) for example in examples]
    pairs.sort(key=lambda pair: len(pair[1][0]) + len(pair[1][1]), reverse=True)
    with tqdm(total=len(pairs), desc="likelihood") as bar:
        while pairs:
            size = max(1, POSITIONS // (len(pairs[0][1][0]) + len(pairs[0][1][1])))
            batch, pairs = pairs[:size], pairs[size:]
            token_nats = _token_nats(loaded, [tokens for _, tokens in batch])
            for (example, tokens), nats in zip(batch, token_nats, strict=True):
                yield _likelihood(example, tokens[2], nats)
            bar.update(len(batch))


def _likelihood(example: Example, owners: Sequence[int | None], nats: Sequence[float]) -> Likelihood:
    leaves = [0.0] * len(list(leaf_spans(example.answer)))
    for owner, one in zip(owners, nats, strict=True):
        if owner is not None:
            leaves[owner] += one
    rounded = tuple(round(one, 5) for one in leaves)
    return Likelihood(example.id, example.schema_id, example.tier, len(nats), round(sum(nats), 5), rounded)


def _token_nats(loaded: LoadedModel, batch: Sequence[Tokens]) -> list[list[float]]:
    """Nats of every answer token. Rows are padded on the right, which causal attention never sees."""
    rows = [before + answer for before, answer, _ in batch]
    width = max(map(len, rows))
    ids = torch.tensor([row + [0] * (width - len(row)) for row in rows], device=loaded.base_model.device)
    nats = []
    with torch.inference_mode():
        hidden = loaded.base_model.get_decoder()(input_ids=ids, use_cache=False).last_hidden_state
        for state, (before, answer, _) in zip(hidden, batch, strict=True):
            predicting = state[len(before) - 1 : len(before) + len(answer) - 1]
            target = torch.tensor(answer, device=state.device)
            nats.append(token_losses(loaded.base_model, predicting, target).tolist())
    return nats


def encoded(tokenizer: Any, example: Example, layout: Layout = "line", frame: Frame = plain_frame) -> Tokens:
    """Tokens of prompt and answer as in training (:func:`paperlib.data.prompts.encode`), and the answer tokens' leaves.

    The third list holds for every token of the answer the place of its leaf among the leaves, or None.
    """
    prompt = frame(example)
    (before,) = encode_prompts(tokenizer, [prompt.context + prompt.request])
    answer = tokenizer(render_answer(example.answer, layout), add_special_tokens=False, return_offsets_mapping=True)
    spans = list(leaf_spans(example.answer, layout))
    owners = [_owner(VALUE_AT, span, spans) for span in answer["offset_mapping"]]
    return before, [*answer["input_ids"], tokenizer.eos_token_id], [*owners, None]


def _owner(offset: int, token: tuple[int, int], spans: Sequence[tuple[int, int]]) -> int | None:
    """The place of the first leaf that a token overlaps: where it begins inside a leaf, of that one."""
    start, end = token[0] - offset, token[1] - offset
    return next((place for place, (low, high) in enumerate(spans) if start < high and low < end), None)
