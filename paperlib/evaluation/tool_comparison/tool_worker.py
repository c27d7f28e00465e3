"""One tool on all texts in a process of its own, so that its peak memory is its own.

    python -m paperlib.evaluation.tool_comparison.tool_worker TOOL CONFIG OUT

CONFIG is the configuration as JSON, and OUT the JSON file of what was measured, written last.
"""

import sys
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

from paperlib.core import provenance
from paperlib.core.errors import exit_code
from paperlib.core.files import write_json
from paperlib.evaluation.tool_comparison.compared_tools import NoAnswerError, Tool, tool_of
from paperlib.evaluation.tool_comparison.tool_records import ComparisonConfig
from paperlib.training.corpus import load_data

PROFILE = "tool-comparison"  # under which the texts are kept in build/


def measured(tool: Tool, config: ComparisonConfig) -> dict[str, Any]:
    """The answers and what they took. The last text is read once before, as a process is slow at first."""
    data = load_data(PROFILE, config.test)
    answers = []
    with tool.opened(data.schemas, config.threads) as reader:
        for example in (data.test[-1], *data.test):
            failure, start = None, perf_counter()
            try:
                output = reader.read(example)
            except NoAnswerError as error:
                output, failure = "", str(error)
            answers.append({"output": output, "seconds": perf_counter() - start, "failure": failure})
        peak = reader.peak_memory_gb()
    return {
        "answers": answers[1:],
        "peak_memory_gb": peak,
        "megabytes": sum(file.stat().st_size for file in tool.weights()) / 1e6,
        "git": provenance.git_state(),
        "hardware": provenance.hardware(config.threads),
        "versions": provenance.versions(*tool.packages),
    }


def main(argv: Sequence[str]) -> None:
    name, config, out = argv
    write_json(Path(out), measured(tool_of(name), ComparisonConfig.model_validate_json(config)))


if __name__ == "__main__":
    sys.exit(exit_code(lambda: main(sys.argv[1:])))
