"""Language models with a linear head beside the study's classifiers: nothing of the model is trained.

Layer and penalty are chosen on the dev part, among six; then the test part is scored, once.
"""

import time
from dataclasses import asdict, dataclass
from itertools import product
from pathlib import Path
from typing import Any

from paperlib.benchmark.intents.intent_records import load_set
from paperlib.core import paths, runtime
from paperlib.core.files import write_json
from paperlib.data.intents.intent_sets import SPLITS, Split, Utterance
from paperlib.training.intents.intent_recipe import names_of
from paperlib.training.intents.linear_probe import Floats, LinearProbe, utterance_embeddings
from paperlib.training.models import load_base
from paperlib.workflow.intents.intent_pipeline import answers, chosen
from paperlib.workflow.intents.intent_study import THREADS, Run, scored, unscored

PENALTIES = (0.003, 0.03, 0.3)  # inverse strengths


@dataclass(frozen=True)
class ProbeRecipe:
    """What the dev part chose."""

    layer: int  # of the language model, the first is 1
    c: float  # inverse strength of the penalty


@dataclass(frozen=True)
class Fitted:
    """A probe, and how many of the dev part's utterances in scope it recognises."""

    probe: LinearProbe
    recipe: ProbeRecipe
    right: int


def run_probe(name: str, base: str) -> None:
    """Fits the linear head of a base on a set and writes its record with dev and test scores; one that has a record is
    left alone. Raises PaperlibError for a base that cannot be loaded, or a set whose files are missing."""
    key = Path(base).name
    target = paths.INTENT_RESULTS / f"{name}-{key}.json"
    if target.is_file():
        print(f"{paths.display(target)}: is there already")
        return
    runtime.configure(THREADS)
    started, parts = time.monotonic(), {split: load_set(name, split) for split in SPLITS}
    loaded = load_base(base, runtime.dtype_of("auto"))
    last = loaded.base_model.config.num_hidden_layers
    read = {
        part: utterance_embeddings(loaded, [one.text for one in of], (last // 2, last)) for part, of in parts.items()
    }
    best = _best(read, parts)
    names, layer = names_of(parts["train"]), best.recipe.layer
    of_dev, of_test = (best.probe.logits(read[part][layer]) for part in ("dev", "test"))
    made: dict[str, Any] = {
        **asdict(chosen(of_dev, parts["dev"], names)),
        "parameters": loaded.parameters + best.probe.n_parameters(),
        "bytes": None,
        "train_seconds": round(time.monotonic() - started, 1),
    }
    run = Run(name, parts["train"], parts["dev"], best.recipe, 0)
    record = unscored(key, f"{loaded.name}, linear head", run, made, of_dev)
    write_json(target, scored(record, of_test, parts["test"], names))


def _best(read: dict[Split, dict[int, Floats]], parts: dict[Split, list[Utterance]]) -> Fitted:
    """The first of the probes that recognise most of the dev part."""
    names, found = names_of(parts["train"]), list[Fitted]()
    for layer, c in product(read["train"], PENALTIES):
        probe = LinearProbe.fitted(read["train"][layer], parts["train"], names, c)
        right = int(answers(probe.logits(read["dev"][layer]), parts["dev"], names, 1.0).right.sum())
        print(f"layer {layer}, C {c}: {right} right of the dev part", flush=True)
        found.append(Fitted(probe, ProbeRecipe(layer, c), right))
    return max(found, key=lambda one: one.right)
