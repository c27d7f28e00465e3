"""What must hold of a release as a whole, beside what holds of each example (:mod:`.checks`)."""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from paperlib.benchmark.edgejson import SHARES
from paperlib.benchmark.fields import fields_of
from paperlib.benchmark.standard import checks
from paperlib.core.errors import DataError
from paperlib.core.files import digest
from paperlib.data.examples import TIERS, Example
from paperlib.data.schemas import Schema, Schemas

Parts = Mapping[str, Sequence[Example]]  # by split

REPEATED = 0.05  # the share of a schema's texts that may have one skeleton, in a split of many texts
ALIKE = 0.8  # Jaccard similarity of two texts' runs of words from which they are near duplicates
OVERLAP = 0.3  # the share of an unseen schema's leaf names, or paths, that seen ones may have too
RUN = 5  # words
TOLERANCE = 0.1  # of a tier's share in a split
MANY = 50  # of fewer, shares say nothing


@dataclass(frozen=True)
class Check:
    """One check of a release: what it found, and what is wrong, nothing where it passed."""

    name: str
    rule: str
    found: str
    faults: tuple[str, ...] = ()


def check(parts: Parts, seen: Schemas, unseen: Schemas) -> list[Check]:
    """Every check, those of single examples first. Raises DataError naming the first fault of each that fails."""
    everything = [example for part in parts.values() for example in part]
    schemas = Schemas(seen | unseen)
    faults = [(e.id, fault) for e in everything for fault in checks.of_example(e, schemas[e.schema_id])]
    found = [_of_examples(kind, len(everything), faults) for kind in ("schema", "arithmetic", "spans", "grounding")]
    found += [whole(parts) for whole in (_unique, _near, _balanced, _repeated)]
    found.append(_apart(seen, unseen))
    if wrong := [check for check in found if check.faults]:
        raise DataError(
            "; ".join(f"{check.name}: {check.faults[0]} (and {len(check.faults) - 1} more)" for check in wrong)
        )
    return found


def _of_examples(kind: str, n: int, faults: Sequence[tuple[str, str]]) -> Check:
    own = tuple(f"{name}: {fault}" for name, fault in faults if fault.startswith(f"{kind}:"))
    return Check(kind, "every example", f"{n - len({fault.split(':')[0] for fault in own})} of {n} pass", own)


def _unique(parts: Parts) -> Check:
    """No id, text or answer of a schema twice in all parts together."""
    keys: dict[str, Callable[[Example], str]] = {
        "id": lambda e: e.id,
        "text": lambda e: e.text,
        "answer": lambda e: f"{e.schema_id} {digest(e.answer)}",
    }
    faults = []
    for name, key in keys.items():
        counts = Counter(key(e) for part in parts.values() for e in part)
        faults += [f"{name} {value[:60]!r} occurs {n} times" for value, n in counts.items() if n > 1]
    return Check("uniqueness", "ids, texts and answers", f"{len(faults)} occur twice", tuple(faults))


def _near(parts: Parts) -> Check:
    """Texts of different parts are not nearly the same: the similarity that MinHash estimates, exactly."""
    runs = {(split, e.id): _runs(e.text) for split, part in parts.items() for e in part}
    holders: dict[str, list[tuple[str, str]]] = defaultdict(list)
    shared: Counter[tuple[tuple[str, str], tuple[str, str]]] = Counter()
    for key, own in runs.items():
        for run in own:
            shared.update((other, key) for other in holders[run] if other[0] != key[0])
            holders[run].append(key)
    likeness = {(a, b): n / (len(runs[a]) + len(runs[b]) - n) for (a, b), n in shared.items()}
    faults = tuple(f"{a[1]} and {b[1]} are alike to {x:.2f}" for (a, b), x in likeness.items() if x >= ALIKE)
    most = max(likeness.values(), default=0.0)
    return Check(
        "near duplicates", f"Jaccard of {RUN}-word runs below {ALIKE}", f"at most {most:.2f} across splits", faults
    )


def _runs(text: str) -> set[str]:
    words = re.findall(r"\w+", text.lower())
    return {" ".join(words[start : start + RUN]) for start in range(max(1, len(words) - RUN + 1))}


def _balanced(parts: Parts) -> Check:
    """Tiers have their shares in every split, the schemas of a tier differ by one at most, surfaces are spread."""
    faults = []
    for split, part in parts.items():
        tiers = Counter(e.tier for e in part)
        for tier in TIERS:
            if len(part) >= MANY and abs(tiers[tier] / len(part) - SHARES[tier] / 100) > TOLERANCE:
                faults.append(f"{split}: {tiers[tier]} of {len(part)} are {tier}, expected about {SHARES[tier]} %")
            counts = Counter(e.schema_id for e in part if e.tier == tier)
            if counts and max(counts.values()) - min(counts.values()) > 1:
                faults.append(f"{split}: schemas of tier {tier} differ in number: {dict(counts)}")
    shares = [n / len(part) for part in parts.values() for n in Counter(e.surface for e in part).values()]
    return Check(
        "balance",
        "tiers by their shares, schemas alike",
        f"a surface has {min(shares):.0%} to {max(shares):.0%}",
        tuple(faults),
    )


def skeleton(example: Example) -> str:
    """The text with every value replaced by the name of its leaf."""
    parts, last = [], 0
    for span in sorted(example.spans, key=lambda span: span.start):
        parts += [example.text[last : span.start], "{", re.sub(r"\d+", "*", span.pointer), "}"]
        last = span.end
    return "".join([*parts, example.text[last:]])


def _repeated(parts: Parts) -> Check:
    """How often the commonest skeleton of a schema comes in a split."""
    faults, most = [], 0.0
    for split, part in parts.items():
        for schema in {e.schema_id for e in part}:
            own = Counter(skeleton(e) for e in part if e.schema_id == schema)
            share = (max(own.values()) - 1) / sum(own.values())
            most = max(most, share)
            if sum(own.values()) >= MANY and share > REPEATED:
                faults.append(f"{split}: {share:.0%} of {schema} repeat one skeleton")
    return Check("skeletons", f"at most {REPEATED:.0%} of a schema repeat one", f"at most {most:.1%}", tuple(faults))


def overlaps(seen: Schemas, unseen: Schemas) -> dict[str, tuple[float, float]]:
    """Of every unseen schema the share of its leaf names, and of its paths, that any seen schema has too."""
    names = {path[-1] for schema in seen.values() for path in fields_of(schema)}
    shapes = {_shape(schema) for schema in seen.values()}
    found = {}
    for schema in unseen.values():
        own = [path[-1] for path in fields_of(schema)]
        found[schema.id] = (sum(name in names for name in own) / len(own), float(_shape(schema) in shapes))
    return found


def _shape(schema: Schema) -> tuple[tuple[int, int, str, bool], ...]:
    """A structure without names: of every leaf its depth, the arrays above it, its kind, whether it is an array."""
    leaves = fields_of(schema).values()
    return tuple(sorted((len(f.path), f.path.count("*"), f.kind, f.many) for f in leaves))


def _apart(seen: Schemas, unseen: Schemas) -> Check:
    found = overlaps(seen, unseen)
    faults = tuple(
        f"{name}: {names:.0%} of names, {same:.0%} of structure"
        for name, (names, same) in found.items()
        if max(names, same) > OVERLAP
    )
    names = max(names for names, _ in found.values())
    same = sum(same for _, same in found.values())
    rule = f"at most {OVERLAP:.0%} of leaf names, no structure shared with seen schemas"
    return Check("unseen schemas", rule, f"names {names:.0%}, {same:.0f} structures", faults)
