"""``paperlib release``: makes a release of the splits in a dataset's folder."""

import argparse
from pathlib import Path


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds the command to the ``paperlib`` command line."""
    text = "make a release of a dataset: for datasets, Croissant and lm-evaluation-harness"
    parser = commands.add_parser("release", help=text, description=text)
    parser.set_defaults(do=_release)
    parser.add_argument("data", type=Path, metavar="DIR", help="its folder, with one <split>.jsonl for each split")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="a new folder")
    parser.add_argument("--schemas", type=Path, metavar="DIR", help="default: DIR/schemas if it exists, else ours")
    parser.add_argument("--url", help="address at which it will be published")
    parser.add_argument("--date", help="date of publication: 2000-12-31")


def _release(arguments: argparse.Namespace) -> None:
    from paperlib.benchmark.release.about import load_about
    from paperlib.benchmark.release.write import load_splits, write_release
    from paperlib.core import paths
    from paperlib.data.schemas import load_schemas

    about = load_about(arguments.url, arguments.date)
    beside = arguments.data / "schemas"
    schemas = load_schemas(arguments.schemas or (beside if beside.is_dir() else paths.SCHEMAS))
    splits = load_splits(arguments.data)
    write_release(arguments.out, splits, schemas, about)
    sizes = ", ".join(f"{split} {len(examples):,}" for split, examples in splits.items())
    print(f"{arguments.out}: {sizes}")
    if missing := [f"--{name}" for name in ("url", "date") if getattr(arguments, name) is None]:
        print(f"croissant.json lacks what Croissant requires of published data; give {' and '.join(missing)}")
