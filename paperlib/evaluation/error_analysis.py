"""Error analysis: every leaf of an answer beside the one that was expected, wrong ones marked with their kind of error.

answers = error_analysis.join(data.test, predictions, report.scores)
answers.select("invoice", error="addition")
"""

import html
import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, NamedTuple

from paperlib.core.errors import DataError, PaperlibError
from paperlib.core.strict_model import suggestion
from paperlib.data.display import Table, as_html, highlighted, visible
from paperlib.data.examples import Example, groups
from paperlib.data.leaf_alignment import MISSING, pair_leaves
from paperlib.data.leaves import json_equal, json_pointer
from paperlib.data.output_parser import NotJSONError
from paperlib.data.predictions import Prediction
from paperlib.evaluation.failures import ERROR_KINDS, FAILURE_KINDS, Diagnosis, diagnose
from paperlib.evaluation.metrics import Score, parse_output

STOPS = {"eos": "end of sequence", "value": "its first complete value, with more to come", "cap": "the cap"}
LEAVES = 100  # shown of one answer
VALUE, OUTPUT = 200, 3000  # characters shown of one value, of an output
# The colours of Okabe and Ito (2008), which colour-blind readers tell apart; where a page strips the styles, ins, del
# and mark keep the underline, the strike and the mark that browsers give them.
STYLE = """<style>
.errors.errors pre{margin:.3em 0;font:12px/1.4 monospace;background:none;white-space:pre-wrap;word-break:normal;
 max-height:22em;overflow:auto;border-left:3px solid #999;padding-left:.6em}
.errors.errors td,.errors.errors th{text-align:left;vertical-align:top;overflow-wrap:anywhere;max-width:26em}
.errors.errors ins,.errors.errors del,.errors.errors mark{color:#000;text-underline-offset:2px}
.errors.errors ins{background:#cfe6f5;text-decoration:underline #0072b2 1.5px}
.errors.errors del{background:#fbdccb;text-decoration:underline wavy #d55e00 1.5px}
.errors.errors mark{background:#f7ecaa;text-decoration:underline dotted 1.5px}
.errors.errors ins b{background:#0072b2;color:#fff}
.errors.errors del b{background:#b34a00;color:#fff}
.errors.errors details{margin-left:1em}
.errors.errors .group{display:inline-grid;grid-template-columns:15em 17em auto;width:95%}
</style>"""


class Leaf(NamedTuple):
    """One leaf of an answer beside the expected one, each as JSON, or "" where it is missing."""

    pointer: str  # JSON pointer (RFC 6901)
    expected: str
    answer: str
    error: str  # kind of error, "" where the two are equal


@dataclass(frozen=True)
class AnalysedAnswer:
    """One example with its prediction, score and diagnosis; notebooks show it leaf by leaf, wrong ones marked."""

    example: Example
    prediction: Prediction
    score: Score
    answer: Any  # as parsed; MISSING where no JSON was found
    reason: NotJSONError | None  # why none was found
    diagnosis: Diagnosis

    @property
    def id(self) -> str:
        """The id of the example."""
        return self.example.id

    @property
    def schema_id(self) -> str:
        """The id of its schema."""
        return self.example.schema_id

    @property
    def tier(self) -> str | None:
        """The tier of its schema, None without one."""
        return self.example.tier

    @property
    def summary(self) -> list[str]:
        """Two or three lines: kind of failure and how decoding ended, scores, and a failure that no leaf shows."""
        n = len(self.diagnosis.errors)
        leaves = f" ({n} wrong lea{'f' if n == 1 else 'ves'})" if n else ""
        valid = {None: "", True: ", follows its schema", False: ", does not follow its schema"}[self.score.schema_valid]
        lines = [
            f"{self.id}: {self.diagnosis.kind}{leaves}, ended by {STOPS[self.prediction.stop]}",
            f"{self.schema_id}, {self.tier or 'no'} tier; Field F1 {self.score.field_f1:.3f}{valid}",
        ]
        if self.reason is not None:
            lines.append(f"No JSON could be parsed: {self.reason}.")
        elif self.diagnosis.kind == "structure" and not n:
            lines.append("Every leaf is right, the order of items is not.")
        return lines

    def leaves(self) -> list[Leaf]:
        """Every leaf of either value beside its partner, in the order of the expected value and then of the answer."""
        kinds = (error.kind for error in self.diagnosis.errors)
        return [
            Leaf(
                json_pointer(*path),
                _text(expected),
                _text(answer),
                "" if json_equal(answer, expected) else next(kinds, self.diagnosis.kind),
            )
            for path, answer, expected in pair_leaves(self.answer, self.example.answer)
        ]

    def __repr__(self) -> str:
        wrong = [leaf._asdict() for leaf in self.leaves() if leaf.error]
        rows = [{name: cut(text, VALUE) or "–" for name, text in row.items()} for row in wrong[:LEAVES]]
        output = cut(self.prediction.output, OUTPUT) if self.reason else ""
        summary, text = map(visible, self.summary), cut(self.example.text, OUTPUT)
        parts = ["\n".join(summary), text, repr(Table(rows)) if rows else "", _left_out(len(wrong)), output]
        return "\n\n".join(filter(None, parts))

    def _repr_html_(self) -> str:
        return f'<div class="errors">{STYLE}<b>{as_html(self.summary[0])}</b>{self._body()}</div>'

    def details(self) -> str:
        """As HTML that opens at the first line of the summary; needs STYLE."""
        return f"<details><summary>{as_html(self.summary[0])}</summary>{self._body()}</details>"

    def _body(self) -> str:
        leaves = self.leaves()
        wrong = [leaf.pointer for leaf in leaves if leaf.error and leaf.expected]
        spans = [s for s in self.example.spans if any(s.pointer == p or s.pointer.startswith(f"{p}/") for p in wrong)]
        lines = "".join(f"<div>{as_html(line)}</div>" for line in self.summary[1:])
        text = f"<pre>{highlighted(self.example.text, spans)}</pre>"
        head = "<tr><th>pointer</th><th>expected</th><th>answer</th><th>error</th></tr>"
        table = f"<table>{head}{''.join(map(_row, leaves[:LEAVES]))}</table>{_left_out(len(leaves))}"
        return f"{lines}{text}{table}<div>output</div><pre>{html.escape(cut(self.prediction.output, OUTPUT))}</pre>"


@dataclass(frozen=True)
class AnalysedAnswers:
    """Answers to several examples, shown one below the other; in HTML each opens at its first line."""

    members: tuple[AnalysedAnswer, ...]

    def __len__(self) -> int:
        return len(self.members)

    def __iter__(self) -> Iterator[AnalysedAnswer]:
        return iter(self.members)

    def select(self, group: str = "all", failure: str | None = None, error: str | None = None) -> "AnalysedAnswers":
        """The answers of a group with a kind of failure and a leaf of a kind of error; by default all that failed.

        ``group`` is "all", a tier ("none" where an example has none) or a schema id. Raises PaperlibError that names
        the nearest known one where group, failure or error is not known.
        """
        failures = FAILURE_KINDS[1:] if failure is None else (failure,)
        check_known("kind of failure", failures[0], FAILURE_KINDS)
        kept = [one for one in self.group(group) if one.diagnosis.kind in failures]
        if error is not None:
            check_known("kind of error", error, ERROR_KINDS)
            kept = [one for one in kept if error in one.diagnosis.counts()]
        return AnalysedAnswers(tuple(kept))

    def group(self, name: str) -> "AnalysedAnswers":
        """The answers of one group, right or wrong. Raises PaperlibError where there is no such group."""
        by_name = {"all": list(self.members), **{name: members for _, name, members in groups(self.members)}}
        check_known("group", name, by_name)
        return AnalysedAnswers(tuple(by_name[name]))

    def __repr__(self) -> str:
        return f"\n\n{'-' * 80}\n".join(map(repr, self.members)) or "no example"

    def _repr_html_(self) -> str:
        return f'<div class="errors">{STYLE}{"".join(one.details() for one in self.members) or "no example"}</div>'


def join(examples: Sequence[Example], predictions: Sequence[Prediction], scores: Sequence[Score]) -> AnalysedAnswers:
    """Joins scores with their examples and predictions by id, and diagnoses each answer; in the order of ``scores``.

    Raises DataError naming a score without example or prediction.
    """
    asked, answered = {e.id: e for e in examples}, {p.id: p for p in predictions}
    for score in scores:
        if score.id not in asked or score.id not in answered:
            raise DataError(f"scores: id {score.id!r} has no {'prediction' if score.id in asked else 'example'}")
    return AnalysedAnswers(tuple(_analyse(asked[score.id], answered[score.id], score) for score in scores))


def _analyse(example: Example, prediction: Prediction, score: Score) -> AnalysedAnswer:
    answer, reason = parse_output(prediction.output)
    diagnosis = diagnose(answer, example.answer, example.text, example.spans)
    return AnalysedAnswer(example, prediction, score, answer, reason, diagnosis)


def check_known(what: str, name: str, names: Collection[str]) -> None:
    """Raises PaperlibError that names the nearest of ``names`` where ``name`` is none of them."""
    if name not in names:
        raise PaperlibError(f"no {what} {name!r}{suggestion(name, names)}")


def cut(text: str, most: int) -> str:
    """At most ``most`` characters of a text, a quarter of them from its end, and how many are left out between."""
    tail = most // 4
    if (rest := len(text) - most) <= 0:
        return visible(text)
    return visible(f"{text[: most - tail]}… ({rest:,} characters left out) {text[len(text) - tail :]}")


def _text(value: Any) -> str:
    return "" if value is MISSING else json.dumps(value, ensure_ascii=False)


def _row(leaf: Leaf) -> str:
    """A leaf as the row of an HTML table, its error said by mark and word, not by colour alone."""
    values = [cut(value, VALUE) for value in (leaf.expected, leaf.answer)]
    cells = [html.escape(value) for value in values]
    if leaf.error == "altered":
        cells = [_differing(*values), _differing(*reversed(values))]
    if leaf.error:
        cells = [
            f'<{tag} title="{leaf.error}">{cell or "<i>nothing</i>"}</{tag}>'
            for tag, cell in zip(("ins", "del"), cells, strict=True)
        ]
    row = [html.escape(cut(leaf.pointer, VALUE)) or "(root)", *cells, leaf.error]
    return f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>"


def _differing(text: str, other: str) -> str:
    """A text as HTML, with emphasis on the characters in which its altered copy differs.

    Ratcliff & Metzener (1988), "Pattern matching: the gestalt approach", Dr. Dobb's Journal 13, as in difflib.
    """
    steps = SequenceMatcher(None, text, other, autojunk=False).get_opcodes()
    pieces = [(step, html.escape(text[start:end])) for step, start, end, _, _ in steps if start < end]
    return "".join(piece if step == "equal" else f"<b>{piece}</b>" for step, piece in pieces)


def _left_out(n: int) -> str:
    return f"… ({n - LEAVES:,} more leaves)" if n > LEAVES else ""
