"""Replies on disk, one JSON object a line: a run that is killed at any moment makes no answered request again."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from io import FileIO
from pathlib import Path
from typing import Any

from paperlib.core.errors import DataError, PaperlibError
from paperlib.core.files import digest, drop_torn_line, read_jsonl, reporting_write_errors
from paperlib.teacher.client import Reply

FIELDS = {"text": str, "finish_reason": str | None, "usage": dict, "seconds": float, "attempts": int}  # of a Reply


@dataclass(frozen=True)
class RequestCache:
    """The replies by request hash, and the open file that holds them."""

    path: Path
    file: FileIO
    replies: dict[str, Reply]

    def get(self, request: dict[str, Any]) -> Reply | None:
        return self.replies.get(digest(request))

    def add(self, request: dict[str, Any], reply: Reply) -> None:
        """Writes one line and returns when it is on the disk. A line that does not fit is taken back."""
        line = json.dumps({"request": request, **asdict(reply)}, ensure_ascii=False).encode() + b"\n"
        with reporting_write_errors(self.path):
            size = os.fstat(self.file.fileno()).st_size
            try:
                while line:
                    line = line[self.file.write(line) :]
                os.fsync(self.file.fileno())
            except OSError:
                self.file.truncate(size)
                raise
        self.replies[digest(request)] = reply


@contextmanager
def open_cache(path: Path) -> Iterator[RequestCache]:
    """The request cache in a file, which need not exist; a last line that a kill has torn is dropped.

    Raises DataError naming a line and field that is not an entry's, and PaperlibError where another process has the
    file open.
    """
    with reporting_write_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("a+b", buffering=0)
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # the kernel drops it with the process
        except BlockingIOError:
            raise PaperlibError(f"{path}: in use by another process; wait for it, or name another --out") from None
        drop_torn_line(path)
        yield RequestCache(path, file, dict(_entry(path, number, row) for number, row in read_jsonl(path)))


def _entry(path: Path, number: int, row: dict[str, Any]) -> tuple[str, Reply]:
    """Request hash and reply of one line."""
    for name, kind in {"request": dict, **FIELDS}.items():
        if not isinstance(row.get(name), kind):
            expected = getattr(kind, "__name__", kind)
            raise DataError(f"{path}:{number}: field {name!r} is {row.get(name)!r}, expected {expected}")
    return digest(row["request"]), Reply(**{name: row[name] for name in FIELDS})
