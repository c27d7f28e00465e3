"""The study of intent classifiers: one recipe, three sets, several sizes, and what stands beside them.

``train_set`` makes all classifiers of a set and scores them on its dev part alone; the texts of the test part are read
so that none of them is among the further ones that the teacher labels. ``score_set`` scores each classifier on the test
part once: one that has a record is not scored again. A record is one JSON file with the run's seed, recipe, provenance,
cost, and metrics with counts and intervals on the dev and the test part.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch
from numpy.typing import ArrayLike

from paperlib.benchmark.intents.intent_records import load_set
from paperlib.core import paths, provenance, runtime
from paperlib.core.errors import PaperlibError
from paperlib.core.files import atomic_write, digest, read_json, write_json
from paperlib.data.display import Table
from paperlib.data.intents.intent_sets import Utterance, utterances_hash
from paperlib.decoding.intents.classifier import Classifier
from paperlib.evaluation.intents.intent_metrics import Estimate, intent_metrics
from paperlib.training.intents.distillation import Teacher, load_teacher
from paperlib.training.intents.intent_recipe import (
    RECIPES,
    SIZES,
    IntentRecipe,
    labels_only,
    names_of,
    student_of,
    teacher_of,
    transfer_set,
)
from paperlib.training.intents.sentence_encoder import TITLE
from paperlib.workflow.intents.intent_pipeline import answers, chosen, write_calibrated
from paperlib.workflow.intents.intent_report import shown

SVM, ENCODER, NGRAMS = "tfidf-svm", "minilm", "ngrams"
LABELS = {SVM: "TF-IDF and linear SVM", ENCODER: f"{TITLE}, fine-tuned", NGRAMS: "hashed n-grams, without a teacher"}
Logits = Callable[[Sequence[str]], Any]
THREADS = 2  # that the whole study is run with


def folder_of(name: str) -> Path:
    """Where the classifiers of a set lie."""
    return paths.ROOT / "build" / "intents" / name


def train_set(name: str, sizes: Sequence[str], recipe_name: str, seed: int) -> None:
    """Trains teacher, students and SVM of a set, and n-grams without a teacher, as fastText does (Joulin et al., 2017,
    https://arxiv.org/abs/1607.01759); writes ``<classifier>/trained.json`` for each, with its dev scores.

    The long recipe gives students alone further steps and texts, and their names end in ``-long``; behind it stands a
    seed that is not 0, as in ``5M-long-seed1``. A teacher that lies there already is not trained again."""
    runtime.configure(THREADS)
    train, dev, recipe = load_set(name, "train"), load_set(name, "dev"), RECIPES[recipe_name]
    names, folder = names_of(train), folder_of(name)
    teacher = _teacher(folder, train, recipe, seed)
    run = Run(name, train, dev, recipe, seed)
    suffix = suffix_of(seed)
    for key, logits, parameters in beside(teacher):
        found = logits([one.text for one in dev])
        made = {**asdict(chosen(found, dev, names)), "parameters": parameters, "bytes": None, "train_seconds": None}
        write_trained(folder / f"{key}{suffix}", run, made, found)
    transfer = transfer_set(teacher, train, recipe, seed, [*dev, *load_set(name, "test")])
    taught = [(size + ("-long" if recipe_name == "long" else ""), size, transfer) for size in sizes]
    if recipe_name == "short":
        taught.append((NGRAMS, "1M", labels_only(train)))
    for key, size, learnt in taught:
        started, own = time.monotonic(), replace(recipe, shape=SIZES[size])
        student = student_of(teacher, learnt, names, own, seed)
        place = folder / f"{key}{suffix}"
        made = write_calibrated(place, student, names, dev, {"data": name, "seed": seed})
        made["train_seconds"] = round(time.monotonic() - started, 1)
        logits_of_dev = Classifier.load(place).logits([one.text for one in dev])
        write_trained(place, replace(run, recipe=own), made, logits_of_dev)


def suffix_of(seed: int) -> str:
    """What the seed adds to the name of a classifier: nothing where it is 0."""
    return f"-seed{seed}" if seed else ""


@dataclass(frozen=True)
class Run:
    """What all classifiers of a set have in common."""

    set: str
    train: Sequence[Utterance]
    dev: Sequence[Utterance]
    recipe: Any  # a dataclass: an IntentRecipe, or what was chosen for a probe
    seed: int


def beside(teacher: Teacher) -> tuple[tuple[str, Logits, int], ...]:
    """What stands beside the students: name, logits of texts, parameters."""
    return (
        (SVM, teacher.svm.logits, teacher.svm.n_parameters()),
        (ENCODER, teacher.encoder_logits, teacher.n_parameters()),
    )


def _teacher(folder: Path, train: Sequence[Utterance], recipe: IntentRecipe, seed: int) -> Teacher:
    what = digest([utterances_hash(train), asdict(recipe.teacher_schedule(len(train))), seed])
    path = folder / f"teacher-{what}.pt"
    if path.is_file():
        return load_teacher(path, train, names_of(train), seed)
    teacher = teacher_of(train, recipe, seed)
    with atomic_write(path) as part:
        torch.save(teacher.model.state_dict(), part)
    return teacher


def write_trained(folder: Path, run: Run, made: dict[str, Any], logits: ArrayLike) -> None:
    """Writes ``trained.json``, a record without test scores; ``logits`` are those of the dev part."""
    key = folder.name.removesuffix(suffix_of(run.seed))
    longer = ", longer" if key.endswith("-long") else ""
    label = LABELS.get(key, f"ours, {made['parameters'] / 1e6:.2f}M{longer}")
    label += f", seed {run.seed}" if run.seed else ""
    write_json(folder / "trained.json", unscored(folder.name, label, run, made, logits))


def unscored(key: str, label: str, run: Run, made: dict[str, Any], logits: ArrayLike) -> dict[str, Any]:
    """The record of a classifier without test scores; its dev scores are printed."""
    scores = intent_metrics(answers(logits, run.dev, names_of(run.train), made["temperature"]))
    record = {
        "run": f"{run.set}/{key}",
        "label": label,
        "set": run.set,
        "seed": run.seed,
        "recipe": asdict(run.recipe),
        "model": made,
        "data": {"n_train": len(run.train), "train_hash": utterances_hash(run.train), "n_dev": len(run.dev)},
        "provenance": origin(),
        "dev": {key: one.as_json() for key, one in scores.items()},
    }
    found = ", ".join(f"{title} {value}" for title, value in shown(scores).items())
    print(f"{record['run']}: {found}", flush=True)
    return record


def origin() -> dict[str, Any]:
    """By which code and on what machine a classifier is made."""
    commit, dirty = provenance.git_state()
    versions = provenance.versions()
    return {"git_commit": commit, "git_dirty": dirty, "hardware": provenance.hardware(THREADS), "versions": versions}


def score_set(name: str) -> Table:
    """Scores the classifiers of a set on its test part, each once, and writes their records.

    One that has a record is left alone. Raises PaperlibError where none was trained."""
    folder, train = folder_of(name), load_set(name, "train")
    made = sorted(folder.glob("*/trained.json"))
    if not made:
        raise PaperlibError(f"{folder}: holds no classifier; train some first")
    targets = {path: paths.INTENT_RESULTS / f"{name}-{path.parent.name}.json" for path in made}
    left = {path: target for path, target in targets.items() if not target.is_file()}
    runtime.configure(THREADS)
    test, ways = load_set(name, "test"), dict[int, dict[str, Logits]]()
    for path, target in left.items():
        record = read_json(path)
        seed = record["seed"]
        key = path.parent.name.removesuffix(suffix_of(seed))
        if key in (SVM, ENCODER) and seed not in ways:
            ways[seed] = {one: logits for one, logits, _ in beside(_teacher(folder, train, RECIPES["short"], seed))}
        logits = ways.get(seed, {}).get(key) or Classifier.load(path.parent).logits
        write_json(target, scored(record, logits([one.text for one in test]), test, names_of(train)))
    return study_table(name)


def scored(
    record: dict[str, Any], logits: ArrayLike, test: Sequence[Utterance], names: Sequence[str]
) -> dict[str, Any]:
    """The record with its scores on the test part, and what its threshold does there."""
    found = answers(logits, test, names, record["model"]["temperature"])
    kept = found.scores >= record["model"]["threshold"]
    record["data"] |= {"n_test": len(test), "test_hash": utterances_hash(test)}
    record["test"] = {key: one.as_json() for key, one in intent_metrics(found).items()}
    record["at_threshold"] = {
        "in_scope": int(found.inside.sum()),
        "in_scope_given_and_right": int((found.right & kept & found.inside).sum()),
        "out_of_scope": int((~found.inside).sum()),
        "out_of_scope_withheld": int((~kept & ~found.inside).sum()),
    }
    return record


def study_table(name: str) -> Table:
    """The committed records of a set, the smallest model first."""
    records = [read_json(path) for path in sorted(paths.INTENT_RESULTS.glob(f"{name}-*.json"))]
    return Table(
        [
            {
                "classifier": record["label"],
                "parameters": f"{record['model']['parameters'] / 1e6:.2f}M",
                "MB": "–" if record["model"]["bytes"] is None else f"{record['model']['bytes'] / 1e6:.2f}",
                **shown({key: Estimate(**value) for key, value in record["test"].items()}),
            }
            for record in sorted(records, key=lambda record: record["model"]["parameters"])
        ]
    )
