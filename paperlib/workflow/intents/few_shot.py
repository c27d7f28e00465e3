"""How many examples an intent needs: the study's recipe on a few utterances of each intent, with several seeds.

The seed draws the examples and trains on them. Nothing is chosen: the recipe is that of all examples, and the dev part
gives the temperature alone, which no answer depends on. So the test part is scored at once, for each run once.
"""

import random
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from paperlib.benchmark.intents.intent_records import load_set
from paperlib.core import paths, runtime
from paperlib.core.files import write_json
from paperlib.data.intents.intent_sets import SPLITS, Split, Utterance, utterances_hash
from paperlib.decoding.intents.classifier import Classifier
from paperlib.evaluation.intents.intent_metrics import intent_metrics
from paperlib.training.intents.intent_recipe import (
    RECIPES,
    SIZES,
    IntentRecipe,
    names_of,
    student_of,
    teacher_of,
    transfer_set,
)
from paperlib.workflow.intents.intent_pipeline import answers, chosen, write_calibrated
from paperlib.workflow.intents.intent_study import THREADS, Logits, beside, origin

SEEDS = (0, 1, 2)
STUDENT = "5M"


def drawn(train: Sequence[Utterance], n: int, seed: int) -> list[Utterance]:
    """``n`` utterances of each label, or all where there are fewer, in the order of ``train``."""
    places = defaultdict[str, list[int]](list)
    for place, one in enumerate(train):
        places[one.label].append(place)
    kept = set[int]()
    for label, of_label in places.items():
        kept.update(random.Random(f"{n}/{seed}/{label}").sample(of_label, min(n, len(of_label))))
    return [one for place, one in enumerate(train) if place in kept]


def run_few_shot(name: str, examples: Sequence[int]) -> None:
    """Trains and scores SVM, encoder and student of a set on so many examples of each intent; a record for each number
    and seed is written to ``data/results/intents/few_shot``. What has a record is not run again."""
    runtime.configure(THREADS)
    parts, recipe = {split: load_set(name, split) for split in SPLITS}, replace(RECIPES["short"], shape=SIZES[STUDENT])
    for n, seed in product(examples, SEEDS):
        target = path_of(name, n, seed)
        if target.is_file():
            continue
        started, few = time.monotonic(), parts | {"train": drawn(parts["train"], n, seed)}
        scores = _scores(few, recipe, seed)
        record = {
            "set": name,
            "examples_per_intent": n,
            "seed": seed,
            "recipe": asdict(recipe),
            "data": {part: {"n": len(of), "hash": utterances_hash(of)} for part, of in few.items()},
            "seconds": round(time.monotonic() - started, 1),
            "provenance": origin(),
            "test": scores,
        }
        write_json(target, record)
        found = ", ".join(f"{key} {100 * one['accuracy']['value']:.1f} %" for key, one in scores.items())
        print(f"{name}, {n} examples of each intent, seed {seed}: accuracy {found}", flush=True)


def path_of(name: str, n: int, seed: int) -> Path:
    """The record of a run."""
    return paths.INTENT_RESULTS / "few_shot" / f"{name}-{n}-seed{seed}.json"


def _scores(parts: dict[Split, list[Utterance]], recipe: IntentRecipe, seed: int) -> dict[str, Any]:
    """The scores on the test part by classifier."""
    names, scores = names_of(parts["train"]), {}
    for key, logits in _trained(parts, names, recipe, seed):
        of_dev, of_test = (logits([one.text for one in parts[split]]) for split in ("dev", "test"))
        found = answers(of_test, parts["test"], names, chosen(of_dev, parts["dev"], names).temperature)
        scores[key] = {metric: one.as_json() for metric, one in intent_metrics(found).items()}
    return scores


def _trained(
    parts: dict[Split, list[Utterance]], names: Sequence[str], recipe: IntentRecipe, seed: int
) -> Iterator[tuple[str, Logits]]:
    """Name and logits of each classifier; the student's are those of its file."""
    train = parts["train"]
    teacher = teacher_of(train, recipe, seed)
    for key, logits, _ in beside(teacher):
        yield key, logits
    transfer = transfer_set(teacher, train, recipe, seed, [*parts["dev"], *parts["test"]])
    student = student_of(teacher, transfer, names, recipe, seed)
    with TemporaryDirectory() as folder:
        write_calibrated(Path(folder), student, names, parts["dev"], {})
        yield STUDENT, Classifier.load(Path(folder)).logits
