"""The folders and files of the project that several modules use."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]  # the checkout
EXPERIMENTS = ROOT / "experiments.yaml"  # runs and profiles
NOTEBOOKS = ROOT / "notebooks"  # committed, with the parameters of the smoke profile as defaults
SCHEMAS = ROOT / "data" / "schemas"  # the JSON Schemas of EdgeJSON, one file each
UNSEEN_SCHEMAS = ROOT / "data" / "schemas_unseen"  # schemas for testing only
THIRD_PARTY_SCHEMAS = ROOT / "data" / "schemas_others"  # for third-party datasets without schemas, one folder each
PHRASEBOOKS = ROOT / "data" / "phrasebook"  # how people write about a record, one file per schema
WORDS = ROOT / "data" / "words"  # word lists for generating records and texts, one file per topic
REQUESTS = ROOT / "data" / "requests"  # requests with tools written by hand, to choose settings on
TEXTS = ROOT / "data" / "texts"  # texts with schemas and answers written by hand, to choose settings on
PUBLISHED_CALLS = ROOT / "data" / "published_calls.yaml"  # what others print of their own models that call functions
SCHEMA_FAMILIES = ROOT / "data" / "schema_families"  # schemas as people write them, each with values
RELEASE = ROOT / "data" / "release"  # templates of the documents in a dataset release
TEACHER_PROMPTS = ROOT / "data" / "teacher_prompts.yaml"  # surfaces, scenes and prompts of `paperlib teach`
STANDARD_SPLITS = ROOT / "data" / "standard" / "release.json"  # hashes of the released splits of EdgeJSON standard
ANNOTATIONS = ROOT / "data" / "standard" / "annotations.jsonl"  # fifty of its texts, annotated independently
DEMO = ROOT / "demo"  # the page that `paperlib export --to web` writes
RELEASED_ADAPTERS = ROOT / "data" / "models"  # adapters that come with the package, one folder each
RESULTS = ROOT / "data" / "results"  # committed records, one folder per run
REPLICATES = RESULTS / "replicates.json"  # reruns with other seeds and precisions
INTENT_RESULTS = RESULTS / "intents"  # committed records of intent classifiers, one file each
TOOL_COMPARISON = RESULTS / "tool_comparison"  # committed records of the tools, a folder a test set
ENGINE_COSTS = RESULTS / "engine_costs"  # committed costs of the forms of one model, a folder a model and test set
BLIND = ROOT / "data" / "blind"  # scores on test sets that stay closed here, made by somebody else
BENCHMARK = ROOT / "data" / "benchmark"  # committed records on EdgeJSON standard and of models trained on it
SCALING = ROOT / "data" / "scaling"  # committed records of models of other sizes, depths and ranks, and on real text
SCREENING = ROOT / "data" / "screening"  # committed records of recipes compared on the dev split
FIGURES = ROOT / "figures"  # committed figures of the committed results
PAPER = ROOT / "paper"  # LaTeX source; tables/ and values.tex are generated
STYLE = ROOT / "paperlib" / "paper" / "figures.mplstyle"  # matplotlib style of every figure


def build(profile: str) -> Path:
    """The folder of everything that a profile generates; ignored by git."""
    return ROOT / "build" / profile


def data(profile: str, dataset: str) -> Path:
    """The folder of a generated dataset, with ``train.jsonl`` and ``test.jsonl``."""
    return build(profile) / "data" / dataset


def model(profile: str, run: str) -> Path:
    """The folder of a trained model: an adapter, or the full weights of a nano model."""
    return build(profile) / "models" / run


def trained(profile: str, run: str) -> Path | None:
    """The folder of a run's trained model, from the profile or else released with the package; None without either."""
    folders = (model(profile, run), RELEASED_ADAPTERS / run)
    return next((folder for folder in folders if (folder / "train.json").is_file()), None)


def checkpoints(profile: str, run: str) -> Path:
    """The folder of an unfinished training's checkpoints, which is no declared output that Snakemake would delete."""
    return build(profile) / "checkpoints" / run


def results(profile: str) -> Path:
    """The folder of a profile's records, in the layout of RESULTS."""
    return build(profile) / "results"


def cache() -> Path:
    """The folder of downloaded and converted weights: PAPERLIB_CACHE, or ``paperlib`` in the XDG cache folder."""
    default = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "paperlib"
    return Path(os.environ.get("PAPERLIB_CACHE") or default)


def data_root() -> Path | None:
    """The folder of third-party datasets that the user named in PAPERLIB_DATA, or None."""
    return Path(value) if (value := os.environ.get("PAPERLIB_DATA")) else None


def from_root(path: str | Path) -> Path:
    """``path``, if relative, resolved against the checkout, so that notebooks run from any working directory."""
    return ROOT / path


def display(path: Path) -> str:
    """``path`` for messages: relative to the checkout if it lies inside."""
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)
