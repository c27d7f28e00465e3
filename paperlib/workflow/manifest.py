"""Fingerprints of everything a refactoring must leave alone: data, prompt, scores, verdicts, tables, printed numbers.

python -m paperlib.workflow.manifest check   what differs from data/results/manifest.json; exit code 1 if anything does
python -m paperlib.workflow.manifest write   renews that file, once every difference was looked at and is meant

A table has two fingerprints: of its whole text, and of the numbers in it, sorted, without those in labels and names of
runs. A new label, another order of rows or another layout changes the first alone.
"""

import argparse
import itertools
import re
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from paperlib.benchmark.edgejson import generate
from paperlib.benchmark.function_calls.call_drawing import draw_calls
from paperlib.benchmark.intents.intent_records import intent_examples, intent_schemas
from paperlib.benchmark.standard import build as standard
from paperlib.claims.ledger import decide
from paperlib.core import paths
from paperlib.core.config import EDGE_INTENT
from paperlib.core.errors import exit_code
from paperlib.core.files import digest, read_json, write_json
from paperlib.core.records import Record, Study, load_study
from paperlib.data import prompts
from paperlib.data.examples import Example, data_hash
from paperlib.data.predictions import load_predictions
from paperlib.data.schemas import Schemas, load_schemas
from paperlib.evaluation.metrics import score
from paperlib.evaluation.statistics import simulation as simulated
from paperlib.paper import latex, readme, tables
from paperlib.training.documents.drawing import held_out_documents

FILE = paths.RESULTS / "manifest.json"
STREAMED = 1000  # training examples of EdgeJSON standard, from a stream of their own
NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
NEWCOMMAND = re.compile(r"\\newcommand\{\\(\w+)\}\{(.*)\}$", re.M)
Manifest = dict[str, dict[str, Any]]


def numbers(text: str, names: Iterable[str] = ()) -> str:
    """Hash of the numbers in a text, wherever they stand, without those in ``names``."""
    for name in sorted(names, key=len, reverse=True):
        text = text.replace(name, "")
    return digest(sorted(NUMBER.findall(text)))


def manifest() -> Manifest:
    """Every fingerprint, by kind and name; about a minute on one core."""
    study, examples = load_study(), _examples()
    pages, every = readme.blocks(study), {**study.screening, **study.tested}
    return {
        "data": {name: data_hash(part) for name, part in examples.items()},
        "prompt": {"template": prompts.TEMPLATE_HASH},
        "scores": dict(_scores(examples)),
        "metrics": {run: _metrics(record) for run, record in every.items()},
        "verdicts": {row.claim.id: [row.verdict.status, row.verdict.estimate] for row in decide(study.studied)},
        **_paper(study),
        "readme": {paths.display(page): numbers(text) for page, text in pages.items()},
    }


def _examples() -> dict[str, list[Example]]:
    own = generate(629, 158, 0)
    parts = {split: [e for e in own if e.split == split] for split in ("train", "test")}
    found = {f"edgejson {split}": part for split, part in parts.items()}
    found |= {f"standard {split}": part for split, part in standard.standard().items()}
    streamed = itertools.islice(standard.stream("train", seed=1, seen=set()), STREAMED)
    found |= {"function calls test": _calls()[0], "documents test": held_out_documents()[0]}
    found |= {f"{EDGE_INTENT} test": intent_examples(EDGE_INTENT, "test")}
    return {**found, "standard stream": list(streamed)}


@cache
def _calls() -> tuple[list[Example], Schemas]:
    """The test split of function calls, and its schemas."""
    return draw_calls(400, 0, "test")


def _scores(examples: dict[str, list[Example]]) -> Iterator[tuple[str, str]]:
    """The committed predictions on data that is made here, scored anew."""
    parts = {frozenset(e.id for e in part): part for part in examples.values()}
    schemas = {**load_schemas(), **load_schemas(paths.UNSEEN_SCHEMAS), **_calls()[1]}
    schemas |= {**held_out_documents()[1], **intent_schemas(EDGE_INTENT)}
    for path in sorted(paths.ROOT.glob("data/*/*/predictions.jsonl")):
        predictions = load_predictions(path)
        answered = {one.id for one in predictions}
        part = [e for e in next(part for ids, part in parts.items() if answered <= ids) if e.id in answered]
        known = {e.schema_id: schemas[e.schema_id] for e in part}
        yield path.parent.name, digest([s.row() for s in score(part, predictions, Schemas(known))])


def _metrics(record: Record) -> str:
    rows = [(m.metric, m.group, m.name, m.value, m.n, m.k, m.low, m.high) for m in record.metrics]
    return digest(sorted(rows, key=str))


def _paper(study: Study) -> Manifest:
    """Tables, and the values of the macros that the paper's text uses."""
    simulation = simulated.load(paths.RESULTS / "coverage.json")
    with tempfile.TemporaryDirectory() as folder:
        files = tables.write_all(study, Path(folder), simulation.rows)
        texts = {path.stem: path.read_text(encoding="utf-8") for path in files}
    every = [*study.tested.values(), *study.screening.values()]
    names = {latex.escape(name) for record in every for name in (record.label, record.run, record.recipe)}
    used = set(re.findall(r"\\([A-Za-z]+)", (paths.PAPER / "main.tex").read_text(encoding="utf-8")))
    macros = dict(NEWCOMMAND.findall(texts.pop("values")))
    return {
        "tables": {
            name: {"text": digest(text), "numbers": numbers(text, names)} for name, text in sorted(texts.items())
        },
        "macros": {name: macros[name] for name in sorted(used & set(macros))},
    }


def differences(before: Manifest, after: Manifest) -> Iterator[str]:
    """One line for each fingerprint that is new, gone or another."""
    for kind in {**before, **after}:
        old, new = before.get(kind, {}), after.get(kind, {})
        for name in sorted({**old, **new}):
            if old.get(name) != new.get(name):
                yield f"{kind} {name}: {old.get(name, 'nothing')} -> {new.get(name, 'nothing')}"


def _check() -> int:
    found = list(differences(read_json(FILE), manifest()))
    print("\n".join(found) if found else "Nothing differs from the manifest.")
    return 1 if found else 0


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m paperlib.workflow.manifest", description="What must not change.")
    actions: dict[str, Callable[[], Any]] = {"check": _check, "write": lambda: write_json(FILE, manifest())}
    parser.add_argument("action", choices=actions)
    return exit_code(actions[parser.parse_args(argv).action])


if __name__ == "__main__":
    sys.exit(main())
