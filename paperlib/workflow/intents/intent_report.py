"""The pages beside an intent classifier: ``report.html`` for people who decide, ``README.md`` as model card."""

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from paperlib.data.display import Table, counted
from paperlib.data.intents.intent_csv import LabelledUtterances
from paperlib.evaluation.calibration import LeafOutcome, select
from paperlib.evaluation.intents.intent_errors import by_intent, confusions, most_confident_errors
from paperlib.evaluation.intents.intent_metrics import KEPT, Answers, Estimate, proportion
from paperlib.evaluation.score_tables import format_estimate
from paperlib.workflow.finetune.report_figures import LOOK, as_html, confidence_figure

WORST = 20  # intents, pairs and mistakes that a report shows
FEW = 50  # utterances below which the threshold is told to be a rough one
PASSING = (0.95, 0.99)
TITLES = {
    "accuracy": "accuracy",
    "macro_f1": "macro F1",
    "ece": "calibration error",
    "oos_auroc": "out of scope: AUROC",
    "oos_recall": "out of scope: recall at 95 % accuracy",
}
PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{title}</title>
{look}
<h1>{title}</h1>
<p>{summary}</p>
<p><b>{headline}</b></p>
<h2>On {n} held out</h2>
<p>Shares and means with 95 % intervals. Accuracy and macro F1 are of utterances that have one of the intents, whatever
the probability. None of these utterances was trained on.</p>
{scores}
<h2>When it is unsure</h2>
<p>{unsure}</p>
{figure}
<h2>By intent</h2>
<p>Recall: the share of an intent's utterances that were recognised.{worst}</p>
{intents}
<h2>What is taken for what</h2>
{confusions}
<h2>Its most confident errors</h2>
<p>A label may be wrong, too.</p>
<div class="texts">{mistakes}</div>
</html>
"""


@dataclass(frozen=True)
class Tested:
    """A way to classify the utterances held out: its size, and what it answered."""

    name: str
    parameters: int
    megabytes: float | None  # on disk, where it is kept
    answers: Answers
    metrics: Mapping[str, Estimate]


def estimate(one: Estimate) -> str:
    return format_estimate(one.value, (one.low, one.high), one.k, one.n)


def shown(metrics: Mapping[str, Estimate]) -> dict[str, str]:
    """The metrics by their titles; out-of-scope recall has no value where less than KEPT is right in scope."""
    found = {TITLES[key]: estimate(metrics[key]) for key in TITLES if key in metrics}
    if metrics["accuracy"].value < KEPT and "oos_recall" in metrics:
        found[TITLES["oos_recall"]] = "–"
    return found


def scores(tested: Sequence[Tested]) -> Table:
    """A column for each way, as there are more scores than ways."""
    rows = [("parameters", [f"{one.parameters / 1e6:.2f}M" for one in tested])]
    rows += [("MB on disk", ["–" if one.megabytes is None else f"{one.megabytes:.1f}" for one in tested])]
    cells = [shown(one.metrics) for one in tested]
    rows += [(title, [of_way[title] for of_way in cells]) for title in cells[0]]
    names = [one.name for one in tested]
    return Table([{"": title, **dict(zip(names, cells, strict=True))} for title, cells in rows])


def headline(model: Tested, milliseconds: float) -> str:
    """The one sentence that is to be remembered."""
    accuracy = model.metrics["accuracy"]
    megabytes = f"{model.megabytes:.1f} MB" if model.megabytes is not None else "memory alone"
    return (
        f"{accuracy.value:.1%} of the utterances are understood [{accuracy.low:.1%}, {accuracy.high:.1%}], by a model "
        f"of {megabytes} that needs {milliseconds:.1f} ms for one on this machine."
    )


def unsure(answers: Answers, threshold: float, n_dev: int) -> str:
    """What withholding answers below the threshold costs and gains, and what may pass unseen."""
    inside, right = answers.inside, answers.right
    given = answers.scores >= threshold
    withheld, n = int((inside & ~given).sum()), int(inside.sum())
    told = (
        f"Below a probability of {threshold:.3f}, chosen on {counted(n_dev, 'utterance')} that were neither trained on "
        f"nor held out, it gives no intent: so it is with {withheld} of the {n} that have one. "
    )
    if withheld < n:
        told += f"Of the other answers {_share(right[inside & given])} are right."
    if not inside.all():
        told += f" Of the utterances out of scope {_share(~given[~inside])} get no intent."
    if n_dev < FEW:
        told += " So few utterances say little about the threshold; <code>--threshold</code> sets your own."
    in_scope = outcomes(answers)
    for share in PASSING:
        if one := select(in_scope, share):
            told += (
                f" For {share:.0%} right answers, take those of a probability of at least {one.threshold:.3f}: that is "
                f"{one.coverage:.0%} of them, {one.right} of {one.n} right."
            )
    return told


def _share(hits: np.ndarray[Any, Any]) -> str:
    return estimate(proportion(int(hits.sum()), len(hits))) if len(hits) else "none"


def outcomes(answers: Answers) -> list[LeafOutcome]:
    """The answers to utterances in scope, as :mod:`paperlib.evaluation.calibration` takes them."""
    rows = zip(answers.scores, answers.right, answers.inside, strict=True)
    return [LeafOutcome(float(score), bool(right)) for score, right, inside in rows if inside]


def report_page(
    title: str,
    summary: str,
    tested: Sequence[Tested],
    data: LabelledUtterances,
    threshold: float,
    milliseconds: float,
) -> str:
    """``report.html``. The first of ``tested`` is the model."""
    model, texts = tested[0], [one.text for one in data.test]
    return PAGE.format(
        look=LOOK,
        title=html.escape(title),
        summary=html.escape(summary),
        headline=headline(model, milliseconds),
        n=counted(len(texts), "utterance"),
        worst=f" The {WORST} that are recognised least." if len(by_intent(model.answers)) > WORST else "",
        scores=scores(tested)._repr_html_(),
        unsure=unsure(model.answers, threshold, len(data.dev)),
        figure=as_html(confidence_figure(outcomes(model.answers), "answer"), "Reliability, and precision by coverage"),
        intents=_intents(model.answers)._repr_html_(),
        confusions=_pairs(model.answers),
        mistakes=_mistakes(texts, model.answers),
    )


def _intents(answers: Answers) -> Table:
    rows = by_intent(answers)[:WORST]
    return Table(
        [
            {
                "intent": row.label,
                "recall": format_estimate(row.right / row.expected, row.recall, row.right, row.expected),
                "F1": f"{row.f1:.3f}",
            }
            for row in rows
        ]
    )


def _pairs(answers: Answers) -> str:
    rows = [{"label": a, "taken for": b, "times": n} for a, b, n in confusions(answers, WORST)]
    return Table(rows)._repr_html_() if rows else "<p>No mistake.</p>"


def _mistakes(texts: Sequence[str], answers: Answers) -> str:
    rows = [
        {"utterance": one.text[:200], "label": one.label, "taken for": one.intent, "probability": f"{one.score:.3f}"}
        for one in most_confident_errors(texts, answers, WORST)
    ]
    return Table(rows)._repr_html_() if rows else "<p>No mistake.</p>"


CARD = """# {title}

{summary}

    paperlib classify --model {folder} "TEXT"

{headline}
`report.html` has the scores by intent and the mistakes, `held-out.jsonl` every answer.

## Scores

```
{scores}
```

## About it

- **Model**: {parameters:,} parameters in {bytes:,} bytes, `model.npz`; runs with numpy alone.
- **Training**: {encoder}, fine-tuned, and TF-IDF with a linear SVM, distilled; {n_train} utterances, seed {seed}.
- **Threshold**: {threshold:.3f}, the probability below which the intent is null; chosen on {n_dev} utterances that were
  not trained on.
- **Read with care**: the scores are of utterances like those that it was trained on, and of no others. It answers any
  text; what has none of the intents is refused by its probability alone{outside}.
"""


def model_card(
    title: str, summary: str, tested: Sequence[Tested], record: Mapping[str, Any], folder: str, encoder: str
) -> str:
    """``README.md``, from the record of the run."""
    return CARD.format(
        title=title,
        summary=summary,
        folder=folder,
        headline=headline(tested[0], record["milliseconds"]),
        scores=scores(tested),
        encoder=encoder,
        outside="" if record["n_train_oos"] else ", and it was shown no such text",
        **{name: record[name] for name in ("parameters", "bytes", "n_train", "n_dev", "seed", "threshold")},
    )
