"""The paper's LaTeX in a notebook: its tables as tables, its macros as values.

Reads what :mod:`paperlib.paper.latex` writes, and no other LaTeX.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from paperlib.data.display import Table, as_html

ROW = re.compile(r"^(.*?) *\\\\$", re.MULTILINE)
RULES = re.compile(r"\\(?:top|mid|bottom)rule\n")
SPANNING = re.compile(r"\\multicolumn\{\d+\}\{.*?\}(?=\{)")
REPLACED = {  # in this order
    r"\\parbox\[t\]\{[\d.]*\\linewidth\}": "",
    r"\\newline(?:\{\})?": "\n",
    r"\\linebreak|\\,|\\ |~": " ",
    r"\\times": "×",
    r"\\pm": "±",
    r"\\infty": "∞",
    r"\\[A-Za-z]+": "",  # all others only change how a text looks
    r"(?<!\\)[{}$^]": "",
    r"``|''": '"',
    r"--": "–",
    r"\\([&%$#_{}])": r"\1",
    r" {2,}": " ",
}
NEWCOMMAND = re.compile(r"\\newcommand\{\\(\w+)\}\{(.*)\}$", re.MULTILINE)


@dataclass(frozen=True)
class Preview:
    """Tables below their names, as HTML or as plain text."""

    tables: Mapping[str, Table]

    def __repr__(self) -> str:
        return "\n\n".join(f"== {name}\n{table}" for name, table in self.tables.items())

    def _repr_html_(self) -> str:
        return "".join(f"<p><b>{name}</b></p>{table._repr_html_()}" for name, table in self.tables.items())


def files(folder: Path, *names: str) -> Preview:
    """The tables ``<name>.tex`` of a folder. Raises FileNotFoundError for a name that is none of them."""
    return Preview({name: table((folder / f"{name}.tex").read_text(encoding="utf-8")) for name in names})


def table(tex: str) -> Table:
    """A booktabs tabular as a table: every row under the head, a heading in the first cell of a row of its own."""
    head, *rows = [line for part in RULES.split(tex) for line in ROW.findall(part)]
    titles = [_plain(cell) for cell in head.split(" & ")]
    keys = [f"{title}{' ' * titles[:place].count(title)}" for place, title in enumerate(titles)]  # a title may repeat
    cells = [[_plain(cell) for cell in SPANNING.sub("", row).split(" & ")] for row in rows]
    filled = [dict(zip(keys, [*row, *[""] * len(keys)], strict=False)) for row in cells]
    broken = {cell: as_html(cell).replace("\n", "<br>") for row in cells for cell in row if "\n" in cell}
    return Table(filled, broken)


def macros(values: str, text: str) -> Table:
    """The macros that ``text`` uses, in its order, with their values in ``values`` (the text of values.tex)."""
    known = dict(NEWCOMMAND.findall(values))
    used = [name for name in dict.fromkeys(re.findall(r"\\([A-Za-z]+)", text)) if name in known]
    return Table([{"macro": rf"\{name}", "value": _plain(known[name])} for name in used])


def _plain(tex: str) -> str:
    """A cell without LaTeX: what a reader sees, but for bold, italics and size."""
    for pattern, text in REPLACED.items():
        tex = re.sub(pattern, text, tex)
    return tex.strip(" ")
