"""The record of what one form of a model costs, and what it answers; one JSON file each."""

from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import NamedTuple

from pydantic import Field

from paperlib.core import paths
from paperlib.core.config import EDGEJSON, GREEDY
from paperlib.core.energy import Source
from paperlib.core.errors import DataError
from paperlib.core.files import digest, read_json
from paperlib.core.records import Metric, Provenance
from paperlib.core.strict_model import StrictModel, validate
from paperlib.evaluation.engine_costs.forms import FORMS
from paperlib.evaluation.runs import PUBLISHED
from paperlib.evaluation.statistics.intervals import Interval

STUDIED = "lora-135m-recombined-mean"  # the model that the paper's section is about
Repeats = tuple[float, ...]  # one value a repeat


class CostConfig(StrictModel):
    """What is measured, on which texts, and how often."""

    model: str  # a released adapter, a trained run, a folder or a base
    base: str | None = None  # base weights, where they lie elsewhere now
    test: str = EDGEJSON  # a test set of experiments.yaml
    decoding: str = GREEDY  # of experiments.yaml; transformers.generate is always greedy, without a constraint
    examples: int = Field(158, ge=1)  # that are answered and scored
    timed: int = Field(4, ge=1)  # texts of each tier that are timed
    repeats: int = Field(5, ge=1)  # of each timing, each in a process of its own
    tokens: int = Field(64, ge=1)  # generated where the rate of generation is measured
    at_once: int = Field(8, ge=2)  # texts that are generated together
    cap_factor: float = Field(1.25, gt=0)  # as in an evaluation
    data_seed: int = 0
    threads: int = Field(2, ge=1)

    @property
    def key(self) -> str:
        """Names the folder of what is measured under this configuration."""
        return f"{Path(self.model).name}-{self.test}-{digest(self.model_dump(mode='json'))}"


class WeightFile(StrictModel):
    """One file that holds weights of a form."""

    name: str
    bytes: int
    sha256: str


class Beside(StrictModel):
    """Answers of a form beside those of the reference to the same examples."""

    reference: str  # the name of its form
    equal: int  # answers that are the same text
    difference: float  # of the shares that are exact, this form's minus the reference's
    interval: Interval | None  # 95 %, schemas as clusters; None where no score differs, or all have one schema
    only_reference: int  # examples that only the reference has right
    only_form: int
    p: float  # of McNemar's exact test, by itself


class Timings(StrictModel):
    """Everything that was timed, by repeat; by tier it is the mean over the texts timed of it."""

    load_seconds: Repeats  # the libraries imported, the files in the page cache
    prompt_tokens_per_second: Repeats
    generation_tokens_per_second: Repeats  # one text, one token a pass
    generation_tokens_per_second_at_once: Repeats | None  # of all texts together; None where one is served at a time
    first_token_seconds: dict[str, Repeats]  # from the text, by tier
    answer_seconds: dict[str, Repeats]  # one text at a time, as the engine decodes it
    answer_tokens: dict[str, Repeats]
    answer_joules: dict[str, Repeats]
    joules_source: Source
    peak_memory_gb: Repeats  # of the process that answers, 10^9 bytes
    libraries_gb: Repeats | None  # of that, before it loaded the model; None for a server of its own


class EngineCost(StrictModel):
    """What one form of a model costs, and what it answers."""

    form: str
    title: str  # in tables
    engine: str
    weights: str
    model: str
    model_name: str
    base: str  # base weights
    parameters: int
    seed: int | None  # of the training; answers are greedy, and texts are chosen by hash
    test_set: str
    split: str
    decoding: str
    test_hash: str
    files: tuple[WeightFile, ...]
    metrics: tuple[Metric, ...]  # overall and by tier
    stops: dict[str, int]  # how many answers ended by "eos", "value", "cap"
    beside: Beside | None  # None where the reference was not measured with it
    timings: Timings
    config: CostConfig
    provenance: Provenance

    @property
    def megabytes(self) -> float:
        """Of the files that hold its weights, 10^6 bytes."""
        return sum(file.bytes for file in self.files) / 1e6

    @property
    def tiers(self) -> tuple[str, ...]:
        """Those of its test set."""
        return tuple(row.name for row in self.metrics if (row.metric, row.group) == ("json_exact", "tier"))

    def exact(self, tier: str | None = None) -> Metric:
        """The share of answers that are exact, overall or of a tier. Raises KeyError where there is no such tier."""
        group, name = ("tier", tier) if tier else ("overall", "all")
        for row in self.metrics:
            if (row.metric, row.group, row.name) == ("json_exact", group, name):
                return row
        raise KeyError(f"{self.form}: no json_exact for {group} {name}")

    def per_answer(self, by_tier: dict[str, Repeats]) -> Repeats:
        """The mean over the test set, by repeat: each tier counts as often as it has examples there (a stratified
        estimate, as equally many texts of each tier were timed)."""
        sizes = {tier: self.exact(tier).n for tier in by_tier}
        repeats = zip(*by_tier.values(), strict=True)
        weights = [n / sum(sizes.values()) for n in sizes.values()]
        return tuple(sum(w * value for w, value in zip(weights, one, strict=True)) for one in repeats)

    @property
    def answer_tokens_per_second(self) -> Repeats:
        """Tokens of answers over their seconds, the prompts' included, one text at a time."""
        pairs = (self.per_answer(self.timings.answer_tokens), self.per_answer(self.timings.answer_seconds))
        return tuple(tokens / seconds for tokens, seconds in zip(*pairs, strict=True))

    @property
    def joules_per_correct(self) -> Repeats | None:
        """Joules for every answer that is exact; None where none is."""
        share = self.exact().value
        return tuple(joules / share for joules in self.per_answer(self.timings.answer_joules)) if share else None


class Spread(NamedTuple):
    """Median and range of repeated measurements."""

    median: float
    low: float
    high: float


def spread(values: Repeats) -> Spread:
    return Spread(median(values), min(values), max(values))


def load_costs(folder: Path = paths.ENGINE_COSTS) -> list[EngineCost]:
    """The records below ``folder``, by model and test set, each in the order of the forms.

    Raises DataError naming the file and the first invalid field."""
    found = [load_cost(path) for path in sorted(folder.glob("*/*.json"))]
    place = {form.name: number for number, form in enumerate(FORMS)}
    return sorted(found, key=lambda one: (one.model, one.test_set, place.get(one.form, len(place)), one.form))


def principal(costs: Sequence[EngineCost]) -> list[EngineCost]:
    """The costs of one model, the study's where that was measured, on one test set: published examples, if any."""
    first = min(costs, key=lambda one: (one.model != STUDIED, one.test_set != PUBLISHED), default=None)
    return [one for one in costs if first and (one.model, one.test_set) == (first.model, first.test_set)]


def load_cost(path: Path) -> EngineCost:
    """One record. Raises DataError naming the file and the first invalid field."""
    return validate(EngineCost, read_json(path), path, DataError)
