"""Macros: every number that the prose may want, and of these the file holds those that it prints."""

from pathlib import Path

import pytest
from conftest import make_record

from paperlib.core import paths
from paperlib.core.errors import PaperlibError
from paperlib.core.records import Record, Study, load_records
from paperlib.paper.values import macros, values

Records = dict[str, Record]


def test_macros_hold_metrics_facts_settings_and_announced_figures(records: Records) -> None:
    found = macros(Study(records))
    row = records["lora-135m"].metric("json_exact")
    assert found["LoraOneThreeFiveMExact"] == f"{100 * row.value:.1f}"
    assert (found["LoraOneThreeFiveMExactK"], found["LoraOneThreeFiveMExactN"]) == (str(row.k), str(row.n))
    assert found["LoraOneThreeFiveMExactInterval"] == f"[{100 * row.low:.1f}, {100 * row.high:.1f}]"
    assert found["LoraOneThreeFiveMTrainable"] == r"4.88\,M"
    assert found["LoraOneThreeFiveMConfigTrainLoraR"] == "16"
    assert found["AnnouncedOneThreeFiveMExact"] == "24.7"
    assert found["AnnouncedComplexExactFisher"] == r"\ensuremath{p = 1.00}"
    assert found["AnnouncedComplexExactNeeded"] == "6"
    assert found["IntervalLevel"] == "95"


def test_tuning_stands_on_two_scales_beside_its_untuned_base(records: Records) -> None:
    found = macros(Study(records))
    base, tuned = (records[run].metric("json_exact") for run in ("base-135m", "lora-135m"))
    assert found["LoraOneThreeFiveMTuningDifference"].startswith(
        rf"\ensuremath{{{100 * (tuned.value - base.value):.1f}}} "
    )
    assert found["LoraOneThreeFiveMTuningP"] == r"\ensuremath{p < 0.001}"
    del records["base-135m"]
    assert "LoraOneThreeFiveMTuningP" not in macros(Study(records))


def test_committed_pairs_and_utterances_have_macros() -> None:
    records, benchmark = load_records(paths.RESULTS), load_records(paths.BENCHMARK)
    found = macros(Study(records, benchmark))
    pair = "PairedLoraOneThreeFiveMVThreeLoraOneThreeFiveMRecombinedMeanReranked"
    assert (found[f"{pair}OnlyFirst"], found[f"{pair}OnlySecond"]) == ("0", "21")
    empty = benchmark["schema-rules-utterances"].metric("json_exact")
    assert found["UtterancesFilled"] == str(empty.n - (empty.k or 0))
    assert int(found["ReaderConstrainedUtterancesFilled"]) < int(found["SurfaceRulesUtterancesFilled"])


def test_the_file_holds_the_macros_that_the_source_uses_and_no_other(records: Records, tmp_path: Path) -> None:
    source = tmp_path / "main.tex"
    source.write_text(r"It scores \LoraOneThreeFiveMExact{}, and \NoSuchRunExact{}.")
    lines = values(Study(records), source).splitlines()[1:]
    assert lines == [rf"\newcommand{{\LoraOneThreeFiveMExact}}{{{macros(Study(records))['LoraOneThreeFiveMExact']}}}"]


def test_runs_whose_macros_would_collide_are_refused(records: Records) -> None:
    with pytest.raises(PaperlibError, match=r"\\NanoS"):
        macros(Study({**records, "nano_s": make_record("nano_s")}))
