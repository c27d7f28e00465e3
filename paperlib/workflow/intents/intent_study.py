"""The study of intent classifiers: one recipe, three sets, several sizes, and what stands beside them.

``train_set`` makes all classifiers of a set and looks at its dev part alone. ``score_set`` opens the test part, once:
it refuses to do so for a classifier that has a record. A record is one JSON file with the run's seed, recipe,
provenance, cost, and metrics with counts and intervals on the dev and the test part.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import torch
from numpy.typing import ArrayLike

from paperlib.benchmark.intents.intent_texts import generate
from paperlib.core import paths, provenance, runtime
from paperlib.core.errors import PaperlibError
from paperlib.core.files import read_json, write_json
from paperlib.data.display import Table
from paperlib.data.intents.utterances import Split, Utterance, load_intents, part_by_hash, utterances_hash
from paperlib.decoding.intents.classifier import Classifier
from paperlib.evaluation.intents.intent_metrics import Estimate, intent_metrics
from paperlib.training.intents.distillation import Teacher, load_teacher
from paperlib.training.intents.intent_recipe import SIZES, IntentRecipe, lesson_of, names_of, student_of, teacher_of
from paperlib.training.intents.sentence_encoder import TITLE
from paperlib.workflow.intents.intent_pipeline import answers, chosen, write_calibrated
from paperlib.workflow.intents.intent_report import TITLES, estimate

OWN = "edge-intent-200"
DEV = 10  # one utterance of an intent in so many, of our own set
SVM, ENCODER = "tfidf-svm", "minilm"
LABELS = {SVM: "TF-IDF and linear SVM", ENCODER: f"{TITLE}, fine-tuned"}
Logits = Callable[[Sequence[str]], ArrayLike]


def load_set(name: str, split: Split) -> list[Utterance]:
    """A split of a public set, or of our own."""
    if name != OWN:
        return load_intents(name, split)
    if split == "test":
        return generate("test")
    return part_by_hash(generate("train"), DEV)[split == "dev"]


def folder_of(name: str) -> Path:
    """Where the classifiers of a set lie."""
    return paths.ROOT / "build" / "intents" / name


def train_set(name: str, sizes: Sequence[str] = tuple(SIZES), seed: int = 0, threads: int = 2) -> None:
    """Trains teacher, students and SVM of a set; writes ``<classifier>/trained.json`` for each, with its dev scores.

    A teacher that lies there already is not trained again."""
    runtime.configure(threads)
    train, dev, recipe = load_set(name, "train"), load_set(name, "dev"), IntentRecipe()
    names, folder = names_of(train), folder_of(name)
    teacher = _teacher(folder, train, recipe, seed)
    beside: tuple[tuple[str, Logits, int], ...] = (
        (SVM, teacher.svm.logits, teacher.svm.n_parameters()),
        (ENCODER, teacher.encoder_logits, teacher.n_parameters()),
    )
    for key, logits, parameters in beside:
        found = logits([one.text for one in dev])
        made = {**asdict(chosen(found, dev, names)), "parameters": parameters, "bytes": None, "train_seconds": None}
        _write_trained(folder / key, name, made, train, dev, found, recipe, seed, threads)
    lesson = lesson_of(teacher, train, recipe, seed)
    for size in sizes:
        started, own = time.monotonic(), replace(recipe, shape=SIZES[size])
        student = student_of(teacher, lesson, names, own, seed)
        made = write_calibrated(folder / size, student, names, dev, {"data": name, "seed": seed})
        made["train_seconds"] = round(time.monotonic() - started, 1)
        logits = Classifier.load(folder / size).logits([one.text for one in dev])
        _write_trained(folder / size, name, made, train, dev, logits, own, seed, threads)


def _teacher(folder: Path, train: Sequence[Utterance], recipe: IntentRecipe, seed: int) -> Teacher:
    path = folder / "teacher.pt"
    if path.is_file():
        return load_teacher(path, train, names_of(train), seed)
    teacher = teacher_of(train, recipe, seed)
    folder.mkdir(parents=True, exist_ok=True)
    torch.save(teacher.model.state_dict(), path)
    return teacher


def _write_trained(
    folder: Path,
    name: str,
    made: dict[str, Any],
    train: Sequence[Utterance],
    dev: Sequence[Utterance],
    logits: ArrayLike,
    recipe: IntentRecipe,
    seed: int,
    threads: int,
) -> None:
    commit, dirty = provenance.git_state()
    scores = intent_metrics(answers(logits, dev, names_of(train), made["temperature"]))
    record = {
        "run": f"{name}/{folder.name}",
        "label": LABELS.get(folder.name, f"ours, {made['parameters'] / 1e6:.2f}M"),
        "set": name,
        "seed": seed,
        "recipe": asdict(recipe),
        "model": made,
        "data": {"n_train": len(train), "train_hash": utterances_hash(train), "n_dev": len(dev)},
        "provenance": {
            "git_commit": commit,
            "git_dirty": dirty,
            "hardware": provenance.hardware(threads),
            "versions": provenance.versions(),
        },
        "dev": {key: one.as_json() for key, one in scores.items()},
    }
    write_json(folder / "trained.json", record)
    print(f"{record['run']}: " + ", ".join(f"{TITLES[key]} {estimate(one)}" for key, one in scores.items()), flush=True)


def score_set(name: str, threads: int = 2) -> Table:
    """Scores all classifiers of a set on its test part and writes their records; they are scored once.

    Raises PaperlibError where one of them has a record already, or none was trained."""
    folder, runtime_names = folder_of(name), names_of(load_set(name, "train"))
    made = sorted(folder.glob("*/trained.json"))
    if not made:
        raise PaperlibError(f"{folder}: holds no classifier; train some first")
    targets = {path: paths.INTENT_RESULTS / f"{name}-{path.parent.name}.json" for path in made}
    if there := [target for target in targets.values() if target.is_file()]:
        raise PaperlibError(f"{paths.display(there[0])}: scored already; a test part is scored once")
    runtime.configure(threads)
    teacher, test = _teacher(folder, load_set(name, "train"), IntentRecipe(), 0), load_set(name, "test")
    ways: dict[str, Logits] = {SVM: teacher.svm.logits, ENCODER: teacher.encoder_logits}
    for path, target in targets.items():
        record, key = read_json(path), path.parent.name
        logits = (ways[key] if key in ways else Classifier.load(path.parent).logits)([one.text for one in test])
        found = answers(logits, test, runtime_names, record["model"]["temperature"])
        record["data"] |= {"n_test": len(test), "test_hash": utterances_hash(test)}
        record["test"] = {name: one.as_json() for name, one in intent_metrics(found).items()}
        kept = found.scores >= record["model"]["threshold"]
        record["withheld"] = {
            "right_and_given": int((found.right & kept & found.inside).sum()),
            "in_scope": int(found.inside.sum()),
            "outside_withheld": int((~kept & ~found.inside).sum()),
            "outside": int((~found.inside).sum()),
        }
        write_json(target, record)
    return study_table(name)


def study_table(name: str) -> Table:
    """The committed records of a set, the smallest model first."""
    records = [read_json(path) for path in sorted(paths.INTENT_RESULTS.glob(f"{name}-*.json"))]
    return Table(
        [
            {
                "classifier": record["label"],
                "parameters": f"{record['model']['parameters'] / 1e6:.2f}M",
                "MB": "–" if record["model"]["bytes"] is None else f"{record['model']['bytes'] / 1e6:.2f}",
                **{TITLES[key]: estimate(Estimate(**value)) for key, value in record["test"].items()},
            }
            for record in sorted(records, key=lambda record: record["model"]["parameters"])
        ]
    )
