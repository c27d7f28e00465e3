"""The data of a run: generated or read from a third party, written below ``build/``, read again by later stages."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from paperlib import paths
from paperlib.config import OWN, DataConfig, TrainConfig
from paperlib.dataset import Example, load_examples, save_examples
from paperlib.errors import PaperlibError
from paperlib.generate import generate, validate
from paperlib.schemas import Schemas, load_schemas
from paperlib.splits import sha
from paperlib.thirdparty import load_named
from paperlib.vary import varied


@dataclass(frozen=True)
class Data:
    """The two parts of a dataset and the schemas of its records."""

    train: list[Example]
    test: list[Example]
    schemas: Schemas


def make_data(config: DataConfig) -> Data:
    """Generates our dataset, or reads a third-party one, and writes both parts below ``build/``.

    A third-party set is tested on its ``report``, ``held-back`` or ``test`` part, the first that it has; with
    ``config.tune`` on its ``tune`` part, so that nothing is chosen by what is reported. Raises PaperlibError where it
    has none.
    """
    folder = paths.data(config.profile, config.dataset)
    if config.dataset == OWN:
        examples = generate(config.n_train, config.n_test, config.data_seed)
        validate(examples, load_schemas())
        train, test = _split(examples, "train"), _split(examples, "test")
    else:
        examples = load_named(config.dataset)
        train = _split(examples, "train")[: config.n_train]
        test = _tested(examples, config)[: config.n_test]
    save_examples(folder / "train.jsonl", train)
    save_examples(folder / "test.jsonl", test)
    return Data(train, test, schemas_of(config.dataset))


def load_data(profile: str, dataset: str) -> Data:
    """The dataset that the profile has made. Raises DataError where it has not."""
    folder = paths.data(profile, dataset)
    if not (folder / "test.jsonl").is_file():
        raise PaperlibError(f"{paths.shown(folder)} is not made yet; run notebooks/01_dataset.ipynb or `make smoke`")
    parts = load_examples(folder / "train.jsonl"), load_examples(folder / "test.jsonl")
    return Data(*parts, schemas_of(dataset))


def trained_on(config: TrainConfig, data: Data) -> list[Example]:
    """The examples that a run is trained on: ``config.share`` of the training part, those whose ids have the smallest
    SHA-256, so that a larger share holds the smaller one; on top ``config.varied`` made from these, by the run's seed
    (:mod:`paperlib.vary`), and ``config.added`` of our own.

    Raises PaperlibError where our own were to be added to our own.
    """
    if config.added and config.dataset == OWN:
        raise PaperlibError(f"run {config.run!r}: added={config.added} on our own data; take a larger n_train")
    ranked = sorted(data.train, key=lambda example: sha(example.id))
    kept = {example.id for example in ranked[: math.ceil(config.share * len(ranked))]}
    added = _split(generate(config.added), "train") if config.added else []
    chosen = [example for example in data.train if example.id in kept]
    return chosen + varied(chosen, data.schemas, config.varied, config.seed) + added


def schemas_of(dataset: str) -> Schemas:
    """Ours, or those that came with a third-party set; empty where it has none."""
    if dataset == OWN:
        return load_schemas()
    root = paths.data_root()
    folder = root / dataset / "schemas" if root else None
    return load_schemas(folder) if folder and folder.is_dir() else Schemas()


def _tested(examples: Sequence[Example], config: DataConfig) -> list[Example]:
    names = ("tune",) if config.tune else ("report", "held-back", "test")
    if found := next((part for name in names if (part := _split(examples, name))), None):
        return found
    raise PaperlibError(f"dataset {config.dataset!r} has no {' or '.join(names)} part")


def _split(examples: Sequence[Example], split: str) -> list[Example]:
    return [e for e in examples if e.split == split]
