"""The committed summary of a release of EdgeJSON standard: sizes, hashes, results of its checks, annotator agreement.

python -m paperlib.benchmark.standard.release_summary     writes data/standard/release.json anew
"""

from collections.abc import Mapping, Sequence
from typing import Any

from paperlib.benchmark.standard import annotator_agreement, build, release_checks
from paperlib.core import paths
from paperlib.core.files import write_json
from paperlib.data.examples import Example, data_hash

SEED = 0


def summary(splits: Mapping[Any, Sequence[Example]]) -> dict[str, Any]:
    """The content of release.json for the splits of :func:`build.standard`. Raises DataError where a check fails."""
    seen, unseen = build.schemas_of("train"), build.schemas_of("unseen-schema")
    checks = release_checks.check(splits, seen, unseen)
    examples = [example for part in splits.values() for example in part]
    found = annotator_agreement.agreement({example.id: example for example in examples})
    steps = [span.normalise for example in examples for span in example.spans]
    return {
        "seed": SEED,
        "sizes": {split: len(part) for split, part in splits.items()},
        "hashes": {split: data_hash(part) for split, part in splits.items()},
        "schemas": {"seen": len(seen), "unseen": len(unseen)},
        "surfaces": {"seen": len(build.SURFACES) - len(build.RESERVED), "unseen": len(build.RESERVED)},
        "values": {"all": len(steps), "copied": steps.count("copy")},
        "checks": {check.name: check.found for check in checks},
        "reading": {name: getattr(found, name) for name in ("examples", "alike", "leaves", "agreeing")},
    }


if __name__ == "__main__":
    write_json(paths.STANDARD_SPLITS, summary(build.standard(seed=SEED)))
