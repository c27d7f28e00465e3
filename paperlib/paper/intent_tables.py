"""The table of intent classifiers, from their records in data/results/intents; in LaTeX and in Markdown."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from paperlib.core import paths
from paperlib.core.files import read_json
from paperlib.core.records import Record, Records
from paperlib.evaluation.intents.intent_metrics import KEPT
from paperlib.evaluation.runs import find, select
from paperlib.paper.latex import Block, escape, estimate, macro_name, macro_pair, millions, percent, with_interval
from paperlib.paper.scaling_tables import Table

SETS = {"banking77": "BANKING77", "clinc150": "CLINC150", "edge-intent-200": "EdgeIntent-200"}
IN_PERCENT = ("accuracy", "macro_f1", "oos_recall")  # of the metrics shown
HEAD = ["", "Parameters", "MB", r"Accuracy (\%)", r"Macro F1 (\%)", "OOS AUROC", r"OOS recall (\%)"]
SHOWN = ("accuracy", "macro_f1", "oos_auroc", "oos_recall")


def intents(generators: Records | None = None) -> Table:
    """A row a classifier, in a block a set: scores on the test part, with intervals. Out-of-scope recall is that at
    95 % accuracy in scope; a classifier that is less often right has none, and a set without such utterances neither.

    ``generators``: records, of which those of language models that generate an intent get a row each.
    """
    made = records()
    blocks: list[Block] = []
    for name, title in SETS.items():
        of_set = sorted((one for one in made if one["set"] == name), key=lambda one: one["model"]["parameters"])
        if of_set:
            n = of_set[0]["test"]["accuracy"]["n"]
            generating = select(generators or {}, recipe="intents", test_set=name)
            rows = [*map(_row, of_set), *map(_generator, generating)]
            blocks.append((escape(f"{title}, {n} test utterances in scope"), rows))
    return Table("lrrrrrr", HEAD, blocks or [("", [])])


def _generator(one: Record) -> Sequence[str]:
    """Utterances out of scope have a schema of their own, so that the other one's exact answers are those in scope."""
    accuracy = with_interval(find(one, "json_exact", "schema", one.test_set))
    return [escape(one.label), millions(one.model.parameters), "--", accuracy, "--", "--", "--"]


def records() -> list[dict[str, Any]]:
    """The committed ones, in order of their names."""
    return [read_json(path) for path in sorted(paths.INTENT_RESULTS.glob("*.json"))]


def _row(one: dict[str, Any]) -> Sequence[str]:
    size = one["model"].get("bytes")
    label = re.sub(r"-Instruct \(dequantised \w+\)", "", one["label"])  # of a language model; the caption says it
    cells = [escape(label), millions(one["model"]["parameters"]), f"{size / 1e6:.1f}" if size else "--"]
    shown = {metric: one["test"].get(metric) for metric in SHOWN}
    if one["test"]["accuracy"]["value"] < KEPT:
        shown["oos_recall"] = None
    return [*cells, *(_cell(found, metric) for metric, found in shown.items())]


def _cell(found: dict[str, float] | None, metric: str) -> str:
    if found is None:
        return "--"
    value = (found["value"], found["low"], found["high"])
    return estimate(value, percent if metric in IN_PERCENT else "{:.3f}".format)


def macros() -> Iterator[tuple[str, str]]:
    r"""``\Intent<Set><Classifier><Metric>``, and the same with Interval: \IntentBankingSevenSevenFiveMAccuracy."""
    for one in records():
        for metric, found in one["test"].items():
            written = percent if metric in IN_PERCENT else "{:.3f}".format
            value = (found["value"], found["low"], found["high"])
            yield from macro_pair(macro_name("intent", one["run"], metric), value, written)
        yield macro_name("intent", one["run"], "parameters"), millions(one["model"]["parameters"])
        if size := one["model"].get("bytes"):
            yield macro_name("intent", one["run"], "megabytes"), f"{size / 1e6:.1f}"
