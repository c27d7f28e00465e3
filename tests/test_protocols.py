"""The published protocol on outputs whose verdicts follow from how they are made, and its difference to the corrected.

Every output is an answer, written out by hand with its verdicts, inside a wrapping of which is known whether the
published reader sees through it.
"""

import json
from dataclasses import dataclass
from typing import Any

import pytest

from paperlib.core.errors import DataError, PaperlibError
from paperlib.data.examples import Example, Tier
from paperlib.data.predictions import Prediction
from paperlib.data.schemas import Schemas
from paperlib.evaluation.metrics import score
from paperlib.evaluation.paired_tests import compare_scores
from paperlib.evaluation.protocols import (
    CAP,
    PublishedScore,
    capped,
    compare_protocols,
    published_answer,
    published_field_f1,
    published_score,
    token_cut,
)

Verdicts = tuple[bool, float, bool]  # exact match, Field F1, compliance
NOTHING: Verdicts = (False, 0.0, False)


@dataclass(frozen=True)
class Case:
    name: str
    output: str
    expected: Any
    verdicts: Verdicts


def f1(right: int, answer: int, expected: int = 4) -> float:
    return 2 * right / (answer + expected)


FLAT = {"a": 1, "b": "xy", "c": True, "d": [1, 2]}
# Answers to FLAT: text, exact match, Field F1, compliance.
ANSWERS: dict[str, tuple[str, bool, float, bool]] = {
    "right": ('{"a": 1, "b": "xy", "c": true, "d": [1, 2]}', True, 1.0, True),
    "no spaces": ('{"a":1,"b":"xy","c":true,"d":[1,2]}', True, 1.0, True),
    "indented": ('{\n  "a": 1,\n  "b": "xy",\n  "c": true,\n  "d": [1, 2]\n}', True, 1.0, True),
    "other order of keys": ('{"d": [1, 2], "c": true, "b": "xy", "a": 1}', True, 1.0, True),
    "escapes": (r'{"\u0061": 1, "b": "\u0078y", "c": true, "d": [1, 2]}', True, 1.0, True),
    "float for int": ('{"a": 1.0, "b": "xy", "c": true, "d": [1, 2]}', True, 1.0, True),
    "exponent for int": ('{"a": 1e0, "b": "xy", "c": true, "d": [1, 2]}', True, 1.0, True),
    "float for int in a list": ('{"a": 1, "b": "xy", "c": true, "d": [1.0, 2]}', True, 1.0, True),
    # For Python True equals 1; its type is another.
    "true for 1": ('{"a": true, "b": "xy", "c": true, "d": [1, 2]}', True, 1.0, False),
    "1 for true": ('{"a": 1, "b": "xy", "c": 1, "d": [1, 2]}', True, 1.0, False),
    "1.0 for true": ('{"a": 1, "b": "xy", "c": 1.0, "d": [1, 2]}', True, 1.0, False),
    "true for 1 in a list": ('{"a": 1, "b": "xy", "c": true, "d": [true, 2]}', True, 1.0, True),
    "wrong number": ('{"a": 2, "b": "xy", "c": true, "d": [1, 2]}', False, f1(3, 4), True),
    "wrong float": ('{"a": 1.5, "b": "xy", "c": true, "d": [1, 2]}', False, f1(3, 4), True),
    "wrong string": ('{"a": 1, "b": "xz", "c": true, "d": [1, 2]}', False, f1(3, 4), True),
    "space in a string": ('{"a": 1, "b": "xy ", "c": true, "d": [1, 2]}', False, f1(3, 4), True),
    "wrong boolean": ('{"a": 1, "b": "xy", "c": false, "d": [1, 2]}', False, f1(3, 4), True),
    "other order of items": ('{"a": 1, "b": "xy", "c": true, "d": [2, 1]}', False, f1(3, 4), True),
    "all wrong": ('{"a": 7, "b": "", "c": false, "d": []}', False, 0.0, True),
    "string for number": ('{"a": "1", "b": "xy", "c": true, "d": [1, 2]}', False, f1(3, 4), False),
    "number for string": ('{"a": 1, "b": 5, "c": true, "d": [1, 2]}', False, f1(3, 4), False),
    "null": ('{"a": null, "b": "xy", "c": true, "d": [1, 2]}', False, f1(3, 4), False),
    "object for list": ('{"a": 1, "b": "xy", "c": true, "d": {"0": 1}}', False, f1(3, 4), False),
    "one key missing": ('{"a": 1, "b": "xy", "c": true}', False, f1(3, 3), False),
    "three keys missing": ('{"a": 1}', False, f1(1, 1), False),
    "other case of a key": ('{"A": 1, "b": "xy", "c": true, "d": [1, 2]}', False, f1(3, 4), False),
    "one key more": ('{"a": 1, "b": "xy", "c": true, "d": [1, 2], "e": 1}', False, f1(4, 5), True),
    "one more, one missing": ('{"b": "xy", "c": true, "d": [1, 2], "e": 1}', False, f1(3, 4), False),
    "one more, one wrong": ('{"a": 9, "b": "xy", "c": true, "d": [1, 2], "e": 1}', False, f1(3, 5), True),
    # What RFC 8259 does not have and Python reads.
    "NaN": ('{"a": NaN, "b": "xy", "c": true, "d": [1, 2]}', False, f1(3, 4), True),
    "Infinity": ('{"a": -Infinity, "b": "xy", "c": true, "d": [1, 2]}', False, f1(3, 4), True),
    "beyond the largest number": ('{"a": 1e999, "b": "xy", "c": true, "d": [1, 2]}', False, f1(3, 4), True),
    "half a surrogate pair": (r'{"a": 1, "b": "\ud800", "c": true, "d": [1, 2]}', False, f1(3, 4), True),
    "repeated, last one right": ('{"a": 9, "a": 1, "b": "xy", "c": true, "d": [1, 2]}', True, 1.0, True),
    "repeated, last one wrong": ('{"a": 1, "a": 9, "b": "xy", "c": true, "d": [1, 2]}', False, f1(3, 4), True),
    # What it cannot read.
    "single quotes": ("{'a': 1, 'b': 'xy', 'c': true, 'd': [1, 2]}", *NOTHING),
    "Python's True": ('{"a": 1, "b": "xy", "c": True, "d": [1, 2]}', *NOTHING),
    "trailing comma": ('{"a": 1, "b": "xy", "c": true, "d": [1, 2],}', *NOTHING),
    "comment": ('{"a": 1, /* one */ "b": "xy", "c": true, "d": [1, 2]}', *NOTHING),
    "line end in a string": ('{"a": 1, "b": "x\ny", "c": true, "d": [1, 2]}', *NOTHING),
    "cut off": ('{"a": 1, "b": "xy", "c": true, "d": [1, 2]', *NOTHING),
    "too many digits for Python": ('{"a": ' + "1" * 5000 + ', "b": "xy"}', *NOTHING),
    "empty object": ("{}", *NOTHING),
}
# Wrappings after which the whole output still is JSON.
BARE = {"alone": "{}", "space before": " {}", "line ends": "\n{}\n\n"}
# Wrappings after which the pattern has to find the object.
AROUND = {
    "fence": "```json\n{}\n```",
    "prose before": "Here is the JSON you asked for: {}",
    "prose after": "{}\nI hope this helps!",
    "special token": "{}<|im_end|>",
    "another answer": '{} {{"a": 5}}',
}
# Wrappings that lead the pattern elsewhere, whatever the answer is.
MISLEADING = {
    "braces in the prose": "Fill {{the fields}}: {}",
    "an empty object first": "{{}} and {}",
    "no object": "I cannot do that.",
    "nothing": "",
}


# Objects by how many levels of braces they have. The pattern reads two, so of a deeper one, unless it is the whole
# output, it finds a branch; none of these branches has a key of the whole.
NESTED: dict[str, tuple[int, Any, str]] = {
    "flat": (1, {"p": 1}, '{"p": 1}'),
    "lists": (1, {"p": [[1, 2], [3]]}, '{"p": [[1, 2], [3]]}'),
    "object": (2, {"p": {"q": 1}, "r": 2}, '{"p": {"q": 1}, "r": 2}'),
    "two objects": (2, {"p": {"q": 1}, "r": {"s": 2}}, '{"p": {"q": 1}, "r": {"s": 2}}'),
    "list of objects": (2, {"p": [{"q": 1}, {"q": 2}], "r": 3}, '{"p": [{"q": 1}, {"q": 2}], "r": 3}'),
    "empty object": (2, {"p": {}, "r": 1}, '{"p": {}, "r": 1}'),
    "object in object": (3, {"p": {"q": {"t": 1}}, "r": 2}, '{"p": {"q": {"t": 1}}, "r": 2}'),
    "empty in object": (3, {"p": {"q": {}}}, '{"p": {"q": {}}}'),
    "list in list": (3, {"p": [{"q": [{"t": 1}]}]}, '{"p": [{"q": [{"t": 1}]}]}'),
    "object in list": (3, {"r": 1, "p": [{"q": {"t": 1}, "u": 2}]}, '{"r": 1, "p": [{"q": {"t": 1}, "u": 2}]}'),
    "four levels": (4, {"p": {"q": {"t": {"u": 1}}}}, '{"p": {"q": {"t": {"u": 1}}}}'),
    "five levels": (5, {"p": [{"q": {"t": [{"u": {}}]}}]}, '{"p": [{"q": {"t": [{"u": {}}]}}]}'),
}
# Outputs that are worth a thought each.
SINGLE = [
    Case("list around", '[{"a": 1}]', {"a": 1}, NOTHING),
    Case("list around, in prose", 'Result: [{"a": 1}]', {"a": 1}, (True, 1.0, True)),
    Case("two in a list, in prose", 'Result: [{"a": 1}, {"a": 2}]', {"a": 1}, (True, 1.0, True)),
    Case("JSON inside a string", r'"{\"a\": 1}"', {"a": 1}, NOTHING),
    Case("a number", "42", {"a": 42}, NOTHING),
    Case("a string", '"a"', {"a": 1}, NOTHING),
    Case("null", "null", {"a": None}, NOTHING),
    Case("only NaN", "NaN", {"a": 1}, NOTHING),
    Case("null as expected", '{"a": null}', {"a": None}, (True, 1.0, True)),
    Case("missing is not null", "{}", {"a": None}, NOTHING),
    Case("both empty", "{}", {}, (True, 1.0, True)),
    Case("empty expected", '{"a": 1}', {}, (False, 0.0, True)),
    Case("list expected", "[1, 2]", [1, 2], (True, 1.0, True)),
    Case("other list expected", "[1, 2]", [2, 1], NOTHING),
    Case("closing brace in a string", '{"s": "a } b"}', {"s": "a } b"}, (True, 1.0, True)),
    Case("closing brace in a string, in prose", 'So: {"s": "a } b"}', {"s": "a } b"}, NOTHING),
    Case("opening brace in a string, in prose", 'So: {"s": "a { b"}', {"s": "a { b"}, NOTHING),
    Case("pair of braces in a string, in prose", 'So: {"s": "{ b }"}', {"s": "{ b }"}, (True, 1.0, True)),
    Case("branch with a key of the whole", 'So: {"i": 1, "x": {"i": 1, "y": {"z": 2}}}',
         {"i": 1, "x": {"i": 1, "y": {"z": 2}}}, (False, f1(1, 2, 2), False)),
    Case("cut off behind a branch", '{"i": 1, "x": {"i": 1}', {"i": 1, "x": {"i": 1}}, (False, f1(1, 1, 2), False)),
    Case("cut off behind a branch of other keys", '{"i": 1, "x": {"y": 1}', {"i": 1, "x": {"y": 1}}, NOTHING),
    Case("cut off within a branch", '{"i": 1, "x": {"i": 1', {"i": 1, "x": {"i": 1}}, NOTHING),
    Case("one brace too many", '{"a": 1}}', {"a": 1}, (True, 1.0, True)),
    Case("one brace too many before", '{{"a": 1}', {"a": 1}, (True, 1.0, True)),
    Case("doubled braces", '{{"a": 1}}', {"a": 1}, NOTHING),
    Case("first of two is wrong", '{"a": 2}\n{"a": 1}', {"a": 1}, (False, 0.0, True)),
    Case("first of two is no JSON", '{a: 1}\n{"a": 1}', {"a": 1}, NOTHING),
    Case("byte order mark", '\ufeff{"a": 1}', {"a": 1}, (True, 1.0, True)),
    Case("byte order mark, three levels", '\ufeff{"p": {"q": {"t": 1}}}', {"p": {"q": {"t": 1}}}, NOTHING),
    Case("only white space", " \n\t ", {"a": 1}, NOTHING),
    Case("deeper than Python reads", '{"a": ' + "[" * 5000 + "]" * 5000 + "}", {"a": 1}, NOTHING),
    Case("true for 1 in a branch", '{"x": {"y": true}}', {"x": {"y": 1}}, (True, 1.0, True)),
    Case("leaf of a branch wrong", '{"x": {"y": 1, "z": 2}, "w": 0}', {"x": {"y": 1, "z": 3}, "w": 0},
         (False, f1(1, 2, 2), True)),
]  # fmt: skip


def cases() -> list[Case]:
    made = list(SINGLE)
    for wrapping, frame in {**BARE, **AROUND}.items():
        for name, (text, exact, field, complies) in ANSWERS.items():
            made.append(Case(f"{name}, {wrapping}", frame.format(text), FLAT, (exact, field, complies)))
        for name, (levels, value, text) in NESTED.items():
            read = levels <= 2 or wrapping in BARE
            right = (True, 1.0, True) if read else NOTHING
            made.append(Case(f"nested: {name}, {wrapping}", frame.format(text), value, right))
    text = ANSWERS["right"][0]
    return [*made, *(Case(name, frame.format(text), FLAT, NOTHING) for name, frame in MISLEADING.items())]


CASES = cases()


def example(id: str, answer: Any, tier: Tier | None = "simple") -> Example:
    return Example(id, "note", tier, "test", "", "text", answer)


def prediction(id: str, output: str, tokens: int = 9, stop: Any = "eos") -> Prediction:
    return Prediction(id, output, 5, tokens, stop, 0.1)


def words(text: str, **_: Any) -> dict[str, Any]:
    """A tokenizer for which every character is a token."""
    return {"offset_mapping": [(place, place + 1) for place, _ in enumerate(text)]}


def test_there_are_enough_cases_and_no_two_are_one() -> None:
    assert len(CASES) >= 200
    assert len({(case.output, str(case.expected)) for case in CASES}) >= 400
    assert len({case.name for case in CASES}) == len(CASES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_published_verdicts(case: Case) -> None:
    found = published_score(example("e", case.expected), case.output)
    assert (found.json_exact, found.field_f1, found.compliance) == pytest.approx(case.verdicts)


def test_field_f1_as_published_differs_from_ours_in_booleans_only() -> None:
    assert published_field_f1({"a": True, "b": 2}, {"a": 1, "b": 2}) == 1
    assert score([example("e", {"a": 1, "b": 2})], [prediction("e", '{"a": true, "b": 2}')], {})[0].field_f1 == 0.5


def test_an_output_of_more_than_512_tokens_is_cut() -> None:
    text = "x" * 1000
    assert capped(prediction("e", text, CAP), None) == text
    assert capped(prediction("e", text, CAP + 1), None) == "x" * 998  # 512/513 of the characters
    assert capped(prediction("e", text, 1024), None) == "x" * 500
    assert capped(prediction("e", text, 0), None) == text  # nobody counted

    cut = token_cut(words)
    assert capped(prediction("e", text, 1000), cut) == "x" * CAP
    assert capped(prediction("e", text, 0), cut) == "x" * CAP
    assert capped(prediction("e", text, 100), cut) == text
    assert capped(prediction("e", "x" * CAP, 0), cut) == "x" * CAP


ANSWER = '{"a": 1}'
LONG = {"a": "y" * 600}


def test_the_difference_is_a_number() -> None:
    """Ten outputs, worked by hand: 5 exact as published, 7 as corrected."""
    rows: list[tuple[Tier | None, Any, str, int, bool, bool]] = [
        # tier, expected, output, tokens, exact as published, exact as corrected
        ("simple", {"a": 1}, ANSWER, 9, True, True),
        ("simple", {"a": 1}, f"So: {ANSWER}", 9, True, True),
        ("simple", {"a": 1}, '{"a": true}', 9, True, False),
        ("simple", {"a": 1}, '{"a": 9, "a": 1}', 9, True, False),
        ("medium", {"p": {"q": {"t": 1}}}, '```{"p": {"q": {"t": 1}}}```', 20, False, True),
        ("medium", {"a": 1}, f"{ANSWER}{'}' * 600}", 608, True, True),  # what is cut off follows the answer
        ("complex", LONG, '{"a": "' + "y" * 600 + '"}', 609, False, True),
        ("complex", LONG, "So far: " + '{"a": "' + "y" * 600 + '"}', 617, False, True),
        (None, {"a": 1}, "no", 2, False, False),
        (None, {"a": "} 1"}, 'So: {"a": "} 1"}', 9, False, True),
    ]
    examples = [example(str(i), expected, tier) for i, (tier, expected, *_) in enumerate(rows)]
    outputs = [prediction(str(i), output, tokens) for i, (_, _, output, tokens, *_) in enumerate(rows)]
    found = compare_protocols(examples, outputs[::-1], Schemas(), token_cut(words))

    assert [v.json_exact for v in found.published] == [row[4] for row in rows]
    assert [s.json_exact for s in found.corrected] == [row[5] for row in rows]
    pairs = {
        (p.metric, p.name): p for p in compare_scores(found.published, found.corrected, ("json_exact", "compliance"))
    }
    whole = pairs["json_exact", "all"]
    assert (whole.n, whole.a.k, whole.b.k, whole.only_b, whole.only_a) == (10, 5, 7, 4, 2)
    assert (whole.a.value, whole.b.value) == (0.5, 0.7)
    assert whole.difference == pytest.approx(0.2)
    by_tier = {name: (pair.a.k, pair.b.k, pair.n) for (metric, name), pair in pairs.items() if metric == "json_exact"}
    assert by_tier == {
        "all": (5, 7, 10),
        "simple": (4, 2, 4),
        "medium": (1, 2, 2),
        "complex": (0, 2, 2),
        "none": (0, 1, 2),
    }
    field = {pair.name: pair for pair in compare_scores(found.published, found.corrected, ("field_f1",))}["simple"]
    assert (field.a.value, field.b.value, field.a.k) == (1.0, 0.5, None)
    # Compliance: as published all but the two cut answers, the branch, "no" and the
    # brace in a string; and true is no number. As corrected all but that, the repeated key and "no".
    assert (pairs["compliance", "all"].a.k, pairs["compliance", "all"].b.k) == (4, 7)
    assert (found.cut, found.cut_by, found.unknown_length, found.stopped_early) == (3, "tokens", 0, 0)


def test_what_was_not_known_is_counted() -> None:
    predictions = [prediction("a", ANSWER, 0), prediction("b", ANSWER, 9, "value"), prediction("c", "", 0, "cap")]
    found = compare_protocols([example(p.id, {"a": 1}) for p in predictions], predictions, Schemas())
    assert (found.cut, found.cut_by, found.unknown_length, found.stopped_early) == (0, "characters", 1, 1)


def test_only_the_same_examples_can_be_compared() -> None:
    corrected = score([example("a", {})], [prediction("a", "{}")], {})
    with pytest.raises(DataError, match="different examples"):
        compare_scores([PublishedScore("b", "note", None, True, 1.0, True)], corrected)
    with pytest.raises(PaperlibError, match="occurs twice"):
        compare_protocols([example("a", {})], [prediction("a", "{}")] * 2, {})


@pytest.mark.parametrize(
    "text", ["{" + "{}" * 500_000, "{" * 1_000_000, "[" * 1_000_000, '{"a":' * 200_000, "{x" * 500_000]
)
def test_the_pattern_takes_linear_time(text: str) -> None:
    """Were it quadratic, this would take hours."""
    assert published_answer(text)[1] in (None, {})


def test_of_an_output_that_stopped_early_the_published_reader_has_what_its_pattern_finds() -> None:
    """Text behind the value keeps the whole from being JSON: one level is found all the same, two are not."""
    flat, deep = {"a": {"b": 1}}, {"a": {"b": {"c": 1}}}
    examples = [example(name, value) for name, value in (("f", flat), ("d", deep))]
    for stop, expected in (("eos", [True, True]), ("value", [True, False])):
        outputs = [prediction(e.id, json.dumps(e.answer), 9, stop) for e in examples]
        found = compare_protocols(examples, outputs, Schemas())
        assert [v.json_exact for v in found.published] == expected
        assert [s.json_exact for s in found.corrected] == [True, True]
        assert found.stopped_early == (2 if stop == "value" else 0)
