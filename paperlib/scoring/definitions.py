"""What each metric is called, in what it is given, and where it is defined: the functions' own docstrings."""

import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from paperlib.records import MetricName
from paperlib.scoring import leaves, likelihood, metrics, protocols


@dataclass(frozen=True)
class Definition:
    """One metric. ``function`` computes it, and its docstring defends it."""

    title: str
    unit: str  # of the values in a record
    function: Callable[..., Any]

    @property
    def text(self) -> str:
        """The docstring, its references to code as plain names."""
        return re.sub(
            r":\w+:(?=`)|``", lambda mark: "`" if mark[0] == "``" else "", inspect.getdoc(self.function) or ""
        )

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
    "published_compliance": Definition("Compliance, published evaluator", "share of examples", metrics.compliance),
    "nats_per_token": Definition("Nats a token", "mean over examples", likelihood.nats_per_token),
    "nats_per_leaf": Definition("Nats a leaf", "mean over examples", likelihood.nats_per_leaf),
}
BY_TITLE = {definition.title: definition for definition in DEFINITIONS.values()}


def markdown() -> str:
    """Every definition under a heading of its own, for a notebook; tables link to the headings."""
    return "\n\n".join(
        f"### {one.title}\n\n{one.text}\n\n*A {one.unit}; `{one.source}`.*" for one in DEFINITIONS.values()
    )
