"""What this study itself claims about capacity: statements with what makes each hold or fail, written before the runs.

A statement holds or fails by a 95 % interval, "open" says that the interval allows both, "not run" that runs are
missing. Intervals are of paired contrasts on the same examples, clustered by schema, with the variance between seeds
(:mod:`paperlib.evaluation.scaling.contrasts`). The rules on the announcement's own claims are in
:mod:`paperlib.claims.by_sizes`.

Before they were written, runs of the 135M model and of the nano models had been seen, of no other size, depth or rank.
Of the 15 runs tuned on the published data 2 are inside their prediction by "only-longer", 15 by "no-breakthrough".
"""

from collections.abc import Callable
from dataclasses import dataclass

from paperlib.claims import hypothesis_rules as decisions
from paperlib.claims.hypothesis_rules import FEWEST_TESTS, INSIDE, OUTSIDE, SURE, Finding, NotRunError
from paperlib.core.errors import PaperlibError
from paperlib.core.records import Records


@dataclass(frozen=True)
class Hypothesis:
    """A statement of this study, what makes it hold and what makes it fail."""

    id: str
    statement: str
    holds: str
    fails: str
    decide: Callable[[Records], Finding]


def decided(records: Records) -> list[tuple[Hypothesis, Finding]]:
    """Every hypothesis with what became of it."""
    found = []
    for hypothesis in HYPOTHESES:
        try:
            found.append((hypothesis, hypothesis.decide(records)))
        except (NotRunError, PaperlibError) as error:  # the latter: tested on different examples
            found.append((hypothesis, Finding("not run", str(error))))
    return found


HYPOTHESES = (
    Hypothesis(
        "second-size",
        "Tuned alike, the 268M model has more examples exactly right than the 135M model.",
        "the interval of the paired difference lies above 0",
        "it lies below 0",
        decisions.second_size,
    ),
    Hypothesis(
        "power-law",
        "Tuned alike, pre-trained models need fewer nats per leaf the larger they are.",
        "the interval of the exponent over the four sizes lies below 0",
        "it lies above 0",
        decisions.power_law,
    ),
    Hypothesis(
        "without-embeddings",
        "Parameters without embeddings, of which the 268M model has fewer than the 135M model, predict nats per leaf "
        "better than all parameters.",
        f"the squared error of the fit is smaller in at least {100 * SURE:.0f} % of resamples of schemas and seeds",
        f"it is so in at most {100 * (1 - SURE):.0f} %",
        decisions.without_embeddings,
    ),
    Hypothesis(
        "depth",
        "Of one pre-training, more layers need fewer nats per leaf.",
        "the interval of the exponent over the five depths lies below 0",
        "it lies above 0",
        decisions.depth,
    ),
    Hypothesis(
        "pruned-on-curve",
        "Pruned models lie on the curve of the pre-trained ones.",
        "the interval of their mean residual lies within a factor of 1.5 either way",
        "the interval excludes 0 and the mean residual is beyond that factor",
        decisions.pruned_on_curve,
    ),
    Hypothesis(
        "scratch-on-curve",
        "Models trained from scratch lie on the curve of the pre-trained ones that were tuned and tested on generated "
        "label lines as well.",
        "the interval of their mean residual lies within a factor of 1.5 either way",
        "the interval excludes 0 and the mean residual is beyond that factor",
        decisions.scratch_on_curve,
    ),
    Hypothesis(
        "size-over-rank",
        "A doubling of the size saves more nats per leaf than a doubling of the rank at 135M.",
        "the interval of the exponent of rank minus that of size lies above 0",
        "it lies below 0",
        decisions.size_over_rank,
    ),
    Hypothesis(
        "format-by-tuning",
        "Label lines measure format: there tuning gives the smallest model more leaf F1 than size gives tuned models.",
        "the interval of tuning at 135M (from stock, constrained, the schema in the prompt) minus size (tuned, 135M to "
        "1.54B) lies above 0",
        "it lies below 0",
        decisions.tuning_over_size,
    ),
    Hypothesis(
        "capacity-on-real-text",
        "Other text, real or with unseen schemas, measures capacity: there size (stock, 135M to 1.54B) gives more leaf "
        "F1 than it gives tuned models on label lines.",
        f"the interval of the difference lies above 0 on every such test that was run, at least {FEWEST_TESTS}",
        "it lies below 0 on every one",
        decisions.size_on_real_text,
    ),
    Hypothesis(
        "size-over-tuning",
        "On other text the stock 1.54B model has more leaf F1 than the 135M model that was tuned to read schemas.",
        f"the interval of the paired difference lies above 0 on every such test that was run, at least {FEWEST_TESTS}",
        "it lies below 0 on every one",
        decisions.size_over_tuning,
    ),
    Hypothesis(
        "correlated-leaves",
        "Leaves of one answer fail together: the beta-binomial law predicts exact match better than p to the power n.",
        "the interval of the difference of their log scores on schemas not fitted to lies above 0",
        "it lies below 0",
        decisions.correlated_leaves,
    ),
    Hypothesis(
        "only-longer",
        "Complex examples are only longer: leaf outcomes of other schemas predict how many are exactly right.",
        f"at least {100 * INSIDE:.0f} % of tuned runs have as many complex answers right as the beta-binomial law, "
        "fitted to the run's other schemas, predicts (95 % interval)",
        f"less than {100 * OUTSIDE:.0f} % have",
        decisions.only_longer,
    ),
    Hypothesis(
        "no-breakthrough",
        "A ceiling or a breakthrough on complex examples is leaf accuracy, read off a few answers of many leaves.",
        f"at least {100 * INSIDE:.0f} % of tuned runs have as many complex answers right as the beta-binomial law "
        "predicts from the run's leaf accuracy on them and the correlation in the other runs (95 % interval)",
        f"less than {100 * OUTSIDE:.0f} % have",
        decisions.curve_read_at_few,
    ),
)
