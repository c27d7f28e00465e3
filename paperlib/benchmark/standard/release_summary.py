"""What is committed of a release: sizes, hashes, what its checks found, how far an independent reading agrees.

python -m paperlib.benchmark.standard.release_summary     writes data/standard/release.json anew
"""

from collections.abc import Mapping, Sequence
from typing import Any

from paperlib.benchmark.standard import annotator_agreement, build, release_checks
from paperlib.core import paths
from paperlib.core.files import write_json
from paperlib.data.examples import Example, data_hash

SEED = 0


def summary(parts: Mapping[Any, Sequence[Example]]) -> dict[str, Any]:
    """Of the splits of :func:`build.standard`. Raises DataError where a check fails."""
    checks = release_checks.check(parts, build.schemas_of("train"), build.schemas_of("unseen-schema"))
    read = annotator_agreement.agreement({example.id: example for part in parts.values() for example in part})
    written = [span.normalise for part in parts.values() for example in part for span in example.spans]
    return {
        "seed": SEED,
        "sizes": {split: len(part) for split, part in parts.items()},
        "hashes": {split: data_hash(part) for split, part in parts.items()},
        "schemas": {"seen": len(build.schemas_of("train")), "unseen": len(build.schemas_of("unseen-schema"))},
        "surfaces": {"seen": len(build.SURFACES) - len(build.RESERVED), "unseen": len(build.RESERVED)},
        "values": {"all": len(written), "copied": written.count("copy")},
        "checks": {check.name: check.found for check in checks},
        "reading": {"examples": read.examples, "alike": read.alike, "leaves": read.leaves, "agreeing": read.agreeing},
    }


if __name__ == "__main__":
    write_json(paths.STANDARD, summary(build.standard(seed=SEED)))
