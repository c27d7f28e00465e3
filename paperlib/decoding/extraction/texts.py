"""The text that a command is to read: an argument, a file, or standard input."""

import argparse
import sys
from pathlib import Path

from paperlib.core.errors import DataError, PaperlibError
from paperlib.core.strict_json import is_encodable

BOM = "\ufeff"
FILE_LIKE = 4  # letters at most of a suffix by which an argument is taken for the name of a file that does not exist


def read_arguments(arguments: argparse.Namespace) -> list[str]:
    """The texts to read, none where ``--jsonl`` names them. Raises PaperlibError where the arguments contradict."""
    if arguments.jsonl:
        if arguments.texts or not arguments.out:
            raise PaperlibError("--jsonl needs --out, and no other text beside it")
        return []
    if arguments.out:
        raise PaperlibError("--out needs --jsonl IN, whose texts are then read; a single answer is printed")
    if not arguments.texts:
        raise PaperlibError("expected a text, a file that holds one, - for standard input, or --jsonl IN --out OUT")
    return [read_argument(argument) for argument in arguments.texts]


def read_argument(argument: str) -> str:
    """The text that ``argument`` stands for: standard input for ``-``, the contents of a file of that name, or itself.
    Lines of input and files end with a line feed, as in the files that models are trained on.

    Raises DataError for a file that is no text in UTF-8, for what holds nothing but white space, and for an argument
    that looks like a file's name (one word with a suffix) where there is no such file.
    """
    if argument == "-":
        return _decoded(sys.stdin.buffer.read(), "standard input")
    path = Path(argument)
    if argument and _exists(path):
        if path.is_dir():
            raise DataError(f"{path}: is a folder, expected a text or a file that holds one")
        try:
            data = path.read_bytes()
        except OSError as error:
            raise DataError(f"{path}: cannot be read ({error.strerror}), expected a file that holds a text") from None
        return _decoded(data, str(path))
    if not any(map(str.isspace, argument)) and 1 < len(path.suffix) <= FILE_LIKE + 1 and path.suffix[1:].isalpha():
        raise DataError(f"{path}: no such file, expected a text or a file that holds one (- reads standard input)")
    return _checked(argument, "the text")


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # too long for a name, or with a NUL in it
        return False


def _decoded(data: bytes, where: str) -> str:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        found = " (it begins like UTF-16)" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else ""
        raise DataError(f"{where}: not UTF-8 (byte {error.start}){found}, expected a text in UTF-8") from None
    if "\0" in text:
        raise DataError(f"{where}: holds a NUL character (byte {data.index(0)}), expected a text, not a binary file")
    return _checked(text.removeprefix(BOM).replace("\r\n", "\n").replace("\r", "\n"), where)


def _checked(text: str, where: str) -> str:
    if not is_encodable(text):
        raise DataError(f"{where}: not UTF-8, expected a text in UTF-8")
    if not text.strip():
        raise DataError(f"{where} is empty, expected a text")
    return text
