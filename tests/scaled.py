"""Made-up runs of models of several sizes, with the files that lie beside their records; no text is in them."""

from collections.abc import Sequence
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
from conftest import make_record, proportion

from paperlib.core.files import write_jsonl
from paperlib.core.records import Metric, Model, Record, save_record
from paperlib.evaluation.scaling.selection import BASES, DEPTHS, RANKS, REAL, SCRATCH, STOCK

SIZES = {BASES[0]: 134_515_008, BASES[1]: 268_098_176, BASES[2]: 494_032_768, BASES[3]: 1_543_714_304}
NANO = dict(zip(SCRATCH, (1_100_000, 3_200_000, 10_400_000, 30_500_000), strict=True))
RANK_OF = {recipe: rank for rank, recipe in RANKS.items()} | {"ladder-full": 440}
COUNTER = count()  # every run was made at another time
# Schemas of each tier, the leaves of their answers, and examples of each.
SHAPES = {"simple": (8, 4, 8), "medium": (6, 8, 4), "complex": (4, 30, 4), "none": (3, 10, 5)}


def rows(accuracy: float, seed: int, tiers: Sequence[str] = tuple(SHAPES)) -> list[dict[str, Any]]:
    """Scores of examples whose leaves are right with a chance that varies from one to the next around ``accuracy``."""
    rng, difficulty = np.random.default_rng(seed), np.random.default_rng(7)
    made = []
    for tier in tiers:
        schemas, leaves, examples = SHAPES[tier]
        for place in range(schemas * examples):
            schema = f"{tier}-{place % schemas}"
            shift = difficulty.normal(0, 0.5)
            chance = 1 / (1 + np.exp(-(np.log(accuracy / (1 - accuracy)) + shift)))
            right = int(rng.binomial(leaves, chance))
            leaf_counts = {"right": right, "answer": leaves, "expected": leaves}
            nats = [round(-float(np.log(chance)), 5)] * leaves
            made.append({"id": f"{schema}-{place}", "schema_id": schema, "tier": None if tier == "none" else tier,
                         "json_exact": right == leaves, "leaves": leaf_counts, "nats": nats})  # fmt: skip
    return made


def save_run(folder: Path, made: Sequence[dict[str, Any]], **fields: Any) -> Record:
    """Writes scores, likelihoods and record of a run as the evaluation does, and returns the record."""
    base, recipe = fields["base"], fields["recipe"]
    run = fields.get("run", "-".join(str(value) for value in fields.values()))
    size = {**SIZES, **NANO}[base]
    method = "scratch" if base in NANO else "none" if recipe.startswith(("untuned", "few")) else "lora"
    trained = {"none": None, "scratch": size}.get(method, RANK_OF.get(recipe, 16) * 1000 * round(size**0.5 / 40))
    found: dict[str, Any] = {
        "run": run, "label": run, "profile": "ladder", "test_set": "edgejson_v3", "train_set": "edgejson_v3",
        "split": "held-out", "decoding": "greedy", "seed": 0, "trained_by": None if method == "none" else run,
        "model": Model(name=base, parameters=fields.pop("parameters", size), trainable=trained, method=method),
        "metrics": metrics(made),
    }  # fmt: skip
    made_up = make_record()
    stamp = made_up.provenance.model_copy(update={"created": f"2000-01-01T00:00:00.{next(COUNTER):06}Z"})
    record = made_up.model_copy(update={**found, **fields, "provenance": stamp})
    write_jsonl(folder / run / "scores.jsonl", ({k: v for k, v in row.items() if k != "nats"} for row in made))
    write_jsonl(folder / run / "likelihood.jsonl", ({"id": row["id"], "leaf_nats": row["nats"]} for row in made))
    save_record(folder / run, record)
    return record


def metrics(made: Sequence[dict[str, Any]]) -> tuple[Metric, ...]:
    """Exact answers overall, by tier and by schema, and the other means overall."""
    groups = [("overall", "all", list(made))]
    groups += [("tier", t, [r for r in made if (r["tier"] or "none") == t]) for t in SHAPES]
    groups += [
        ("schema", s, [r for r in made if r["schema_id"] == s]) for s in dict.fromkeys(r["schema_id"] for r in made)
    ]
    found = []
    for group, name, members in groups:
        if members:
            k = sum(row["json_exact"] for row in members)
            found.append(proportion("json_exact", group, name, k, len(members)))
            if group != "schema":
                found.append(proportion("published_exact", group, name, k, len(members)))
                found += [mean_row(metric, group, name, members) for metric in ("leaf_f1", "nats_per_leaf")]
    return tuple(found)


def mean_row(metric: Any, group: Any, name: str, members: Sequence[dict[str, Any]]) -> Metric:
    """Leaf F1 or nats per leaf, with some interval."""
    if metric == "leaf_f1":
        values = [row["leaves"]["right"] / row["leaves"]["expected"] for row in members]
    else:
        values = [float(np.mean(row["nats"])) for row in members]
    value, half = float(np.mean(values)), float(np.std(values)) / len(values) ** 0.5
    return Metric(metric=metric, group=group, name=name, value=value, n=len(values), k=None, low=max(0.0, value - half),
                  high=value + half, interval="clustered t")  # fmt: skip


def ladder(
    folder: Path, accuracies: Sequence[float] = (0.93, 0.955, 0.97, 0.985), untuned: float = 0.35
) -> dict[str, Record]:
    """All runs of the study of sizes: the pre-trained family, depths, ranks, from scratch, and real text."""
    found: list[Record] = []

    def add(accuracy: float, draw: int, **fields: Any) -> None:
        tiers = ("medium",) if fields.get("test_set") in REAL else tuple(SHAPES)
        found.append(save_run(folder, rows(accuracy, draw, tiers), **fields))

    for place, (base, accuracy) in enumerate(zip(BASES, accuracies, strict=True)):
        for seed in range(1 if place == 3 else 3):
            add(accuracy, 10 * place + seed, base=base, recipe="ladder-100k", seed=seed)
        add(accuracy + 0.005, place, base=base, recipe="ladder-300k")
        add(accuracy + 0.01, place, base=base, recipe="ladder-recombined")
        add(
            accuracy,
            place,
            base=base,
            recipe="ladder-edgejson",
            test_set="edgejson",
            train_set="edgejson",
            split="test",
        )
        add(untuned + 0.05 * place, place, base=base, recipe="untuned", train_set=None)
        add(untuned + 0.1 + 0.05 * place, place, base=base, recipe="few-shot", train_set=None)
        for shift, test in enumerate(("edgejson_v3", *REAL)):
            add(untuned + 0.15 * place - 0.02 * shift, place, base=base, **STOCK, train_set=None, test_set=test,
                split="held-out" if test == "edgejson_v3" else "test")  # fmt: skip
    for layers, recipe in DEPTHS.items():
        parameters = 28_311_552 + 3_540_096 * layers
        add(0.5 + layers / 60, layers, base=BASES[0], recipe=recipe, parameters=parameters)
    for rank, recipe in RANKS.items():
        if rank != 16:
            add(0.92 + rank / 6400, rank, base=BASES[0], recipe=recipe)
    add(0.94, 5, base=BASES[0], recipe="ladder-full")
    for place, base in enumerate(SCRATCH):
        for test in ("edgejson", "edgejson_v3"):
            add(0.5 + 0.14 * place, place, base=base, recipe="from-scratch", test_set=test, train_set="edgejson",
                split="test" if test == "edgejson" else "held-out")  # fmt: skip
    for test in ("sroie", "dstc8", "standard-unseen-schema"):
        add(
            0.45,
            9,
            base=BASES[0],
            recipe="reader",
            train_set="standard",
            test_set=test,
            decoding="constrained",
            split="test",
        )
    return {record.run: record for record in found}
