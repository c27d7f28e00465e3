"""The results block of README.md is what the committed records give; the rest of it names things that exist."""

import re
from pathlib import Path

import pytest
import yaml

from paperlib.core import paths
from paperlib.core.errors import PaperlibError
from paperlib.core.records import Record, load_records, save_record
from paperlib.paper import readme

Records = dict[str, Record]


def text() -> str:
    return readme.README.read_text(encoding="utf-8")


def test_the_block_is_what_the_committed_records_give() -> None:
    assert readme.block(text()) == readme.render(load_records(paths.RESULTS), load_records(paths.BENCHMARK)), (
        "run `make paper`"
    )


def test_every_file_linked_to_or_named_exists() -> None:
    linked = re.findall(r"\]\((?!http)([^)]+)\)", text())
    named = re.findall(r"`((?:paperlib|data|figures|paper)/[\w./-]*|[A-Z]\w+\.cff|Snakefile|LICENSE|NOTICE)`", text())
    notebooks = [f"notebooks/{name}.ipynb" for name in re.findall(r"^\| `(\d\d_\w+)`", text(), re.MULTILINE)]
    assert sorted(notebooks) == sorted(
        path.relative_to(paths.ROOT).as_posix() for path in paths.NOTEBOOKS.glob("*.ipynb")
    )
    assert [name for name in (*linked, *named, *notebooks) if not paths.within(name).exists()] == []


def test_every_make_target_named_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", paths.within("Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = set(re.findall(r"(?:`|^    )make ([a-z]+)", text(), re.MULTILINE))
    assert {"reproduce", "test"} <= named <= targets


def test_the_citation_is_that_of_the_citation_file() -> None:
    citation = yaml.safe_load(paths.within("CITATION.cff").read_text(encoding="utf-8"))
    for part in (citation["title"], citation["authors"][0]["name"], citation["version"]):
        assert part in text().split("## Cite")[1]


def test_without_records_the_block_says_so() -> None:
    assert readme.render({}).startswith("No records yet")


def test_the_block_shows_scores_cost_announcement_and_figure(records: Records, all_records: Records) -> None:
    made = readme.render(records)
    assert "| SmolLM2-135M, LoRA | 134.5 M |" in made
    assert "](figures/scaling.png)" in made
    assert "| *Maaza MLM-135M-JSON v1.0.0, as announced* | 48.7 s, a GPU | 24.7 | 0/25 |" in made
    assert "What they cost on Example CPU 100, 2 threads, 16.0 GB, setup apart<" in made
    # Seven trained runs of 1832.4 s and fifteen tests of 402 s; the transferred model was trained once, not twice.
    assert "| All |  | 5 h 14 min |  |  | 5.3 GB |" in made
    assert "EdgeJSON v3 (published), held-back part | – | – | 7 min | 5.3 GB |" in made
    assert "\\" not in made
    assert "not run here: `base-135m-v3`, `lora-135m-v3-seed1`" in made
    assert "not run here: `lora-135m-v3-seed1`" in readme.render(all_records)


def test_rewriting_changes_the_block_alone_and_once(records: Records, tmp_path: Path) -> None:
    file, results = tmp_path / "README.md", tmp_path / "results"
    file.write_text(text(), encoding="utf-8")
    for name, record in records.items():
        save_record(results / name, record)
    readme.rewrite(file, results)
    assert not readme.rewrite(file, results)
    fresh = file.read_text(encoding="utf-8")
    assert readme.block(fresh) == readme.render(records, load_records(paths.BENCHMARK))
    assert fresh.replace(readme.block(fresh), "") == text().replace(readme.block(text()), "")


@pytest.mark.parametrize(
    "broken", ["", readme.BEGIN, f"{readme.END}\n{readme.BEGIN}\n", f"{readme.BEGIN} {readme.END}"]
)
def test_a_lost_marker_is_one_sentence(broken: str) -> None:
    with pytest.raises(PaperlibError, match=r"README\.md: expected one"):
        readme.block(broken)
