"""``paperlib release``: a dataset's folder made into a release."""

import argparse
from pathlib import Path


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds the verb to those of the command line."""
    text = "make a release of a dataset: for datasets, Croissant and lm-evaluation-harness"
    parser = commands.add_parser("release", help=text, description=text)
    parser.set_defaults(do=_release)
    parser.add_argument("data", type=Path, metavar="DIR", help="its folder: one <split>.jsonl a split")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="a new folder")
    parser.add_argument("--schemas", type=Path, metavar="DIR", help="default: DIR/schemas where it is there, else ours")
    parser.add_argument("--url", help="where it is to be published")
    parser.add_argument("--date", help="and when: 2000-12-31")


def _release(arguments: argparse.Namespace) -> None:
    from paperlib.benchmark.release.about import load_about
    from paperlib.benchmark.release.write import load_parts, write
    from paperlib.core import paths
    from paperlib.data.schemas import load_schemas

    about = load_about(arguments.url, arguments.date)
    beside = arguments.data / "schemas"
    schemas = load_schemas(arguments.schemas or (beside if beside.is_dir() else paths.SCHEMAS))
    parts = load_parts(arguments.data)
    write(arguments.out, parts, schemas, about)
    told = ", ".join(f"{split} {len(examples):,}" for split, examples in parts.items())
    print(f"{arguments.out}: {told}")
    if missing := [f"--{name}" for name in ("url", "date") if getattr(arguments, name) is None]:
        print(f"croissant.json lacks what Croissant wants of published data; give {' and '.join(missing)}")
