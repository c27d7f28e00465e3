r"""``values.tex``: a macro for every number that the paper's prose prints. What is not here cannot be printed there.

One rule names all that there may be (:func:`paperlib.paper.latex.macro_name` makes letters of digits):

    \<Run>[<Tier>]<Metric>[<Statistic>]   \LoraOneThreeFiveMExact, \LoraOneThreeFiveMComplexExactCount
    \<Run><Fact>                          \NanoSParams, \NanoSTrainTime
    \<Run>Config<Part><Key>               \NanoSConfigTrainLearningRate
    \<Run>Seeds[Mean|Interval]            of runs that differ in their seed alone, JSONExact over seeds
    \<Run>Tuning<Scale>                   of a tuned run beside its untuned base: Difference, OddsRatio, P
    \<Run>[Complex]AnnouncedP             of a run on published data against the announced counts, Fisher's test
    \Blind<Run>…                          of the blind scores on the published test split, as of any run
    \Paired<Run><Run><Count>              of a row of the paired tests: OnlyFirst, OnlySecond, P
    \Announced<Size>[<Tier>]<Quantity>    \AnnouncedThreeSixZeroMComplexExact
    \Size<Size>…, \Depth…, \Rank…          of models of several sizes: see paperlib.paper.scaling_values
    \Intent<Set><Classifier><Metric>       of intent classifiers: see paperlib.paper.intent_tables
    \FewShot<Set><Classifier><Examples>    of these from a few examples: see paperlib.paper.few_shot_results
    \Tool<Kind><Model><Quantity>           of the tools compared: see paperlib.paper.tool_results
    \Cost<Form><Quantity>[Range]          of the forms of one model: see paperlib.paper.engine_cost_tables
    \<Run>Leaves…, Slot…, Ece…            of runs on texts by people: see paperlib.paper.real_text_values
    \<Run>OverSingleTask[Interval]        of an adapter for all tasks: see paperlib.paper.task_tables

Metrics have the names of records, but for those in METRICS; proportions are in per cent and means as they are.
Statistics are (none) for the value, Interval ("[low, high]"), K, N and Count ("K/N"). Macros hold the bare number: the
prose writes the unit.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, pairwise
from pathlib import Path

from paperlib.claims.announcement import AnnouncedModel, Announcement, PublishedFigure, load_announcement
from paperlib.claims.by_records import OUR_RUNS
from paperlib.claims.ledger import committed, decide, decided_once, tally
from paperlib.core import paths
from paperlib.core.errors import PaperlibError
from paperlib.core.files import read_json
from paperlib.core.records import Metric, Record, ScoredRun, Study, load_blind
from paperlib.evaluation import protocols
from paperlib.evaluation.run_comparisons import mean_over_seeds, paired_runs, seed_groups, tuning_effects
from paperlib.evaluation.runs import PUBLISHED, find, group_names, ordered, select
from paperlib.evaluation.scaling import contrasts
from paperlib.evaluation.statistics.comparisons import fisher, risk_ratio, smallest_significant_count
from paperlib.evaluation.statistics.intervals import wilson
from paperlib.paper import (
    comparison_tables,
    engine_cost_tables,
    few_shot_results,
    intent_tables,
    real_text_values,
    scaling_values,
    task_tables,
    tool_results,
)
from paperlib.paper.latex import (
    LEVEL_PERCENT,
    as_latex,
    count,
    duration,
    escape,
    factor,
    interval,
    macro_name,
    macro_pair,
    millions,
    newcommand,
    number,
    p_value,
    percent,
    points,
)

METRICS = {"json_exact": "exact", "field_f1": "f1", "schema_valid": "valid", "edit_similarity": "similarity"}
Macro = tuple[str, str]  # name without backslash, value


def values(study: Study, source: Path = paths.PAPER / "main.tex") -> str:
    """The text of ``values.tex``: the macros that ``source`` uses, as far as there are records for them.

    A macro without a record is left out: the text may ask for it (``\\ifdefined``), and where it prints it, typesetting
    ends with the macro's name. Raises PaperlibError where two macros would share a name.
    """
    used = set(re.findall(r"\\([A-Za-z]+)", source.read_text(encoding="utf-8")))
    found = macros(study)
    lines = [newcommand(name, value) for name, value in found.items() if name in used]
    return "\n".join(["% Generated from the records; change those, not this file.", *lines, ""])


def macros(study: Study) -> dict[str, str]:
    """Every number that prose may want, by its macro. Raises PaperlibError where two macros would share a name."""
    records, standard = study.results, study.benchmark
    parts = [_study(records), _release(), _of_records(records), _over_seeds(records)]
    parts.append(_of_records({**standard, **study.sizes}))
    said = load_announcement()
    parts += [_tuning(records), _paired({**records, **standard}), _utterances(standard)]
    parts += [_beside_announced(ordered(records), said), _announced(said), _ledger(study.studied), _blind(said)]
    parts += [scaling_values.macros(study.tested), real_text_values.macros(study.tested)]
    parts += [task_tables.macros(study.tested), _likelihood_steps(records)]
    parts += [part.macros() for part in (intent_tables, few_shot_results, engine_cost_tables, tool_results)]
    found: dict[str, str] = {}
    for name, value in chain(*parts):
        if name in found:
            raise PaperlibError(f"two numbers would be called \\{name}; rename one of the runs")
        found[name] = value
    return found


def _study(records: dict[str, Record]) -> Iterator[Macro]:
    yield "IntervalLevel", LEVEL_PERCENT
    yield "PublishedCap", str(protocols.CAP)
    yield "PublishedCutCount", "{}/{}".format(*committed().facts.training_split.truncated("complex"))
    found: dict[str, set[str]] = {}
    for record in records.values():
        for library, version in record.provenance.versions.items():
            found.setdefault(library, set()).add(version)
    for library, versions in sorted(found.items()):
        yield macro_name("version", library), escape(" / ".join(sorted(versions)))


def _release() -> Iterator[Macro]:
    """The committed facts of EdgeJSON standard."""
    for part, facts in read_json(paths.STANDARD_SPLITS).items():
        if part in ("sizes", "schemas", "surfaces", "values", "reading"):
            for name, value in facts.items():
                yield macro_name("standard", part, name), str(value)


def _of_records(records: dict[str, Record]) -> Iterator[Macro]:
    for record in ordered(records):
        for row in record.metrics:
            if row.group != "schema":  # by schema the table is the place
                yield from _metric(record, row)
        for fact, value in _facts(record).items():
            yield macro_name(record.run, fact), value
        for part, settings in record.config.items():
            yield from _settings(record.run, part, settings)


def _over_seeds(records: dict[str, Record]) -> Iterator[Macro]:
    for run, group in seed_groups(records).items():
        mean, (low, high) = mean_over_seeds(group)
        yield macro_name(run, "seeds"), str(len(group))
        yield macro_name(run, "seeds", "mean"), percent(mean)
        yield macro_name(run, "seeds", "interval"), f"[{percent(low)}, {percent(high)}]"


def _tuning(records: dict[str, Record]) -> Iterator[Macro]:
    for effect in tuning_effects(records):
        scales = {"difference": (effect.difference, points), "odds ratio": (effect.odds_ratio, factor)}
        for scale, (found, written) in scales.items():
            if found:
                value, ends = found
                interval = ", ".join(map(written, ends))
                yield macro_name(effect.tuned, "tuning", scale), f"{written(value)} [{interval}]"
        yield macro_name(effect.tuned, "tuning p"), p_value(effect.p)


def _paired(records: dict[str, Record]) -> Iterator[Macro]:
    """The rows of the table of paired tests, Holm's correction over all of them."""
    pairs = comparison_tables.compared(records)
    for one in paired_runs([(records[first], records[second]) for first, second in pairs]):
        yield macro_name("paired", one.first, one.second, "only first"), str(one.mcnemar.only_a)
        yield macro_name("paired", one.first, one.second, "only second"), str(one.mcnemar.only_b)
        yield macro_name("paired", one.first, one.second, "p"), p_value(one.adjusted_p)


def _beside_announced(records: Iterable[ScoredRun], announced: Announcement) -> Iterator[Macro]:
    """Our models on published data under the published evaluator against the announced model of their size."""
    for record in select(records, test_set=PUBLISHED, base="smollm2-135m-instruct"):
        groups = {"": ("overall", "all"), "complex": ("tier", "complex")}
        for name, group in groups.items():
            if row := find(record, "published_exact", *group):
                p = fisher(row.k or 0, row.n, *_counts(announced.models["135m"], f"{name} exact".strip()))
                yield macro_name(record.run, name, "announced p"), p_value(p)


def _blind(announced: Announcement) -> Iterator[Macro]:
    records = load_blind()
    for record in records:
        for row in record.metrics:
            if row.group != "schema":
                yield from _metric(record, row)
    yield from _beside_announced(records, announced)


def _utterances(records: dict[str, Record]) -> Iterator[Macro]:
    """How many utterances hold something, and how many of these each run has right. The rules for label lines answer
    every utterance with an empty object, so that those that hold something are those which they get wrong."""
    runs = select(records, test_set="dstc8")
    for empty in select(runs, base="rules"):
        row = empty.metric("json_exact")
        yield "UtterancesFilled", str(row.n - (row.k or 0))
        for pair in paired_runs([(empty, other) for other in runs if other is not empty]):
            yield macro_name(pair.second, "filled"), str(pair.mcnemar.only_b)


def _likelihood_steps(records: dict[str, Record]) -> Iterator[Macro]:
    """By how many nats a leaf a model from scratch finds expected answers less probable than the next larger one,
    paired by example; a dash where that was not measured."""
    for pair in pairwise(("nano-xs", "nano-s", "nano-m")):
        worse, better = (contrasts.group([records[run]] if run in records else [], "nats_per_leaf") for run in pair)
        name = macro_name(pair[0], "nats over next")
        if worse and better:
            yield from macro_pair(name, contrasts.difference(worse, better), "{:.2f}".format)
        else:
            yield from {name: "--", f"{name}Interval": ""}.items()


def _metric(record: ScoredRun, row: Metric) -> Iterator[Macro]:
    base = (record.run, "" if row.group == "overall" else row.name, METRICS.get(row.metric, row.metric))
    yield macro_name(*base), number(row, row.value)
    yield macro_name(*base, "interval"), interval(row)
    yield macro_name(*base, "N"), str(row.n)
    if row.k is not None:
        yield macro_name(*base, "K"), str(row.k)
        yield macro_name(*base, "count"), count(row)


def _facts(record: Record) -> dict[str, str]:
    return {
        "model": escape(record.model.name),
        "params": millions(record.model.parameters),
        "trainable": millions(record.model.trainable),
        "n train": as_latex(record.data.n_train),
        "n test": str(record.data.n_test),
        "schemas": str(len(group_names([record], "schema"))),
        "skipped": str(len(record.data.skipped)),
        "train time": duration(record.cost.train_seconds),
        "train steps": as_latex(record.cost.train_steps),
        "eval time": duration(record.cost.eval_seconds),
        **{f"stop {reason}": str(n) for reason, n in record.stops.items()},
    }


def _settings(run: str, part: str, settings: object) -> Iterator[Macro]:
    if isinstance(settings, Mapping):
        for key, value in settings.items():
            if isinstance(value, str | int | float):
                yield macro_name(run, "config", part, key), as_latex(value)


def _announced(announced: Announcement) -> Iterator[Macro]:
    yield "AnnouncedTitle", escape(announced.title)
    for claim, figure in announced.figures.items():
        yield macro_name("announced", claim), escape(figure.printed)
    for size, model in announced.models.items():
        for quantity, figure in model.figures.items():
            yield from _printed(macro_name("announced", size, quantity), figure)
        yield from _multiplier(macro_name("announced", size, "multiplier"), model)
    yield from _between(announced)


def _ledger(records: dict[str, Record]) -> Iterator[Macro]:
    """How many of the announcement's claims have which verdict."""
    rows = decided_once(decide(records))
    yield "ClaimsAll", str(len(rows))
    for status, n in tally(rows).items():
        yield macro_name("claims", status), str(n)
    for status, n in tally([row for row in rows if row.claim.rule.basis == OUR_RUNS]).items():
        yield macro_name("claims", status, "by runs"), str(n)


def _printed(name: str, figure: PublishedFigure) -> Iterator[Macro]:
    yield name, escape(figure.printed)
    if figure.k is None or figure.n is None:
        return
    low, high = wilson(figure.k, figure.n)
    yield from {
        f"{name}K": str(figure.k),
        f"{name}N": str(figure.n),
        f"{name}Count": f"{figure.k}/{figure.n}",
        f"{name}High": percent(high),
        f"{name}Interval": f"[{percent(low)}, {percent(high)}]",
    }.items()


def _counts(model: AnnouncedModel, quantity: str) -> tuple[int, int]:
    figure = model.figures[quantity]
    if figure.k is None or figure.n is None:
        raise PaperlibError(f"data/announcement.yaml: {model.name}, {quantity!r} needs k and n")
    return figure.k, figure.n


def _multiplier(name: str, model: AnnouncedModel) -> Iterator[Macro]:
    """How sure "tuning multiplies by" is, and the most it can be: a model cannot be right more often than always."""
    tuned, base = _counts(model, "exact"), _counts(model, "base exact")
    _, (low, high) = risk_ratio(*tuned, *base)
    yield f"{name}Interval", f"[{low:.1f}, {high:.1f}]"
    yield f"{name}Bound", f"{base[1] / base[0]:.1f}"


def _between(announced: Announcement) -> Iterator[Macro]:
    """What tells the two announced models apart, tier by tier."""
    small, large = announced.models.values()
    for quantity in ("exact", "simple exact", "medium exact", "complex exact"):
        one, other = _counts(small, quantity), _counts(large, quantity)
        yield macro_name("announced", quantity, "fisher"), p_value(fisher(*one, *other))
    needed = smallest_significant_count(*_counts(small, "complex exact"))
    yield "AnnouncedComplexExactNeeded", "--" if needed is None else str(needed)
