"""What README.md and the pages in data/results show of the committed records, each between two markers.

python -m paperlib.paper.readme     rewrites all five, and the model cards; `make paper` calls it
"""

import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from paperlib.claims.announcement import AnnouncedModel, load_announcement
from paperlib.claims.ledger import decide, decided_once, tally
from paperlib.claims.rules import Status
from paperlib.core import paths
from paperlib.core.errors import PaperlibError, exit_code
from paperlib.core.files import write_text
from paperlib.core.records import BlindRecord, Record, ScoredRun, load_blind, load_records
from paperlib.evaluation.runs import PUBLISHED, select
from paperlib.paper import engine_cost_page, model_cards, real_text_tables, results_page, scaling_page, tool_page
from paperlib.paper.latex import count, duration, enumeration, markdown, percent, with_interval

README = paths.from_root("README.md")
RESULTS_PAGE = paths.RESULTS / "README.md"
BEGIN, END = "<!-- results:begin -->", "<!-- results:end -->"
Records = Mapping[str, Record]
# The rows of the table on the published data: what a reader should see, and the fields of the run. First those of the
# announced models' own test split, then those of our held-out split.
BLIND_ROWS: dict[str, dict[str, Any]] = {
    "Ours, 135M, continued from the 3-seed average": {"decoding": "greedy"},
    "+ constrained decoding, reranking": {"decoding": "reranked"},
}
ROWS: dict[str, dict[str, Any]] = {
    "Announced recipe, rerun by us, 135M": {"recipe": "announced-recipe"},
    "Ours, 135M, all weights fine-tuned": {"recipe": "full-8min"},
    "Ours, 135M, best: constrained, reranked": {"recipe": "recombined-averaged", "decoding": "reranked"},
    "Rule-based baseline, no model": {"base": "rules-unnamed"},
}
RERUN, _, BEST, RULES = ROWS
HEAD = ["Model", "Test examples", "Training", "Exact match, %", "Exact match, complex"]
FINDING = (
    "**On the announcement's own test split and under its own evaluator our 135M model reaches {blind_published} % "
    "exact match; announced were {small} % for 135M and {large} % for 360M.** Under one that does not truncate long "
    "answers it is {blind} %. Somebody not involved in training scored it, once. At this size exact match on "
    "our held-out split ranges from {rerun} % to {best} %, depending on how the model is trained and decoded. {size} A "
    "rule-based parser without a model scores "
    "{rules} %, because the texts are `Label: value` lines: a high score shows that a model learned that format. Of "
    "{claims} claims announced, "
    "{reproduced} are reproduced, {reading} only under another reading, {refuted} refuted, {failed} not reproduced and "
    "{open} not testable here."
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
    "**Exact**: the answer equals the expected JSON; brackets hold 95 % intervals, with schemas as clusters. "
    "**Published**: the announcement's test split, which stays closed here; its scores came from somebody not "
    "involved in training, once. **Held-out**: examples of the published training file, of which 70 % are trained on. "
    "The announced models start from other base weights and are scored by the evaluator that truncates long answers."
)
TUNED_FINDING = (
    "**On held-out receipts our 135M model, fine-tuned on {n} others, reaches a field F1 of {ours}; an off-the-shelf "
    "model of 1.54B has {stock}{larger}.** Receipt by receipt, the difference from the off-the-shelf model is "
    "{paired}. "
)
LARGER = ", our reader of 494M, which was trained on none, {}"
REAL = (
    "Third-party texts: leaves of nine cases from bug reports, and cases wholly right; F1 of the fields of receipts "
    "(SROIE), and ignoring case, whitespace and punctuation; F1 of the slots of utterances (DSTC8) that hold "
    "something, and how many others are left empty. Models are constrained to the schema, ours to the text as well. "
    "Stock models are Qwen2.5-Coder-Instruct off the shelf, asked in a chat message (–: not computed). Our readers "
    "come with the package, as `reader-135m` and `reader-494m`; they were trained on synthetic documents, on none of "
    "these sets."
)
TUNED = (
    " Tuned on receipts, they continue from `general-reader`, the checkpoint before `reader-135m`{small}{large}, and "
    "were tested on others."
)
LARGER_TUNED = ", or from the stock 494M{large}"
STEPS = (  # to the readers that are shown; the paper's table has them
    "Schema reader, 135M",
    "Document reader, 135M",
    "General reader, 135M",
    "Document reader, 494M",
    "General reader, 494M",
)
EMPTY = "No records yet: run `make reproduce`, then `make results` and `make paper`.\n"


def blocks(results: Records, benchmark: Records, screening: Records, sizes: Records | None = None) -> dict[Path, str]:
    """What belongs between the markers of each page, as Markdown; one sentence where there are no records."""
    if not results:
        return dict.fromkeys((README, RESULTS_PAGE, scaling_page.PAGE, engine_cost_page.PAGE, tool_page.PAGE), EMPTY)
    page = results_page.render(results, benchmark, screening)
    capacity = scaling_page.render({**benchmark, **(sizes or {}), **results})
    first = {README: overview(results, benchmark, sizes), RESULTS_PAGE: page}
    measured = {engine_cost_page.PAGE: engine_cost_page.render(), tool_page.PAGE: tool_page.render()}
    return {**first, scaling_page.PAGE: capacity, **measured}


def overview(results: Records, benchmark: Records, sizes: Records | None = None) -> str:
    """The first finding, the scaling figure, a table of the published data, and what real text gives."""
    published = select(results, test_set=PUBLISHED, split="held-out")
    found = {label: runs[0] for label, fields in ROWS.items() if (runs := select(published, **fields))}
    parts = [FIGURE]
    scores = load_blind()
    blind = {label: scored[0] for label, fields in BLIND_ROWS.items() if (scored := select(scores, **fields))}
    if found.keys() == ROWS.keys() and blind.keys() == BLIND_ROWS.keys():
        rows = [*map(_announced, load_announcement().models.values())]
        rows += [_row(label, "published", record, _training(results, record)) for label, record in blind.items()]
        rows += [_row(label, "held-out", record, _training(results, record)) for label, record in found.items()]
        finding = _finding(found, {**(sizes or {}), **results}, next(iter(blind.values())))
        parts = [finding, FIGURE, markdown("llrrr", HEAD, rows).rstrip("\n"), TABLE]
    return "\n\n".join([*parts, *_real_text({**benchmark, **(sizes or {})})]) + "\n"


def _finding(found: Records, results: Records, blind: BlindRecord) -> str:
    named = {"rerun": RERUN, "best": BEST, "rules": RULES}
    ours = {name: percent(found[label].metric("json_exact").value) for name, label in named.items()}
    ours["blind"], ours["blind_published"] = (
        percent(blind.metric(metric).value) for metric in ("json_exact", "published_exact")
    )
    small, large = (model.figures["exact"].printed for model in load_announcement().models.values())
    verdicts = tally(decided_once(decide(dict(results))))
    counts = {name: str(verdicts[status]) for name, status in VERDICTS.items()}
    counts["size"] = scaling_page.in_short(results)
    return FINDING.format(small=small, large=large, claims=sum(verdicts.values()), **ours, **counts)


def _announced(model: AnnouncedModel) -> list[str]:
    seconds, exact, few = (model.figures[name] for name in ("train seconds", "exact", "complex exact"))
    size = f"{model.parameters / 1e6:.0f}M"
    name = f"Announced, {size} ({model.name})"
    return [name, f"published, {exact.n}", f"{seconds.printed} s, GPU", exact.printed, f"{few.k}/{few.n}"]


def _row(label: str, split: str, record: ScoredRun, training: str) -> list[str]:
    exact, few = record.metric("json_exact"), record.metric("json_exact", "tier", "complex")
    return [label, f"{split}, {exact.n}", training, with_interval(exact), count(few)]


def _training(results: Records, record: ScoredRun) -> str:
    """How long the model under test was trained, by the record of the run that trained it."""
    trainer = results.get(record.trained_by or "")
    return duration(trainer.cost.train_seconds) if trainer else "--"


def _real_text(records: Records) -> list[str]:
    """The table of human-written text; nothing without the general reader."""
    if real_text_tables.record_of(records, real_text_tables.READER, real_text_tables.RECEIPTS) is None:
        return []
    tuned, larger = (_tuned(records, systems) for systems in (real_text_tables.TUNED, real_text_tables.LARGER_TUNED))
    text = REAL
    if tuned:
        large = LARGER_TUNED.format(large=_examples(larger)) if larger else ""
        text += TUNED.format(small=_examples(tuned), large=large)
    stock, reader = (
        real_text_tables.record_of(records, system, real_text_tables.RECEIPTS)
        for system in (real_text_tables.STOCK, real_text_tables.LARGER_READER)
    )
    if stock and tuned:
        beside = LARGER.format(_field_f1(reader)) if reader else ""
        found = [(one, f"tuned on {one.data.n_train}") for one in reversed(tuned)] + [(reader, "the reader")]
        paired = [f"{more} ({name})" for one, name in found if one and (more := _over_stock(one, records))]
        said = {"ours": _field_f1(tuned[-1]), "stock": _field_f1(stock), "larger": beside}
        said["paired"] = enumeration(paired)
        text = TUNED_FINDING.format(n=tuned[-1].data.n_train, **said) + text
    table = real_text_tables.scores(records, STEPS).markdown.rstrip("\n")
    return [part for part in (text, table, tool_page.in_short()) if part]


def _field_f1(record: Record) -> str:
    score = record.metric("field_f1")
    return f"{score.value:.3f} [{score.low:.3f}, {score.high:.3f}]"


def _over_stock(record: Record, records: Records) -> str:
    more = real_text_tables.over_stock(record, records)
    return f"{more.value:+.3f} [{more.low:+.3f}, {more.high:+.3f}]" if more else ""


def _tuned(records: Records, systems: Iterable[str]) -> list[Record]:
    """The records of those of some tuned systems that were tested on receipts."""
    found = (real_text_tables.record_of(records, system, real_text_tables.RECEIPTS) for system in systems)
    return [record for record in found if record]


def _examples(tuned: Sequence[Record]) -> str:
    """For how long models were tuned, and on how many examples."""
    return " for " + enumeration([f"{_own_minutes(one)} ({one.data.n_train} receipts)" for one in tuned])


def _own_minutes(record: Record) -> str:
    """How long a training took, without those that it went on from."""
    return duration((record.cost.train_seconds or 0) - record.cost.init_seconds).replace(r"\,", " ")


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
    results, benchmark, *others = map(load_records, (paths.RESULTS, paths.BENCHMARK, paths.SCREENING, paths.SCALING))
    made = blocks(results, benchmark, *others)
    for page, inside in made.items():
        update(page, inside)
    for card in model_cards.write({**benchmark, **results}):
        print(f"{paths.display(card)}: written.")


if __name__ == "__main__":
    sys.exit(exit_code(main))
