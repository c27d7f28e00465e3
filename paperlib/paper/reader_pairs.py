"""What kept scores say example by example: readers in pairs, and by the surface that a text has."""

from collections.abc import Mapping
from functools import cache

from paperlib.benchmark.standard import build
from paperlib.benchmark.standard.split_sizes import SPLITS
from paperlib.core.records import Record
from paperlib.evaluation.run_comparisons import exact_by_group, paired_runs
from paperlib.paper.latex import escape, p_value, tabular
from paperlib.paper.standard_results import record_of

# What the paper's words compare: a heading, and pairs of runs.
PAIRS = {
    "Held-out split of the published training data": [
        ("lora-135m-v3", "lora-135m-recombined"),
        ("lora-135m-recombined", "lora-135m-recombined-constrained"),
        ("lora-135m-recombined-constrained", "lora-135m-recombined-reranked"),
        ("lora-135m-recombined", "lora-135m-recombined-mean"),
        ("lora-135m-recombined-mean", "lora-135m-recombined-mean-constrained"),
        ("lora-135m-recombined-mean-constrained", "lora-135m-recombined-mean-reranked"),
        ("lora-135m-v3", "lora-135m-recombined-mean-reranked"),
        ("rules-v3", "lora-135m-recombined-mean-reranked"),
    ],
    "EdgeJSON standard and beyond": [
        ("surface-rules", "generalist"),
        ("generalist", "reader-constrained"),
        ("surface-rules-unseen-schema", "reader-constrained-unseen-schema"),
        ("reader-unseen-schema", "reader-constrained-unseen-schema"),
        ("surface-rules-unseen-surface", "reader-constrained-unseen-surface"),
        ("surface-rules-v3-whole", "reader-constrained-v3-whole"),
        ("schema-rules-utterances", "reader-constrained-utterances"),
    ],
}
TESTED = {"edgejson_v3": "held-out split", "edgejson_v3-whole": "published v3", "dstc8": "utterances"}
TESTED |= {"standard": "test", "standard-unseen-schema": "unseen schemas", "standard-unseen-surface": "unseen surfaces"}
BY_SURFACE = ("rule-based baseline, extended", "135M, 24 schemas", "135M, synthetic schemas, constrained")
ON_SURFACES = {"standard": "Test split", "standard-unseen-surface": "Unseen surfaces"}


def pairs(records: Mapping[str, Record]) -> str:
    """Paired tests, one row for each pair of runs on the same examples: how many each has right alone, and p.

    The test is McNemar's exact one, with Holm's correction over all rows. A pair of which one was not run is left out.
    """
    block_of = {pair: block for block, named in PAIRS.items() for pair in named}
    rows: dict[str, list[list[str]]] = {block: [] for block in PAIRS}
    for one in paired_runs([pair for pair in block_of if records.keys() >= set(pair)]):
        first, second = records[one.first], records[one.second]
        names = [escape(run.label.removeprefix("SmolLM2-135M, ")) for run in (first, second)]
        counts = [str(count) for count in (one.n, one.mcnemar.only_a, one.mcnemar.only_b)]
        rows[block_of[one.first, one.second]].append(
            [escape(TESTED[first.test_set]), *names, *counts, p_value(one.adjusted_p)]
        )
    head = ["Tested on", "First", "Second", "Examples", "Only first", "Only second", "$p$"]
    return tabular("@{}lllrrrr@{}", head, rows.items())


def by_surface(records: Mapping[str, Record]) -> str:
    """Exact answers of all texts, one row for each surface and one column for each model or baseline."""
    blocks = []
    for test, name in ON_SURFACES.items():
        runs = [record_of(records, reader, test) for reader in BY_SURFACE]
        scores = [exact_by_group(run.run, _surfaces()) if run else {} for run in runs]
        rows = [
            [escape(surface), *("{}/{}".format(*score[surface]) if surface in score else "--" for score in scores)]
            for surface in build.SURFACES
            if any(surface in score for score in scores)
        ]
        blocks.append((name, rows))
    return tabular("@{}l" + "r" * len(BY_SURFACE) + "@{}", ["Surface", *BY_SURFACE], blocks)


@cache
def _surfaces() -> dict[str, str]:
    """The surface of every test example of the release, by id."""
    parts = build.standard()
    return {example.id: example.surface for split in SPLITS[1:] for example in parts[split]}
