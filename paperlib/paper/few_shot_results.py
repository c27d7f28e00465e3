"""How intent classifiers learn from a few examples of each intent: a table and a figure, from the committed records."""

from collections.abc import Iterator

from matplotlib.figure import Figure

from paperlib.core import paths
from paperlib.core.files import read_json
from paperlib.evaluation.scaling.contrasts import Estimate
from paperlib.evaluation.statistics.intervals import t_over_seeds
from paperlib.paper import intent_tables
from paperlib.paper.intent_figures import BESIDE, OURS, accuracies
from paperlib.paper.intent_tables import SETS
from paperlib.paper.latex import Block, escape, estimate, macro_name, macro_pair, percent
from paperlib.paper.plots import SizeRow, size_row
from paperlib.paper.scaling_tables import Table

CLASSIFIERS = {"tfidf-svm": BESIDE["tfidf-svm"], "5M": OURS, "minilm": BESIDE["minilm"]}
NUMBER = "examples_per_intent"
Curve = dict[int, Estimate]  # accuracy by the number of examples of each intent


def curves() -> dict[tuple[str, str], Curve]:
    """By set and classifier: mean accuracy over seeds with its t interval; of all examples that of the one seed, with
    its Wilson interval, at their mean number. What has no record of all examples is left out."""
    return {at: curve for name in SETS for at, curve in _curves_of(name)}


def _curves_of(name: str) -> Iterator[tuple[tuple[str, str], Curve]]:
    records = [read_json(path) for path in sorted((paths.INTENT_RESULTS / "few_shot").glob(f"{name}-*.json"))]
    if not records:
        return
    by_number = {n: [one for one in records if one[NUMBER] == n] for n in sorted({one[NUMBER] for one in records})}
    by_number = {n: runs for n, runs in by_number.items() if len(runs) > 1}  # one drawing has no interval
    intents = records[0]["data"]["train"]["n"] / records[0][NUMBER]
    whole = {one["run"].partition("/")[2]: one for one in intent_tables.records() if one["set"] == name}
    for key in (key for key in CLASSIFIERS if key in whole):
        curve, one = Curve(), whole[key]
        for n, runs in by_number.items():
            mean, (low, high) = t_over_seeds([run["test"][key]["accuracy"]["value"] for run in runs])
            curve[n] = Estimate(mean, low, high)
        score = one["test"]["accuracy"]
        curve[round(one["data"]["n_train"] / intents)] = Estimate(score["value"], score["low"], score["high"])
        yield (name, key), curve


def table() -> Table:
    """A row a classifier, in a block a set; a column for each number of examples, the last of all of them."""
    found, blocks = curves(), list[Block]()
    few = sorted({n for curve in found.values() for n in sorted(curve)[:-1]})
    for name, title in SETS.items():
        rows = []
        for key, label in CLASSIFIERS.items():
            if curve := found.get((name, key)):
                cells = [*(curve.get(n) for n in few), curve[max(curve)]]
                rows.append([escape(label), *(estimate(one, percent) for one in cells)])
        if rows:
            most = max(n for (of, _), curve in found.items() if of == name for n in curve)
            blocks.append((escape(f"{title}, in all {most} of an intent"), rows))
    return Table("l" + "r" * (len(few) + 1), ["", *map(str, few), "all"], blocks or [("", [])])


def macros() -> Iterator[tuple[str, str]]:
    r"""``\FewShotSeeds``; ``\FewShot<Set><Classifier><Examples>``, accuracies, ``All`` for the largest number, and the
    same with Interval: \FewShotBankingSevenSevenMinilmOneZero."""
    if seeds := {read_json(path)["seed"] for path in (paths.INTENT_RESULTS / "few_shot").glob("*.json")}:
        yield "FewShotSeeds", str(len(seeds))
    for (name, key), curve in curves().items():
        for n, one in curve.items():
            parts = ("few-shot", name, key, "all" if n == max(curve) else str(n))
            yield from macro_pair(macro_name(*parts), one, percent)


def figure() -> Figure:
    """Accuracy in per cent with its 95 % interval against the number of examples of each intent; a panel a set."""
    rows: list[SizeRow] = [
        size_row(SETS[name], CLASSIFIERS[key], n, one, 100)
        for (name, key), curve in curves().items()
        for n, one in curve.items()
    ]
    return accuracies(rows, "Examples of each intent", {float(n): str(n) for n in (1, 5, 10, 50, 100)})
