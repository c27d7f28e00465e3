"""Tables on size: the pre-trained ladder, ranks, depths, models from scratch, other text; in LaTeX and in Markdown.

A row stands for runs that differ in their seed alone. What was not run says so.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from paperlib.core.config import EDGEJSON
from paperlib.core.records import Record, Records
from paperlib.evaluation.runs import PUBLISHED, TEST_NAMES
from paperlib.evaluation.scaling import exact_match, fits, real_text
from paperlib.evaluation.scaling.contrasts import Estimate
from paperlib.evaluation.scaling.families import estimate_of, mean_of_rows, size_name
from paperlib.evaluation.scaling.selection import (
    BASES,
    DEPTHS,
    FROM_SCRATCH,
    LONGER,
    RANKED,
    RANKS,
    REAL,
    RECOMBINED,
    SCRATCH,
    SMALLEST,
    STOCK,
    TUNED,
    UNTUNED,
    body_parameters,
    runs_of,
)
from paperlib.paper import latex
from paperlib.paper.latex import Block, duration, escape, longtable, millions, percent, tabular
from paperlib.training.bases import BASES as PRETRAINED

Fields = Mapping[str, Any]
NOT_RUN = "not run"
OFF = "Off the line"  # nats per leaf as a multiple of what the line has at that size
# How a pre-trained model is asked or trained, and the fields of its runs, apart from the base.
STATES: dict[str, Fields] = {
    "untuned": UNTUNED,
    "3 examples in the prompt": {**UNTUNED, "recipe": "few-shot"},
    "schema in the prompt, constrained": {**STOCK, "test_set": PUBLISHED},
    "schema and 3 examples, constrained": {**STOCK, "recipe": "few-shot-schema", "test_set": PUBLISHED},
    "schema in a chat message, constrained": {**STOCK, "recipe": "untuned-chat", "test_set": PUBLISHED},
    "LoRA, 100k tokens": TUNED,
    "LoRA, 300k tokens": LONGER,
    "LoRA, recombined examples": RECOMBINED,
}
BEST_EFFORTS: dict[str, Fields] = {  # beyond the protocol of all sizes
    "LoRA, 700 recombined examples": {**TUNED, "recipe": "ladder-recombined-700"},
    "LoRA, continued from their average": {**TUNED, "recipe": "ladder-recombined-averaged"},
}
TRAINED = ("LoRA, 100k tokens", "LoRA, 300k tokens", "LoRA, recombined examples", *BEST_EFFORTS)
SCORES = ("Seeds", r"JSONExact (\%)", "Complex", r"Leaf F1 (\%)", "NLL per leaf")


@dataclass(frozen=True)
class Table:
    """A table that is printed in LaTeX and in Markdown; ``columns`` as of a tabular, cells as written for LaTeX."""

    columns: str
    head: Sequence[str]
    blocks: Sequence[Block]

    @property
    def latex(self) -> str:
        """Without rows of which nothing was run, unless that is all of them."""
        labels = len(self.columns) - len(self.columns.lstrip("l"))
        run = [
            (heading, [row for row in rows if not {NOT_RUN, "--", ""}.issuperset(row[labels:])])
            for heading, rows in self.blocks
        ]
        return tabular(f"@{{}}{self.columns}@{{}}", self.head, [block for block in run if block[1]] or self.blocks)

    def long(self, caption: str, label: str) -> str:
        """In LaTeX, over as many pages as it takes."""
        return longtable(f"@{{}}{self.columns}@{{}}", self.head, self.blocks, caption, label)

    @property
    def markdown(self) -> str:
        """A table a block, its heading before it."""
        aligned = re.sub(r"(>\{[^}]*\})?p\{[^}]*\}", "l", self.columns)
        parts = []
        for heading, rows in self.blocks:
            parts += [f"**{plain(heading)}**"] if heading else []
            cells = [[plain(cell) for cell in row] for row in rows]
            parts.append(latex.markdown(aligned, [plain(name) for name in self.head], cells).rstrip("\n"))
        return "\n\n".join(parts)


def plain(text: str) -> str:
    """LaTeX cells as plain text: no escapes, and signs instead of commands."""
    text = re.sub(r"\\ensuremath\{((?:[^{}]|\{[^{}]*\})*)\}", lambda found: _signs(found[1]), text)
    text = re.sub(r"\\(?:emph|texttt)\{([^{}]*)\}", r"\1", text)
    return re.sub(r"\\([%&_#$])", r"\1", text)


def _signs(text: str) -> str:
    text = text.replace(r"\times", "×").replace(r"\infty", "∞").replace("-", "−")
    return re.sub(r"\^\{?([^{}]*)\}?", r"^\1", text)


def title(base: str, records: Records) -> str:
    """The true name of a base's weights, as records have it, and its size."""
    found = [run for run in records.values() if run.base == base and run.model.method == "none"]
    return f"{found[0].model.name if found else PRETRAINED[base].title}, {size_of(base)}"


def size_of(base: str) -> str:
    """The size of a pre-trained base as figures call it."""
    return size_name(PRETRAINED[base].parameters)


def scores(runs: Sequence[Record]) -> list[str]:
    """Cells of SCORES: seeds, exact answers, complex ones counted, leaf F1 and nats per leaf, with intervals."""
    if not runs:
        return [NOT_RUN, *[""] * 4]
    found = tuple(runs)
    row = [str(len(found)), in_percent(estimate_of(found, "exact")), complex_count(found)]
    return [*row, in_percent(estimate_of(found, "leaf_f1")), in_nats(estimate_of(found, "nats_per_leaf"))]


def complex_count(runs: tuple[Record, ...], metric: str = "json_exact") -> str:
    """Right answers of complex examples, the mean over seeds, of all; a dash where there is no such tier."""
    mean = mean_of_rows(runs, metric, "complex")
    if mean is None:
        return "--"
    n = runs[0].metric(metric, "tier", "complex").n
    count = mean.value * n
    return f"{count:.0f}/{n}" if len(runs) == 1 else f"{count:.1f}/{n}"


def in_percent(one: Estimate | None) -> str:
    """A share with its interval, in per cent."""
    return latex.estimate(one, percent)


def in_nats(one: Estimate | None) -> str:
    """Nats with their interval."""
    return latex.estimate(one and one._replace(low=max(one.low, 0.0)), "{:.3f}".format)


def ladder(records: Records) -> Table:
    """The pre-trained sizes, a block each: untuned as asked in several ways, and tuned by one protocol."""
    blocks = []
    for base in BASES:
        states = STATES | BEST_EFFORTS
        found = {state: runs_of(records, **{**fields, "base": base}) for state, fields in states.items()}
        kept = {state: runs for state, runs in found.items() if runs or (state in STATES and "chat" not in state)}
        blocks.append((escape(title(base, records)), [[state, *scores(runs)] for state, runs in kept.items()]))
    return Table("lrrrrr", ["Asked or trained", *SCORES], blocks)


def _trainings(records: Records, base: str) -> Iterator[tuple[str, tuple[Record, ...]]]:
    """How one size was trained, and the runs: none for a protocol that was not run; a best effort only if it was."""
    for state in TRAINED:
        found = tuple(runs_of(records, **{**STATES, **BEST_EFFORTS}[state], base=base))
        if found or state in STATES:
            yield state, found


def evaluators(records: Records) -> Table:
    """What the published evaluator, which truncates long answers, leaves of the tuned sizes' exact answers."""
    rows = []
    for base in BASES:
        for state, found in _trainings(records, base):
            label = [size_of(base), state]
            if found:
                both = [percent(one.value) if (one := mean_of_rows(found, name)) else "--"
                        for name in ("json_exact", "published_exact")]  # fmt: skip
                counts = [complex_count(found, name) for name in ("json_exact", "published_exact")]
                rows.append([*label, both[0], both[1], *counts])
            else:
                rows.append([*label, NOT_RUN, "", "", ""])
    head = ["Size", "Trained", r"Corrected (\%)", r"Published (\%)", "Complex, corrected", "Complex, published"]
    return Table("llrrrr", head, [("", rows)])


def by_leaves(records: Records) -> Table:
    """Exact answers of the tuned sizes by the number of leaves of the expected answer: the mean over seeds of all."""
    names = [f"{low} to {high}" if high < 1000 else f"{low} and more" for low, high in exact_match.BINS]
    blocks: dict[str, list[list[str]]] = {state: [] for state in TRAINED}
    for base in BASES:
        for state, runs in _trainings(records, base):
            found = exact_match.by_leaves(runs)
            cells = [f"{found[key][0]:.1f}/{found[key][1]}" if key in found else "--" for key in exact_match.BINS]
            blocks[state].append([size_of(base), *(cells if found else [NOT_RUN, *[""] * (len(names) - 1)])])
    blocks = {state: rows for state, rows in blocks.items() if rows}
    return Table("l" + "r" * len(names), ["Leaves", *names], list(blocks.items()))


def cost(records: Records) -> Table:
    """What each trained size cost: trainable parameters; means over seeds of tokens a second and time; the peak."""
    rows = []
    for base in BASES:
        for state, found in _trainings(records, base):
            label = [size_of(base), state]
            if found:
                speeds = [speed for run in found if (speed := run.cost.train_tokens_per_second)]
                times = [seconds for run in found if (seconds := run.cost.train_seconds)]
                peak = max(run.cost.peak_memory_gb for run in found)
                cells = [millions(found[0].model.trainable), f"{fmean(speeds):.0f}" if speeds else "--"]
                spent = duration(fmean(times) if times else None)
                rows.append([*label, *cells, spent, f"{peak:.1f}", machines(found)])
            else:
                rows.append([*label, NOT_RUN, "", "", "", ""])
    head = ["Size", "Trained", "Trainable", "Tokens/s", "Training", "Peak GB", "Machine"]
    return Table("llrrrrl", head, [("", rows)])


def machines(runs: Sequence[Record]) -> str:
    """The processors or accelerators of runs, without what a name says of memory."""
    names = dict.fromkeys(run.provenance.hardware.get("gpu") or run.provenance.hardware.get("cpu") for run in runs)
    return escape(", ".join(dict.fromkeys(re.sub(r"^NVIDIA | \d+GB.*", "", str(name)) for name in names)))


def ranks(records: Records) -> Table:
    """Trainable capacity at two sizes: the ranks of the adapter, and all weights."""
    blocks = []
    for base in RANKED:
        rows = []
        for label, recipe in {**{f"rank {rank}": name for rank, name in RANKS.items()}, "all": "ladder-full"}.items():
            found = runs_of(records, **{**TUNED, "base": base, "recipe": recipe})
            name = label if label != "all" else "all weights"
            rows.append([name, millions(found[0].model.trainable) if found else "--", *scores(found)])
        blocks.append((escape(title(base, records)), rows))
    return Table("lrrrrrr", ["Trained", "Trainable", *SCORES], blocks)


def depths(records: Records) -> Table:
    """One pre-training at five depths, tuned alike, and how far each lies from the line of the pre-trained sizes."""
    line = fits.fit(records)
    from_line = fits.residuals(records, line) if line else []
    off = {one.first.recipe: as_factor(found) for one, found in from_line if one.first.base == SMALLEST}
    rows = []
    for layers, recipe in {**DEPTHS, 30: TUNED["recipe"]}.items():
        found = runs_of(records, **{**TUNED, "base": SMALLEST, "recipe": recipe})
        size = size_name(found[0].model.parameters) if found else "--"
        rows.append([str(layers), size, *scores(found), off.get(recipe, "--")])
    return Table("rrrrrrrr", ["Layers", "Parameters", *SCORES, OFF], [("", rows)])


def as_factor(one: Estimate) -> str:
    """A difference of logarithms as a factor with its interval."""
    return latex.estimate(one.factor, "{:.2f}".format)


def scratch(records: Records) -> Table:
    """Models from scratch on both kinds of label lines, with the pre-trained sizes tuned on the generated ones."""
    blocks = []
    for test, name in ((EDGEJSON, "tested on generated label lines"), (PUBLISHED, "tested on published label lines")):
        line = fits.fit(records, test_set=test)
        off = {one.first.base: as_factor(found) for one, found in fits.residuals(records, line, test)} if line else {}
        rows = []
        for base in SCRATCH:
            found = runs_of(records, **{**FROM_SCRATCH, "base": base, "test_set": test})
            body = millions(body_parameters(found[0])) if found else "--"
            whole = millions(found[0].model.parameters) if found else "--"
            rows.append([base, whole, body, *scores(found), off.get(base, "--")])
        blocks.append((name, rows))
    head = ["Model", "Parameters", "Body", *SCORES, OFF]
    return Table("lrrrrrrrr", head, blocks)


def real(records: Records, measure: str = "leaf_f1") -> Table:
    """Leaf F1 (or another measure) of every size on every test, told the schema; then what size alone gives."""
    blocks = []
    for asked in real_text.ASKED:
        rows = []
        for base in BASES if asked != "tuned to read schemas" else BASES[:1]:
            found = [real_text.score_of(records, asked, base, test, measure) for test in real_text.TESTS]
            if any(found) or asked == "untuned":
                rows.append([size_of(base), *(in_percent(one) if one else NOT_RUN for one in found)])
        if rows:
            blocks.append((asked, rows))
    effects = [real_text.effect_of_size(records, test, measure) for test in real_text.TESTS]
    if any(effects):
        shown = [in_percent(one) if one else NOT_RUN for one in effects]
        blocks.append(("what size gives, untuned", [["largest less smallest", *shown]]))
    return Table("l" + "r" * len(real_text.TESTS), ["Size", *(TEST_NAMES[test] for test in (PUBLISHED, *REAL))], blocks)
