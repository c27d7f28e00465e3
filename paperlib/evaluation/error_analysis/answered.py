"""Answers beside what was expected: an example's text, both JSON values with every wrong leaf marked, its faults.

answers = answered.join(data.test, predictions, found.scores)
answers.select("invoice", fault="addition")
"""

import html
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from paperlib.core.config import nearest
from paperlib.core.errors import DataError, PaperlibError
from paperlib.data.examples import Example, groups, pointer
from paperlib.data.leaves import MISSING
from paperlib.data.output_parser import NotJSONError, extract
from paperlib.data.predictions import Prediction
from paperlib.evaluation.error_analysis.side_by_side import as_text, cut, rows, table_rows, unified
from paperlib.evaluation.failures import FAULT_KINDS, KINDS, Diagnosis, Fault, diagnose, unreadable
from paperlib.evaluation.metrics import Score
from paperlib.evaluation.show import Table, marked, visible

STOPS = {"eos": "end of sequence", "value": "its first complete value, where it would have run on", "cap": "the cap"}
TEXT_LINES = 12  # of a source text, in plain text
RAW = 3000  # characters shown of an unreadable output's begin; of its end a third of them
FAULTS = 30  # rows of the list of faults
CELL = 80  # characters shown in one of its cells
# Colours of Okabe and Ito (2008), told apart by colour-blind readers; without the styles, as where a page strips them,
# ins, del and mark keep the underline, the strike and the mark that browsers give them.
STYLE = """<style>
.drill.drill pre{margin:0;padding:0;font:12px/1.4 monospace;background:none;color:inherit;white-space:pre-wrap}
.drill.drill pre{word-break:normal}
.drill.drill .text{max-height:22em;overflow:auto;border-left:3px solid #999;padding-left:.6em}
.drill.drill .two{max-height:40em;overflow:auto;margin:.5em 0}
.drill.drill .two table{width:100%;table-layout:fixed;margin:0}
.drill.drill .two pre{padding-left:4ch;text-indent:-4ch;overflow-wrap:anywhere}
.drill.drill .two .raw{padding-left:2ch;text-indent:0}
.drill.drill .two td{padding:0 .5em 0 0;max-width:none}
.drill.drill table{margin:.3em 0;border-collapse:collapse;border:0}
.drill.drill tr{background:none!important}
.drill.drill td,.drill.drill th{text-align:left;vertical-align:top;max-width:26em;padding:.1em .8em .1em 0}
.drill.drill td{overflow-wrap:anywhere}
.drill.drill ins,.drill.drill del,.drill.drill mark{color:#000;text-underline-offset:2px}
.drill.drill ins{background:#cfe6f5;text-decoration:underline #0072b2 1.5px}
.drill.drill del{background:#fbdccb;text-decoration:underline wavy #d55e00 1.5px}
.drill.drill mark{background:#f7ecaa;text-decoration:underline dotted 1.5px}
.drill.drill ins b{background:#0072b2;color:#fff}
.drill.drill del b{background:#b34a00;color:#fff}
.drill.drill .one{margin:0 0 1em 1em}
.drill.drill details details{margin-left:1em}
.drill.drill .right{margin-left:2em}
.drill.drill .head{margin-left:1em;font-weight:bold}
.drill.drill span{display:inline-block;vertical-align:top;width:15em}
.drill.drill span+span{width:17em}
.drill.drill span+span+span{width:calc(100% - 34em);min-width:10em}
.drill.drill details details span:first-child,.drill.drill details>.right span:first-child{width:14em}
.drill.drill details details details span:first-child,
.drill.drill details details>.right span:first-child{width:13em}
</style>"""


@dataclass(frozen=True)
class Answered:
    """One example with its answer, score and diagnosis; shown with every wrong leaf marked on both sides."""

    example: Example
    prediction: Prediction
    score: Score
    answer: Any  # as read; MISSING where it could not be
    diagnosis: Diagnosis
    reason: NotJSONError | None = None  # why it could not

    @property
    def id(self) -> str:
        return self.example.id

    @property
    def schema_id(self) -> str:
        return self.example.schema_id

    @property
    def tier(self) -> str | None:
        return self.example.tier

    @property
    def headline(self) -> str:
        """What went wrong and how decoding ended."""
        n, kind = len(self.diagnosis.faults), self.diagnosis.kind
        leaves = f" ({n} wrong lea{'f' if n == 1 else 'ves'})" if n else ""
        return f"{kind}{leaves}, ended by {STOPS[self.prediction.stop]}"

    @property
    def facts(self) -> str:
        """Where the example belongs, and its scores."""
        valid = {None: "", True: ", follows its schema", False: ", does not follow its schema"}[self.score.schema_valid]
        return f"{self.schema_id}, {self.tier or 'no'} tier; Field F1 {self.score.field_f1:.3f}{valid}"

    @property
    def note(self) -> str:
        """What no list of faults says."""
        if self.reason is not None:
            return f"No JSON could be read: {self.reason}."
        if self.diagnosis.kind == "exact":
            return "The answer is exact."
        return "" if self.diagnosis.faults else "Every leaf is right, the order of items is not."

    def faults(self) -> Table:
        """The wrong leaves, the first FAULTS of them: JSON pointer (RFC 6901), what was expected, what came, kind."""
        return Table([_listed(fault) for fault in self.diagnosis.faults[:FAULTS]])

    def __repr__(self) -> str:
        lines = self.example.text.splitlines()
        more = [f"… ({len(lines) - TEXT_LINES} lines left out)"] if len(lines) > TEXT_LINES else []
        text = "\n".join(f"  | {line}" for line in [*map(cut, lines[:TEXT_LINES]), *more])
        parts = [f"{visible(self.id)}: {self.headline}\n{visible(self.facts)}", text, *self._plain_answer(), self.note]
        return "\n\n".join(filter(None, [*parts, repr(self.faults()) if self.diagnosis.faults else "", self._more()]))

    def _repr_html_(self) -> str:
        title = f"<b>{_html(self.id)}</b>: {_html(self.headline)}"
        return f'<div class="drill">{STYLE}{title}{self._body()}</div>'

    def details(self) -> str:
        """As HTML that opens at its headline; needs STYLE."""
        return f"<details><summary>{_html(self.id)}: {_html(self.headline)}</summary>{self._body()}</details>"

    def _body(self) -> str:
        wrong = {pointer(*fault.path) for fault in self.diagnosis.faults if fault.expected is not MISSING}
        spans = [s for s in self.example.spans if any(s.pointer == p or s.pointer.startswith(f"{p}/") for p in wrong)]
        text = f'<pre class="text">{marked(self.example.text, spans)}</pre>'
        below = "".join(f"<div>{_html(line)}</div>" for line in (self.note, self._more()) if line)
        table = self.faults()._repr_html_() if self.diagnosis.faults else ""
        return f'<div class="one">{_html(self.facts)}{text}{self._html_answer()}{table}{below}</div>'

    def _plain_answer(self) -> list[str]:
        if self.reason is None:
            return ["- expected, + came", unified(rows(self.answer, self.example.answer, self.diagnosis.faults))]
        return [f"expected\n{as_text(self.example.answer, RAW)}", f"came\n{cut(self.prediction.output, RAW, RAW // 3)}"]

    def _html_answer(self) -> str:
        if self.reason is None:
            title = "keys and items in the expected order"
            lines = table_rows(rows(self.answer, self.example.answer, self.diagnosis.faults))
        else:
            title, expected = "as it is", as_text(self.example.answer, RAW, indent=2)
            lines = f"<tr><td><pre class=raw>{html.escape(expected)}</pre><td><pre class=raw>{self._raw()}</pre>"
        return f'<div class="two"><table><tr><td><b>Expected</b><td><b>Came</b>, {title}\n{lines}</table></div>'

    def _raw(self) -> str:
        """The output as HTML, the character marked at which reading failed, if it is shown."""
        output, at = self.prediction.output, self.reason.offset if self.reason else None
        if at is None or not at < min(len(output), RAW):
            return _html(cut(output, RAW, RAW // 3))
        before, after = output[:at], output[at + 1 :]
        place = f'<del title="reading failed here"><b>{_html(output[at])}</b></del>'
        return f"{_html(before)}{place}{_html(cut(after, RAW - at, RAW // 3))}"

    def _more(self) -> str:
        n = len(self.diagnosis.faults) - FAULTS
        return f"{n:,} more wrong leaves are not listed." if n > 0 else ""


@dataclass(frozen=True)
class Answers:
    """Answered examples, shown one below the other."""

    members: tuple[Answered, ...]

    def __len__(self) -> int:
        return len(self.members)

    def __iter__(self) -> Iterator[Answered]:
        return iter(self.members)

    def select(self, group: str = "all", kind: str | None = None, fault: str | None = None) -> "Answers":
        """Those of a group, with a headline kind, with a wrong leaf of a kind; of no headline kind, all that failed.

        ``group`` is "all", a tier ("none" where an example has none) or a schema id. Raises PaperlibError that names
        the nearest where one of the three is not known; none may be left.
        """
        wanted = KINDS[1:] if kind is None else (kind,)
        known("kind of failure", wanted[0], KINDS)
        found = [one for one in self.group(group) if one.diagnosis.kind in wanted]
        if fault is not None:
            known("kind of wrong leaf", fault, FAULT_KINDS)
            found = [one for one in found if fault in one.diagnosis.counts()]
        return Answers(tuple(found))

    def group(self, name: str) -> "Answers":
        """Those of one group, right or wrong. Raises PaperlibError where there is no such group."""
        found = {"all": list(self.members), **{name: members for _, name, members in groups(self.members)}}
        known("group", name, found)
        return Answers(tuple(found[name]))

    def __repr__(self) -> str:
        return f"\n\n{'-' * 80}\n".join(map(repr, self.members)) or "no example"

    def _repr_html_(self) -> str:
        return f'<div class="drill">{STYLE}{"".join(one.details() for one in self.members) or "no example"}</div>'


def join(examples: Sequence[Example], predictions: Sequence[Prediction], scores: Sequence[Score]) -> Answers:
    """Every score with its example, prediction and the diagnosis anew, in the order of ``scores``.

    Raises DataError naming a score whose example or prediction is not there.
    """
    asked, answered = {e.id: e for e in examples}, {p.id: p for p in predictions}
    for score in scores:
        if score.id not in asked or score.id not in answered:
            raise DataError(f"scores: id {score.id!r} has no {'prediction' if score.id in asked else 'example'}")
    return Answers(tuple(_read(asked[score.id], answered[score.id], score) for score in scores))


def _read(example: Example, prediction: Prediction, score: Score) -> Answered:
    try:
        answer = extract(prediction.output)
    except NotJSONError as reason:
        return Answered(example, prediction, score, MISSING, unreadable(example.answer), reason)
    found = diagnose(answer, example.answer, example.text, example.spans)
    return Answered(example, prediction, score, answer, found)


def known(what: str, name: str, names: Collection[str]) -> None:
    """Raises PaperlibError that names the nearest of ``names`` where ``name`` is none of them."""
    if name not in names:
        raise PaperlibError(f"no {what} {name!r}{nearest(name, names)}")


def _listed(fault: Fault) -> dict[str, str]:
    sides = {"expected": fault.expected, "came": fault.answer}
    texts = {side: "nothing" if v is MISSING else as_text(v, CELL) for side, v in sides.items()}
    return {"pointer": cut(pointer(*fault.path), CELL) or "(root)", **texts, "kind": fault.kind}


def _html(text: str) -> str:
    return html.escape(visible(text))
