"""Which runs belong to which family of sizes, by fields of their records."""

from collections.abc import Mapping
from typing import Any

from paperlib.core.config import EDGEJSON, GREEDY
from paperlib.core.records import Record
from paperlib.evaluation.runs import PUBLISHED, select
from paperlib.evaluation.scaling.contrasts import Group, group

SMALLEST = "smollm2-135m-instruct"
BASES = (SMALLEST, "gemma-3-270m", "qwen2.5-coder-0.5b-instruct", "qwen2.5-coder-1.5b-instruct")  # pre-trained, by size
SCRATCH = ("nano-1m", "nano-3m", "nano-10m", "nano-30m")
DEPTHS = {6: "ladder-6-layers", 12: "ladder-12-layers", 18: "ladder-18-layers", 24: "ladder-24-layers"}  # of 30 layers
RANKED = (BASES[0], BASES[2])  # the sizes at which the rank is varied
RANKS = {1: "ladder-r1", 4: "ladder-r4", 16: "ladder-100k", 64: "ladder-r64"}
TUNED = {"recipe": "ladder-100k", "test_set": PUBLISHED, "decoding": GREEDY}
LONGER = {**TUNED, "recipe": "ladder-300k"}
RECOMBINED = {**TUNED, "recipe": "ladder-recombined"}
UNTUNED = {"recipe": "untuned", "test_set": PUBLISHED, "decoding": GREEDY}
STOCK = {"recipe": "untuned-schema", "decoding": "schema"}  # the schema in the prompt, constrained to it
GENERATED = {"recipe": "ladder-edgejson", "test_set": EDGEJSON, "decoding": GREEDY}  # tuned on generated label lines
FROM_SCRATCH = {**GENERATED, "recipe": "from-scratch"}
# Recipes of all models trained for this study of sizes.
TRAINED = (
    *("ladder-100k", "ladder-300k", "ladder-recombined", "ladder-full", "ladder-edgejson", "from-scratch"),
    *("ladder-recombined-700", "ladder-recombined-averaged"),
    *(recipe for recipe in (*RANKS.values(), *DEPTHS.values()) if recipe != "ladder-100k"),
)
REAL = ("cases", "sroie", "dstc8", "standard-unseen-schema")  # test sets that are not label lines


PROFILES = ("ladder", "ladder-edgejson", "scratch", "real-text")  # of experiments.yaml


def of_sizes(records: Mapping[str, Record], chosen: bool) -> dict[str, Record]:
    """The records of the study of sizes, by their profile; or, where ``chosen`` is false, all others."""
    return {name: record for name, record in records.items() if (record.profile in PROFILES) == chosen}


def runs_of(records: Mapping[str, Record], **fields: Any) -> list[Record]:
    """The runs with these fields, by seed; those on the dev split, which chose settings, are never among them.

    Of runs that agree in all identifying fields and in the seed one is taken: that of the study of sizes if any.
    """
    found = [record for record in select(records, **fields) if record.split != "dev"]
    found.sort(key=lambda record: (record.seed, record.profile not in PROFILES, record.run))
    once: dict[tuple[Any, ...], Record] = {}
    for one in found:
        once.setdefault((one.base, one.recipe, one.train_set, one.test_set, one.split, one.decoding, one.seed), one)
    return list(once.values())


def bases_of(records: Mapping[str, Record], **fields: Any) -> list[str]:
    """The pre-trained bases of which there is a run with these fields, by size."""
    return [base for base in BASES if runs_of(records, base=base, **fields)]


def group_of(records: Mapping[str, Record], measure: str, tier: str | None = None, **fields: Any) -> Group | None:
    """The scores of the runs with these fields, which differ in their seed alone; None where there is none."""
    runs = runs_of(records, **fields)
    return group(runs, measure, tier) if runs else None


# Parameters of the token embeddings, tied to the output: vocabulary times width, as the models' configurations say.
EMBEDDINGS = {
    SMALLEST: 49_152 * 576,
    "gemma-3-270m": 262_144 * 640,
    "qwen2.5-coder-0.5b-instruct": 151_936 * 896,
    "qwen2.5-coder-1.5b-instruct": 151_936 * 1536,
    **dict(zip(SCRATCH, (2048 * 128, 2048 * 192, 2048 * 320, 2048 * 512), strict=True)),
}


def body_parameters(record: Record) -> int | None:
    """Parameters without the token embeddings, or None where those are not known."""
    embeddings = EMBEDDINGS.get(record.base)
    return None if embeddings is None else record.model.parameters - embeddings
