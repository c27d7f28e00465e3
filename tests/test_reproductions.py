"""Reported kinds of fault, rebuilt: reproductions.yaml holds what a careful reader calls right and wrong of a text."""

import io
import json
import re
from dataclasses import dataclass, field, replace
from itertools import accumulate, cycle, islice
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
import yaml
from test_absence import sure
from test_constrained import END, TOKENIZER

from paperlib import cli
from paperlib.data.examples import Example
from paperlib.data.predictions import Prediction
from paperlib.data.prompts import render_answer
from paperlib.data.schemas import Schema, Schemas, schema_of, schema_to_prompt
from paperlib.decoding import answering
from paperlib.decoding.constrained import Constrainer
from paperlib.decoding.engines import model_resolution
from paperlib.decoding.extraction.absence import without_absent
from paperlib.decoding.extraction.answer_checks import check
from paperlib.decoding.extraction.windows import Annotated, Leaf, Window, merge, unwrap, windows
from paperlib.decoding.text_grounding import Hints

REPRODUCTIONS = yaml.safe_load(Path(__file__).with_name("reproductions.yaml").read_text(encoding="utf-8"))
Row = dict[str, Any]


@dataclass(frozen=True)
class Reproduction:
    """A text and a schema, and answers that must and must not be writable; ``shown``: the schema in a prompt."""

    text: str = ""
    schema: Row = field(default_factory=dict)
    right: list[Any] = field(default_factory=list)
    wrong: list[Any] = field(default_factory=list)
    decimal: Any = None
    dates: Any = None
    shown: str | None = None

    def known(self) -> Schema:
        return schema_of(self.schema, "reproduction", "reproduction")

    def writable(self, answer: Any) -> bool:
        """Whether a model that is sure of every token of an answer may write it to its end."""
        constrainer = Constrainer(TOKENIZER, "schema+text", hints=Hints(self.decimal, self.dates))
        state = constrainer.state([self.known()], self.text)
        return all(
            state.choose(token, torch.zeros(len(TOKENIZER)).scatter(0, torch.tensor(token), 1.0)) == token
            for token in [*TOKENIZER(render_answer(answer)).input_ids, END]
        )


def reproduction(field: Any = None, **row: Any) -> Reproduction:
    """One that is written for a ``field`` alone has answers to that field alone."""
    found = Reproduction(**row)
    if field is None:
        return found
    right, wrong = ([{"f": value} for value in values] for values in (found.right, found.wrong))
    whole = {"type": "object", "properties": {"f": field}, "required": ["f"]}
    return replace(found, schema=whole, right=right, wrong=wrong)


def rows(*kinds: str) -> list[Any]:
    """The reproductions of some kinds as a test's parameters, named by kind and place. What is ``open`` still fails."""
    found = []
    for kind in kinds:
        for n, row in enumerate(REPRODUCTIONS[kind], 1):
            why = row.pop("open", None)
            marks = [pytest.mark.xfail(reason=why, strict=True)] if why else []
            found.append(pytest.param(row, id=f"{kind}-{n}", marks=marks))
    return found


@pytest.mark.parametrize(
    "row", rows("numbers", "lists", "right_values", "absence", "grounding", "combinators", "roots")
)
def test_right_answers_can_be_written_and_no_others(row: Row) -> None:
    one = reproduction(**row)
    assert [answer for answer in one.right if not one.writable(answer)] == []
    assert [answer for answer in one.wrong if one.writable(answer)] == []
    assert one.shown in (None, schema_to_prompt(one.schema))


@pytest.mark.parametrize("row", rows("invalid"))
def test_an_invalid_answer_cannot_be_written_or_is_told(row: Row) -> None:
    one = reproduction(**row)
    assert [answer for answer in one.right if not one.writable(answer) or check(answer, one.known()).total] == []
    assert [answer for answer in one.wrong if one.writable(answer) and not check(answer, one.known()).total] == []


@pytest.mark.parametrize("row", rows("taken_back"))
def test_what_says_that_there_is_nothing_is_taken_back(row: Row) -> None:
    known = schema_of({"type": "object", **row["schema"]}, "reproduction", "reproduction")
    assert unwrap(without_absent(_sure(row["answer"]), known, "", 0)[0])[0] == row["left"]


def _sure(value: Any) -> Annotated:
    """An answer of whose leaves the model was sure."""
    if isinstance(value, dict):
        return {key: _sure(child) for key, child in value.items()}
    return [_sure(child) for child in value] if isinstance(value, list) else sure(value)


# -- lists of records
KINDS = {str: "string", float: "number", int: "integer", bool: "boolean"}


def records_of(row: Row) -> list[Row]:
    """The records of a reproduction: given, or ``count`` ones whose columns of values come round again."""
    if "records" in row:
        return list(row["records"])
    values = [islice(cycle(column), row["count"]) for column in row["columns"].values()]
    return [dict(zip(row["columns"], of_one, strict=True)) for of_one in zip(*values, strict=True)]


def lines_of(row: Row) -> list[str]:
    """What the text says of each record."""
    return [row["line"].format(n=n, **record) for n, record in enumerate(records_of(row), 1)]


def text_of(row: Row) -> str:
    if "text" in row:
        return str(row["text"])
    return str(row.get("before", "") + row.get("between", "\n").join(lines_of(row)) + row.get("after", ""))


@pytest.mark.parametrize("row", rows("records"))
def test_every_record_can_be_written(row: Row) -> None:
    records = records_of(row)
    fields = {key: row.get("fields", {}).get(key) or {"type": KINDS[type(value)]} for key, value in records[0].items()}
    items = {"type": "object", "properties": fields, "required": list(fields)}
    assert reproduction({"type": "array", "items": items}, text=text_of(row)).writable({"f": records})


# -- windows of long texts
@pytest.mark.parametrize("row", rows("length"))
def test_every_record_is_whole_in_a_window_and_merged_once(row: Row) -> None:
    text, lines, most = text_of(row), lines_of(row), row["most"]
    steps = accumulate(len(line) + len(row.get("between", "\n")) for line in lines)
    starts = [len(row.get("before", "")) + step for step in (0, *list(steps)[:-1])]
    places = [(start, start + len(line)) for start, line in zip(starts, lines, strict=True)]
    assert [text[slice(*place)] for place in places] == lines
    found = windows(text, lambda part: len(part) <= most)
    assert len(found) > 1
    assert all(len(window.part(text)) <= most for window in found)
    assert "".join(text[window.begin : window.until] for window in found) == text
    assert [place for place in places if not any(w.start <= place[0] and place[1] <= w.end for w in found)] == []
    merged, _ = unwrap(merge([(window, {"f": read(window, text, places)}) for window in found]))
    assert merged["f"] == lines


def read(window: Window, text: str, places: list[tuple[int, int]]) -> list[Annotated]:
    """What a careful model finds in a window: all records of which there is something, those of the head as well."""
    head = window.head or (0, 0)
    inside = [place for place in places if head[0] <= place[0] and place[1] <= head[1]]
    cut = [(max(start, window.start), min(end, window.end)) for start, end in places]
    return [Leaf(text[start:end], (start, end), 0.9) for start, end in (*inside, *cut) if start < end]


# -- inputs of the command
@pytest.fixture
def without_preference(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every model has no preference: it writes the shortest way that its constraint leaves to the end."""

    def answer(_: Any, __: Any, examples: list[Example], schemas: Schemas, decoding: Any, **___: Any) -> list[Any]:
        constrainer = Constrainer(TOKENIZER, decoding.constraint, hints=decoding.hints)
        states = [constrainer.state([schemas[example.schema_id]], example.text) for example in examples]
        return [Prediction(e.id, written(state), 1, 1, "eos", 0.0) for e, state in zip(examples, states, strict=True)]

    loaded = SimpleNamespace(name="stub", model=None, tokenizer=TOKENIZER)
    monkeypatch.setattr(answering, "answer", answer)
    monkeypatch.setattr(answering, "fits", lambda *_: True)
    resolved = SimpleNamespace(log={}, load=lambda: loaded, identity=str)
    monkeypatch.setattr(model_resolution, "resolve", lambda *_, **__: resolved)


def written(state: Any) -> str:
    tokens = list[int]()
    while not tokens or tokens[-1] != END:
        tokens.append(state.choose(END, torch.zeros(len(TOKENIZER)).scatter(0, torch.tensor(END), 1.0)))
    return str(state.written.as_json(TOKENIZER.decode(tokens[:-1])))


def content(given: Any) -> bytes:
    """A file's content: text, another encoding of one, or pieces that are repeated."""
    if isinstance(given, list):
        return "".join(piece * times for piece, times in given).encode()
    return given["text"].encode(given["encoding"]) if isinstance(given, dict) else str(given).encode()


@pytest.mark.usefixtures("without_preference")
@pytest.mark.parametrize("row", rows("inputs"))
def test_odd_input_is_answered_or_told_in_a_sentence(
    row: Row, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content(row.get("stdin", "")))))
    for name, given in row.get("files", {}).items():
        Path(name).write_bytes(content(given))
    try:
        code: Any = cli.main(["extract", *row["arguments"], "--model", "stub", "--threads", "1"])
    except SystemExit as end:
        code = end.code
    printed = capsys.readouterr()
    assert code == row["code"], printed.err
    assert re.search(row.get("says", ""), printed.err), printed.err
    assert not re.search(r"Traceback|TEXT_\d|node_\d|%regex|start:", printed.err)
    assert not code or len(printed.err.splitlines()[-1]) < 400
    if "prints" in row:
        assert json.loads(printed.out) == row["prints"]
