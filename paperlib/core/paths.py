"""Every path of the project, so that no other module spells one out."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]  # the checkout
EXPERIMENTS = ROOT / "experiments.yaml"  # runs and profiles
NOTEBOOKS = ROOT / "notebooks"  # committed notebooks, smoke defaults
SCHEMAS = ROOT / "data" / "schemas"  # our JSON Schemas, one file each
UNSEEN_SCHEMAS = ROOT / "data" / "schemas_unseen"  # schemas that are only ever tested on, never trained on
THIRD_PARTY_SCHEMAS = (
    ROOT / "data" / "schemas_others"
)  # our schemas of third-party datasets that bring none, a folder each
PHRASEBOOKS = ROOT / "data" / "phrasebook"  # how people write of a record, one file a schema
WORDS = ROOT / "data" / "words"  # word lists that records and texts are generated from, one file a topic
RELEASE = ROOT / "data" / "release"  # templates of the documents in a dataset release
TEACHER_PROMPTS = ROOT / "data" / "teacher_prompts.yaml"  # surfaces, scenes and prompts of `paperlib teach`
STANDARD_SPLITS = ROOT / "data" / "standard" / "release.json"  # hashes of the released splits of EdgeJSON standard
ANNOTATIONS = ROOT / "data" / "standard" / "annotations.jsonl"  # fifty of its texts, annotated independently
RELEASED_ADAPTERS = ROOT / "data" / "models"  # adapters that come with the package, a folder each
RESULTS = ROOT / "data" / "results"  # committed memory of the study, one folder a run
REPLICATES = RESULTS / "replicates.json"  # how much reruns differ: other seeds and precisions
BENCHMARK = ROOT / "data" / "benchmark"  # records on EdgeJSON standard and of what was trained on it
SCREENING = ROOT / "data" / "screening"  # recipes tested on a tune part, to choose by; the same shape as RESULTS
FIGURES = ROOT / "figures"  # committed pictures of the committed results
PAPER = ROOT / "paper"  # LaTeX source; tables/ and values.tex are generated
STYLE = ROOT / "paperlib" / "paper" / "figures.mplstyle"  # the look of every figure


def build(profile: str) -> Path:
    """Everything a profile makes afresh; ignored by git."""
    return ROOT / "build" / profile


def data(profile: str, dataset: str) -> Path:
    """Folder of one materialised dataset: train.jsonl and test.jsonl."""
    return build(profile) / "data" / dataset


def model(profile: str, run: str) -> Path:
    """Folder of one finished model (an adapter, or whole weights of a nano model)."""
    return build(profile) / "models" / run


def trained(profile: str, run: str) -> Path | None:
    """Folder of a finished model: the profile's, or else the package's; None where neither has it."""
    return next(
        (folder for folder in (model(profile, run), RELEASED_ADAPTERS / run) if (folder / "train.json").is_file()), None
    )


def checkpoints(profile: str, run: str) -> Path:
    """Unfinished training; outside every declared output, so that nothing deletes it on failure."""
    return build(profile) / "checkpoints" / run


def results(profile: str) -> Path:
    """Fresh records of a profile, one folder a run, the same shape as RESULTS."""
    return build(profile) / "results"


def cache() -> Path:
    """Downloaded and converted weights; PAPERLIB_CACHE overrides the XDG default."""
    default = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "paperlib"
    return Path(os.environ.get("PAPERLIB_CACHE") or default)


def data_root() -> Path | None:
    """Folder of third-party data, if the user named one in PAPERLIB_DATA."""
    return Path(value) if (value := os.environ.get("PAPERLIB_DATA")) else None


def from_root(path: str | Path) -> Path:
    """A relative path as seen from the checkout, so that notebooks run from any working directory."""
    return ROOT / path


def display(path: Path) -> str:
    """A path as a reader should see it: relative to the checkout where it lies inside."""
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)
