"""The one exception a user may cause: its message is a whole sentence that says what to do."""

import sys
from collections.abc import Callable


class PaperlibError(Exception):
    """A user's mistake or a fault of the machine. Shown as one line, without a traceback."""


class DataError(PaperlibError):
    """A file that does not follow its contract. The message names file, line and field."""


def exit_code(act: Callable[[], int | None], name: str = "") -> int:
    """Runs a command and gives its exit code: 0 or what ``act`` returns, 2 after a PaperlibError, 130 when interrupted.

    The sentence goes to standard error, after the command's ``name`` where it has one.
    """
    prefix = f"{name}: " if name else ""
    try:
        return act() or 0
    except PaperlibError as error:
        print(f"{prefix}{error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(f"{prefix}stopped; what was finished is kept", file=sys.stderr)
        return 130
