"""How tables and examples are shown in notebooks."""

from html.parser import HTMLParser

from paperlib.data.display import AnnotatedExample, SurfaceRealisations, Table, highlighted, visible
from paperlib.data.examples import Example, Span

EXAMPLE = Example(
    "x", "card", None, "test", "form", "Name: <Ann>\u202e", {"name": "<Ann>"}, (Span("/name", 6, 11, "copy"),)
)


class Cells(HTMLParser):
    """The styles and texts of a table's cells, row by row."""

    def __init__(self, page: str):
        super().__init__()
        self.rows: list[list[tuple[str, str]]] = []
        self.style = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.style = dict(attrs).get("style") or ""
        if tag == "tr":
            self.rows.append([])

    def handle_data(self, data: str) -> None:
        self.rows[-1].append((data, self.style))


def test_columns_of_text_are_aligned_left_and_columns_of_numbers_are_not() -> None:
    table = Table([{"run": "a", "n": 12, "share": "33.3% [1, 2]"}, {"run": "b & c", "n": "–", "share": "+1.0"}])
    rows = Cells(table._repr_html_()).rows
    assert [[text for text, _ in row] for row in rows] == [
        ["run", "n", "share"],
        ["a", "12", "33.3% [1, 2]"],
        ["b & c", "–", "+1.0"],
    ]
    assert all(["left" in style for _, style in row] == [True, False, False] for row in rows)
    assert repr(table).splitlines()[0] == "run    n   share"


def test_a_cell_may_have_markup_of_its_own() -> None:
    table = Table([{"metric": "F1 <b>", "n": 1}], {"metric": '<a href="#x">metric</a>'})
    assert '<a href="#x">metric</a>' in table._repr_html_()
    assert "F1 &lt;b&gt;" in table._repr_html_()
    assert repr(Table([])) == "nothing"


def test_spans_are_highlighted_with_their_pointers_and_nothing_of_a_text_is_obeyed() -> None:
    assert highlighted(EXAMPLE.text, EXAMPLE.spans) == 'Name: <mark title="/name">&lt;Ann&gt;</mark>\\u202e'
    assert visible("\x1b[2J\ttab") == "\\u001b[2J\ttab"
    for shown in (AnnotatedExample(EXAMPLE), SurfaceRealisations([EXAMPLE, EXAMPLE])):
        assert "<Ann>" not in shown._repr_html_()
        assert EXAMPLE.text in repr(shown)
