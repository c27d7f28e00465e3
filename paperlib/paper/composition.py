"""What EdgeJSON standard is made of: its splits counted, and one record on several surfaces."""

import json
from collections import Counter
from collections.abc import Iterable

from paperlib.benchmark.standard import build
from paperlib.benchmark.standard.split_sizes import SPLITS
from paperlib.data.examples import TIERS
from paperlib.paper.latex import escape, tabular

SHOWN = ("order_details", "shown/4")  # schema and seed of the record that notebook 01 shows too
SURFACES = ("prose", "chat", "slip")  # on which it is shown


def table() -> str:
    """A column a split: its examples and schemas, and its examples by tier and by surface."""
    sets = build.standard()
    parts = [sets[split] for split in SPLITS]
    whole = [
        ["examples", *(str(len(part)) for part in parts)],
        ["schemas", *(str(len({example.schema_id for example in part})) for part in parts)],
    ]
    tiers = _counted(TIERS, [Counter(str(example.tier) for example in part) for part in parts])
    surfaces = _counted(build.SURFACES, [Counter(str(example.surface) for example in part) for part in parts])
    blocks = [("", whole), ("Examples by tier", tiers), ("Examples by surface", surfaces)]
    return tabular("@{}lrrrr@{}", ["", *SPLITS], blocks)


def _counted(names: Iterable[str], counters: list[Counter[str]]) -> list[list[str]]:
    return [[name, *(str(counter[name] or "--") for counter in counters)] for name in names]


def example() -> str:
    """One record: its texts on SURFACES line by line, and its answer."""
    schema = build.schemas_of("train")[SHOWN[0]]
    made = {surface: build.make(schema, surface, SHOWN[1]) for surface in SURFACES}
    texts = {surface.capitalize(): example.text for surface, example in made.items()}
    answer = json.dumps(made[SURFACES[0]].answer, ensure_ascii=False)
    rows = [[name, _typed(text)] for name, text in {**texts, "Answer": answer}.items()]
    return tabular("@{}ll@{}", ["", "Text"], [("", [row]) for row in rows])


def _typed(text: str) -> str:
    """Lines as a typewriter sets them, too long ones broken."""
    lines = r"\newline{}".join(escape(line).replace("  ", r"\ \ ") or r"\strut" for line in text.splitlines())
    return rf"\parbox[t]{{0.85\linewidth}}{{\raggedright\frenchspacing\ttfamily\scriptsize {lines}\strut}}"
