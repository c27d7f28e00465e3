"""What a tuned model is worth on the documents held out, beside the same base untuned and beside rules."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from tqdm import tqdm

from paperlib.baselines import registry
from paperlib.core.config import EXTRACTION_CAP_FACTOR, Constraint
from paperlib.core.records import Metric
from paperlib.data.examples import Example
from paperlib.data.leaf_alignment import MISSING, pair_leaves
from paperlib.data.leaves import json_equal
from paperlib.data.predictions import Prediction
from paperlib.decoding.answering import Decoding
from paperlib.decoding.extraction.extractor import Extraction, Extractor
from paperlib.evaluation.calibration import LeafOutcome, outcomes
from paperlib.evaluation.metrics import parse_output
from paperlib.evaluation.report import Report, report
from paperlib.evaluation.statistics.intervals import Interval, bootstrap_ratio, wilson
from paperlib.training.loaded_model import LoadedModel
from paperlib.workflow.finetune.task import Task

BATCH = 16  # documents at a time


@dataclass(frozen=True)
class Field:
    """How often a field is right in each document, array items counted: ``rights`` of ``wanted``, ``given`` times."""

    name: str
    rights: list[int]
    wanted: list[int]
    given: list[int]

    @property
    def right(self) -> int:
        return sum(self.rights)

    @property
    def expected(self) -> int:
        return sum(self.wanted)

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        return 2 * self.right / (self.expected + sum(self.given))

    @property
    def recall(self) -> Interval:
        """The 95 % interval of the share of expected values that were found: Wilson's where no document has several,
        else a bootstrap over documents, whose values are right or wrong together."""
        if max(self.wanted, default=0) > 1:
            having = np.array([pair for pair in zip(self.rights, self.wanted, strict=True) if pair[1]])
            return bootstrap_ratio(having[:, 0], having[:, 1])
        return wilson(self.right, self.expected) if self.expected else (0.0, 1.0)


@dataclass(frozen=True)
class Evaluation:
    """Answers to the documents held out, and their scores."""

    predictions: list[Prediction]
    report: Report
    leaves: list[LeafOutcome] = field(default_factory=list)  # that have a probability

    @property
    def overall(self) -> dict[str, Metric]:
        """The metrics over all documents, by name."""
        return {metric.metric: metric for metric in self.report.metrics if metric.group == "overall"}

    @property
    def refused(self) -> int:
        """The number of documents without an answer."""
        return sum(not prediction.output for prediction in self.predictions)


def evaluate(loaded: LoadedModel, log: dict[str, Any], task: Task, constraint: Constraint) -> Evaluation:
    """Extracts from the documents held out as ``paperlib extract`` would, and scores what it finds. A document that it
    refuses, since an answer does not end for example, has no answer."""
    decoding = Decoding(constraint, cap_factor=EXTRACTION_CAP_FACTOR, batch_size=BATCH)
    extractor = Extractor(loaded, log, decoding)
    batches = [task.test[start : start + BATCH] for start in range(0, len(task.test), BATCH)]
    found = [
        one if isinstance(one, Extraction) else None
        for batch in tqdm(batches, desc=loaded.name, disable=None)
        for one in extractor.attempts([example.text for example in batch], task.schema)
    ]
    predictions, sure = [], []
    for example, one in zip(task.test, found, strict=True):
        predictions.append(Prediction(example.id, one.json if one else "", 0, 0, "eos", 0.0))
        sure += outcomes(one.value, one.confidence, example.answer) if one else []
    return Evaluation(predictions, report(task.test, predictions, task.schemas), sure)


def by_rules(task: Task) -> Evaluation:
    """The same of a parser of ``Label: value`` lines and tables that knows the schema."""
    predictions = registry.predict("rules-surfaces", task.train, task.test, task.schemas)
    return Evaluation(predictions, report(task.test, predictions, task.schemas))


def by_field(examples: Sequence[Example], predictions: Sequence[Prediction]) -> list[Field]:
    """The fields of all expected values and answers, named by their keys, in order of appearance."""
    fields: dict[str, Field] = {}
    answers = {prediction.id: parse_output(prediction.output)[0] for prediction in predictions}
    for place, example in enumerate(examples):
        for path, found, expected in pair_leaves(answers[example.id], example.answer):
            name = ".".join(step for step in path if isinstance(step, str)) or "(items)"
            one = fields.setdefault(name, Field(name, *([0] * len(examples) for _ in range(3))))
            one.rights[place] += found is not MISSING and expected is not MISSING and json_equal(found, expected)
            one.wanted[place] += expected is not MISSING
            one.given[place] += found is not MISSING
    return list(fields.values())
