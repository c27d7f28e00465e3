"""The published figures that the study examines, from the one file that holds them."""

from pathlib import Path

from paperlib.core import paths
from paperlib.core.files import read_yaml
from paperlib.core.records import Strict, of_file

FILE = paths.within("data/announced.yaml")


class Figure(Strict):
    """One published figure: as printed, where it is printed, and the count behind it where that is known."""

    printed: str  # exactly as in the announcement
    unit: str  # "%", "M", "s", "x" (times) or nothing
    where: str  # section of the announcement
    k: int | None = None  # successes
    n: int | None = None  # examples in the group


class AnnouncedModel(Strict):
    name: str
    parameters: int
    figures: dict[str, Figure]  # by quantity, e.g. "complex exact"


class Announced(Strict):
    title: str
    publisher: str
    date: str  # ISO 8601
    test_set: str
    models: dict[str, AnnouncedModel]
    claims: dict[str, Figure]


def load_announced(file: Path = FILE) -> Announced:
    """Raises DataError naming file and field where the file does not follow its type."""
    return of_file(Announced, read_yaml(file), file)
