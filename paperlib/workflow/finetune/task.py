"""What a model is to learn: documents with their schema, those held out, and the recipe for a base and so much data."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from paperlib.core.config import TrainConfig
from paperlib.core.errors import DataError, PaperlibError
from paperlib.core.files import write_json
from paperlib.data.examples import Example
from paperlib.data.labelled.documents import Document, read_documents
from paperlib.data.labelled.holdout import held_out
from paperlib.data.labelled.schema_inference import infer_schema
from paperlib.data.schemas import Schema, Schemas, load_schema, schema_of, schema_violations
from paperlib.training.trainer import dry_run

SCHEMA, PROFILE = "schema", "finetune"
TOKENS, MOST_EPOCHS = 500_000, 10  # that a training has at most, whatever the time allows
# LoRA of rank 16, the rate that did best on the dev split for each size; see data/results/LOG.md.
RATES = {"smollm2-135m-instruct": 1.5e-3, "qwen2.5-coder-1.5b-instruct": 5.0e-4}
RATE = 1.0e-3
SHOWN = 3  # faults of labels that are named


@dataclass(frozen=True)
class Task:
    """Labelled documents as examples of one schema, divided into a part to train on and one held out."""

    train: list[Example]
    test: list[Example]
    schema: Schema
    inferred: bool  # whether the schema was inferred from the answers

    @property
    def schemas(self) -> Schemas:
        return Schemas({SCHEMA: self.schema})

    def __str__(self) -> str:
        every, schema = len(self.train) + len(self.test), "inferred from them" if self.inferred else "as given"
        return f"{every} documents, {len(self.train)} to train on and {len(self.test)} held out; schema {schema}"


def read_task(data: Path, schema: Path | None) -> Task:
    """Reads documents, and their schema or infers one. Raises DataError for either, and naming line and JSON pointer of
    labels that the schema refuses."""
    documents = read_documents(data)
    body = load_schema(schema).body if schema else infer_schema([document.answer for document in documents])
    known = schema_of(body, SCHEMA, str(schema or data))
    _check_labels(documents, known)
    out = held_out(documents)
    examples = [
        Example(one.id, SCHEMA, None, "test" if one.id in out else "train", "", one.text, one.answer)
        for one in documents
    ]
    train, test = ([example for example in examples if example.split == split] for split in ("train", "test"))
    if not test:
        raise DataError(f"{data}: the documents are near-duplicates of each other, so that none can be held out")
    return Task(train, test, known, schema is None)


def _check_labels(documents: Sequence[Document], schema: Schema) -> None:
    refused = [(one, faults[0]) for one in documents if (faults := schema_violations(one.answer, schema))]
    if refused:
        named = "; ".join(f"{one.where}: {fault}" for one, fault in refused[:SHOWN])
        raise DataError(f"{len(refused)} of {len(documents)} answers do not follow the schema: {named}")


def recipe(task: Task, base: str, minutes: float, seed: int, threads: int, run: str) -> TrainConfig:
    """The configuration of a training that takes about ``minutes``, or as long as it takes to see the documents
    MOST_EPOCHS times or TOKENS tokens, whichever is least. Raises PaperlibError where a tenth of them takes longer."""
    config = TrainConfig(
        run=run,
        profile=PROFILE,
        base=base,
        recipe=PROFILE,
        data=PROFILE,
        learning_rate=RATES.get(base, RATE),
        batch_tokens=512,
        layout="indented",
        space_tokens="after colon",
        seed=seed,
        threads=threads,
    )
    once = dry_run(config, task.train)
    epochs = min(60 * minutes / once.seconds, TOKENS / once.tokens, MOST_EPOCHS)
    if epochs < 0.1:
        raise PaperlibError(
            f"--minutes {minutes:g}: reading the {len(task.train)} documents once takes about "
            f"{once.seconds / 60:.0f} minutes with {base}, expected more time, fewer documents or a smaller base"
        )
    return config.model_copy(update={"epochs": round(epochs, 2), "warmup_ratio": 0.05})


def write_schema(task: Task, folder: Path) -> Path:
    """Writes the schema where ``extract`` finds it beside the model."""
    folder.mkdir(parents=True, exist_ok=True)
    write_json(folder / "schema.json", task.schema.body)
    return folder / "schema.json"
