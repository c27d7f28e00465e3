"""The tokens of one answer as a picture: how sure the model was of each, and where a constraint overruled it."""

import math
from collections.abc import Iterator, Sequence

from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from paperlib.data.display import visible
from paperlib.data.predictions import Token

WIDTH, CELL, LINE = 72, 0.066, 0.2  # characters a line; inches a character and a line
FRAME = "#D55E00"  # around tokens in place of which the model preferred another
SHADES = colormaps["Blues"]


def draw_tokens(tokens: Sequence[Token]) -> Figure:
    """Each token in a box, the darker the less probable; an orange frame where the model preferred another token.

    Lines break where the answer has a line break, and at the width of the figure.
    """
    lines = list(_lines(tokens))
    figure = Figure(figsize=(WIDTH * CELL, LINE * len(lines) + 0.1), layout=None)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, WIDTH), ylim=(len(lines), 0))
    axes.set_axis_off()
    for number, line in enumerate(lines):
        column = 0.5
        for token in line:
            text = visible(token.text).replace("\n", "↵")
            _box(axes, column, number, len(text), token)
            axes.text(column, number + 0.5, text, family="monospace", fontsize=7.8, va="center", color=_ink(token))
            column += len(text)
    return figure


def _lines(tokens: Sequence[Token]) -> Iterator[list[Token]]:
    line, width = list[Token](), 0
    for token in tokens:
        if line and (width + len(token.text) > WIDTH - 2 or line[-1].text.startswith("\n")):
            yield line
            line, width = [], 0
        line.append(token)
        width += len(token.text)
    yield line


def _doubt(token: Token) -> float:
    """0 for a sure token, 1 for one that the model gave no chance."""
    return min(1.0, 1.0 - math.exp(token.log_prob))


def _ink(token: Token) -> str:
    return "white" if _doubt(token) > 0.6 else "black"


def _box(axes: Axes, column: float, line: int, width: int, token: Token) -> None:
    colour = SHADES(0.05 + 0.85 * _doubt(token))
    edge, weight = (FRAME, 1.6) if token.ruled_out is not None else ("#BBBBBB", 0.4)
    place, size = (column, line + 0.1), (max(width, 0.3), 0.8)
    axes.add_patch(Rectangle(place, *size, facecolor=colour, edgecolor=edge, linewidth=weight))
