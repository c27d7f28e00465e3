"""``paperlib finetune``: its arguments, and the steps from documents to a model with its report."""

import argparse
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from paperlib.core import paths
from paperlib.core.arguments import positive_float, positive_int
from paperlib.core.errors import PaperlibError
from paperlib.core.files import read_json, write_json, write_jsonl, write_text

if TYPE_CHECKING:  # imported when the command runs, so that other commands start without them
    from paperlib.core.config import TrainConfig
    from paperlib.workflow.finetune.evaluation import Evaluation
    from paperlib.workflow.finetune.task import Task

SUMMARY = "train a model on your own labelled documents, and test it on some that are held out"
DETAILS = """DATA is a .jsonl file with the fields text and answer, a .csv file with a column text and one for each
field of the answer, or a folder with x.txt and x.json for each document. DIR becomes a folder that extract takes as
--model, with the schema, report.html and a model card. The same command resumes a run that was stopped."""
INFERRED = " (default: inferred from them, and written to DIR/schema.json for you to correct)"
PLAN = "plan.json"
WRITTEN = {PLAN, "train.json", "schema.json", "report.html", "README.md", "held-out.jsonl"}
WRITTEN |= {"adapter_config.json", "adapter_model.safetensors", "generation_config.json", "chat_template.jinja"}
WRITTEN |= {"tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json"}
WRITTEN |= {"vocab.json", "merges.txt", "tokenizer.model"}


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds the command to those of ``paperlib``."""
    parser = commands.add_parser("finetune", help=SUMMARY, description=f"{SUMMARY.capitalize()}. {DETAILS}")
    parser.set_defaults(do=_finetune)
    parser.add_argument("data", type=Path, metavar="DATA", help="labelled documents")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for the model and its report")
    text = "documents to test on (default: a part of DATA, at most 200, is held out)"
    parser.add_argument("--test", type=Path, metavar="DATA", help=text)
    parser.add_argument("--schema", type=Path, metavar="S.json", help="of the answers" + INFERRED)
    text = "base weights: a name of paperlib/training/bases.py, local folder or hub id; or an adapter, of the "
    text += "package or a folder that this command wrote, from which the training goes on (default: %(default)s)"
    parser.add_argument("--base", default="smollm2-135m-instruct", help=text)
    text = "about how long to train (default: %(default)g)"
    parser.add_argument("--minutes", type=positive_float, default=30.0, metavar="M", help=text)
    parser.add_argument("--seed", type=int, default=0, help="of the training (default: 0)")
    text = "also train on a quarter and a half of the documents: would more labels help?"
    parser.add_argument("--learning-curve", action="store_true", help=text)
    parser.add_argument("--dry-run", action="store_true", help="write DIR/schema.json, print split and plan, and stop")
    threads = min(2, os.cpu_count() or 1)
    parser.add_argument("--threads", type=positive_int, default=threads, help=f"of the processor (default: {threads})")


def _finetune(arguments: argparse.Namespace) -> None:
    from paperlib.core.config import TrainConfig
    from paperlib.training import trainer
    from paperlib.workflow.finetune.task import corrected_schema, read_task, unknown_fields, write_schema

    out = arguments.out = arguments.out.resolve()
    arguments.base = str(Path(arguments.base).resolve()) if Path(arguments.base).is_dir() else arguments.base
    _check_folder(out, arguments.data, arguments.test, arguments.schema)
    beside = trainer.checkpoints_beside(out)
    task = read_task(
        arguments.data, arguments.test, arguments.schema, corrected_schema(out) or corrected_schema(beside)
    )
    print(task)
    for field, n in unknown_fields(task).items():
        print(f"field {field!r} of {n} answers is not in the schema")
    plan = _plan(arguments, task)
    if task.inferred:
        print(f"{write_schema(task, out)}: the schema; where it is wrong, correct it and run the command again")
    config = TrainConfig.model_validate(plan["config"])
    if arguments.dry_run:
        print(trainer.dry_run(config, task.examples(config)))
        return
    beside.mkdir(parents=True, exist_ok=True)
    write_json(beside / PLAN, plan)
    write_schema(task, beside)
    log = trainer.train(config, task.examples(config), folder=out)
    write_json(out / PLAN, plan)
    _test(out, task, config, log, arguments.learning_curve)
    shutil.rmtree(beside, ignore_errors=True)


def _check_folder(out: Path, *inputs: Path | None) -> None:
    """Raises PaperlibError where ``out`` holds what this command did not write, since training replaces the folder, or
    has the name of an adapter that comes with the package."""
    from paperlib.training.trainer import checkpoints_beside

    if out.exists() and not out.is_dir():
        raise PaperlibError(f"{out}: is a file, expected a folder for the model")
    if (paths.RELEASED_ADAPTERS / out.name).is_dir():
        raise PaperlibError(f"{out}: {out.name!r} is a model of the package, expected another name")
    others = {path.name for path in out.glob("*")} - WRITTEN
    if others or any(one and one.resolve() != out / "schema.json" and out in one.resolve().parents for one in inputs):
        named = min(others, default="what is to be read")
        raise PaperlibError(f"{out}: holds {named!r}, expected a new folder or one that only this command has written")
    beside = checkpoints_beside(out)
    if beside.is_dir() and any(beside.iterdir()) and not (beside / PLAN).is_file():
        raise PaperlibError(f"{beside}: is not this command's, which keeps checkpoints there; expected no such folder")


def _plan(arguments: argparse.Namespace, task: "Task") -> dict[str, Any]:
    """The configuration of a run that was stopped or is complete, if the same was asked for, else a new one: how much
    can be trained in so many minutes differs from time to time. Raises PaperlibError where another model stands there.
    """
    from paperlib.data.examples import data_hash
    from paperlib.training.trainer import checkpoints_beside
    from paperlib.workflow.finetune.task import recipe

    asked = {"data": data_hash(task.train), **{key: getattr(arguments, key) for key in ("base", "minutes", "seed")}}
    for folder in (arguments.out, checkpoints_beside(arguments.out)):
        if (folder / PLAN).is_file():
            plan = dict(read_json(folder / PLAN))
            if plan["asked"] == asked:
                return plan
            differing = next(key for key in asked if plan["asked"].get(key) != asked[key])
            raise PaperlibError(f"{folder}: is of other {differing}; name another folder, or delete it")
    config = recipe(task, arguments.base, arguments.minutes, arguments.seed, arguments.threads, arguments.out.name)
    return {"asked": asked, "config": config.model_dump(mode="json")}


def _test(out: Path, task: "Task", config: "TrainConfig", log: dict[str, Any], learning_curve: bool) -> None:
    from paperlib.core import runtime
    from paperlib.training import models
    from paperlib.workflow.finetune import evaluation
    from paperlib.workflow.finetune.constraint import with_constraint
    from paperlib.workflow.finetune.learning_curve import SHARES, on_part
    from paperlib.workflow.finetune.task import write_schema

    dtype = runtime.dtype_of(config.precision)
    tuned = models.load_trained(out, config.base, dtype)
    task, found = with_constraint(tuned, log, task)
    log |= found
    write_json(out / "train.json", log)
    write_schema(task, out)
    constraint = log["constraint"]
    ways = {"this model": evaluation.evaluate(tuned, log, task, constraint)}
    del tuned
    base, before = _before(config, dtype)
    ways["its base, untuned"] = evaluation.evaluate(base, before, task, constraint)
    ways["rules, no model"] = evaluation.by_rules(task)
    curve = {}
    for share in SHARES if learning_curve else ():
        n, scored = on_part(share, out, task, config, constraint)
        curve[n] = scored
    _write_pages(out, task, log, ways, {**curve, len(task.train): ways["this model"]})


def _before(config: "TrainConfig", dtype: Any) -> tuple[Any, dict[str, Any]]:
    """The model that the training went on from, and its log, which base weights do not have."""
    from paperlib.training import models

    if not config.init_from:
        return models.load_base(config.base, dtype), {}
    folder = paths.RELEASED_ADAPTERS / config.init_from[0]
    return models.load_trained(folder, config.base, dtype), read_json(folder / "train.json")


def _write_pages(
    out: Path,
    task: "Task",
    log: dict[str, Any],
    ways: "dict[str, Evaluation]",
    curve: "dict[int, Evaluation]",
) -> None:
    from paperlib.workflow.finetune import page

    title = f"{out.resolve().name}: text to JSON"
    summary = f"{log['model']}, tuned on {log['n_train']} labelled documents in {log['seconds'] / 60:.0f} minutes."
    scores = page.score_table(ways)
    answers = {one.id: one.output for one in ways["this model"].predictions}
    rows = ({"id": one.id, "expected": one.answer, "answer": answers[one.id]} for one in task.test)
    write_jsonl(out / "held-out.jsonl", rows)
    write_text(out / "report.html", page.report_page(title, summary, page.unsupported_note(log), task, ways, curve))
    write_text(out / "README.md", page.model_card(title, summary, str(out), log, scores))
    print(scores)
    if log["unsupported"]:
        print(page.unsupported_note(log))
    print(f"{out / 'report.html'}: scores by field, and the worst answers")
