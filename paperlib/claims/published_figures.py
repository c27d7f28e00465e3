"""Published figures as printed, and what every rule that decides a claim has in common."""

from typing import Any, ClassVar

from paperlib.core.errors import DataError
from paperlib.core.records import Strict

EXACT = ("examples", "schemas", "fields", "tokens")  # units that are counted and never rounded


class Figure(Strict):
    """One published number as printed; ``k`` of ``n`` where it is a share of known counts."""

    printed: str
    unit: str = ""
    k: int | None = None
    n: int | None = None
    step: float | None = None  # what it was rounded to, where that is not its last digit ("~270" MB: 10)

    @property
    def value(self) -> float:
        return float(self.printed)

    @property
    def bounds(self) -> tuple[float, float]:
        """The values that print so: half a step either way."""
        decimals = len(self.printed.partition(".")[2])
        half = 0.0 if self.unit in EXACT else (self.step or 10.0**-decimals) / 2
        return self.value - half, self.value + half

    @property
    def counts(self) -> tuple[int, int]:
        """Successes and examples; loading makes sure that the figures of a rule which counts have them."""
        if self.k is None or self.n is None:
            raise DataError(f"figure {self.printed}: expected k and n")
        return self.k, self.n


class Rule(Strict):
    """A rule says in advance what confirms and what refutes; the texts are part of the rendered ledger."""

    basis: ClassVar[str]  # what decides
    confirms: ClassVar[str]
    refutes: ClassVar[str]
    points: ClassVar[tuple[str, ...]] = ()  # fields that hold names of figures
    counting: ClassVar[tuple[str, ...]] = ()  # those of them whose figures must have k and n

    def figures_named(self) -> set[str]:
        """The figures that the rule needs its claim to have."""
        return {name for field in self.points for name in _flat(getattr(self, field))}

    def figures_counted(self) -> set[str]:
        """Those that need counts."""
        return {name for field in self.counting for name in _flat(getattr(self, field))}


def _flat(value: Any) -> set[str]:
    if isinstance(value, tuple):
        return {name for part in value for name in _flat(part)}
    return set() if value is None else {value}
