"""Exceptions for mistakes of the user, whose messages say what to do, and the exit codes of commands."""

import os
import sys
from collections.abc import Callable
from contextlib import suppress


class PaperlibError(Exception):
    """A mistake of the user or a fault of the machine, reported as one line without a traceback."""


class DataError(PaperlibError):
    """A file with invalid content. The message names the file and, where there is one, the line and field."""


def announce(message: str) -> None:
    """Tells a person what takes a while, on standard error: to standard output goes what a command was asked for."""
    print(message, file=sys.stderr, flush=True)


def exit_code(act: Callable[[], int | None], name: str = "") -> int:
    """Runs a command and returns its exit code: its own or 0, 2 after a PaperlibError, 130 after an interrupt, 141
    where nobody reads its output any more.

    The message of the error goes to standard error, after the command's ``name`` if given.
    """
    prefix = f"{name}: " if name else ""
    try:
        status = act() or 0
        sys.stdout.flush()  # here, where a pipe that nobody reads is no fault
        return status
    except PaperlibError as error:
        print(f"{prefix}{error}", file=sys.stderr)
        return 2
    except BrokenPipeError:
        with suppress(OSError, ValueError):  # else the interpreter would complain when it flushes
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except KeyboardInterrupt:
        print(f"{prefix}stopped; finished parts are kept", file=sys.stderr)
        return 130
