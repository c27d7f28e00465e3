"""The figures printed in the launch announcement: all of them stand in ``data/announcement.yaml``."""

from pathlib import Path

from paperlib.core import paths
from paperlib.core.errors import DataError
from paperlib.core.files import read_yaml
from paperlib.core.strict_model import StrictModel, validate

FILE = paths.from_root("data/announcement.yaml")
COUNTED = ("examples", "schemas", "fields", "tokens")  # units that are counted and never rounded


class PublishedFigure(StrictModel):
    """One published number; ``k`` of ``n`` where it is a share whose counts are known.

    Args:
        printed: the number exactly as the announcement prints it, as text so that nothing is rounded or padded.
        unit: "%", "pp" (percentage points), "M" (millions), "MB", "s", "x" (times), something counted, or nothing.
        where: the section of the announcement.
        step: what the number was rounded to, where that is not its last digit ("~270" MB: 10).
    """

    printed: str
    unit: str = ""
    where: str = ""
    k: int | None = None
    n: int | None = None
    step: float | None = None

    @property
    def value(self) -> float:
        """The number as printed."""
        return float(self.printed)

    @property
    def bounds(self) -> tuple[float, float]:
        """The smallest and the largest value that would be printed like this: half a step either way."""
        decimals = len(self.printed.partition(".")[2])
        half = 0.0 if self.unit in COUNTED else (self.step or 10.0**-decimals) / 2
        return self.value - half, self.value + half

    @property
    def counts(self) -> tuple[int, int]:
        """Successes and examples. Raises DataError where they are not known."""
        if self.k is None or self.n is None:
            raise DataError(f"figure {self.printed}: expected k and n")
        return self.k, self.n


class AnnouncedModel(StrictModel):
    """One of the two models and its figures by quantity, e.g. "complex exact"."""

    name: str
    parameters: int
    figures: dict[str, PublishedFigure]


class Announcement(StrictModel):
    """All of ``data/announcement.yaml``: models by size ("135m", "360m"), and figures that belong to neither."""

    title: str
    publisher: str
    date: str  # ISO 8601
    test_set: str
    models: dict[str, AnnouncedModel]
    figures: dict[str, PublishedFigure]

    def by_name(self) -> dict[str, PublishedFigure]:
        """Every figure under the name that ``data/claims.yaml`` uses: "135m exact", "gain"."""
        of_models = {f"{size} {name}": f for size, model in self.models.items() for name, f in model.figures.items()}
        return {**self.figures, **of_models}


def load_announcement(file: Path = FILE) -> Announcement:
    """Reads the figures. Raises DataError naming file and field where the file does not follow its type."""
    return validate(Announcement, read_yaml(file), file, DataError)
