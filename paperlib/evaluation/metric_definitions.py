"""What each metric is called, its unit, and where it is defined: the docstring of the function that computes it."""

import html
import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from paperlib.core.records import MetricName
from paperlib.data import leaf_alignment
from paperlib.evaluation import failures, likelihood, metrics, protocols
from paperlib.evaluation.function_calls import call_scores
from paperlib.evaluation.statistics import intervals
from paperlib.evaluation.summary import headline_interval


@dataclass(frozen=True)
class Definition:
    """One metric: its title, the unit of its values in a record, and the function that computes and defines it."""

    title: str
    unit: str
    function: Callable[..., Any]


DEFINITIONS: dict[MetricName, Definition] = {
    "json_exact": Definition("JSONExact", "share of examples", metrics.json_exact),
    "field_f1": Definition("Field F1", "mean over examples", metrics.field_f1),
    "normalised_f1": Definition("Normalised field F1", "mean over examples", metrics.normalised_f1),
    "schema_valid": Definition("Schema-valid", "share of examples", metrics.schema_valid),
    "leaf_f1": Definition("Leaf F1", "mean over examples", leaf_alignment.leaf_counts),
    "edit_similarity": Definition("Edit similarity", "mean over examples", metrics.edit_similarity),
    "compliance": Definition("Compliance", "share of examples", metrics.compliance),
    "published_exact": Definition("JSONExact, published evaluator", "share of examples", protocols.published_exact),
    "published_f1": Definition("Field F1, published evaluator", "mean over examples", protocols.published_field_f1),
    "published_compliance": Definition(
        "Compliance, published evaluator", "share of examples", protocols.published_compliance
    ),
    "nats_per_token": Definition("NLL per token", "mean over examples", likelihood.nats_per_token),
    "nats_per_leaf": Definition("NLL per leaf", "mean over examples", likelihood.nats_per_leaf),
    "call_accuracy": Definition("Call accuracy", "share of examples", call_scores.call_accuracy),
    "refusal_rate": Definition("Refusal rate", "share of examples", call_scores.refusal_rate),
}
INTERVALS: dict[str, Callable[..., Any]] = {
    "Clustered Wilson": intervals.wilson_clustered,
    "Clustered t": intervals.t_clustered,
    "Wilson": intervals.wilson,
    "Bootstrap": intervals.bootstrap_mean,
}


def markdown() -> str:
    """Every metric under a heading of its own, then the kinds of failure and the intervals, for a notebook."""
    parts = [f"### {one.title}\n\n{_prose(one.function)}\n\n*A {one.unit}.*" for one in DEFINITIONS.values()]
    parts += [f"### Kinds of failure\n\n{_prose(failures)}", f"### Intervals\n\n{_prose(headline_interval)}"]
    return "\n\n".join([*parts, *(f"**{name}.** {_prose(function)}" for name, function in INTERVALS.items())])


def _prose(documented: object) -> str:
    """A docstring with its references to code as plain names, and without what it says of errors."""
    paragraphs = (inspect.getdoc(documented) or "").split("\n\n")
    kept = "\n\n".join(text for text in paragraphs if not text.startswith("Raises"))
    return re.sub(r":\w+:(?=`)", "", kept).replace("``", "`")


def _link(definition: Definition) -> str:
    """The title as HTML: it leads to its heading in :func:`markdown`, and its first paragraph shows on hovering."""
    title, first = definition.title, " ".join(_prose(definition.function).split("\n\n")[0].split())
    return f'<a href="#{html.escape(title.replace(" ", "-"))}" title="{html.escape(first)}">{html.escape(title)}</a>'


LINKS = {definition.title: _link(definition) for definition in DEFINITIONS.values()}
