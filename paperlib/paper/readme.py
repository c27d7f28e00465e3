"""What README.md and the pages in data/results show of the committed records, each between two markers.

python -m paperlib.paper.readme     rewrites all five, and the model cards; `make paper` calls it
"""

import sys
from pathlib import Path
from typing import Any

from paperlib.claims.announcement import AnnouncedModel, load_announcement
from paperlib.claims.ledger import decide, decided_once, tally
from paperlib.claims.rules import Status
from paperlib.core import paths
from paperlib.core.errors import PaperlibError, exit_code
from paperlib.core.files import write_text
from paperlib.core.records import BlindRecord, Records, ScoredRun, Study, load_blind, load_study
from paperlib.evaluation.runs import PUBLISHED, find, select
from paperlib.paper import (
    engine_cost_page,
    model_cards,
    real_text_summary,
    results_page,
    scaling_page,
    task_summary,
    tool_page,
)
from paperlib.paper.latex import LEVEL_PERCENT, duration, markdown, percent, with_interval
from paperlib.paper.scaling_tables import size_of

README = paths.from_root("README.md")
RESULTS_PAGE = paths.RESULTS / "README.md"
BEGIN, END = "<!-- results:begin -->", "<!-- results:end -->"
# The rows of the table on the published data: what a reader should see, and the fields of the run. First those of the
# announced models' own test split, then those of our held-out split.
BLIND_ROWS: dict[str, dict[str, Any]] = {
    "Ours, continued from the average of three seeds": {"recipe": "recombined-averaged", "decoding": "greedy"},
    "+ constrained decoding, reranking": {"recipe": "recombined-averaged", "decoding": "reranked"},
}
ROWS: dict[str, dict[str, Any]] = {
    "Announced recipe, rerun by us": {"recipe": "announced-recipe"},
    "Ours, full fine-tuning": {"recipe": "full-8min"},
    "Ours, constrained decoding, reranking": {"recipe": "recombined-averaged", "decoding": "reranked"},
    "Rule-based baseline, no model": {"base": "rules-unnamed"},
}
RERUN, _, BEST, RULES = ROWS
HEAD = ["Model", "Test split", "Training", "Published evaluator, %", "Exact match, %"]
HEADING = "### On the announcement's benchmark"
FINDING = (
    "- **Announced scores.** On the announcement's own test split, under its own evaluator, our {size} model reaches "
    "{blind_published} % exact match; announced were {small} % for {small_size} and {large} % for {large_size}. That "
    "evaluator truncates long answers; without truncation our model reaches {blind} %.\n"
    "- **Method.** At {size}, exact match on the held-out split runs from {rerun} % (the announced recipe, rerun) to "
    "{best} %, depending on training and decoding.\n"
    "- **Size.** {scaling}\n"
    "- **No model.** A rule-based parser scores {rules} % on the held-out split, because the texts are `Label: value` "
    "lines. A high score shows that a model has learned that format, not that it reads documents.\n"
    "- **Claims.** Of {claims} claims in the announcement, {reproduced} are reproduced, {reading} only under another "
    "reading, {failed} are not reproduced, {refuted} are refuted, and {open} cannot be tested here."
)
VERDICTS: dict[str, Status] = {
    "reproduced": "reproduced",
    "reading": "reproduced with a different reading",
    "refuted": "refuted",
    "failed": "not reproduced",
    "open": "not testable here",
}
FIGURE = scaling_page.figure("figures/scaling.png")
TABLE = (
    "**Published evaluator**: exact match as the announcement counts it, with long answers truncated. **Exact "
    "match**: the whole answer equals the expected JSON. Brackets are {level} % intervals, with schemas as clusters. "
    "**Published**: the announcement's test split, unopened here; somebody not involved in training scored ours on "
    "it, once. **Held-out**: part of the published training file, not trained on; some versions were made after "
    "earlier scores on it were known. Our models have {size} parameters and start from other weights than the "
    "announced ones. Training is on CPU unless marked, and includes the trainings that a model continues from."
)
EMPTY = "No records yet: run `make reproduce`, then `make results` and `make paper`.\n"


def blocks(study: Study) -> dict[Path, str]:
    """What belongs between the markers of each page, as Markdown; one sentence where there are no records."""
    if not study.results:
        return dict.fromkeys((README, RESULTS_PAGE, scaling_page.PAGE, engine_cost_page.PAGE, tool_page.PAGE), EMPTY)
    page = results_page.render(study.results, study.benchmark, study.screening)
    capacity = scaling_page.render(study.tested)
    first = {README: overview(study), RESULTS_PAGE: page}
    measured = {engine_cost_page.PAGE: engine_cost_page.render(), tool_page.PAGE: tool_page.render()}
    return {**first, scaling_page.PAGE: capacity, **measured}


def overview(study: Study) -> str:
    """What real text gives, calls and intents; then findings on the published data, a table, and the scaling figure."""
    parts, results = [*real_text_summary.render(study.tested), *task_summary.render(study.benchmark)], study.results
    published = select(results, test_set=PUBLISHED, split="held-out")
    found = {label: runs[0] for label, fields in ROWS.items() if (runs := select(published, **fields))}
    scores = load_blind()
    blind = {label: scored[0] for label, fields in BLIND_ROWS.items() if (scored := select(scores, **fields))}
    if found.keys() == ROWS.keys() and blind.keys() == BLIND_ROWS.keys():
        rows = [*map(_announced, load_announcement().models.values())]
        rows += [_row(label, "published", record, _training(results, record)) for label, record in blind.items()]
        rows += [_row(label, "held-out", record, _training(results, record)) for label, record in found.items()]
        finding = _finding(found, study.studied, next(iter(blind.values())))
        about = TABLE.format(level=LEVEL_PERCENT, size=size_of(found[BEST].base))
        parts += [f"{HEADING}\n{finding}", markdown("llrrr", HEAD, rows).rstrip("\n"), about]
    return "\n\n".join([*parts, FIGURE]) + "\n"


def _finding(found: Records, results: Records, blind: BlindRecord) -> str:
    named = {"rerun": RERUN, "best": BEST, "rules": RULES}
    ours = {name: percent(found[label].metric("json_exact").value) for name, label in named.items()}
    ours["blind"], ours["blind_published"] = (
        percent(blind.metric(metric).value) for metric in ("json_exact", "published_exact")
    )
    models = load_announcement().models.values()
    (small, large), (small_size, large_size) = ([m.figures["exact"].printed for m in models], map(_size, models))
    verdicts = tally(decided_once(decide(dict(results))))
    said = {name: str(verdicts[status]) for name, status in VERDICTS.items()}
    said |= {"small": small, "large": large, "small_size": small_size, "large_size": large_size}
    said |= {"size": size_of(blind.base), "scaling": scaling_page.in_short(results)}
    return FINDING.format(claims=sum(verdicts.values()), **ours, **said)


def _size(model: AnnouncedModel) -> str:
    return f"{model.parameters / 1e6:.0f}M"


def _announced(model: AnnouncedModel) -> list[str]:
    seconds, exact = (model.figures[name] for name in ("train seconds", "exact"))
    name = f"Announced, {_size(model)} ({model.name})"
    return [name, f"published, {exact.n}", f"{seconds.printed} s, GPU", exact.printed, "--"]


def _row(label: str, split: str, record: ScoredRun, training: str) -> list[str]:
    published, exact = find(record, "published_exact"), record.metric("json_exact")
    return [label, f"{split}, {exact.n}", training, with_interval(published), with_interval(exact)]


def _training(results: Records, record: ScoredRun) -> str:
    """How long the model under test was trained, by the record of the run that trained it."""
    trainer = results.get(record.trained_by or "")
    return duration(trainer.cost.train_seconds) if trainer else "--"


def block(page: Path) -> str:
    """What stands between the markers of a page. Raises PaperlibError without the page or with markers lost."""
    return _parts(page)[1]


def rewrite(page: Path, inside: str) -> bool:
    """Puts ``inside`` between the markers of a page; False where it stood there already. Raises as :func:`block`."""
    before, old, after = _parts(page)
    if inside != old:
        write_text(page, f"{before}{BEGIN}\n{inside}{END}{after}")
    return inside != old


def update(page: Path, inside: str) -> None:
    """Puts ``inside`` between the markers of a page, and prints whether that changed it. Raises as :func:`block`."""
    state = "results rewritten" if rewrite(page, inside) else "was up to date"
    print(f"{paths.display(page)}: {state}.")


def _parts(page: Path) -> tuple[str, str, str]:
    """The text before the markers, between them, and after them."""
    try:
        text = page.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise PaperlibError(f"{paths.display(page)}: no such file") from None
    before, begun, rest = text.partition(f"{BEGIN}\n")
    inside, ended, after = rest.partition(END)
    if not (begun and ended) or text.count(BEGIN) + text.count(END) != 2:
        raise PaperlibError(f"{paths.display(page)}: expected one line {BEGIN} and below it one {END}")
    return before, inside, after


def main() -> None:
    study = load_study()
    for page, inside in blocks(study).items():
        update(page, inside)
    for card in model_cards.write({**study.benchmark, **study.results}):
        print(f"{paths.display(card)}: written.")


if __name__ == "__main__":
    sys.exit(exit_code(main))
