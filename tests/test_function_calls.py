"""EdgeFuncCall: whatever is drawn, calls follow their tools, and every argument stands in the request or follows."""

from collections import Counter
from dataclasses import replace
from functools import cache

import pytest
from test_constrained import TOKENIZER

from paperlib.benchmark.function_calls.call_checks import check, example_faults
from paperlib.benchmark.function_calls.call_drawing import KINDS, draw_calls, functions_of
from paperlib.benchmark.function_calls.functions import CallSplit
from paperlib.core.errors import DataError
from paperlib.data.examples import Example
from paperlib.data.function_calls.tool_calls import tools_of
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


def test_the_grammar_permits_every_answer() -> None:
    constrainer, (examples, schemas) = Constrainer(TOKENIZER, "schema"), drawn()
    for example in examples["test"][:60]:
        assert constrainer.forbidden(schemas[example.schema_id], example.text, example.answer) is None
