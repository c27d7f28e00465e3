"""From a value to the failed examples behind it: what is shown, what is marked, and that hostile answers stay text."""

import json
import re
from collections.abc import Sequence
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paperlib.core.errors import DataError, PaperlibError
from paperlib.data.examples import Example, Span
from paperlib.data.leaf_alignment import MISSING
from paperlib.data.predictions import Prediction
from paperlib.evaluation.error_analysis import LEAVES, VALUE, AnalysedAnswer, AnalysedAnswers, cut, join
from paperlib.evaluation.error_browser import ErrorBrowser
from paperlib.evaluation.failures import diagnose
from paperlib.evaluation.report import Report, report

TEXT = "Name: Nadia Ferrara\nTown: Leeds\n"
EXPECTED = {"name": "Nadia Ferrara", "town": "Leeds"}
SPANS = (Span("/name", 6, 19, "copy"), Span("/town", 27, 32, "copy"))
OUTPUTS = {  # schema, tier, output
    "card-0": ("card", "simple", json.dumps(EXPECTED)),
    "card-1": ("card", "simple", ' {"name": "Nadia Ferara", "town": "Leeds"}'),
    "card-2": ("card", "simple", '{"name": "Nadia Ferrara", "town": "Leeds", "zip": 1}'),
    "card-3": ("card", "simple", '{"name": "Nadia Ferrara"}'),
    "note-0": ("note", "complex", '{"name": "Nadia'),
    "memo-0": ("memo", "complex", json.dumps(EXPECTED)),
}


def example(id: str, schema: str, tier: Any) -> Example:
    return Example(id, schema, tier, "test", "", TEXT, EXPECTED, SPANS)


def both(outputs: dict[str, tuple[str, str, str]]) -> tuple[AnalysedAnswers, Report]:
    examples = [example(id, schema, tier) for id, (schema, tier, _) in outputs.items()]
    predictions = [Prediction(id, output, 1, 1, "cap", 0.0) for id, (_, _, output) in outputs.items()]
    found = report(examples, predictions, {})
    return join(examples, predictions, found.scores), found


def one(output: str) -> AnalysedAnswer:
    return both({"x": ("card", "simple", output)})[0].members[0]


def ids(found: Sequence[AnalysedAnswer] | AnalysedAnswers) -> list[str]:
    return [answered.id for answered in found]


class Page(HTMLParser):
    """The elements of a page, and whether every one that needs it is closed."""

    def __init__(self, page: str):
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.add(tag)
        if tag not in ("tr", "td", "th"):  # whose end may be left out
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in ("tr", "td", "th"):
            assert self.open.pop() == tag


def check(page: str) -> None:
    found = Page(page)
    assert found.open == []
    assert found.tags <= {
        "a", "b", "del", "details", "div", "i", "ins", "mark", "pre", "span", "style", "summary", "table", "td", "th",
        "tr",
    }  # fmt: skip
    page.encode()


def test_an_example_shows_its_text_both_values_and_its_errors() -> None:
    answered = both(OUTPUTS)[0].members[1]
    plain, page = repr(answered), answered._repr_html_()
    check(page)
    assert plain.startswith("card-1: altered (1 wrong leaf), ended by the cap\ncard, simple tier; Field F1 0.500\n")
    assert "\nTown: Leeds\n" in plain
    assert re.search(r'/name +"Nadia Ferrara" +"Nadia Ferara" +altered$', plain)
    assert '<mark title="/name">Nadia Ferrara</mark>' in page  # in the text; the town is right
    assert 'title="/town"' not in page
    assert '<ins title="altered">&quot;Nadia Fer<b>r</b>ara&quot;</ins>' in page
    assert '<del title="altered">&quot;Nadia Ferara&quot;</del>' in page
    assert "<td>/town</td><td>&quot;Leeds&quot;</td><td>&quot;Leeds&quot;</td><td></td>" in page


def test_what_is_missing_or_not_expected_stands_beside_nothing() -> None:
    omitted, added = one('{"name": "Nadia Ferrara"}'), one('{"name": "Nadia Ferrara", "town": "Leeds", "zip": 1}')
    nothing = "<i>nothing</i>"
    assert f'<ins title="omission">&quot;Leeds&quot;</ins></td><td><del title="omission">{nothing}</del>' in (
        omitted._repr_html_()
    )
    assert f'<ins title="addition">{nothing}</ins></td><td><del title="addition">1</del>' in added._repr_html_()


def test_an_unparseable_output_is_shown_as_it_is_with_the_reason() -> None:
    answered = one('Well: {"name": Nadia}, so')
    for text in (repr(answered), answered._repr_html_()):
        assert "No JSON could be parsed: Expecting value: line 1 column 16 (char 15)." in text
    assert "{&quot;name&quot;: Nadia}, so" in answered._repr_html_()
    check(answered._repr_html_())


def test_items_out_of_order_are_mentioned_where_no_leaf_is_wrong() -> None:
    expected = Example("x", "card", None, "test", "", TEXT, {"towns": ["Leeds", "York"]})
    prediction = Prediction("x", '{"towns": ["York", "Leeds"]}', 1, 1, "eos", 0.0)
    (answered,) = join([expected], [prediction], report([expected], [prediction], {}).scores)
    assert "structure, ended by end of sequence" in repr(answered)
    assert "Every leaf is right, the order of items is not." in repr(answered)
    assert "<del" not in answered._repr_html_()


@pytest.mark.parametrize(
    "output",
    [
        '{"name": "<script>alert(1)</script>", "\\"><img src=x onerror=alert(1)>": 1}',
        '</pre></details><script>alert("1")</script>',
        '{"name": ' + "[" * 150 + "]" * 150 + "}",
        "half of a pair \ud800, \x00, \x1b[2J and \u202egnp.exe",
        "",
    ],
)
def test_hostile_output_stays_text(output: str) -> None:
    found = one(output)
    check(found._repr_html_())
    repr(found).encode()
    assert not {"\x00", "\x1b", "\u202e", "\ud800"} & set(found._repr_html_() + repr(found))


@pytest.mark.parametrize(
    "output",
    [
        "{" + "x" * 1_000_000,
        json.dumps({"name": "y" * 1_000_000}),
        json.dumps(dict.fromkeys(map(str, range(10_000)), 1)),
    ],
)
def test_a_megabyte_is_cut_and_says_so(output: str) -> None:
    found = one(output)
    page = found._repr_html_()
    check(page)
    assert len(page) + len(repr(found)) < 150_000
    for text in (page, repr(found)):
        assert re.search(r"\d{1,3},\d{3} (characters left out|more leaves)", text)


def test_a_long_text_is_whole_as_html_and_cut_as_text() -> None:
    long = Example("x", "card", None, "test", "", "\n".join(map(str, range(9000))), {})
    prediction = Prediction("x", "", 1, 1, "eos", 0.0)
    (answered,) = join([long], [prediction], report([long], [prediction], {}).scores)
    assert "\n8998\n8999<" in answered._repr_html_()
    assert "characters left out" in repr(answered)


def test_long_values_are_cut_with_their_number_and_many_leaves_too() -> None:
    assert cut("a" * 10 + "b" * 5, 8) == "aaaaaa… (7 characters left out) bb"
    assert cut("abc", 3) == "abc"
    many = one(json.dumps({"name": "x" * 1000, **{f"k{i}": i for i in range(1000)}}))
    assert many._repr_html_().count("<tr>") == LEAVES + 1
    assert f"({1000 + 2 - LEAVES} more leaves)" in many._repr_html_()
    assert f"({1002 - VALUE} characters left out)" in many._repr_html_()


SCALARS = st.none() | st.booleans() | st.integers(-3, 3) | st.text("ab1 ", max_size=6)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("xyz"), inner, max_size=3),
    max_leaves=8,
)


@given(JSON, JSON)
def test_every_error_of_the_diagnosis_is_marked_on_its_leaf(answer: Any, expected: Any) -> None:
    expected, answer = {"value": expected}, {"value": answer}
    example = Example("x", "card", None, "test", "", "", expected)
    prediction = Prediction("x", json.dumps(answer), 1, 1, "eos", 0.0)
    (answered,) = join([example], [prediction], report([example], [prediction], {}).scores)
    marked = [leaf for leaf in answered.leaves() if leaf.error]
    errors = diagnose(answer, expected, "").errors
    assert [leaf.error for leaf in marked] == [error.kind for error in errors]
    for leaf, error in zip(marked, errors, strict=True):
        sides = ((leaf.expected, error.expected), (leaf.answer, error.answer))
        assert all(text == ("" if value is MISSING else json.dumps(value)) for text, value in sides)


def test_select_by_group_kind_and_wrong_leaf() -> None:
    answers, _ = both(OUTPUTS)
    assert ids(answers.select()) == ["card-1", "card-2", "card-3", "note-0"]
    assert ids(answers.select("complex")) == ["note-0"]
    assert ids(answers.select("card", failure="omission")) == ["card-3"]
    assert ids(answers.select(error="addition")) == ["card-2"]
    assert ids(answers.select(failure="exact")) == ["card-0", "memo-0"]
    assert ids(answers.select("note", error="type")) == []
    nothing = answers.select("note", error="type")
    assert (repr(nothing), len(nothing.select())) == ("no example", 0)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"group": "cart"}, r"no group 'cart'; did you mean card"),
        ({"failure": "omision"}, r"no kind of failure 'omision'; did you mean omission"),
        ({"error": "syntax"}, r"no kind of error 'syntax'"),
    ],
)
def test_select_names_the_nearest(arguments: dict[str, str], message: str) -> None:
    with pytest.raises(PaperlibError, match=message):
        both(OUTPUTS)[0].select(**arguments)


def test_scores_of_other_answers_are_refused() -> None:
    _, found = both(OUTPUTS)
    with pytest.raises(DataError, match="'card-0' has no example"):
        join([], [], found.scores)
    with pytest.raises(DataError, match="'card-0' has no prediction"):
        join([example("card-0", "card", "simple")], [], found.scores)


def test_every_number_stands_with_its_interval_and_failures() -> None:
    answers, found = both(OUTPUTS)
    lines = {line.split()[0]: line for line in repr(ErrorBrowser(answers, found.metrics)).splitlines() if line}
    overall = next(m for m in found.metrics if (m.metric, m.name) == ("json_exact", "all"))
    assert f"33.3% [{overall.low:.1%}, {overall.high:.1%}], 2/6" in lines["all"]
    assert "4 failed: syntax 1, omission 1, addition 1, altered 1" in lines["all"]
    assert "none failed" in lines["memo"]
    assert lines["card"].endswith("  card-1, card-2, card-3")
    assert list(lines) == ["group", "all", "simple", "card", "complex", "memo", "note"]


def test_html_opens_each_failure_once_up_to_the_limit() -> None:
    answers, found = both(OUTPUTS)
    page = ErrorBrowser(answers, found.metrics, limit=2)._repr_html_()
    check(page)
    assert [page.count(f"<summary>{id}:") for id in OUTPUTS] == [0, 1, 1, 0, 1, 0]
    assert "1 more: .failures(&#x27;card&#x27;)" in page
    assert page.count("<style>") == 1
    assert "memo" in page
    browser = ErrorBrowser(answers, found.metrics, limit=3)
    assert "more:" not in browser._repr_html_()
    assert ids(browser.failures("card")) == ["card-1", "card-2", "card-3"]


def test_other_metrics_have_their_own_failures() -> None:
    answers, found = both(OUTPUTS)
    assert ids(ErrorBrowser(answers, found.metrics, "compliance").failures()) == ["card-3", "note-0"]
    assert re.search(r"all +0\.\d{3} \[.*\], n = 6 +4 failed", repr(ErrorBrowser(answers, found.metrics, "field_f1")))
    assert (
        ids(ErrorBrowser(answers, found.metrics, "schema_valid").failures()) == []
    )  # without schemas nothing is invalid
    with pytest.raises(PaperlibError, match="no metric of single answers 'published_exact'"):
        ErrorBrowser(answers, found.metrics, "published_exact")


def test_an_interval_of_other_answers_is_not_shown() -> None:
    answers, found = both(OUTPUTS)
    part = ErrorBrowser(AnalysedAnswers(answers.members[:2]), found.metrics)
    assert re.search(r"all +1/2 ", repr(part))
    assert "[" not in repr(part)


def test_the_same_answers_give_the_same_page() -> None:
    pages = {ErrorBrowser(answers, found.metrics)._repr_html_() for answers, found in (both(OUTPUTS), both(OUTPUTS))}
    assert len(pages) == 1
