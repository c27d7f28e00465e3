"""How fast LoRA training is, beside the published recipe's shape and beside TRL's SFTTrainer at its defaults.

    python tests/bench_train.py [--base BASE] [--examples 16] [--rounds 2] [--threads 2] [--only paperlib]

All train the base (SmolLM2-135M) with the same adapter on the same examples of our data, one after another in this
process, as many rounds as said after a pass that is not counted, each round as many optimiser steps as one pass takes.
Speed is in prompt and answer tokens a second, padding not counted; beside it stands what a plain matrix product reaches
at that moment, and the share of it that the products of a LoRA step on these tokens need (:func:`needed`). The medians
and ratios are the result; single figures depend on the machine. With one thread the clock is the processor's own, so
that other programs hardly count. The third row takes ``pip install trl``.

- ``paperlib``: bucketed batches of up to 1,024 tokens, loss and logits at answers only, no mask.
- ``published``: batches of 4 padded to 1,024 tokens, loss and logits everywhere, dropout 0.1.
- ``trl``: SFTTrainer on prompt and completion at its defaults (batches of 8, gradient checkpointing), but for float32
  where the processor does not multiply bfloat16: there its default would be a hundred times slower.
"""

import argparse
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from typing import Any

import torch
from peft import LoraConfig

from paperlib.benchmark.edgejson import generate
from paperlib.core import runtime
from paperlib.core.config import TrainConfig
from paperlib.data import prompts
from paperlib.data.examples import Example
from paperlib.training import batches, models, plan, recipe
from paperlib.training.architecture import head_size, layer_windows
from paperlib.training.trainer import answer_loss

WIDTH, RATE = 1024, 1e-3
Pass = Callable[[], None]


def paperlib_pass(base: str, examples: Sequence[Example]) -> Pass:
    loaded = recipe.build_model(TrainConfig(run="bench", profile="bench", base=base, method="lora"), examples)
    loaded.model.train()
    tokens = prompts.encode(loaded.tokenizer, list(examples))
    planned = batches.plan_batches([len(t) for t in tokens], WIDTH, 16, 1, -1, 0)
    made = [batches.collate([tokens[i] for i in batch], loaded.tokenizer.pad_token_id) for batch in planned]
    return lambda: _steps(loaded, made, lambda batch: answer_loss(loaded.base_model, batch))


def published_pass(base: str, examples: Sequence[Example]) -> Pass:
    loaded = _adapted(base, dropout=0.1)
    tokens = prompts.encode(loaded.tokenizer, list(examples))
    made = [_padded(tokens[i : i + 4], loaded.tokenizer.pad_token_id) for i in range(0, len(tokens), 4)]
    return lambda: _steps(loaded, made, lambda batch: loaded.model(**batch).loss)


def trl_pass(base: str, examples: Sequence[Example]) -> Pass:
    from datasets import Dataset
    from trl import SFTConfig, SFTTrainer

    loaded = models.load_base(base, runtime.dtype_of("auto"))
    rows = [{"prompt": prompts.render_prompt(e.text), "completion": prompts.render_answer(e.answer)} for e in examples]
    fast = runtime.dtype_of("auto") == torch.bfloat16
    folder = tempfile.mkdtemp()
    given = {"output_dir": folder, "num_train_epochs": 1, "report_to": [], "save_strategy": "no", "disable_tqdm": True}
    arguments = SFTConfig(**given, bf16=fast, use_cpu=not torch.cuda.is_available())
    adapter = LoraConfig(r=16, lora_alpha=32, target_modules=models.LORA_TARGETS, task_type="CAUSAL_LM")
    trainer = SFTTrainer(
        loaded.model,
        arguments,
        train_dataset=Dataset.from_list(rows),
        processing_class=loaded.tokenizer,
        peft_config=adapter,
    )
    return lambda: trainer.train() and None


def needed(loaded: models.LoadedModel, tokens: Sequence[prompts.Tokens]) -> float:
    """Operations of one LoRA pass as Chowdhery et al. 2022 count them, nothing made twice and no padding: 4 a frozen
    weight and token (2 forward, 2 back), of the layers for every token and of the head for answer tokens; 6 a trained
    weight and token; causal attention, 2 a position looked at and channel, forward once and back twice."""
    shape = loaded.base_model.config
    head, channels = shape.vocab_size * shape.hidden_size, shape.num_attention_heads * head_size(shape)
    layers = loaded.parameters - head
    seen = sum(_seen(len(t), window) for t in tokens for window in layer_windows(shape))
    attention = 3 * 2 * 2 * seen * channels
    answers = sum(len(t.answer) for t in tokens)
    return (4 * layers + 6 * loaded.trainable) * sum(map(len, tokens)) + 4 * head * answers + attention


def _seen(tokens: int, window: int | None) -> float:
    """Pairs of positions of which the first attends to the second."""
    return tokens**2 / 2 - max(0, tokens - window) ** 2 / 2 if window else tokens**2 / 2


def _adapted(base: str, dropout: float) -> models.LoadedModel:
    loaded = models.add_lora(models.load_base(base, runtime.dtype_of("auto")), 16, 32, dropout)
    loaded.model.train()
    return loaded


def _padded(tokens: Sequence[prompts.Tokens], pad: int) -> dict[str, torch.Tensor]:
    rows = [(t.prompt + t.answer)[:WIDTH] for t in tokens]
    ids = torch.tensor([row + [pad] * (WIDTH - len(row)) for row in rows])
    mask = torch.tensor([[1] * len(row) + [0] * (WIDTH - len(row)) for row in rows])
    return {"input_ids": ids, "attention_mask": mask, "labels": ids.masked_fill(mask == 0, batches.IGNORE)}


def _steps(loaded: models.LoadedModel, made: Sequence[Any], loss_of: Callable[[Any], torch.Tensor]) -> None:
    optimiser = torch.optim.AdamW([p for p in loaded.model.parameters() if p.requires_grad], lr=RATE)
    for batch in made:
        loss_of({name: tensor.to(runtime.device()) for name, tensor in batch.items()}).backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        optimiser.zero_grad()


def _contenders(base: str, examples: Sequence[Example], only: str | None) -> dict[str, Pass]:
    makers = {"paperlib": paperlib_pass, "published": published_pass, "trl": trl_pass}
    made: dict[str, Pass] = {}
    for name in [only] if only else [*makers]:
        try:
            made[name] = makers[name](base, examples)
        except ImportError as missing:
            print(f"no row {name}: {missing}; pip install trl", flush=True)
    return made


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--base", default="smollm2-135m-instruct")
    parser.add_argument("--only", choices=["paperlib", "published", "trl"])
    for name, default in (("examples", 16), ("rounds", 2), ("threads", 2)):
        parser.add_argument(f"--{name}", type=int, default=default)
    return parser.parse_args()


def main() -> None:
    given = _arguments()
    runtime.configure(given.threads)
    clock = time.process_time if given.threads == 1 else time.perf_counter
    examples = random.Random(0).sample([e for e in generate(629, 158, 0) if e.split == "train"], given.examples)
    loaded = _adapted(given.base, dropout=0.0)
    tokens = prompts.encode(loaded.tokenizer, examples)
    total, operations = sum(map(len, tokens)), needed(loaded, tokens)
    del loaded
    print(f"{given.base}: {given.examples} examples, {total:,} tokens, {operations / 1e12:.1f} T operations")
    speeds: dict[str, list[float]] = {}
    paperlib_pass(given.base, examples)()  # memory and threads as they are in the middle of a training
    for _ in range(given.rounds):
        for name, one_pass in _contenders(given.base, examples, given.only).items():
            limit, start = plan.matmul_flops(runtime.dtype_of("auto"), seconds=1.0, clock=clock), clock()
            one_pass()
            seconds = clock() - start
            speed = total / seconds
            speeds.setdefault(name, []).append(speed)
            share = operations / seconds / limit
            print(f"{name:10} {speed:7.1f} tokens/s; product {limit / 1e9:6.1f} GFLOP/s, share {share:.0%}", flush=True)
    for name, found in speeds.items():
        median = statistics.median(found)
        times = statistics.median(speeds["paperlib"]) / median if "paperlib" in speeds else 1
        print(f"{name:10} median {median:7.1f} tokens/s; paperlib is {times:.1f} times as fast")
    print(f"peak memory {runtime.peak_memory_gb():.1f} GB")


if __name__ == "__main__":
    main()
