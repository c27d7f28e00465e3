"""``paperlib finetune-intents``, ``classify``, ``edge-intent`` and ``intent-study``: their arguments."""

import argparse
import json
import sys
from dataclasses import fields
from pathlib import Path

from paperlib.core.arguments import add_threads, non_negative_int, positive_int, probability, seed
from paperlib.core.config import INTENT_SETS
from paperlib.core.errors import DataError, PaperlibError
from paperlib.core.strict_json import is_encodable

SUMMARY = "train a classifier of at most 10 MB on your own utterances with their intents, and test it"
DETAILS = """DATA is a .csv file with the columns text and label, or a .jsonl file with these fields; the label oos is
for utterances that have none of the intents. DIR becomes a folder that classify takes as --model, with report.html and
a model card."""
SIZES = ("0.1M", "0.5M", "1M", "5M", "5M-deep")
RECIPES = ("short", "long")


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds the commands to those of ``paperlib``."""
    parser = commands.add_parser("finetune-intents", help=SUMMARY, description=f"{SUMMARY.capitalize()}. {DETAILS}")
    parser.set_defaults(do=_finetune)
    parser.add_argument("data", type=Path, metavar="DATA", help="labelled utterances")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for the model and its report")
    text = "utterances to test on (default: a fifth of each intent of DATA is held out)"
    parser.add_argument("--test", type=Path, metavar="DATA", help=text)
    text = "about how many parameters; 5M-deep: three layers in place of two; below 5M: n-grams alone (default: 5M)"
    parser.add_argument("--size", choices=SIZES, default="5M", help=text)
    text = "long: up to six times as many steps, on more texts that the teacher labels (default: short)"
    parser.add_argument("--recipe", choices=RECIPES, default="short", help=text)
    parser.add_argument("--seed", type=seed, default=0, help="of the training (default: 0)")
    parser.add_argument("--dry-run", action="store_true", help="print the division and the time, and stop")
    add_threads(parser)
    _add_classify(commands)
    _add_edge_intent(commands)
    _add_study(commands)


def _add_classify(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    text = "say which intent utterances have, with a model of finetune-intents; a line of JSON for each"
    parser = commands.add_parser("classify", help=text, description=text)
    parser.set_defaults(do=_classify)
    parser.add_argument("texts", nargs="*", metavar="TEXT", help="an utterance, or - for standard input, a line each")
    parser.add_argument("--model", type=Path, required=True, metavar="DIR", help="a folder that finetune-intents wrote")
    text = "utterances of a file: a line each, or the field text of JSON Lines"
    parser.add_argument("--file", type=Path, metavar="X", help=text)
    text = "probability under which the intent is null (default: what was chosen on the dev part)"
    parser.add_argument("--threshold", type=probability, metavar="P", help=text)
    text = "intents to name with their probabilities (default: %(default)s)"
    parser.add_argument("--candidates", type=non_negative_int, default=3, metavar="N", help=text)


def _add_edge_intent(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    text = "generate EdgeIntent-200: train.csv and test.csv of 200 intents, checked"
    parser = commands.add_parser("edge-intent", help=text, description=text)
    parser.set_defaults(do=_edge_intent)
    parser.add_argument("--out", type=Path, required=True, metavar="DIR")
    parser.add_argument("--seed", type=int, default=0)


def _add_study(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    text = "train the study's intent classifiers on a set, or score them on its test part, each once"
    parser = commands.add_parser("intent-study", help=text, description=text)
    parser.set_defaults(do=_study)
    parser.add_argument("set", choices=INTENT_SETS)
    instead = parser.add_mutually_exclusive_group()
    instead.add_argument("--score", action="store_true", help="score what was trained, and print the table")
    parser.add_argument("--sizes", nargs="+", choices=SIZES, help="of the students (default: all)")
    parser.add_argument("--recipe", choices=RECIPES, help="of the students (default: short)")
    parser.add_argument("--seed", type=seed, help="of the training; others than 0 are part of names (default: 0)")
    text = "train on so many utterances of each intent instead, with three seeds, and score each once"
    instead.add_argument("--few-shot", nargs="+", type=positive_int, metavar="N", help=text)
    text = "fit a linear head on this language model, as it is, instead, and score it once"
    instead.add_argument("--probe", metavar="BASE", help=text)


def _finetune(arguments: argparse.Namespace) -> None:
    from paperlib.data.intents.intent_csv import read_labelled

    data = read_labelled(arguments.data, arguments.test)
    print(data, flush=True)
    from paperlib.workflow.intents import intent_finetune  # takes seconds, for torch

    time = intent_finetune.training_time(len(data.train), arguments.size, arguments.recipe)
    print(f"about {time} on two cores", flush=True)
    if not arguments.dry_run:
        asked = {**vars(arguments), "inputs": (arguments.data, arguments.test)}
        named = {field.name: asked[field.name] for field in fields(intent_finetune.IntentSettings)}
        intent_finetune.finetune_intents(intent_finetune.IntentSettings(**named), data)


def _classify(arguments: argparse.Namespace) -> None:
    from paperlib.data.intents.intent_sets import read_texts
    from paperlib.decoding.intents.classifier import Classifier

    texts = [line for text in arguments.texts for line in (_standard_input() if text == "-" else [text])]
    texts += read_texts(arguments.file) if arguments.file else []
    if not texts:
        raise PaperlibError("no utterance: name some, a --file, or - for standard input")
    if wrong := [text for text in texts if not is_encodable(text)]:
        raise DataError(f"utterance {wrong[0]!r:.60}: not UTF-8, or half of a surrogate pair, which is no character")
    model = Classifier.load(arguments.model)
    for text, found in zip(texts, model.classify(texts, arguments.threshold, arguments.candidates), strict=True):
        print(json.dumps({"text": text, **found.as_json()}, ensure_ascii=False))


def _standard_input() -> list[str]:
    try:
        return [line.strip() for line in sys.stdin if line.strip()]
    except UnicodeDecodeError as error:
        raise DataError(f"standard input: not {error.encoding.upper()} ({error.reason})") from None


def _study(arguments: argparse.Namespace) -> None:
    instead = [name for name in ("score", "few_shot", "probe") if getattr(arguments, name)]
    ignored = [name for name in ("sizes", "recipe", "seed") if getattr(arguments, name) is not None]
    if instead and ignored:
        raise PaperlibError(f"--{ignored[0]}: found beside --{instead[0].replace('_', '-')}, expected without it")
    from paperlib.workflow.intents import few_shot, intent_study, probe_study

    if arguments.few_shot:
        few_shot.run_few_shot(arguments.set, arguments.few_shot)
    elif arguments.probe:
        probe_study.run_probe(arguments.set, arguments.probe)
    elif arguments.score:
        print(intent_study.score_set(arguments.set))
    else:
        sizes, recipe = arguments.sizes or SIZES, arguments.recipe or "short"
        intent_study.train_set(arguments.set, sizes, recipe, arguments.seed or 0)


def _edge_intent(arguments: argparse.Namespace) -> None:
    from paperlib.benchmark.intents.intent_checks import check_parts
    from paperlib.benchmark.intents.intent_texts import generate
    from paperlib.core.files import write_text
    from paperlib.data.intents.intent_sets import csv_of

    train, test = generate("train", arguments.seed), generate("test", arguments.seed)
    checks = check_parts(train, test)
    for name, part in (("train", train), ("test", test)):
        path = arguments.out / f"{name}.csv"
        write_text(path, csv_of(part))
        print(f"{path}: {len(part):,} utterances")
    print("\n".join(checks))
