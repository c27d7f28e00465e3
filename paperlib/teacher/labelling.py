"""The task "label": the teacher proposes the answers to texts that have none, for a person to correct."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from paperlib.core.errors import DataError
from paperlib.core.files import read_jsonl, read_text
from paperlib.data.examples import Example
from paperlib.data.schemas import Schema
from paperlib.teacher import instructions
from paperlib.teacher.client import Reply
from paperlib.teacher.structured_answers import in_schema_order, response_schema
from paperlib.teacher.tasks import Job, Plan, json_value


@dataclass(frozen=True)
class LabelJob(Job):
    """A text whose answer is wanted."""

    text: str = ""
    file: ClassVar[str] = "labelled.jsonl"
    corrected_by_hand: ClassVar[bool] = True

    @property
    def groups(self) -> dict[str, str]:
        return {"schema": self.schema.id}

    def request(self, attempt: int) -> dict[str, Any]:
        schema = response_schema(self.schema.body)
        prompt = instructions.reading_prompt(self.schema.body, self.text)
        return self.plan.request(prompt, self._seed(attempt), schema)

    def example(self, reply: Reply) -> Example:
        answer = in_schema_order(json_value(reply), self.schema.body)
        return Example(self.id, self.schema.id, self.schema.tier, "", "", self.text, answer)

    def row(self, example: Example) -> dict[str, Any]:
        """The example as ``paperlib finetune`` reads it."""
        return {"id": example.id, "text": example.text, "answer": example.answer}


def label_jobs(plan: Plan, texts: Path, schema: Schema, n: int | None = None) -> list[Job]:
    """One job for each of the texts in a file or folder, or for the first ``n``. Raises DataError as
    :func:`read_texts` does."""
    return [LabelJob(id, plan, schema, text=text) for id, text in read_texts(texts)[:n]]


def read_texts(path: Path) -> Sequence[tuple[str, str]]:
    """Ids and texts of a JSONL file with the field ``text``, and ``id`` if there is one, or of a folder's .txt files.

    Raises DataError naming file and line of what is missing, empty or occurs twice.
    """
    found = list(_of_folder(path) if path.is_dir() else _of_jsonl(path))
    if not found:
        raise DataError(
            f"{path}: holds no text, expected " + ("*.txt files" if path.is_dir() else "a JSON object a line")
        )
    if twice := next((id for id, n in Counter(id for id, _ in found).items() if n > 1), None):
        raise DataError(f"{path}: id {twice!r} occurs twice, expected ids that differ")
    return found


def _of_folder(folder: Path) -> Iterator[tuple[str, str]]:
    for file in sorted(folder.glob("*.txt")):
        yield file.stem, _checked(read_text(file, "text").removeprefix("\ufeff"), str(file))


def _of_jsonl(path: Path) -> Iterator[tuple[str, str]]:
    for number, row in read_jsonl(path):
        id = row.get("id")
        yield f"line {number}" if id in (None, "") else str(id), _checked(row.get("text"), f"{path}:{number}")


def _checked(text: Any, where: str) -> str:
    if not isinstance(text, str) or not text.strip():
        raise DataError(f"{where}: the text is {text!r:.40}, expected some text")
    return text
