"""The results block of README.md, made from the committed records.

python -m paperlib.paper.readme     rewrites the block in place; `make paper` calls it
"""

import sys
from pathlib import Path

from paperlib.claims.announcement import load_announcement
from paperlib.core import config, experiments, paths
from paperlib.core.errors import PaperlibError, exit_code
from paperlib.core.files import write_text
from paperlib.core.records import Record, load_records
from paperlib.evaluation.runs import by_dataset
from paperlib.paper import recipe_results, standard_results, tables

README = paths.within("README.md")
BEGIN, END = "<!-- results:begin -->", "<!-- results:end -->"
OPTIONAL = ("paper", "published", "final", "decomposition")  # profiles whose runs on published data may be missing
SHORT = (
    "On the published data, exact answers in per cent; brackets hold 95 % intervals. Announcement: models of other base "
    "weights on a GPU, tested on the {}. Ours: trained on two processor cores with a part of the published training "
    "data, tested on another part:"
)
BENCHMARK = (
    "On EdgeJSON standard and beyond, JSONExact in per cent: rule readers, and 135M models that read the schema in "
    "their prompt and were trained on examples made here alone (never on published or real ones):"
)
EMPTY_ANSWERS = (
    "Most of the utterances hold nothing to extract. That is what the rules score on, which answer all of them with an "
    "empty object; of those that hold something the schema reader gets few right, too."
)
EMPTY = "No records yet: run `make reproduce`, then `make results` and `make paper`.\n"


def render(records: dict[str, Record], benchmark: dict[str, Record] | None = None) -> str:
    """The block's Markdown: what the runs cost, their scores, and the scaling figure; one sentence without records.

    ``benchmark``: records on EdgeJSON standard, which have a table of their own.
    """
    if not records:
        return EMPTY
    said = load_announcement()
    parts = []
    if short := recipe_results.markdown_short(records, said):
        parts += [SHORT.format(said.test_set), short.rstrip("\n")]
    if config.EDGEJSON in by_dataset(records):
        parts.append("![Scores against the number of parameters, with 95 % intervals](figures/scaling.png)")
    if benchmark:
        parts += [BENCHMARK, standard_results.markdown(benchmark).rstrip("\n"), EMPTY_ANSWERS]
    machines = "; ".join(dict.fromkeys(tables.machine(record.provenance.hardware) for record in records.values()))
    parts += _folded("All committed runs and what they scored", tables.markdown_overall(records), *_not_run(records))
    parts += _folded(f"What they cost on {machines}, setup apart", tables.markdown_cost(records))
    return "\n\n".join(parts) + "\n"


def _folded(title: str, *parts: str) -> list[str]:
    return [f"<details><summary>{title}</summary>", *(part.rstrip("\n") for part in parts), "</details>"]


def block(text: str) -> str:
    """What stands between the markers of ``text``. Raises PaperlibError unless each marker stands there once."""
    return _cut(text)[1]


def replaced(text: str, inside: str) -> str:
    """``text`` with another block; equal blocks give equal texts."""
    before, _, after = _cut(text)
    return f"{before}{BEGIN}\n{inside}{END}{after}"


def _cut(text: str) -> tuple[str, str, str]:
    before, begun, rest = text.partition(f"{BEGIN}\n")
    inside, ended, after = rest.partition(END)
    if not (begun and ended) or text.count(BEGIN) + text.count(END) != 2:
        raise PaperlibError(f"README.md: expected one line {BEGIN} and below it one {END}")
    return before, inside, after


def _not_run(records: dict[str, Record]) -> list[str]:
    """One sentence on the runs on the published data that are defined and have no record; none where all have one."""
    defined = dict.fromkeys(run for profile in OPTIONAL for run in experiments.runs_of(profile, with_data_root=True))
    published = [run for run in defined if experiments.load(OPTIONAL[0], run).data.dataset not in config.GENERATED]
    missing = [f"`{run}`" for run in published if run not in records]
    if not missing:
        return []
    names = ", ".join(missing)
    return [f"Defined in `experiments.yaml` but not run here: {names}, on the published data."]


def rewrite(readme: Path = README, results: Path = paths.RESULTS) -> bool:
    """Brings the block of ``readme`` up to date; False where it was. Raises PaperlibError without the markers."""
    try:
        text = readme.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise PaperlibError(f"{paths.shown(readme)}: no such file") from None
    fresh = replaced(text, render(load_records(results), load_records(paths.BENCHMARK)))
    if fresh == text:
        return False
    write_text(readme, fresh)
    return True


def main() -> None:
    print("README.md: results rewritten." if rewrite() else "README.md was up to date.")


if __name__ == "__main__":
    sys.exit(exit_code(main))
