"""Tables, figure, page and macros of measured costs, and what they decide of the announcement."""

from typing import Any

import pytest
from made_up_costs import cost, costs

from paperlib.claims import by_costs
from paperlib.claims.ledger import committed, decide, read_claim
from paperlib.claims.rules import Verdict
from paperlib.core.errors import PaperlibError
from paperlib.evaluation.engine_costs.cost_records import STUDIED, EngineCost, principal
from paperlib.evaluation.engine_costs.cost_tables import cost_table
from paperlib.evaluation.engine_costs.forms import FORMS, REFERENCE, form_of
from paperlib.evaluation.engine_costs.measuring import BY_TIER, timings_of
from paperlib.paper import engine_cost_figure, engine_cost_page, engine_cost_tables

Q4, SERVED, GENERATE = (form_of(name) for name in ("llama.cpp-q4_0", "llama.cpp-server-q4_0", "transformers-f32"))


def row_of(markdown: str, title: str) -> list[str]:
    (line,) = (line for line in markdown.splitlines() if line.startswith(f"| {title} |"))
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_a_row_a_form_beside_the_reference() -> None:
    table = engine_cost_tables.answers(costs()).markdown
    assert row_of(table, "torch, f32")[1:3] == ["100", "75.0 [53.1, 88.8]"]
    assert row_of(table, "torch, f32")[-3:] == ["–", "–", "–"]
    assert row_of(table, "llama.cpp, Q4_0")[3:] == ["1/4", "17/20", "−5.0 [−15.0, 5.0]", "p = 1.00"]
    assert table.count("\n| ") == len(FORMS) + 2, "a head, a rule"


def test_what_was_timed_has_its_median_and_its_range() -> None:
    tables = (engine_cost_tables.rates, engine_cost_tables.seconds, engine_cost_tables.resources)
    rates, seconds, resources = (part(costs()).markdown for part in tables)
    assert row_of(rates, "torch, f32")[1:4] == ["1.25 [1.00, 1.50]", "200 [100, 300]", "20.0 [10.0, 30.0]"]
    assert row_of(rates, "torch, f32")[5] == "1.00", "as many made-up tokens as seconds"
    assert row_of(rates, "llama.cpp server, Q4_0")[4] == "–", "its server answers one text at a time"
    whole = (10 * 2 + 6 * 5 + 4 * 11) / 20
    assert row_of(seconds, "torch, f32")[1].startswith(f"{100 * whole:.0f} [")
    assert row_of(seconds, "torch, f32")[2:5] == ["2.00 [1.00, 3.00]", "5.00 [4.00, 6.00]", "11.0 [10.0, 12.0]"]
    assert row_of(seconds, "torch, f32")[5].startswith(f"{whole:.2f} [")
    assert row_of(resources, "torch, f32")[1] == "0.500 [0.400, 0.600]"
    assert row_of(resources, "torch, f32")[3].startswith(f"{whole / 0.75:.2f} [")


def test_the_command_shows_an_estimate_as_one() -> None:
    shown = str(cost_table(costs()))
    assert "J an answer (estimate)" in shown
    measured = [cost(REFERENCE, joules_source="rapl")]
    assert "estimate" not in str(cost_table(measured))


def test_macros_are_of_the_published_examples_where_there_are_such() -> None:
    found = dict(engine_cost_tables.macros([*costs(), cost(Q4, "edgejson")]))
    assert found["CostLlamaCppQFourZeroMegabytes"] == "100"
    assert found["CostLlamaCppQFourZeroGenerationRateRange"] == "[10.0, 30.0]"
    assert found["CostForms"] == str(len(FORMS))
    assert found["CostJoulesSource"].startswith("an estimate")
    assert dict(engine_cost_tables.macros([cost(Q4, "edgejson")]))["CostForms"] == "1"
    assert dict(engine_cost_tables.macros([])) == {}


def test_the_figure_has_a_marker_a_form_and_a_series_an_engine() -> None:
    figure = engine_cost_figure.frontier(costs())
    left, right = figure.axes
    assert [text.get_text() for text in left.texts] == [form.title.rpartition(", ")[2] for form in FORMS]
    assert len(right.containers) == len(FORMS)
    (legend,) = figure.legends
    names = [text.get_text() for text in legend.get_texts()]
    assert names == ["torch", "transformers.generate", "llama.cpp", "onnx", "llama.cpp server"]
    assert not engine_cost_figure.frontier([]).axes


def test_the_page_says_where_joules_come_from_and_what_is_decided() -> None:
    page = engine_cost_page.render(costs())
    assert "Made-up processor, 2 threads, 8.0 GB: 3 repeats" in page
    assert "joules are an estimate" in page
    decided = [claim for claim in committed().claims if claim.rule.name in by_costs.RULES]
    assert page.count("**not reproduced**") + page.count("**reproduced") == len(decided)
    assert engine_cost_page.render([]) == engine_cost_page.NOTHING


def decided(rule: dict[str, Any], found: list[EngineCost]) -> Verdict:
    row = {"id": "made-up", "where": "here", "claim": "A claim made up for a test.", "rule": rule}
    rule["base"] = "smollm2-135m-instruct"
    ledger = committed().model_copy(update={"claims": (read_claim(row, {}, "a test"),)})
    return decide({}, ledger, found)[0].verdict


def figure(printed: str, unit: str, **more: Any) -> dict[str, Any]:
    return {"printed": printed, "unit": unit, **more}


def test_a_rate_is_reached_in_every_repeat_or_not() -> None:
    rule = {"rule": "generation_rate", "figure": figure("18.5", "tokens/s")}
    slow, fast = (10.0, 20.0, 30.0), (20.0, 21.0, 22.0)

    def verdict(plain: tuple[float, ...], other: tuple[float, ...]) -> Verdict:
        both = ((GENERATE, plain), (Q4, other))
        return decided(rule, [cost(form, generation_tokens_per_second=rate) for form, rate in both])

    assert verdict(fast, slow).status == "reproduced"
    assert verdict(slow, slow).status == "not reproduced"
    other = verdict(slow, fast)
    assert (other.status, other.estimate) == ("reproduced with a different reading", 21.0)
    assert other.reason.startswith("transformers.generate, f32 20.0 [10.0, 30.0]; llama.cpp, Q4_0 21.0 [20.0, 22.0]")
    missing = decided(rule, [])
    assert missing.status == "not testable here"
    assert "measured costs" in missing.reason


@pytest.mark.parametrize(
    ("answer", "first", "status"),
    [
        (0.09, 0.01, "reproduced with a different reading"),
        (0.2, 0.05, "reproduced with a different reading"),
        (0.2, 0.15, "not reproduced"),
    ],
)
def test_a_latency_is_that_of_the_answer_before_that_of_the_first_token(
    answer: float, first: float, status: str
) -> None:
    rule = {"rule": "answer_time", "figure": figure("100", "ms"), "tier": "simple"}
    timed = {"answer_seconds": {"simple": (answer,) * 3}, "first_token_seconds": {"simple": (first,) * 3}}
    found = decided(rule, [cost(Q4, **timed)])
    assert found.status == status
    plain = decided(rule, [cost(GENERATE, **timed)])
    assert plain.status == ("reproduced" if answer < 0.1 else status)


def test_a_file_and_a_process_are_as_large_as_they_are() -> None:
    size = {"rule": "form_size", "weights": ["q4_0", "q4_k_m"]}
    assert decided({**size, "figure": figure("100", "MB", step=10)}, costs()).status == "reproduced"
    found = decided({**size, "figure": figure("70", "MB", step=10)}, costs())
    assert (found.status, found.estimate) == ("not reproduced", 100.0)
    assert decided({**size, "figure": figure("70", "MB")}, [cost(REFERENCE)]).status == "not testable here"
    memory = {"rule": "memory_below", "figure": figure("500", "MB")}
    assert decided(memory, costs()).status == "not reproduced", "one repeat took more"
    small = [*costs(), cost(SERVED, peak_memory_gb=(0.2, 0.21, 0.19))]
    assert decided(memory, small).status == "reproduced"


def test_costs_on_published_examples_decide_where_there_are_such() -> None:
    rule = {"rule": "generation_rate", "figure": figure("18.5", "tokens/s")}
    both = [
        cost(GENERATE, "edgejson", generation_tokens_per_second=(99.0,)),
        cost(GENERATE, generation_tokens_per_second=(1.0,)),
    ]
    assert decided(rule, both).status == "not reproduced"
    assert decided(rule, both[:1]).status == "reproduced"


def test_the_costs_of_another_model_do_not_take_the_place_of_the_studys() -> None:
    other = cost(GENERATE).model_copy(update={"model": "a-general-reader"})
    studied = cost(GENERATE, "edgejson").model_copy(update={"model": STUDIED})
    assert principal([other, studied]) == [studied]
    assert principal([other]) == [other]
    assert principal([]) == []


def test_energy_that_was_read_in_two_ways_is_told() -> None:
    one, other = ({**{key: {} for key in BY_TIER}, "joules_source": source} for source in ("rapl", "estimate"))
    with pytest.raises(PaperlibError, match="energy was read in several ways, by repeat: estimate, rapl"):
        timings_of([one, other])
