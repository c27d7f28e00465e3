"""Schema augmentation: answers follow the new schemas, and every value keeps the name of its own field."""

import json
import random
from collections import Counter
from functools import cache

from paperlib.benchmark.standard.build import schemas_of, standard
from paperlib.benchmark.standard.split_sizes import SIZES
from paperlib.data.examples import Example, Span
from paperlib.data.label_parser import parse_label_lines
from paperlib.data.leaves import scalar_leaves
from paperlib.data.schemas import Schema, Schemas, load_schemas, schema_to_prompt, validator
from paperlib.training.augmentation.ood_values import with_ood_values
from paperlib.training.augmentation.rerendering import excerpt, key_words, omit
from paperlib.training.augmentation.schema_augmentation import _borrowed, _vocabulary, augment, augmented_examples

N = 200
ROWS = {
    "type": "array",
    "items": {
        "type": "object",
        "properties": {"to": {"type": "string"}, "n": {"type": "integer", "minimum": 0, "maximum": 99}},
    },
}


@cache
def made() -> tuple[list[Example], Schemas]:
    return augmented_examples(N, 40, seed=0)


@cache
def plain() -> list[Example]:
    """The training examples of EdgeJSON standard, of which the first forty are those of the release here."""
    return standard({**SIZES, "train": 40 + N})["train"]


def pairs() -> list[tuple[Example, Example]]:
    """Each example with the one that it was made from."""
    return list(zip(made()[0], plain()[40:], strict=True))


def test_every_answer_follows_its_schema() -> None:
    examples, schemas = made()
    assert len(examples) == len(schemas) == N
    for example in examples:
        assert not list(validator(schemas[example.schema_id]).iter_errors(example.answer)), example.id
        assert schemas[example.schema_id].tier == example.tier


def test_values_outside_label_lines_are_those_of_the_examples_after_the_release() -> None:
    for new, old in ((new, old) for new, old in pairs() if new.surface != "lines"):
        values = Counter(json.dumps(value) for _, value in scalar_leaves(old.answer))
        assert not Counter(json.dumps(value) for _, value in scalar_leaves(new.answer)) - values, new.id


def test_a_text_is_the_examples_own_an_excerpt_of_it_or_lines_that_state_the_answer() -> None:
    examples, schemas = made()
    for new, old in pairs():
        if new.surface == "lines":
            assert parse_label_lines(new.text, schemas[new.schema_id].body) == new.answer, new.id
        else:
            assert new.text in old.text, new.id
            assert new.surface == old.surface, new.id
    assert {"lines", "prose", "email"} <= {e.surface for e in examples}
    assert sum(new.text != old.text and new.text in old.text for new, old in pairs()) > 4


def test_no_object_within_an_answer_is_empty_and_an_empty_answer_may_be() -> None:
    examples, schemas = made()
    assert all(e.answer == {} or "{}" not in json.dumps(e.answer) for e in examples)
    empty = [e for e in examples if e.answer == {}]
    assert 0.02 * N < len(empty) < 0.2 * N
    assert all(not schemas[e.schema_id].body["required"] for e in empty)


def test_schemas_differ_from_the_known_ones_and_from_each_other() -> None:
    shown = [schema_to_prompt(schema.body) for schema in made()[1].values()]
    known = {schema_to_prompt(schema.body) for schema in load_schemas().values()}
    assert len(set(shown)) > 0.95 * N
    assert sum(text in known for text in shown) < 0.02 * N


def test_the_seed_decides_the_schemas() -> None:
    assert augmented_examples(20, 40, seed=0)[0] == made()[0][:20]
    example, schemas = plain()[0], schemas_of("train")
    assert augment(example, schemas, "a") == augment(example, schemas, "a")
    assert len({schema_to_prompt(augment(example, schemas, str(seed))[1].body) for seed in range(20)}) > 10


def test_a_name_in_its_key_says_which_leaf_it_is() -> None:
    """Values move to the keys made of their own names: nothing is exchanged between fields of one kind."""
    schema = schemas_of("train")["support_ticket"]
    answer = {key: f"<{key}>" for key in schema.body["properties"]}
    example = Example("t", schema.id, None, "", "", "", answer)
    drawn = [augment(example, schemas_of("train"), str(seed)) for seed in range(50)]
    found = [
        (new.body["properties"][key]["description"], schema.body["properties"][value.strip("<>")]["description"])
        for moved, new in drawn
        for key, value in moved.answer.items()
        if value.strip("<>") in answer  # others are OOD values
    ]
    assert len(found) > 20
    assert [ours for ours, _ in found] == [theirs for _, theirs in found]


def test_label_lines_omit_optional_fields_at_any_depth_and_hold_ood_values() -> None:
    node = {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}, "rows": ROWS}}
    record = {"id": "a", "rows": [{"to": "b", "n": 1}, {"to": "c", "n": 2}]}
    thin = {json.dumps(omit(record, node, random.Random(seed))) for seed in range(300)}
    assert {'{"id": "a"}', json.dumps(record), '{"id": "a", "rows": [{"to": "b"}, {"n": 2}]}'} <= thin
    assert all('"id": "a"' in text and "{}" not in text and "[]" not in text for text in thin)
    drawn = [with_ood_values(record, node, random.Random(seed)) for seed in range(300)]
    assert all(validator(Schema("r", "R", "simple", node)).is_valid(found) for found in drawn)
    assert {row["n"] in (1, 2) for found in drawn for row in found["rows"]} == {True, False}
    assert {"\n" in found["id"] for found in drawn} == {". " in found["id"] for found in drawn} == {True, False}


def test_borrowed_fields_share_no_word_with_the_records() -> None:
    schema, seen = schemas_of("train")["support_ticket"], set()
    own = _vocabulary(schema.body["properties"])
    for seed in range(100):
        parts = _borrowed(schema, schemas_of("train"), random.Random(seed), "_".join)
        assert not any(part.required for part in parts)
        seen |= {part.key for part in parts}
    assert len(seen) > 20
    assert not {word for key in seen for word in key_words(key)} & own


def test_an_excerpt_answers_what_it_states() -> None:
    text = "Ada is 36. She lives in Ulm. It rains."
    spans = (Span("/name", 0, 3, "copy"), Span("/age", 7, 9, "integer"), Span("/at/city", 24, 27, "copy"))
    example = Example(
        "p", "person", None, "train", "prose", text, {"name": "Ada", "age": 36, "at": {"city": "Ulm"}}, spans
    )
    parts = {
        (part.text, json.dumps(part.answer)) for seed in range(60) if (part := excerpt(example, random.Random(seed)))
    }
    assert parts == {
        ("Ada is 36.", '{"name": "Ada", "age": 36}'),
        ("Ada is 36. She lives in Ulm.", json.dumps(example.answer)),
        (text, json.dumps(example.answer)),
        ("She lives in Ulm.", '{"at": {"city": "Ulm"}}'),
        ("She lives in Ulm. It rains.", '{"at": {"city": "Ulm"}}'),
        ("It rains.", "{}"),
    }
