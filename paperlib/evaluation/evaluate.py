"""The steps of the evaluation notebook: load a model, decode its answers, score them, write the record of the run."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from paperlib import baselines
from paperlib.core import packages, paths, provenance, records, runtime
from paperlib.core.config import EvalConfig, PromptStyle, TrainConfig, training_config
from paperlib.core.errors import PaperlibError
from paperlib.core.files import digest, read_json, write_json, write_jsonl
from paperlib.core.fingerprint import modules_hash
from paperlib.data.examples import data_hash
from paperlib.data.function_calls import bfcl
from paperlib.data.predictions import Prediction, save_predictions
from paperlib.data.prompts import (
    TEMPLATE_HASH,
    Frame,
    demonstrations,
    encode,
    few_shot_frame,
    frame_of,
    with_prompt_style,
)
from paperlib.data.schemas import Schemas
from paperlib.decoding.answering import Decoding, length_cap
from paperlib.decoding.answering import answer as decode_answers
from paperlib.decoding.engines import chat_answers, loading
from paperlib.decoding.engines.model_resolution import ResolvedModel
from paperlib.decoding.label_support import with_support
from paperlib.evaluation import likelihood, teacher_forcing
from paperlib.evaluation.likelihood import Likelihood
from paperlib.evaluation.protocols import token_cut
from paperlib.evaluation.report import Report, report
from paperlib.evaluation.runs import UNTUNED_BASE, select
from paperlib.evaluation.summary import summarise
from paperlib.training import models
from paperlib.training.corpus import Data, sampled
from paperlib.training.loaded_model import LoadedModel

DRAFTED_FROM = 2000  # training examples, at most: more make no better drafts


def load_model(config: EvalConfig) -> LoadedModel:
    """Loads the model under test: untuned base weights or what ``config.model`` trained. A baseline has no weights.

    Raises PaperlibError if the weights are missing.
    """
    if config.base in baselines.BASELINES:
        return LoadedModel(None, None, f"{config.base} (no model)")
    if config.engine == "llama.cpp" and config.model is None:
        return chat_answers.load(config)
    runtime.configure(config.threads)
    folder = _trained_folder(config, config.model) if config.model else None
    if config.engine != "torch":
        name, log = config.model or config.base, _train_log(config)
        return loading.load(ResolvedModel(name, folder, log, config.base, "fp32", config.threads), config.engine)
    dtype = runtime.dtype_of(config.precision)
    if folder is None:
        return models.load_base(config.base, dtype)
    if (base := _train_log(config)["config"]["base"]) != config.base:
        raise PaperlibError(f"{folder}: was trained on {base}, expected {config.base}; train it again, or delete it")
    return models.load_trained(folder, config.base, dtype)


def answer(config: EvalConfig, loaded: LoadedModel, data: Data) -> list[Prediction]:
    """Answers the test examples with a model or baseline, and writes ``predictions.jsonl`` into the run's folder.

    An interrupted evaluation resumes. Raises PaperlibError as :func:`paperlib.decoding.answering.answer` does, or
    :func:`paperlib.decoding.engines.chat_answers.answers` for a model that llama.cpp serves.
    """
    out = _folder(config) / "predictions.jsonl"
    if loaded.model is None:
        predictions = baselines.predict(config.base, data.train, data.test, data.schemas)
        save_predictions(out, predictions)
        return predictions
    log = _train_log(config)
    recipe, style = training_config(log), _prompt_style(config, log)
    examples = with_prompt_style(data.train[:DRAFTED_FROM], data.schemas, "plain" if style == "chat" else style)
    training = encode(loaded.tokenizer, examples, recipe.layout)
    known = {example.schema_id for example in (data.train if style == "plain" else data.test)}
    schemas = Schemas({name: schema for name, schema in data.schemas.items() if name in known})
    if config.data == config.test and config.constraint == "schema+text" and style != "plain":
        schemas = _supported(loaded, recipe, schemas, data)
    if isinstance(loaded, chat_answers.ServedModel):
        cap = length_cap(log, training, config.cap_factor)
        return chat_answers.answers(loaded, data.test, schemas, cap, out, _origin(config, loaded))
    decoding = Decoding(config.constraint, config.reranking_rounds, config.cap_factor, config.batch_size, style)
    origin, frame = _origin(config, loaded), _frame(config, loaded, data, style)
    return decode_answers(loaded, log, data.test, schemas, decoding, training, out, origin, frame)


def _supported(loaded: LoadedModel, recipe: TrainConfig, schemas: Schemas, data: Data) -> Schemas:
    """The schemas as the answers follow them that the model was trained on (:mod:`paperlib.decoding.label_support`)."""
    trained = sampled(data.train, recipe.train_fraction)
    mine = {name: [example for example in trained if example.schema_id == name] for name in schemas}
    return Schemas(
        {name: with_support(loaded.tokenizer, recipe.layout, schemas[name], mine[name])[0] for name in schemas}
    )


def likelihoods(config: EvalConfig, loaded: LoadedModel, data: Data) -> list[Likelihood]:
    """The likelihood of each expected answer under the model, in nats; empty for a baseline, which has none, for a
    model that another engine than torch computes, and on the Berkeley sets, whose requests have several answers."""
    if loaded.model is None or config.engine != "torch" or config.test in bfcl.FILES:
        return []
    origin = {**_origin(config, loaded), "prompt_hash": TEMPLATE_HASH, "data_hash": data_hash(data.test)}
    origin["code_hash"] = modules_hash("evaluation.teacher_forcing")
    log = _train_log(config)
    style, layout = _prompt_style(config, log), training_config(log).layout
    test, out = with_prompt_style(data.test, data.schemas, style), _folder(config) / "likelihood.jsonl"
    origin["texts"] = data_hash(test)
    return teacher_forcing.likelihoods(loaded, test, out, origin, layout, _frame(config, loaded, data, style))


def _prompt_style(config: EvalConfig, log: dict[str, Any]) -> PromptStyle:
    return training_config(log).prompt if log else config.prompt


def _frame(config: EvalConfig, loaded: LoadedModel, data: Data, style: PromptStyle) -> Frame:
    """How examples are put to the model. Demonstrations stand there without the schema."""
    if style == "chat" or not config.shots:
        return frame_of(style, loaded.tokenizer, loaded.name)
    return few_shot_frame(demonstrations(data.train, data.test, config.shots))


def score_predictions(loaded: LoadedModel, data: Data, predictions: Sequence[Prediction]) -> Report:
    """Scores answers under both protocols; those of a model are truncated by its own tokenizer."""
    return report(data.test, predictions, data.schemas, token_cut(loaded.tokenizer) if loaded.tokenizer else None)


def write_record(
    config: EvalConfig,
    loaded: LoadedModel,
    data: Data,
    predictions: Sequence[Prediction],
    scored: Report,
    measured: Sequence[Likelihood] = (),
) -> records.Record:
    """Writes the scores, the configuration and, last, the record of a run into its folder, and returns the record."""
    folder, log = _folder(config), _train_log(config)
    resolved = {"train": log.get("config"), "eval": config.model_dump(mode="json")}
    write_jsonl(folder / "scores.jsonl", (score.row() for score in scored.scores))
    if scored.calls:
        write_jsonl(folder / "calls.jsonl", (score.row() for score in scored.calls))
    if log and config.model == config.run:
        write_json(folder / "train.json", log)
    record = records.Record(
        run=config.run,
        profile=config.profile,
        label=config.label,
        base=config.base,
        recipe=config.recipe,
        train_set=log["config"]["data"] if log else None,
        trained_by=config.model,
        test_set=config.test,
        split=data.test[0].split,
        decoding=config.decoding,
        seed=log["config"]["seed"] if log else config.seed,
        model=_model(loaded, log),
        data=records.Data(
            n_train=log.get("n_train"),
            n_test=len(data.test),
            train_hash=log.get("train_hash"),
            test_hash=data_hash(data.test),
            skipped=tuple(log.get("skipped", ())),
        ),
        config=resolved,
        provenance=_provenance(config, resolved),
        cost=_cost(predictions, log),
        stops={stop: sum(p.stop == stop for p in predictions) for stop in ("eos", "value", "cap")},
        metrics=scored.metrics + summarise(measured, likelihood.MEASURES),
    )
    records.save_record(folder, record)
    return record


def untuned(config: EvalConfig) -> records.Record | None:
    """The profile's record of the same base without training on the same test set, asked as a tuned model is and
    decoded freely; None if there is none, or if it is this run's."""
    made = records.load_records(paths.results(config.profile))
    found = next(iter(select(made, base=config.base, test_set=config.test, **UNTUNED_BASE)), None)
    return found if found and found.run != config.run else None


def _folder(config: EvalConfig) -> Path:
    return paths.results(config.profile) / config.run


def _trained_folder(config: EvalConfig, trainer: str) -> Path:
    """Where the profile has the model that the run ``trainer`` trained or, for another run, the released adapter."""
    own = paths.model(config.profile, trainer)
    return own if trainer == config.run else paths.trained(config.profile, trainer) or own


def _train_log(config: EvalConfig) -> dict[str, Any]:
    """The training log of the model under test; empty for untuned weights and baselines."""
    return read_json(_trained_folder(config, config.model) / "train.json") if config.model else {}


def _origin(config: EvalConfig, loaded: LoadedModel) -> dict[str, Any]:
    """What answers and likelihoods depend on besides data, prompt and code."""
    trained = _train_log(config).get("identity")
    return {"config": config.model_dump(mode="json"), "model": loaded.name, "trained": trained}


def _model(loaded: LoadedModel, log: dict[str, Any]) -> records.Model:
    method = "baseline" if loaded.model is None else log["config"]["method"] if log else "none"
    name = log["model"] if method == "scratch" else loaded.name
    return records.Model(name=name, parameters=loaded.parameters, trainable=log.get("trainable"), method=method)


def _provenance(config: EvalConfig, resolved: dict[str, Any]) -> records.Provenance:
    commit, dirty = provenance.git_state()
    return records.Provenance(
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        git_commit=commit,
        git_dirty=dirty,
        config_hash=digest(resolved),
        prompt_hash=TEMPLATE_HASH,
        hardware=provenance.hardware(config.threads),
        versions=provenance.versions(*packages.OF_ENGINE.get(config.engine, ())),
    )


def _cost(predictions: Sequence[Prediction], log: dict[str, Any]) -> records.Cost:
    return records.Cost(
        train_seconds=log["seconds"] + log.get("init_seconds", 0) if log else None,
        init_seconds=log.get("init_seconds", 0.0),
        train_tokens_per_second=log.get("tokens_per_second"),
        train_steps=len(log["losses"]) if "losses" in log else None,
        eval_seconds=round(sum(p.seconds for p in predictions), 1),
        peak_memory_gb=round(max(runtime.peak_memory_gb(), log.get("peak_memory_gb", 0.0)), 2),
    )
