"""One tool on all texts in a process of its own: so its loading and its peak memory are its own.

    python -m paperlib.evaluation.tool_comparison.tool_worker TOOL CONFIG OUT

CONFIG is the configuration as JSON, and OUT the JSON file of what was measured, written last.
"""

import sys
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

START = perf_counter()  # before the imports that a tool needs

from paperlib.core import provenance  # noqa: E402
from paperlib.core.errors import exit_code  # noqa: E402
from paperlib.core.files import write_json  # noqa: E402
from paperlib.evaluation.tool_comparison.tool_records import ComparisonConfig  # noqa: E402
from paperlib.evaluation.tool_comparison.tools import Tool, tool_of  # noqa: E402
from paperlib.training.corpus import load_data  # noqa: E402

PROFILE = "tool-comparison"  # under which the texts are kept in build/


def measured(tool: Tool, config: ComparisonConfig) -> dict[str, Any]:
    """The answers and what they took. The shortest text is read once before: the first one is slower than others."""
    data = load_data(PROFILE, config.test)
    with tool.opened(data.schemas, config.threads) as reader:
        load_seconds = perf_counter() - START
        reader.read(min(data.test, key=lambda one: len(one.text)))
        outputs, seconds = [], []
        for example in data.test:
            start = perf_counter()
            outputs.append(reader.read(example))
            seconds.append(perf_counter() - start)
        peak = reader.peak_memory_gb()
    return {
        "outputs": outputs,
        "seconds": seconds,
        "load_seconds": load_seconds,
        "peak_memory_gb": peak,
        "megabytes": sum(file.stat().st_size for file in tool.download()) / 1e6,
        "hardware": provenance.hardware(config.threads),
        "versions": provenance.versions(*tool.package),
    }


def main(argv: Sequence[str]) -> None:
    name, config, out = argv
    write_json(Path(out), measured(tool_of(name), ComparisonConfig.model_validate_json(config)))


if __name__ == "__main__":
    sys.exit(exit_code(lambda: main(sys.argv[1:])))
