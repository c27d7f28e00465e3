"""A wrong metric turns nbval red: the stored outputs guard it. Needs `make smoke` and `make notebooks`."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from paperlib.core import paths

MADE = paths.results("smoke") / "lora-135m" / "record.json"

# Runs before anything else in every Python that is started with this file's folder on its path.
SITE = """
from pathlib import Path
from paperlib.core import paths
paths.build = lambda profile: Path({copy!r}) / profile  # leave the real results alone
from paperlib.evaluation import metrics
metrics.json_exact = {wrong}
"""


@pytest.mark.skipif(not MADE.is_file(), reason="needs the smoke results: make smoke")
@pytest.mark.parametrize(("wrong", "passes"), [("metrics.json_exact", True), ("lambda answer, expected: True", False)])
def test_a_wrong_metric_turns_the_evaluation_notebook_red(tmp_path: Path, wrong: str, passes: bool) -> None:
    copy = tmp_path / "build"
    shutil.copytree(paths.build("smoke"), copy / "smoke")
    (tmp_path / "sitecustomize.py").write_text(SITE.format(copy=str(copy), wrong=wrong))
    here = {**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{paths.ROOT}"}
    command = [
        sys.executable,
        "-m",
        "paperlib.workflow.notebooks",
        "verify",
        str(paths.NOTEBOOKS / "03_evaluation.ipynb"),
    ]
    done = subprocess.run(command, env=here, cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode == 0) == passes, done.stdout[-2000:] + done.stderr[-2000:]
