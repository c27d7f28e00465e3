"""The generator: same seed, same data; balanced; every value can be read from the text; tampering is found."""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paperlib.benchmark.edgejson import generate
from paperlib.benchmark.edgejson_checks import validate
from paperlib.benchmark.words import general
from paperlib.core.errors import DataError, PaperlibError
from paperlib.data.examples import Example, data_hash, load_examples, save_examples
from paperlib.data.label_lines import read_span, write_label_lines
from paperlib.data.leaves import scalar_leaves
from paperlib.data.schemas import load_schemas

SCHEMAS = load_schemas()
# data_hash of generate(): if it changes, results on this data are no longer comparable with older ones
PINNED = "703fda4e58afb06d"


@cache
def study() -> list[Example]:
    return generate()


def of(schema_id: str, holds: Callable[[Any], bool] = lambda answer: True) -> Example:
    return next(e for e in study() if e.schema_id == schema_id and holds(e.answer))


def tampered(example: Example, change: Callable[[Any], object]) -> Example:
    answer = json.loads(json.dumps(example.answer))
    change(answer)
    return replace(example, answer=answer)


def test_the_data_of_the_study_is_pinned() -> None:
    assert data_hash(study()) == PINNED


def test_seed_decides_the_data() -> None:
    assert generate(40, 12, seed=3) == generate(40, 12, seed=3)
    assert {e.text for e in generate(40, 12, seed=3)}.isdisjoint(e.text for e in generate(40, 12, seed=4))


def test_sizes_tiers_and_schemas() -> None:
    assert Counter(e.split for e in study()) == {"train": 629, "test": 158}
    assert Counter(e.tier for e in study() if e.split == "test") == {"simple": 76, "medium": 57, "complex": 25}
    for split in ("train", "test"):
        assert {e.schema_id for e in study() if e.split == split} == set(SCHEMAS)


def test_everything_passes_validation_and_the_report_can_be_shown() -> None:
    report = validate(study(), SCHEMAS)
    assert report.counts["test"] == {"simple": 76, "medium": 57, "complex": 25}
    assert set(report.checks) >= {"schema", "spans", "arithmetic", "unique texts", "balance"}
    assert "629" in str(report)
    assert "<td>629</td>" in report._repr_html_()


@pytest.mark.parametrize(("n_train", "n_test"), [(40, 12), (3, 3), (7, 0), (0, 24), (100, 50)])
def test_other_sizes_hold_every_tier(n_train: int, n_test: int) -> None:
    data = generate(n_train, n_test)
    validate(data, SCHEMAS)
    assert Counter(e.split for e in data) == Counter({"train": n_train, "test": n_test}) - Counter()


def test_a_larger_training_set_contains_the_smaller_and_keeps_the_test_set() -> None:
    small, large = ({e.id: e for e in generate(n, 24, seed=1)} for n in (60, 120))
    assert all(large[id_] == example for id_, example in small.items())


def test_five_thousand() -> None:
    validate(generate(5000, 158, seed=9), SCHEMAS)


@pytest.mark.parametrize("sizes", [(2, 12), (40, 1), (-5, 12)])
def test_impossible_sizes(sizes: tuple[int, int]) -> None:
    with pytest.raises(PaperlibError, match="expected 0, or at least 3"):
        generate(*sizes)


def test_an_exhausted_schema_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(general, "themes", ("dark",))
    monkeypatch.setattr(general, "locales", ("en-US",))
    with pytest.raises(PaperlibError, match="simple_config"):
        generate(2000, 0)


def test_saving_and_loading_changes_nothing(tmp_path: Path) -> None:
    save_examples(tmp_path / "data.jsonl", study())
    assert load_examples(tmp_path / "data.jsonl") == study()


def test_keys_follow_the_schema() -> None:
    """A decoder that goes through a schema's properties in order can write every answer."""

    def check(value: Any, node: dict[str, Any]) -> None:
        if isinstance(value, dict):
            assert list(value) == [key for key in node["properties"] if key in value]
            for key, child in value.items():
                check(child, node["properties"][key])
        elif isinstance(value, list):
            for child in value:
                check(child, node["items"])

    for example in study():
        check(example.answer, SCHEMAS[example.schema_id].body)


def test_optional_fields_are_sometimes_absent() -> None:
    for schema in SCHEMAS.values():
        optional = set(schema.body["properties"]) - set(schema.body["required"])
        present = Counter(key for e in study() if e.schema_id == schema.id for key in e.answer)
        total = sum(e.schema_id == schema.id for e in study())
        assert all(0 < present[key] < total for key in optional), schema.id


def test_lengths_suit_a_small_model() -> None:
    longest = {
        tier: max(len(json.dumps(e.answer)) for e in study() if e.tier == tier)
        for tier in ("simple", "medium", "complex")
    }
    assert longest["simple"] < 250
    assert longest["medium"] < 700
    assert longest["complex"] < 1500


def test_items_of_a_list_can_be_told_apart() -> None:
    example = of("invoice", lambda a: len(a["line_items"]) == 3)
    assert example.text.count("\n  - Description: ") == 3


@pytest.mark.parametrize(
    ("schema_id", "change", "check"),
    [
        ("invoice", lambda a: a.update(total_amount=a["total_amount"] + 0.01), "spans"),
        ("log_entry", lambda a: a.update(level="LOUD"), "schema"),
        ("sensor_reading", lambda a: a.update(timestamp="noon"), "schema"),
        ("rating", lambda a: a.update(rating=float(a["rating"])), "spans"),
        ("tag_list", lambda a: a.update(tags=a["tags"][::-1]), "spans"),
        ("contact_info", lambda a: a.pop("name"), "schema"),
    ],
)
def test_a_changed_answer_is_found(schema_id: str, change: Callable[[Any], object], check: str) -> None:
    example = of(schema_id)
    with pytest.raises(DataError, match=f"{check} fails for {example.id}"):
        validate([tampered(example, change)], SCHEMAS)


@pytest.mark.parametrize(
    ("schema_id", "old", "has"),
    [
        ("invoice", "subtotal", "line_items"),
        ("order_details", "total_amount", "items"),
        ("shopping_cart", "total", "items"),
        ("nested_organization", "total_employees", "departments"),
    ],
)
def test_a_wrong_sum_is_found_even_if_text_and_answer_agree(schema_id: str, old: str, has: str) -> None:
    example = of(schema_id, lambda a: old in a and has in a)
    span = next(s for s in example.spans if s.pointer == f"/{old}")
    last = example.text[span.end - 1]
    digit = "1" if last != "1" else "2"
    text = example.text[: span.end - 1] + digit + example.text[span.end :]
    answer = {**example.answer, old: read_span(text, span)}
    with pytest.raises(DataError, match=f"arithmetic fails for {example.id}: {old}"):
        validate([replace(example, text=text, answer=answer)], SCHEMAS)


def test_a_test_text_in_train_is_found() -> None:
    leaked = replace(next(e for e in study() if e.split == "test"), id="leaked", split="train")
    with pytest.raises(DataError, match=r"unique texts fails for .*leaked"):
        validate([*study(), leaked], SCHEMAS)


def test_a_missing_tier_is_found() -> None:
    with pytest.raises(DataError, match="balance fails for split train"):
        validate([e for e in study() if (e.split, e.tier) != ("train", "complex")], SCHEMAS)


WORDS = st.text("abcXYZ0189 .,'é-", min_size=1, max_size=12).map(str.strip).filter(lambda s: s and s[0] != "-")
VALUES = st.one_of(WORDS, st.booleans(), st.integers(-999, 999), st.decimals(-99, 99, places=2))
KEYS = st.text("abcdef_~/", min_size=1, max_size=6).filter(lambda s: s.strip("_"))
RECORDS = st.recursive(
    st.dictionaries(KEYS, VALUES, min_size=1, max_size=3),
    lambda inner: st.dictionaries(
        KEYS,
        st.one_of(VALUES, inner, st.lists(inner, min_size=1, max_size=3), st.lists(VALUES, min_size=1, max_size=3)),
        min_size=1,
        max_size=3,
    ),
    max_leaves=6,
)


@settings(max_examples=100)
@given(RECORDS)
def test_any_record_can_be_read_back_from_its_spans(record: dict[str, Any]) -> None:
    text, spans = write_label_lines("Title", record)
    read = {span.pointer: read_span(text, span) for span in spans}
    assert read == {
        pointer: float(value) if hasattr(value, "scaleb") else value for pointer, value in scalar_leaves(record)
    }
