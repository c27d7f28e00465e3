"""What fewer labelled documents would have given: the same training on parts of them, tested on the same documents."""

import math
from dataclasses import replace
from pathlib import Path

from paperlib.core import runtime
from paperlib.core.config import TrainConfig
from paperlib.core.files import sha256_hex
from paperlib.decoding.label_support import with_support
from paperlib.training import models, trainer
from paperlib.workflow.finetune.evaluation import Evaluation, evaluate
from paperlib.workflow.finetune.task import Task

SHARES = (0.25, 0.5)  # of the training documents; the larger part holds the smaller one


def on_part(share: float, out: Path, task: Task, config: TrainConfig) -> tuple[int, Evaluation]:
    """How many documents are ``share`` of them, and what a model gets that saw each as often as the one in ``out`` and
    no other, not even to tell what their texts support. Its weights lie beside the checkpoints, with which they go: a
    run that was stopped has them."""
    order = sorted(task.train, key=lambda one: sha256_hex(one.text))
    part = order[: math.ceil(share * len(order))]
    folder = trainer.checkpoints_beside(out) / f"{len(part)}-documents"
    fewer = replace(task, train=part)
    log = trainer.train(config.model_copy(update={"run": folder.name}), fewer.examples(config), folder=folder)
    loaded = models.load_trained(folder, config.base, runtime.dtype_of(config.precision))
    schema, found = with_support(loaded.tokenizer, config.layout, task.schema, part)
    return len(part), evaluate(loaded, log | found, replace(fewer, schema=schema), found["constraint"])
