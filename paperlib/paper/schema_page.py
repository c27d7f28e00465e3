"""Writes the tables of ``data/results/SCHEMA_COVERAGE.md``: which JSON Schemas are enforced.

python -m paperlib.paper.schema_page [--suite DIR]

``--suite`` names a copy of ``tests/draft2020-12`` of JSON-Schema-Test-Suite; without it, its table stays as it is.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from paperlib.core import paths
from paperlib.core.errors import exit_code
from paperlib.evaluation.schema_coverage import Coverage, family, suite, total
from paperlib.paper.latex import markdown
from paperlib.paper.readme import block, update

PAGE = paths.RESULTS / "SCHEMA_COVERAGE.md"
FAMILIES = {
    "tool_calls": "tool calls",
    "pydantic": "Pydantic models",
    "openapi": "OpenAPI components",
    "typescript": "TypeScript types",
    "commerce": "e-commerce",
    "kubernetes": "Kubernetes-like",
}
HEAD = ("", "Schemas", "Refused", "Valid", "Narrowed", "Invalid", "Forbidden", "Told", "Silent")
SUITE = "### JSON-Schema-Test-Suite, draft 2020-12"


def families_table() -> str:
    """What becomes of the 300 schemas, by family."""
    found = {title: total(family(name)) for name, title in FAMILIES.items()}
    return _table({**found, "**all**": sum(found.values(), Coverage())})


def suite_table(folder: Path) -> str:
    """What becomes of the test suite: of its required tests and of the optional ones."""
    return _table({name: total(suite(folder, name == "optional")) for name in ("required", "optional")})


def _table(rows: dict[str, Coverage]) -> str:
    return markdown("l" + "r" * (len(HEAD) - 1), HEAD, [[name, *map(str, one.counts)] for name, one in rows.items()])


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--suite", type=Path, metavar="DIR")
    folder = parser.parse_args(argv).suite
    tested = suite_table(folder) if folder else block(PAGE).partition(f"{SUITE}\n\n")[2]
    update(PAGE, f"### Six families\n\n{families_table()}\n{SUITE}\n\n{tested}")


if __name__ == "__main__":
    sys.exit(exit_code(main))
