"""The data of a run: generated or read from a third party, written below ``build/``, read again by later stages."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from paperlib.benchmark.edgejson import generate
from paperlib.benchmark.edgejson_checks import validate
from paperlib.benchmark.standard import build as standard
from paperlib.core import paths
from paperlib.core.config import OWN, STANDARD, DataConfig, TrainConfig
from paperlib.core.errors import PaperlibError
from paperlib.data.examples import Example, load_examples, save_examples
from paperlib.data.published_split import sha
from paperlib.data.schemas import Schemas, compact, load_schemas
from paperlib.data.third_party import WHOLE, load_named
from paperlib.training.augmentation.recombination import varied
from paperlib.training.augmentation.schema_augmentation import inventions, recasts


@dataclass(frozen=True)
class Data:
    """The two parts of a dataset and the schemas of its records."""

    train: list[Example]
    test: list[Example]
    schemas: Schemas


def make_data(config: DataConfig) -> Data:
    """Generates one of our datasets, or reads a third-party one, and writes both parts below ``build/``.

    A third-party set is tested on its ``report``, ``held-back`` or ``test`` part, the first that it has; with
    ``config.tune`` on its ``tune`` part, so that nothing is chosen by what is reported. Raises PaperlibError where it
    has none.
    """
    folder = paths.data(config.profile, config.dataset)
    if config.dataset == OWN:
        examples = generate(config.n_train, config.n_test, config.data_seed)
        validate(examples, load_schemas())
        train, test = _split(examples, "train"), _split(examples, "test")
    elif config.dataset in STANDARD:
        train, test = standard.parts(config.dataset, config.n_train, config.n_test, config.data_seed)
    else:
        examples = load_named(config.dataset)
        train = _split(examples, "train")[: config.n_train]
        test = _some(_tested(examples, config), config.n_test)
    save_examples(folder / "train.jsonl", train)
    save_examples(folder / "test.jsonl", test)
    return Data(train, test, schemas_of(config.dataset))


def load_data(profile: str, dataset: str) -> Data:
    """The dataset that the profile has made. Raises PaperlibError where it has not."""
    folder = paths.data(profile, dataset)
    if not (folder / "test.jsonl").is_file():
        raise PaperlibError(f"{paths.shown(folder)} is not made yet; run notebooks/01_dataset.ipynb or `make smoke`")
    parts = load_examples(folder / "train.jsonl"), load_examples(folder / "test.jsonl")
    return Data(*parts, schemas_of(dataset))


def trained_on(config: TrainConfig, data: Data) -> list[Example]:
    """The examples that a run is trained on: ``config.share`` of the training part, those whose ids have the smallest
    SHA-256, so that a larger share holds the smaller one; on top ``config.varied`` made from these, by the run's seed
    (:mod:`paperlib.training.augmentation.recombination`), ``config.recast`` further ones of EdgeJSON standard, each under a schema of its own
    (:mod:`paperlib.training.augmentation.schema_augmentation`), ``config.invented`` of record types that do not exist
    (:mod:`paperlib.training.augmentation.synthetic_schemas`), and ``config.added`` label-value lines of our own.

    Raises PaperlibError where label-value lines were to be added to such, or a schema of its own is not shown.
    """
    if config.added and config.dataset == OWN:
        raise PaperlibError(f"run {config.run!r}: added={config.added} on our own data; take a larger n_train")
    for name in ("recast", "invented"):
        if (n := getattr(config, name)) and (config.prompt != "schema" or config.dataset not in STANDARD):
            raise PaperlibError(f"run {config.run!r}: {name}={n} needs prompt: schema and dataset: standard")
    chosen = _some(data.train, math.ceil(config.share * len(data.train)))
    made = varied(chosen, data.schemas, config.varied, config.seed)
    others, schemas = recasts(config.recast, len(data.train), config.seed) if config.recast else ([], Schemas())
    unheard, theirs = inventions(config.invented, config.seed)
    added = _split(generate(config.added), "train") if config.added else []
    known = Schemas(data.schemas | schemas | theirs | (load_schemas() if added else {}))
    return shown([*chosen, *made, *others, *unheard, *added], known, config.prompt)


def with_schema(example: Example, schemas: Schemas) -> Example:
    """The example as a model reads it that is told what to look for: its schema, compactly, before its text."""
    return replace(example, text=f"{compact(schemas[example.schema_id].body)}\n\n{example.text}", spans=())


def shown(examples: Sequence[Example], schemas: Schemas, prompt: Literal["plain", "schema"]) -> list[Example]:
    """The examples as a model reads them: their texts alone, or below their schemas."""
    return [with_schema(example, schemas) for example in examples] if prompt == "schema" else list(examples)


def schemas_of(dataset: str) -> Schemas:
    """Ours, those that came with a third-party set, or those that we wrote for it; empty where there are none."""
    if dataset in STANDARD:
        return Schemas(standard.schemas_of("train") | standard.schemas_of("unseen-schema"))
    if dataset == OWN:
        return load_schemas()
    root = paths.data_root()
    folders = [*([root / dataset.removesuffix(WHOLE) / "schemas"] if root else []), paths.OTHERS / dataset]
    return next((load_schemas(folder) for folder in folders if folder.is_dir()), Schemas())


def _tested(examples: Sequence[Example], config: DataConfig) -> list[Example]:
    names = ("tune",) if config.tune else ("report", "held-back", "test")
    if found := next((part for name in names if (part := _split(examples, name))), None):
        return found
    raise PaperlibError(f"dataset {config.dataset!r} has no {' or '.join(names)} part")


def _some(examples: Sequence[Example], n: int) -> list[Example]:
    """At most ``n`` in their order: those whose ids have the smallest SHA-256, so that every schema has its share."""
    chosen = {example.id for example in sorted(examples, key=lambda example: sha(example.id))[:n]}
    return [example for example in examples if example.id in chosen]


def _split(examples: Sequence[Example], split: str) -> list[Example]:
    return [e for e in examples if e.split == split]
