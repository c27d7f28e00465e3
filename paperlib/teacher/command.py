"""``paperlib teach``: its options, and what it does with them."""

import argparse
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from paperlib.core import paths
from paperlib.core.arguments import count, count_or_zero, positive
from paperlib.core.errors import PaperlibError
from paperlib.teacher.instructions import SURFACES, TASKS

if TYPE_CHECKING:  # the rest is imported when the command runs: every other command would wait for it
    from paperlib.data.schemas import Schemas
    from paperlib.teacher.generation import Check
    from paperlib.teacher.tasks import Job, Plan

Judge = Callable[["Schemas"], "Check"]  # makes the validator of a run
TEXT = "have a chat model rewrite texts or invent records, and keep what passes validation"


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]", judge: Judge | None = None) -> None:
    """Adds the command. ``judge`` makes the validator from the schemas; by default answers follow their schema."""
    parser = commands.add_parser("teach", help=TEXT, description=TEXT)
    parser.set_defaults(do=partial(_teach, judge=judge))
    parser.add_argument("--url", required=True, help="OpenAI-compatible server, e.g. http://localhost:8000/v1")
    parser.add_argument("--model", required=True, help="the name that the server knows it by")
    parser.add_argument("--task", choices=TASKS, required=True)
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="a run that was stopped goes on there")
    parser.add_argument("--data", type=Path, metavar="X.jsonl", help="rewrite: the examples")
    parser.add_argument("--schemas", type=Path, default=paths.SCHEMAS, metavar="DIR", help="default: ours")
    parser.add_argument("--surface", choices=tuple(SURFACES), default="email", help="form of the text (default: email)")
    parser.add_argument("--n", type=count, help="examples to ask for (default: one for each example, or schema)")
    parser.add_argument("--seed", type=int, default=0)
    _add_limits(parser)


def _add_limits(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--workers", type=count, default=8, help="requests at a time (default: 8)")
    parser.add_argument("--per-minute", type=positive, metavar="N", help="requests a minute (default: no limit)")
    parser.add_argument("--timeout", type=positive, default=120.0, metavar="S", help="seconds (default: 120)")
    parser.add_argument(
        "--again", type=count_or_zero, default=2, metavar="K", help="new tries after a bad reply (default: 2)"
    )
    parser.add_argument("--temperature", type=float, default=0.9, help="default: 0.9")
    parser.add_argument("--max-tokens", type=count, default=2048, help="of a reply (default: 2048)")
    parser.add_argument("--json-mode", action="store_true", help="have the server allow JSON only, if it can")


def _teach(arguments: argparse.Namespace, judge: Judge | None) -> None:
    from paperlib.data.schemas import load_schemas
    from paperlib.teacher.client import Client, key_from_environment
    from paperlib.teacher.generation import Files, Teacher, by_schema, teach
    from paperlib.teacher.rate_limiter import Halt, Pace
    from paperlib.teacher.request_cache import Journal

    schemas, files, halt = load_schemas(arguments.schemas), Files(arguments.out), Halt()
    jobs = _jobs(arguments, _plan(arguments), schemas)
    check = (judge or by_schema)(schemas)
    pace = Pace(arguments.per_minute, sleep=halt.sleep)
    client = Client(arguments.url, key_from_environment(), arguments.timeout, pace, halt)
    with Journal(files.journal) as journal:
        known = len(journal)
        teacher = Teacher(client, journal, arguments.workers, arguments.again)
        report = teach(jobs, teacher, check, files)
        print(f"{files.examples}: {report}; {len(journal) - known} asked for now")


def _plan(arguments: argparse.Namespace) -> "Plan":
    from paperlib.teacher.chat import Parameters
    from paperlib.teacher.tasks import Plan

    parameters = Parameters(
        temperature=arguments.temperature, max_tokens=arguments.max_tokens, json_mode=arguments.json_mode
    )
    return Plan(arguments.task, arguments.surface, arguments.model, parameters, arguments.seed)


def _jobs(arguments: argparse.Namespace, plan: "Plan", schemas: "Schemas") -> list["Job"]:
    from paperlib.data.examples import load_examples
    from paperlib.teacher.tasks import creations, rewrites

    if arguments.task == "create":
        if arguments.data:
            raise PaperlibError("--data is for --task rewrite; --task create needs --schemas alone")
        return creations(plan, schemas, arguments.n)
    if not arguments.data:
        raise PaperlibError("--task rewrite needs --data, the examples whose texts are to be rewritten")
    return rewrites(plan, load_examples(arguments.data), schemas, arguments.n)
