"""Rules decided by the base models' published shapes, and by the size of a file that holds weights of such a shape."""

from typing import Annotated, Literal

from pydantic import Field

from paperlib.claims.model_shapes import ModelShape, Size
from paperlib.claims.rules import Evidence, Figure, NotTestableError, Rules, Status, Verdict, by_reading
from paperlib.core.strict_model import StrictModel

RULES = Rules("the base model's shape")
MILLION = 1e6


class Reading(StrictModel):
    """One way to compute a quantity from a shape; ``says`` is what it assumes.

    ``rank``: of the LoRA matrices, which "parameters" count in. ``bits``: a weight, for "megabytes" (10^6 bytes).
    """

    quantity: Literal["parameters", "trainable", "megabytes"]
    says: str
    rank: int | None = None
    bits: float | None = None


@RULES.add(
    confirms="the first reading prints as stated; a different reading where only a later one does",
    refutes="no reading does",
)
def architecture(
    evidence: Evidence, *, model: Size, figure: Figure, readings: Annotated[tuple[Reading, ...], Field(min_length=1)]
) -> Verdict:
    """A count in millions or a size in megabytes that follows from the shape; the plain reading comes first."""
    values = [_quantity(evidence.facts.base_models[model], reading) for reading in readings]
    low, high = figure.bounds
    place = next((place for place, value in enumerate(values) if low <= value <= high), None)
    shown = "; ".join(f"{reading.says}: {value:.4g}" for reading, value in zip(readings, values, strict=True))
    return Verdict(by_reading(place), f"{shown}; stated {figure.printed}", values[place or 0], None, figure.unit)


@RULES.add(
    confirms="a quantised file of weights of this shape has the stated size",
    refutes="the bits of the weights alone, without scales, already take more than is stated; a file of another size "
    "is not reproduced, as formats differ, and without a file the claim is not testable",
)
def file_size(evidence: Evidence, *, model: Size, figure: Figure, bits: float) -> Verdict:
    """The size in megabytes (10^6 bytes) of weights quantised to so many bits, held against a real file."""
    least = evidence.facts.base_models[model].parameters * bits / 8 / MILLION
    bound = f"{bits:g} bits a weight and nothing else take {least:.1f} MB, stated {figure.printed}"
    low, high = figure.bounds
    if high < least:
        return Verdict("refuted", bound, least, None, figure.unit)
    file = evidence.facts.weight_files.get(model)
    if file is None:
        raise NotTestableError(f"no quantised file of this model is at hand, and such files hold scales too; {bound}")
    size = file.bytes / MILLION
    status: Status = "reproduced" if low <= size <= high else "not reproduced"
    return Verdict(status, f"{file.name} ({file.source}) takes {size:.1f} MB; {bound}", size, None, figure.unit)


def _quantity(shape: ModelShape, reading: Reading) -> float:
    adapter = shape.lora(reading.rank) if reading.rank else 0
    count = adapter if reading.quantity == "trainable" else shape.parameters + adapter
    return count * reading.bits / 8 / MILLION if reading.bits else count / MILLION
