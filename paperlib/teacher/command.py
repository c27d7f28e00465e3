"""``paperlib teach``: its arguments, and the run that they describe."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from paperlib.core import paths
from paperlib.core.arguments import non_negative_float, positive_float, positive_int, probability
from paperlib.core.packages import require
from paperlib.decoding.engines import command as engines
from paperlib.decoding.engines.llama_cpp import gguf_of, serving
from paperlib.teacher.instructions import PROMPTS, SURFACES

if TYPE_CHECKING:  # imported when the command runs, so that other commands start without them
    from paperlib.teacher.assignments import Assignment

SUMMARY = "have a chat model rewrite texts, write new examples or label texts, and keep what passes validation"
DETAILS = """Replies are stored in DIR as they come; the same command resumes a run that was stopped, and makes no
answered request again. Without --base-url the model is a base, which llama.cpp serves for the run. The API key is read
from PAPERLIB_TEACHER_KEY, else from OPENAI_API_KEY."""
TASKS = """rewrite the texts of --data; create records of --schemas with their texts; rewrite documents that are drawn
anew, each under a schema of its own; or label the texts of --data under --schema"""
# Defaults that depend on the server, elsewhere or on this machine, and on the task.
REMOTE: dict[str, Any] = {"concurrency": 8, "timeout": 120.0}
LOCAL: dict[str, Any] = {"timeout": 3600.0}  # a slow processor may write for minutes
SAMPLED: dict[str, Any] = {"temperature": 0.9, "attempts": 3}
OF_TASK: dict[str, dict[str, Any]] = {"documents": {"temperature": 0.7}, "label": {"temperature": 0.0, "attempts": 1}}


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds the command to those of ``paperlib``."""
    parser = commands.add_parser("teach", help=SUMMARY, description=f"{SUMMARY.capitalize()}. {DETAILS}")
    parser.set_defaults(do=_teach)
    parser.add_argument("--base-url", metavar="URL", help="server, e.g. http://localhost:8000/v1 (default: llama.cpp)")
    text = "the model's name on the server; without one, a name of paperlib/training/bases.py or a GGUF file"
    parser.add_argument("--model", required=True, help=text)
    parser.add_argument("--task", choices=tuple(PROMPTS), required=True, help=TASKS)
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for examples and replies")
    text = "the examples to rewrite; to label, a .jsonl file with the field text or a folder of .txt files"
    parser.add_argument("--data", type=Path, metavar="X.jsonl", help=text)
    parser.add_argument("--schemas", type=Path, default=paths.SCHEMAS, metavar="DIR", help="default: those of EdgeJSON")
    parser.add_argument("--schema", type=Path, metavar="S.json", help="of the answers, for --task label")
    parser.add_argument("--surface", choices=tuple(SURFACES), help="form of the text (default: email)")
    text = "default: as many as --data or --schemas hold; --task documents needs it"
    parser.add_argument("--n-examples", type=positive_int, metavar="N", help=text)
    text = "of documents: share of an answer's leaves that the teacher has to find in its own text (default: 0.9)"
    parser.add_argument("--agreement", type=probability, default=0.9, metavar="SHARE", help=text)
    _add_sampling(parser)
    _add_limits(parser)
    engines.add_limits(parser.add_argument_group("the server on this machine, without --base-url"))


def _add_sampling(parser: argparse.ArgumentParser) -> None:
    sampling = parser.add_argument_group("sampling, as in the OpenAI API")
    sampling.add_argument(
        "--temperature", type=non_negative_float, metavar="T", help="default: 0.9; documents: 0.7; labels: 0"
    )
    sampling.add_argument("--top-p", type=positive_float, default=0.95, metavar="P", help="default: 0.95")
    sampling.add_argument("--max-tokens", type=positive_int, default=2048, metavar="N", help="default: 2048")
    text = "determines the seeds of all requests, and which documents are drawn (default: 0)"
    sampling.add_argument("--seed", type=int, default=0, help=text)
    sampling.add_argument("--json-mode", action="store_true", help="set response_format to json_object")


def _add_limits(parser: argparse.ArgumentParser) -> None:
    limits = parser.add_argument_group("limits")
    text = "requests in flight (default: 8; on this machine as many as --slots)"
    limits.add_argument("--concurrency", type=positive_int, metavar="N", help=text)
    limits.add_argument("--requests-per-minute", type=positive_float, metavar="N", help="default: no limit")
    text = "for one reply (default: 120; on this machine 3600)"
    limits.add_argument("--timeout", type=positive_float, metavar="SECONDS", help=text)
    text = "replies tried an example (default: 3; labels: 1)"
    limits.add_argument("--attempts", type=positive_int, metavar="N", help=text)


def _teach(arguments: argparse.Namespace) -> None:
    require("teach", "openai")
    from paperlib.teacher.assignments import assignment
    from paperlib.teacher.client import connect, key_from_environment

    _fill_in_defaults(arguments)
    assigned = assignment(arguments)
    limits = arguments.timeout, arguments.requests_per_minute
    if arguments.base_url:
        _run(arguments, assigned, connect(arguments.base_url, key_from_environment(), *limits))
        return
    with serving(gguf_of(arguments.model), arguments.threads, arguments.slots, arguments.context) as url:
        _run(arguments, assigned, connect(url, None, *limits))


def _fill_in_defaults(arguments: argparse.Namespace) -> None:
    where = REMOTE if arguments.base_url else {**LOCAL, "concurrency": arguments.slots}
    for name, value in {**where, **SAMPLED, **OF_TASK.get(arguments.task, {})}.items():
        if getattr(arguments, name) is None:
            setattr(arguments, name, value)


def _run(arguments: argparse.Namespace, assigned: "Assignment", client: Any) -> None:
    """Has the jobs done and prints what came of them."""
    from paperlib.teacher.generation import teach
    from paperlib.teacher.request_cache import open_cache

    with open_cache(arguments.out / "request_cache.jsonl") as cache:
        cached = len(cache.replies)
        assigned.write(arguments.out)
        report = teach(assigned.jobs, client, cache, assigned.validator, arguments.concurrency, arguments.attempts)
        new = len(cache.replies) - cached
    made = arguments.out / assigned.jobs[0].file
    kept = report.get("kept_as_they_stood")
    stood = f"; {kept} labels that stood there were kept as they are" if kept else ""
    print("{}: {accepted} of {jobs} accepted, {rejected} rejected{}".format(made, stood, **report))
    unusable = ", ".join(f"{n} {kind}" for kind, n in report["unusable"].items()) or "none"
    replies, tokens = report["replies"], report["completion_tokens"]
    print(f"{replies} replies ({new} new; unusable: {unusable}), {tokens} completion tokens")
