"""From a CSV of ``text,label`` to a classifier of at most 10 MB with its report."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from paperlib.core import paths, provenance, runtime
from paperlib.core.files import atomic_folder, write_json, write_jsonl, write_text
from paperlib.data.display import counted
from paperlib.data.intents import OUT_OF_SCOPE
from paperlib.data.intents.classifier_files import NUMPY
from paperlib.data.intents.intent_csv import LabelledUtterances
from paperlib.data.intents.intent_sets import Utterance, utterances_hash
from paperlib.decoding.intents.classifier import Classifier
from paperlib.evaluation.intents.intent_metrics import intent_metrics
from paperlib.training.intents import sentence_encoder
from paperlib.training.intents.intent_recipe import RECIPES, SIZES, names_of, student_of, teacher_of, transfer_set
from paperlib.workflow.intents import intent_report
from paperlib.workflow.intents.intent_pipeline import answers, chosen, write_calibrated
from paperlib.workflow.intents.intent_report import Tested
from paperlib.workflow.output_folder import check_output_folder

WRITTEN = {NUMPY, "record.json", "report.html", "README.md", "held-out.jsonl"}
TIMED = 50  # utterances that are timed, one at a time
OVERHEAD = 10  # seconds, to load the encoder and to test
TEACHER, LABEL, STUDENT = 0.0068, 0.001, 0.0017  # seconds for an utterance: trained on, labelled, learnt from
NGRAMS = 0.0001  # and learnt from by n-grams alone


@dataclass(frozen=True)
class IntentSettings:
    """What ``paperlib finetune-intents`` is asked for beside the utterances: its arguments."""

    out: Path
    size: str = "5M"
    seed: int = 0
    threads: int = 2
    recipe: str = "short"
    inputs: tuple[Path | None, ...] = ()  # the files that the utterances were read from


def finetune_intents(settings: IntentSettings, data: LabelledUtterances) -> list[Tested]:
    """Trains a classifier on labelled utterances, tests it, and writes it to ``settings.out`` with its report, all at
    once: a run that was stopped leaves the folder as it was.

    Returns its scores, the first, and those of other ways. Raises PaperlibError for a folder that holds anything else.
    """
    check_output_folder(settings.out, WRITTEN, {NUMPY, "record.json"}, *settings.inputs)
    recipe = replace(RECIPES[settings.recipe], shape=SIZES[settings.size])
    runtime.configure(settings.threads)
    started, names = time.monotonic(), names_of(data.train)
    teacher = teacher_of(data.train, recipe, settings.seed)
    transfer = transfer_set(teacher, data.train, recipe, settings.seed, [*data.dev, *data.test])
    student = student_of(teacher, transfer, names, recipe, settings.seed)
    about = {"data": utterances_hash(data.train), "seed": settings.seed}
    with atomic_folder(settings.out) as part:
        found = write_calibrated(part, student, names, data.dev, about)
        record = {**found, "seconds": round(time.monotonic() - started, 1), "seed": settings.seed}
        classifier = Classifier.load(part)
        tested = [_of_file(classifier, data, names, record)]
        for name, other, parameters in (
            ("sentence encoder, fine-tuned", teacher.encoder_logits, teacher.n_parameters()),
            ("TF-IDF and linear SVM", teacher.svm.logits, teacher.svm.n_parameters()),
        ):
            tested.append(_of_logits(name, other, parameters, data, names))
        _write_pages(settings, part, data, classifier, tested, record)
    print(intent_report.scores(tested))
    print(f"{paths.display(settings.out / 'report.html')}: scores by intent, and the mistakes")
    return tested


def training_time(n: int, size: str, recipe_name: str = "short") -> str:
    """What it takes, about, to train on ``n`` utterances, with what is loaded before and tested behind it."""
    recipe = replace(RECIPES[recipe_name], shape=SIZES[size])
    student = STUDENT if recipe.shape.layers else NGRAMS
    steps = recipe.teacher_schedule(n).steps * TEACHER + recipe.student_schedule(n).steps * student
    return _duration(OVERHEAD + steps * recipe.batch + n * (1 + recipe.further + recipe.others) * LABEL)


def _duration(seconds: float) -> str:
    """In minutes, from one on; below it in tens of seconds."""
    tens = 10 * max(1, round(seconds / 10))
    return f"{tens} seconds" if tens < 60 else counted(round(seconds / 60), "minute")


def _of_file(classifier: Classifier, data: LabelledUtterances, names: Sequence[str], record: dict[str, Any]) -> Tested:
    logits = classifier.logits([one.text for one in data.test])
    found = answers(logits, data.test, names, record["temperature"])
    return Tested("this model", record["parameters"], record["bytes"] / 1e6, found, intent_metrics(found))


def _of_logits(name: str, logits: Any, parameters: int, data: LabelledUtterances, names: Sequence[str]) -> Tested:
    """Another classifier, its temperature chosen as that of the model."""
    at = chosen(logits([one.text for one in data.dev]), data.dev, names).temperature
    found = answers(logits([one.text for one in data.test]), data.test, names, at)
    return Tested(name, parameters, None, found, intent_metrics(found))


def milliseconds(classifier: Classifier, utterances: Sequence[Utterance]) -> float:
    """The median time for one utterance, each by itself, on as many cores as numpy takes."""
    times = []
    for one in [*utterances[:TIMED], *utterances[:TIMED]]:  # the first half warms up
        started = time.perf_counter()
        classifier.classify([one.text])
        times.append(time.perf_counter() - started)
    return 1000 * float(np.median(times[len(times) // 2 :]))


def _write_pages(
    settings: IntentSettings,
    folder: Path,
    data: LabelledUtterances,
    classifier: Classifier,
    tested: Sequence[Tested],
    record: dict[str, Any],
) -> None:
    out = settings.out
    record["milliseconds"] = round(milliseconds(classifier, data.test), 2)
    outside = sum(one.label == OUT_OF_SCOPE for one in data.train)
    record |= {"n_train": len(data.train), "n_train_oos": outside, "n_dev": len(data.dev), "n_test": len(data.test)}
    title = f"{out.resolve().name}: {len(classifier.labels)} intents"
    summary = f"Trained on {counted(len(data.train), 'labelled utterance')} in about {_duration(record['seconds'])}."
    page = intent_report.report_page(title, summary, tested, data, classifier.threshold, record["milliseconds"])
    write_text(folder / "report.html", page)
    card = intent_report.model_card(title, summary, tested, record, str(out), sentence_encoder.TITLE)
    write_text(folder / "README.md", card)
    model = tested[0].answers
    rows = zip(data.test, model.intents, model.scores, strict=True)
    held = ({"text": o.text, "label": o.label, "intent": i, "probability": round(float(p), 4)} for o, i, p in rows)
    write_jsonl(folder / "held-out.jsonl", held)
    record["metrics"] = {one.name: {key: m.as_json() for key, m in one.metrics.items()} for one in tested}
    record |= {"hardware": provenance.hardware(settings.threads), "versions": provenance.versions()}
    write_json(folder / "record.json", record)
