"""How a value is written in LaTeX, how a macro is named, how rows become a table, in Markdown too. No other module
escapes or rounds for print."""

import math
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import accumulate

from paperlib.core.errors import PaperlibError
from paperlib.core.records import Metric, Record, Records
from paperlib.evaluation.runs import by_dataset, shown_dataset
from paperlib.evaluation.scaling.contrasts import Estimate
from paperlib.evaluation.statistics.intervals import LEVEL

LEVEL_PERCENT = f"{100 * LEVEL:.0f}"  # of every interval, as prose says it
DIGITS = ("Zero", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine")
ESCAPES = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{mark: f"\\{mark}" for mark in "&%$#_{}"},
}
Block = tuple[str, Sequence[Sequence[str]]]  # a heading (empty: none) and the rows below it


def escape(text: str) -> str:
    """Plain text as LaTeX text."""
    return "".join(ESCAPES.get(mark, mark) for mark in text)


def mono(text: str) -> str:
    """Plain text in typewriter type, for names of runs, schemas and hashes."""
    return rf"\texttt{{{escape(text)}}}"


def macro_name(*parts: str) -> str:
    r"""The name of a macro, without its backslash, from plain words: letters only, since TeX allows no more.

    Every run of letters is capitalised, every digit becomes its word, the rest only separates:
    ``macro_name("lora-135m", "complex", "exact", "low")`` is ``LoraOneThreeFiveMComplexExactLow``.
    """
    pieces = re.findall(r"[A-Za-z]+|[0-9]", " ".join(parts))
    return "".join(DIGITS[int(piece)] if piece.isdigit() else piece[0].upper() + piece[1:] for piece in pieces)


def newcommand(name: str, value: str) -> str:
    return rf"\newcommand{{\{name}}}{{{value}}}"


def percent(share: float) -> str:
    """A share of one in per cent with one decimal, without the sign."""
    return f"{100 * share:.1f}"


def number(row: Metric, value: float) -> str:
    """A value in its metric's unit: per cent for a proportion, three decimals for a mean, two from 10 on."""
    return percent(value) if row.k is not None else f"{value:.3f}" if row.value < 10 else f"{value:.2f}"


def interval(row: Metric) -> str:
    return f"[{number(row, row.low)}, {number(row, row.high)}]"


def with_interval(row: Metric | None) -> str:
    """Value and interval; a dash where the run has no such metric."""
    return estimate((row.value, row.low, row.high), lambda value: number(row, value)) if row else "--"


def estimate(found: tuple[float, float, float] | None, written: Callable[[float], str]) -> str:
    """A value, and the ends of its interval; each number ``written`` alike. A dash where there is no value, and no
    interval where that is a point, which is no certainty: all examples are alike."""
    if found is None:
        return "--"
    value, low, high = found
    if low == high:
        return written(value)
    return rf"{written(value)} {{\scriptsize [{written(low)}, {written(high)}]}}"


def in_text(one: Metric | Estimate, form: str = ".3f") -> str:
    """Value and interval in running text: "0.828 [0.733, 0.894]"."""
    return f"{one.value:{form}} [{one.low:{form}}, {one.high:{form}}]"


def macro_pair(
    name: str, found: tuple[float, float, float], written: Callable[[float], str]
) -> Iterator[tuple[str, str]]:
    """The macro of a value, and that of its interval, whose name ends in Interval."""
    value, low, high = found
    yield name, written(value)
    yield f"{name}Interval", f"[{written(low)}, {written(high)}]"


def factor(value: float) -> str:
    """A ratio in three figures: "0.25", "13.0", "158"; two decimals at most."""
    if math.isinf(value):
        return r"\ensuremath{\infty}"
    return f"{value:.{2 if value < 10 else 1 if value < 100 else 0}f}"


def points(difference: float) -> str:
    """A difference of shares of one in percentage points with one decimal, without the unit."""
    return rf"\ensuremath{{{100 * difference:.1f}}}"


def count(row: Metric) -> str:
    """Successes over examples; only examples where the metric is no proportion."""
    return str(row.n) if row.k is None else f"{row.k}/{row.n}"


def millions(parameters: int | None) -> str:
    """A parameter count in millions, three to four figures; a dash where there is no model or nothing was trained."""
    if not parameters:
        return "--"
    value = parameters / 1e6
    return rf"{value:.2f}\,M" if value < 100 else rf"{value:.1f}\,M"


def duration(seconds: float | None) -> str:
    """Seconds as a person says them: "48 s", "12 min", "1 h 05 min"; a dash where there was no such time."""
    if seconds is None:
        return "--"
    if seconds < 99.5:
        return rf"{seconds:.0f}\,s"
    hours, minutes = divmod(round(seconds / 60), 60)
    return rf"{hours}\,h {minutes:02d}\,min" if hours else rf"{minutes}\,min"


def p_value(p: float) -> str:
    """A p value with its sign: "p = 0.31", and "p < 0.001" below that."""
    return r"\ensuremath{p < 0.001}" if p < 0.001 else rf"\ensuremath{{p = {p:.{2 if p >= 0.1 else 3}f}}}"


def enumeration(items: Iterable[str]) -> str:
    """ "a, b and c"; empty for no item."""
    *first, last = [*items] or [""]
    return f"{', '.join(first)} and {last}" if first else last


def as_latex(value: object) -> str:
    """A configuration value as LaTeX text."""
    if isinstance(value, float):
        return f"{value:g}" if abs(value) >= 1e-3 or value == 0 else scientific(value)
    return "--" if value is None else escape(str(value).lower() if isinstance(value, bool) else str(value))


def scientific(value: float) -> str:
    digits, exponent = f"{value:e}".split("e")
    return rf"\ensuremath{{{float(digits):g} \times 10^{{{int(exponent)}}}}}"


def tabular(
    columns: str,
    head: Sequence[str],
    blocks: Iterable[Block],
    foot: Sequence[str] = (),
    spans: Sequence[tuple[str, int]] = (),
) -> str:
    """A booktabs tabular; each block is set off by a rule, under its heading.

    ``spans``: titles above the head, each over so many columns, one after the other; an empty one leaves its columns
    free. Raises PaperlibError on a ragged row.
    """
    lines = [rf"\begin{{tabular}}{{{columns}}}", r"\toprule", *_spans(spans), " & ".join(head) + r" \\"]
    for heading, rows in blocks:
        lines.append(r"\midrule")
        if heading:
            lines.append(rf"\multicolumn{{{len(head)}}}{{@{{}}l}}{{\emph{{{heading}}}}} \\")
        for row in rows:
            if len(row) != len(head):
                raise PaperlibError(f"table row {row[0]!r} has {len(row)} cells, its head has {len(head)}")
            lines.append(" & ".join(row) + r" \\")
    lines += [r"\midrule"] if foot else []
    lines += [rf"\multicolumn{{{len(head)}}}{{@{{}}l}}{{{line}}} \\" for line in foot]
    return "\n".join([*lines, r"\bottomrule", r"\end{tabular}", ""])


def longtable(
    columns: str,
    head: Sequence[str],
    blocks: Iterable[Block],
    caption: str,
    label: str,
    spans: Sequence[tuple[str, int]] = (),
) -> str:
    """A :func:`tabular` that breaks over pages, its head repeated on each; for tables as long as the results are."""
    _, *lines = tabular(columns, head, blocks, spans=spans).splitlines()
    end = lines.index(" & ".join(head) + r" \\") + 1
    top, body = [*lines[:end], r"\midrule"], lines[end + 1 : -2]
    opening = [rf"\begin{{longtable}}{{{columns}}}", rf"\caption{{{caption}}}\label{{{label}}} \\"]
    feet = [*top, r"\endfirsthead", *top, r"\endhead", r"\bottomrule", r"\endfoot"]
    return "\n".join([*opening, *feet, *body, r"\end{longtable}", ""])


def _spans(spans: Sequence[tuple[str, int]]) -> list[str]:
    """The line of titles over several columns, and the line of rules below them."""
    ends = list(accumulate(width for _, width in spans))
    rules = [rf"\cmidrule(lr){{{end - n + 1}-{end}}}" for (title, n), end in zip(spans, ends, strict=True) if title]
    cells = [rf"\multicolumn{{{width}}}{{c}}{{{title}}}" for title, width in spans]
    return [" & ".join(cells) + r" \\", "".join(rules)] if spans else []


def blocks(records: Records, row: Callable[[Record], list[str]]) -> list[Block]:
    """One block a dataset, its heading the dataset's name and size, with a line a record: its label and its ``row``."""
    return [
        (
            escape(f"{shown_dataset(group[0])}, {group[0].data.n_test} test examples"),
            [[label, *row(record)] for label, record in zip(labels(group), group, strict=True)],
        )
        for group in by_dataset(records).values()
    ]


def short(label: str) -> str:
    """A label without the name of the one pretrained model, which captions give."""
    return label.removeprefix("SmolLM2-135M, ")


def labels(runs: Iterable[Record]) -> list[str]:
    """Labels as LaTeX text; one that only adds to that of a run above it is indented, without what it adds to."""
    found: list[str] = []
    above = ""
    for label in (short(run.label) for run in runs):
        added = label.removeprefix(f"{above}, ") if above else label
        above = label if added == label else above
        found.append(escape(label) if added == label else rf"\quad {escape(added)}")
    return found


def markdown(columns: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    r"""A Markdown table; ``columns`` holds l or r for each column, as in a tabular.

    A cell may hold what is written here for LaTeX: ``\,`` becomes a space, a missing value's ``--`` a dash, and an
    interval is as large as its value.
    """
    rule = ["---:" if column == "r" else "---" for column in columns]
    lines = [head, rule, *([cell.replace("|", r"\|") for cell in row] for row in rows)]
    text = "".join(f"| {' | '.join(cells)} |\n" for cells in lines)
    return re.sub(r"\{\\scriptsize (.*?)\}", r"\1", text).replace(r"\,", " ").replace(" -- ", " – ")
