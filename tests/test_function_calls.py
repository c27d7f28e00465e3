"""EdgeFuncCall: whatever is drawn, calls follow their tools, and every argument stands in the request or follows."""

import json
from collections import Counter
from dataclasses import replace
from functools import cache
from pathlib import Path
from random import Random

import pytest
from test_constrained import TOKENIZER

from paperlib import cli
from paperlib.benchmark.function_calls.argument_values import Values, words
from paperlib.benchmark.function_calls.call_checks import check, example_faults
from paperlib.benchmark.function_calls.call_drawing import KINDS, draw_calls, functions_of
from paperlib.benchmark.function_calls.functions import THEMES, CallSplit, alike
from paperlib.benchmark.function_calls.tool_drawing import _node
from paperlib.benchmark.words import word_lists
from paperlib.core.config import Constraint
from paperlib.core.errors import DataError
from paperlib.core.files import read_jsonl
from paperlib.data.examples import Example
from paperlib.data.function_calls.tool_calls import calls_schema, tools_of
from paperlib.data.function_calls.tools import Tool
from paperlib.data.schemas import Schemas
from paperlib.decoding.constrained import Constrainer

SPLITS: tuple[CallSplit, ...] = ("train", "dev", "test")


@cache
def drawn() -> tuple[dict[str, list[Example]], Schemas]:
    """Examples by split, and the schemas of all."""
    made = {split: draw_calls(200, 11, split) for split in SPLITS}
    schemas = Schemas({id: schema for _, schemas in made.values() for id, schema in schemas.items()})
    return {split: examples for split, (examples, _) in made.items()}, schemas


def test_the_splits_pass_every_check() -> None:
    assert {one.name for one in check(*drawn())} >= {
        "calls",
        "spans",
        "uniqueness",
        "near duplicates",
        "functions",
    }


def test_checks_find_what_a_request_does_not_say() -> None:
    examples, schemas = drawn()
    example = next(e for e in examples["train"] if e.answer and any(s.normalise == "copy" for s in e.spans))
    span = next(span for span in example.spans if span.normalise == "copy")
    silent = replace(example, text=example.text[: span.start] + "…" + example.text[span.start + 1 :])
    assert any("does not say" in fault for fault in example_faults(silent, schemas[example.schema_id]))
    assert any(
        "the request does not say it" in fault
        for fault in example_faults(replace(example, spans=()), schemas[example.schema_id])
    )
    wrong = [{"name": example.answer[0]["name"], "arguments": {"unheard_of": 1}}]
    assert any(
        fault.startswith("calls: ")
        for fault in example_faults(replace(example, answer=wrong), schemas[example.schema_id])
    )
    with pytest.raises(DataError, match=r"uniqueness: .* occurs 2 times"):
        check({"train": [example, example]}, schemas)


def test_no_function_of_the_test_split_was_trained_on() -> None:
    domains = [{one.domain for part in functions_of(split) for one in part} for split in SPLITS]
    assert not domains[0] & domains[2]
    assert not domains[0] & domains[1]
    assert len(functions_of("train")[0]) > 100


def test_all_kinds_and_languages_are_drawn() -> None:
    by_split, schemas = drawn()
    kinds = Counter(e.surface.split(" (")[0].split(",")[0] for e in by_split["train"])
    assert set(kinds) == set(KINDS)
    languages = Counter(e.surface[-3:-1] for examples in by_split.values() for e in examples)
    assert set(languages) == {"en", "de", "fr", "es", "pl"}
    assert 0.02 < 1 - languages["en"] / languages.total() < 0.16
    for example in by_split["train"]:
        assert bool(example.answer) is not example.surface.startswith("none fits")
        assert (len(example.answer) > 1) is example.surface.startswith("parallel")
        names = [tool.name for tool in tools_of(schemas[example.schema_id].body)]
        assert len(set(names)) == len(names)


def test_the_same_arguments_draw_the_same_examples() -> None:
    assert draw_calls(30, 5) == draw_calls(30, 5)
    assert [e.text for e in draw_calls(30, 5)[0]] != [e.text for e in draw_calls(30, 6)[0]]


@pytest.mark.parametrize("constraint", ["schema", "schema+text"])
def test_the_grammar_permits_every_answer(constraint: Constraint) -> None:
    constrainer, (examples, schemas) = Constrainer(TOKENIZER, constraint), drawn()
    for example in [*examples["test"][:40], *examples["train"][:80]]:
        assert constrainer.forbidden(schemas[example.schema_id], example.text, example.answer) is None


def test_only_strings_whose_form_is_told_are_free_of_the_request() -> None:
    tool = Tool("post", "", {"type": "object", "properties": {
        "city": {"type": "string", "description": "Name of the city"}, "day": {"type": "string"},
        "guests": {"type": "array", "items": {"type": "string"}},
        "place": {"type": "string", "description": "The city and state, e.g. Denver, CO"},
        "level": {"enum": ["high", "low"]}, "colour": {"type": "string", "default": "red"}, "n": {"type": "integer"},
    }})  # fmt: skip
    constrainer, schema = Constrainer(TOKENIZER, "schema+text"), calls_schema([tool], "x")
    for arguments, allowed in (
        ({"city": "Oslo"}, True), ({"city": "Oslp"}, False),
        ({"guests": ["Ann", "Bo"]}, True), ({"guests": ["Ann", "Zoe"]}, False), ({"day": "2026-01-01"}, True),
        ({"place": "Boston, MA"}, True), ({"level": "high"}, True), ({"colour": "blue"}, True), ({"n": 7}, True),
    ):  # fmt: skip
        found = constrainer.forbidden(schema, "Ann and Bo go to Oslo.", [{"name": "post", "arguments": arguments}])
        assert (found is None) is allowed, arguments


def test_lists_that_belong_together_are_of_one_length() -> None:
    for example in draw_calls(1500, 8)[0]:
        for call in example.answer:
            arguments = call["arguments"]
            if call["name"].endswith(("correlation", "dot_product", "chi_square_test")):
                assert len({len(one) for one in arguments.values() if isinstance(one, list)}) < 2, example.text


def test_codes_stand_where_a_tool_tells_them_and_words_where_not() -> None:
    rng, drawn_forms = Random(3), set()
    for node, form, hint in (_node("coded currency", rng) for _ in range(20)):
        value = Values(rng).value("coded currency", form)
        assert node == {"type": "string"}
        assert bool(hint) is (form == "code") is (not value.copied)
        assert value.value == (words.codes["currency"][value.text] if form else value.text)
        drawn_forms.add(form)
    assert drawn_forms == {"", "code"}


def test_pools_and_pairs_are_named_once_and_known() -> None:
    own = [name for theme in THEMES for name in word_lists(theme).get("values", ())]
    assert not [name for name, n in Counter([*own, *word_lists("calls_values")]).items() if n > 1]
    known = {one.id for split in SPLITS for part in functions_of(split) for one in part}
    assert {one for pair in alike() for one in pair} <= known


def test_the_set_is_written_as_the_openai_api_has_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sizes = {"train": 60, "dev": 20, "test": 20}
    flags = [part for split, n in sizes.items() for part in (f"--{split}", str(n))]
    assert cli.main(["edge-func-call", "--out", str(tmp_path), *flags, "--seed", "3"]) == 0
    assert f"{tmp_path}/train.jsonl: 60 requests" in capsys.readouterr().out
    for split, n in sizes.items():
        rows = [row for _, row in read_jsonl(tmp_path / f"{split}.jsonl")]
        drawn_here, _ = draw_calls(n, 3, split)  # type: ignore[arg-type]
        assert [row["messages"][0]["content"] for row in rows] == [example.text for example in drawn_here]
        for row, example in zip(rows, drawn_here, strict=True):
            called = [call["function"] for call in row["tool_calls"]]
            assert [{"name": c["name"], "arguments": json.loads(c["arguments"])} for c in called] == example.answer
            assert {c["name"] for c in called} <= {tool["function"]["name"] for tool in row["tools"]}
            assert ("why" in row) is (row["kind"] == "none fits") is not called
    page = (tmp_path / "README.md").read_text()
    assert "| Requests | 60 | 20 | 20 |" in page
    assert f"| Functions written one by one | {len(functions_of('train')[0])} |" in page
