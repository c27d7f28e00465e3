"""The closed vocabulary of rules that decide claims.

A rule is code and data, and sees no result: its type says what confirms and what refutes, its fields say about which
figures and runs. Those about the published data and about 360M were written before any run of them; those that our
first runs speak to were written after these, and data/results/LOG.md says what was changed since. Two restraints are
built in. A score of the announced models is a figure about their weights on the published test split: other weights or
other examples can fail to reproduce it, but cannot refute it. And agreement counts only where the interval is narrow
enough to disagree (:data:`WIDEST`).
"""

from typing import Annotated, Literal

from pydantic import Field

from paperlib.claims.published_figures import Rule
from paperlib.core.records import Strict

WIDEST = 0.30  # of an interval that may speak for agreement: of 25 examples of five schemas, at most 1 right or wrong
Size = Literal["135m", "360m"]
OUR_RUNS = "our runs"  # what decides, of the rules that look at scores


class Score(Rule):
    """A published score against our run of the same kind; the first of ``runs`` that is there speaks."""

    basis = OUR_RUNS
    confirms = (
        "our score under the published evaluator agrees (with counts: Fisher's p >= 0.05; else the figure lies in our "
        "95 % interval) and our interval is at most 30 points wide; a different reading where base weights or examples "
        "differ"
    )
    refutes = "the released weights themselves score differently on the published test split"
    points = ("figure",)
    rule: Literal["score"]
    figure: str
    model: Size
    runs: tuple[str, ...] = Field(min_length=1)
    metric: Literal["published_exact", "published_f1"]
    group: Literal["overall", "tier"]
    name: str


class Ceiling(Rule):
    """That a size cannot do a tier, whatever the training: one trained model of at most that size that can is enough.

    ``figure`` is a published count, or a bar in per cent that is said to be out of reach.
    """

    basis = OUR_RUNS
    confirms = (
        "our model gets none right either and its interval ends no higher than that of the published count; that a bar "
        "is out of reach cannot be confirmed by one model"
    )
    refutes = (
        "on published examples of the tier our model is right more often than the count (Fisher's p < 0.05), or its "
        "95 % interval lies above the bar; on our own examples, which may be easier, the same is only not reproduced"
    )
    points = ("figure",)
    rule: Literal["ceiling"]
    figure: str
    model: Size
    runs: tuple[str, ...] = Field(min_length=1)
    name: str


class Gain(Rule):
    """What tuning does: a tuned run against the untuned one on the same examples; the first pair there speaks."""

    basis = OUR_RUNS
    confirms = (
        "the tuned run is right more often (Fisher's p < 0.05), and a stated multiplier lies in the ratio's interval "
        "(none right before tuning: not testable); a different reading where weights or examples differ"
    )
    refutes = (
        "with the announced base weights on the published test split the tuned run is right significantly less often"
    )
    points = ("multiplier",)
    rule: Literal["gain"]
    model: Size
    pairs: tuple[tuple[str, str], ...] = Field(min_length=1)  # (tuned, untuned)
    multiplier: str | None = None


class AtLeast(Rule):
    """A list of schemas said to be read with at least some accuracy."""

    basis = OUR_RUNS
    confirms = (
        "every schema named reaches the share in our run and all together have an interval of at most 30 points; "
        "a different reading where weights or examples differ"
    )
    refutes = "the released weights miss it on the published test split"
    rule: Literal["at_least"]
    model: Size
    runs: tuple[str, ...] = Field(min_length=1)
    schemas: tuple[str, ...] = Field(min_length=1)
    share: float = Field(gt=0, le=1)


class Recorded(Rule):
    """A property of the model that a record holds and that data cannot change."""

    basis = OUR_RUNS
    confirms = "the recorded number prints as stated"
    refutes = "it does not (of the same architecture, so no other weights would change it)"
    points = ("figure",)
    rule: Literal["recorded"]
    figure: str
    run: str
    field: Literal["model.parameters", "model.trainable"]


class Differ(Rule):
    """That of two published shares the second is the larger: their own counts decide."""

    basis = "the announced figures"
    confirms = "Fisher's p < 0.05 in the stated direction, from the published counts"
    refutes = "p < 0.05 in the other direction; anything else is not reproduced: the counts do not tell"
    points = ("smaller", "larger")
    counting = ("smaller", "larger")
    rule: Literal["differ"]
    smaller: str
    larger: str


class Above(Rule):
    """That a published share passes a bar which the announcement sets itself."""

    basis = "the announced figures"
    confirms = "the 95 % interval of the published count lies above the bar"
    refutes = "an interval lies below the bar; one that holds the bar is not reproduced"
    points = ("figures", "bar")
    counting = ("figures",)
    rule: Literal["above"]
    figures: tuple[str, ...] = Field(min_length=1)
    bar: str


class GainOrder(Rule):
    """That the first of two models gains more from tuning: ratio, difference and odds ratio must say so."""

    basis = "the announced figures"
    confirms = "the ratio of ratios passes p < 0.05 as stated and difference and odds ratio point the same way"
    refutes = "all three point the other way, one of ratio and difference significantly"
    points = ("first", "second")
    counting = ("first", "second")
    rule: Literal["gain_order"]
    first: tuple[str, str]  # (tuned, base)
    second: tuple[str, str]


class Ratio(Rule):
    """A stated quotient of stated figures; ``to`` lists denominators (sums of figures), the plain one first."""

    basis = "the announced figures"
    confirms = (
        "some unrounded figures give the stated quotient; a different reading where only a later denominator does"
    )
    refutes = "no denominator gives it"
    points = ("of", "to", "stated")
    rule: Literal["ratio"]
    of: str
    to: tuple[tuple[str, ...], ...] = Field(min_length=1)
    stated: str


class Difference(Rule):
    basis = "the announced figures"
    confirms = "some unrounded figures give the stated difference"
    refutes = "none do"
    points = ("of", "minus", "stated")
    rule: Literal["difference"]
    of: str
    minus: str
    stated: str


class Sum(Rule):
    basis = "the announced figures"
    confirms = "the parts add up to the total; a different reading where what is left may be of examples in no part"
    refutes = "they do not"
    points = ("parts", "total")
    rule: Literal["sum"]
    parts: tuple[str, ...] = Field(min_length=2)
    total: str
    count: Literal["value", "n", "k"]

    def figures_counted(self) -> set[str]:
        return set() if self.count == "value" else self.figures_named()


class Product(Rule):
    """That a rate over a time yields enough."""

    basis = "the announced figures"
    confirms = "the product reaches what is needed"
    refutes = "it falls short even if every figure is rounded in its favour"
    points = ("factors", "needed")
    rule: Literal["product"]
    factors: tuple[str, ...] = Field(min_length=2)
    needed: str


class Within(Rule):
    """That stated figures keep stated limits (inclusive)."""

    basis = "the announced figures"
    confirms = "every figure keeps the limits"
    refutes = "one of them does not"
    points = ("figures", "low", "high")
    rule: Literal["within"]
    figures: tuple[str, ...] = Field(min_length=1)
    low: str | None = None
    high: str | None = None


class Disjoint(Rule):
    """That stated ranges (inclusive, so 2-4 and 4-8 share 4) exclude each other, or that they agree."""

    basis = "the announced figures"
    confirms = (
        "the ranges have nothing in common (where they should be distinct) or something (where they should agree); a "
        "different reading where they share ends only"
    )
    refutes = "the other way round"
    rule: Literal["ranges"]
    ranges: dict[str, tuple[float, float]] = Field(min_length=2)
    distinct: bool


class Same(Rule):
    """That two models were treated alike but for size."""

    basis = "the announced figures"
    confirms = "both figures of every pair are equal"
    refutes = "one pair differs"
    points = ("pairs",)
    rule: Literal["same"]
    pairs: tuple[tuple[str, str], ...] = Field(min_length=1)


class Reading(Strict):
    """One way to compute a quantity from the architecture."""

    quantity: Literal["parameters", "trainable", "megabytes"]
    bits: float | None = None  # a weight, for megabytes
    rank: int | None = None  # of the LoRA matrices; with "parameters": counted in
    says: str  # what the reading assumes


class Architecture(Rule):
    """A count or a size that follows from the base model's published shape; readings in order, the plain one first."""

    basis = "the base model's shape"
    confirms = "the first reading prints as stated; a different reading where only a later one does"
    refutes = "no reading does"
    points = ("figure",)
    rule: Literal["architecture"]
    model: Size
    figure: str
    readings: tuple[Reading, ...] = Field(min_length=1)


class OfData(Rule):
    """A statement about the published data set, held against counts of its training split."""

    basis = "the published training split"
    confirms = "the counts of the published training split agree; a different reading where only required fields do"
    refutes = "they contradict it"
    points = ("figure", "test")
    counting = ("test",)
    rule: Literal["data"]
    says: Literal["total", "schemas", "valid", "teacher", "fields", "tier", "tier fields"]
    figure: str | None = None  # the number stated, for total, schemas and fields
    test: str | None = None  # the figure whose n is the size of the test split, for total
    name: str | None = None  # schema, tier or teacher
    tier: str | None = None  # stated for the schema ``name``
    low: int | None = None  # fewest and most fields stated for a tier
    high: int | None = None


class Unavailable(Rule):
    """What this package cannot test, whatever it runs."""

    basis = "nothing here"
    confirms = "nothing in this package"
    refutes = "nothing in this package"
    rule: Literal["unavailable"]
    needs: str = Field(min_length=10)


AnyRule = Annotated[
    Score | Ceiling | Gain | AtLeast | Recorded | Differ | Above | GainOrder | Ratio | Difference | Sum | Product
    | Within | Disjoint | Same | Architecture | OfData | Unavailable,
    Field(discriminator="rule"),
]  # fmt: skip
RULES: dict[str, type[Rule]] = {
    kind.model_fields["rule"].annotation.__args__[0]: kind  # type: ignore[union-attr]
    for kind in Rule.__subclasses__()
}
