"""The claims ledger: what the announcement says, and the rule that decides each claim.

``data/claims.yaml`` holds every checkable claim in our words, its figures, and a rule out of the closed vocabulary of
:mod:`paperlib.claims.rules`, and sees no result. :mod:`paperlib.claims.verdicts` applies the rules to run
records; no verdict is ever typed in. A figure that ``data/announced.yaml`` holds already is referred to by name
("135m complex exact", "gain").
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args

from pydantic import Field, ValidationError

from paperlib.claims.announcement import Announced, load_announced
from paperlib.claims.model_shapes import Shape
from paperlib.claims.published_data import Published
from paperlib.claims.published_figures import Figure
from paperlib.claims.rules import RULES, AnyRule, Size
from paperlib.core import paths
from paperlib.core.config import nearest
from paperlib.core.errors import DataError
from paperlib.core.files import read_yaml
from paperlib.core.records import Strict
from paperlib.evaluation.statistics import Interval

FILE = paths.within("data/claims.yaml")
T = TypeVar("T", bound=Strict)
Kind = Literal[
    "score", "comparison", "finding", "recommendation", "size", "time", "rate", "data", "method", "contradiction",
    "roadmap",
]  # fmt: skip
Status = Literal[
    "reproduced", "reproduced with a different reading", "not reproduced", "refuted", "not testable here"
]  # fmt: skip
STATUSES: tuple[Status, ...] = get_args(Status)


class Claim(Strict):
    """One claim. ``figures`` maps a name, which the rule uses, to a number."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    where: str  # section or table of the announcement
    claim: str = Field(min_length=20)  # one sentence of ours
    kind: Kind
    figures: dict[str, Figure] = Field(default_factory=dict)
    rule: AnyRule
    note: str = ""


@dataclass(frozen=True)
class Verdict:
    """What became of a claim. ``estimate`` and its 95 % ``interval`` are in ``unit``; None where there is no number."""

    status: Status
    reason: str
    estimate: float | None = None
    interval: Interval | None = None
    unit: str = ""


class Book(Strict):
    """All of ``data/claims.yaml``."""

    architectures: dict[Size, Shape]
    released: dict[Size, str]  # names of the announced models, from announced.yaml
    published: Published
    claims: tuple[Claim, ...]


def load_claims(file: Path = FILE, announced: Announced | None = None) -> Book:
    """Raises DataError naming file, claim and field where one does not follow its type, an id occurs twice, or a rule
    names a figure that the claim has not."""
    raw = read_yaml(file)
    if not isinstance(raw, dict) or not isinstance(raw.get("claims"), list):
        raise DataError(f"{file}: expected architectures, published and a list of claims")
    announced = announced or load_announced()
    claims = [_claim(file, row, announced) for row in raw.pop("claims")]
    seen: set[str] = set()
    for claim in claims:
        if claim.id in seen:
            raise DataError(f"{file}: claim {claim.id!r} occurs twice")
        seen.add(claim.id)
    released = {size: model.name for size, model in announced.models.items()}
    return _checked(Book, {**raw, "released": released, "claims": claims}, str(file))


@cache
def committed() -> Book:
    """The committed ledger, read once."""
    return load_claims()


def _claim(file: Path, row: Any, announced: Announced) -> Claim:
    name = row.get("id", "without id") if isinstance(row, dict) else repr(row)
    where = f"{file}: claim {name!r}"
    if isinstance(row, dict) and isinstance(row.get("figures"), dict):
        resolved = {key: _figure(value, announced, f"{where}, figure {key!r}") for key, value in row["figures"].items()}
        row = {**row, "figures": resolved}
    claim = _checked(Claim, row, where)
    for missing in sorted(claim.rule.figures_named() - set(claim.figures)):
        raise DataError(f"{where}: the rule names figure {missing!r}{nearest(missing, claim.figures)}")
    for name in sorted(claim.rule.figures_counted()):
        if claim.figures[name].k is None or claim.figures[name].n is None:
            raise DataError(f"{where}, figure {name!r}: rule {claim.rule.rule!r} needs k and n")
    return claim


def _figure(value: Any, announced: Announced, where: str) -> Any:
    """A number as it stands, or the one of announced.yaml that a text names."""
    if not isinstance(value, str):
        return value
    known = dict(announced.claims)
    for size, model in announced.models.items():
        known |= {f"{size} {quantity}": figure for quantity, figure in model.figures.items()}
    if value not in known:
        raise DataError(f"{where}: {value!r} is not in announced.yaml{nearest(value, known)}")
    return known[value].model_dump(exclude={"where"})


def _checked(kind: type[T], values: Any, where: str) -> T:
    try:
        return kind.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        at = tuple(map(str, first["loc"]))
        hint = nearest(at[-1], _known(kind, at)) if first["type"] == "extra_forbidden" else ""
        raise DataError(f"{where}: field {'.'.join(at)}: {first['msg']}{hint}") from None


def _known(kind: type[Strict], at: tuple[str, ...]) -> list[str]:
    """The fields that may stand where an unknown one was found."""
    if at[0] == "rule" and at[1] in RULES and len(at) == 3:
        kind = RULES[at[1]]
    elif at[0] == "figures":
        kind = Figure
    return list(kind.model_fields)
