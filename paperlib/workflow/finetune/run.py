"""From labelled documents to a model with its report, step by step; a run that was stopped is resumed."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from paperlib.core import paths, runtime
from paperlib.core.config import EXTRACTION_MODEL, TrainConfig
from paperlib.core.errors import PaperlibError
from paperlib.core.files import read_json, write_json, write_jsonl, write_text
from paperlib.data.examples import data_hash
from paperlib.decoding.label_support import with_support, without_marks
from paperlib.training import models, trainer
from paperlib.training.loaded_model import LoadedModel
from paperlib.training.recipe import initial_adapters
from paperlib.workflow.finetune import evaluation, page
from paperlib.workflow.finetune.evaluation import Evaluation
from paperlib.workflow.finetune.learning_curve import SHARES, on_part
from paperlib.workflow.finetune.task import Task, corrected_schema, read_task, recipe, schema_digest, write_schema
from paperlib.workflow.output_folder import check_output_folder

PLAN, LOG, SCHEMA = "plan.json", "train.json", "schema.json"
WRITTEN = {PLAN, LOG, SCHEMA, "report.html", "README.md", "held-out.jsonl"}
WRITTEN |= {"adapter_config.json", "adapter_model.safetensors", "generation_config.json", "chat_template.jinja"}
WRITTEN |= {"tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json"}
WRITTEN |= {"vocab.json", "merges.txt", "tokenizer.model"}
TUNED, UNTUNED, RULES = "this model", "its base, untuned", "rules, no model"


@dataclass(frozen=True)
class Settings:
    """What ``paperlib finetune`` is asked for: its arguments."""

    data: Path
    out: Path
    test: Path | None = None
    schema: Path | None = None
    base: str = EXTRACTION_MODEL
    minutes: float = 30.0
    seed: int = 0
    learning_curve: bool = False
    threads: int = 2

    def resolved(self) -> "Settings":
        """With absolute paths, of the base too where it is a folder."""
        base = str(Path(self.base).resolve()) if Path(self.base).is_dir() else self.base
        return replace(self, out=self.out.resolve(), base=base)


@dataclass(frozen=True)
class Tuned:
    """A tuned model's folder, its training log, and what it and others answered to the documents held out."""

    folder: Path
    task: Task
    log: dict[str, Any]
    evaluations: Mapping[str, Evaluation]  # TUNED, what it was trained from, RULES
    curve: Mapping[int, Evaluation]  # by number of training documents

    @property
    def before(self) -> Evaluation:
        """What the model answered that the training started from."""
        return next(one for name, one in self.evaluations.items() if name not in (TUNED, RULES))


def finetune(settings: Settings, dry_run: bool = False) -> Tuned | None:
    """Trains a model on labelled documents, tests it, and writes it to ``settings.out`` with its report.

    With ``dry_run`` split, schema and plan are printed alone. Raises PaperlibError for documents, a schema, a base or a
    folder that cannot be used, and DataError naming the line and field of a label at fault.
    """
    settings = settings.resolved()
    out, beside = settings.out, trainer.checkpoints_beside(settings.out)
    _check_folder(out, settings.data, settings.test, settings.schema)
    corrected = corrected_schema(out) or corrected_schema(beside)
    task = read_task(settings.data, settings.test, settings.schema, corrected)
    print(task)
    for field, n in task.unknown.items():
        print(f"field {field!r} of {n} answers is not in the schema, and is left out")
    plan = _plan(settings, task)
    if task.inferred and not (out / LOG).is_file():  # beside a trained model stands the one that it was trained with
        path = paths.display(write_schema(task, out))
        print(f"{path}: the schema; where it is wrong, correct it and run the command again")
    config = TrainConfig.model_validate(plan["config"])
    if note := _unsupported(config, task, out / LOG):
        print(note)  # before the training, so that labels can be corrected
    if dry_run:
        print(trainer.dry_run(config, task.examples(config)))
        return None
    beside.mkdir(parents=True, exist_ok=True)
    write_json(beside / PLAN, plan)
    write_schema(task, beside)
    log = trainer.train(config, task.examples(config), folder=out)
    write_json(out / PLAN, plan)
    if not (out / SCHEMA).is_file():
        write_schema(task, out)  # where --schema may name it
    tuned = _tested(settings, task, config, log)
    _write_pages(tuned)
    shutil.rmtree(beside, ignore_errors=True)
    return tuned


def _check_folder(out: Path, *inputs: Path | None) -> None:
    """Raises PaperlibError where ``out`` holds what this command did not write, since training replaces the folder, or
    has the name of an adapter that comes with the package."""
    if (paths.RELEASED_ADAPTERS / out.name).is_dir():
        raise PaperlibError(f"{out}: {out.name!r} is a model of the package, expected another name")
    corrected = out / SCHEMA  # may be corrected where it is
    beside = trainer.checkpoints_beside(out)
    marks = {LOG} if (beside / PLAN).is_file() else {LOG, PLAN}  # a run that was stopped has its plan beside it
    others = (one for one in inputs if one and one.resolve() != corrected)
    check_output_folder(out, WRITTEN, marks, *others, first={SCHEMA})
    if beside.is_dir() and any(beside.iterdir()) and not (beside / PLAN).is_file():
        raise PaperlibError(f"{beside}: is not this command's, which keeps checkpoints there; expected no such folder")


def _plan(settings: Settings, task: Task) -> dict[str, Any]:
    """The configuration of a run that was stopped or is complete, if the same was asked for, else a new one: how much
    can be trained in so many minutes differs from time to time. Raises PaperlibError where another model stands there.
    """
    asked = {key: getattr(settings, key) for key in ("base", "minutes", "seed")}
    asked |= {"schema": schema_digest(task.schema.body), "data": data_hash(task.train)}
    for folder in (settings.out, trainer.checkpoints_beside(settings.out)):
        if (folder / PLAN).is_file():
            plan = dict(read_json(folder / PLAN))
            differing = next((key for key in asked if plan["asked"].get(key, asked[key]) != asked[key]), None)
            if differing is None:
                return plan
            keep = f" ({paths.display(folder / SCHEMA)} may be its --schema)" if differing == "schema" else ""
            raise PaperlibError(f"{folder}: is of other {differing}; name another folder{keep}, or delete it")
    config = recipe(task, settings.base, settings.minutes, settings.seed, settings.threads, settings.out.name)
    return {"asked": asked, "config": config.model_dump(mode="json")}


def _unsupported(config: TrainConfig, task: Task, log: Path) -> str:
    """A note on labels that their text does not say; without the marks that a complete run, which has a ``log``, has
    given to fields for that."""
    marked = read_json(log).get("ungrounded", ()) if log.is_file() else ()
    tokenizer, schema = models.tokenizer_of(config.base), without_marks(task.schema, marked)
    return page.unsupported_note(with_support(tokenizer, config.layout, schema, task.train)[1])


def _tested(settings: Settings, task: Task, config: TrainConfig, log: dict[str, Any]) -> Tuned:
    out, dtype = settings.out, runtime.dtype_of(config.precision)
    loaded = models.load_trained(out, config.base, dtype)
    untested = replace(task, schema=without_marks(task.schema, log.get("ungrounded", ())))  # of a run that was stopped
    schema, found = with_support(loaded.tokenizer, config.layout, untested.schema, task.train)
    task, log = replace(task, schema=schema), log | found
    write_json(out / LOG, log)
    write_schema(task, out)
    ways = {TUNED: evaluation.evaluate(loaded, log, task, log["constraint"])}
    del loaded  # two models need not be in memory at a time
    loaded, before = _before(config)
    start = f"{Path(config.init_from[0]).name}, before" if config.init_from else UNTUNED
    ways[start] = evaluation.evaluate(loaded, before, task, log["constraint"])
    ways[RULES] = evaluation.by_rules(task)
    parts = [on_part(share, out, untested, config) for share in SHARES if settings.learning_curve]
    return Tuned(out, task, log, ways, {**dict(parts), len(task.train): ways[TUNED]})


def _before(config: TrainConfig) -> tuple[LoadedModel, dict[str, Any]]:
    """The model that the training went on from, and its log, which base weights do not have."""
    dtype = runtime.dtype_of(config.precision)
    if not config.init_from:
        return models.load_base(config.base, dtype), {}
    ((folder, log),) = initial_adapters(config)
    return models.load_trained(folder, config.base, dtype), log


def _write_pages(tuned: Tuned) -> None:
    out, log = tuned.folder, tuned.log
    title, note = f"{out.name}: text to JSON", page.unsupported_note(log)
    summary = f"{log['model']}, tuned on {log['n_train']} labelled documents in {log['seconds'] / 60:.0f} minutes."
    scores = page.score_table(tuned.evaluations)
    answers = {one.id: one.output for one in tuned.evaluations[TUNED].predictions}
    rows = ({"id": one.id, "expected": one.answer, "answer": answers[one.id]} for one in tuned.task.test)
    write_jsonl(out / "held-out.jsonl", rows)
    unsupported = log["unsupported_documents"]
    report = page.report_page(title, summary, note, unsupported, tuned.task, tuned.evaluations, tuned.curve)
    write_text(out / "report.html", report)
    write_text(out / "README.md", page.model_card(title, summary, str(out), log, scores))
    print(scores)
    print(f"{paths.display(out / 'report.html')}: scores by field, and the worst answers")
