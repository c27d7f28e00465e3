"""Prompts: their exact texts, demonstrations that give nothing away, one beginning of sequence, and the length cap."""

import json
from collections.abc import Sequence
from typing import Any

import jinja2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers.processors import TemplateProcessing
from transformers import PreTrainedTokenizerFast

from paperlib.benchmark.edgejson import generate
from paperlib.core import paths
from paperlib.core.config import EvalConfig
from paperlib.core.errors import PaperlibError
from paperlib.data.examples import Example
from paperlib.data.prompts import (
    chat_frame,
    demonstrations,
    encode,
    encode_prompts,
    few_shot_frame,
    frame_of,
    plain_frame,
    render_prompt,
    schema_json,
    with_prompt_style,
)
from paperlib.data.schemas import Schemas, load_schemas, schema_of
from paperlib.decoding import answering, greedy
from paperlib.decoding.engines.export.served_prompt import served_prompt
from paperlib.decoding.engines.export.space_token import SpaceToken
from paperlib.decoding.greedy import Cap, Decoder
from paperlib.evaluation import evaluate, teacher_forcing
from paperlib.training import models
from paperlib.training.corpus import Data, schemas_of

NOTE = {"type": "object", "properties": {"title": {"type": "string"}, "n": {"type": "integer"}}, "required": ["title"]}
SCHEMAS = Schemas(note=schema_of(NOTE, "note", "here"), letter=schema_of(NOTE, "letter", "here"))
ASK = "Extract the structured JSON data from the following text.\n\nInput: "
CHAT_TEMPLATE = (
    "{{ bos_token }}{% for m in messages %}<{{ m.role }}>{{ m.content }}</{{ m.role }}>{% endfor %}"
    "{% if add_generation_prompt %}<assistant>{% endif %}"
)


def note(id: str, text: str, answer: Any = None, schema_id: str = "note", split: str = "train") -> Example:
    return Example(id, schema_id, None, split, "", text, answer)


ASKED = note("t", "Title: gamma", {"title": "gamma"}, split="test")
SHOWN = [note("a", "Title: alpha", {"title": "alpha"}), note("b", "Title: bé, 2", {"title": "bé", "n": 2})]


def tokenizer(adds: str = "") -> PreTrainedTokenizerFast:
    """A tokenizer that adds nothing, a beginning ("bos"), or an end of sequence ("eos") to a text."""
    made = models.train_tokenizer([render_prompt("Title: alpha")], 320)
    made.add_special_tokens({"bos_token": "<bos>"})
    if adds:
        mark = "<bos>" if adds == "bos" else "<end>"
        template = f"{mark} $A" if adds == "bos" else f"$A {mark}"
        special = [(mark, made.convert_tokens_to_ids(mark))]
        made.backend_tokenizer.post_processor = TemplateProcessing(single=template, special_tokens=special)
        assert made.convert_tokens_to_ids(mark) in made("x").input_ids
    made.chat_template = CHAT_TEMPLATE
    return made


def test_the_plain_prompt_is_the_announcements() -> None:
    prompt = plain_frame(ASKED)
    assert (prompt.context, prompt.request) == ("", f"{ASK}Title: gamma\n\nOutput:")


def test_examples_in_the_prompt_are_prompts_with_their_answers() -> None:
    prompt = few_shot_frame({"note": SHOWN})(ASKED)
    assert prompt.context == (
        f'{ASK}Title: alpha\n\nOutput: {{"title": "alpha"}}\n\n'
        f'{ASK}Title: bé, 2\n\nOutput: {{"title": "bé", "n": 2}}\n\n'
    )
    assert prompt.request == render_prompt("Title: gamma")


def test_examples_in_the_prompt_are_of_the_same_schema() -> None:
    other = note("c", "Dear Ann", {"title": "Ann"}, "letter")
    frame = few_shot_frame({"note": SHOWN, "letter": [other]})
    assert "alpha" not in frame(note("x", "Dear Bob", schema_id="letter")).context
    assert "Dear Ann" not in frame(ASKED).context
    assert frame(note("x", "Dear", schema_id="unknown")).context == ""


def test_the_shortest_training_examples_of_each_schema_are_shown() -> None:
    train = [note(f"n{i}", "long " * i) for i in (5, 2, 4, 3)] + [
        note(f"l{i}", "x" * 9, schema_id="letter") for i in (2, 1)
    ]
    test = [ASKED, note("u", "Dear", schema_id="letter")]
    shown = demonstrations(train, test, 2)
    assert {schema: [e.id for e in examples] for schema, examples in shown.items()} == {
        "note": ["n2", "n3"],
        "letter": ["l1", "l2"],
    }


EXAMPLES = st.builds(
    note, st.sampled_from("abcdefgh"), st.sampled_from(["", "x", "xx", "y", "zzz"]), schema_id=st.sampled_from("pq")
)


@given(st.lists(EXAMPLES, unique_by=lambda e: e.id), st.lists(EXAMPLES, unique_by=lambda e: e.id, min_size=1))
def test_no_test_example_is_shown_by_whatever_name(train: Sequence[Example], test: Sequence[Example]) -> None:
    try:
        shown = demonstrations(train, test, 1)
    except PaperlibError:
        return  # a schema has none that may be shown
    assert set(shown) == {e.schema_id for e in test}
    for schema, (one,) in shown.items():
        assert one.schema_id == schema
        assert one in train
        assert all(one.id != e.id and one.text != e.text for e in test)


def test_a_schema_with_too_few_training_examples_is_named() -> None:
    with pytest.raises(PaperlibError) as error:
        demonstrations([*SHOWN, note("t", "Title: long gamma")], [ASKED], 3)
    assert str(error.value) == (
        "schema 'note': 2 training examples can be shown in prompts, expected 3; "
        "set shots to fewer, or test on a dataset with a training split"
    )


def test_a_run_is_asked_with_the_examples_that_its_configuration_wants() -> None:
    examples = generate(120, 10, seed=2)
    train, test = ([e for e in examples if e.split == split] for split in ("train", "test"))
    of = {e.schema_id: sum(one.schema_id == e.schema_id for one in train) for e in test}
    data = Data(train, [e for e in test if of[e.schema_id] >= 2], load_schemas())
    loaded = models.LoadedModel(None, tokenizer(), "nano")
    config = EvalConfig(run="r", label="", profile="p", shots=2)
    frame = evaluate._frame(config, loaded, data, "plain")
    for example in data.test:
        context = frame(example).context
        assert context.count(ASK) == 2
        assert example.text not in context
    assert evaluate._frame(config.model_copy(update={"shots": 0}), loaded, data, "plain") is plain_frame


@pytest.mark.parametrize("style", ["plain", "schema"])
def test_the_schema_stands_before_the_text_in_its_style_alone(style: Any) -> None:
    (example,) = with_prompt_style([ASKED], SCHEMAS, style)
    before = "{title: string, n?: integer}\n\n" if style == "schema" else ""
    assert plain_frame(example).request == f"{ASK}{before}Title: gamma\n\nOutput:"


@pytest.mark.parametrize("adds", ["", "bos", "eos"])
def test_a_beginning_of_sequence_is_added_once_by_tokenizers_that_add_one(adds: str) -> None:
    made = tokenizer(adds)
    begin = made.convert_tokens_to_ids("<bos>")
    plain, chat = encode_prompts(made, ["Title: alpha", "<bos>Title: alpha"])
    text = made("Title: alpha", add_special_tokens=False).input_ids
    assert plain == ([begin, *text] if adds == "bos" else text)
    assert chat == [begin, *text], "a chat template has written it"
    assert encode_prompts(made, []) == []


@pytest.mark.parametrize("adds", ["", "bos"])
def test_training_decoding_and_likelihood_read_the_same_prompt(adds: str) -> None:
    made = tokenizer(adds)
    (trained,) = encode(made, [ASKED])
    measured, answer, _ = teacher_forcing.encoded(made, ASKED)
    ((_, decoded, _),) = greedy.asked(decoder(made), [ASKED])
    assert trained.prompt == measured == decoded
    assert trained.answer == answer
    assert made.convert_tokens_to_ids("<bos>") not in answer
    assert trained.answer[-1] == made.eos_token_id


def decoder(made: PreTrainedTokenizerFast, frame: Any = plain_frame, context: int = 4096) -> Decoder:
    shape = models.Shape(16, 1, 2, 2, 32, len(made), context)
    model = models.LlamaForCausalLM(shape.config())
    return Decoder(models.LoadedModel(model, made, "nano"), Cap(0.5), frame=frame)


def test_the_length_cap_counts_the_request_alone() -> None:
    made = tokenizer("bos")
    frame = few_shot_frame({"note": SHOWN * 3})
    ((_, plain, alone),) = greedy.asked(decoder(made), [ASKED])
    ((_, shown, capped),) = greedy.asked(decoder(made, frame), [ASKED])
    assert len(shown) > 5 * len(plain)
    assert capped == alone == Cap(0.5).tokens(len(plain) - 1)
    assert shown[-len(plain) + 1 :] == plain[1:]
    with pytest.raises(PaperlibError, match=rf"example 't': {len(shown)} prompt tokens, expected at most 224"):
        greedy.asked(decoder(made, frame, context=256), [ASKED])
    ((_, _, shortened),) = greedy.asked(decoder(made, frame, context=len(shown) + 40), [ASKED])
    assert shortened == 40 < alone


def test_a_chat_model_is_asked_in_its_own_template() -> None:
    made = tokenizer("bos")
    prompt = chat_frame(made, "nano")(*with_prompt_style([ASKED], SCHEMAS, "chat"))
    assert prompt.context == ""
    assert prompt.request.startswith("<bos><user>Extract the data of the text below as JSON")
    assert prompt.request.endswith(f"JSON Schema:\n{json.dumps(NOTE)}\n\nText:\nTitle: gamma</user><assistant>")
    (tokens,) = encode_prompts(made, [prompt.request])
    assert tokens.count(made.convert_tokens_to_ids("<bos>")) == 1


def test_answers_of_a_chat_model_are_asked_for_in_its_template() -> None:
    loaded = models.LoadedModel(None, tokenizer("bos"), "nano")
    for prompt, start in (("chat", "<bos><user>Extract the data"), ("schema", "Extract the structured JSON data")):
        log = {"config": {"run": "r", "profile": "p", "prompt": prompt}}
        asked = answering._decoder(loaded, log, [ASKED], SCHEMAS, answering.Decoding(), ()).frame
        assert asked(*with_prompt_style([ASKED], SCHEMAS, prompt)).request.startswith(start)


def test_a_server_reads_the_spaces_of_a_chat_model_as_its_training_did() -> None:
    made, spaces = tokenizer("bos"), SpaceToken(0, 1)
    log = {"config": {"run": "r", "profile": "p", "prompt": "chat", "space_tokens": "after colon"}}
    asked = served_prompt(models.LoadedModel(None, made, "nano"), log, None, spaces)
    served = jinja2.Environment().from_string(asked.chat_template())
    text = 'Name: Ana says "so: it is"\nEmail: none'
    prompt = chat_frame(made, "nano")(Example("", "", None, "", "", text, None)).request
    assert served.render(messages=[{"content": "before"}, {"content": text}]) == spaces.mark(prompt)


def test_a_chat_model_is_not_shown_the_annotations_of_a_schema() -> None:
    of_text = {"type": "string"}
    fields = {"title": of_text, "$comment": of_text, "x-grounded": {**of_text, "x-nullable": True}}
    marked = {**fields, "title": {**of_text, "x-grounded": False, "x-names": ["heading"], "x-phrases": {"a": ["b"]}}}
    body = {"$comment": "inferred", "type": "object", "properties": marked}
    schemas = Schemas({ASKED.schema_id: schema_of(body, ASKED.schema_id, "")})
    (styled,) = with_prompt_style([ASKED], schemas, "chat")
    assert f"JSON Schema:\n{json.dumps({'type': 'object', 'properties': fields})}\n" in styled.text


def test_no_schema_of_ours_shows_a_chat_model_by_what_words_its_texts_are_written() -> None:
    for body in (schema.body for schema in schemas_of("standard").values()):
        assert '"x-' not in schema_json(body)


def test_a_chat_model_is_trained_as_it_is_asked() -> None:
    made = tokenizer("bos")
    (styled,) = with_prompt_style([ASKED], SCHEMAS, "chat")
    frame = frame_of("chat", made, "nano")
    (trained,) = encode(made, [styled], frame=frame)
    assert trained.prompt == encode_prompts(made, [frame(styled).request])[0]
    assert styled.text in made.decode(trained.prompt)


def test_a_text_with_braces_or_marks_of_a_template_is_passed_on_as_it_is() -> None:
    odd = note("o", "{text} {{ m }} {% if %} {schema}")
    assert odd.text in plain_frame(odd).request
    assert odd.text in chat_frame(tokenizer(), "nano")(*with_prompt_style([odd], SCHEMAS, "chat")).request
    assert few_shot_frame({"note": [odd]})(ASKED).context.count(odd.text) == 1


def test_a_model_without_a_chat_template_is_refused() -> None:
    made = tokenizer()
    made.chat_template = None
    with pytest.raises(PaperlibError) as error:
        chat_frame(made, "Gemma 3 270M")
    assert str(error.value) == "Gemma 3 270M has no chat template; set prompt: schema"
    config = EvalConfig(run="r", label="", profile="p", prompt="chat")
    with pytest.raises(PaperlibError, match="nano has no chat template"):
        evaluate._frame(config, models.LoadedModel(None, made, "nano"), Data([], [ASKED], SCHEMAS), "chat")


def test_the_real_chat_model_is_asked_in_its_own_template() -> None:
    folder = paths.cache() / "smollm2-135m-instruct"
    if not (folder / "chat_template.jinja").is_file():
        pytest.skip("the weights of SmolLM2-135M are not in the cache")
    made = PreTrainedTokenizerFast.from_pretrained(folder)
    prompt = chat_frame(made, "SmolLM2")(*with_prompt_style([ASKED], SCHEMAS, "chat")).request
    assert prompt.endswith("Title: gamma<|im_end|>\n<|im_start|>assistant\n")
