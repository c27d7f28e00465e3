"""What a rule is: a plain function from evidence to a verdict, with a text that says what confirms and what refutes.

A rule's parameters are the keyword-only parameters of its function; ``data/claims.yaml`` gives their values, which are
checked against the annotations. Rules see no result when they are written, or the claim says that its rule was revised.
Two restraints are built in. A score of the announced models is a statement about their weights on the published test
split: other weights or other examples can fail to reproduce it, but cannot refute it. And agreement counts only where
the interval is narrow enough to disagree.
"""

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, BeforeValidator, ValidationInfo, create_model

from paperlib.claims.announcement import PublishedFigure
from paperlib.claims.model_shapes import ModelShape, Size, WeightFile
from paperlib.claims.published_data import TrainingSplit
from paperlib.core.errors import PaperlibError
from paperlib.core.records import Records
from paperlib.core.strict_model import StrictModel, suggestion
from paperlib.evaluation.engine_costs.cost_records import EngineCost
from paperlib.evaluation.statistics.intervals import LEVEL, Interval

ALPHA = 1 - LEVEL
Status = Literal[
    "reproduced", "reproduced with a different reading", "not reproduced", "refuted", "not testable here"
]  # fmt: skip
STATUSES: tuple[Status, ...] = get_args(Status)


@dataclass(frozen=True)
class Verdict:
    """What became of a claim. ``estimate`` and its 95 % ``interval`` are in ``unit``; None where there is no number."""

    status: Status
    reason: str
    estimate: float | None = None
    interval: Interval | None = None
    unit: str = ""


class Facts(StrictModel):
    """What rules may look at beside run records; all of it is published and stands in ``data/claims.yaml``."""

    base_models: dict[Size, ModelShape]
    weight_files: dict[Size, WeightFile]
    training_split: TrainingSplit
    released: dict[Size, str]  # names of the announced models, from announcement.yaml


@dataclass(frozen=True)
class Evidence:
    """What a rule decides from: run records by name, facts, and measured costs."""

    records: Records
    facts: Facts
    costs: Sequence[EngineCost] = ()  # of the forms of a model, measured


class NotTestableError(Exception):
    """Raised by a rule whose evidence is not there; its text becomes the reason of "not testable here"."""


@dataclass(frozen=True)
class Rule:
    """One way to decide a claim: ``function(evidence, **parameters)``; ``parameters`` holds their types."""

    name: str
    basis: str  # what decides: our runs, the published figures, …
    confirms: str
    refutes: str
    parameters: type[StrictModel]
    function: Callable[..., Verdict]

    def decide(self, evidence: Evidence, parameters: StrictModel) -> Verdict:
        """The verdict; "not testable here" with the reason where the evidence is not there."""
        values = {name: getattr(parameters, name) for name in type(parameters).model_fields}
        try:
            return self.function(evidence, **values)
        except (NotTestableError, PaperlibError) as error:  # the latter: runs were tested on different examples
            return Verdict("not testable here", str(error))


class Rules(dict[str, Rule]):
    """The rules of one basis by name, which is that of the function."""

    def __init__(self, basis: str) -> None:
        super().__init__()
        self.basis = basis

    def add(self, *, confirms: str, refutes: str) -> Callable[[Callable[..., Verdict]], Callable[..., Verdict]]:
        """Decorates a function whose first parameter is the evidence and whose others are keyword-only."""

        def register(function: Callable[..., Verdict]) -> Callable[..., Verdict]:
            parameters = inspect.signature(function).parameters.values()
            fields: dict[str, Any] = {
                p.name: (p.annotation, ... if p.default is p.empty else p.default)
                for p in parameters
                if p.kind is p.KEYWORD_ONLY
            }
            name = function.__name__
            kind = create_model(name, __base__=StrictModel, **fields)
            self[name] = Rule(name, self.basis, confirms, refutes, kind, function)
            return function

        return register


def _look_up(value: Any, info: ValidationInfo) -> Any:
    """A text names a figure of the announcement; anything else is the figure itself."""
    known: Mapping[str, PublishedFigure] = info.context or {}
    if not isinstance(value, str):
        return value
    if value not in known:
        raise ValueError(f"{value!r} is no figure of announcement.yaml{suggestion(value, known)}")
    return known[value]


def _with_counts(figure: PublishedFigure) -> PublishedFigure:
    if figure.k is None or figure.n is None:
        raise ValueError(f"figure {figure.printed} needs k and n")
    return figure


Figure = Annotated[PublishedFigure, BeforeValidator(_look_up)]  # as a parameter of a rule
CountedFigure = Annotated[Figure, AfterValidator(_with_counts)]  # one that needs k and n


def fact(holds: bool) -> Status:
    """The status of a statement that can only be true or false."""
    return "reproduced" if holds else "refuted"


def by_reading(place: int | None) -> Status:
    """The status of a statement that holds under the reading at ``place``: the first is the plain one, None is none."""
    if place is None:
        return "refuted"
    return "reproduced with a different reading" if place else "reproduced"


def scaled(interval: Iterable[float], scale: float) -> Interval:
    """Both ends of an interval times ``scale``."""
    low, high = interval
    return scale * low, scale * high


def p_text(p: float) -> str:
    """A p value in plain text: three decimals, "p < 0.001" below that."""
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}"
