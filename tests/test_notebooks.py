"""A notebook runs with the parameters it was given, or not at all; what it leaves behind is whole."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from paperlib.core.errors import PaperlibError
from paperlib.core.paths import ROOT
from paperlib.workflow import notebooks
from paperlib.workflow.notebook_hygiene import KERNELSPEC, LANGUAGE, problems

PARAMETERS = "learning_rate = 1e-4\nrun = 'smoke'\nsteps: int = 3  # how many\nnothing = None"


def write(path: Path, *sources: str, parameters: str = PARAMETERS) -> Path:
    """A notebook with a parameters cell and those cells."""
    tagged = nbformat.v4.new_code_cell(parameters, metadata={"tags": ["parameters"]})
    cells = [tagged, *map(nbformat.v4.new_code_cell, sources)]
    metadata = {"kernelspec": KERNELSPEC, "language_info": LANGUAGE}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=metadata), path)
    return path


def run(path: Path, out: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "paperlib.workflow.notebooks", "run", str(path), "--out", str(out), *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_misspelt_parameter_is_refused_before_anything_runs(tmp_path: Path) -> None:
    path = write(tmp_path / "a.ipynb", f"open({str(tmp_path / 'ran')!r}, 'w')")
    with pytest.raises(PaperlibError, match=r"no parameter 'learing_rate'; did you mean learning_rate\?"):
        notebooks.run(path, tmp_path / "out.ipynb", {"learing_rate": 0.1})
    assert sorted(tmp_path.iterdir()) == [path]


def test_notebook_without_parameters_cell_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.ipynb"
    nbformat.write(nbformat.v4.new_notebook(), path)
    with pytest.raises(PaperlibError, match="no cell is tagged 'parameters'"):
        notebooks.run(path, tmp_path / "out.ipynb", {})


@pytest.mark.parametrize("text", ["", "{", "[]", '{"cells": 3}'])
def test_file_that_is_no_notebook_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.ipynb"
    path.write_text(text)
    with pytest.raises(PaperlibError, match=r"a\.ipynb: not a notebook"):
        notebooks.run(path, tmp_path / "out.ipynb", {})


@pytest.mark.parametrize(
    ("text", "expected"),
    [("1e-3", 0.001), ("3", 3), ("true", True), ("null", None), ("lora", "lora"), ("a: [", "a: ["), ("1.5", 1.5)],
)
def test_parameter_types_are_kept(text: str, expected: object) -> None:
    assert notebooks.parse_value(text) == expected
    assert type(notebooks.parse_value(text)) is type(expected)


def test_parameters_reach_the_cells_and_the_output_is_streamed(tmp_path: Path) -> None:
    path = write(tmp_path / "a.ipynb", "print(repr((learning_rate, run, steps, nothing)))")
    done = run(
        path, tmp_path / "out.ipynb", "-p", "learning_rate", "1e-3", "--parameters", '{"run": "x", "nothing": 2}'
    )
    assert (done.returncode, done.stdout) == (0, "(0.001, 'x', 3, 2)\n")
    assert {item.name for item in tmp_path.iterdir()} == {"a.ipynb", "out.ipynb"}


def test_a_users_mistake_is_one_sentence(tmp_path: Path) -> None:
    source = "from paperlib.core.errors import DataError\nraise DataError('x.jsonl:3: not valid JSON; mend the line')"
    done = run(write(tmp_path / "a.ipynb", "print('before')", source), tmp_path / "out.ipynb")
    assert (done.returncode, done.stderr) == (2, "x.jsonl:3: not valid JSON; mend the line\n")
    assert {item.name for item in tmp_path.iterdir()} == {"a.ipynb", "out.failed.ipynb"}


def test_another_error_shows_its_end_and_where_the_notebook_is(tmp_path: Path) -> None:
    done = run(write(tmp_path / "a.ipynb", "1 / 0"), tmp_path / "out.ipynb")
    assert done.returncode == 1
    assert "ZeroDivisionError" in done.stderr
    assert done.stderr.strip().endswith("out.failed.ipynb")


def test_a_full_disk_is_one_sentence(tmp_path: Path) -> None:
    source = "import errno, os\nraise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))"
    with pytest.raises(PaperlibError, match="the disk is full; free some space and run again"):
        notebooks.run(write(tmp_path / "a.ipynb", source), tmp_path / "out.ipynb", {})


def test_a_killed_kernel_hints_at_memory(tmp_path: Path) -> None:
    path = write(tmp_path / "a.ipynb", "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)")
    with pytest.raises(PaperlibError, match="too little memory"):
        notebooks.run(path, tmp_path / "out.ipynb", {})
    assert not (tmp_path / "out.ipynb").exists()


def test_a_killed_runner_leaves_nothing_that_looks_whole(tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.ipynb", "print('started', flush=True)", "import time\nwhile not steps:\n    time.sleep(0.1)"
    )
    out = tmp_path / "out.ipynb"
    command = [
        sys.executable,
        "-m",
        "paperlib.workflow.notebooks",
        "run",
        str(path),
        "--out",
        str(out),
        "-p",
        "steps",
        "0",
    ]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "started\n"
        process.send_signal(signal.SIGKILL)
    assert not out.exists()
    assert run(path, out).returncode == 0
    assert {item.name for item in tmp_path.iterdir()} == {"a.ipynb", "out.ipynb"}


def test_a_notebook_ends_with_the_pipeline_that_started_it(tmp_path: Path) -> None:
    path = write(tmp_path / "a.ipynb", "import time\nwhile True:\n    time.sleep(0.1)")
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    command = [
        sys.executable,
        "-m",
        "paperlib.workflow.notebooks",
        "run",
        str(path),
        "--out",
        str(tmp_path / "out.ipynb"),
    ]
    here = {**os.environ, notebooks.PIPELINE: str(gone.pid)}
    assert subprocess.run(command, cwd=ROOT, env=here, timeout=120, check=False).returncode == 1


def test_refresh_stores_clean_outputs(tmp_path: Path) -> None:
    source = "import sys\nprint('seen')\nprint('hidden', file=sys.stderr)\nprint('again', flush=True)"
    path = write(tmp_path / "a.ipynb", source)
    notebooks.refresh(path)
    stored = nbformat.read(path, as_version=4)
    assert problems(stored) == []
    assert [output.text for output in stored.cells[1].outputs] == ["seen\nagain\n"]
    first = path.read_bytes()
    notebooks.refresh(path)
    assert path.read_bytes() == first


def test_refresh_refuses_a_path_of_this_machine(tmp_path: Path) -> None:
    path = write(tmp_path / "a.ipynb", "print('/' + 'home/someone/x')")
    before = path.read_bytes()
    with pytest.raises(PaperlibError, match="'/home/someone', a path"):
        notebooks.refresh(path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_check_names_what_is_not_fit_to_commit(tmp_path: Path) -> None:
    path = write(tmp_path / "a.ipynb", "# NBVAL_SKIP\n1", "# NBVAL_IGNORE_OUTPUT\n2", "# NBVAL_SKIP\n3")
    found = "\n".join(notebooks.check(path))
    assert "not executed in order" in found
    assert "3 cells are ignored by nbval, expected at most 2" in found


def test_a_wrong_value_turns_nbval_red(tmp_path: Path) -> None:
    path = write(tmp_path / "a.ipynb", "print(1 + 1)")
    notebooks.refresh(path)
    command = [sys.executable, "-m", "paperlib.workflow.notebooks", "verify", str(path)]
    assert subprocess.run(command, cwd=ROOT, capture_output=True, check=False).returncode == 0
    path.write_text(path.read_text().replace("1 + 1", "1 + 2"))
    assert subprocess.run(command, cwd=ROOT, capture_output=True, check=False).returncode == 1
