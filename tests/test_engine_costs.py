"""The costs of a model's forms: what is measured, in which order, what is kept, and how it is compared."""

import functools
import json
import sys
from pathlib import Path
from typing import Any

import pytest
import small_models
from conftest import needs_llama_cpp

from paperlib.benchmark.edgejson import generate
from paperlib.core import paths
from paperlib.core.config import TrainConfig
from paperlib.core.errors import DataError
from paperlib.core.files import read_json, write_json
from paperlib.data.examples import Example
from paperlib.data.predictions import Prediction, save_predictions
from paperlib.data.schemas import Schemas, load_schemas
from paperlib.decoding import answering
from paperlib.evaluation.engine_costs import __main__ as command
from paperlib.evaluation.engine_costs import form_worker, forms, measuring, runners
from paperlib.evaluation.engine_costs.cost_records import CostConfig, EngineCost, load_costs, spread
from paperlib.evaluation.engine_costs.cost_tables import significant, spread_text
from paperlib.evaluation.engine_costs.forms import REFERENCE, Form, form_of
from paperlib.training import models
from paperlib.training.corpus import Data

TEXT = "Extract the structured JSON data from the following text. Input: Output: Total: 12 Name: Ana"
Q4 = form_of("llama.cpp-q4_0")


@functools.cache
def data(n: int) -> Data:
    """Some label lines with their schemas: without those of the package that they do not need."""
    examples = list(generate(0, n, 0))
    schemas = load_schemas()
    return Data([], examples, Schemas({one.schema_id: schemas[one.schema_id] for one in examples}))


@pytest.fixture(autouse=True)
def build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(paths, "build", lambda profile: tmp_path / "build" / profile)
    monkeypatch.setattr(measuring, "make_data", lambda config: data(config.n_test))
    monkeypatch.setattr(form_worker, "load_data", lambda *_: data(3))
    for module in (measuring, runners, answering):
        monkeypatch.setattr(module, "modules_hash", lambda *_: "0" * 16)  # takes a second
    return tmp_path / "build" / form_worker.PROFILE


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A random model that passes for one that was tuned on label lines."""
    folder = tmp_path / "tiny"
    tokenizer = models.train_tokenizer([TEXT] * 3, 400)
    small_models.build("llama", len(tokenizer), max_position_embeddings=4096).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    config = TrainConfig(run="tiny", profile="test", base="nano-xs", method="scratch", seed=7)
    log = {"identity": "x", "config": config.model_dump(mode="json"), "model": "nano-xs", "parameters": 9}
    write_json(folder / "train.json", {**log, "answer_ratio": 0.1})
    return folder


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """Runs every step in this process, and notes it."""
    found: list[tuple[str, str]] = []

    def run(config: CostConfig, form: Form, step: str, file: Path) -> None:
        found.append((form.name, step))
        form_worker.main([step, form.name, config.model_dump_json(), str(file.parents[2] / "forms"), str(file)])

    monkeypatch.setattr(measuring, "_run", run)
    return found


def of(model: Path, **more: Any) -> CostConfig:
    settings: dict[str, Any] = {"examples": 3, "timed": 1, "repeats": 1, "tokens": 4, "at_once": 2, "threads": 1}
    return CostConfig(model=str(model), **settings | more)


def check_costs(one: EngineCost) -> None:
    times = one.timings
    assert one.exact().n == 3
    assert one.seed == 7
    assert one.megabytes > 0
    assert all(len(file.sha256) == 64 for file in one.files)
    rates = [times.prompt_tokens_per_second, times.generation_tokens_per_second, times.peak_memory_gb]
    rates += [found] if (found := times.generation_tokens_per_second_at_once) else []
    assert all(len(values) == 1 and values[0] > 0 for values in rates)
    assert set(times.answer_seconds) == set(times.answer_joules) == set(times.first_token_seconds)


def outputs(build: Path, form: Form) -> list[str]:
    return [json.loads(line)["output"] for line in next(build.glob(f"*/{form.name}/predictions.jsonl")).open()]


def test_generate_writes_what_our_decoding_does_and_goes_on(
    model: Path, tmp_path: Path, steps: list[tuple[str, str]], build: Path
) -> None:
    generate = form_of("transformers-f32")
    ours, theirs = measuring.measure(of(model), [REFERENCE, generate], tmp_path / "out")
    check_costs(ours)
    check_costs(theirs)
    assert theirs.megabytes == pytest.approx(ours.megabytes, rel=0.01)
    pairs = list(zip(outputs(build, REFERENCE), outputs(build, generate), strict=True))
    assert all(other.startswith(one) and one for one, other in pairs), "ours stops after a JSON value"
    assert theirs.beside is not None
    assert theirs.beside.equal == sum(one == other for one, other in pairs)
    assert load_costs(tmp_path / "out") == [ours, theirs]


@needs_llama_cpp
def test_a_server_of_an_export_answers_as_the_export_does(
    model: Path, tmp_path: Path, steps: list[tuple[str, str]], build: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, served = Form("llama.cpp", "f32"), Form("llama.cpp", "f32", served=True)
    monkeypatch.setattr(forms, "FORMS", (REFERENCE, ours, served))
    torch, exported, server = measuring.measure(of(model), [REFERENCE, ours, served], tmp_path / "out")
    for one in (torch, exported, server):
        check_costs(one)
    for form in (ours, served):  # of random weights: after some tokens two are equally probable, but for rounding
        pairs = zip(outputs(build, REFERENCE), outputs(build, form), strict=True)
        assert all(one[:1] == other[:1] != "" for one, other in pairs)
    assert exported.files == server.files
    assert (exported.title, server.title) == ("llama.cpp, f32", "llama.cpp server, f32")
    assert server.timings.libraries_gb is None


# ---- without a model


def result(form: Form, step: str, n: int) -> dict[str, Any]:
    """What a step of a made-up form says; ``n`` is the number of the repeat."""
    if step == "prepare":
        return {"files": [{"name": "model.gguf", "bytes": 5_000_000, "sha256": "0" * 64}]}
    if step == "answer":
        machine = {"cpu": "made up", "cores": 2, "threads": 2}
        about = {"model_name": form.title, "base": "smollm2-135m-instruct", "parameters": 100, "seed": None}
        return {**about, "hardware": machine, "versions": {"torch": "0"}}
    by_tier = {tier: float(n * factor) for tier, factor in (("simple", 1), ("medium", 2), ("complex", 4))}
    single = ("load_seconds", "prompt_tokens_per_second", "generation_tokens_per_second", "peak_memory_gb")
    found: dict[str, Any] = dict.fromkeys(single, float(n)) | dict.fromkeys(measuring.BY_TIER, by_tier)
    return found | {
        "libraries_gb": None if form.served else 0.1,
        "generation_tokens_per_second_at_once": None if form.served else 9.0,
        "joules_source": "estimate",
    }


@pytest.fixture
def made_up(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """Steps that compute nothing: the reference has every example right, another form all but the first two."""
    found: list[tuple[str, str]] = []

    def run(config: CostConfig, form: Form, step: str, file: Path) -> None:
        found.append((form.name, step))
        if step == "answer":
            examples = data(config.examples).test
            wrong = 0 if form == REFERENCE else 2
            answers = [_answer(example, right=place >= wrong) for place, example in enumerate(examples)]
            save_predictions(file.with_name("predictions.jsonl"), answers)
        write_json(file, result(form, step, int(file.stem.rpartition("-")[2] or 0) if step == "time" else 0))

    monkeypatch.setattr(measuring, "_run", run)
    monkeypatch.setattr(measuring, "resolved", lambda *_: None)
    return found


def _answer(example: Example, right: bool) -> Prediction:
    return Prediction(example.id, json.dumps(example.answer) if right else "{}", 9, 9, "value", 0.1)


CONFIG = CostConfig(model="made-up", examples=20, repeats=3)


def test_every_form_is_timed_once_before_any_is_timed_again(made_up: list[tuple[str, str]], tmp_path: Path) -> None:
    measuring.measure(CONFIG, [REFERENCE, Q4], tmp_path / "out")
    one, other = "torch-f32", "llama.cpp-q4_0"
    assert made_up[:4] == [(one, "prepare"), (other, "prepare"), (one, "answer"), (other, "answer")]
    assert made_up[4:] == [(one, "time"), (other, "time")] * 3


def test_a_stopped_run_goes_on_and_a_finished_form_is_left_alone(
    made_up: list[tuple[str, str]], tmp_path: Path, build: Path
) -> None:
    measuring.measure(CONFIG, [REFERENCE], tmp_path / "out")
    record = (tmp_path / "out" / "made-up-edgejson" / "torch-f32.json").read_bytes()
    made_up.clear()
    (cost,) = measuring.measure(CONFIG, [REFERENCE], tmp_path / "out")
    assert made_up == []
    assert cost.form == "torch-f32"
    measuring.measure(CONFIG, [REFERENCE, Q4], tmp_path / "out")
    assert {form for form, _ in made_up} == {"llama.cpp-q4_0"}
    assert (tmp_path / "out" / "made-up-edgejson" / "torch-f32.json").read_bytes() == record
    made_up.clear()
    (tmp_path / "out" / "made-up-edgejson" / "llama.cpp-q4_0.json").unlink()
    next(build.glob("*/llama.cpp-q4_0/timing-2.json")).unlink()
    measuring.measure(CONFIG, [REFERENCE, Q4], tmp_path / "out")
    assert made_up == [("llama.cpp-q4_0", "time")]
    made_up.clear()
    measuring.measure(CONFIG.model_copy(update={"tokens": 5}), [REFERENCE], tmp_path / "out")
    assert ("torch-f32", "time") in made_up, "other settings are another measurement"


def test_answers_are_compared_with_those_of_the_reference(made_up: list[tuple[str, str]], tmp_path: Path) -> None:
    _, cost = measuring.measure(CONFIG, [REFERENCE, Q4], tmp_path / "out")
    assert cost.beside is not None
    assert (cost.beside.equal, cost.beside.only_reference, cost.beside.only_form) == (18, 2, 0)
    assert cost.beside.difference == pytest.approx(-0.1)
    assert cost.beside.p == 0.5
    assert cost.exact().k == 18
    (alone,) = measuring.measure(CONFIG, [Q4], tmp_path / "alone")
    assert alone.beside is None


def test_a_tier_counts_as_often_as_it_has_examples(made_up: list[tuple[str, str]], tmp_path: Path) -> None:
    cost = measuring.measure(CONFIG, [REFERENCE, Q4], tmp_path / "out")[1]
    sizes = {tier: cost.exact(tier).n for tier in ("simple", "medium", "complex")}
    assert len(set(sizes.values())) > 1, "else any weights would do"
    mean = (sizes["simple"] + 2 * sizes["medium"] + 4 * sizes["complex"]) / 20
    assert cost.per_answer(cost.timings.answer_seconds) == pytest.approx((mean, 2 * mean, 3 * mean))
    assert cost.joules_per_correct == pytest.approx(tuple(n * mean / 0.9 for n in (1, 2, 3)))


def test_a_step_that_fails_is_one_sentence_with_its_form(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fails = tmp_path / "python"
    fails.write_text("#!/bin/sh\necho 'a warning\nthe disk is full' >&2\nexit 2\n")
    fails.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(fails))
    arguments = [str(model), "--out", str(tmp_path / "out"), "--examples", "3", "--forms", "torch-f32"]
    assert command.exit_code(lambda: command.main(arguments)) == 2
    assert capsys.readouterr().err.splitlines()[-1] == "torch-f32, step 'prepare': the disk is full"
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["lora-135m-recombined-meen"], "there is no model 'lora-135m-recombined-meen'; did you mean"),
        (["reader", "--forms", "llama.cpp-q4"], "form 'llama.cpp-q4': expected one of torch-f32, "),
        (["reader", "--decoding", "gready"], "no decoding 'gready'"),
    ],
)
def test_what_is_asked_wrongly_is_one_sentence_before_anything_is_measured(
    arguments: list[str], said: str, steps: list[tuple[str, str]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.exit_code(lambda: command.main([*arguments, "--out", str(tmp_path / "out")])) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert said in line
    assert steps == []


def test_a_damaged_record_is_named(made_up: list[tuple[str, str]], tmp_path: Path) -> None:
    measuring.measure(CONFIG, [REFERENCE], tmp_path)
    file = tmp_path / "made-up-edgejson" / "torch-f32.json"
    write_json(file, read_json(file) | {"parameters": "many"})
    with pytest.raises(DataError, match=r"torch-f32\.json: field parameters: .*many"):
        measuring.measure(CONFIG, [REFERENCE], tmp_path)


def test_texts_of_each_tier_are_chosen_by_hash() -> None:
    examples = [Example(str(n), "s", "simple" if n % 3 else "complex", "test", "", "", None) for n in range(30)]
    found = form_worker.timed_texts(examples, 2)
    assert {tier: len(part) for tier, part in found.items()} == {"simple": 2, "complex": 2}
    assert found == form_worker.timed_texts(examples[::-1], 2)


def test_numbers_keep_three_figures() -> None:
    assert [significant(value) for value in (1234.4, 91.72, 2.306, 0.0789, 0.0)] == [
        "1234",
        "91.7",
        "2.31",
        "0.0789",
        "0",
    ]
    assert spread_text((3.0, 1.0, 2.0)) == "2.00 [1.00, 3.00]"
    assert spread((1.0,)) == (1.0, 1.0, 1.0)
