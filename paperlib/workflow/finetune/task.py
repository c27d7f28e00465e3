"""What a model is to learn: documents with their schema, those held out, and the recipe for a base and so much data."""

import json
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from paperlib.core import paths
from paperlib.core.config import TrainConfig
from paperlib.core.errors import DataError, PaperlibError
from paperlib.core.files import digest, read_json, write_json
from paperlib.data.examples import Example
from paperlib.data.labelled.documents import Document, read_documents
from paperlib.data.labelled.holdout import held_out, near_duplicates
from paperlib.data.labelled.schema_inference import infer_schema
from paperlib.data.labelled.schema_order import field_paths, in_schema_order
from paperlib.data.prompts import with_prompt_style
from paperlib.data.schema_forms import GROUNDED, Node
from paperlib.data.schemas import Schema, Schemas, load_schema, schema_of, schema_violations
from paperlib.training import models
from paperlib.training.trainer import dry_run

SCHEMA, PROFILE, INFERRED = "schema", "finetune", "inferred by paperlib finetune"
TOKENS, MOST_EPOCHS = 500_000, 10  # that a training has at most, whatever the time allows
# LoRA of rank 16, the rates that did best on the dev split, up to so many parameters; see data/results/LOG.md.
RATES = {200_000_000: 1.5e-3, 1_000_000_000: 1.0e-3, math.inf: 5.0e-4}
DEFAULT = "smollm2-135m-instruct"  # is asked as all models of the study are, in no chat template
SHOWN = 3  # faults of labels that are named


@dataclass(frozen=True)
class Task:
    """Labelled documents as examples of one schema, divided into a part to train on and one held out."""

    train: list[Example]
    test: list[Example]
    schema: Schema
    inferred: bool  # whether the schema was inferred from the answers
    unknown: dict[str, int]  # fields of the answers that the schema has no place for, and how many answers had them
    left_out: int = 0  # documents that are in a test part of their own, or nearly

    @property
    def schemas(self) -> Schemas:
        return Schemas({SCHEMA: self.schema})

    def examples(self, config: TrainConfig) -> list[Example]:
        """The training part as the model of a configuration reads it, with the schema before the text or without."""
        return with_prompt_style(self.train, self.schemas, config.prompt)

    def __str__(self) -> str:
        every, schema = len(self.train) + len(self.test), "inferred from them" if self.inferred else "as given"
        left = f"; {self.left_out} left out, as they are held out elsewhere, or nearly" if self.left_out else ""
        return f"{every} documents, {len(self.train)} to train on and {len(self.test)} held out{left}; schema {schema}"


def read_task(data: Path, test: Path | None, schema: Path | None, corrected: Node | None = None) -> Task:
    """Reads documents, and their schema; without one, that is ``corrected`` if given, or else inferred.

    All of ``test`` is held out, where it is given, else a part of ``data``; neither its texts nor
    near-duplicates of them are trained on.
    Raises DataError for documents or a schema that are none, and naming line and JSON pointer of labels that the schema
    refuses. Fields that it has no place for are left out, the others put in its order, as the grammar writes them."""
    where = str(schema or ("the corrected schema" if corrected else data))
    body = load_schema(schema).body if schema else corrected
    documents, out, left_out = _divided(data, test, body)
    if body is None:
        body = infer_schema([one.answer for one in documents], [one.text for one in documents])
    known = schema_of(body, SCHEMA, where)
    _check_labels(documents, known, where)
    ordered = [in_schema_order(one.answer, body) for one in documents]
    lost = [field_paths(one.answer) - field_paths(kept) for one, kept in zip(documents, ordered, strict=True)]
    unknown = dict(Counter(".".join(path) for paths in lost for path in sorted(paths) if path[:-1] not in paths))
    examples = [
        Example(one.id, SCHEMA, None, "test" if one.id in out else "train", "", one.text, answer)
        for one, answer in zip(documents, ordered, strict=True)
    ]
    train, held = ([example for example in examples if example.split == split] for split in ("train", "test"))
    if not train:
        raise DataError(f"{data}: every document is in {test}, or is nearly one that is; expected others to train on")
    return Task(train, held, known, schema is None and corrected is None, unknown, left_out)


def _divided(data: Path, test: Path | None, schema: Node | None) -> tuple[list[Document], set[str], int]:
    """The documents, the ids of those to be held out, and how many are left out as they are in ``test``, or nearly."""
    documents = read_documents(data, schema=schema)
    if test is None:
        return documents, held_out(documents), 0
    told = schema or _with_decimals(infer_schema([one.answer for one in documents], [one.text for one in documents]))
    tested = [replace(one, id=f"test/{one.id}") for one in read_documents(test, least=1, schema=told)]
    out = {one.id for one in tested}
    if taken := next((one for one in documents if one.id in out), None):
        raise DataError(f"{taken.where}: id {taken.id!r} is also that of a document of {test}, expected another")
    groups = near_duplicates([*documents, *tested])
    seen = {one.id for group in groups if not out.isdisjoint(two.id for two in group) for one in group}
    texts = {one.text.strip() for one in tested}
    seen |= {one.id for one in documents if one.text.strip() in texts}  # whatever answer it has here
    kept = [one for one in documents if one.id not in seen]
    return [*kept, *tested], out, len(documents) - len(kept)


def _with_decimals(schema: Node) -> Node:
    """An inferred schema whose fields may hold any number where all that were seen are whole ones."""
    fields = schema.get("properties", {})
    return {
        **schema,
        "properties": {k: {**v, "type": "number"} if v.get("type") == "integer" else v for k, v in fields.items()},
    }


def _check_labels(documents: Sequence[Document], schema: Schema, where: str) -> None:
    refused = [(one, faults[0]) for one in documents if (faults := schema_violations(one.answer, schema))]
    if refused:
        named = "; ".join(f"{one.where}: {fault}" for one, fault in refused[:SHOWN])
        raise DataError(f"{len(refused)} of {len(documents)} answers do not follow {where}: {named}")


def recipe(task: Task, base: str, minutes: float, seed: int, threads: int, run: str) -> TrainConfig:
    """The configuration of a training that takes about ``minutes``, or as long as it takes to see the documents
    MOST_EPOCHS times or TOKENS tokens, whichever is least. ``base`` may be an adapter that comes with the package, or
    the folder of one: the training then goes on from it. Raises PaperlibError where a tenth of the documents takes
    longer."""
    config = TrainConfig(
        run=run,
        profile=PROFILE,
        base=base,
        recipe=PROFILE,
        data=PROFILE,
        batch_tokens=512,
        layout="indented",
        space_tokens="after colon",
        seed=seed,
        threads=threads,
    )
    if adapter := paths.trained(PROFILE, base):
        theirs = read_json(adapter / "train.json")["config"]
        alike = {name: theirs[name] for name in ("base", "layout", "prompt", "space_tokens", "lora_r", "lora_alpha")}
        config = TrainConfig(**{**config.model_dump(), **alike, "init_from": (base,)})
    elif base != DEFAULT and models.tokenizer_of(base).chat_template:
        config = config.model_copy(update={"prompt": "chat"})
    parameters = models.parameters_of(config.base)
    rate = next(rate for most, rate in RATES.items() if parameters <= most)
    config = config.model_copy(update={"learning_rate": rate})
    once = dry_run(config, task.examples(config))
    if (in_time := 60 * minutes / once.seconds) < 0.1:
        raise PaperlibError(
            f"--minutes {minutes:g}: reading the {len(task.train)} documents once takes about "
            f"{once.seconds / 60:.0f} minutes with {base}, expected more time, fewer documents or a smaller base"
        )
    epochs = min(in_time, TOKENS / once.tokens, MOST_EPOCHS)
    return config.model_copy(update={"epochs": max(round(epochs, 2), 0.01)})


def write_schema(task: Task, folder: Path) -> Path:
    """Writes the schema where ``extract`` finds it beside the model; an inferred one with its hash, so that
    :func:`corrected_schema` can tell whether a person has changed it."""
    body, path = task.schema.body, folder / "schema.json"
    write_json(path, {"$comment": f"{INFERRED} {schema_digest(body)}", **body} if task.inferred else body)
    return path


def schema_digest(body: Node) -> str:
    """What tells schemas apart, the order of their fields too, but not which of them the text has to support: a
    training finds that out."""

    def asked(node: Node) -> Node:
        return {key: value for key, value in node.items() if key != GROUNDED or isinstance(value, dict)}

    return digest(json.dumps(json.loads(json.dumps(body), object_hook=asked)))


def corrected_schema(folder: Path) -> Node | None:
    """The schema in ``folder``, if there is one that is not as it was inferred."""
    path = folder / "schema.json"
    body = dict(load_schema(path).body) if path.is_file() else None
    comment = str(body.pop("$comment", "")) if body else ""
    return None if body is None or comment == f"{INFERRED} {schema_digest(body)}" else body
