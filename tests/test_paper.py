import re
import shutil
import tarfile
from pathlib import Path

import pytest
from conftest import NOT_RUN, SHARES, make_record

from paperlib.claims.announcement import load_announcement
from paperlib.core import paths
from paperlib.core.errors import PaperlibError
from paperlib.core.records import Record, Study, load_records, load_study
from paperlib.evaluation.statistics import simulation as simulated
from paperlib.paper import (
    calibration_figure,
    engine_cost_figure,
    figures,
    intent_figures,
    scaling_details,
    scaling_figures,
    tables,
    tool_results,
    typeset,
)
from paperlib.paper.values import macros

Records = dict[str, Record]
MAIN = paths.PAPER / "main.tex"
needs_latex = pytest.mark.skipif(shutil.which("latexmk") is None, reason="latexmk is not installed")
# What may stand in prose with a digit in it: names, and nothing that was measured.
FORMATS = (r"Q8\_0", r"Q4\_K\_M", r"Q4\_0")
NAMES = ("SmolLM2", "Qwen2.5", "Gemma~3", "DSTC8", "135M", "360M", "494M", "1.54B", "F1", "v3", "2025", "bfloat16")
NAMES += FORMATS
COMMANDS = r"cite[pt]?|label|ref|input|includegraphics|IfFileExists|compact|(?:setlength|renewcommand)\{\\\w+\}"
QUIET = rf"\\(?:{COMMANDS})(?:\[[^]]*\])?\{{[^}}]*\}}"


def body() -> str:
    """The paper's text: no comment, no preamble, no key or file name."""
    text = re.sub(r"(?<!\\)%.*", "", MAIN.read_text(encoding="utf-8")).split(r"\begin{document}")[1]
    return re.sub(QUIET, "", text)


def used_macros() -> set[str]:
    """Macros of main.tex that follow the naming rule of values.tex: they begin with a capital letter."""
    text = re.sub(r"(?<!\\)%.*", "", MAIN.read_text(encoding="utf-8"))
    text = re.sub(r"\\ifdefined\\[A-Za-z]+", "", text)  # asked for, not needed
    own = set(re.findall(r"\\newcommand\{\\([A-Za-z]+)\}", text))
    return set(re.findall(r"\\([A-Z][A-Za-z]+)", text)) - own - {"IfFileExists", "FloatBarrier", "LTcapwidth"}


def make(records: Records, generated: Path, drawn: Path) -> None:
    """Every table and every figure."""
    simulation = simulated.load(paths.RESULTS / "coverage.json")
    tables.write_all(Study(records), generated, coverage=simulation.rows)
    made = {
        "scaling": scaling_figures.first(records),
        "exactness": scaling_details.exactness(records),
        "gains": scaling_details.gained(records),
        "trainable": scaling_details.trainable(records),
        "generated": figures.scaling(records),
        "tiers": figures.tiers(records),
        "schemas": figures.schemas(records),
        "decomposition": figures.decomposition(records),
        "screening": figures.screening({}),
        "standard": figures.standard({}),
        "calibration": calibration_figure.calibration({}),
        "tools": tool_results.figure([]),
        "engine-costs": engine_cost_figure.frontier([]),
        "intents": intent_figures.frontier(),
        "time-to-quality": figures.time_to_quality(records, load_announcement()),
        "coverage": figures.coverage(simulation.rows),
    }
    for name, figure in made.items():
        figures.save(figure, drawn, name)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with ``generated`` tables and ``figures``, not to be changed."""
    held = {run: make_record(run) for run in SHARES if run not in NOT_RUN}
    folder = tmp_path_factory.mktemp("paper")
    make(held, folder / "generated", folder / "figures")
    return folder


@pytest.fixture(scope="module")
def staged(made: Path) -> Path:
    return typeset.stage(made / "stage", made / "generated", made / "figures")


@pytest.fixture
def changed(made: Path, tmp_path: Path) -> Path:
    """A staged folder of a test's own."""
    return typeset.stage(tmp_path / "stage", made / "generated", made / "figures")


def test_no_number_is_typed_in() -> None:
    text = body()
    for name in NAMES:
        text = text.replace(name, "")
    assert re.findall(r".{0,30}\d.{0,30}", text) == []


def test_every_macro_used_is_defined_by_the_committed_records() -> None:
    found = macros(load_study())
    assert used_macros() - found.keys() == set()
    assert len(used_macros()) > 50


def test_the_committed_values_are_the_macros_used() -> None:
    defined = set(
        re.findall(r"\\newcommand\{\\([A-Za-z]+)\}", (paths.PAPER / "values.tex").read_text(encoding="utf-8"))
    )
    assert used_macros() - defined == set()


def test_what_was_not_run_is_said_by_macros_that_only_those_runs_define() -> None:
    asked = re.findall(r"\\ifdefined\\([A-Za-z]+)", MAIN.read_text(encoding="utf-8"))
    records = load_records(paths.RESULTS)
    every = macros(Study(records, load_records(paths.BENCHMARK)))
    own = macros(Study({run: record for run, record in records.items() if record.test_set == "edgejson"}))
    assert asked
    assert [macro for macro in asked if macro not in every or macro in own] == []


@needs_latex
def test_the_paper_compiles_without_a_run_on_the_published_data(records: Records, tmp_path: Path) -> None:
    own = {run: record for run, record in records.items() if record.test_set == "edgejson"}
    make(own, tmp_path / "paper", tmp_path / "figures")
    typeset.stage(tmp_path / "paper", tmp_path / "paper", tmp_path / "figures")
    assert typeset.compile(tmp_path / "paper").is_file()


def test_every_reference_cited_exists_and_every_entry_is_cited() -> None:
    entries = set(
        re.findall(r"^@\w+\{(.+?),", (paths.PAPER / "references.bib").read_text(encoding="utf-8"), re.MULTILINE)
    )
    groups = re.findall(r"\\cite[pt]?(?:\[[^]]*\])?\{(.+?)\}", MAIN.read_text(encoding="utf-8"))
    assert {key.strip() for group in groups for key in group.split(",")} == entries


def test_stage_is_self_contained(staged: Path) -> None:
    files = {path.relative_to(staged).as_posix() for path in staged.rglob("*") if path.is_file()}
    assert {"main.tex", "references.bib", "values.tex", "tables/overall.tex", "figures/scaling.pdf"} <= files


def test_stage_may_be_the_generated_folder(made: Path, tmp_path: Path) -> None:
    shutil.copytree(made / "generated", tmp_path / "paper")
    typeset.stage(tmp_path / "paper", tmp_path / "paper", made / "figures")
    assert (tmp_path / "paper" / "main.tex").exists()
    assert (tmp_path / "paper" / "figures" / "tiers.pdf").exists()


def test_stage_names_a_missing_figure(made: Path, tmp_path: Path) -> None:
    with pytest.raises(PaperlibError, match=r"figures/scaling\.pdf: no such file"):
        typeset.stage(tmp_path / "stage", made / "generated", tmp_path / "figures")


def test_without_latexmk_one_line_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(PaperlibError, match=r"latexmk is not installed.*apt-get install .*latexmk"):
        typeset.compile(tmp_path)


@needs_latex
def test_paper_compiles_alike_anywhere_and_packs_for_arxiv(staged: Path, tmp_path: Path) -> None:
    first = typeset.compile(staged).read_bytes()
    elsewhere = tmp_path / "elsewhere"
    shutil.copytree(staged, elsewhere, ignore=shutil.ignore_patterns("main.[a-su-z]*"))
    assert typeset.compile(elsewhere).read_bytes() == first

    packed = typeset.arxiv(staged, tmp_path / "arxiv.tar.gz")
    with tarfile.open(packed) as archive:
        names = archive.getnames()
    assert {"main.tex", "main.bbl", "values.tex", "tables/overall.tex", "figures/tiers.pdf"} <= set(names)
    again = typeset.arxiv(elsewhere, tmp_path / "again.tar.gz")
    assert packed.read_bytes() == again.read_bytes()


@needs_latex
def test_a_number_without_a_record_does_not_compile(changed: Path) -> None:
    values = changed / "values.tex"
    kept = [line for line in values.read_text().splitlines() if r"\LoraOneThreeFiveMExactInterval}" not in line]
    values.write_text("\n".join(kept))
    with pytest.raises(PaperlibError, match=r"main\.tex:\d+: \\LoraOneThreeFiveMExactInterval is not defined"):
        typeset.compile(changed)


@needs_latex
def test_a_table_taller_than_its_page_does_not_pass(changed: Path) -> None:
    table = changed / "tables" / "overall.tex"
    row = "nano & & & & \\\\\n"
    table.write_text(table.read_text().replace(r"\bottomrule", 60 * row + r"\bottomrule"))
    with pytest.raises(PaperlibError, match=r"main\.tex:\d+: .* pt "):
        typeset.compile(changed)


@needs_latex
def test_an_undefined_citation_does_not_pass(changed: Path) -> None:
    main = changed / "main.tex"
    main.write_text(main.read_text().replace(r"\citep{lora}", r"\citep{nobody}"))
    with pytest.raises(PaperlibError, match="'nobody' is cited"):
        typeset.compile(changed)


def test_arxiv_needs_a_compiled_folder(tmp_path: Path) -> None:
    with pytest.raises(PaperlibError, match=r"main\.tex: no such file"):
        typeset.arxiv(tmp_path, tmp_path / "arxiv.tar.gz")


def test_the_command_line_shows_one_line_not_a_traceback(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert typeset.main([str(tmp_path / "stage"), "--generated", str(tmp_path)]) == 2
    assert "values.tex: no such file" in capsys.readouterr().err
