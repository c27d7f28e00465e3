"""Documents of many kinds: what they say is asked for under drawn schemas, and every answer follows from its text."""

import hashlib
import json
from collections.abc import Sequence
from datetime import date
from random import Random
from typing import Any

import pytest
from test_constrained import TOKENIZER

from paperlib.core import paths
from paperlib.core.files import read_jsonl
from paperlib.data.examples import Example
from paperlib.data.prompts import render_answer, with_prompt_style
from paperlib.data.schemas import schema_violations
from paperlib.decoding.constrained import Constrainer
from paperlib.training.documents import job_ads, receipts, requests
from paperlib.training.documents.asking import NOTES, Verbatim, ask
from paperlib.training.documents.document import DATE, INTEGER, NUMBER, Document, Fact, Group, Rows
from paperlib.training.documents.drawing import (
    SHARES,
    _facts,
    _with_unanswerable_fields,
    draw_documents,
    held_out_documents,
)
from paperlib.training.documents.slips import Slip

KINDS = {name: kind for module in (*SHARES, requests) for name, kind in module.KINDS.items()}
PERMITTED = 0.95  # share of answers that the grammar of schema and text has to permit
VISIT = Document(
    "Visit",
    "Ana Ruiz came on 2 March 2027 with twins: Bo (3) and Cy (3).",
    (
        Fact("visitor/guest", "Ana Ruiz"),
        Fact("date/day of visit", "2027-03-02", DATE, written="2 March 2027"),
        Group("contact", (Fact("phone", None), Fact("email", None))),
        Rows(
            "children/kids",
            tuple((Fact("name", n), Fact("age", 3, INTEGER), Fact("school", None)) for n in ("Bo", "Cy")),
        ),
    ),
)


def asked(seed: int, document: Document = VISIT) -> tuple[dict[str, Any], Any]:
    example, schema = ask(document, Random(seed), "visit-1", "visit")
    return schema.body, example.answer


@pytest.mark.parametrize("name", KINDS)
def test_answers_follow_from_text_and_schema(name: str) -> None:
    permitted = 0
    for number in range(20):
        rng = Random(f"{name}/{number}")
        example, schema = ask(KINDS[name](rng), rng, "one", name)
        assert schema_violations(example.answer, schema) == []
        state = Constrainer(TOKENIZER, "schema+text").state([schema], example.text)
        for token in TOKENIZER(render_answer(example.answer)).input_ids:
            if not state.allows(token):
                break
            state.append(token)
        else:
            permitted += 1
    assert permitted >= 20 * PERMITTED


@pytest.mark.parametrize("name", KINDS)
def test_texts_are_many_and_each_is_told_by_its_seed(name: str) -> None:
    drawn = [KINDS[name](Random(number)) for number in range(40)]
    assert len({document.text for document in drawn}) >= 38
    assert drawn[7] == KINDS[name](Random(7))


def test_a_schema_asks_for_facts_under_one_of_their_names_in_one_style() -> None:
    keys = {
        key.lower().replace("_", " ").replace("-", " ") for seed in range(80) for key in asked(seed)[0]["properties"]
    }
    assert {"visitor", "guest", "date", "children", "kids", "contact"} <= keys


def test_what_a_text_does_not_say_is_null_where_it_may_be_and_else_left_out() -> None:
    seen = set()
    for seed in range(200):
        body, answer = asked(seed)
        for key, node in body["properties"].items():
            if key.lower() in ("contact phone", "contact_phone", "contactphone", "contact-phone"):
                nullable = "anyOf" in node
                seen.add(nullable)
                assert (key in answer) is nullable
                assert key not in body["required"] or nullable
    assert seen == {True, False}


def test_a_date_may_be_wanted_as_the_text_writes_it() -> None:
    found = {
        (node.get("format"), answer[key])
        for seed in range(80)
        for body, answer in [asked(seed)]
        for key, node in body["properties"].items()
        if "da" in key.lower() and "type" in node
    }
    assert {("date", "2027-03-02"), (None, "2 March 2027")} <= found


def test_a_mixture_may_hold_more_receipts_and_values_as_written() -> None:
    balanced, verbatim = (draw_documents(120, "m", name) for name in ("balanced", "verbatim"))

    def receipts_of(examples: Sequence[Example]) -> int:
        return sum(one.surface.rpartition(" (")[0] in receipts.KINDS for one in examples)

    assert receipts_of(verbatim[0]) > 1.5 * receipts_of(balanced[0])
    said = [json.dumps(schema.body) for schema in verbatim[1].values()]
    assert sum(any(note in one for note in NOTES) for one in said) > 3
    assert not any(note in json.dumps(schema.body) for schema in balanced[1].values() for note in NOTES)


def test_a_mixture_may_want_amounts_without_their_currency() -> None:
    facts = [
        (Fact("total", 4.5, NUMBER, written="RM4.50", figure="4.50"), "RM4.50", "4.50"),
        (Fact("total", "RM4.50", figure="4.50"), "RM4.50", "4.50"),  # of a slip whose amounts are facts as printed
        (Fact("total", 1240, NUMBER, written="1 240 $ CA"), "1 240 $ CA", "1 240"),
        (Fact("length", 40, NUMBER, written="40 m"), "40 m", "40 m"),
    ]
    for fact, printed, figure in facts:
        for currency, expected in ((True, printed), (False, figure)):
            wanted = Verbatim(1.0, currency=currency)
            document = Document("Receipt", f"TOTAL {printed}", (fact,))
            answers = [ask(document, Random(seed), "r", "k", wanted)[0].answer for seed in range(20)]
            assert {value for answer in answers for value in answer.values()} == {expected}


def test_no_field_is_lent_to_a_slip_that_tells_it_without_asking() -> None:
    slip = Document("Receipt", "Tel: 03-5550 1234", (Fact("company", "Ban Leong"),), "en", ("phone/telephone",))
    ad = Document("Advertisement", "Call 12", (Fact("telephone/mobile", "12"), Fact("colour", "red")))
    lent = {
        fact.names for seed in range(9) for fact in _facts(_with_unanswerable_fields(slip, ad, Random(seed)).entries)
    }
    assert lent == {"company", "colour"}


def test_a_day_on_an_american_slip_is_no_guess() -> None:
    slip = Slip(Random(1), "taxi", "us")
    slip.day_form = "{mm}/{dd}/{yyyy}"
    assert slip.date("date", date(2019, 3, 4))[1] == "Mar 04, 2019"
    assert slip.date("date", date(2019, 3, 14))[1] == "03/14/2019"


def test_the_held_out_documents_are_those_of_the_records() -> None:
    examples, schemas = held_out_documents()
    drawn = json.dumps([[one.text, one.answer, schemas[one.id].body] for one in examples], ensure_ascii=False)
    assert hashlib.sha256(drawn.encode()).hexdigest()[:16] == "d2e656ed95de21b2"


def test_all_rows_follow_one_schema() -> None:
    answers = [asked(seed)[1].values() for seed in range(80)]
    found = [value for answer in answers for value in answer if isinstance(value, list)]
    assert len(found) > 20
    assert [len(rows) for rows in found] == [2] * len(found)
    assert all(one.keys() == other.keys() for one, other in found)


def test_no_rows_are_an_empty_array_of_a_known_schema() -> None:
    lone = Document("Visit", "Nobody came.", (Rows("children", (), (Fact("name", None), Fact("age", None, INTEGER))),))
    body, answer = asked(3, lone)
    ((key, node),) = body["properties"].items()
    assert answer == {key: []}
    assert node["items"]["properties"]


def test_the_same_arguments_draw_the_same_documents() -> None:
    examples, schemas = draw_documents(30, 5)
    assert (examples, schemas) == draw_documents(30, 5)
    assert [e.id for e in examples] != [e.id for e in draw_documents(30, 6)[0]]
    assert len({schemas[e.schema_id].body["title"] for e in examples}) > 10


def test_prompts_may_show_descriptions() -> None:
    examples, schemas = draw_documents(60, 5)
    plain, described = (with_prompt_style(examples, schemas, style) for style in ("schema", "described"))
    longer = [one.text for one, other in zip(described, plain, strict=True) if one.text != other.text]
    assert 0 < len(longer) < 60


def test_the_labelled_set_of_the_package_is_the_one_that_is_drawn() -> None:
    stored = [row for _, row in read_jsonl(paths.ROOT / "data/examples/job_ads.jsonl")]
    assert stored == job_ads.job_ads()
