"""A task for each test split in the form of lm-evaluation-harness, https://github.com/EleutherAI/lm-evaluation-harness."""

import json
import math
from collections.abc import Sequence
from pathlib import Path

from paperlib.benchmark.release import harness_utils
from paperlib.benchmark.release.about import NAME, TASK
from paperlib.benchmark.release.markdown_table import Parts
from paperlib.benchmark.release.rows import file_of, split_name, written
from paperlib.core.files import write_text
from paperlib.data.examples import Example
from paperlib.data.prompts import TEMPLATE

FOLDER = "lm_eval/edgejson"
UP = "../.."  # from there to the release's folder
CHARACTERS = 1.5  # of an answer, a token: SmolLM2's tokens hold more in every answer we have measured
STEP = 64  # the cap is a multiple of it
MAIN = "test"  # the split that the task without a suffix is about
TRAIN = "train"  # no task

FILE = """\
# {name}, split {split}. For lm-evaluation-harness (made with 0.4.13):
#   lm_eval --include_path RELEASE/lm_eval --tasks {task} --model hf --model_args pretrained=MODEL
task: {task}
tag: edgejson
dataset_path: json
custom_dataset: !function utils.dataset  # so that the file below is found from any working directory
dataset_kwargs:
  data_files: {{{key}: {file}}}
test_split: {key}
output_type: generate_until
num_fewshot: 0
doc_to_text: {prompt}
target_delimiter: " "
doc_to_target: answer
generation_kwargs: {{until: [], do_sample: false, temperature: 0.0, max_gen_toks: {cap}}}
process_results: !function utils.process_results
metric_list:
  - {{metric: json_exact, aggregation: mean, higher_is_better: true}}
  - {{metric: field_f1, aggregation: mean, higher_is_better: true}}
metadata: {{version: 1.0}}
"""


def write_tasks(folder: Path, parts: Parts) -> list[str]:
    """The tasks in the release's ``folder``; their names."""
    tasks = {split: task_name(split) for split in parts if split != TRAIN}
    for split, task in tasks.items():
        write_text(folder / FOLDER / f"{task}.yaml", _task(split, task, parts[split]))
    if tasks:
        write_text(folder / FOLDER / "utils.py", Path(harness_utils.__file__).read_text(encoding="utf-8"))
    return list(tasks.values())


def task_name(split: str) -> str:
    return TASK if split == MAIN else f"{TASK}_{split_name(split)}"


def template() -> str:
    """The prompt as a Jinja template. The text takes the place of its name; nothing in it is read as Jinja."""
    return TEMPLATE.replace("{text}", "{{text}}")


def cap(examples: Sequence[Example]) -> int:
    """Tokens that are enough for every answer."""
    longest = max(len(written(example.answer)) for example in examples)
    return STEP * math.ceil(longest / CHARACTERS / STEP)


def _task(split: str, task: str, examples: Sequence[Example]) -> str:
    return FILE.format(
        name=NAME,
        split=split,
        task=task,
        key=split_name(split),
        file=f"{UP}/{file_of(split)}",
        prompt=json.dumps(template()),
        cap=cap(examples),
    )
