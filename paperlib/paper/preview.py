"""The paper's LaTeX in a notebook: its tables as tables, its macros as values.

Reads what :mod:`paperlib.paper.latex` writes, and no other LaTeX.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from paperlib.data.display import Table, as_html

ROW = re.compile(r"^(.*?) *\\\\$", re.MULTILINE)
# What only a page needs: a caption, and what a longtable repeats on every page.
OF_A_PAGE = re.compile(r"^\\caption.*?$|^\\endfirsthead$(?s:.*)^\\end(?:head|foot|lastfoot)$", re.MULTILINE)
SEPARATOR = re.compile(r" *(?<!\\)& *")
SPANNING = re.compile(r"\\multicolumn\{(\d+)\}\{(?:[^{}]|\{\})*\}\{(.*)\}")
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
    """A booktabs tabular or longtable as a table: every row under the head, a heading in the first cell of a row of its
    own. Raises ValueError on a ragged row."""
    head, _, body = OF_A_PAGE.sub("", tex).partition(r"\midrule")
    titles = _titles([_cells(row, repeat=True) for row in ROW.findall(head)])
    keys = [f"{title}{' ' * titles[:place].count(title)}" for place, title in enumerate(titles)]  # a title may repeat
    rows = [_cells(row) for row in ROW.findall(body)]
    broken = {cell: as_html(cell).replace("\n", "<br>") for row in rows for cell in row if "\n" in cell}
    return Table([dict(zip(keys, row, strict=True)) for row in rows], broken)


def _titles(head: Sequence[Sequence[str]]) -> list[str]:
    """A title a column: "simple: Right" where "simple" stands above "Right"."""
    return [": ".join(filter(None, column)) for column in zip(*head, strict=True)]


def _cells(row: str, repeat: bool = False) -> list[str]:
    """The cells of a row, one a column: of one over several columns, the text and empty cells, or the text in each."""
    cells = list[str]()
    for cell in SEPARATOR.split(row):
        spanning = SPANNING.fullmatch(cell)
        n, text = (int(spanning[1]), _plain(spanning[2])) if spanning else (1, _plain(cell))
        cells += [text] * n if repeat else [text, *[""] * (n - 1)]
    return cells


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
