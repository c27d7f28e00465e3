"""Tables of what each form of one model costs, from the records in data/results/engine_costs; LaTeX and Markdown."""

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby

from paperlib.core.energy import Source
from paperlib.data.examples import TIERS
from paperlib.evaluation.engine_costs.cost_records import EngineCost, Repeats, load_costs, principal, spread
from paperlib.evaluation.engine_costs.cost_tables import significant
from paperlib.evaluation.runs import DATASETS
from paperlib.evaluation.statistics.comparisons import holm
from paperlib.paper.latex import Block, count, escape, estimate, macro_name, p_value, percent, points, with_interval
from paperlib.paper.scaling_tables import Table

Row = Callable[[EngineCost], list[str]]
SOURCES: dict[Source, str] = {  # of joules
    "estimate": "an estimate, processor time multiplied by the power of a core (forms rank by either alike)",
    "rapl": "measured by the processor's own counters",
    "joulescope": "measured at the machine's supply",
}
NOTHING: list[Block] = [("", [])]


def answers(costs: Sequence[EngineCost] | None = None) -> Table:
    """A row a form: the size of its weights, exact answers, and these beside float32 in torch: answers that are the
    same text, difference in points, McNemar's p after Holm's correction over the forms."""
    head = ["Form", "MB", r"Exact (\%)", "Complex", "Same", "Difference (points)", "p (Holm)"]
    blocks = []
    for heading, group in _groups(costs):
        compared = [one.beside for one in group if one.beside]
        adjusted = iter(holm([one.p for one in compared]) if compared else [])
        blocks.append((heading, [_answers(one, adjusted) for one in group]))
    return Table("lrrrrrr", head, blocks or NOTHING)


def _answers(one: EngineCost, adjusted: Iterator[float]) -> list[str]:
    few = count(one.exact("complex")) if "complex" in one.tiers else "--"
    cells = [escape(one.title), f"{one.megabytes:.0f}", with_interval(one.exact()), few]
    if one.beside is None:
        return [*cells, "--", "--", "--"]
    value, interval = one.beside.difference, one.beside.interval
    difference = estimate((value, *interval), points) if interval else points(value)
    return [*cells, f"{one.beside.equal}/{one.exact().n}", difference, p_value(next(adjusted))]


def rates(costs: Sequence[EngineCost] | None = None) -> Table:
    """A row a form: loading, and tokens a second: of prompts, of generation, one text or several at a time, and of
    whole answers as the form decodes them."""
    head = ["Form", "Loading (s)", "Prompt", "Generation", "Several", "Answers"]
    return _timed(
        head,
        costs,
        lambda one: [
            shown(one.timings.load_seconds),
            *map(shown, (one.timings.prompt_tokens_per_second, one.timings.generation_tokens_per_second)),
            shown(one.timings.generation_tokens_per_second_at_once),
            shown(one.answer_tokens_per_second),
        ],
    )


def seconds(costs: Sequence[EngineCost] | None = None) -> Table:
    """A row a form: milliseconds to the first token, seconds an answer by tier and over the test set."""
    head = ["Form", "First token (ms)", *(f"{tier.capitalize()} (s)" for tier in TIERS), "All (s)"]
    return _timed(
        head,
        costs,
        lambda one: [
            shown(tuple(1000 * s for s in one.per_answer(one.timings.first_token_seconds))),
            *(shown(one.timings.answer_seconds.get(tier)) for tier in TIERS),
            shown(one.per_answer(one.timings.answer_seconds)),
        ],
    )


def resources(costs: Sequence[EngineCost] | None = None) -> Table:
    """A row a form: peak memory, joules an answer, and joules for each answer that is exact."""
    head = ["Form", "Memory (GB)", "Joules", "Joules/exact answer"]
    return _timed(
        head,
        costs,
        lambda one: [
            shown(one.timings.peak_memory_gb),
            shown(one.per_answer(one.timings.answer_joules)),
            shown(one.joules_per_correct),
        ],
    )


def _timed(head: list[str], costs: Sequence[EngineCost] | None, row: Row) -> Table:
    blocks = [(heading, [[escape(one.title), *row(one)] for one in group]) for heading, group in _groups(costs)]
    return Table("l" + "r" * (len(head) - 1), head, blocks or NOTHING)


def shown(values: Repeats | None) -> str:
    """The median and the range of repeated measurements; a dash where there are none."""
    if values is None:
        return "--"
    return estimate(spread(values), significant)


def _groups(costs: Sequence[EngineCost] | None) -> Iterator[tuple[str, list[EngineCost]]]:
    """The records by model and test set, each with its heading."""
    found = load_costs() if costs is None else costs
    for (model, test), group in groupby(found, key=lambda one: (one.model, one.test_set)):
        members = list(group)
        first = members[0]
        split = "" if first.split == "test" else f", {first.split} split"
        yield escape(f"{model}, {first.exact().n} examples of {DATASETS.get(test, test)}{split}"), members


def macros(costs: Sequence[EngineCost] | None = None) -> Iterator[tuple[str, str]]:
    r"""``\Cost<Form><Quantity>`` of the :func:`principal` costs, and of several the median over the repeats, with
    Range: \CostLlamaCppQFourZeroMegabytes, \CostTorchFThreeTwoLoadSeconds."""
    found = principal(load_costs() if costs is None else costs)
    for one in found:
        name = ("cost", one.form)
        yield macro_name(*name, "megabytes"), f"{one.megabytes:.0f}"
        yield macro_name(*name, "exact"), percent(one.exact().value)
        yield macro_name(*name, "exact count"), count(one.exact())
        if one.beside:
            yield macro_name(*name, "same"), f"{one.beside.equal}/{one.exact().n}"
        for quantity, values in repeated(one).items():
            middle, low, high = map(significant, spread(values))
            yield macro_name(*name, quantity), middle
            yield macro_name(*name, quantity, "range"), f"[{low}, {high}]"
    if found:
        yield "CostForms", str(len(found))
        yield "CostExamples", str(found[0].exact().n)
        yield "CostRepeats", str(found[0].config.repeats)
        yield "CostProcessor", escape(f"{found[0].provenance.hardware['cpu']}")
        yield "CostThreads", str(found[0].config.threads)
        yield "CostJoulesSource", SOURCES[found[0].timings.joules_source]


def repeated(one: EngineCost) -> dict[str, Repeats]:
    """Every quantity that was measured several times, by its name in macros."""
    times = one.timings
    found: dict[str, Repeats | None] = {
        "load seconds": times.load_seconds,
        "memory": times.peak_memory_gb,
        "prompt rate": times.prompt_tokens_per_second,
        "generation rate": times.generation_tokens_per_second,
        "answer rate": one.answer_tokens_per_second,
        "rate at once": times.generation_tokens_per_second_at_once,
        "first token": one.per_answer(times.first_token_seconds),
        "seconds": one.per_answer(times.answer_seconds),
        "joules": one.per_answer(times.answer_joules),
        "joules per exact": one.joules_per_correct,
    }
    found |= {f"{tier} seconds": values for tier, values in times.answer_seconds.items()}
    return {name: values for name, values in found.items() if values is not None}
