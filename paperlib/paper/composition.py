"""What EdgeJSON standard is made of: its splits counted, and one record as several surfaces tell it."""

import json
from collections import Counter
from collections.abc import Sequence

from paperlib.benchmark.standard import build
from paperlib.benchmark.standard.split_sizes import SPLITS
from paperlib.data.examples import TIERS, Example
from paperlib.paper.latex import escape, tabular

SHOWN = ("order_details", "shown/4")  # schema and seed of the record that notebook 01 shows too
TOLD = {"prose": "Prose", "chat": "Chat", "slip": "Slip"}  # surfaces, by their names in the paper


def table() -> str:
    """A row a split: its examples, by tier and by surface, and the number of its schemas."""
    parts = build.standard()
    head = ["Split", "Examples", *TIERS, "Schemas", *build.SURFACES]
    rows = [[split, str(len(parts[split])), *_counts(parts[split])] for split in SPLITS]
    return tabular("@{}l" + "r" * (len(head) - 1) + "@{}", head, [("", rows)])


def _counts(part: Sequence[Example]) -> list[str]:
    tiers, surfaces = Counter(e.tier for e in part), Counter(e.surface for e in part)
    schemas = len({e.schema_id for e in part})
    return [
        *(str(tiers[tier]) for tier in TIERS),
        str(schemas),
        *(str(surfaces[name] or "--") for name in build.SURFACES),
    ]


def example() -> str:
    """One record: its texts on the surfaces of ``TOLD`` line by line, and its answer."""
    schema = build.schemas_of("train")[SHOWN[0]]
    told = {name: build.make(schema, surface, SHOWN[1]) for surface, name in TOLD.items()}
    texts = {name: made.text for name, made in told.items()}
    answer = json.dumps(told["Prose"].answer, ensure_ascii=False)
    rows = [[name, _typed(text)] for name, text in {**texts, "Answer": answer}.items()]
    return tabular("@{}ll@{}", ["", "Text"], [("", [row]) for row in rows])


def _typed(text: str) -> str:
    """Lines as a typewriter sets them, too long ones broken."""
    lines = r"\newline{}".join(escape(line).replace("  ", r"\ \ ") or r"\strut" for line in text.splitlines())
    return rf"\parbox[t]{{0.85\linewidth}}{{\raggedright\frenchspacing\ttfamily\scriptsize {lines}\strut}}"
