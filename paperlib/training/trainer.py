"""Fine-tuning and training from scratch, on ``transformers.Trainer`` and ``peft``. Knows no metric.

By default the loss is on the answer only, an end-of-sequence token closes the JSON, and examples of like length share a
batch. Logits are made at target positions only. Killed at any moment, a training resumes from its last complete checkpoint
with the same steps in the same order.
"""

import math
import shutil
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from tqdm import tqdm
from transformers import (
    PrinterCallback,
    Trainer,
    TrainerCallback,
    TrainerControl,
    TrainerState,
    TrainingArguments,
)

from paperlib.core import paths, provenance, runtime
from paperlib.core.config import TrainConfig
from paperlib.core.errors import PaperlibError
from paperlib.core.files import digest, read_json, reporting_write_errors, write_json
from paperlib.core.fingerprint import modules_hash
from paperlib.data.examples import Example, data_hash
from paperlib.data.prompts import TEMPLATE_HASH, Tokens, answer_ratio, encode
from paperlib.training import batches, models
from paperlib.training.plan import Plan, compute_dtype, make_plan
from paperlib.training.recipe import build_model, initial_adapters, tokenise_examples

COMPLETE = "complete"  # marks a checkpoint that was written to its end
LOG = "train.json"  # marks a finished model
MEMORY_SLACK = 1.5  # times the planned memory that the process may hold before it returns free pages


def train(config: TrainConfig, examples: Sequence[Example], say: Any = print) -> dict[str, Any]:
    """Trains, or resumes training, the model of ``config.run``; returns its log (also in ``train.json``).

    The log holds the configuration, the hash of the training data, the loss of every step, the examples skipped and
    the cost. Does nothing if the same configuration was trained on the same data before.
    Raises PaperlibError on too little memory, a full disk, or a loss that is not a number.
    """
    folder = paths.model(config.profile, config.run)
    before = [log for _, log in initial_adapters(config)]
    identity = _identity(config, examples, before)
    if (folder / LOG).is_file() and (log := read_json(folder / LOG))["identity"] == identity:
        say(f"{config.run} is trained already: {paths.display(folder)}")
        return dict(log)
    runtime.configure(config.threads)
    loaded = build_model(config, examples)
    tokens, skipped = tokenise_examples(config, loaded.tokenizer, examples)
    steps = make_plan(config, loaded, tokens)
    say(steps)
    if skipped:
        say(_skipped(config, examples, skipped))
    runtime.require_memory(steps.memory_gb, f"training {config.run}")
    history = _fit(config, loaded, tokens, steps, paths.checkpoints(config.profile, config.run) / identity)
    log = _log(config, identity, examples, loaded, tokens, skipped, history, before)
    _save(loaded, folder, log)
    shutil.rmtree(paths.checkpoints(config.profile, config.run), ignore_errors=True)
    return log


def _skipped(config: TrainConfig, examples: Sequence[Example], skipped: Sequence[str]) -> str:
    """Says how many examples of which schemas are skipped: where it is all of a schema, the model never sees it."""
    of = {example.id: example.schema_id for example in examples}
    every, out = Counter(of.values()), Counter(of[id] for id in skipped)
    shares = ", ".join(f"{n} of {every[schema]} {schema}" for schema, n in out.most_common())
    return f"skipped, longer than {config.max_tokens} tokens: {shares}: {', '.join(skipped)}"


def dry_run(config: TrainConfig, examples: Sequence[Example]) -> Plan:
    """What the training would take (steps, tokens, memory, time), without taking a step."""
    runtime.configure(config.threads)
    loaded = build_model(config, examples)
    tokens, _ = tokenise_examples(config, loaded.tokenizer, examples)
    return make_plan(config, loaded, tokens)


def answer_loss(body: Any, batch: dict[str, torch.Tensor], targets_of_step: Any = None) -> torch.Tensor:
    """Cross-entropy of the answer tokens, divided by their number or by that of a whole step.

    Logits (targets, vocabulary) are made at target positions only: over a 49,152-entry vocabulary those of the prompt
    would cost as much as several layers. Rows are padded on the right, where causal attention never looks, so that the
    kernel needs no mask and skips half the products.
    """
    hidden = body.get_decoder()(input_ids=batch["input_ids"], use_cache=False).last_hidden_state
    targets = batch["labels"][:, 1:]
    at = targets != batches.IGNORE
    logits = body.get_output_embeddings()(hidden[:, :-1][at])
    total = torch.nn.functional.cross_entropy(logits.float(), targets[at], reduction="sum")
    return total / (at.sum() if targets_of_step is None else targets_of_step)


class AnswerTrainer(Trainer):
    """Takes the planned steps in order; logs loss, tokens and seconds of every step."""

    def __init__(self, body: Any, planned: Plan, mixed: bool, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.mixed = mixed  # products in bf16 of weights kept in float32
        self.model_accepts_loss_kwargs = True  # a step's loss is the mean over the targets of its batches
        self._loss_shifts_labels = True
        self.body, self.planned = body, planned
        self.before = 0.0  # seconds spent before a resume
        self.started = time.perf_counter()

    def _get_train_sampler(self, *_: Any) -> torch.utils.data.Sampler[int]:
        return torch.utils.data.SequentialSampler(self.train_dataset)  # type: ignore[arg-type]

    def compute_loss(
        self, model: Any, inputs: Any, return_outputs: bool = False, num_items_in_batch: Any = None
    ) -> Any:
        with torch.autocast(self.args.device.type, torch.bfloat16, enabled=self.mixed):
            loss = answer_loss(self.body, inputs, num_items_in_batch)
        if not math.isfinite(loss.item()):
            raise PaperlibError(
                f"the loss is {loss.item()} at step {self.state.global_step + 1}; the last checkpoint is kept; "
                "lower learning_rate and run again"
            )
        return (loss, None) if return_outputs else loss

    def log(self, logs: dict[str, float], *args: Any, **kwargs: Any) -> None:
        seconds = self.before + time.perf_counter() - self.started
        tokens = sum(self.planned.step_tokens[: self.state.global_step])
        super().log({**logs, "tokens": tokens, "seconds": round(seconds, 2)}, *args, **kwargs)


class ProgressBar(TrainerCallback):
    """Shows tokens a second and the time left, returns memory beyond the plan, and marks complete checkpoints."""

    def __init__(self, planned: Plan, run: str):
        self.planned, self.run = planned, run
        self.bar: Any = None

    def on_train_begin(self, args: Any, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        done = sum(self.planned.step_tokens[: state.global_step])
        self.bar = tqdm(total=self.planned.tokens, initial=done, unit="tok", unit_scale=True, desc=self.run)

    def on_log(self, args: Any, state: TrainerState, control: TrainerControl, logs: Any = None, **_: Any) -> None:
        if logs and "loss" in logs and self.bar is not None:
            self.bar.set_postfix_str(f"step {state.global_step}/{self.planned.steps}, loss {logs['loss']:.3f}")
            self.bar.update(logs["tokens"] - self.bar.n)

    def on_step_end(self, *_: Any, **__: Any) -> None:
        if runtime.memory_gb() > MEMORY_SLACK * self.planned.memory_gb:
            runtime.return_free_memory()

    def on_train_end(self, *_: Any, **__: Any) -> None:
        if self.bar is not None:
            self.bar.close()

    def on_save(self, args: Any, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        (Path(args.output_dir) / f"checkpoint-{state.global_step}" / COMPLETE).touch()
        runtime.return_free_memory()


def latest_checkpoint(folder: Path) -> Path | None:
    """The newest complete checkpoint, or None; half-written ones are removed."""
    found = sorted(folder.glob("checkpoint-*"), key=lambda path: int(path.name.split("-")[1]))
    for path in found:
        if not (path / COMPLETE).is_file():
            shutil.rmtree(path)
    complete = [path for path in found if path.exists()]
    return complete[-1] if complete else None


def _fit(
    config: TrainConfig, loaded: models.LoadedModel, tokens: list[Tokens], planned: Plan, folder: Path
) -> list[dict[str, Any]]:
    checkpoint = latest_checkpoint(folder)
    trainer = AnswerTrainer(
        loaded.base_model,
        planned,
        config.method == "full" and compute_dtype(config) == torch.bfloat16,
        model=loaded.model,
        args=_arguments(config, planned, folder),
        train_dataset=batches.PlannedBatches(tokens, planned.batches, loaded.tokenizer.pad_token_id),
        data_collator=lambda items: items[0],
        callbacks=[ProgressBar(planned, config.run)],
    )
    trainer.remove_callback(PrinterCallback)
    if checkpoint is not None:
        history = read_json(checkpoint / "trainer_state.json")["log_history"]
        trainer.before = history[-1]["seconds"] if history else 0.0
    with reporting_write_errors(folder):
        trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
    return [row for row in trainer.state.log_history if "loss" in row]


def _arguments(config: TrainConfig, planned: Plan, folder: Path) -> TrainingArguments:
    arguments = TrainingArguments(
        output_dir=str(folder),
        max_steps=planned.steps,
        per_device_train_batch_size=1,  # one item of the dataset is one whole batch
        gradient_accumulation_steps=config.gradient_accumulation,
        learning_rate=config.learning_rate,
        lr_scheduler_type="cosine",
        warmup_steps=round(config.warmup_ratio * planned.steps),
        weight_decay=config.weight_decay,
        use_cpu=not torch.cuda.is_available(),
        save_steps=config.save_steps,
        save_total_limit=2,
        logging_steps=1,
        seed=config.seed,
        report_to=[],
        disable_tqdm=True,
        remove_unused_columns=False,
        dataloader_pin_memory=torch.cuda.is_available(),
    )
    arguments._n_gpu = min(arguments.n_gpu, 1)  # the loss reaches below the model, which DataParallel would split
    return arguments


def _identity(config: TrainConfig, examples: Sequence[Example], before: Sequence[dict[str, Any]]) -> str:
    begun = [log["identity"] for log in before]
    return digest(
        [config.model_dump(mode="json"), data_hash(examples), TEMPLATE_HASH, modules_hash("training.trainer"), begun]
    )


def _log(
    config: TrainConfig,
    identity: str,
    examples: Sequence[Example],
    loaded: models.LoadedModel,
    tokens: list[Tokens],
    skipped: tuple[str, ...],
    history: list[dict[str, Any]],
    before: Sequence[dict[str, Any]],
) -> dict[str, Any]:
    seconds = history[-1]["seconds"]
    return {
        "identity": identity,
        "config": config.model_dump(mode="json"),
        "model": loaded.name,
        "parameters": loaded.parameters,
        "trainable": loaded.trainable,
        "train_hash": data_hash(examples),
        "n_train": len(tokens),
        "skipped": list(skipped),
        "answer_ratio": answer_ratio(encode(loaded.tokenizer, list(examples), config.layout)),
        "seconds": seconds,
        "init_seconds": sum(log["seconds"] + log.get("init_seconds", 0) for log in before),
        "tokens_per_second": history[-1]["tokens"] / seconds,
        "peak_memory_gb": round(runtime.peak_memory_gb(), 2),
        "hardware": provenance.hardware(config.threads),
        "versions": provenance.versions(),
        "losses": [{key: row[key] for key in ("step", "loss", "tokens", "seconds")} for row in history],
    }


def _save(loaded: models.LoadedModel, folder: Path, log: dict[str, Any]) -> None:
    """Writes weights, tokenizer and log, all of them or nothing."""
    part = folder.with_name(f".{folder.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    try:
        with reporting_write_errors(folder):
            loaded.model.save_pretrained(str(part))
            loaded.tokenizer.save_pretrained(part)
            write_json(part / LOG, log)
            shutil.rmtree(folder, ignore_errors=True)
            part.rename(folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)
