"""The datasheet of a release, after Gebru et al. (2021), "Datasheets for Datasets", https://arxiv.org/abs/1803.09010.

Every number in it is counted from the examples.
"""

from collections import Counter
from collections.abc import Iterable
from statistics import median

from paperlib.benchmark.release.about import DESCRIPTION, LICENCE, LICENCE_URL, NAME, About
from paperlib.benchmark.release.markdown_table import Parts, counts, markdown
from paperlib.benchmark.release.rows import written
from paperlib.data.examples import Example
from paperlib.data.leaves import n_leaves
from paperlib.data.schemas import Schemas

TRAIN = "train"

SHEET = """\
# Datasheet of {name} {version}

After Gebru et al. (2021), "Datasheets for Datasets", https://arxiv.org/abs/1803.09010. The numbers are counted from the
examples when the release is made.

## Motivation

**What for?** To train and test models, small ones above all, that turn a text into JSON of a known shape, and to see
how far what they learn carries: to new examples of known kinds, and where there are such splits, to schemas and to
kinds of text that the training split does not hold. Answers are compared value by value, so no judge is needed.

**Who made it?** {creator}.

## Composition

{description}

**What is an example?** A text, the name of a JSON Schema (`schemas/`), the answer, and spans: where values of the
answer stand in the text. In `hf/*.jsonl` the answer is JSON text in a string, so that all rows have the same columns;
the `*.jsonl` files above that folder hold the same examples with the answer as a JSON value.

**How many?** {total} examples in {n_splits} splits, {n_schemas} schemas.

By tier (how nested a schema is: one level of at most five fields is `simple`, one level with more or two levels
`medium`, anything deeper `complex`):

{by_tier}

By surface (the kind of text):

{by_surface}

By schema:

{by_schema}

**How long?** Medians, and the largest in brackets; texts and answers in characters, leaves are scalars of an answer.

{sizes}

**Are there labels?** The answer is the label. {grounded}

**Are splits apart?** {apart}

**Is there noise?** Answers are the records from which the texts were written; nothing was annotated by hand.

**Does it hold anything confidential, offensive or personal?** No. Names, addresses, prices and diagnoses are drawn from
word lists and by chance; where one equals that of a real person or company, it is by accident.

## Collection and preprocessing

Synthetic: a program draws a record that follows a schema, then writes a text that holds it. All chance comes from
pseudo-random generators with fixed seeds: the same version of the program with the same seed gives the same data. The
texts are put together from the program's own word lists and phrases; no person was asked, observed or paid.

## Uses

**Fit for**: training and testing extraction to JSON, constrained decoding, comparisons of model sizes and of training
methods on equal data. `lm_eval/edgejson/` holds the tasks for lm-evaluation-harness.

**Limits**:

- Texts come from templates and phrase lists in English. A model can learn the phrases; a high score does not show that
  it reads texts by people, or in other languages.
- The splits come from the same program. Even those with schemas or surfaces not in the training split share its habits.
- Examples of one schema are alike. Intervals should treat schemas as clusters.
- Records are plausible in shape, not in content: nothing about medicine, prices or people can be learnt from them.

**Not for**: decisions about people, and medical or financial use.

## Distribution

Licensed under {licence}, {licence_url}; `LICENSE` says it briefly.
`croissant.json` lists the files with their SHA-256.{published}

```bibtex
{bibtex}
```

## Maintenance

{creator} maintains it with the program that makes it. Versions are numbered: a mistake is mended in a new one.
"""


def datasheet(parts: Parts, schemas: Schemas, about: About) -> str:
    """The Markdown text. ``schemas`` are those of the examples."""
    everything = [example for examples in parts.values() for example in examples]
    return SHEET.format(
        name=NAME,
        version=about.version,
        creator=about.creator,
        description=DESCRIPTION,
        total=f"{len(everything):,}",
        n_splits=len(parts),
        n_schemas=len({example.schema_id for example in everything}),
        by_tier=counts(parts, lambda e: e.tier or "none", "tier"),
        by_surface=counts(parts, lambda e: e.surface or "none", "surface"),
        by_schema=counts(parts, lambda e: f"{e.schema_id} ({schemas[e.schema_id].tier})", "schema (tier)"),
        sizes=_sizes(parts),
        grounded=_grounded(everything),
        apart=" ".join(_apart(parts)),
        licence=LICENCE,
        licence_url=LICENCE_URL,
        published=f" Published {about.date or ''} at {about.url}.".replace("  ", " ") if about.url else "",
        bibtex=about.bibtex,
    )


def _sizes(parts: Parts) -> str:
    rows = [
        [
            split,
            _spread(len(e.text) for e in examples),
            _spread(len(written(e.answer)) for e in examples),
            _spread(n_leaves(e.answer) for e in examples),
        ]
        for split, examples in parts.items()
    ]
    return markdown(["split", "text", "answer", "leaves"], rows)


def _spread(sizes: Iterable[int]) -> str:
    found = list(sizes)
    return f"{median(found):,.0f} ({max(found):,})"


def _grounded(examples: list[Example]) -> str:
    """How many leaves have a span, and how their texts become values."""
    total = sum(n_leaves(example.answer) for example in examples)
    shown = sum(len({span.pointer for span in example.spans}) for example in examples)
    steps = Counter(span.normalise.partition(":")[0] for example in examples for span in example.spans)
    told = ", ".join(f"`{name}` {number:,}" for name, number in steps.most_common())
    return f"Of {total:,} leaves, {shown:,} have a span. Steps from text to value: {told or 'none'}."


def _apart(parts: Parts) -> list[str]:
    """For each split but the training one: texts, answers, schemas and surfaces that it shares with that."""
    train = parts.get(TRAIN, ())
    texts, answers = {e.text for e in train}, {written(e.answer) for e in train}
    schemas, surfaces = {e.schema_id for e in train}, {e.surface for e in train}
    found = []
    for split, examples in parts.items():
        if split == TRAIN or not train:
            continue
        again = sum(e.text in texts for e in examples), sum(written(e.answer) in answers for e in examples)
        new = [
            f"{len(values - known)} of its {len(values)} {name}"
            for name, values, known in (
                ("schemas", {e.schema_id for e in examples}, schemas),
                ("surfaces", {e.surface for e in examples}, surfaces),
            )
        ]
        shared = f"`{split}` shares {again[0]} texts and {again[1]} answers with `{TRAIN}`"
        found.append(f"{shared}; {' and '.join(new)} are not there.")
    return found or ["There is no training split to compare with."]
