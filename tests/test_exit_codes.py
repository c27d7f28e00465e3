"""The exit codes of commands, and what they say on standard error."""

import os
import subprocess
import sys
from collections.abc import Callable

import pytest

from paperlib.core.errors import DataError, PaperlibError, exit_code


def raising(error: BaseException) -> Callable[[], int]:
    def act() -> int:
        raise error

    return act


@pytest.mark.parametrize(
    ("act", "code", "told"),
    [
        (lambda: None, 0, ""),
        (lambda: 3, 3, ""),
        (raising(PaperlibError("no such model")), 2, "paperlib: no such model\n"),
        (raising(DataError("a.jsonl:1: not valid JSON")), 2, "paperlib: a.jsonl:1: not valid JSON\n"),
        (raising(KeyboardInterrupt()), 130, "paperlib: stopped; finished parts are kept\n"),
    ],
)
def test_an_end_has_its_code_and_its_sentence(
    act: Callable[[], int | None], code: int, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert exit_code(act, "paperlib") == code
    assert capsys.readouterr() == ("", told)


def test_a_bug_keeps_its_traceback() -> None:
    with pytest.raises(ZeroDivisionError):
        exit_code(lambda: 1 // 0)


@pytest.mark.parametrize("lines", [1, 100_000])  # less than is buffered, and more
def test_a_pipe_that_nobody_reads_is_no_fault(lines: int) -> None:
    act = f"sys.exit(exit_code(lambda: print('x\\n' * {lines})))"
    code = f"import sys\nfrom paperlib.core.errors import exit_code\n{act}"
    read, write = os.pipe()
    os.close(read)
    try:
        done = subprocess.run([sys.executable, "-c", code], stdout=write, stderr=subprocess.PIPE, check=False)
    finally:
        os.close(write)
    assert (done.returncode, done.stderr) == (141, b"")
