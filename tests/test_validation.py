"""JSON Schema validity: jsonschema beside jsonschema-rs on the official test suite, our schemas and all answers."""

import copy
import json
import socket
from collections import Counter, defaultdict
from functools import cache
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import SchemaError

from paperlib.benchmark.edgejson import generate
from paperlib.benchmark.standard.build import stream
from paperlib.core import paths
from paperlib.core.errors import PaperlibError
from paperlib.data import validation
from paperlib.data.output_parser import NotJSONError, parse_first_json
from paperlib.data.predictions import load_predictions
from paperlib.data.schemas import Schema, load_schemas, validator
from paperlib.data.validation import build_validator, check_schema, is_datetime

SCHEMAS = {**load_schemas(), **load_schemas(paths.UNSEEN_SCHEMAS)}

# Parts of the suite, their cases, and how many of them either validator passes: jsonschema, jsonschema-rs.
PASSED = {"required": (1299, 1226, 1231), "optional": (162, 120, 157), "optional/format": (764, 681, 764)}
# The groups of cases on which the two differ, with the number of such cases. Python's patterns are not ECMA 262's, one
# keyword of older drafts is none here, and formats are checked more or less strictly.
DIFFERENCES = {
    "pattern": {"pattern with Unicode property escape requires unicode mode": 3},
    "patternProperties": {"patternProperties with Unicode property escape": 2},
    "optional/dependencies-compatibility": {
        "single dependency": 1,
        "multiple dependents required": 3,
        "dependencies with escaped characters": 2,
        "single schema dependency": 3,
        "boolean subschemas": 2,
        "schema dependencies with escaped characters": 3,
    },
    "optional/ecmascript-regex": {
        "ECMA 262 regex escapes control codes with \\c and upper letter": 2,
        "ECMA 262 regex escapes control codes with \\c and lower letter": 2,
        "ECMA 262 \\s matches whitespace": 1,
        "ECMA 262 \\S matches everything but whitespace": 1,
        "patterns always use unicode semantics with pattern": 4,
        "pattern with non-ASCII digits": 3,
        "patterns always use unicode semantics with patternProperties": 4,
        "\\w in patternProperties matches [A-Za-z0-9_], not unicode letters": 2,
        "\\d in patternProperties matches [0-9], not unicode digits": 1,
        "patternProperties with non-ASCII digits": 3,
    },
    "optional/format/date-time": {"validation of date-time strings": 5},
    "optional/format/duration": {"validation of duration strings": 10},
    "optional/format/ecmascript-regex": {
        "\\a is not an ECMA 262 control escape": 1,
        "Python-specific regular expression syntax is not valid ECMA 262": 3,
        "global inline flag groups are not valid ECMA 262": 2,
        "ECMA 262 named groups and backreferences are valid": 2,
        "ECMA 262 lookbehind is valid, including variable width": 1,
        "ECMA 262 character classes and escapes": 3,
    },
    "optional/format/hostname": {
        "validation of host names": 3,
        "validation of A-label (punycode) host names": 23,
    },
    "optional/format/idn-hostname": {
        "validation of internationalized host names": 1,
        "validation of separators in internationalized host names": 4,
    },
    "optional/format/iri": {"validation of IRIs": 3},
    "optional/format/relative-json-pointer": {"validation of Relative JSON Pointers (RJP)": 2},
    "optional/format/time": {"validation of time strings": 6},
    "optional/format/uri": {"validation of URIs": 1},
    "optional/format/uri-reference": {"validation of URI References": 1},
    "optional/format/uri-template": {"format: uri-template": 9},
    "optional/format/uuid": {"uuid format": 3},
}
# What both get wrong, by file: references to documents that the suite serves from a host of its own and that are not
# fetched, meta-schemas of its own, and formats that are to be told from annotations only by such a meta-schema.
BOTH_WRONG = {
    "dynamicRef": 13,
    "format": 19,
    "refRemote": 31,
    "vocabulary": 5,
    "optional/cross-draft": 1,
    "optional/format-assertion": 4,
}


def fetch_nothing(address: str) -> Any:
    raise ValueError(f"{address} is not fetched")


def ours(schema: Any, value: Any) -> bool | None:
    """None where the schema itself is refused, as by load_schemas."""
    try:
        check_schema(schema)
    except SchemaError:
        return None
    return build_validator(schema).is_valid(value)


def theirs(schema: Any, value: Any) -> bool | None:
    try:
        faster = jsonschema_rs.validator_for(schema, validate_formats=True, retriever=fetch_nothing)
    except jsonschema_rs.ValidationError:
        return None
    return faster.is_valid(value)


def test_the_official_suite() -> None:
    root = paths.data_root()
    suite = root / "json_schema_test_suite" if root else None
    if suite is None or not suite.is_dir():
        pytest.skip("PAPERLIB_DATA names no folder that holds json_schema_test_suite/")
    passed: dict[str, Counter[str]] = defaultdict(Counter)
    differences: dict[str, Counter[str]] = defaultdict(Counter)
    both_wrong: Counter[str] = Counter()
    for path in suite.rglob("*.json"):
        file = path.relative_to(suite).with_suffix("")
        for group in json.loads(path.read_text(encoding="utf-8")):
            for case in group["tests"]:
                one, other = (judge(group["schema"], case["data"]) for judge in (ours, theirs))
                part = file.parent.as_posix().replace(".", "required")
                passed[part].update(cases=1, ours=one is case["valid"], theirs=other is case["valid"])
                if one is not other:
                    differences[file.as_posix()][group["description"]] += 1
                elif one is not case["valid"]:
                    both_wrong[file.as_posix()] += 1
    assert {part: tuple(counts.values()) for part, counts in passed.items()} == PASSED
    assert differences == DIFFERENCES
    assert both_wrong == BOTH_WRONG


@cache
def faster(schema: Schema) -> jsonschema_rs.Validator:
    """jsonschema-rs with the two formats that it is stricter about."""
    formats = {"date-time": is_datetime, "email": lambda text: "@" in text}
    return jsonschema_rs.validator_for(schema.body, validate_formats=True, formats=formats)


def test_all_committed_answers() -> None:
    answers = set()
    for path in paths.ROOT.glob("data/*/*/predictions.jsonl"):
        for prediction in load_predictions(path):
            try:
                answers.add(json.dumps(parse_first_json(prediction.output)))
            except NotJSONError:
                continue
    assert len(answers) > 1000
    valid = 0
    for answer in map(json.loads, answers):
        for schema in SCHEMAS.values():
            valid += (one := validator(schema).is_valid(answer))
            assert one is faster(schema).is_valid(answer), (schema.id, answer)
    assert valid > 1000


@cache
def valid_answers() -> list[tuple[Schema, Any]]:
    examples = [*generate(24, 0, 0), *(next(stream("unseen-schema", seed, set())) for seed in range(40))]
    return [(SCHEMAS[example.schema_id], example.answer) for example in examples]


SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
NEAR_MISSES = st.sampled_from(
    [
        *("2024-02-29", "2023-02-29", "2024-2-9", "20240229", "2024-02-29\n", "٢٠٢٤-02-29", "2024-W09-4"),
        *("2024-02-29T10:00:00", "2024-02-29 10:00Z", "2024-02-29T10:00:00+25:00", "2024-02-29T24:30:00"),
        *("a@b", "@", "a.b", "1", "1.0", "true", "null", "", 1.0, 1e300, -0.0, 10**30, [], {}, [[]], {"": None}),
    ]
)


def containers(value: Any) -> list[Any]:
    below = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [value, *(inner for child in below if isinstance(child, dict | list) for inner in containers(child))]


def mutate(answer: Any, data: st.DataObject) -> Any:
    """The answer with one value replaced, removed, added or repeated."""
    answer = copy.deepcopy(answer)
    inside = data.draw(st.sampled_from(containers(answer)))
    new = data.draw(SCALARS | NEAR_MISSES | st.sampled_from(containers(answer)).map(copy.deepcopy))
    if not inside:
        return new
    key = data.draw(st.sampled_from(sorted(inside) if isinstance(inside, dict) else range(len(inside))))
    what = data.draw(st.sampled_from(["replace", "replace", "remove", "add"]))
    if what == "replace":
        inside[key] = new
    elif what == "remove":
        del inside[key]
    elif isinstance(inside, dict):
        inside[data.draw(st.text(max_size=5))] = new
    else:
        inside.append(data.draw(st.sampled_from([new, inside[key]])))
    return answer


@settings(max_examples=300)
@given(st.data())
def test_both_agree_on_mutated_answers(data: st.DataObject) -> None:
    schema, answer = data.draw(st.sampled_from(valid_answers()))
    assert validator(schema).is_valid(answer)
    for _ in range(data.draw(st.integers(1, 3))):
        answer = mutate(answer, data)
        if not isinstance(answer, dict | list):
            break
    assert validator(schema).is_valid(answer) is faster(schema).is_valid(answer)


def test_a_reference_to_the_net_is_refused_and_never_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "socket", lambda *_, **__: pytest.fail("a connection was opened"))
    body = {"properties": {"a": {"$ref": "http://example.com/schema.json"}}}
    with pytest.raises(SchemaError, match=r"'http://example\.com/schema\.json'.* nothing .* is fetched"):
        check_schema(body)
    with pytest.raises(Exception, match=r"Unresolvable: http://example\.com/schema\.json"):
        build_validator(body).is_valid({"a": 1})


@pytest.mark.parametrize(
    ("format_", "right", "wrong"),
    [
        ("date-time", "2024-05-01T09:30:00", "2024-05-01"),
        ("time", "09:30:00Z", "9:30"),
        ("duration", "P3DT2H", "3 days"),
        ("uri", "https://example.com/a", "example"),
        ("iri", "https://exämple.com/ä", "ä"),
        ("iri-reference", "/ä", "\\ä"),
        ("uri-template", "/{a}", "/{a"),
        ("hostname", "example.com", "-example"),
        ("idn-hostname", "exämple.com", "〮"),
        ("json-pointer", "/a/0", "a"),
        ("relative-json-pointer", "1/a", "/a"),
        ("uuid", "2eb8aa08-aa98-11ea-b4aa-73b441d16380", "2eb8aa08"),
        ("ipv4", "127.0.0.1", "127.0.0.0.1"),
    ],
)
def test_every_format_is_checked(format_: str, right: str, wrong: str) -> None:
    checks = build_validator({"format": format_})
    assert (checks.is_valid(right), checks.is_valid(wrong), checks.is_valid(7)) == (True, False, True)


def test_a_nullable_node_may_be_null() -> None:
    name = {"nullable": True, "type": "string", "enum": ["a"]}
    body = {"properties": {"x": name, "y": {"nullable": True, "allOf": [{"type": "string"}]}, "z": {"type": "string"}}}
    assert build_validator(body).is_valid({"x": None, "y": None, "z": "b"})
    assert not build_validator(body).is_valid({"z": None})
    assert not build_validator(body).is_valid({"x": "b"})


def test_a_reference_may_lead_to_a_tuple_of_an_older_draft() -> None:
    pair = {"items": [{"type": "number"}, {"type": "number"}]}
    body = {"$schema": "http://json-schema.org/draft-07/schema#", "definitions": {"P": pair}, "$ref": "#/definitions/P"}
    check_schema(body)
    assert not build_validator(body).is_valid([1, "2"])


def test_a_pattern_that_backtracks_without_end_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(validation, "MATCH_SECONDS", 0.05)
    validation._search.cache_clear()
    slow = build_validator({"type": "string", "pattern": r"^(\w|\w\w)+$"})
    with pytest.raises(PaperlibError, match=r"not matched with 61 characters in 0.05 s"):
        slow.is_valid("a" * 60 + "!")


@pytest.mark.parametrize(
    ("value", "valid"),
    [
        ("ana.ruiz+mail@fern.example", True),
        ("ana@[127.0.0.1]", True),
        ('"ana ruiz"@fern.example', True),
        ("zoë@grün.example", True),
        *(
            (wrong, False)
            for wrong in ("ana@", "@fern", "a@b@c", "ana ruiz@x.y", "ana@-x.y", ".ana@x.y", "ana@[300.1.1.1]")
        ),
    ],
)
def test_email_addresses(value: str, valid: bool) -> None:
    assert build_validator({"format": "email"}).is_valid(value) is valid
