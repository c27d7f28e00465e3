"""The claims ledger: what the announcement claims, by which rule each claim is decided, and with which verdict.

``data/claims.yaml`` holds every checkable claim in our words, with the name and the parameters of a rule out of
:data:`RULES`. No verdict is typed in: :func:`decide` derives each from run records and published facts. A parameter
that is a figure may name one of ``data/announcement.yaml`` ("135m complex exact", "gain").
"""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from pydantic import Field, InstanceOf, ValidationError

from paperlib.claims import by_costs, by_data, by_figures, by_records, by_shape, by_sizes
from paperlib.claims.announcement import PublishedFigure, load_announcement
from paperlib.claims.rules import STATUSES, Evidence, Facts, NotTestableError, Rule, Rules, Status, Verdict
from paperlib.core import paths
from paperlib.core.errors import DataError
from paperlib.core.files import read_yaml
from paperlib.core.records import Records
from paperlib.core.strict_model import StrictModel, suggestion
from paperlib.evaluation.engine_costs.cost_records import EngineCost, load_costs

FILE = paths.from_root("data/claims.yaml")
T = TypeVar("T", bound=StrictModel)
NOTHING = Rules("nothing here")


@NOTHING.add(confirms="nothing in this package", refutes="nothing in this package")
def unavailable(_: Evidence, *, needs: str) -> Verdict:
    """What this package cannot test, whatever it runs."""
    raise NotTestableError(f"needs {needs}")


RULES: Mapping[str, Rule] = {
    **by_records.RULES,
    **by_sizes.RULES,
    **by_figures.RULES,
    **by_shape.RULES,
    **by_data.RULES,
    **by_costs.RULES,
    **NOTHING,
}


class Revision(StrictModel):
    """A change of a rule after results that it decides on were known."""

    date: date
    why: str = Field(min_length=20)


class Claim(StrictModel):
    """One claim in one sentence of ours, where the announcement makes it, and the rule that decides it."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    where: str  # sections of the announcement
    claim: str = Field(min_length=20)
    rule: InstanceOf[Rule]
    parameters: InstanceOf[StrictModel]  # of the rule
    note: str = ""
    again: str | None = None  # the id of a claim of the same matter that figures, shapes or one size decide
    revised: tuple[Revision, ...] = ()


class Ledger(StrictModel):
    """All claims, and the published facts that rules may look at."""

    facts: Facts
    claims: tuple[Claim, ...]


class Decided(NamedTuple):
    """A claim with its verdict."""

    claim: Claim
    verdict: Verdict


def decide(records: Records, ledger: Ledger | None = None, costs: Sequence[EngineCost] | None = None) -> list[Decided]:
    """Every claim of the ledger with its verdict, in the ledger's order; by default the committed ledger, and the
    committed costs of a model's forms."""
    ledger = ledger or committed()
    evidence = Evidence(records, ledger.facts, load_costs() if costs is None else costs)
    return [Decided(claim, claim.rule.decide(evidence, claim.parameters)) for claim in ledger.claims]


def decided_once(decided: list[Decided]) -> list[Decided]:
    """Without those that decide a matter again, by several sizes or by measured costs: every claim of the announcement
    counts once."""
    return [row for row in decided if row.claim.again is None]


def tally(decided: list[Decided]) -> dict[Status, int]:
    """How many claims have each status, the absent ones too."""
    return {status: sum(row.verdict.status == status for row in decided) for status in STATUSES}


@cache
def committed() -> Ledger:
    """The committed ledger, read once."""
    return load_ledger()


def load_ledger(file: Path = FILE) -> Ledger:
    """Reads a ledger. Raises DataError naming file, claim and field where one does not follow its type or the type of
    its rule's parameters, where it names a figure that the announcement has not, and where an id occurs twice."""
    raw = read_yaml(file)
    if not isinstance(raw, dict) or not isinstance(raw.get("claims"), list):
        raise DataError(f"{file}: expected facts and a list of claims")
    announcement = load_announcement()
    figures = announcement.by_name()
    claims = [read_claim(row, figures, str(file)) for row in raw.pop("claims")]
    ids = [claim.id for claim in claims]
    for name in ids:
        if ids.count(name) > 1:
            raise DataError(f"{file}: claim {name!r} occurs twice")
    released = {size: model.name for size, model in announcement.models.items()}
    return Ledger(facts=_checked(Facts, {**raw, "released": released}, str(file)), claims=tuple(claims))


def read_claim(row: Any, figures: Mapping[str, PublishedFigure], file: str) -> Claim:
    """A claim from its form in YAML; ``figures`` are those that it may name. Raises DataError as ``load_ledger``."""
    where = f"{file}: claim {row.get('id', 'without id') if isinstance(row, dict) else row!r}"
    body = row.get("rule") if isinstance(row, dict) else None
    if not isinstance(body, dict) or "rule" not in body:
        raise DataError(f"{where}: field rule: expected the name of a rule and its parameters, found {body!r}")
    rule = RULES.get(str(body["rule"]))
    if rule is None:
        raise DataError(
            f"{where}: field rule: no rule is called {body['rule']!r}{suggestion(str(body['rule']), RULES)}"
        )
    given = {name: value for name, value in body.items() if name != "rule"}
    parameters = _checked(rule.parameters, given, f"{where}, rule {rule.name!r}", figures)
    others = {name: value for name, value in row.items() if name != "rule"}
    return _checked(Claim, {"rule": rule, "parameters": parameters, **others}, where)


def _checked(kind: type[T], values: Any, where: str, context: Any = None) -> T:
    try:
        return kind.model_validate(values, context=context)
    except ValidationError as error:
        first = error.errors()[0]
        at = tuple(map(str, first["loc"]))
        known = {name for part in (PublishedFigure, by_shape.Reading, Revision) for name in part.model_fields}
        known = set(kind.model_fields) if len(at) == 1 else known
        hint = suggestion(at[-1], known) if first["type"] == "extra_forbidden" and kind is not Facts else ""
        raise DataError(f"{where}: field {'.'.join(at)}: {first['msg']}{hint}") from None
