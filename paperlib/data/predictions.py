"""Prediction, a model's answer to one example, and how files of them are read and written: nothing is cut."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

from paperlib.core.errors import DataError
from paperlib.core.files import read_jsonl, write_jsonl

Stop = Literal["eos", "value", "cap"]


@dataclass(frozen=True)
class Token:
    """One token of an output."""

    text: str  # empty for all but the last of the tokens that make up one character
    log_prob: float  # in nats, under the model alone, without a constraint
    ruled_out: str | None = None  # the text of the token that the model preferred, where a constraint forbade it
    forced: bool = False  # whether a constraint left no other


@dataclass(frozen=True)
class Prediction:
    """One answer. ``stop`` says what ended it: the end of sequence; the first complete JSON value, after which it would
    have run on; or the cap."""

    id: str
    output: str
    n_prompt_tokens: int
    n_output_tokens: int
    stop: Stop
    seconds: float  # since answers ended before it, shared by those that ended with it
    tokens: tuple[Token, ...] = field(default=(), repr=False, compare=False)  # of the output; not in files
    confidence: dict[str, float] = field(default_factory=dict, compare=False)  # of each leaf, by JSON pointer
    refusal: float | None = None  # how probable the model held it that no tool fits, or that nothing is to be extracted

    def row(self) -> dict[str, Any]:
        """The JSON object of this prediction, one line of a file."""
        row = asdict(self)
        del row["tokens"]
        if self.refusal is None:
            del row["refusal"]
        if not self.confidence:
            del row["confidence"]
        return row


def save_predictions(path: Path, predictions: Iterable[Prediction]) -> None:
    """Writes a JSONL file, one prediction a line, whole or not at all. Raises PaperlibError where it cannot be."""
    write_jsonl(path, (prediction.row() for prediction in predictions))


def load_predictions(path: Path) -> list[Prediction]:
    """The predictions of a JSONL file. Only ``id`` and ``output`` are required, so that other programs can write one.

    Raises DataError naming file, line and field.
    """
    return [parse_prediction(path, number, row) for number, row in read_jsonl(path)]


def parse_prediction(path: Path, number: int, row: dict[str, Any]) -> Prediction:
    """One row of a file of predictions. Raises DataError naming file, line and field."""
    for name in ("id", "output"):
        if not isinstance(row.get(name), str):
            found = type(row[name]).__name__ if name in row else f"none among {', '.join(row) or 'no field'}"
            raise DataError(f"{path}:{number}: field {name!r}: found {found}, expected a string")
    stop = row.get("stop", "eos")
    if stop not in get_args(Stop):
        raise DataError(f"{path}:{number}: field 'stop': found {stop!r}, expected one of {', '.join(get_args(Stop))}")
    counts: dict[str, Any] = {name: row.get(name) or 0 for name in ("n_prompt_tokens", "n_output_tokens", "seconds")}
    for name, value in counts.items():
        kind = float | int if name == "seconds" else int
        if not isinstance(value, kind) or isinstance(value, bool) or not value >= 0:
            wanted = "a number" if name == "seconds" else "a whole number"
            raise DataError(f"{path}:{number}: field {name!r}: found {value!r}, expected {wanted} of at least 0")
    refusal = row.get("refusal")
    if refusal is not None and not _is_probability(refusal):
        raise DataError(f"{path}:{number}: field 'refusal': found {refusal!r}, expected a probability, from 0 to 1")
    confidence = _confidence(path, number, row)
    return Prediction(id=row["id"], output=row["output"], stop=stop, refusal=refusal, confidence=confidence, **counts)


def _is_probability(value: Any) -> bool:
    return isinstance(value, float | int) and not isinstance(value, bool) and 0 <= value <= 1


def _confidence(path: Path, number: int, row: dict[str, Any]) -> dict[str, float]:
    value = row.get("confidence", {})
    if not isinstance(value, dict) or not all(map(_is_probability, value.values())):
        raise DataError(f"{path}:{number}: field 'confidence': expected an object of probabilities, from 0 to 1")
    return value
