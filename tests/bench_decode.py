"""How fast answers are decoded: ours beside ``transformers.generate``, greedy, unconstrained, in one run.

    python tests/bench_decode.py [TEXTS [THREADS [ROUNDS [TEST [SIZES]]]]]

Defaults are 158, 2, 3, lines and 1,8,20,40: label-line texts that the released adapter lora-135m-recombined-mean
answers (their schemas serve drafts alone), or "standard": the test texts of EdgeJSON standard with their schemas, which
reader-135m answers. Both decode one text at a time and in batches, ``generate`` 20 texts of like length and ours
each of SIZES; each round runs all of them on the next part of the texts. Prints answer tokens a second, their ratio to
generate's, and how many answers are the same text. The goal is a ratio of 4.
"""

import statistics
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

import torch

from paperlib.benchmark.edgejson import generate
from paperlib.benchmark.standard.build import standard
from paperlib.core import paths, runtime
from paperlib.core.config import training_config
from paperlib.core.files import read_json
from paperlib.data.examples import Example
from paperlib.data.output_parser import ValueScanner
from paperlib.data.prompts import encode_prompts, plain_frame, with_prompt_style
from paperlib.data.schemas import Schemas, load_schemas
from paperlib.decoding.answering import Decoding, answer, length_cap
from paperlib.decoding.engines import merged_adapter
from paperlib.training import models

BASE = "smollm2-135m-instruct"
TESTS = {"lines": "lora-135m-recombined-mean", "standard": "reader-135m"}
Answers = dict[str, tuple[str, int]]  # by the id of an example: text and number of tokens


def texts(test: str, n: int) -> tuple[list[Example], Schemas]:
    if test == "lines":
        return [one for one in generate(629, 158, 0) if one.split == "test"][:n], load_schemas()
    return standard()["test"][:n], load_schemas()


def generated(model: Any, tokenizer: Any, log: dict[str, Any], examples: list[Example], size: int) -> Answers:
    """Answers of transformers.generate in batches of ``size``, the longest texts first, up to the first JSON value."""
    rows = zip(examples, encode_prompts(tokenizer, [plain_frame(one).request for one in examples]), strict=True)
    ordered, found = sorted(rows, key=lambda row: -len(row[1])), Answers()
    for start in range(0, len(ordered), size):
        part = ordered[start : start + size]
        width = len(part[0][1])
        ids = torch.tensor([[0] * (width - len(prompt)) + prompt for _, prompt in part])
        seen = torch.tensor([[0] * (width - len(prompt)) + [1] * len(prompt) for _, prompt in part])
        most = length_cap(log, (), 1.25).tokens(width)
        with torch.inference_mode():
            whole = model.generate(ids, attention_mask=seen, max_new_tokens=most, do_sample=False, pad_token_id=0)
        for (example, _), row in zip(part, whole[:, width:].tolist(), strict=True):
            found[example.id] = first_value(tokenizer, row)
    return found


def first_value(tokenizer: Any, row: Sequence[int]) -> tuple[str, int]:
    """The text up to the end of the first JSON value or of the sequence, and its tokens."""
    scanner, kept = ValueScanner(), list[int]()
    for token in row:
        if token == tokenizer.eos_token_id or scanner.end is not None:
            break
        kept.append(token)
        scanner.feed(tokenizer.decode([token]))
    return str(tokenizer.decode(kept)), len(kept)


def main() -> None:
    n, threads, rounds, test, sizes = [*sys.argv[1:], *["158", "2", "3", "lines", "1,8,20,40"][len(sys.argv) - 1 :]]
    runtime.configure(int(threads))
    dtype, folder = runtime.dtype_of("auto"), paths.RELEASED_ADAPTERS / TESTS[test]
    log, (examples, schemas) = read_json(folder / "train.json"), texts(test, int(n))
    quick, stock = merged_adapter.load(folder, BASE, dtype), models.load_trained(folder, BASE, dtype)
    assert quick is not None
    shown = with_prompt_style(examples, schemas, training_config(log).prompt)

    def ours(part: slice, size: int) -> Answers:
        found = answer(quick, log, examples[part], schemas, Decoding(batch_size=size))
        return {one.id: (one.output, one.n_output_tokens) for one in found}

    def theirs(part: slice, size: int) -> Answers:
        return generated(stock.model, stock.tokenizer, log, shown[part], size)

    ways: dict[str, tuple[Callable[[slice, int], Answers], int]] = {
        "generate, 1": (theirs, 1),
        "generate, 20": (theirs, 20),
        **{f"ours, {size}": (ours, int(size)) for size in sizes.split(",")},
    }
    speeds: dict[str, list[float]] = {name: [] for name in ways}
    answers: dict[str, Answers] = {name: {} for name in ways}
    for number in range(int(rounds)):
        part = slice(number * len(examples) // int(rounds), (number + 1) * len(examples) // int(rounds))
        for name, (way, size) in ways.items():
            start = time.perf_counter()
            found = way(part, size)
            speeds[name].append(sum(tokens for _, tokens in found.values()) / (time.perf_counter() - start))
            answers[name] |= found
            print(f"round {number + 1}, {name}: {speeds[name][-1]:.1f} tokens/s", file=sys.stderr, flush=True)
    print(f"{test}, {len(examples)} texts, {dtype}, {threads} threads; answer tokens/s, median of {rounds} rounds")
    for name in ways:
        beside = "generate, 1" if name.endswith(", 1") else "generate, 20"
        ratios = [a / b for a, b in zip(speeds[name], speeds[beside], strict=True)]
        same = sum(answers[name][one.id][0].strip() == answers[beside][one.id][0].strip() for one in examples)
        median = statistics.median(speeds[name])
        print(
            f"{name:13} {median:6.1f}, {statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f}) times "
            f"{beside}; the same answer to {same} of {len(examples)}"
        )


if __name__ == "__main__":
    main()
