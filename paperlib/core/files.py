"""Reading and writing files: writes are atomic, and every error names the file and, where there is one, the line."""

import errno
import hashlib
import json
import os
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from paperlib.core.errors import DataError, PaperlibError
from paperlib.core.strict_json import NotJSONError, is_encodable, parse

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
DISK_FULL = ("No space left on device", "PytorchStreamWriter", "inline_container")  # in errors of safetensors and torch
META = ".meta.json"  # the ending of a file that tells how the one of its name was made


@contextmanager
def atomic_write(path: Path) -> Iterator[Path]:
    """Yields a temporary path beside ``path`` and, if the block succeeds, renames it to ``path``.

    Raises PaperlibError naming ``path`` if the disk is full or not writable.
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
def atomic_folder(folder: Path) -> Iterator[Path]:
    """Yields the path of a temporary folder that the block makes and, if it succeeds, replaces ``folder`` by it.

    Raises PaperlibError naming ``folder`` if the disk is full or not writable.
    """
    target = folder.resolve()  # "." has no name of its own, and a link would stay where it is
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    shutil.rmtree(part, ignore_errors=True)
    try:
        with reporting_write_errors(folder):
            yield part
            shutil.rmtree(target, ignore_errors=True)
            part.rename(target)
    finally:
        shutil.rmtree(part, ignore_errors=True)


@contextmanager
def reporting_write_errors(path: Path) -> Iterator[None]:
    """Turns any error of the block that means a full or read-only disk into a PaperlibError naming ``path``.

    Besides OSError these are the exceptions by which torch and safetensors report a failed write.
    """
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
    """Writes ``text`` as UTF-8, atomically."""
    with atomic_write(path) as part:
        part.write_text(text, encoding="utf-8")


def write_json(path: Path, value: Any) -> None:
    """Writes ``value`` as indented JSON, atomically."""
    write_text(path, json.dumps(value, indent=1, ensure_ascii=False) + "\n")


def write_jsonl(path: Path, rows: Iterable[dict[str, Any]]) -> None:
    """Writes one JSON object per line, atomically."""
    with atomic_write(path) as part, part.open("w", encoding="utf-8") as handle:
        handle.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def drop_torn_line(path: Path) -> None:
    """Cuts off what a killed process left after the last line break of a file; all before it stays where it is."""
    with path.open("r+b") as handle:
        handle.truncate(handle.read().rfind(b"\n") + 1)


def beside(path: Path, ending: str = META) -> Path:
    """The file that stands beside ``path``: its name without ``.jsonl``, and an ending."""
    return path.with_name(path.name.removesuffix(".jsonl") + ending)


def read_text(path: Path, what: str) -> str:
    """The text of a UTF-8 file. Raises DataError if it is missing, unreadable or not UTF-8.

    ``what`` names the expected format in the error for a folder.
    """
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


def read_json(path: Path, strict: bool = False) -> Any:
    """The value of a JSON file, which may begin with a byte order mark.

    Raises DataError naming the file and the line of the first syntax error or, if ``strict``, a key that occurs twice
    in one object and what Python alone reads (:mod:`paperlib.core.strict_json`): NaN, half of a surrogate pair.
    """
    text = read_text(path, "JSON").removeprefix("\ufeff")
    value = _parse(text, path, 1)
    if strict:
        _check_strictly(text, str(path))
    return value


def _check_strictly(text: str, where: str) -> None:
    json.loads(text, object_pairs_hook=lambda pairs: _refuse_duplicates(pairs, where))
    try:
        parse(text)
    except NotJSONError as error:
        raise DataError(f"{where}: not valid JSON ({error})") from None


def _refuse_duplicates(pairs: list[tuple[str, Any]], where: str) -> None:
    if twice := next((key for key, n in Counter(key for key, _ in pairs).items() if n > 1), None):
        raise DataError(f"{where}: the key {twice!r} occurs twice in one object, expected once")


def read_yaml(path: Path) -> Any:
    """The value of a YAML file. Raises DataError naming the file and the place of the first syntax error."""
    text = read_text(path, "YAML")
    try:
        return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # libyaml is ten times faster
    except yaml.YAMLError as error:
        raise DataError(f"{path}: not valid YAML ({' '.join(str(error).split())})") from None


def read_jsonl(path: Path, strict: bool = False) -> Iterator[tuple[int, dict[str, Any]]]:
    """The line numbers (from 1) and objects of a JSONL file, without its blank lines.

    Raises DataError naming the first line that is not a JSON object or escapes half of a surrogate pair; if ``strict``,
    also for what :func:`read_json` then refuses.
    """
    for number, line in enumerate(read_text(path, "JSONL").removeprefix("\ufeff").split("\n"), 1):
        if not line.strip():
            continue
        row = _parse(line, path, number)
        if strict:
            _check_strictly(line, f"{path}:{number}")
        if "\\ud" in line.lower() and not is_encodable(row):
            raise DataError(f"{path}:{number}: half of a surrogate pair (\\ud800 to \\udfff), which is no character")
        if not isinstance(row, dict):
            raise DataError(f"{path}:{number}: found {type(row).__name__}, expected a JSON object")
        yield number, row


def _parse(text: str, path: Path, first_line: int) -> Any:
    """The value of JSON that starts at line ``first_line`` of ``path``."""
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        line = first_line + error.lineno - 1
        raise DataError(f"{path}:{line}: not valid JSON ({error.msg}, column {error.colno})") from None
    except (ValueError, RecursionError) as error:  # a number with too many digits, or too deep a nesting
        raise DataError(f"{path}:{first_line}: not readable JSON ({error})") from None


def digest(value: Any) -> str:
    """The first 16 hex digits of the SHA-256 of a value's canonical JSON; identifies configurations and data."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return sha256_hex(text)[:16]


def sha256_hex(text: str) -> str:
    """The SHA-256 of a text's UTF-8 bytes as 64 hexadecimal digits: a fixed order of ids that means nothing."""
    return hashlib.sha256(text.encode()).hexdigest()


def sha256(path: Path) -> str:
    """The SHA-256 of a file, in hex."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()
