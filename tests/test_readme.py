"""README.md and its sister pages: results are what the committed records give, and all that they name exists."""

import argparse
import re
import shlex
from pathlib import Path

import pytest
import yaml

from paperlib import cli
from paperlib.claims.announcement import load_announcement
from paperlib.core import experiments, paths
from paperlib.core.errors import PaperlibError
from paperlib.core.records import Record, Study, load_records, load_study
from paperlib.data.third_party import SOURCES
from paperlib.paper import readme

Records = dict[str, Record]
HOW_TOS = paths.NOTEBOOKS / "README.md"
DEMO = paths.ROOT / "demo" / "README.md"
PAGES = (readme.README, readme.RESULTS_PAGE, HOW_TOS)
pages = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(paths.ROOT)))


def text(page: Path = readme.README) -> str:
    return page.read_text(encoding="utf-8")


def committed() -> dict[Path, str]:
    return readme.blocks(load_study())


def table(block: str, first: str) -> list[list[str]]:
    """The rows of the table whose first column has that title."""
    lines = block.split(f"| {first} |")[1].split("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


@pytest.mark.parametrize("page", [readme.README, readme.RESULTS_PAGE], ids=lambda page: page.parent.name)
def test_the_block_is_what_the_committed_records_give(page: Path) -> None:
    assert readme.block(page) == committed()[page], "run `make paper`"


def test_the_readme_is_two_screens() -> None:
    assert len(text().splitlines()) <= 120


@pages
def test_every_file_linked_to_or_named_exists(page: Path) -> None:
    linked = [link.partition("#")[0] for link in re.findall(r"\]\((?!http)([^)]+)\)", text(page))]
    folders = "paperlib|data|figures|notebooks|tests"
    named = re.findall(rf"`((?:{folders})/[\w./-]*|[A-Z]\w+\.cff|Snakefile|LICENSE|NOTICE)`", text(page))
    missing = [name for name in linked if name and not (page.parent / name).exists()]
    assert missing + [name for name in named if not (paths.ROOT / name).exists()] == []


@pages
def test_every_make_target_and_profile_named_exists(page: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (paths.ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(re.findall(r"(?:`|^    )make ([a-z]+)", text(page), re.MULTILINE)) <= targets
    for profile in re.findall(r"PROFILE=([\w-]+)", text(page)):
        assert experiments.runs_of(profile, with_data_root=True)


@pytest.mark.parametrize("page", [*PAGES, DEMO], ids=lambda page: str(page.relative_to(paths.ROOT)))
def test_every_command_printed_parses(page: Path) -> None:
    commands = re.findall(r"^ +(?:\.venv/bin/)?paperlib ((?:.*\\\n)*.*)", text(page), re.MULTILINE)
    assert commands
    for command in commands:
        words = shlex.split(command.replace("\\\n", " "), comments=True)
        words = [word.replace("DATE", "2026-01-31") for word in words if not word.startswith("<<")]
        assert isinstance(cli._parser().parse_args(words), argparse.Namespace)


def test_every_room_and_every_notebook_has_its_line() -> None:
    rooms = {path.name for path in (paths.ROOT / "paperlib").iterdir() if (path / "__init__.py").is_file()}
    assert {row[0].strip("`/") for row in table(text(), "`paperlib/`")} == {*rooms, "cli.py"}
    notebooks = {path.name for path in paths.NOTEBOOKS.glob("*.ipynb")}
    assert set(re.findall(r"^\| \[`\w+`\]\(([\w.]+\.ipynb)\)", text(HOW_TOS), re.MULTILINE)) == notebooks


def test_the_how_tos_name_every_profile_and_the_source_of_every_third_party_set() -> None:
    profiles = yaml.safe_load(paths.EXPERIMENTS.read_text(encoding="utf-8"))["profiles"]
    assert {row[0].strip("`* ") for row in table(text(HOW_TOS), "Profile")} == set(profiles)
    for source in SOURCES.values():
        for part in re.split(r", | at ", source):
            assert part in text(HOW_TOS)


def test_without_records_both_blocks_say_so() -> None:
    assert {block.startswith("No records yet") for block in readme.blocks(Study({})).values()} == {True}


def test_the_finding_is_what_the_table_below_it_shows() -> None:
    block = committed()[readme.README]
    rows = table(block, "Model")
    small, large, blind_published = (float(row[3].split()[0]) for row in rows[:3])
    blind, _, rerun, _, best, rules = scores = [float(row[4].split()[0]) for row in rows[2:]]
    assert rerun == min(scores)
    assert best - rerun > large - small
    assert rules > best
    finding = block.partition("| Model |")[0]
    assert all(f"{score} %" in finding for score in (small, large, blind_published, blind, rerun, best, rules))


def test_scores_of_one_test_split_stand_together() -> None:
    splits = [row[1] for row in table(committed()[readme.README], "Model")]
    assert splits == ["published, 158"] * 4 + ["held-out, 125"] * 4


def test_the_overview_has_at_most_eight_rows_and_no_counts_among_per_cent() -> None:
    rows = table(committed()[readme.README], "Model")
    assert len(rows) <= 8
    assert all("/" not in cell for row in rows for cell in row[3:])
    announced = [f"{model.figures['exact'].printed}" for model in load_announcement().models.values()]
    assert [row[3:] for row in rows[:2]] == [[printed, "–"] for printed in announced]


def test_real_text_is_counted_from_committed_scores() -> None:
    page = committed()[readme.README]
    for system in ("`reader-135m`", "Qwen2.5-Coder-Instruct, 1.54B"):
        assert re.search(rf"^\| {re.escape(system)} \| 0\.\d{{3}} \[[^|]+\] \| \d+/146 \| \d/9 \|", page, re.M)


def test_the_page_of_all_runs_has_scores_and_costs_of_every_run(records: Records, all_records: Records) -> None:
    made = readme.blocks(Study(records))[readme.RESULTS_PAGE]
    assert "| SmolLM2-135M, LoRA | 134.5 M | 4.88 M |" in made
    assert "| *Maaza MLM-135M-JSON v1.0.0, as announced* | 135.0 M | – | 24.7 | 0.520 | – | 0/25 |" in made
    # Seven trained runs of 1832.4 s and fifteen tests of 402 s; the transferred model was trained once, not twice.
    assert "On Example CPU 100, 2 threads, 16.0 GB, setup apart: 5 h 14 min in all, at most 5.3 GB." in made
    assert "EdgeJSON v3 (published), held-out split | – | – | 7 min | 5.3 GB |" in made
    assert all(f"| {record.label} |" in made for record in records.values())
    assert "\\" not in made
    assert "not run: `base-135m-v3`, `lora-135m-v3-seed1`" in made
    assert "not run: `lora-135m-v3-seed1`" in readme.blocks(Study(all_records))[readme.RESULTS_PAGE]


def test_the_committed_page_of_all_runs_names_every_record() -> None:
    made = committed()[readme.RESULTS_PAGE]
    for folder in (paths.RESULTS, paths.SCREENING):
        assert all(f"| {record.label} |" in made for record in load_records(folder).values())


def test_a_mean_stands_below_its_seeds() -> None:
    labels = [row[0] for row in table(committed()[readme.RESULTS_PAGE].split("(published)")[1], "Run")]
    place = labels.index("mean of these 3 seeds, t interval over seeds")
    assert [label.rpartition(", ")[2] for label in labels[place - 2 : place]] == ["seed 1", "seed 2"]


def test_rewriting_changes_the_block_alone_and_once(tmp_path: Path) -> None:
    file = tmp_path / "README.md"
    file.write_text(text(), encoding="utf-8")
    assert readme.rewrite(file, "new\n")
    assert not readme.rewrite(file, "new\n")
    assert readme.block(file) == "new\n"
    assert text(file).replace("new\n", "") == text().replace(readme.block(readme.README), "")


@pytest.mark.parametrize(
    "broken", ["", readme.BEGIN, f"{readme.END}\n{readme.BEGIN}\n", f"{readme.BEGIN} {readme.END}"]
)
def test_a_lost_marker_is_one_sentence(broken: str, tmp_path: Path) -> None:
    page = tmp_path / "PAGE.md"
    page.write_text(broken, encoding="utf-8")
    with pytest.raises(PaperlibError, match=r"PAGE\.md.*expected one"):
        readme.rewrite(page, "")
