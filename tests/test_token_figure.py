"""The picture of an answer's tokens: a box for each, a frame where the model was overruled."""

import math

from matplotlib.colors import to_hex

from paperlib.data.predictions import Token
from paperlib.paper.token_figure import FRAME, draw_tokens


def test_every_token_has_a_box_and_the_overruled_ones_a_frame() -> None:
    sure, unsure = Token('{"a"', 0.0), Token(': "x"', math.log(0.1), ruled_out=': "y"')
    axes = draw_tokens([sure, unsure, Token("\n", -0.1), Token("}" * 60, 0.0), Token("]" * 60, 0.0)]).axes[0]
    assert [text.get_text()[:5] for text in axes.texts] == ['{"a"', ': "x"', "↵", "}}}}}", "]]]]]"]
    assert [to_hex(box.get_edgecolor()).upper() == FRAME for box in axes.patches] == [False, True, False, False, False]
    lightness = [sum(box.get_facecolor()[:3]) for box in axes.patches]
    assert lightness[0] > lightness[1]
    assert [text.get_position()[1] for text in axes.texts] == [0.5, 0.5, 0.5, 1.5, 2.5]
