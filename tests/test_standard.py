"""EdgeJSON standard: what its examples are, that its checks find what is wrong, and that it is the same everywhere."""

import itertools
import json
import random
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from paperlib import cli
from paperlib.benchmark.fields import fields_of
from paperlib.benchmark.standard import (
    annotator_agreement,
    build,
    datetimes,
    example_checks,
    release_checks,
    release_summary,
)
from paperlib.core import paths
from paperlib.core.errors import DataError, PaperlibError
from paperlib.core.files import read_json
from paperlib.data.examples import Example, load_examples
from paperlib.data.leaves import scalar_leaves
from paperlib.data.schemas import Schema, Schemas, load_schemas

Parts = dict[build.Split, list[Example]]


@pytest.fixture(scope="module")
def parts() -> Parts:
    return build.standard()


def schema_of(example: Example) -> Schema:
    return Schemas(build.schemas_of("train") | build.schemas_of("unseen-schema"))[example.schema_id]


def test_the_release_passes_every_check_and_is_the_committed_one(parts: Parts) -> None:
    assert release_summary.summary(parts) == read_json(paths.STANDARD_SPLITS), (
        "run `python -m paperlib.benchmark.standard.release_summary`"
    )


def test_sizes_and_what_is_reserved(parts: Parts) -> None:
    assert {split: len(part) for split, part in parts.items()} == build.SIZES
    trained = {e.surface for e in parts["train"]} | {e.schema_id for e in parts["train"]}
    assert trained.isdisjoint(e.surface for e in parts["unseen-surface"])
    assert trained.isdisjoint(e.schema_id for e in parts["unseen-schema"])
    assert (
        {e.surface for e in parts["test"]}
        == {e.surface for e in parts["unseen-schema"]}
        == trained & set(build.SURFACES)
    )
    assert len({e.schema_id for e in parts["train"]}) == 24
    assert len({e.schema_id for e in parts["unseen-schema"]}) == 8


def test_another_number_of_training_examples_changes_no_other_split(parts: Parts) -> None:
    smaller = build.standard({**build.SIZES, "train": 20})
    assert smaller["train"] == parts["train"][:20]
    assert all(smaller[split] == parts[split] for split in build.SPLITS[1:])


def test_a_stream_can_be_entered_anywhere() -> None:
    whole = list(itertools.islice(build.stream("train", 3), 12))
    assert list(itertools.islice(build.stream("train", 3, start=7), 5)) == whole[7:]
    assert len({e.text for e in whole}) == 12


def test_values_are_written_in_many_ways(parts: Parts) -> None:
    ways = Counter(span.normalise.split(":")[0] for e in parts["train"] for span in e.spans)
    assert set(ways) == {*datetimes.NORMALISERS, "phrase"}
    written = Counter(span.normalise == "copy" for e in parts["train"] for span in e.spans)
    assert written[False] > 0.2 * written.total()  # a fifth of the leaves cannot be copied


def test_every_span_reads_back(parts: Parts) -> None:
    for example in parts["test"][:40]:
        values = dict(scalar_leaves(example.answer))
        for span in example.spans:
            assert example_checks.read_span(example.text, span) == values[span.pointer]


@pytest.mark.parametrize("surface", build.SURFACES)
def test_a_changed_value_is_found(surface: str) -> None:
    rng = random.Random(surface)
    for example in _made(surface, 40):
        span = rng.choice(example.spans)
        value = dict(scalar_leaves(example.answer))[span.pointer]
        changed = replace(example, answer=_put(example.answer, span.pointer, _other(value)))
        assert example_checks.of_example(changed, schema_of(example)), (example.text, span.pointer, value)


@pytest.mark.parametrize("surface", ["form", "slip", "log", "table"])
def test_a_second_value_under_an_equal_label_is_found(surface: str) -> None:
    """The line or pair of a leaf once more, with another value."""
    doubled = [_doubled(e) for e in _made(surface, 80)]
    found = Counter(bool(example_checks.of_example(e, schema_of(e))) for e in doubled if e)
    assert found.total() > 30
    assert found[True] >= 0.95 * found.total()


@pytest.mark.parametrize("surface", ["prose", "email", "letter"])
def test_a_second_number_in_an_equal_sentence_is_found(surface: str) -> None:
    doubled = [_again(e) for e in _made(surface, 120)]
    found = Counter(bool(example_checks.of_example(e, schema_of(e))) for e in doubled if e)
    assert found.total() > 30
    assert found[True] >= 0.9 * found.total()


def test_two_values_exchanged_are_found() -> None:
    found: Counter[bool] = Counter()
    for surface in build.SURFACES:
        for example in _made(surface, 30):
            pairs = [
                (a, b)
                for a, b in itertools.combinations(scalar_leaves(example.answer), 2)
                if type(a[1]) is type(b[1]) and a[1] != b[1]
            ]
            if pairs:
                (one, value), (two, other) = random.Random(example.id).choice(pairs)
                swapped = _put(_put(example.answer, one, other), two, value)
                found[bool(example_checks.of_example(replace(example, answer=swapped), schema_of(example)))] += 1
    assert found[True] >= 0.95 * found.total()


def test_the_spans_are_not_asked_for_the_truth(parts: Parts) -> None:
    """Without any span the validator comes to the same end, but for the missing spans."""
    for example in parts["test"][:60]:
        faults = example_checks.of_example(replace(example, spans=()), schema_of(example))
        assert [fault.split(":")[0] for fault in faults] == ["spans"]


def test_a_release_with_a_fault_is_refused(parts: Parts) -> None:
    seen, unseen = build.schemas_of("train"), build.schemas_of("unseen-schema")
    one = parts["test"][0]
    for name, wrong in {
        "near duplicates": {**parts, "test": [*parts["test"][1:], replace(parts["train"][0], id="copy")]},
        "uniqueness": {**parts, "test": [*parts["test"], replace(one, id="again")]},
        "balance": {**parts, "test": [e for e in parts["test"] if e.tier != "complex"]},
        "spans": {**parts, "test": [replace(one, spans=one.spans[1:]), *parts["test"][1:]]},
    }.items():
        with pytest.raises(DataError, match=name):
            release_checks.check(wrong, seen, unseen)


def test_seen_and_unseen_schemas_share_little() -> None:
    assert all(share <= release_checks.MAX_OVERLAP for share, _ in _overlaps().values())
    borrowed = Schemas({"copy": replace(load_schemas()["invoice"], id="copy")})
    assert release_checks.overlaps(load_schemas(), borrowed)["copy"] == (1.0, 1.0)


def _overlaps() -> dict[str, tuple[float, float]]:
    return release_checks.overlaps(build.schemas_of("train"), build.schemas_of("unseen-schema"))


def test_the_command_writes_what_is_generated(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sizes = ["--train", "100", "--test", "100", "--unseen-schema", "100", "--unseen-surface", "100"]
    assert cli.main(["standard", *sizes, "--out", str(tmp_path)]) == 0
    assert "grounding: 400 of 400 pass" in capsys.readouterr().out
    written = load_examples(tmp_path / "test.jsonl")
    assert written == build.standard(dict.fromkeys(build.SPLITS, 100))["test"]
    assert len(list((tmp_path / "schemas").rglob("*.json"))) == 32


def test_an_unknown_surface_is_refused() -> None:
    schema = load_schemas()["invoice"]
    with pytest.raises(PaperlibError, match="no surface 'fax'; known: form, prose"):
        build.make(schema, "fax", "0")


@pytest.mark.parametrize(
    "text", ["3 March 2024", "March 3, 2024", "3rd March 2024", "3 Mar 2024", "2024/03/03", "03.03.2024"]
)
def test_dates_are_read_in_every_form(text: str) -> None:
    assert datetimes.read_date(text) == "2024-03-03"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3 March 2024 at 2:05 pm UTC", "2024-03-03T14:05:00Z"),
        ("2024/03/03 00:05 (UTC-05:00)", "2024-03-03T00:05:00-05:00"),
        ("March 3, 2024 at 12:00 am (UTC+05:30)", "2024-03-03T00:00:00+05:30"),
        ("2024-03-03T14:05:09.250Z", "2024-03-03T14:05:09.250Z"),
    ],
)
def test_datetimes_are_read_in_every_form(text: str, expected: str) -> None:
    assert datetimes.read_datetime(text) == expected


@pytest.mark.parametrize("text", ["31 February 2024", "3 Mars 2024", "2024-13-01", ""])
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises((ValueError, KeyError, IndexError)):
        datetimes.read_date(text)


def _made(surface: str, n: int) -> list[Example]:
    schemas = list(load_schemas().values())
    made = (build.make(schemas[i % len(schemas)], surface, f"made/{i}") for i in itertools.count())
    return list(itertools.islice((e for e in made if not example_checks.of_example(e, schema_of(e))), n))


def _put(answer: object, where: str, value: object) -> object:
    copy = json.loads(json.dumps(answer))
    *path, last = [step.replace("~1", "/").replace("~0", "~") for step in where.split("/")[1:]]
    node = copy
    for step in path:
        node = node[int(step)] if isinstance(node, list) else node[step]
    node[int(last) if isinstance(node, list) else last] = value
    return copy


def _other(value: object) -> object:
    if isinstance(value, bool):
        return not value
    return value + 1 if isinstance(value, int | float) else f"{value}x"


def _doubled(example: Example) -> Example | None:
    """The line of the first leaf that stands alone on one, a digit or letter changed, once more at the end."""
    lines = example.text.split("\n")
    start = 0
    for line in lines:
        own = [s for s in example.spans if start <= s.start < start + len(line)]
        if (
            example.surface != "log"
            and len(own) == 1
            and own[0].end <= start + len(line)
            and line[: own[0].start - start].strip(" -*|\"'`,~")
        ):
            value = example.text[own[0].start : own[0].end]
            changed = (
                "".join("7" if c.isdigit() else c for c in value) if any(c in "12345689" for c in value) else "Quorn"
            )
            again = line.replace(value, changed)
            return replace(example, text=f"{example.text}\n{again}")
        start += len(line) + 1
    if example.surface != "log":
        return None
    key = example.text[: example.spans[0].start].split()[-1]
    return replace(example, text=f"{example.text} {key}Quorn")


def _again(example: Example) -> Example | None:
    """A sentence that shows one number and nothing else, with another number once more at the end."""
    fields = {path[-1]: f for path, f in fields_of(schema_of(example)).items()}
    for span in example.spans:
        name = next((step for step in reversed(span.pointer.split("/")) if not step.isdigit()), "")
        start = max(example.text.rfind(mark, 0, span.start) + len(mark) for mark in (". ", "\n"))
        stop = example.text.find(".", span.end)
        alone = not any(o is not span and start <= o.start < stop for o in example.spans)
        if stop > 0 and alone and fields[name].kind == "number" and example.text[span.start : span.end].isdigit():
            again = f"{example.text[start : span.start]}4321{example.text[span.end : stop]}."
            return replace(example, text=f"{example.text}\n{again}")
    return None


def test_the_committed_annotations_agree(parts: Parts) -> None:
    found = annotator_agreement.agreement({e.id: e for part in parts.values() for e in part})
    assert found.examples == 50
    assert found.share >= 0.98
    assert len(found.differing) == found.leaves - found.agreeing


def test_an_annotation_that_differs_is_counted(parts: Parts, tmp_path: Path) -> None:
    example = parts["test"][0]
    first, value = scalar_leaves(example.answer)[0]
    sheet = tmp_path / "sheet.jsonl"
    sheet.write_text(json.dumps({"id": example.id, "answer": _put(example.answer, first, "other")}) + "\n")
    found = annotator_agreement.agreement({example.id: example}, sheet)
    assert found.differing == ((example.id, first, value, "other"),)
    with pytest.raises(DataError, match=r"sheet\.jsonl:1: there is no example"):
        annotator_agreement.agreement({}, sheet)
