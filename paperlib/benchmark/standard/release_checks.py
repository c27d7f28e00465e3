"""Checks of EdgeJSON standard as a whole, on top of those of single examples (:mod:`.example_checks`)."""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from paperlib.benchmark.checks import LARGE, Splits, balance_faults, repeated
from paperlib.benchmark.fields import fields_of
from paperlib.benchmark.standard import example_checks
from paperlib.core.errors import DataError
from paperlib.core.files import digest
from paperlib.data.examples import Example
from paperlib.data.schemas import Schema, Schemas

MAX_SKELETON_SHARE = 0.05  # of a schema's texts in a split that may have the same skeleton
NEAR_DUPLICATE = 0.8  # Jaccard similarity of the word 5-grams of two texts that counts as one
MAX_OVERLAP = 0.3  # share of an unseen schema's leaf names, or paths, that seen schemas may have too
NGRAM = 5  # words


@dataclass(frozen=True)
class Check:
    """One check of a release: its rule, what it found, and its faults, none where it passed."""

    name: str
    rule: str
    found: str
    faults: tuple[str, ...] = ()


def check(splits: Splits, seen: Schemas, unseen: Schemas) -> list[Check]:
    """Every check, those of single examples first.

    Raises DataError naming each check that fails, the first of its faults, and the number of its other faults.
    """
    everything = [example for examples in splits.values() for example in examples]
    schemas = Schemas(seen | unseen)
    faults = [(e.id, fault) for e in everything for fault in example_checks.of_example(e, schemas[e.schema_id])]
    found = [_of_examples(kind, len(everything), faults) for kind in ("schema", "arithmetic", "spans", "grounding")]
    found += [whole(splits) for whole in (_unique, near_duplicates, _balanced, _skeletons)]
    found.append(_apart(seen, unseen))
    if wrong := [c for c in found if c.faults]:
        raise DataError("; ".join(f"{c.name}: {c.faults[0]} (and {len(c.faults) - 1} more)" for c in wrong))
    return found


def _of_examples(kind: str, n: int, faults: Sequence[tuple[str, str]]) -> Check:
    own = tuple(f"{name}: {fault}" for name, fault in faults if fault.startswith(f"{kind}:"))
    return Check(kind, "every example", f"{n - len({fault.split(':')[0] for fault in own})} of {n} pass", own)


def _unique(splits: Splits) -> Check:
    """No id and no text occurs twice in all splits together, and no answer twice in one schema."""
    everything = [example for examples in splits.values() for example in examples]
    keys: dict[str, Callable[[Example], str]] = {
        "id": lambda e: e.id,
        "text": lambda e: e.text,
        "answer": lambda e: f"{e.schema_id} {digest(e.answer)}",
    }
    faults = tuple(
        f"{name} {value[:60]!r} occurs {len(same)} times"
        for name, key in keys.items()
        for value, same in repeated(everything, key)
    )
    return Check("uniqueness", "ids, texts and answers", f"{len(faults)} occur twice", faults)


def near_duplicates(splits: Splits) -> Check:
    """No two texts of different splits are near duplicates: the similarity that MinHash estimates, computed exactly."""
    ngrams = {(split, e.id): _ngrams(e.text) for split, examples in splits.items() for e in examples}
    holders: dict[str, list[tuple[str, str]]] = defaultdict(list)
    shared: Counter[tuple[tuple[str, str], tuple[str, str]]] = Counter()
    for key, own in ngrams.items():
        for ngram in own:
            shared.update((other, key) for other in holders[ngram] if other[0] != key[0])
            holders[ngram].append(key)
    similarity = {(a, b): n / (len(ngrams[a]) + len(ngrams[b]) - n) for (a, b), n in shared.items()}
    faults = tuple(f"{a[1]} and {b[1]}: {x:.2f}" for (a, b), x in similarity.items() if x >= NEAR_DUPLICATE)
    most = max(similarity.values(), default=0.0)
    rule = f"Jaccard of {NGRAM}-word runs below {NEAR_DUPLICATE}"
    return Check("near duplicates", rule, f"at most {most:.2f} across splits", faults)


def _ngrams(text: str) -> set[str]:
    words = re.findall(r"\w+", text.lower())
    return {" ".join(words[start : start + NGRAM]) for start in range(max(1, len(words) - NGRAM + 1))}


def _balanced(splits: Splits) -> Check:
    """Tiers have their shares in every split, and the schemas of a tier differ by at most one example."""
    faults = tuple(f"{split}: {fault}" for split, fault in balance_faults(splits))
    shares = [n / len(part) for part in splits.values() for n in Counter(e.surface for e in part).values()]
    found = f"a surface has {min(shares):.0%} to {max(shares):.0%}"
    return Check("balance", "tiers by their shares, schemas alike", found, faults)


def skeleton(example: Example) -> str:
    """An example's text with the JSON pointer of every leaf in place of its value, items of arrays unnumbered."""
    parts, last = [], 0
    for span in sorted(example.spans, key=lambda span: span.start):
        parts += [example.text[last : span.start], "{", re.sub(r"\d+", "*", span.pointer), "}"]
        last = span.end
    return "".join([*parts, example.text[last:]])


def _skeletons(splits: Splits) -> Check:
    """No skeleton is too common among a schema's texts in a split."""
    faults, most = [], 0.0
    for split, examples in splits.items():
        for schema in {e.schema_id for e in examples}:
            own = Counter(skeleton(e) for e in examples if e.schema_id == schema)
            share = (max(own.values()) - 1) / own.total()
            most = max(most, share)
            if own.total() >= LARGE and share > MAX_SKELETON_SHARE:
                faults.append(f"{split}: {share:.0%} of {schema} repeat one skeleton")
    rule = f"at most {MAX_SKELETON_SHARE:.0%} of a schema repeat one"
    return Check("skeletons", rule, f"at most {most:.1%}", tuple(faults))


def overlaps(seen: Schemas, unseen: Schemas) -> dict[str, tuple[float, float]]:
    """For every unseen schema: the share of its leaf names that any seen schema has too, and 1 where one has the same
    structure, else 0."""
    names = {path[-1] for schema in seen.values() for path in fields_of(schema)}
    shapes = {_shape(schema) for schema in seen.values()}
    found = {}
    for schema in unseen.values():
        own = [path[-1] for path in fields_of(schema)]
        found[schema.id] = (sum(name in names for name in own) / len(own), float(_shape(schema) in shapes))
    return found


def _shape(schema: Schema) -> tuple[tuple[int, int, str, bool], ...]:
    """A schema's structure without its names: of each leaf the depth, the arrays around it, the kind, and ``many``."""
    leaves = fields_of(schema).values()
    return tuple(sorted((len(f.path), f.path.count("*"), f.kind, f.many) for f in leaves))


def _apart(seen: Schemas, unseen: Schemas) -> Check:
    found = overlaps(seen, unseen)
    faults = tuple(
        f"{name}: {names:.0%} of names, {same:.0%} of structure"
        for name, (names, same) in found.items()
        if max(names, same) > MAX_OVERLAP
    )
    names = max(names for names, _ in found.values())
    same = sum(same for _, same in found.values())
    rule = f"at most {MAX_OVERLAP:.0%} of leaf names, no structure shared with seen schemas"
    return Check("unseen schemas", rule, f"names {names:.0%}, {same:.0f} structures", faults)
