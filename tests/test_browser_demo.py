"""The browser demo in headless Chromium, if there is one: its prompts are ours, its answers follow their schemas."""

import json
import math
from collections.abc import Iterator
from pathlib import Path

import devtools
import pytest
import tiny_gguf
from conftest import needs_llama_cpp

from paperlib.core import paths
from paperlib.core.config import TrainConfig
from paperlib.core.errors import PaperlibError
from paperlib.data.examples import Example
from paperlib.data.prompts import render_prompt, with_schema
from paperlib.data.schemas import Schemas, load_schemas, schema_of, schema_violations
from paperlib.training import models
from paperlib.training.models import LoadedModel
from paperlib.training.space_tokens import separate_spaces

pytestmark = [
    pytest.mark.skipif(devtools.CHROMIUM is None, reason="there is no Chromium"),
    needs_llama_cpp,
]
TEXT = 'Ana Ruiz, Lisbon:\n3 pieces on 3 May 2027, 4.50 each; "red" at C:\\new'
FORMS = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "day": {"type": ["string", "null"], "format": "date"},
        "colour": {"enum": ["red", "blue", None]},
        "sizes": {"type": "array", "items": {"$ref": "#/$defs/size"}, "minItems": 1, "maxItems": 2},
        "note": {"anyOf": [{"type": "boolean"}, {"const": "none"}]},
        "when": {"type": "string", "format": "date-time"},
    },
    "required": ["name", "day", "colour", "sizes", "note", "when"],
    "$defs": {
        "size": {
            "type": "object",
            "properties": {"n": {"type": "integer", "minimum": 0}, "x": {"type": "number"}},
            "required": ["n"],
        }
    },
}
IDLE = "document.querySelector('main:not([hidden])') && document.getElementById('extract').textContent === 'Extract'"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that an export writes, with a random model of another tokenizer, and without wllama."""
    from paperlib.decoding.engines.export import web_page
    from paperlib.decoding.engines.export.model_card import Exported
    from paperlib.decoding.engines.export.served_prompt import served_prompt
    from paperlib.decoding.engines.export.space_token import SpaceToken

    folder = tmp_path_factory.mktemp("site")
    tiny_gguf.write(folder / "model.gguf")
    tokenizer = models.train_tokenizer([TEXT] * 3, 300)
    separate_spaces(tokenizer, "after colon")
    config = TrainConfig(run="", profile="", prompt="schema", layout="indented").model_dump(mode="json")
    asked = served_prompt(LoadedModel(None, tokenizer, "tiny"), {"config": config}, None, SpaceToken(0, 0))
    one = Exported("model.gguf", "tiny", "tiny", "", 100_000, "f32", 0.1, {}, "", "")
    web_page.write(folder, one, asked, 2048, [])
    return folder


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[devtools.Page]:
    with devtools.chromium(tmp_path_factory.mktemp("profile")) as found:
        yield found


def test_prompts_are_those_that_extract_gives_a_model(site: Path, page: devtools.Page) -> None:
    from paperlib.decoding.engines.export.space_token import SpaceToken

    schemas = Schemas({**load_schemas(), **load_schemas(paths.UNSEEN_SCHEMAS), "forms": schema_of(FORMS, "forms", "")})
    odd = 'Note: a: "b": 1,\n c:  two: : x:\ny:\tz :'
    shown = {id_: render_prompt(with_schema(_example(id_, odd), schemas).text) for id_ in schemas}
    with devtools.serving(site) as url:
        page.open(f"{url}prompt.js", "true")
        bodies = json.dumps({id_: schema.body for id_, schema in schemas.items()})
        theirs = page.run(f"""Promise.all(["./prompt.js", "./schema.js"].map((one) => import(one))).then(
            async ([prompt, schema]) => {{
            const about = await (await fetch("model.json")).json(), bodies = {bodies};
            return Object.entries(bodies).map(([id, body]) => [id, prompt.renderPrompt(about,
                schema.readSchema(JSON.stringify(body)), {json.dumps(odd)})]); }})""")
    assert dict(theirs) == {id_: SpaceToken.mark(prompt) for id_, prompt in shown.items()}


@pytest.mark.parametrize(
    ("schema", "said"),
    [
        ('{"type": "object",\n "properties": {"a": }}', "Line 2, column 22 of the schema is no JSON: found"),
        (
            '{"type": "object", "properties": {"a": {"type": "strin"}}}',
            r'The schema at /properties/a: "strin" is no type',
        ),
        ('{"type": "object", "properties": {"a": {"$ref": "#"}}}', r"refers back to itself"),
        ('{"type": "object", "properties": {"a": {"allOf": []}}}', r'"allOf" is not read by this page'),
        ('{"type": "array"}', r'an array needs "items"'),
        ("", r"There is no schema"),
    ],
)
def test_a_bad_schema_is_one_sentence_that_says_where(site: Path, page: devtools.Page, schema: str, said: str) -> None:
    with devtools.serving(site) as url:
        page.open(f"{url}prompt.js", "true")
        found = page.run(f"""import("./schema.js").then(({{ readSchema }}) => {{
            try {{ readSchema({json.dumps(schema)}); return null; }} catch (error) {{ return error.message; }} }})""")
    assert said in found
    assert found.count(". ") == 0


def test_of_a_day_what_had_to_follow_says_nothing_of_how_sure_the_model_was(site: Path, page: devtools.Page) -> None:
    """A model that would have written the day in words still chose to write it: its first token alone is its choice,
    or as many as it takes to tell the days of the text apart."""
    answer = '{"day": "2027-06-02"}'
    texts = ['{"day": ', '"', "2", "0", "2", "7", "-", "0", "6", "-", "0", "2", '"}']
    assert "".join(texts) == answer
    probable = dict(enumerate([1, 0.9, 0.1, 1, 1, 1, 1, 0.4, 1, 1, 1, 1, 1]))
    tokens = [{"end": sum(map(len, texts[: n + 1])), "logprob": math.log(probable[n])} for n in range(len(texts))]
    day = {"type": ["string", "null"], "format": "date"}
    schema = {"type": "object", "properties": {"day": day}, "required": ["day"]}
    kept = []
    with devtools.serving(site) as url:
        page.open(f"{url}absence.js", "true")
        for days in ([], ["2027-06-02"], ["2027-06-02", "2028-06-02"], ["2027-06-02", "2027-11-30"]):
            given = ", ".join(map(json.dumps, (answer, tokens, schema, days)))
            revised = f'import("./absence.js").then(({{ withoutImprobable }}) => withoutImprobable({given}).value)'
            kept.append(page.run(revised)["day"])
    assert kept == [None, "2027-06-02", "2027-06-02", None]


def test_a_later_alternative_is_checked_by_its_own_form(site: Path, page: devtools.Page) -> None:
    def paid(**fields: str) -> dict[str, object]:
        properties = {
            name: {"type": "string", **({"pattern": "^[0-9]+$"} if name == "card" else {})} for name in fields
        }
        return {"type": "object", "properties": properties, "required": [*fields]}

    payment = {"anyOf": [paid(iban=""), paid(card="")]}
    schema = {"type": "object", "properties": {"payment": payment}, "required": ["payment"]}
    answer = {"payment": {"card": "12a4"}}
    with devtools.serving(site) as url:
        page.open(f"{url}checks.js", "true")
        given = ", ".join(map(json.dumps, (answer, schema)))
        found = page.run(f'import("./checks.js").then(({{ violations }}) => violations({given}))')
        tokens = json.dumps([{"end": len(json.dumps(answer)), "logprob": -0.1}])
        told = f"withoutImprobable({json.dumps(json.dumps(answer))}, {tokens}, {json.dumps(schema)}, [])"
        kept = page.run(f'import("./absence.js").then(({{ withoutImprobable }}) => {told}.value)')
    assert found == ["/payment/card does not match ^[0-9]+$."]
    assert kept == answer


def test_the_page_answers_under_a_schema_and_without_a_network(
    site: Path, page: devtools.Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    from paperlib.decoding.engines.export import npm_packages, web_page

    monkeypatch.setattr(npm_packages, "_by_npm", lambda *_: "")  # what an earlier export has fetched will do
    try:
        for package, tarball in npm_packages.obtained(web_page.WLLAMA, None):
            npm_packages.unpack(package, tarball, site)
    except PaperlibError:
        pytest.skip("wllama is not in the cache; an export to the web puts it there")
    schema = schema_of(FORMS, "forms", "")
    page.requests.clear()  # of other tests
    with devtools.serving(site) as url:
        page.open(url, f"crossOriginIsolated && {IDLE}")
        told = _extracted(page, '{"type": "objet"}')
        assert told["schema-error"].startswith('The schema at its root: "objet" is no type')
        assert page.run("document.activeElement.id") == "schema"
        told = _extracted(page, json.dumps(FORMS))
        assert told["schema-error"] == told["answer-error"] == ""
        assert schema_violations(json.loads(told["answer"]), schema) == []
        assert " ".join(json.loads(told["answer"])["name"].split()) in " ".join(TEXT.split())
    page.call("Page.reload")  # the server is gone
    page.until(IDLE)
    again = _extracted(page, json.dumps(FORMS))
    assert again["answer"] == told["answer"]
    assert {one for one in page.requests if not one.startswith((url, f"blob:{url}"))} == set()
    assert any(one.endswith("wllama.wasm") for one in page.requests)


def _extracted(page: devtools.Page, schema: str) -> dict[str, str]:
    """What the page shows, by the ids of its elements, after it was asked for an answer about TEXT."""
    page.run(f"""for (const [id, value] of Object.entries({json.dumps({"text": TEXT, "schema": schema})})) {{
        const field = document.getElementById(id);
        field.value = value; field.dispatchEvent(new Event("input", {{ bubbles: true }})); }}
        document.getElementById("extract").click()""")
    page.until(IDLE)
    ids = ("answer", "status", "schema-error", "text-error", "answer-error")
    return {id_: page.run(f"document.getElementById('{id_}').textContent") for id_ in ids}


def _example(schema_id: str, text: str) -> Example:
    return Example("", schema_id, None, "", "", text, None)
