"""Every reply, one JSON object a line, written when it comes: the memory of a run that may be killed at any moment."""

import fcntl
import json
import os
import threading
from dataclasses import asdict
from pathlib import Path
from typing import Any, Self

from paperlib.core.errors import DataError, PaperlibError
from paperlib.core.files import read_jsonl, saving
from paperlib.teacher.chat import Reply, Request

NEEDED = {"request": str, "reply": str, "usage": dict, "attempts": int}  # fields that are read again, with their types


class Journal:
    """Replies by request hash, on disk as soon as `append` returns. For any number of threads of one process.

    A line that a kill has torn is dropped when the file is opened. Raises DataError naming a line that is no entry, and
    PaperlibError where another process has the file open.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        with saving(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o666)
        try:
            self._alone()
            os.ftruncate(self._file, _whole(path))
            self._replies = dict(_entry(path, number, row) for number, row in read_jsonl(path))
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __len__(self) -> int:
        return len(self._replies)

    def close(self) -> None:
        os.close(self._file)

    def get(self, request: Request) -> Reply | None:
        return self._replies.get(request.hash)

    def append(self, request: Request, reply: Reply, prompt_hash: str) -> None:
        """Writes one line and waits until the disk has it. A line that does not fit is taken back."""
        line = json.dumps(_row(request, reply, prompt_hash), ensure_ascii=False).encode() + b"\n"
        with self._lock, saving(self.path):
            before = os.fstat(self._file).st_size
            try:
                _write(self._file, line)
                os.fsync(self._file)
            except OSError:
                os.ftruncate(self._file, before)
                raise
            self._replies[request.hash] = reply

    def _alone(self) -> None:
        """The kernel drops the lock with the process, however that ends."""
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise PaperlibError(f"{self.path}: another process writes it; wait for it, or name another --out") from None


def _row(request: Request, reply: Reply, prompt_hash: str) -> dict[str, Any]:
    return {
        "request": request.hash,
        "model": request.model,
        "parameters": {**asdict(request.parameters), "seed": request.seed},
        "prompt": prompt_hash,
        "reply": reply.text,
        "finish": reply.finish,
        "usage": reply.usage,
        "seconds": reply.seconds,
        "attempts": reply.attempts,
    }


def _entry(path: Path, number: int, row: dict[str, Any]) -> tuple[str, Reply]:
    for name, kind in NEEDED.items():
        if not isinstance(row.get(name), kind):
            raise DataError(f"{path}:{number}: field {name!r} is {row.get(name)!r}, expected {kind.__name__}")
    reply = Reply(row["reply"], row.get("finish"), row["usage"], row.get("seconds") or 0.0, row["attempts"])
    return row["request"], reply


def _whole(path: Path) -> int:
    """Bytes up to the end of the last whole line."""
    return path.read_bytes().rfind(b"\n") + 1


def _write(file: int, line: bytes) -> None:
    while line:
        line = line[os.write(file, line) :]
