"""``paperlib finetune``: its arguments."""

import argparse
from dataclasses import fields
from pathlib import Path

from paperlib.core.arguments import add_threads, positive_float, seed
from paperlib.core.config import EXTRACTION_MODEL

SUMMARY = "train a model on your own labelled documents, and test it on some that are held out"
DETAILS = """DATA is a .jsonl file with the fields text and answer, a .csv file with a column text and one for each
field of the answer, or a folder with x.txt and x.json for each document. DIR becomes a folder that extract takes as
--model, with the schema, report.html and a model card. The same command resumes a run that was stopped."""
INFERRED = " (default: inferred from them, and written to DIR/schema.json for you to correct)"


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds the command to those of ``paperlib``."""
    parser = commands.add_parser("finetune", help=SUMMARY, description=f"{SUMMARY.capitalize()}. {DETAILS}")
    parser.set_defaults(do=_finetune)
    parser.add_argument("data", type=Path, metavar="DATA", help="labelled documents")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for the model and its report")
    text = "documents to test on (default: a part of DATA, at most 200, is held out)"
    parser.add_argument("--test", type=Path, metavar="DATA", help=text)
    parser.add_argument("--schema", type=Path, metavar="S.json", help="of the answers" + INFERRED)
    text = "where the training starts: an adapter, of the package or a folder that this command wrote, or base "
    text += "weights, a name of paperlib/training/bases.py, local folder or hub id (default: %(default)s)"
    parser.add_argument("--base", default=EXTRACTION_MODEL, help=text)
    text = "about how long to train (default: %(default)g)"
    parser.add_argument("--minutes", type=positive_float, default=30.0, metavar="M", help=text)
    parser.add_argument("--seed", type=seed, default=0, help="of the training (default: 0)")
    text = "also train on a quarter and a half of the documents: would more labels help?"
    parser.add_argument("--learning-curve", action="store_true", help=text)
    parser.add_argument("--dry-run", action="store_true", help="write DIR/schema.json, print split and plan, and stop")
    add_threads(parser)


def _finetune(arguments: argparse.Namespace) -> None:
    from paperlib.workflow.finetune.run import Settings, finetune

    asked = {field.name: getattr(arguments, field.name) for field in fields(Settings)}
    finetune(Settings(**asked), arguments.dry_run)
