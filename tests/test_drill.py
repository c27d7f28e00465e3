"""From a number to the failed examples behind it: what is shown, what is found, and that hostile answers stay text."""

import json
import re
from collections.abc import Sequence
from html.parser import HTMLParser
from typing import Any

import pytest

from paperlib.core.errors import DataError, PaperlibError
from paperlib.data.examples import Example, Span
from paperlib.data.predictions import Prediction
from paperlib.evaluation.error_analysis.answered import Answered, Answers, join
from paperlib.evaluation.error_analysis.browser import Drill
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


def both(outputs: dict[str, tuple[str, str, str]]) -> tuple[Answers, Report]:
    examples = [example(id, schema, tier) for id, (schema, tier, _) in outputs.items()]
    predictions = [Prediction(id, output, 1, 1, "cap", 0.0) for id, (_, _, output) in outputs.items()]
    found = report(examples, predictions, {})
    return join(examples, predictions, found.scores), found


def one(output: str) -> Answered:
    return both({"x": ("card", "simple", output)})[0].members[0]


def ids(found: Sequence[Answered] | Answers) -> list[str]:
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


def test_an_example_shows_text_both_values_and_its_faults() -> None:
    found = both(OUTPUTS)[0].members[1]
    plain, page = repr(found), found._repr_html_()
    check(page)
    assert plain.startswith("card-1: altered (1 wrong leaf), ended by the cap\ncard, simple tier; Field F1 0.500\n")
    assert "  | Town: Leeds\n" in plain
    assert '-   "name": "Nadia Ferrara",\n+   "name": "Nadia Ferara",\n    "town": "Leeds"\n' in plain
    assert re.search(r'/name +"Nadia Ferrara" +"Nadia Ferara" +altered$', plain)
    assert '<mark title="/name">Nadia Ferrara</mark>' in page  # in the text; the town is right
    assert 'title="/town"' not in page
    assert '<ins title="altered">&quot;Nadia Fer<b>r</b>ara&quot;</ins>' in page


def test_an_unreadable_output_is_shown_as_it_is_with_the_reason() -> None:
    found = one('Well: {"name": Nadia}, so')
    for shown in (repr(found), found._repr_html_()):
        assert "No JSON could be read: Expecting value: line 1 column 16 (char 15)." in shown
        assert ", so" in shown
    assert 'title="reading failed here"><b>N</b></del>adia}, so' in found._repr_html_()
    check(found._repr_html_())


def test_items_out_of_order_are_told_where_no_leaf_is_wrong() -> None:
    expected = Example("x", "card", None, "test", "", TEXT, {"towns": ["Leeds", "York"]})
    prediction = Prediction("x", '{"towns": ["York", "Leeds"]}', 1, 1, "eos", 0.0)
    (found,) = join([expected], [prediction], report([expected], [prediction], {}).scores)
    assert "structure, ended by end of sequence" in repr(found)
    assert "Every leaf is right, the order of items is not." in repr(found)
    assert "order: items 2, 1" in found._repr_html_()


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
    assert re.search(r"\d{1,3},\d{3} (characters|lines) left out", page)
    assert re.search(r"\d{1,3},\d{3} (characters|lines) left out", repr(found))


def test_a_long_text_is_whole_as_html_and_cut_as_text() -> None:
    long = Example("x", "card", None, "test", "", "\n".join(map(str, range(1000))), {})
    (found,) = join(
        [long],
        [Prediction("x", "", 1, 1, "eos", 0.0)],
        report([long], [Prediction("x", "", 1, 1, "eos", 0.0)], {}).scores,
    )
    assert "\n998\n999<" in found._repr_html_()
    assert "… (988 lines left out)" in repr(found)


def test_select_by_group_kind_and_wrong_leaf() -> None:
    answers, _ = both(OUTPUTS)
    assert ids(answers.select()) == ["card-1", "card-2", "card-3", "note-0"]
    assert ids(answers.select("complex")) == ["note-0"]
    assert ids(answers.select("card", kind="omission")) == ["card-3"]
    assert ids(answers.select(fault="addition")) == ["card-2"]
    assert ids(answers.select(kind="exact")) == ["card-0", "memo-0"]
    assert ids(answers.select("note", fault="type")) == []
    nothing = answers.select("note", fault="type")
    assert (repr(nothing), len(nothing.select())) == ("no example", 0)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"group": "cart"}, r"no group 'cart'; did you mean card"),
        ({"kind": "omision"}, r"no kind of failure 'omision'; did you mean omission"),
        ({"fault": "syntax"}, r"no kind of wrong leaf 'syntax'"),
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
    lines = {line.split()[0]: line for line in repr(Drill(answers, found.metrics)).splitlines() if line}
    overall = next(m for m in found.metrics if (m.metric, m.name) == ("json_exact", "all"))
    assert f"33.3% [{overall.low:.1%}, {overall.high:.1%}], 2/6" in lines["all"]
    assert "4 failed: syntax 1, omission 1, addition 1, altered 1" in lines["all"]
    assert "none failed" in lines["memo"]
    assert lines["card:"] == "card: card-1, card-2, card-3"
    assert list(lines) == ["group", "all", "simple", "card", "complex", "memo", "note", "failed", "card:", "note:"]


def test_html_opens_each_failure_once_up_to_the_limit() -> None:
    answers, found = both(OUTPUTS)
    page = Drill(answers, found.metrics, limit=2)._repr_html_()
    check(page)
    assert [page.count(f"<summary>{id}:") for id in OUTPUTS] == [0, 1, 1, 0, 1, 0]
    assert "1 more: .failures(&#x27;card&#x27;)" in page
    assert page.count("<style>") == 1
    assert "memo" in page
    drill = Drill(answers, found.metrics, limit=3)
    assert "more:" not in drill._repr_html_()
    assert ids(drill.failures("card")) == ["card-1", "card-2", "card-3"]


def test_other_metrics_have_their_own_failures() -> None:
    answers, found = both(OUTPUTS)
    assert ids(Drill(answers, found.metrics, "compliance").failures()) == ["card-3", "note-0"]
    assert re.search(r"all +0\.\d{3} \[.*\], n = 6 +4 failed", repr(Drill(answers, found.metrics, "field_f1")))
    assert ids(Drill(answers, found.metrics, "schema_valid").failures()) == []  # without schemas nothing is invalid
    with pytest.raises(PaperlibError, match="no metric of single answers 'published_exact'"):
        Drill(answers, found.metrics, "published_exact")


def test_an_interval_of_other_answers_is_not_shown() -> None:
    answers, found = both(OUTPUTS)
    part = Drill(Answers(answers.members[:2]), found.metrics)
    assert re.search(r"all +1/2 ", repr(part))
    assert "[" not in repr(part)


def test_the_same_answers_give_the_same_page() -> None:
    pages = {Drill(answers, found.metrics)._repr_html_() for answers, found in (both(OUTPUTS), both(OUTPUTS))}
    assert len(pages) == 1
