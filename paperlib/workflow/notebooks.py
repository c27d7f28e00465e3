"""Runs, refreshes and checks notebooks with papermill.

Unlike papermill alone, it refuses unknown parameters before anything runs (papermill only warns, so that a misspelt
learning rate would leave the default in place), writes the executed notebook only when it is complete, and reports a
user's mistake that a cell raises as one line without a traceback.

    python -m paperlib.workflow.notebooks run notebooks/02_training.ipynb --out build/02.ipynb -p learning_rate 1e-3
    python -m paperlib.workflow.notebooks refresh notebooks/*.ipynb
    python -m paperlib.workflow.notebooks check notebooks/*.ipynb
    python -m paperlib.workflow.notebooks verify notebooks/*.ipynb      # nbval compares outputs with the stored ones
"""

import argparse
import errno
import json
import logging
import os
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

import nbformat
import papermill
import psutil
import yaml
from nbclient.exceptions import DeadKernelError
from papermill.exceptions import PapermillExecutionError

from paperlib.core import errors
from paperlib.core.errors import DataError, PaperlibError
from paperlib.core.files import write_text
from paperlib.core.paths import display
from paperlib.core.strict_model import suggestion
from paperlib.workflow.notebook_hygiene import clean, problems

PIPELINE = "PAPERLIB_PIPELINE"  # process id of the pipeline that started this notebook
NO_WARNINGS = {  # of libraries
    "PYTHONWARNINGS": "ignore",
    "TRANSFORMERS_VERBOSITY": "error",
    "TRANSFORMERS_NO_ADVISORY_WARNINGS": "1",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
}
REPRODUCIBLE = {**NO_WARNINGS, "TQDM_DISABLE": "1"}  # stored outputs contain no progress bars


class NotebookError(Exception):
    """A cell failed for a reason other than a user's mistake. The message contains the end of the traceback."""


def run(notebook: Path, out: Path, parameters: dict[str, Any]) -> None:
    """Executes ``notebook`` with ``parameters`` and writes the result to ``out`` once it is complete.

    A failed run leaves its partial result in ``<out>.failed.ipynb``. Raises PaperlibError for an unknown parameter, a
    PaperlibError of a cell, a full disk or too little memory, and NotebookError for any other failure.
    """
    check_parameters(notebook, parameters)
    os.environ.update(NO_WARNINGS)
    failed = out.with_name(f"{out.stem}.failed.ipynb")
    part = out.with_name(f".{out.stem}.part.ipynb")  # always the same name, so that killed runs do not accumulate files
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        failed.unlink(missing_ok=True)
        _execute(notebook, part, parameters)
        part.replace(out)
    except OSError as error:
        raise PaperlibError(f"cannot write {display(out)}: {error.strerror or error}") from error
    except (PaperlibError, NotebookError) as error:
        if part.exists():
            part.replace(failed)
        if isinstance(error, NotebookError):
            raise NotebookError(f"{error}; the partial notebook is {display(failed)}") from None
        raise


def refresh(notebook: Path) -> None:
    """Executes ``notebook`` with its default parameters and stores its outputs, cleaned, in place.

    Raises PaperlibError and leaves the notebook unchanged if an output is not fit to commit.
    """
    os.environ.update(REPRODUCIBLE)
    part = notebook.with_name(f".{notebook.stem}.part.ipynb")
    try:
        _execute(notebook, part, {})
        fresh = clean(_read(part))
    finally:
        part.unlink(missing_ok=True)
    if found := problems(fresh):
        raise PaperlibError(f"{display(notebook)}: not refreshed: {'; '.join(found)}")
    write_text(notebook, nbformat.writes(fresh) + "\n")  # type: ignore[no-untyped-call]


def check(notebook: Path) -> list[str]:
    """The reasons why ``notebook`` is not fit to commit, if any, one sentence each."""
    return [f"{display(notebook)}: {problem}" for problem in problems(_read(notebook))]


def check_parameters(notebook: Path, parameters: dict[str, Any]) -> None:
    """Raises PaperlibError for a parameter that the notebook's ``parameters`` cell does not define."""
    if not any("parameters" in cell.metadata.get("tags", ()) for cell in _read(notebook).cells):
        raise PaperlibError(f"{display(notebook)}: no cell is tagged 'parameters'")
    known = papermill.inspect_notebook(notebook)
    for name in parameters:
        if name not in known:
            raise PaperlibError(f"{display(notebook)}: no parameter {name!r}{suggestion(name, known)}")


def parse_value(text: str) -> Any:
    """Parses a parameter from the command line as JSON (where ``1e-3`` is a number), YAML or, failing both, text."""
    for parse in (json.loads, yaml.safe_load):
        try:
            return parse(text)
        except (ValueError, yaml.YAMLError):
            continue
    return text


def _execute(notebook: Path, out: Path, parameters: dict[str, Any]) -> None:
    """Executes with papermill, streaming the cells' output. Raises PaperlibError or NotebookError."""
    logging.getLogger("papermill").setLevel(logging.ERROR)
    try:
        papermill.execute_notebook(
            notebook,
            out,
            parameters,
            kernel_name="python3",
            language="python",
            progress_bar=False,
            stdout_file=sys.stdout,
            stderr_file=sys.stderr,
            extra_arguments=["--log-level=50"],  # hides warnings of the kernel
        )
    except PapermillExecutionError as error:
        raise _as_exception(notebook, error) from None
    except DeadKernelError:
        hint = "most often the machine had too little memory; close other programs and run again"
        raise PaperlibError(f"{display(notebook)}: the notebook's process was killed; {hint}") from None


def _as_exception(notebook: Path, error: PapermillExecutionError) -> Exception:
    """A PaperlibError for a mistake of the user or a fault of the machine, else a NotebookError with a traceback."""
    if error.ename in {kind.__name__ for kind in vars(errors).values() if isinstance(kind, type)}:
        return PaperlibError(error.evalue)
    if error.ename == "OSError" and f"[Errno {errno.ENOSPC}]" in error.evalue:
        return PaperlibError(f"{display(notebook)}: the disk is full; free some space and run again")
    if error.ename in ("MemoryError", "OutOfMemoryError"):
        return PaperlibError(f"{display(notebook)}: too little memory; close other programs and run again")
    lines = "\n".join(error.traceback).splitlines()[-12:]
    return NotebookError("\n".join([*lines, f"{display(notebook)}: cell {error.exec_count} failed: {error.ename}"]))


def _read(notebook: Path) -> nbformat.NotebookNode:
    try:
        return nbformat.read(notebook, as_version=4)  # type: ignore[no-untyped-call,no-any-return]
    except FileNotFoundError:
        raise DataError(f"{display(notebook)}: no such file") from None
    except (ValueError, TypeError, KeyError, AttributeError, nbformat.ValidationError) as error:
        raise DataError(f"{display(notebook)}: not a notebook ({str(error).splitlines()[0]})") from None


def is_running(process: int) -> bool:
    """Whether the process with this id runs; one that has ended but was not collected by its parent does not."""
    try:
        return bool(psutil.Process(process).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def _die_with_pipeline() -> None:
    """Ends this process, and with it the kernel, within a second after the pipeline that started it has ended."""
    if not (number := os.environ.get(PIPELINE)):
        return

    def watch() -> NoReturn:
        while True:
            time.sleep(1)
            if not is_running(int(number)):
                os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _run(arguments: argparse.Namespace) -> None:
    _die_with_pipeline()
    named = {name: parse_value(text) for name, text in arguments.p}
    run(arguments.notebook, arguments.out, {**_parameters(arguments.parameters), **named})


def _parameters(text: str) -> dict[str, Any]:
    try:
        parsed = json.loads(text)
    except ValueError as error:
        raise PaperlibError(f"--parameters: not valid JSON ({error})") from None
    if not isinstance(parsed, dict):
        raise PaperlibError(f"--parameters: found {text!r:.80}, expected a JSON object")
    return parsed


def _refresh(arguments: argparse.Namespace) -> None:
    for notebook in arguments.notebooks:
        print(f"refreshing {display(notebook)}", flush=True)
        refresh(notebook)


def _verify(arguments: argparse.Namespace) -> None:
    options = "--nbval --nbval-current-env --nbval-cell-timeout 1800 --nbval-kernel-startup-timeout 120"
    if arguments.processes > 1:
        options += f" -n {arguments.processes} --dist loadfile"
    command = [sys.executable, "-m", "pytest", *options.split(), *map(str, arguments.notebooks)]
    os.execve(sys.executable, command, {**os.environ, **REPRODUCIBLE})


def _check(arguments: argparse.Namespace) -> None:
    if found := [problem for notebook in arguments.notebooks for problem in check(notebook)]:
        raise PaperlibError("\n".join(found))


def main(argv: Sequence[str] | None = None) -> int:
    """The exit code: 0 if all is well, 1 if a cell failed, 2 for a mistake of the user."""
    parser = argparse.ArgumentParser(prog="python -m paperlib.workflow.notebooks", description="Work with notebooks.")
    commands = parser.add_subparsers(required=True)
    runner = commands.add_parser("run", help="execute one notebook with parameters")
    runner.add_argument("notebook", type=Path)
    runner.add_argument("--out", type=Path, required=True, help="path of the executed notebook")
    runner.add_argument("--parameters", default="{}", help="a JSON object of parameters")
    runner.add_argument("-p", nargs=2, action="append", default=[], metavar=("NAME", "VALUE"), help="one parameter")
    runner.set_defaults(act=_run)
    acts: list[tuple[str, Callable[[argparse.Namespace], None], str]] = [
        ("refresh", _refresh, "execute with default parameters and store clean outputs in place"),
        ("check", _check, "list what is not fit to commit"),
        ("verify", _verify, "execute with nbval and compare with the stored outputs"),
    ]
    for name, act, text in acts:
        command = commands.add_parser(name, help=text)
        command.add_argument("notebooks", type=Path, nargs="+")
        command.set_defaults(act=act)
    command.add_argument("--processes", type=int, default=1, metavar="N", help="how many notebooks at once")
    arguments = parser.parse_args(argv)
    try:
        arguments.act(arguments)
    except (PaperlibError, NotebookError) as error:
        print(error, file=sys.stderr)
        return 2 if isinstance(error, PaperlibError) else 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
