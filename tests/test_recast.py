"""Examples under schemas of their own: answers that follow them, by the same values, each of its own place."""

import json
from collections import Counter

from paperlib.generate.surfaces import leaves
from paperlib.schemas import compact, load_schemas, validator
from paperlib.standard.build import schemas_of, standard
from paperlib.standard.recast import recast, recasts
from paperlib.standard.splits import SIZES

N = 200
EXAMPLES, SCHEMAS = recasts(N, 40, seed=0)
PLAIN = standard({**SIZES, "train": 40 + N})["train"]


def test_every_answer_follows_its_schema() -> None:
    assert len(EXAMPLES) == len(SCHEMAS) == N
    for example in EXAMPLES:
        assert not list(validator(SCHEMAS[example.schema_id]).iter_errors(example.answer)), example.id
        assert SCHEMAS[example.schema_id].tier == example.tier


def test_texts_and_values_are_those_of_the_examples_after_the_release() -> None:
    assert [e.text for e in EXAMPLES] == [e.text for e in PLAIN[40:]]
    for new, old in zip(EXAMPLES, PLAIN[40:], strict=True):
        values = Counter(json.dumps(value) for _, value in leaves(old.answer))
        assert not Counter(json.dumps(value) for _, value in leaves(new.answer)) - values, new.id


def test_no_answer_is_empty_or_holds_an_empty_object() -> None:
    assert all(e.answer and "{}" not in json.dumps(e.answer) for e in EXAMPLES)


def test_schemas_differ_from_the_known_ones_and_from_each_other() -> None:
    shown = [compact(schema.body) for schema in SCHEMAS.values()]
    known = {compact(schema.body) for schema in load_schemas().values()}
    assert len(set(shown)) > 0.95 * N
    assert sum(text in known for text in shown) < 0.02 * N


def test_the_same_seed_gives_the_same_and_another_another() -> None:
    assert recasts(20, 40, seed=0)[0] == EXAMPLES[:20]
    example, schema = PLAIN[0], schemas_of("train")[PLAIN[0].schema_id]
    assert recast(example, schema, "a") == recast(example, schema, "a")
    assert len({compact(recast(example, schema, str(seed))[1].body) for seed in range(20)}) > 10


def test_a_name_in_its_key_says_which_leaf_it_is() -> None:
    """Values move to the keys made of their own names: nothing is exchanged between fields of one kind."""
    schema = load_schemas()["support_ticket"]
    answer = {key: f"<{key}>" for key in schema.body["properties"]}
    for seed in range(50):
        example, new = recast(PLAIN[0].__class__("t", schema.id, None, "", "", "", answer), schema, str(seed))
        fields = new.body["properties"]
        for key, value in example.answer.items():
            assert fields[key]["description"] == schema.body["properties"][value.strip("<>")]["description"]
