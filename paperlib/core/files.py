"""Reading and writing files so that no half-written one ever looks whole."""

import errno
import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from paperlib.core.errors import DataError, PaperlibError

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
DISK_FULL = ("No space left on device", "PytorchStreamWriter", "inline_container")  # safetensors, torch.save twice


@contextmanager
def atomic_write(path: Path) -> Iterator[Path]:
    """Yields a temporary path beside ``path`` and renames it over ``path`` only if the block succeeds.

    Raises PaperlibError naming the file when the disk is full or not writable.
    """
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    with reporting_write_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            yield part
            with part.open("rb") as handle:
                os.fsync(handle.fileno())
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)


@contextmanager
def reporting_write_errors(path: Path) -> Iterator[None]:
    """Raises PaperlibError naming ``path`` when the disk is full or not writable, whoever writes inside the block:
    torch, safetensors and tokenizers each have an error of their own for it."""
    try:
        yield
    except PaperlibError:
        raise
    except Exception as error:
        if not isinstance(error, OSError) and not any(mark in str(error) for mark in DISK_FULL):
            raise
        reason = getattr(error, "strerror", None) or str(error).strip().splitlines()[-1]
        elsewhere = isinstance(error, OSError) and error.errno not in FULL
        hint = "name another place" if elsewhere else "free some space and run again"
        raise PaperlibError(f"cannot write {path}: {reason}; {hint}") from error


def write_text(path: Path, text: str) -> None:
    with atomic_write(path) as part:
        part.write_text(text, encoding="utf-8")


def write_json(path: Path, value: Any) -> None:
    write_text(path, json.dumps(value, indent=1, ensure_ascii=False) + "\n")


def write_jsonl(path: Path, rows: Iterable[dict[str, Any]]) -> None:
    with atomic_write(path) as part, part.open("w", encoding="utf-8") as handle:
        for row in rows:
            handle.write(json.dumps(row, ensure_ascii=False) + "\n")


def read_text(path: Path, what: str) -> str:
    """Raises DataError naming the file that is not there, not readable or not UTF-8."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise DataError(f"{path}: no such file") from None
    except IsADirectoryError:
        raise DataError(f"{path}: is a folder, expected a {what} file") from None
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: not UTF-8 (byte {error.start})") from None
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror})") from None


def read_json(path: Path) -> Any:
    """Raises DataError naming the file, and the line where the text stops being JSON."""
    text = read_text(path, "JSON")
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise DataError(f"{path}:{error.lineno}: not valid JSON ({error.msg})") from None
    except (ValueError, RecursionError) as error:  # a number too long, nesting too deep
        raise DataError(f"{path}: not readable JSON ({error})") from None


def read_yaml(path: Path) -> Any:
    """Raises DataError naming the file, and the line where the text stops being YAML."""
    text = read_text(path, "YAML")
    try:
        return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # libyaml is ten times faster
    except yaml.YAMLError as error:
        raise DataError(f"{path}: not valid YAML ({' '.join(str(error).split())})") from None


def read_jsonl(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Line numbers (from 1) and objects; blank lines are passed over. Raises DataError naming the line."""
    for number, line in enumerate(read_text(path, "JSONL").split("\n"), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except json.JSONDecodeError as error:
            raise DataError(f"{path}:{number}: not valid JSON ({error.msg}, column {error.colno})") from None
        except (ValueError, RecursionError) as error:
            raise DataError(f"{path}:{number}: not readable JSON ({error})") from None
        if "\\ud" in line.lower() and not _encodable(row):
            raise DataError(f"{path}:{number}: half of a surrogate pair (\\ud800 to \\udfff), which is no character")
        if not isinstance(row, dict):
            raise DataError(f"{path}:{number}: found {type(row).__name__}, expected a JSON object")
        yield number, row


def _encodable(row: Any) -> bool:
    try:
        json.dumps(row, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def digest(value: Any) -> str:
    """SHA-256 of a value's canonical JSON, first 16 hex digits: enough to tell configurations apart."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def sha256(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()
