"""The one exception a user may cause: its message is a whole sentence that says what to do."""


class PaperlibError(Exception):
    """A user's mistake or a fault of the machine. Shown as one line, without a traceback."""


class DataError(PaperlibError):
    """A file that does not follow its contract. The message names file, line and field."""
