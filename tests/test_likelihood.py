"""The likelihood of expected answers: compared with a plain forward pass, and with a model of known probabilities."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from paperlib.core.config import Layout
from paperlib.data.examples import Example
from paperlib.data.leaves import leaves, n_leaves
from paperlib.data.prompts import INDENT, encode, render_answer, render_prompt
from paperlib.evaluation import likelihood, teacher_forcing
from paperlib.evaluation.likelihood import Likelihood, leaf_spans, nats_per_leaf, nats_per_token
from paperlib.evaluation.summary import summarise
from paperlib.training import models

ANSWERS: list[Any] = [
    {"name": 'Ann "the" Höß', "age": 41, "tags": ["", "a, b"], "in": {"x": None, "y": {}}, "ok": True},
    {"items": [{"n": 1}, {"n": 12.5}], "none": []},
    {},
    [1, "two"],
    "text",
]
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(), children, max_size=3),
    max_leaves=8,
)


def examples() -> list[Example]:
    return [Example(f"e{i}", f"s{i % 2}", "simple", "test", "", f"text {i} " * i, a) for i, a in enumerate(ANSWERS)]


@pytest.fixture(scope="module")
def nano() -> models.LoadedModel:
    return models.new_nano("nano-xs", [render_prompt("text") + render_answer(answer) for answer in ANSWERS], seed=0)


@given(VALUES, st.sampled_from(list(INDENT)))
def test_leaf_spans_cover_every_leaf_of_the_text_that_models_learn(value: Any, layout: Layout) -> None:
    text = render_answer(value, layout)[1:]
    spans = list(leaf_spans(value, layout))
    assert [json.loads(text[start:end]) for start, end in spans] == [leaf for _, leaf in leaves(value)]
    between = zip([0, *(end for _, end in spans)], [*(start for start, _ in spans), len(text)], strict=True)
    assert json.loads("0".join(text[end:start] for end, start in between)) is not None  # without leaves, still JSON


@pytest.mark.parametrize("layout", INDENT)
def test_every_leaf_has_the_tokens_of_its_value(nano: models.LoadedModel, layout: Layout) -> None:
    example = examples()[0]
    _, tokens, owners = teacher_forcing.encoded(nano.tokenizer, example, layout)
    assert tokens == encode(nano.tokenizer, [example], layout)[0].answer
    written = [
        "".join(nano.tokenizer.decode([t]) for t, o in zip(tokens, owners, strict=True) if o == i) for i in range(7)
    ]
    assert [part.strip(' ,[]{}"\n') for part in written[1:2] + written[3:4]] == ["41", "a, b"]
    assert owners[-1] is None  # the end of sequence belongs to no leaf


def test_batches_and_padding_change_nothing(nano: models.LoadedModel, tmp_path: Path) -> None:
    found = teacher_forcing.likelihoods(nano, examples(), tmp_path / "likelihood.jsonl", {"of": "nano"})
    assert [one.id for one in found] == [example.id for example in examples()]
    for one, example in zip(found, examples(), strict=True):
        tokens = encode(nano.tokenizer, [example])[0]
        with torch.inference_mode():
            logits = nano.model(torch.tensor([tokens.prompt + tokens.answer])).logits[0].log_softmax(-1)
        places = range(len(tokens.prompt) - 1, len(tokens) - 1)
        plain = -sum(float(logits[place, token]) for place, token in zip(places, tokens.answer, strict=True))
        assert one.nats == pytest.approx(plain, rel=1e-4)
        assert one.n_tokens == len(tokens.answer)
        assert len(one.leaf_nats) == n_leaves(example.answer)
        assert 0 <= sum(one.leaf_nats) <= one.nats


def test_likelihoods_are_read_from_their_file_unless_the_model_changed(
    nano: models.LoadedModel, tmp_path: Path
) -> None:
    out = tmp_path / "likelihood.jsonl"
    first = teacher_forcing.likelihoods(nano, examples(), out, {"of": "nano"})
    written = out.stat().st_mtime_ns
    assert teacher_forcing.likelihoods(nano, examples(), out, {"of": "nano"}) == first
    assert out.stat().st_mtime_ns == written
    teacher_forcing.likelihoods(nano, examples(), out, {"of": "another"})
    assert out.stat().st_mtime_ns > written


def test_a_more_probable_answer_has_fewer_nats(nano: models.LoadedModel, tmp_path: Path) -> None:
    """Raising the odds of one token lowers the nats of leaves made of it, and of the answer."""
    before = teacher_forcing.likelihoods(nano, examples(), tmp_path / "a.jsonl", {"of": "before"})[0]
    digit = nano.tokenizer("4", add_special_tokens=False).input_ids[0]
    head = torch.nn.Linear(nano.model.config.hidden_size, len(nano.tokenizer))
    torch.nn.init.zeros_(head.weight)
    torch.nn.init.zeros_(head.bias)
    head.bias.data[digit] = 5.0
    tuned = models.LoadedModel(_Headed(nano.model, head), nano.tokenizer, "")
    after = teacher_forcing.likelihoods(tuned, examples(), tmp_path / "b.jsonl", {"of": "after"})[0]
    z = torch.logsumexp(head.bias.data, 0).item()
    assert after.leaf_nats[1] == pytest.approx((z - 5.0) + z, rel=1e-4)  # "41": the raised digit, then a plain one
    assert before.leaf_nats[1] != pytest.approx(after.leaf_nats[1])


class _Headed(torch.nn.Module):
    """A model with another head."""

    def __init__(self, body: Any, head: torch.nn.Module):
        super().__init__()
        self.body, self.head, self.device, self.config = body, head, body.device, body.config

    def set_attn_implementation(self, name: str) -> None:
        self.body.set_attn_implementation(name)

    def get_decoder(self) -> Any:
        return self.body.get_decoder()

    def get_output_embeddings(self) -> torch.nn.Module:
        return self.head


def test_the_two_measures_and_their_metrics() -> None:
    rows = [Likelihood("a", "s", "simple", 10, 5.0, (1.0, 3.0)), Likelihood("b", "t", None, 4, 1.0, (1.0,))]
    assert [nats_per_token(row) for row in rows] == [0.5, 0.25]
    assert [nats_per_leaf(row) for row in rows] == [2.0, 1.0]
    found = {(m.metric, m.name): m for m in summarise(rows, likelihood.MEASURES)}
    assert found["nats_per_token", "all"].value == pytest.approx(0.375)
    assert found["nats_per_token", "all"].interval == "clustered t"
    assert (found["nats_per_leaf", "all"].n, found["nats_per_leaf", "all"].k) == (2, None)
    assert found["nats_per_token", "all"].low == 0.0  # of two schemas that differ widely: never negative
