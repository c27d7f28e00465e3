"""Answers written to a file as they come, so that a run that was killed goes on where it was."""

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from tqdm import tqdm

from paperlib.core.errors import DataError, PaperlibError
from paperlib.core.files import (
    beside,
    digest,
    drop_torn_line,
    read_json,
    read_jsonl,
    reporting_write_errors,
    write_json,
)
from paperlib.data.examples import Example
from paperlib.data.predictions import Prediction, load_predictions, parse_prediction, save_predictions

Answered = Callable[
    [Sequence[Example]], Iterator[list[Prediction]]
]  # answers of examples, some at a time, in any order


def answers_to_file(
    answered: Answered, examples: Sequence[Example], out: Path, meta: dict[str, Any]
) -> list[Prediction]:
    """The answers in the order of the examples, written to ``out`` as they come, with ``meta`` beside it.

    ``meta`` names everything that decides the answers. A finished file of the same ``meta`` is read, an unfinished one
    is continued. Raises PaperlibError when an example does not fit the context, the file cannot be written, or ``out``
    is a file of something else.
    """
    about, part = beside(out), out.with_name(f"{out.name}.part")
    if out.exists() and not about.is_file() and not part.is_file():
        raise PaperlibError(f"{out}: is not a file of answers with {about.name} beside it; name another file")
    if out.is_file() and about.is_file() and read_json(about) == meta:
        return load_predictions(out)
    with reporting_write_errors(part):
        done = _resume(part, digest(meta))
    bar = tqdm(total=len(examples), initial=len(done))
    with reporting_write_errors(part), bar, part.open("a", encoding="utf-8") as handle:
        for batch in answered([e for e in examples if e.id not in done]):
            done |= {prediction.id: prediction for prediction in batch}
            handle.writelines(json.dumps(prediction.row(), ensure_ascii=False) + "\n" for prediction in batch)
            handle.flush()
            bar.update(len(done) - bar.n)
    about.unlink(missing_ok=True)
    save_predictions(out, predictions := [done[e.id] for e in examples])
    write_json(about, meta)
    part.unlink()
    return predictions


def _resume(part: Path, key: str) -> dict[str, Prediction]:
    """Answers of an interrupted run with the same key; a torn last line is dropped."""
    if part.is_file():
        drop_torn_line(part)
        try:
            rows = list(read_jsonl(part))
            if rows and rows[0][1] == {"key": key}:
                return {row["id"]: parse_prediction(part, number, row) for number, row in rows[1:]}
        except DataError:
            pass  # damaged: start again
    part.parent.mkdir(parents=True, exist_ok=True)
    part.write_text(json.dumps({"key": key}) + "\n", encoding="utf-8")
    return {}
