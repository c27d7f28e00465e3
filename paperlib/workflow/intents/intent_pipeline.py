"""From labelled utterances to a classifier in a file, and what it answers: the steps that users and the study share."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from paperlib.data.intents import OUT_OF_SCOPE
from paperlib.data.intents.intent_sets import Utterance
from paperlib.decoding.intents.classifier import Classifier
from paperlib.evaluation.intents.intent_metrics import Answers
from paperlib.training.intents.intent_calibration import probabilities, temperature, threshold
from paperlib.training.intents.intent_model import Featurizer, IntentModel
from paperlib.training.intents.model_file import write_model


@dataclass(frozen=True)
class Chosen:
    """What the dev part decides: the scale of the logits, and the probability under which no intent is given."""

    temperature: float
    threshold: float


def chosen(logits: ArrayLike, dev: Sequence[Utterance], names: Sequence[str]) -> Chosen:
    """The choice for a classifier that gave the dev part these logits, (utterances, names)."""
    labels = [one.label for one in dev]
    at = temperature(logits, labels, names)
    return Chosen(at, threshold(probabilities(logits, names, at), labels, names))


def write_calibrated(
    folder: Path,
    student: tuple[IntentModel, Featurizer],
    names: Sequence[str],
    dev: Sequence[Utterance],
    about: dict[str, Any],
) -> dict[str, Any]:
    """Writes ``folder/model.npz``, temperature and threshold chosen by what the quantised model says of the dev part.

    Returns these two, the number of parameters, and of bytes."""
    model, featurizer = student
    meta: dict[str, Any] = {"labels": list(names), "temperature": 1.0, "threshold": 0.0, "about": about}
    write_model(folder, model, featurizer, meta)
    found = chosen(Classifier.load(folder).logits([one.text for one in dev]), dev, names)
    meta |= {"temperature": found.temperature, "threshold": found.threshold}
    size = write_model(folder, model, featurizer, meta)
    return {
        "temperature": found.temperature,
        "threshold": found.threshold,
        "parameters": model.n_parameters(),
        "bytes": size,
    }


def answers(logits: ArrayLike, utterances: Sequence[Utterance], names: Sequence[str], at: float) -> Answers:
    """What a classifier with these logits, (utterances, names), answers at a temperature, beside the labels."""
    found = probabilities(logits, names, at)
    inside = [name for name in names if name != OUT_OF_SCOPE]
    best = found.argmax(1)
    return Answers(
        tuple(inside[place] for place in best),
        np.asarray(found.max(1), float),
        tuple(one.label for one in utterances),
    )
