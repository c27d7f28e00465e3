"""``python -m paperlib.evaluation.tool_comparison``: reads the same texts with several tools on this machine."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from paperlib.core import paths
from paperlib.core.arguments import add_threads, positive_int
from paperlib.core.errors import exit_code
from paperlib.evaluation.tool_comparison.compared_tools import tool_of
from paperlib.evaluation.tool_comparison.comparing import compare
from paperlib.evaluation.tool_comparison.tool_records import TOOLS, ComparisonConfig
from paperlib.evaluation.tool_comparison.tool_tables import tool_table

ABOUT = """Reads the same texts with several tools, one after another, on this machine: what they get right, seconds
per text, and memory. Nothing else should run meanwhile. A run that was stopped goes on where it was."""


def parsed(argv: Sequence[str] | None = None) -> argparse.Namespace:
    fields = ComparisonConfig.model_fields
    parser = argparse.ArgumentParser(prog="python -m paperlib.evaluation.tool_comparison", description=ABOUT)
    text = f"rules, paperlib:MODEL, llama.cpp:BASE or langextract:BASE (default: {' '.join(TOOLS)})"
    parser.add_argument("tools", nargs="*", default=TOOLS, metavar="TOOL", help=text)
    parser.add_argument("--out", type=Path, default=paths.TOOL_COMPARISON, metavar="DIR", help="of the records")
    parser.add_argument("--test", default=fields["test"].default, help="of experiments.yaml (default: %(default)s)")
    for name, text in (("examples", "that are read"), ("repeats", "of everything, in turn")):
        default = fields[name].default
        said = f"{text} (default: {default})"
        parser.add_argument(f"--{name}", type=positive_int, default=default, metavar="N", help=said)
    add_threads(parser)
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> None:
    arguments = vars(parsed(argv))
    out, tools = arguments.pop("out"), [tool_of(name) for name in arguments.pop("tools")]
    print(tool_table(compare(ComparisonConfig(**arguments), tools, out)))
    print(f"\n{paths.display(out)}: a record for each")


if __name__ == "__main__":
    sys.exit(exit_code(main))
