"""The datasheet of a release, after Gebru et al. (2021), "Datasheets for Datasets", https://arxiv.org/abs/1803.09010.

Its text is ``data/release/datasheet.md``; every number in it is counted from the examples.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from statistics import median

from paperlib.benchmark.checks import Splits
from paperlib.benchmark.release.about import About, document
from paperlib.benchmark.release.rows import answer_json
from paperlib.data.examples import Example
from paperlib.data.leaves import n_leaves
from paperlib.data.schemas import Schemas

TRAIN = "train"


def datasheet(splits: Splits, schemas: Schemas, about: About) -> str:
    """The datasheet as Markdown. ``schemas`` must hold those of the examples."""
    examples = [example for part in splits.values() for example in part]
    return document(
        "datasheet.md",
        version=about.version,
        creator=about.creator,
        total=f"{len(examples):,}",
        n_splits=len(splits),
        n_schemas=len({example.schema_id for example in examples}),
        by_tier=_counts(splits, lambda e: e.tier or "none", "tier"),
        by_surface=_counts(splits, lambda e: e.surface or "none", "surface"),
        by_schema=_counts(splits, lambda e: f"{e.schema_id} ({schemas[e.schema_id].tier})", "schema (tier)"),
        sizes=_sizes(splits),
        grounded=_grounded(examples),
        apart=" ".join(_apart(splits)),
        published=f" Published {about.date or ''} at {about.url}.".replace("  ", " ") if about.url else "",
        bibtex=about.bibtex,
    )


def _table(header: Sequence[str], rows: Iterable[Sequence[str | int]]) -> str:
    """A Markdown table whose first column is names and whose other columns are numbers."""
    lines = [header, ["---"] + ["---:"] * (len(header) - 1), *rows]
    shown = ([f"{cell:,}" if isinstance(cell, int) else cell for cell in line] for line in lines)
    return "\n".join(f"| {' | '.join(line)} |" for line in shown)


def _counts(splits: Splits, key: Callable[[Example], str], name: str) -> str:
    """The number of examples of each value of ``key``, sorted, in each split and in all."""
    found = {split: Counter(map(key, examples)) for split, examples in splits.items()}
    numbers = {value: [counts[value] for counts in found.values()] for value in sorted(set().union(*found.values()))}
    numbers["all"] = [len(examples) for examples in splits.values()]
    return _table([name, *splits, "all"], [[value, *line, sum(line)] for value, line in numbers.items()])


def _sizes(splits: Splits) -> str:
    """Medians and maxima of the lengths of texts and answers and of the numbers of leaves, a row a split."""
    sizes: dict[str, Callable[[Example], int]] = {
        "text": lambda e: len(e.text),
        "answer": lambda e: len(answer_json(e.answer)),
        "leaves": lambda e: n_leaves(e.answer),
    }
    rows = [[split, *(_spread([size(e) for e in part]) for size in sizes.values())] for split, part in splits.items()]
    return _table(["split", *sizes], rows)


def _spread(sizes: list[int]) -> str:
    return f"{median(sizes):,.0f} ({max(sizes):,})"


def _grounded(examples: list[Example]) -> str:
    """How many leaves have a span, and how often each normalisation leads from its text to the value."""
    total = sum(n_leaves(example.answer) for example in examples)
    spans = sum(len({span.pointer for span in example.spans}) for example in examples)
    steps = Counter(span.normalise.partition(":")[0] for example in examples for span in example.spans)
    listed = ", ".join(f"`{name}` {number:,}" for name, number in steps.most_common())
    return f"Of {total:,} leaves, {spans:,} have a span. Steps from text to value: {listed or 'none'}."


def _apart(splits: Splits) -> list[str]:
    """A sentence for each split but the training one: the texts, answers, schemas and surfaces that the two share."""
    train = splits.get(TRAIN, ())
    texts, answers = {e.text for e in train}, {answer_json(e.answer) for e in train}
    sentences = []
    for split, examples in splits.items():
        if split == TRAIN or not train:
            continue
        same_texts = sum(e.text in texts for e in examples)
        same_answers = sum(answer_json(e.answer) in answers for e in examples)
        new = [
            f"{len(values - known)} of its {len(values)} {name}"
            for name, values, known in (
                ("schemas", {e.schema_id for e in examples}, {e.schema_id for e in train}),
                ("surfaces", {e.surface for e in examples}, {e.surface for e in train}),
            )
        ]
        shared = f"`{split}` shares {same_texts} texts and {same_answers} answers with `{TRAIN}`"
        sentences.append(f"{shared}; {' and '.join(new)} are not there.")
    return sentences or ["There is no training split to compare with."]
