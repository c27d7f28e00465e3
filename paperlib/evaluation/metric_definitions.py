"""What each metric is called, in what it is given, and where it is defined: the functions' own docstrings.

Failures, intervals and verdicts are defined where they are made, and gathered here for the reader of a notebook.
"""

import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from paperlib.core.records import MetricName
from paperlib.data import leaves
from paperlib.evaluation import failures, likelihood, metrics, protocols, statistics
from paperlib.evaluation.summary import headline


@dataclass(frozen=True)
class Definition:
    """One metric. ``function`` computes it, and its docstring defends it."""

    title: str
    unit: str  # of the values in a record
    function: Callable[..., Any]

    @property
    def text(self) -> str:
        return _plain(self.function.__doc__)

    @property
    def first(self) -> str:
        """The first sentence."""
        return " ".join(self.text.split("\n\n")[0].split())

    @property
    def source(self) -> str:
        return f"{self.function.__module__}.{self.function.__qualname__}"


DEFINITIONS: dict[MetricName, Definition] = {
    "json_exact": Definition("JSONExact", "share of examples", metrics.json_exact),
    "field_f1": Definition("Field F1", "mean over examples", metrics.field_f1),
    "schema_valid": Definition("Schema-valid", "share of examples", metrics.schema_valid),
    "leaf_f1": Definition("Leaf F1", "mean over examples", leaves.leaf_counts),
    "edit_similarity": Definition("Edit similarity", "mean over examples", metrics.edit_similarity),
    "compliance": Definition("Compliance", "share of examples", metrics.compliance),
    "published_exact": Definition("JSONExact, published evaluator", "share of examples", protocols.published_exact),
    "published_f1": Definition("Field F1, published evaluator", "mean over examples", protocols.published_field_f1),
    "published_compliance": Definition(
        "Compliance, published evaluator", "share of examples", protocols.published_compliance
    ),
    "nats_per_token": Definition("NLL per token", "mean over examples", likelihood.nats_per_token),
    "nats_per_leaf": Definition("NLL per leaf", "mean over examples", likelihood.nats_per_leaf),
}
BY_TITLE = {definition.title: definition for definition in DEFINITIONS.values()}
INTERVALS: dict[str, Callable[..., Any]] = {
    "Clustered Wilson": statistics.wilson_clustered,
    "Clustered t": statistics.t_clustered,
    "Wilson": statistics.wilson,
    "Bootstrap": statistics.bootstrap_mean,
}


def markdown() -> str:
    """Every definition under a heading of its own, for a notebook; tables link to the headings."""
    parts = [f"### {one.title}\n\n{one.text}\n\n*A {one.unit}; `{one.source}`.*" for one in DEFINITIONS.values()]
    parts.append(f"### Kinds of failure\n\n{_plain(failures.__doc__)}")
    parts.append(f"### Intervals\n\n{_plain(headline.__doc__)}")
    parts += [f"**{name}.** {_plain(function.__doc__)}" for name, function in INTERVALS.items()]
    return "\n\n".join(parts)


def _plain(docstring: str | None) -> str:
    """A docstring with its references to code as plain names."""
    return re.sub(r":\w+:(?=`)", "", inspect.cleandoc(docstring or "")).replace("``", "`")
