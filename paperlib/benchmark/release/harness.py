"""A task of lm-evaluation-harness (https://github.com/EleutherAI/lm-evaluation-harness) for each test split."""

import json
import math
from collections.abc import Sequence
from pathlib import Path

from paperlib.benchmark.checks import Splits
from paperlib.benchmark.release import harness_utils
from paperlib.benchmark.release.about import TASK, document
from paperlib.benchmark.release.rows import answer_json, file_of, split_name
from paperlib.core.files import write_text
from paperlib.data.examples import Example
from paperlib.data.prompts import TEMPLATE

FOLDER = "lm_eval/edgejson"
UP = "../.."  # from there to the release's folder
CHARACTERS_PER_TOKEN = 1.5  # SmolLM2 needs fewer tokens in every answer that we have measured
STEP = 64  # the cap is a multiple of it
MAIN = "test"  # the split of the task without a suffix
TRAIN = "train"  # gets no task


def write_tasks(folder: Path, splits: Splits) -> list[str]:
    """Writes the tasks into a release's folder, with the functions that score them. Returns their names."""
    tasks = {split: TASK if split == MAIN else f"{TASK}_{split_name(split)}" for split in splits if split != TRAIN}
    for split, task in tasks.items():
        write_text(folder / FOLDER / f"{task}.yaml", _task(split, task, splits[split]))
    if tasks:
        write_text(folder / FOLDER / "utils.py", Path(harness_utils.__file__).read_text(encoding="utf-8"))
    return list(tasks.values())


def cap(examples: Sequence[Example]) -> int:
    """A number of tokens that is enough for every answer."""
    longest = max(len(answer_json(example.answer)) for example in examples)
    return STEP * math.ceil(longest / CHARACTERS_PER_TOKEN / STEP)


def _task(split: str, task: str, examples: Sequence[Example]) -> str:
    """The task file. Its prompt is a Jinja template with the text as a variable, so that no text is read as Jinja."""
    return document(
        "task.yaml",
        split=split,
        task=task,
        key=split_name(split),
        file=f"{UP}/{file_of(split)}",
        prompt=json.dumps(TEMPLATE.replace("{text}", "{{text}}")),
        cap=cap(examples),
    )
