"""What kept scores say example by example: readers in pairs, and by the surface that a text has."""

from collections.abc import Mapping
from functools import cache

from paperlib.benchmark.standard import build
from paperlib.benchmark.standard.split_sizes import SPLITS
from paperlib.core import paths
from paperlib.core.files import read_jsonl
from paperlib.core.records import Record
from paperlib.evaluation.statistics import holm, mcnemar
from paperlib.paper.latex import escape, p_value, tabular
from paperlib.paper.standard_results import READERS, record_of

Right = dict[str, bool]  # by example

# What the paper's words compare: a heading, and pairs of runs.
PAIRS = {
    "Report part of the published training data": [
        ("lora-135m-v3", "lora-135m-recombined"),
        ("lora-135m-recombined", "lora-135m-recombined-held"),
        ("lora-135m-recombined-held", "lora-135m-recombined-looks"),
        ("lora-135m-recombined", "lora-135m-recombined-mean"),
        ("lora-135m-recombined-mean", "lora-135m-recombined-mean-held"),
        ("lora-135m-recombined-mean-held", "lora-135m-recombined-mean-looks"),
        ("rules-v3", "lora-135m-recombined-mean-looks"),
    ],
    "EdgeJSON standard and beyond": [
        ("surfaces-standard", "generalist"),
        ("generalist", "held-standard"),
        ("surfaces-unseen-schema", "held-unseen-schema"),
        ("reader-unseen-schema", "held-unseen-schema"),
        ("surfaces-unseen-surface", "held-unseen-surface"),
        ("surfaces-v3-whole", "held-v3"),
        ("rules-utterances", "held-utterances"),
    ],
}
TESTED = {"edgejson_v3": "report part", "edgejson_v3-whole": "published v3", "dstc8": "utterances"}
TESTED |= {"standard": "test", "standard-unseen-schema": "unseen schemas", "standard-unseen-surface": "unseen surfaces"}
BY_SURFACE = ("surfaces", "generalist", "held")  # keys of READERS
ON_SURFACES = {"standard": "Test split", "unseen-surface": "Unseen surfaces"}


def right(run: str) -> Right:
    """Whether the answer to each example is exact, by id, from the run's kept scores; nothing where there are none."""
    for folder in (paths.RESULTS, paths.BENCHMARK):
        if (file := folder / run / "scores.jsonl").is_file():
            return {row["id"]: row["json_exact"] for _, row in read_jsonl(file)}
    return {}


def pairs(records: Mapping[str, Record]) -> str:
    """A row a pair of runs on the same examples: how many each has right alone, and the exact McNemar test of that,
    after Holm's correction over all rows. A pair of which one was not run is left out."""
    found = []
    for block, named in PAIRS.items():
        for one, other in ((one, other) for one, other in named if one in records and other in records):
            a, b = right(one), right(other)
            if a.keys() == b.keys():
                found.append((block, one, other, len(a), mcnemar([a[id] for id in a], [b[id] for id in a])))
    adjusted = holm([test.p for *_, test in found]) if found else []
    rows: dict[str, list[list[str]]] = {block: [] for block in PAIRS}
    for (block, one, other, n, test), p in zip(found, adjusted, strict=True):
        names = [escape(records[run].label.removeprefix("SmolLM2-135M, ")) for run in (one, other)]
        rows[block].append(
            [escape(TESTED[records[one].data.dataset]), *names, str(n), str(test.only_a), str(test.only_b), p_value(p)]
        )
    head = ["Tested on", "First", "Second", "Examples", "Only first", "Only second", "$p$"]
    return tabular("@{}lllrrrr@{}", head, rows.items())


def by_surface(records: Mapping[str, Record]) -> str:
    """A row a surface, a column a reader: exact answers of all of its texts."""
    surfaces = _surfaces()
    blocks = []
    for test, name in ON_SURFACES.items():
        found = [record_of(records, reader, test) for reader in BY_SURFACE]
        marks = [right(record.run) if record else {} for record in found]
        seen = {surfaces.get(id) for mark in marks for id in mark}
        rows = []
        for surface in (surface for surface in build.SURFACES if surface in seen):
            own = [[good for id, good in mark.items() if surfaces.get(id) == surface] for mark in marks]
            rows.append([escape(surface), *(f"{sum(part)}/{len(part)}" if part else "--" for part in own)])
        blocks.append((name, rows))
    return tabular("@{}l" + "r" * len(BY_SURFACE) + "@{}", ["Surface", *(READERS[r] for r in BY_SURFACE)], blocks)


@cache
def _surfaces() -> dict[str, str]:
    """The surface of every test example of the release, by id."""
    parts = build.standard()
    return {example.id: example.surface for split in SPLITS[1:] for example in parts[split]}
