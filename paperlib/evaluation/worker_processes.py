"""Steps of a measurement, each in a process of its own, and where their results come from."""

import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from paperlib.core import paths, provenance
from paperlib.core.errors import PaperlibError
from paperlib.core.files import digest
from paperlib.core.records import Provenance
from paperlib.core.strict_model import StrictModel
from paperlib.data.prompts import TEMPLATE_HASH


def run_step(module: str, arguments: Sequence[str], title: str) -> None:
    """Runs ``python -m module`` with the arguments. Raises PaperlibError with ``title`` and what it said last."""
    command = [sys.executable, "-m", module, *arguments]
    done = subprocess.run(command, cwd=paths.ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        said = (done.stderr.strip() or f"status {done.returncode}").splitlines()[-1]
        raise PaperlibError(f"{title}: {said}")


def provenance_of(config: StrictModel, measured: Mapping[str, Any]) -> Provenance:
    """Of what a step measured under a configuration: it noted its ``hardware`` and the ``versions`` of packages, and,
    as ``git``, the commit and whether files differed from it; without that they are those of now."""
    commit, dirty = measured.get("git") or provenance.git_state()
    return Provenance(
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        git_commit=commit,
        git_dirty=dirty,
        config_hash=digest(config.model_dump(mode="json")),
        prompt_hash=TEMPLATE_HASH,
        hardware=measured["hardware"],
        versions=measured["versions"],
    )
