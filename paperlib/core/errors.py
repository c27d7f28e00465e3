"""Exceptions for mistakes of the user, whose messages say what to do, and the exit codes of commands."""

import sys
from collections.abc import Callable


class PaperlibError(Exception):
    """A mistake of the user or a fault of the machine, reported as one line without a traceback."""


class DataError(PaperlibError):
    """A file with invalid content. The message names the file and, where there is one, the line and field."""


def exit_code(act: Callable[[], int | None], name: str = "") -> int:
    """Runs a command and returns its exit code: its own or 0, 2 after a PaperlibError, 130 after an interrupt.

    The message of the error goes to standard error, after the command's ``name`` if given.
    """
    prefix = f"{name}: " if name else ""
    try:
        return act() or 0
    except PaperlibError as error:
        print(f"{prefix}{error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(f"{prefix}stopped; finished parts are kept", file=sys.stderr)
        return 130
