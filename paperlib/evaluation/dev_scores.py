"""Readers compared on texts that no result is reported on: what recipes and rates are chosen by.

python -m paperlib.evaluation.dev_scores MODEL... [--scale S...] [--examples N] [--profile P]

prints Field F1 and right leaves on documents drawn anew, on texts written by hand (``data/texts``) and, with
PAPERLIB_DATA, on training receipts and on training utterances that hold something. An answer is never empty here: when
it is to be, a threshold decides, which is chosen afterwards (:mod:`paperlib.evaluation.empty_threshold`). A scale under
1 is a model between its base and itself.
"""

import argparse
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from tempfile import TemporaryDirectory
from typing import get_args

from safetensors.torch import load_file, save_file

from paperlib.core import paths
from paperlib.core.arguments import add_threads, positive_float, positive_int
from paperlib.core.config import EXTRACTION_CAP_FACTOR, Precision, trained_constraint
from paperlib.core.errors import PaperlibError, exit_code
from paperlib.data.examples import Example
from paperlib.data.schemas import Schemas
from paperlib.data.third_party import case_rows, load_named
from paperlib.decoding.answering import Decoding, answer
from paperlib.decoding.engines.model_resolution import ResolvedModel, resolved_from
from paperlib.evaluation import metrics
from paperlib.evaluation.thresholds import NEVER
from paperlib.training.corpus import sample, schemas_of
from paperlib.training.documents.drawing import draw_documents

ADAPTER = "adapter_model.safetensors"


@dataclass(frozen=True)
class DevSet:
    """Texts of one kind with their expected answers, and the schemas of these."""

    name: str
    examples: Sequence[Example]
    schemas: Schemas


def dev_sets(n: int) -> list[DevSet]:
    """``n`` texts of each kind, and all that were written by hand and hold something; of a third-party set the training
    examples of the smallest SHA-256."""
    examples, schemas = written_texts()
    written = DevSet("written by hand", [one for one in examples if one.answer], schemas)
    found = [DevSet("drawn documents", *draw_documents(n, "dev")), written]
    for name, data in (("receipts", "sroie"), ("utterances", "dstc8")) if paths.data_root() else ():
        train = [one for one in load_named(data) if one.split == "train" and one.answer]
        found.append(DevSet(name, sample(train, n), schemas_of(data)))
    return found


def written_texts() -> tuple[list[Example], Schemas]:
    """The texts of ``data/texts``, and their schemas, which have their ids. Raises DataError for a broken file."""
    rows = list(case_rows(paths.TEXTS / "written.jsonl"))
    return [example for example, _ in rows], Schemas({schema.id: schema for _, schema in rows})


@contextmanager
def scaled(folder: Path, scale: float) -> Iterator[Path]:
    """A copy of a trained adapter's folder in which what it adds to the weights is ``scale`` times as much.

    Raises PaperlibError for a folder that holds no adapter.
    """
    if not (folder / ADAPTER).is_file():
        raise PaperlibError(f"{paths.display(folder)}: expected a trained adapter, found no {ADAPTER}")
    with TemporaryDirectory() as place:
        copy = Path(place) / folder.name
        shutil.copytree(folder, copy)
        weights = load_file(folder / ADAPTER)
        save_file({name: scale * one if "lora_B" in name else one for name, one in weights.items()}, copy / ADAPTER)
        yield copy


def line(label: str, resolved: ResolvedModel, sets: Sequence[DevSet]) -> str:
    """What a model has of each set, as a row of Markdown."""
    loaded, log = resolved.load(), resolved.log
    decoding = Decoding(trained_constraint(log), cap_factor=EXTRACTION_CAP_FACTOR, batch_size=16, empty_above=NEVER)
    cells = [label]
    for one in sets:
        scores = metrics.score(one.examples, answer(loaded, log, one.examples, one.schemas, decoding), one.schemas)
        right, expected = (sum(getattr(score.leaves, name) for score in scores) for name in ("right", "expected"))
        cells.append(f"{fmean(score.field_f1 for score in scores):.3f}, {right}/{expected}")
    return f"| {' | '.join(cells)} |"


def versions(asked: argparse.Namespace) -> Iterator[tuple[str, ResolvedModel]]:
    """Every model that is asked for, at every scale, with what its row is called."""
    for model in asked.models:
        resolved = resolved_from(asked, model)
        for scale in asked.scale:
            if scale == 1:
                yield model, resolved
                continue
            with scaled(resolved.folder or Path(model), scale) as folder:
                yield f"{model}, {scale:g}", resolved_from(asked, str(folder))


def main(argv: Sequence[str] | None = None) -> None:
    program, about = "python -m paperlib.evaluation.dev_scores", "Compares readers on texts for choosing by."
    parser = argparse.ArgumentParser(prog=program, description=about)
    parser.add_argument("models", nargs="+", metavar="MODEL", help="a trained run, a released adapter or a folder")
    parser.add_argument("--scale", type=positive_float, nargs="+", default=[1.0], help="of what they add to their base")
    parser.add_argument("--examples", type=positive_int, default=24, help="of each kind (default: %(default)s)")
    parser.add_argument("--profile", default="documents", help="under which they were trained (default: %(default)s)")
    parser.add_argument("--precision", choices=get_args(Precision), default="auto")
    add_threads(parser)
    asked = parser.parse_args(argv)
    sets = dev_sets(asked.examples)
    print(f"| Model | {' | '.join(one.name for one in sets)} |\n| --- |{' ---: |' * len(sets)}", flush=True)
    for label, resolved in versions(asked):
        print(line(label, resolved, sets), flush=True)


if __name__ == "__main__":
    sys.exit(exit_code(main))
