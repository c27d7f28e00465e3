"""The pages beside a tuned model: ``report.html`` with scores and the worst answers, ``README.md`` as model card."""

import html
from collections.abc import Mapping, Sequence
from typing import Any

from paperlib.core.records import MetricName
from paperlib.data.display import Table
from paperlib.data.examples import Example
from paperlib.evaluation.calibration import FEWEST, LeafOutcome, expected_calibration_error, select
from paperlib.evaluation.error_analysis import AnalysedAnswers, join
from paperlib.evaluation.score_tables import format_estimate, format_metric
from paperlib.workflow.finetune.evaluation import Evaluation, Field, by_field
from paperlib.workflow.finetune.report_figures import LOOK, as_html, confidence_figure, curve_figure, field_figure
from paperlib.workflow.finetune.task import Task

WORST = 20  # answers that a report shows
NAMED = 3  # documents with labels that their text does not say
PASSING = (0.95, 0.99)  # shares of right values among those that might pass unseen
TOO_UNSURE = (
    f"No group of at least {FEWEST} values is right in {PASSING[0]:.0%} of the cases, so these probabilities cannot be "
    "used to accept values unseen."
)
TITLES: dict[MetricName, str] = {
    "json_exact": "exact match",
    "leaf_f1": "leaf F1",
    "schema_valid": "valid",
}
PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{title}</title>
{look}
<h1>{title}</h1>
<p>{summary} {note}</p>
<h2>On {n} documents held out</h2>
<p>Shares and means with 95 % intervals. Exact: the answer equals the label. Leaf F1: single values, anywhere in the
answer. None of these documents, nor a near-duplicate of one, was trained on.</p>
{scores}
<h2>By field</h2>
<p>Recall: the share of labelled values that were found, with its 95 % interval. F1 counts wrong and superfluous values
as well.</p>
{fields}
{sure}
{curve}
{unsupported}
<h2>The worst answers</h2>
<p>Expected values are underlined, wrong ones have a wavy line. A label may be wrong, too.</p>
{worst}
</html>
"""


def score_table(evaluations: Mapping[str, Evaluation]) -> Table:
    """The scores of several ways to answer the same documents, one row each."""
    rows = []
    for name, evaluation in evaluations.items():
        scores = {title: format_metric(evaluation.overall[key]) for key, title in TITLES.items()}
        rows.append({"answered by": name, **scores, "no answer": evaluation.refused})
    return Table(rows)


def unsupported_note(log: Mapping[str, Any]) -> str:
    """A sentence on labels that their text does not say, and the first documents that have some; empty where there is
    none."""
    by_field = log["unsupported"]
    if not by_field:
        return ""
    named = ", ".join(f"{field or 'the whole'} {n}" for field, n in by_field.items())
    first = [*log["unsupported_documents"]][:NAMED]
    told = f"Of {log['checked']} training answers some hold what their text does not say, by field: {named}"
    told += f" (for example in: {', '.join(first)}{', …' if len(log['unsupported_documents']) > NAMED else ''})."
    free = "Answers" if log["constraint"] == "schema" else ", ".join(map(repr, log["ungrounded"]))
    return told + (f" {free} may therefore hold it, too; all else is copied from the text." if free else "")


def unsupported_section(documents: Mapping[str, Sequence[str]]) -> str:
    """The first documents with labels that their text does not say, as HTML; nothing where there is none."""
    if not documents:
        return ""
    rows = [{"document": id, "fields": ", ".join(fields) or "the whole"} for id, fields in documents.items()]
    table = Table(rows[:WORST])._repr_html_()
    return f"<h2>Labels that their text does not say</h2><p>{len(rows)} documents; mistakes, perhaps.</p>{table}"


def field_table(fields: Sequence[Field]) -> Table:
    return Table(
        [
            {
                "field": one.name,
                "recall": format_estimate(one.right / max(one.expected, 1), one.recall, one.right, one.expected),
                "F1": f"{one.f1:.3f}",
            }
            for one in fields
        ]
    )


def curve_section(curve: Mapping[int, Evaluation]) -> str:
    """Scores by number of training documents, as HTML; nothing where there is one number alone."""
    if len(curve) < 2:
        return ""
    rows = score_table({str(n): evaluation for n, evaluation in curve.items()})
    shown = as_html(curve_figure(curve), "Scores by number of documents")
    return f"<h2>By number of documents trained on</h2><p>Would more labels help?</p>{shown}{rows._repr_html_()}"


def confidence_section(leaves: Sequence[LeafOutcome]) -> str:
    """How far the model's probabilities tell right values from wrong ones, as HTML; nothing where there are none."""
    if not leaves:
        return ""
    passing = [(share, select(leaves, share)) for share in PASSING]
    told = " ".join(
        f"Of the values with a probability of at least {one.threshold:.3f}, {one.coverage:.0%} of all, "
        f"{one.right} of {one.n} are right ({share:.0%} wanted)."
        for share, one in passing
        if one
    )
    return (
        "<h2>How sure it is</h2><p>Each value has a probability under the model (<code>Extraction.confidence</code>). "
        f"{told or TOO_UNSURE} "
        f"Expected calibration error: {expected_calibration_error(leaves):.3f}.</p>"
        + as_html(confidence_figure(leaves), "Reliability of the probabilities, and precision by coverage")
    )


def worst_answers(test: Sequence[Example], evaluation: Evaluation) -> AnalysedAnswers:
    """The answers of the lowest leaf F1, without those that are exact."""
    joined = join(test, evaluation.predictions, evaluation.report.scores)
    wrong = sorted((one for one in joined if not one.score.json_exact), key=lambda one: one.score.leaves.f1)
    return AnalysedAnswers(tuple(wrong[:WORST]))


def report_page(
    title: str,
    summary: str,
    note: str,
    unsupported: Mapping[str, Sequence[str]],
    task: Task,
    evaluations: Mapping[str, Evaluation],
    curve: Mapping[int, Evaluation],
) -> str:
    """``report.html``. The first of ``evaluations`` is that of the tuned model, the second that before; ``curve`` has
    those of models that were trained on so many documents; ``unsupported`` names the fields of labels that their text
    does not say, by document."""
    tuned, before = (by_field(task.test, one.predictions) for one in list(evaluations.values())[:2])
    answers = next(iter(evaluations.values()))
    return PAGE.format(
        look=LOOK,
        title=html.escape(title),
        summary=html.escape(summary),
        note=html.escape(note),
        n=len(task.test),
        scores=score_table(evaluations)._repr_html_(),
        fields=as_html(field_figure(before, tuned), "Recall by field") + field_table(tuned)._repr_html_(),
        sure=confidence_section(answers.leaves),
        curve=curve_section(curve),
        unsupported=unsupported_section(unsupported),
        worst=worst_answers(task.test, answers)._repr_html_(),
    )


CARD = """# {title}

{summary}

    paperlib extract --model {folder} FILE

reads `schema.json` beside the model. `report.html` has the scores by field and the worst answers.

## Scores

```
{scores}
```

## About it

- **Base**: {base}. **Training**: LoRA, {tokens:,} tokens of {n_train} documents in {minutes:.0f} minutes, {epochs:g}
  epochs, learning rate {learning_rate:g}, seed {seed}.
- **Constraint**: {constraint}. {unsupported}
- **Read with care**: the scores are of documents like those that it was trained on, and of no others.
"""


def model_card(title: str, summary: str, folder: str, log: dict[str, Any], scores: Table) -> str:
    """``README.md``, from the training log and what ``finetune`` adds to it."""
    config = log["config"]
    return CARD.format(
        title=title,
        summary=summary,
        folder=folder,
        scores=scores,
        base=log["model"],
        tokens=log["losses"][-1]["tokens"],
        n_train=log["n_train"],
        minutes=log["seconds"] / 60,
        constraint="answers follow the schema"
        + (", and hold only what the text says" if log["constraint"] == "schema+text" else ""),
        unsupported=unsupported_note(log),
        **{name: config[name] for name in ("epochs", "learning_rate", "seed")},
    )
