"""The datasets of a run: generated or read from a third party, and stored under ``build/`` for the later stages."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from paperlib.benchmark.edgejson import generate
from paperlib.benchmark.edgejson_checks import validate
from paperlib.benchmark.function_calls.call_checks import check
from paperlib.benchmark.function_calls.call_drawing import draw_calls
from paperlib.benchmark.intents.intent_records import intent_examples, intent_schemas
from paperlib.benchmark.standard import build as standard
from paperlib.core import paths
from paperlib.core.config import (
    DOCUMENTS,
    EDGE_INTENT,
    EDGEJSON,
    FUNCTION_CALLS,
    INTENT_SETS,
    STANDARD,
    DataConfig,
    TrainConfig,
)
from paperlib.core.errors import PaperlibError
from paperlib.core.files import sha256_hex, write_jsonl
from paperlib.data.examples import Example, load_examples, save_examples
from paperlib.data.function_calls import bfcl
from paperlib.data.prompts import with_prompt_style
from paperlib.data.schemas import Schemas, load_schemas
from paperlib.data.third_party import WHOLE, case_schemas, folder_of, load_named
from paperlib.training.augmentation.recombination import recombine
from paperlib.training.augmentation.schema_augmentation import augmented_examples, synthetic_examples
from paperlib.training.documents.drawing import draw_documents, held_out_documents

SCHEMAS = "schemas.jsonl"  # beside the splits of a dataset whose examples have a schema each


@dataclass(frozen=True)
class Data:
    """The training and test split of a dataset, and the schemas of its records."""

    train: list[Example]
    test: list[Example]
    schemas: Schemas


def make_data(config: DataConfig) -> Data:
    """Generates a dataset, or reads a third-party one, and stores its splits as ``train.jsonl`` and ``test.jsonl``.

    A third-party dataset is tested on its ``held-out`` or ``test`` split or, with ``config.dev``, on its ``dev`` split,
    so that settings are not chosen on reported data. Raises PaperlibError if it does not have that split.
    """
    folder = paths.data(config.profile, config.dataset)
    if config.dataset == FUNCTION_CALLS:  # each under a schema of its own
        train, of_train = draw_calls(config.n_train, config.data_seed)
        test, of_test = draw_calls(config.n_test, config.data_seed, "dev" if config.dev else "test")
        drawn = Schemas(of_train | of_test)
        check({"train": train, test[0].split: test}, drawn)
        write_jsonl(folder / SCHEMAS, ({"id": schema.id, "schema": schema.body} for schema in drawn.values()))
    elif config.dataset == EDGEJSON:
        examples = generate(config.n_train, config.n_test, config.data_seed)
        validate(examples, load_schemas())
        train, test = _split(examples, "train"), _split(examples, "test")
    elif config.dataset in STANDARD:
        train, test = standard.train_and_test(config.dataset, config.n_train, config.n_test, config.data_seed)
    elif config.dataset in INTENT_SETS:
        train = sample(intent_examples(config.dataset, "train"), config.n_train)
        test = sample(intent_examples(config.dataset, "dev" if config.dev else "test"), config.n_test)
    elif config.dataset == DOCUMENTS:
        train, test = [], held_out_documents()[0][: config.n_test]
    else:
        examples = load_named(config.dataset)
        train = _split(examples, "train")[: config.n_train]
        test = sample(_test_split(examples, config), config.n_test)
    save_examples(folder / "train.jsonl", train)
    save_examples(folder / "test.jsonl", test)
    return Data(train, test, drawn if config.dataset == FUNCTION_CALLS else schemas_of(config.dataset))


def load_data(profile: str, dataset: str) -> Data:
    """Loads a dataset that :func:`make_data` stored under the profile. Raises PaperlibError if it does not exist."""
    folder = paths.data(profile, dataset)
    if not (folder / "test.jsonl").is_file():
        raise PaperlibError(f"{paths.display(folder)} is missing; run notebooks/01_dataset.ipynb or `make smoke`")
    train = folder / "train.jsonl"
    examples = load_examples(train) if train.stat().st_size else []  # some datasets are tested on alone
    schemas = load_schemas(folder / SCHEMAS) if dataset == FUNCTION_CALLS else schemas_of(dataset)
    return Data(examples, load_examples(folder / "test.jsonl"), schemas)


def training_examples(config: TrainConfig, data: Data) -> list[Example]:
    """The examples that a run is trained on, with the prompts that its model is given.

    They are ``train_fraction`` of the training split, a larger fraction containing the smaller ones, and in the numbers
    that the configuration gives: ``recombined`` examples made from these with the run's seed (see
    :mod:`paperlib.training.augmentation.recombination`), ``schema_augmented`` further examples of EdgeJSON standard,
    each under a schema of its own (:mod:`~paperlib.training.augmentation.schema_augmentation`), examples of
    ``synthetic_schemas`` for fictitious record types (:mod:`~paperlib.training.augmentation.synthetic_schemas`),
    ``documents`` of many kinds and languages (:mod:`paperlib.training.documents`), requests with tools and the
    ``function_calls`` that are right (:mod:`paperlib.benchmark.function_calls`), utterances of EdgeIntent-200 and their
    ``intents`` (:mod:`paperlib.benchmark.intents`), and ``extra_examples`` of EdgeJSON's label-value lines.

    Raises PaperlibError for extra examples on EdgeJSON itself, and for schemas that the prompt does not contain.
    """
    if config.extra_examples and config.data == EDGEJSON:
        raise PaperlibError(f"run {config.run!r}: extra_examples={config.extra_examples} on {EDGEJSON}; raise n_train")
    for name in ("schema_augmented", "synthetic_schemas", "documents", "intents"):
        if (n := getattr(config, name)) and (config.prompt == "plain" or config.data not in STANDARD):
            raise PaperlibError(f"run {config.run!r}: {name}={n} needs prompt: schema and data: standard")
    if (n := config.function_calls) and (config.prompt == "plain" or config.data not in (*STANDARD, FUNCTION_CALLS)):
        reason = f"needs prompt: schema and data: standard or {FUNCTION_CALLS}"
        raise PaperlibError(f"run {config.run!r}: function_calls={n} {reason}")
    chosen = sampled(data.train, config.train_fraction)
    recombined = recombine(chosen, data.schemas, config.recombined, config.seed)
    augmented, schemas = augmented_examples(config.schema_augmented, len(data.train), config.seed)
    synthetic, theirs = synthetic_examples(config.synthetic_schemas, config.seed)
    documents, of_documents = draw_documents(config.documents, config.seed, config.document_mixture)
    calls, of_calls = draw_calls(config.function_calls, f"run{config.seed}")
    intents = sample(intent_examples(EDGE_INTENT, "train"), config.intents) if config.intents else []
    extra = _split(generate(config.extra_examples), "train") if config.extra_examples else []
    known = Schemas(data.schemas | schemas | theirs | of_documents | of_calls | (load_schemas() if extra else {}))
    known |= intent_schemas(EDGE_INTENT) if intents else {}
    drawn = [*recombined, *augmented, *synthetic, *documents, *calls, *intents, *extra]
    return with_prompt_style([*chosen, *drawn], known, config.prompt)


def sampled(train: Sequence[Example], fraction: float) -> list[Example]:
    """The examples that a run with this ``train_fraction`` is trained on; a larger fraction contains a smaller one."""
    return sample(train, math.ceil(fraction * len(train)))


def schemas_of(dataset: str) -> Schemas:
    """The schemas of a dataset, generated or third-party; empty if it has none."""
    if dataset in STANDARD:
        return Schemas(standard.schemas_of("train") | standard.schemas_of("unseen-schema"))
    if dataset == EDGEJSON:
        return load_schemas()
    if dataset in INTENT_SETS:
        return intent_schemas(dataset)
    if dataset == DOCUMENTS:
        return held_out_documents()[1]
    root = paths.data_root()
    if dataset in bfcl.FILES and root:
        return bfcl.bfcl_schemas(dataset, root / folder_of(dataset))
    if dataset == "cases" and root:
        return case_schemas(root / dataset)
    folders = [*([root / dataset.removesuffix(WHOLE) / "schemas"] if root else []), paths.THIRD_PARTY_SCHEMAS / dataset]
    return next((load_schemas(folder) for folder in folders if folder.is_dir()), Schemas())


def _test_split(examples: Sequence[Example], config: DataConfig) -> list[Example]:
    names = ("dev",) if config.dev else ("held-out", "test")
    if found := next((part for name in names if (part := _split(examples, name))), None):
        return found
    raise PaperlibError(f"dataset {config.dataset!r} has no {' or '.join(names)} split")


def sample(examples: Sequence[Example], n: int) -> list[Example]:
    """At most ``n`` examples in their order: those with the smallest SHA-256 of the id, a sample across all schemas."""
    chosen = {example.id for example in sorted(examples, key=lambda example: sha256_hex(example.id))[:n]}
    return [example for example in examples if example.id in chosen]


def _split(examples: Sequence[Example], split: str) -> list[Example]:
    return [e for e in examples if e.split == split]
