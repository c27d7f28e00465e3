"""Fine-tuning and training from scratch with ``transformers.Trainer`` and ``peft``. Knows no metric.

By default only the answer contributes to the loss, an end-of-sequence token closes it, and examples of similar length
share a batch. A training that is killed resumes from its last complete checkpoint, with the same steps in the same
order. Under ``torchrun`` its processes take each step together (:mod:`paperlib.training.distributed`).
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
from transformers import PrinterCallback, Trainer, TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from paperlib.core import paths, provenance, runtime
from paperlib.core.config import TrainConfig
from paperlib.core.errors import PaperlibError
from paperlib.core.files import atomic_folder, digest, read_json, reporting_write_errors, sha256, write_json
from paperlib.core.fingerprint import modules_hash
from paperlib.data.examples import Example, data_hash
from paperlib.data.prompts import TEMPLATE_HASH, Tokens, answer_ratio
from paperlib.training import batches, distributed
from paperlib.training.chunked_loss import total_loss
from paperlib.training.loaded_model import LoadedModel
from paperlib.training.plan import Plan, compute_dtype, make_plan, require_memory_for_weights
from paperlib.training.recipe import build_model, encode_examples, initial_adapters, tokenise_examples

COMPLETE = "complete"  # marks a complete checkpoint
LOG = "train.json"  # marks a complete model
MEMORY_SLACK = 1.5  # times the planned memory, beyond which free pages are returned to the kernel


def train(
    config: TrainConfig, examples: Sequence[Example], echo: Any = print, folder: Path | None = None
) -> dict[str, Any]:
    """Trains the model of ``config.run``, or resumes its training, and returns the log that ``train.json`` stores.

    The model is written to ``folder``, checkpoints beside it; by default both go to the profile's folders.

    The log contains the configuration, the hash of the training data, the loss of every step, the skipped examples and
    the cost. If this configuration was trained on these examples before, nothing is done. ``echo`` receives the plan.
    Of several processes the first one alone calls ``echo``, shows progress and writes the model and its log.
    Raises PaperlibError for too little memory, a full disk, or a loss that is not finite.
    """
    echo = echo if distributed.rank() == 0 else lambda _: None
    checkpoints = checkpoints_beside(folder) / "steps" if folder else paths.checkpoints(config.profile, config.run)
    folder = folder or paths.model(config.profile, config.run)
    initial = [log for _, log in initial_adapters(config)]
    identity = _identity(config, examples, initial)
    if (folder / LOG).is_file() and (log := read_json(folder / LOG))["identity"] == identity:
        echo(f"{config.run} is already trained: {paths.display(folder)}")
        return dict(log)
    loaded, tokens, skipped, plan = _prepare(config, examples)
    echo(plan)
    if skipped:
        echo(_skipped_by_schema(config, examples, skipped))
    runtime.require_memory(plan.memory_gb * distributed.sharing_memory(), f"training {config.run}")
    history = _fit(config, loaded, tokens, plan, checkpoints / identity) if plan.steps else []
    log = {
        "identity": identity,
        "train_hash": data_hash(examples),
        "n_train": len(tokens),
        "skipped": list(skipped),
        "answer_ratio": answer_ratio(encode_examples(config, loaded.tokenizer, examples)),
        "init_seconds": sum(log["seconds"] + log.get("init_seconds", 0) for log in initial),
        **_log(config, loaded, history),
    }
    distributed.barrier()  # a checkpoint may still be read
    if distributed.rank() == 0:
        _save(loaded, folder, log)
        shutil.rmtree(checkpoints, ignore_errors=True)
    return log


def checkpoints_beside(folder: Path) -> Path:
    """The folder of what is unfinished while a model is trained that is to be written to ``folder``."""
    return folder.with_name(f"{folder.name}.checkpoints")


def dry_run(config: TrainConfig, examples: Sequence[Example]) -> Plan:
    """The plan of a training (steps, tokens, memory, time), without taking a step."""
    return _prepare(config, examples)[-1]


def _prepare(
    config: TrainConfig, examples: Sequence[Example]
) -> tuple[LoadedModel, list[Tokens], tuple[str, ...], Plan]:
    """The model, the tokenised examples, the ids of the examples skipped as too long, and the plan."""
    distributed.start()
    runtime.configure(max(config.threads // distributed.local_size(), 1))
    require_memory_for_weights(config)
    with distributed.first_alone():
        loaded = build_model(config, examples)
    tokens, skipped = tokenise_examples(config, loaded.tokenizer, examples)
    return loaded, tokens, skipped, make_plan(config, loaded, tokens, len(skipped))


def _skipped_by_schema(config: TrainConfig, examples: Sequence[Example], skipped: Sequence[str]) -> str:
    """A message with the number of skipped examples per schema, as a schema may lose all of its examples."""
    of = {example.id: example.schema_id for example in examples}
    every, out = Counter(of.values()), Counter(of[id] for id in skipped)
    shares = ", ".join(f"{n} of {every[schema]} {schema}" for schema, n in out.most_common())
    return f"skipped, longer than {config.max_tokens} tokens: {shares}: {', '.join(skipped)}"


def answer_loss(base_model: Any, batch: dict[str, torch.Tensor], n_targets: Any = None) -> torch.Tensor:
    """Cross-entropy over the target tokens of a batch (see :func:`paperlib.training.batches.collate`).

    It is divided by ``n_targets``, the number of targets in an optimiser step, or else by that of the batch. Logits are
    computed at target positions only: for a vocabulary of 49,152 those of the prompt would cost as much as several
    layers, and with 262,144 most of the memory. As padding is on the right, causal attention needs no mask.
    """
    hidden = base_model.get_decoder()(input_ids=batch["input_ids"], use_cache=False).last_hidden_state
    targets = batch["labels"][:, 1:]
    at = targets != batches.IGNORE
    total = total_loss(base_model, hidden[:, :-1][at], targets[at])
    return total / (at.sum() if n_targets is None else n_targets)


class AnswerTrainer(Trainer):
    """Takes the planned steps in order, and logs loss, tokens and seconds of every step.

    With ``autocast``, matrix products are in bf16 and the weights in float32. Of several processes each has its share
    of every batch; Trainer wraps the model for gradients to be averaged, which the loss goes past, and they are added
    up here.
    """

    def __init__(self, base_model: Any, plan: Plan, autocast: bool, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.base_model, self.plan, self.autocast = base_model, plan, autocast
        self.model_accepts_loss_kwargs = True  # the loss of a step is the mean over the targets of its batches
        self._loss_shifts_labels = True
        self.earlier_seconds = 0.0  # spent before the training was interrupted
        self.started = time.perf_counter()
        self.batch_loss = torch.zeros(())  # of all processes

    def get_train_dataloader(self) -> Any:
        if distributed.size() == 1:
            return super().get_train_dataloader()
        return torch.utils.data.DataLoader(self.plan.batches, batch_size=1, collate_fn=self.data_collator)  # type: ignore[arg-type]

    def _get_train_sampler(self, *_: Any) -> torch.utils.data.Sampler[int]:
        return torch.utils.data.SequentialSampler(self.train_dataset)  # type: ignore[arg-type]

    def compute_loss(
        self, model: Any, inputs: Any, return_outputs: bool = False, num_items_in_batch: Any = None
    ) -> Any:
        with torch.autocast(self.args.device.type, torch.bfloat16, enabled=self.autocast):
            loss = answer_loss(self.base_model, inputs, num_items_in_batch)
        self.batch_loss = distributed.total(loss.detach())
        if not math.isfinite(value := self.batch_loss.item()):
            raise PaperlibError(
                f"the loss is {value} at step {self.state.global_step + 1}; the last checkpoint is kept; "
                "lower learning_rate and run again"
            )
        return (loss, None) if return_outputs else loss

    def training_step(self, *args: Any, **kwargs: Any) -> torch.Tensor:
        loss = super().training_step(*args, **kwargs)
        if distributed.size() == 1:
            return loss
        if self.accelerator.sync_gradients:
            distributed.add_gradients(self.base_model.parameters())
        return self.batch_loss

    def log(self, logs: dict[str, float], *args: Any, **kwargs: Any) -> None:
        seconds = self.earlier_seconds + time.perf_counter() - self.started
        tokens = sum(self.plan.step_tokens[: self.state.global_step])
        super().log({**logs, "tokens": tokens, "seconds": round(seconds, 2)}, *args, **kwargs)


class ProgressBar(TrainerCallback):
    """Displays tokens per second and the time left, limits memory to the plan, and marks complete checkpoints."""

    def __init__(self, plan: Plan):
        self.plan = plan
        self.bar: Any = None

    def on_train_begin(self, args: Any, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        done = sum(self.plan.step_tokens[: state.global_step])
        if distributed.rank() == 0:
            self.bar = tqdm(total=self.plan.tokens, initial=done, unit="tok", unit_scale=True, desc=self.plan.run)

    def on_log(self, args: Any, state: TrainerState, control: TrainerControl, logs: Any = None, **_: Any) -> None:
        if logs and "loss" in logs and self.bar is not None:
            self.bar.set_postfix_str(f"step {state.global_step}/{self.plan.steps}, loss {logs['loss']:.3f}")
            self.bar.update(logs["tokens"] - self.bar.n)

    def on_step_end(self, *_: Any, **__: Any) -> None:
        if runtime.memory_gb() > MEMORY_SLACK * self.plan.memory_gb:
            runtime.return_free_memory()

    def on_train_end(self, *_: Any, **__: Any) -> None:
        if self.bar is not None:
            self.bar.close()

    def on_save(self, args: Any, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        distributed.barrier()
        if distributed.rank() == 0:
            (Path(args.output_dir) / f"checkpoint-{state.global_step}" / COMPLETE).touch()
        runtime.return_free_memory()


def latest_checkpoint(folder: Path) -> Path | None:
    """The newest complete checkpoint in ``folder``, or None. Incomplete ones are removed."""
    for path in folder.glob("checkpoint-*"):
        if not (path / COMPLETE).is_file():
            shutil.rmtree(path)
    return max(folder.glob("checkpoint-*"), key=lambda path: int(path.name.split("-")[1]), default=None)


def _fit(
    config: TrainConfig, loaded: LoadedModel, tokens: list[Tokens], plan: Plan, folder: Path
) -> list[dict[str, Any]]:
    """Trains ``loaded`` in place, with checkpoints in ``folder``, and returns the log of every step."""
    with distributed.first_alone():
        checkpoint = latest_checkpoint(folder)
    trainer = AnswerTrainer(
        loaded.base_model,
        plan,
        config.method != "lora" and compute_dtype(config) == torch.bfloat16,
        model=loaded.model,
        args=_arguments(config, plan, folder),
        train_dataset=plan.batches,
        data_collator=lambda items: batches.collate(
            distributed.share([tokens[i] for i in items[0]]), loaded.tokenizer.pad_token_id
        ),
        callbacks=[ProgressBar(plan)],
    )
    trainer.remove_callback(PrinterCallback)
    if checkpoint is not None:
        history = read_json(checkpoint / "trainer_state.json")["log_history"]
        trainer.earlier_seconds = history[-1]["seconds"] if history else 0.0
    with reporting_write_errors(folder):
        trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
    return [row for row in trainer.state.log_history if "loss" in row]


def _arguments(config: TrainConfig, plan: Plan, folder: Path) -> TrainingArguments:
    arguments = TrainingArguments(
        output_dir=str(folder),
        max_steps=plan.steps,
        per_device_train_batch_size=1,  # an item of the dataset is a batch
        gradient_accumulation_steps=config.gradient_accumulation,
        learning_rate=config.learning_rate,
        lr_scheduler_type="cosine",
        warmup_steps=round(config.warmup_ratio * plan.steps),
        weight_decay=config.weight_decay,
        use_cpu=not torch.cuda.is_available(),
        average_tokens_across_devices=True,  # targets of a step are counted over all processes
        save_steps=config.save_steps,
        save_total_limit=2,
        logging_steps=1,
        seed=config.seed,
        report_to=[],
        disable_tqdm=True,
        remove_unused_columns=False,
        dataloader_pin_memory=torch.cuda.is_available(),
    )
    arguments._n_gpu = min(arguments.n_gpu, 1)  # the loss calls parts of the model, which DataParallel does not support
    return arguments


def _identity(config: TrainConfig, examples: Sequence[Example], initial: Sequence[dict[str, Any]]) -> str:
    """Hash of all that determines the weights: configuration, data, prompt, code, initial adapters, a base's files."""
    adapters = [log["identity"] for log in initial]
    code = modules_hash("training.trainer")
    folder = Path(config.base)
    files = [sha256(path) for path in sorted(folder.glob("*.safetensors"))] if folder.is_dir() else []
    return digest([config.model_dump(mode="json"), data_hash(examples), TEMPLATE_HASH, code, adapters, *files])


def _log(config: TrainConfig, loaded: LoadedModel, history: list[dict[str, Any]]) -> dict[str, Any]:
    """The part of the training log on the model, the cost and the machine."""
    tokens, seconds = (history[-1]["tokens"], history[-1]["seconds"]) if history else (0, 0.0)
    return {
        "config": config.model_dump(mode="json"),
        "model": loaded.name,
        "parameters": loaded.parameters,
        "trainable": loaded.trainable,
        "seconds": seconds,
        "tokens_per_second": tokens / seconds if history else None,
        "peak_memory_gb": round(runtime.peak_memory_gb(), 2),
        "hardware": provenance.hardware(config.threads),
        "versions": provenance.versions(),
        "losses": [{key: row[key] for key in ("step", "loss", "tokens", "seconds")} for row in history],
    }


def _save(loaded: LoadedModel, folder: Path, log: dict[str, Any]) -> None:
    """Writes weights, tokenizer and log, atomically."""
    with atomic_folder(folder) as part:
        loaded.model.save_pretrained(str(part))
        loaded.tokenizer.save_pretrained(part)
        write_json(part / LOG, log)
