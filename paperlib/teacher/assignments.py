"""What ``paperlib teach`` asks for, by its arguments: the jobs of a run, and the validator of their examples."""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from paperlib.benchmark.fields import fields_of
from paperlib.benchmark.standard import example_checks
from paperlib.core.errors import PaperlibError
from paperlib.core.files import write_jsonl
from paperlib.data.examples import Example, load_examples
from paperlib.data.schemas import Schemas, load_schema, load_schemas, schema_violations
from paperlib.teacher import acceptance
from paperlib.teacher.document_rewriting import document_jobs
from paperlib.teacher.generation import Validator
from paperlib.teacher.labelling import label_jobs
from paperlib.teacher.tasks import Job, Plan, creation_jobs, rewriting_jobs

SCHEMA_FILE = "schemas.jsonl"
SAMPLING = ("temperature", "top_p", "max_tokens", "json_mode", "seed")


@dataclass(frozen=True)
class Assignment:
    """The jobs of a run with their validator, and the schemas that were drawn for them."""

    jobs: Sequence[Job]
    validator: Validator
    drawn: Schemas = field(default_factory=Schemas)

    def write(self, folder: Path) -> None:
        """Writes the drawn schemas, if there are any, where ``load_schemas`` reads them."""
        if self.drawn:
            rows = ({"id": schema.id, "schema": schema.body} for schema in self.drawn.values())
            write_jsonl(folder / SCHEMA_FILE, rows)


def assignment(arguments: argparse.Namespace) -> Assignment:
    """Raises PaperlibError where the arguments do not fit the task, or files cannot be read."""
    for name, tasks in {"data": ("rewrite", "label"), "schema": ("label",), "surface": ("rewrite", "create")}.items():
        if getattr(arguments, name) and arguments.task not in tasks:
            raise PaperlibError(f"--{name} is for --task {' or '.join(tasks)}, not for {arguments.task}")
    return ASSIGNMENTS[arguments.task](arguments)


def _create(arguments: argparse.Namespace) -> Assignment:
    schemas = load_schemas(arguments.schemas)
    return Assignment(creation_jobs(_plan(arguments), schemas, arguments.n_examples), _of_benchmark(schemas))


def _rewrite(arguments: argparse.Namespace) -> Assignment:
    if not arguments.data:
        raise PaperlibError("--task rewrite needs --data, the examples whose texts are to be rewritten")
    schemas = load_schemas(arguments.schemas)
    jobs = rewriting_jobs(_plan(arguments), load_examples(arguments.data), schemas, arguments.n_examples)
    return Assignment(jobs, _of_benchmark(schemas))


def _documents(arguments: argparse.Namespace) -> Assignment:
    from paperlib.training.documents.drawing import draw_documents

    if not arguments.n_examples:
        raise PaperlibError("--task documents needs --n-examples, how many are to be drawn")
    examples, schemas = draw_documents(arguments.n_examples, arguments.seed)
    jobs = document_jobs(_plan(arguments), examples, schemas, arguments.agreement)
    texts = {job.id: example.text for job, example in zip(jobs, examples, strict=True)}
    return Assignment(jobs, acceptance.text_validator(texts, schemas, acceptance.tokenizer()), schemas)


def _label(arguments: argparse.Namespace) -> Assignment:
    if not (arguments.data and arguments.schema):
        raise PaperlibError("--task label needs --data, the texts to be labelled, and --schema, that of their answers")
    schema = load_schema(arguments.schema)
    jobs = label_jobs(_plan(arguments), arguments.data, schema, arguments.n_examples)
    return Assignment(jobs, acceptance.answer_validator(Schemas({schema.id: schema}), acceptance.tokenizer()))


def _plan(arguments: argparse.Namespace) -> Plan:
    surface = (arguments.surface or "email") if arguments.task in ("rewrite", "create") else ""
    model = arguments.model if arguments.base_url else Path(arguments.model).name
    return Plan(arguments.task, surface, model, **{name: getattr(arguments, name) for name in SAMPLING})


def _of_benchmark(schemas: Schemas) -> Validator:
    """The schema first, then the checks of EdgeJSON standard. Raises PaperlibError for a schema beyond those checks."""
    for schema in schemas.values():
        fields_of(schema)

    def validate(example: Example) -> list[str]:
        schema = schemas[example.schema_id]
        try:
            return schema_violations(example.answer, schema) or example_checks.of_text(example, schema)
        except (ArithmeticError, LookupError, TypeError) as error:  # values the benchmark never has: "", 1e300
            return [f"cannot be checked ({type(error).__name__}: {error})"]

    return validate


ASSIGNMENTS: dict[str, Callable[[argparse.Namespace], Assignment]] = {
    "create": _create,
    "rewrite": _rewrite,
    "documents": _documents,
    "label": _label,
}
