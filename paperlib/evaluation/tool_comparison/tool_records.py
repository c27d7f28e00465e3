"""The record of what one tool answered, and what that took; one JSON file each."""

from pathlib import Path

from pydantic import Field

from paperlib.core import paths
from paperlib.core.errors import DataError
from paperlib.core.files import read_json
from paperlib.core.records import Metric, Provenance
from paperlib.core.strict_model import StrictModel, validate

STOCK = ("qwen2.5-coder-0.5b-instruct", "qwen2.5-coder-1.5b-instruct")
TOOLS = [
    "rules",
    "paperlib:reader-135m",
    "paperlib:reader-494m",
    *(f"{kind}:{base}" for kind in ("llama.cpp", "langextract") for base in STOCK),
]  # by default


class ComparisonConfig(StrictModel):
    """Which texts are read, and how often."""

    test: str = "sroie"  # a test set of experiments.yaml
    examples: int = Field(10, ge=1)  # those with the smallest SHA-256 of their ids
    repeats: int = Field(2, ge=1)  # each in a process of its own, in turn with those of the other tools
    threads: int = Field(2, ge=1)

    @property
    def key(self) -> str:
        """The folder of its records."""
        return f"{self.test}-{self.examples}-{self.threads}-threads"


class ToolRecord(StrictModel):
    """What one tool answered to the same texts as the others, and what it took, by repeat."""

    tool: str  # its name
    megabytes: float  # of the weights to download, 10^6 bytes; 0 for none
    test_set: str
    split: str
    test_hash: str
    seed: int  # nothing is drawn: answers are greedy, and texts are chosen by hash
    failed: int  # texts without an answer, which count as wrong
    leaves: tuple[int, int]  # right ones, and expected ones, of all texts together
    metrics: tuple[Metric, ...]
    seconds: tuple[float, ...]  # from a text to its answer, one at a time, by repeat: the mean over the texts
    peak_memory_gb: tuple[
        float, ...
    ]  # of the process that holds the model: the server's, where there is one; 10^9 bytes
    config: ComparisonConfig
    provenance: Provenance


def load_tools(folder: Path = paths.TOOL_COMPARISON) -> list[ToolRecord]:
    """The records below ``folder``, by test set, each in the order of their F1.

    Raises DataError naming the file and the first invalid field."""
    found = [validate(ToolRecord, read_json(path), path, DataError) for path in sorted(folder.glob("*/*.json"))]
    return sorted(found, key=lambda one: (one.config.key, _f1(one), one.tool))


def _f1(one: ToolRecord) -> float:
    return next(row.value for row in one.metrics if (row.metric, row.group) == ("field_f1", "overall"))
