"""``paperlib weights | generate | train | predict | extract | …``: the command line, arguments only."""

import argparse
import atexit
import gc
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import get_args

from paperlib.benchmark.function_calls import command as function_calls
from paperlib.benchmark.release import command as release
from paperlib.benchmark.standard import command as standard
from paperlib.core import config, paths
from paperlib.core.arguments import add_threads, non_negative_int, positive_float, positive_int, probability
from paperlib.core.errors import exit_code
from paperlib.decoding.engines import command as engines
from paperlib.teacher import command as teacher
from paperlib.workflow import commands as actions
from paperlib.workflow.finetune import command as finetune
from paperlib.workflow.intents import command as intents


def main(argv: Sequence[str] | None = None) -> int:
    """Exit status: 0, 2 after one line on standard error that says what to mend; ``extract``, ``call`` have more."""
    arguments = _parser().parse_args(argv)
    atexit.register(gc.freeze)  # or Python searches all that was imported for garbage before it ends: half a second
    return exit_code(lambda: arguments.do(arguments), "paperlib")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="paperlib", description="Very small language models that turn text into JSON."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(do: Callable[[argparse.Namespace], int | None], text: str) -> argparse.ArgumentParser:
        added = commands.add_parser(do.__name__, help=text, description=text)
        added.set_defaults(do=do)
        return added

    extract = command(actions.extract, "extract JSON from texts and print it")
    extract.epilog = (
        "Exit status: 0; 2 for a mistake in what was given; 3 where nothing in a text fills a required field; "
        "4 where an answer breaks its schema."
    )
    text = "a text, a file that holds one, or - for standard input; of several, JSON Lines are printed"
    extract.add_argument("texts", nargs="*", metavar="TEXT", help=text)
    extract.add_argument("--schema", type=Path, metavar="S.json", help="the JSON Schema of the answer")
    text = "texts from the field 'text' of every row; an interrupted command is continued"
    extract.add_argument("--jsonl", type=Path, metavar="X.jsonl", help=text)
    extract.add_argument("--out", type=Path, metavar="Y.jsonl", help="where their answers go, with rejects beside it")
    text = "probability under which a value is left out that the schema does not demand (default: %(default)s)"
    extract.add_argument("--absent-below", type=probability, default=config.ABSENT_BELOW, metavar="P", help=text)
    cap = config.EXTRACTION_CAP_FACTOR
    _add_decoding(extract, batch_size=16, cap_factor=cap, constraint=None, model=config.EXTRACTION_MODEL)
    _add_reranking(extract)

    call = command(actions.call, "answer requests with calls of your tools and print them")
    call.epilog = (
        "Exit status: 0; 2 for a mistake in what was given; 3 where nothing is called, as no tool fits; "
        "4 where nothing is called, as the answer does not follow the tools."
    )
    text = "a request, a file that holds one, or - for standard input; of several, JSON Lines are printed"
    call.add_argument("texts", nargs="+", metavar="TEXT", help=text)
    text = "the tools: a JSON list of declarations as in the OpenAI API"
    call.add_argument("--tools", type=Path, required=True, metavar="T.json", help=text)
    text = f"probability of no call from which there is none (default: the model's, or {config.REFUSE_ABOVE})"
    call.add_argument("--refuse-above", type=probability, metavar="P", help=text)
    text = "print JSON Lines, with the probabilities of no call and of each name and argument"
    call.add_argument("--confidence", action="store_true", help=text)
    call.set_defaults(reranking_rounds=0)  # which would have a request covered by further calls
    cap = config.CALL_CAP_FACTOR
    _add_decoding(call, batch_size=16, cap_factor=cap, constraint=config.CALL_CONSTRAINT, model=config.CALL_MODEL)

    predict = command(actions.predict, "answer every text of a JSONL file (ours or the published format)")
    predict.add_argument("--data", type=Path, required=True, metavar="X.jsonl")
    predict.add_argument("--out", type=Path, required=True, metavar="Y.jsonl")
    _add_schemas(predict)
    _add_decoding(predict, batch_size=64, cap_factor=1.25)
    _add_reranking(predict)

    score = command(actions.score, "score answers against the data they belong to, under both evaluators")
    score.add_argument("predictions", type=Path, metavar="Y.jsonl")
    compare = command(actions.compare, "paired tests of two sets of answers to the same data")
    compare.add_argument("a", type=Path, metavar="A.jsonl")
    compare.add_argument("b", type=Path, metavar="B.jsonl")
    for scoring in (score, compare):
        scoring.add_argument("--data", type=Path, required=True, metavar="X.jsonl")
        scoring.add_argument(
            "--out", type=Path, metavar="Z.json", help="also write the results (score: and the scores)"
        )
        _add_schemas(scoring)

    train = command(actions.train, "train one run of experiments.yaml")
    train.add_argument("run", help="its name there, e.g. lora-135m")
    train.add_argument("--profile", default="laptop")
    train.add_argument(
        "--base", help="other base weights: a name of paperlib/training/bases.py, local folder or hub id"
    )
    train.add_argument("--dry-run", action="store_true", help="print steps, memory and time, and stop")

    weights = command(actions.weights, "obtain base weights; prints their folder")
    weights.add_argument(
        "--base", default="smollm2-135m-instruct", help="a name of paperlib/training/bases.py, local folder or hub id"
    )
    weights.add_argument("--gguf", action="store_true", help="as a GGUF file, for llama.cpp, whose path is printed")

    generate = command(actions.generate, "write the study's dataset: train.jsonl and test.jsonl")
    generate.add_argument("--out", type=Path, required=True, metavar="DIR")
    generate.add_argument("--train", type=non_negative_int, default=629, help="training examples (default: 629)")
    generate.add_argument("--test", type=non_negative_int, default=158, help="test examples (default: 158)")
    generate.add_argument("--seed", type=int, default=0)

    finetune.add_to(commands)
    intents.add_to(commands)
    standard.add_to(commands)
    function_calls.add_to(commands)
    release.add_to(commands)
    teacher.add_to(commands)
    engines.add_to(commands)
    return parser


def _add_schemas(parser: argparse.ArgumentParser) -> None:
    text = "folder of the data's JSON Schemas (default: the study's own)"
    parser.add_argument("--schemas", type=Path, default=paths.SCHEMAS, metavar="DIR", help=text)


def _add_decoding(
    parser: argparse.ArgumentParser,
    batch_size: int,
    cap_factor: float,
    constraint: str | None = "none",
    model: str | None = None,
) -> None:
    """Options of the commands that decode answers, with their defaults; without one, the model has to be named."""
    text = f"texts at a time (default: {batch_size})"
    parser.add_argument("--batch-size", type=positive_int, default=batch_size, help=text)
    text = "a trained run, its folder, a released adapter, or base weights" + (f" (default: {model})" if model else "")
    parser.add_argument("--model", required=model is None, default=model, help=text)
    parser.add_argument("--profile", default="laptop", help="under which a run was trained (default: laptop)")
    parser.add_argument("--base", help="base weights under the adapter, where they lie elsewhere now")
    text = "constrained decoding: answers follow the schema, or also hold only what the text says "
    text += f"(default: {constraint or 'schema+text where there is a schema'})"
    parser.add_argument("--constraint", choices=get_args(config.Constraint), default=constraint, help=text)
    text = "how the text writes decimals, where it does not show it itself: 1.234 is 1234 with a comma"
    parser.add_argument("--decimal", choices=("point", "comma"), help=text)
    text = "the order of day, month and year, where the text does not show it itself: 04/05/2026"
    parser.add_argument("--dates", choices=("dmy", "mdy", "ymd"), help=text)
    text = f"headroom over the longest training answers (default: {cap_factor})"
    parser.add_argument("--cap-factor", type=positive_float, default=cap_factor, help=text)
    text = (
        "what computes the model: torch, or llama.cpp or onnx, which also take what export has written (default: torch)"
    )
    parser.add_argument("--engine", choices=get_args(config.Engine), default="torch", help=text)
    text = "of the arithmetic; auto: bf16 where the processor multiplies it (default: auto)"
    parser.add_argument("--precision", choices=get_args(config.Precision), default="auto", help=text)
    add_threads(parser)


def _add_reranking(parser: argparse.ArgumentParser) -> None:
    text = "rounds of reranking with a coverage penalty: better on long lists, several times slower (default: 0)"
    parser.add_argument("--reranking-rounds", type=non_negative_int, default=0, metavar="N", help=text)


if __name__ == "__main__":
    sys.exit(main())
