"""Synthetic schemas: every value follows from its text, and no field has a name of the unseen schemas."""

from collections import Counter
from functools import cache

from paperlib.benchmark.fields import fields_of
from paperlib.benchmark.phrasebook import faults
from paperlib.benchmark.standard import example_checks
from paperlib.benchmark.words import synthetic_schemas
from paperlib.core import paths
from paperlib.data.examples import Example
from paperlib.data.schemas import Schema, load_schemas, schema_to_prompt, validator
from paperlib.training.augmentation.schema_augmentation import synthetic_examples
from paperlib.training.augmentation.synthetic_schemas import RecordType, draw_examples, nouns


@cache
def pairs() -> list[tuple[Example, Schema]]:
    return list(draw_examples(150, seed=0))


def test_every_example_passes_the_checks_of_the_benchmark() -> None:
    for example, schema in pairs():
        assert example.schema_id == schema.id
        assert not example_checks.of_example(example, schema), example.id


def test_they_come_on_all_surfaces_but_the_reserved_and_no_two_schemas_are_alike() -> None:
    assert set(Counter(example.surface for example, _ in pairs())) == {"form", "prose", "email", "chat", "log", "slip"}
    assert (
        len({schema_to_prompt(schema.body) for _, schema in pairs()})
        == len({example.id for example, _ in pairs()})
        == 150
    )
    assert {"simple", "medium"} <= {schema.tier for _, schema in pairs()}
    assert any(not field.required for _, schema in pairs() for field in fields_of(schema).values())


def test_a_phrasebook_states_every_record_of_its_schema() -> None:
    for number in range(60):
        schema, book, _ = RecordType(f"test/{number}").drawn()
        assert not list(faults(book, schema)), number


def test_no_field_has_a_name_of_the_unseen_schemas() -> None:
    unseen = load_schemas(paths.UNSEEN_SCHEMAS).values()
    withheld = {label.lower() for schema in unseen for field in fields_of(schema).values() for label in field.labels}
    names = {name for _, noun in nouns() for name in noun.split("/")}
    drawn = names | {f"{modifier} {name}" for modifier in synthetic_schemas.modifiers for name in names}
    assert not drawn & withheld


def test_the_seed_decides_the_examples() -> None:
    assert list(draw_examples(10, seed=0)) == pairs()[:10]
    assert [example.text for example, _ in draw_examples(10, seed=1)] != [example.text for example, _ in pairs()[:10]]


def test_augmented_they_come_with_schemas_that_their_answers_follow() -> None:
    examples, schemas = synthetic_examples(60, seed=0)
    assert len({example.schema_id for example in examples}) == len(schemas) == 60
    for example in examples:
        assert not list(validator(schemas[example.schema_id]).iter_errors(example.answer)), example.id
