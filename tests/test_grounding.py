"""What a text supports may be answered and nothing else, wherever it stands in the schema."""

import json
import time
from typing import Any

import pytest
import torch
from test_constrained import END, TOKENIZER, one_field, passes

from paperlib.data.schemas import Schema, schema_of, validator, validator_of
from paperlib.decoding.constrained import Constrainer
from paperlib.decoding.text_grounding import NO_HINTS, Grounding, Hints
from paperlib.evaluation.dev_scores import written_texts

NUMBER, INTEGER, STRING = {"type": "number"}, {"type": "integer"}, {"type": "string"}
DATE = {"type": "string", "format": "date"}


def allowed(value: Any, node: Any, text: str) -> bool:
    """Whether {"f": value} may be the answer to ``text``, where the field's schema is ``node``; "1.0" is as written."""
    written = f' {{"f": {value}}}' if isinstance(value, str) and node.get("type") == "number" else {"f": value}
    return passes(written, [one_field(node)], text)


def of_root(body: Any) -> Schema:
    return schema_of(body, "root", "here")


def forced_answer(schema: Schema, text: str, hints: Hints = NO_HINTS) -> str:
    """What is written by a model without any preference."""
    state, tokens = Constrainer(TOKENIZER, "schema+text", hints=hints).state([schema], text), list[int]()
    while not tokens or tokens[-1] != END:
        tokens.append(state.choose(END, torch.zeros(len(TOKENIZER)).scatter(0, torch.tensor(END), 1.0)))
    return str(TOKENIZER.decode(tokens[:-1])).strip()


@pytest.mark.parametrize(
    ("text", "node", "right", "wrong"),
    [
        ("The total amount is 1.247,56 EUR.", NUMBER, [1247.56], [1.24756, 124756, 1.247, 56, 1]),
        ("1 Stück zu 1.247,56 EUR, 2.0 kg", NUMBER, [1, 1247.56, 2.0, "1.247,56"], ["1.247", "1,0"]),
        ("Die Kaution beträgt 800,00 €.", NUMBER, [800], [80000, 8, 0]),
        ("The lamp costs 120.50 euros.", INTEGER, [], [12050, 120, 121]),
        ("The lamp costs 120.50 euros.", {**NUMBER, "minimum": 500}, [], [12050, 120.5]),
        ("Gesamt 2 310,50 €", NUMBER, [2310.5], [2, 310.5, 2.31]),
        ("Miete 1’299.50 CHF", NUMBER, [1299.5], [1, 299.5]),
        ("A budget of 70k", NUMBER, [70000], [70]),
        ("2.5 million readers", INTEGER, [2500000], [2, 5, 25]),
        ("1 1/2 cups of flour", NUMBER, [1.5], [11, 12]),
        ("a dose of .75 ml", NUMBER, [0.75], [75, 7.5]),
        ("twenty-four boxes for order 7731", INTEGER, [24, 7731], [20, 4, 31]),
        ("delivery in Sept", INTEGER, [9], [8, 10]),
        ("discount 4.00-", {**NUMBER, "maximum": 0}, [-4], [4, 0]),
        ("take 400mg twice a day", INTEGER, [400], [4, 40]),
        ("1.247,56 EUR bis 2. April 2026", NUMBER, [1247.56], [2, 4, 2026]),
        ("Invoice of 3 March 2026. The total is EUR 12.05.", NUMBER, [12.05], [2026, 3]),
        ("due 2 April 2026", INTEGER, [2, 4, 2026], [26]),
        ("No digits at all", INTEGER, [], [0, 1, 412]),
        ("Rates: 3 and 10", {**INTEGER, "exclusiveMinimum": 3}, [10], [3]),
        ("Packs of 6 or 10", {**INTEGER, "multipleOf": 5}, [10], [6]),
    ],
)
def test_numbers_are_those_that_the_text_means(text: str, node: Any, right: list[Any], wrong: list[Any]) -> None:
    assert [value for value in right if not allowed(value, node, text)] == []
    assert [value for value in wrong if allowed(value, node, text)] == []


@pytest.mark.parametrize(
    ("text", "right", "wrong"),
    [
        ("担当者は田中太郎です。", ["田中太郎", "田中"], ["田太"]),
        ("联系人：王小明，电话", ["王小明"], ["王明"]),
        ("ผู้จองชื่อสมชายครับ", ["สมชาย"], ["สมหญิง"]),
        ("담당자는 김민수입니다", ["김민수"], ["김수"]),
        ("take 400mg daily", ["mg", "400", "400mg"], ["40", "m", "0mg"]),
        ("pay USD120.50 now", ["USD", "120.50"], ["US", "20.50"]),
        (r'{"msg":"bad key \"no\" in C:\\tmp"}', ['bad key "no" in C:\\tmp', r"bad key \"no\""], ["bad no"]),
        ("first\n   line", ["first line", "first\n   line"], ["firstline", "", " ", "first "]),
        (r'{"msg":"ok \ud83d\ude00 \ud83d"}', ["ok 😀"], ["ok"[::-1]]),
        ("Straße 5, naïve", ["Straße 5", "naïve"], ["Strasse", "naive"]),
    ],
)
def test_strings_are_parts_of_the_text_in_any_script(text: str, right: list[str], wrong: list[str]) -> None:
    assert [value for value in right if not allowed(value, STRING, text)] == []
    assert [value for value in wrong if allowed(value, STRING, text)] == []


TEXT = "Ana Ruiz, ref ANA-7731, pays 120.50 on 5 May 2026, mail ana@tern.example"


@pytest.mark.parametrize(
    ("node", "right", "wrong"),
    [
        ({}, ["Ana Ruiz", 120.5, True, None], ["ANA ROZI", 12, ["Bo"], {"Bo": 1}]),
        ({"pattern": "^[A-Z]{3}-[0-9]{4}$"}, ["ANA-7731"], ["ANA-0001", "Ana Ruiz"]),
        ({"type": "string", "pattern": "^(?!Ana)[A-Z]+-.*"}, ["ANA-7731"], ["Ana Ruiz", "ANA-7732"]),
        ({"$ref": "#/$defs/code"}, ["ANA-7731"], ["100g"]),
        ({"anyOf": [{"$ref": "#/$defs/code"}, {"type": "null"}]}, ["ANA-7731", None], ["x", 3]),
        ({"oneOf": [{"type": "integer"}, {"type": "number"}]}, [120.5, 2026], [12050, "Ana Ruiz"]),
        ({"allOf": [{"type": "string"}, {"maxLength": 3}]}, ["Ana"], ["Ana Ruiz"]),
        ({"type": "string", "format": "email"}, ["ana@tern.example"], ["a@b.com", "Ana"]),
        ({"type": "string", "format": "date"}, ["2026-05-05"], ["2026-05-06", "5 May 2026", "2022-01-20"]),
        ({"type": "string", "pattern": r"^\d{4}-\d\d-\d\d$"}, ["2026-05-05"], ["2022-01-20"]),
        ({"type": "array", "items": {}, "maxItems": 2}, [["Ana", 7731], []], [["Ana"] * 3, ["Bo"]]),
        ({"type": "array", "items": {"type": "number"}, "minItems": 2}, [[120.5, 7731]], [[], [120.5]]),
        (
            {"prefixItems": [{"type": "string"}, {"type": "number"}], "items": False},
            [["Ana", 7731], ["Ana"], []],
            [[7731, 7731], ["Ana", 7731, 7731]],
        ),
        ({"type": "object", "additionalProperties": {"type": "number"}}, [{"pays": 120.5}, {}], [{"owes": 120.5}]),
        ({"type": "string", "nullable": True}, ["Ana", None], ["x"]),
        ({"const": "open"}, ["open"], ["Ana"]),
        ({"type": ["integer", "string"], "pattern": "^ANA"}, [7731, "ANA-7731"], ["Ana", 4]),
        ({"type": "integer", "not": {"$ref": "#/$defs/code"}}, [7731], [4]),
        ({"type": "array", "items": {}, "minItems": 2.0, "maxItems": 2.0}, [["Ana", 7731]], [["Ana"]]),
        ({"type": "object", "required": ["pays"]}, [{"pays": 120.5}], [{}, {"owes": 120.5}]),
    ],
)
def test_support_is_asked_for_wherever_a_value_stands(node: Any, right: list[Any], wrong: list[Any]) -> None:
    code = {"type": "string", "pattern": "^ANA"}
    schema = of_root({"type": "object", "properties": {"f": node}, "required": ["f"], "$defs": {"code": code}})
    assert [value for value in right if not passes({"f": value}, [schema], TEXT)] == []
    assert [value for value in wrong if passes({"f": value}, [schema], TEXT)] == []


@pytest.mark.parametrize("text", ["", " \n\t"])
def test_an_empty_text_supports_nothing(text: str) -> None:
    fields = {"name": STRING, "n": NUMBER, "day": DATE, "any": {}, "tags": {"items": STRING}}
    schema = of_root({"type": "object", "properties": fields, "required": list(fields)})
    answer = forced_answer(schema, text)
    assert '"name"' not in answer
    assert '"n"' not in answer
    assert '"day"' not in answer
    assert '"tags": []' in answer


def test_a_required_field_that_nothing_fills_is_left_out_or_null() -> None:
    body = {"type": "object", "properties": {"n": {"type": "integer"}, "m": {"type": ["integer", "null"]}}}
    assert forced_answer(of_root({**body, "required": ["n", "m"]}), "No digits here") == '{"m": null}'


def test_an_object_that_cannot_be_whole_gives_way_to_null() -> None:
    page = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
    body = {"type": "object", "properties": {"page": {"anyOf": [page, {"type": "null"}]}}, "required": ["page"]}
    assert forced_answer(of_root(body), "Page: not recorded") == '{"page": null}'
    assert forced_answer(of_root({**body, "properties": {"page": page}}), "Page: not recorded") == '{"page": {}}'


def test_arrays_maps_and_unions_may_be_the_root() -> None:
    rows = of_root({"type": "array", "items": {"type": "object", "properties": {"n": INTEGER}, "required": ["n"]}})
    assert passes([{"n": 7731}, {"n": 5}], [rows], TEXT)
    assert not passes({"n": 7731}, [rows], TEXT)
    prices = of_root({"type": "object", "additionalProperties": NUMBER})
    assert passes({"Ana Ruiz": 120.5, "pays": 7731}, [prices], TEXT)
    one, other = ({"properties": {key: {}}, "required": [key]} for key in "ab")
    either = of_root({"oneOf": [one, other]})
    assert passes({"b": "Ana"}, [either], TEXT)
    assert not passes("Ana", [either], TEXT)
    assert not passes({}, [either], TEXT)


@pytest.mark.parametrize("layout", ["line", "indented"])
def test_a_tree_may_be_as_deep_as_it_likes(layout: str) -> None:
    tree: dict[str, Any] = {"type": "object", "properties": {"name": STRING, "parts": {"items": {"$ref": "#"}}}}
    schema, names = of_root(tree), [f"part{n}" for n in range(20)]
    answer: dict[str, Any] = {"name": "Ana", "parts": []}
    for name in names:
        answer = {"name": name, "parts": [answer]}
    assert passes({"name": "Ana", "parts": [{"name": "Ruiz"}]}, [schema], TEXT, layout)
    assert not passes({"name": "Ana", "parts": [{"name": "Bo"}]}, [schema], TEXT, layout)
    if layout == "line":
        assert passes(answer, [schema], f"{TEXT} {' '.join(names)}", layout)


def test_formats_hold_however_many_there_are() -> None:
    text = " ".join(f"ana{n}@tern.example" for n in range(600))
    mail = one_field({"type": "string", "format": "email"})
    assert passes({"f": "ana599@tern.example"}, [mail], text)
    assert not passes({"f": "ana5"}, [mail], text)


def test_hints_decide_what_the_text_leaves_open() -> None:
    amount, day = one_field(NUMBER), one_field(DATE)
    assert forced_answer(amount, "1.234", Hints(decimal_mark=",")) == '{"f": 1234}'
    assert forced_answer(amount, "1.234", Hints(decimal_mark=".")).startswith('{"f": 1.234')
    assert forced_answer(day, "04/05/2026", Hints(date_order="dmy")) == '{"f": "2026-05-04"}'
    assert forced_answer(day, "04/05/2026", Hints(date_order="mdy")) == '{"f": "2026-04-05"}'


def test_whatever_a_model_prefers_the_answer_is_supported() -> None:
    fields = {"name": STRING, "paid": NUMBER, "day": DATE, "codes": {"items": {"pattern": "^ANA"}}}
    schema, rng = of_root({"type": "object", "properties": fields, "required": ["name", "paid"]}), torch.Generator()
    for seed in range(20):
        rng.manual_seed(seed)
        state, tokens = Constrainer(TOKENIZER, "schema+text").state([schema], TEXT), [-1]
        while tokens[-1] != END:
            logits = torch.randn(len(TOKENIZER), generator=rng)
            tokens.append(state.choose(int(logits.argmax()), logits))
        answer = json.loads(TOKENIZER.decode(tokens[1:-1]))
        assert validator(schema).is_valid(answer)
        assert answer["name"] in TEXT
        assert answer["paid"] in (120.5, 7731)
        assert answer.get("day") in (None, "2026-05-05")


UUID = "123e4567-e89b-12d3-a456-426614174000"


@pytest.mark.parametrize(
    ("kind", "text", "right", "wrong"),
    [
        *(
            ("email", text, ["ana@x.org"], ["ana@x", "na@x.org", "ana@x.or"])
            for text in (
                "<td>ana@x.org</td>",
                "**ana@x.org**",
                "mailto:ana@x.org?subject=Hi",
                "ana@x.org(work)",
                "‘ana@x.org’",
            )
        ),
        ("email", "ana@x.org/bo@x.org", ["ana@x.org", "bo@x.org"], ["x.org/bo@x.org"]),
        ("email", "メールはana@x.exampleです。", ["ana@x.example"], ["ana@x"]),
        ("email", r'{"log": "mail ana@x.org\nbye"}', ["ana@x.org"], [r"ana@x.org\nbye"]),
        ("email", "write to zoë@grün.example.", ["zoë@grün.example"], ["zoë@grün"]),
        ("uri", "<a>https://x.org/a</a>", ["https://x.org/a"], ["https://x.org"]),
        ("uri", "see https://x.org/a/b.", ["https://x.org/a/b"], ["https://x.org/a", "https://x.org"]),
        ("uri", "https://x.orgを参照", ["https://x.org"], ["https://x"]),
        *(("uuid", text, [UUID], []) for text in (f"req-{UUID}", f"id_{UUID}", f"{UUID}.pdf")),
        ("ipv4", "10.0.0.1->10.0.0.2, ip=10.0.0.3&x", ["10.0.0.1", "10.0.0.2", "10.0.0.3"], ["0.0.1"]),
        ("ipv4", "version 1.10.0.0.1", [], ["10.0.0.1", "1.10.0.0"]),
        ("ipv6", "from fe80::1.", ["fe80::1"], ["fe80::"]),
        ("hostname", "https://fern.example/a", ["fern.example"], ["fern"]),
        ("duration", "takes PT3H.", ["PT3H"], ["PT3"]),
    ],
)
def test_addresses_are_whole_whatever_stands_around_them(
    kind: str, text: str, right: list[str], wrong: list[str]
) -> None:
    node = {"type": "string", "format": kind}
    assert [value for value in right if not allowed(value, node, text)] == []
    assert [value for value in wrong if allowed(value, node, text)] == []


@pytest.mark.parametrize(
    ("kind", "piece"), [("email", "a.b-c+"), ("email", "担当者田中"), ("uri", "a:"), ("ipv6", ":a"), ("hostname", "a")]
)
def test_addresses_are_found_in_linear_time(kind: str, piece: str) -> None:
    def seconds(length: int) -> float:
        grounding, start = Grounding(piece * (length // len(piece))), time.process_time()
        grounding.value({"type": "string", "format": kind})
        return time.process_time() - start

    short, long = (min(seconds(length) for _ in range(3)) for length in (20_000, 200_000))
    assert long < 40 * max(short, 0.002)  # ten times as long; the square would be a hundred


def test_a_long_word_that_a_pattern_asks_for_is_not_cut() -> None:
    url = "https://maps.example.com/dir/?" + "&".join(f"a{n}=48.{n}" for n in range(20))
    node = {**STRING, "pattern": "^https?://"}
    assert allowed(url, node, f"see {url}, today")
    digest = "0a1b" * 32
    assert allowed(digest, {**STRING, "pattern": "^[0-9a-f]{128}$"}, f"sha512 {digest}.")


def test_a_pattern_means_the_same_in_a_long_text() -> None:
    page = " ".join(f"Jürgen Müller {n} und\nAnna Berg;" for n in range(200))
    assert allowed("Anna Berg", {**STRING, "pattern": r"^[\w .-]+$"}, page)
    assert not allowed("Jürgen Müller", {**STRING, "pattern": r"^[\w .-]+$"}, page)  # as in ECMA-262
    assert allowed("und Anna", {**STRING, "pattern": "^.+$"}, page)
    assert not allowed("und\nAnna", {**STRING, "pattern": "^.+$"}, page)
    assert allowed("Anna Berg", {**STRING, "pattern": r"^(?!\s*$).+"}, page)  # which llguidance does not know


def test_the_year_of_a_date_may_be_any_number() -> None:
    body = {"type": "object", "properties": {"year": NUMBER, "price": NUMBER}, "required": []}
    text = "Published 12 March 2021 at 40 euros"
    assert passes({"year": 2021, "price": 40}, [of_root(body)], text)
    assert not passes({"year": 2021, "price": 2021}, [of_root(body)], text)


def test_a_discount_needs_no_minus() -> None:
    body = {"type": "object", "properties": {"trade_discount": NUMBER, "total": NUMBER}, "required": []}
    text = "TRADE DISC 10%  -4.74\nTOTAL  -42.65"
    assert passes({"trade_discount": 4.74}, [of_root(body)], text)
    assert passes({"trade_discount": -4.74, "total": -42.65}, [of_root(body)], text)
    assert not passes({"total": 42.65}, [of_root(body)], text)


def test_hour_and_minute_may_be_those_of_a_time() -> None:
    body = {
        "type": "object",
        "properties": {"hour": INTEGER, "startMinute": INTEGER, "guests": INTEGER},
        "required": [],
    }
    text = "8pm not half past seven, for 4 people"
    assert passes({"hour": 20, "startMinute": 30, "guests": 4}, [of_root(body)], text)
    assert not passes({"guests": 20}, [of_root(body)], text)
    assert not passes({"hour": 21}, [of_root(body)], text)


def test_texts_written_by_hand_support_their_answers() -> None:
    examples, schemas = written_texts()
    constrainer = Constrainer(TOKENIZER, "schema+text")
    wrong = [e.id for e in examples if constrainer.forbidden(schemas[e.id], e.text, e.answer) is not None]
    assert len(examples) == 100
    assert len(wrong) <= 5, wrong  # what is concluded: no refills, the day before, a sign by a column
    assert all(validator_of(schemas[e.id].body).is_valid(e.answer) for e in examples)


def test_all_of_many_alternatives_are_permitted() -> None:
    countries = [{"const": f"{one}{other}"} for one in "ABCDEFGHIJKL" for other in "ABCDEFGHIJKL"]
    assert allowed("LL", {"oneOf": countries}, "Country: LL")
    assert allowed(None, {"anyOf": [{"oneOf": countries}, {"type": "null"}]}, "Country: ?")
