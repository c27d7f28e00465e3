"""``paperlib teach``: its arguments, and the run that they describe."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from paperlib.core import paths
from paperlib.core.arguments import non_negative_float, positive_float, positive_int
from paperlib.core.errors import PaperlibError
from paperlib.teacher.instructions import PROMPTS, SURFACES

if TYPE_CHECKING:  # imported when the command runs, so that other commands start without them
    from paperlib.data.examples import Example
    from paperlib.data.schemas import Schemas
    from paperlib.teacher.generation import Validator
    from paperlib.teacher.tasks import Job

SUMMARY = "have a chat model rewrite texts or write new examples, and keep what passes validation"
DETAILS = """Replies are stored in DIR as they come; the same command resumes a run that was stopped, and makes no
answered request again. The API key is read from PAPERLIB_TEACHER_KEY, else from OPENAI_API_KEY."""


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds the command to those of ``paperlib``."""
    parser = commands.add_parser("teach", help=SUMMARY, description=f"{SUMMARY.capitalize()}. {DETAILS}")
    parser.set_defaults(do=_teach)
    parser.add_argument("--base-url", required=True, metavar="URL", help="server, e.g. http://localhost:8000/v1")
    parser.add_argument("--model", required=True, help="the model's name on the server")
    parser.add_argument(
        "--task", choices=tuple(PROMPTS), required=True, help="rewrite the texts of --data, or create new records"
    )
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for examples and replies")
    parser.add_argument("--data", type=Path, metavar="X.jsonl", help="the examples to rewrite")
    parser.add_argument("--schemas", type=Path, default=paths.SCHEMAS, metavar="DIR", help="default: those of EdgeJSON")
    parser.add_argument("--surface", choices=tuple(SURFACES), default="email", help="form of the text (default: email)")
    parser.add_argument(
        "--n-examples", type=positive_int, metavar="N", help="default: as many as --data or --schemas hold"
    )

    sampling = parser.add_argument_group("sampling, as in the OpenAI API")
    sampling.add_argument("--temperature", type=non_negative_float, default=0.9, metavar="T", help="default: 0.9")
    sampling.add_argument("--top-p", type=positive_float, default=0.95, metavar="P", help="default: 0.95")
    sampling.add_argument("--max-tokens", type=positive_int, default=2048, metavar="N", help="default: 2048")
    sampling.add_argument("--seed", type=int, default=0, help="determines the seeds of all requests (default: 0)")
    sampling.add_argument("--json-mode", action="store_true", help="set response_format to json_object")

    limits = parser.add_argument_group("limits")
    limits.add_argument(
        "--concurrency", type=positive_int, default=8, metavar="N", help="requests in flight (default: 8)"
    )
    limits.add_argument("--requests-per-minute", type=positive_float, metavar="N", help="default: no limit")
    limits.add_argument("--timeout", type=positive_float, default=120.0, metavar="SECONDS", help="default: 120")
    limits.add_argument(
        "--attempts", type=positive_int, default=3, metavar="N", help="replies tried an example (default: 3)"
    )


def _teach(arguments: argparse.Namespace) -> None:
    from paperlib.data.schemas import load_schemas

    try:
        from paperlib.teacher.client import connect, key_from_environment
        from paperlib.teacher.generation import teach
        from paperlib.teacher.request_cache import open_cache
    except ModuleNotFoundError as error:
        raise PaperlibError(f"teach needs the package {error.name}: pip install 'paperlib[teacher]'") from None

    schemas = load_schemas(arguments.schemas)
    jobs, validator = _jobs(arguments, schemas), _validator(schemas)
    client = connect(arguments.base_url, key_from_environment(), arguments.timeout, arguments.requests_per_minute)
    with open_cache(arguments.out / "request_cache.jsonl") as cache:
        cached = len(cache.replies)
        report = teach(jobs, client, cache, validator, arguments.concurrency, arguments.attempts)
        new = len(cache.replies) - cached
    print("{}: {accepted} of {jobs} accepted, {rejected} rejected".format(arguments.out / "examples.jsonl", **report))
    unusable = ", ".join(f"{n} {kind}" for kind, n in report["unusable"].items()) or "none"
    replies, tokens = report["replies"], report["completion_tokens"]
    print(f"{replies} replies ({new} new; unusable: {unusable}), {tokens} completion tokens")


def _jobs(arguments: argparse.Namespace, schemas: "Schemas") -> list["Job"]:
    from paperlib.data.examples import load_examples
    from paperlib.teacher.tasks import Plan, creation_jobs, rewriting_jobs

    shared = ("task", "surface", "model", "temperature", "top_p", "max_tokens", "json_mode", "seed")
    plan = Plan(**{name: getattr(arguments, name) for name in shared})
    if arguments.task == "create":
        if arguments.data:
            raise PaperlibError("--data is for --task rewrite; --task create needs --schemas alone")
        return creation_jobs(plan, schemas, arguments.n_examples)
    if not arguments.data:
        raise PaperlibError("--task rewrite needs --data, the examples whose texts are to be rewritten")
    return rewriting_jobs(plan, load_examples(arguments.data), schemas, arguments.n_examples)


def _validator(schemas: "Schemas") -> "Validator":
    """The schema first, then the checks of EdgeJSON standard. Raises PaperlibError for a schema beyond those checks."""
    from paperlib.benchmark.fields import fields_of
    from paperlib.benchmark.standard import example_checks
    from paperlib.data.schemas import schema_violations

    for schema in schemas.values():
        fields_of(schema)

    def validate(example: "Example") -> list[str]:
        schema = schemas[example.schema_id]
        try:
            return schema_violations(example.answer, schema) or example_checks.of_text(example, schema)
        except (ArithmeticError, LookupError, TypeError) as error:  # values the benchmark never has: "", 1e300
            return [f"cannot be checked ({type(error).__name__}: {error})"]

    return validate
