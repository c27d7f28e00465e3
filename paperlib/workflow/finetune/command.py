"""``paperlib finetune``: its arguments, and the steps from documents to a model with its report."""

import argparse
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

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
PLAN = "plan.json"


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds the command to those of ``paperlib``."""
    parser = commands.add_parser("finetune", help=SUMMARY, description=f"{SUMMARY.capitalize()}. {DETAILS}")
    parser.set_defaults(do=_finetune)
    parser.add_argument("data", type=Path, metavar="DATA", help="labelled documents")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for the model and its report")
    text = "of the answers (default: inferred from them, and written to DIR/schema.json for you to correct)"
    parser.add_argument("--schema", type=Path, metavar="S.json", help=text)
    text = "base weights: a name of paperlib/training/bases.py, local folder or hub id (default: %(default)s)"
    parser.add_argument("--base", default="smollm2-135m-instruct", help=text)
    text = "about how long to train (default: %(default)g)"
    parser.add_argument("--minutes", type=positive_float, default=30.0, metavar="M", help=text)
    parser.add_argument("--seed", type=int, default=0, help="of the training (default: 0)")
    text = "also train on a quarter and a half of the documents: would more labels help?"
    parser.add_argument("--learning-curve", action="store_true", help=text)
    parser.add_argument("--dry-run", action="store_true", help="print schema, split and plan, and stop")
    threads = min(2, os.cpu_count() or 1)
    parser.add_argument("--threads", type=positive_int, default=threads, help=f"of the processor (default: {threads})")


def _finetune(arguments: argparse.Namespace) -> None:
    from paperlib.core.config import TrainConfig
    from paperlib.training import trainer
    from paperlib.workflow.finetune.task import read_task, write_schema

    _check_folder(arguments.out)
    kept = arguments.out / "schema.json"  # perhaps corrected
    task = read_task(arguments.data, arguments.schema or (kept if kept.is_file() else None))
    print(task)
    if task.inferred:
        print(
            f"{write_schema(task, arguments.out)}: the schema; where it is wrong, correct it and run the command again"
        )
    plan = _plan(arguments, task)
    config = TrainConfig.model_validate(plan["config"])
    if arguments.dry_run:
        print(trainer.dry_run(config, task.train))
        return
    beside = trainer.checkpoints_beside(arguments.out)
    beside.mkdir(parents=True, exist_ok=True)
    write_json(beside / PLAN, plan)
    log = trainer.train(config, task.train, folder=arguments.out)
    write_json(arguments.out / PLAN, plan)
    write_schema(task, arguments.out)
    shutil.rmtree(beside, ignore_errors=True)
    _test(arguments.out, task, config, log, arguments.learning_curve)


def _check_folder(out: Path) -> None:
    """Raises PaperlibError where ``out`` holds what this command did not write: training replaces the folder."""
    if out.exists() and not out.is_dir():
        raise PaperlibError(f"{out}: is a file, expected a folder for the model")
    others = {path.name for path in out.glob("*")} - {"schema.json"}
    if others and not (out / "train.json").is_file():
        raise PaperlibError(f"{out}: holds {min(others)!r}, expected an empty folder or a model of this command")


def _plan(arguments: argparse.Namespace, task: "Task") -> dict[str, Any]:
    """The configuration of a run that was stopped or is complete, if the same was asked for, else a new one: how much
    can be trained in so many minutes differs from time to time."""
    from paperlib.data.examples import data_hash
    from paperlib.training.trainer import checkpoints_beside
    from paperlib.workflow.finetune.task import recipe

    asked = {"data": data_hash(task.train), **{key: getattr(arguments, key) for key in ("base", "minutes", "seed")}}
    for folder in (checkpoints_beside(arguments.out), arguments.out):
        if (folder / PLAN).is_file() and (plan := read_json(folder / PLAN))["asked"] == asked:
            return dict(plan)
    config = recipe(task, arguments.base, arguments.minutes, arguments.seed, arguments.threads, arguments.out.name)
    return {"asked": asked, "config": config.model_dump(mode="json")}


def _test(out: Path, task: "Task", config: "TrainConfig", log: dict[str, Any], learning_curve: bool) -> None:
    from paperlib.core import runtime
    from paperlib.training import models
    from paperlib.workflow.finetune import evaluation
    from paperlib.workflow.finetune.learning_curve import SHARES, on_part

    dtype = runtime.dtype_of(config.precision)
    tuned = models.load_trained(out, config.base, dtype)
    constraint, unsupported = evaluation.choose_constraint(tuned, log, task)
    log |= {"constraint": constraint, "unsupported": unsupported}
    write_json(out / "train.json", log)
    ways = {"this model": evaluation.evaluate(tuned, log, task, constraint)}
    del tuned
    base = models.load_base(config.base, dtype)
    ways["its base, untuned"] = evaluation.evaluate(base, {}, task, constraint)
    ways["rules, no model"] = evaluation.by_rules(task)
    curve = {}
    for share in SHARES if learning_curve else ():
        n, found = on_part(share, out, task, config, constraint)
        curve[n] = found
    _write_pages(out, task, log, ways, {**curve, len(task.train): ways["this model"]})


def _write_pages(
    out: Path,
    task: "Task",
    log: dict[str, Any],
    ways: "dict[str, Evaluation]",
    curve: "dict[int, Evaluation]",
) -> None:
    from paperlib.workflow.finetune import page

    title = f"{out.resolve().name}: text to JSON"
    summary = f"{log['model']}, tuned on {len(task.train)} labelled documents in {log['seconds'] / 60:.0f} minutes."
    scores = page.score_table(ways)
    answers = {one.id: one.output for one in ways["this model"].predictions}
    rows = ({"id": one.id, "expected": one.answer, "answer": answers[one.id]} for one in task.test)
    write_jsonl(out / "held-out.jsonl", rows)
    write_text(out / "report.html", page.report_page(title, summary, task, ways, curve))
    write_text(out / "README.md", page.model_card(title, summary, str(out), log, scores))
    print(scores)
    if log["unsupported"]:
        n, shown = len(log["unsupported"]), ", ".join(log["unsupported"][:5])
        print(f"{n} of {log['n_train']} training answers hold what their text does not say ({shown})")
    print(f"{out / 'report.html'}: scores by field, and the worst answers")
