"""What README.md says of real texts: findings, a table, and how to read it."""

from collections.abc import Iterable, Sequence

from paperlib.core.records import Record, Records
from paperlib.paper import tool_page
from paperlib.paper.latex import LEVEL_PERCENT, duration, enumeration, in_text
from paperlib.paper.real_text_tables import (
    LARGER_READER,
    LARGER_TUNED,
    READER,
    RECEIPTS,
    STOCK,
    TUNED,
    over_stock,
    record_of,
    scores,
)
from paperlib.paper.scaling_tables import Table, size_of

SIGNED = "+.3f"  # how a paired difference is written
HEADING = "### On receipts, bug reports and utterances"
OUTCOMES = {1: "outscores", 0: "does not clearly differ from", -1: "scores below"}  # by the sign of a paired difference
TUNED_FINDING = (
    "- **Fine-tuned on receipts, a {size} model {outcome} an off-the-shelf one of {stock_size}.** On {n} held-out "
    "receipts its field F1 is {ours}; Qwen2.5-Coder-Instruct has {stock}. Receipt by receipt, the difference is "
    "{paired}."
)
READER_FINDING = "- **Trained on no receipts of this set**, our readers differ from that model by {paired}."
ABOUT = (
    "**Receipts**: {n} held-out ones of SROIE. **Bug reports**: texts rebuilt from public reports about extraction "
    "tools. **Utterances**: DSTC8; F1 of the slots where there are any, and how many other utterances are left empty. "
    "Brackets are {level} % intervals; – is not computed. Qwen gets the schema in a chat message and is "
    "constrained to it, ours to the text as well. The readers were trained on generated texts alone, but settings were "
    "chosen on training parts of SROIE and DSTC8. Errors of earlier versions on these tests shaped later training data "
    "and extraction code, and rows were scored with different versions of that code."
)
ABOUT_TUNED = (
    " Fine-tuning took {small} from `general-reader`, the checkpoint before `reader-135m`{large}. With {few} receipts, "
    "which fields must copy the text was decided from more labels than those."
)
ABOUT_LARGER = ", and {large} from Qwen's own weights"
STEPS = (  # to the readers that are shown; the paper's table has them
    "Schema reader, 135M",
    "Document reader, 135M",
    "General reader, 135M",
    "Document reader, 494M",
    "General reader, 494M",
    "Earlier reader, 494M",
    "Reader of requests, 494M",
)
# The columns that a user wants, receipts first, by what the paper's table calls them.
COLUMNS = {
    "Receipts: field F1": "Receipts: F1",
    "Bug reports: values": "Cases: leaves",
    "all right": "whole",
    "Utterances: slot F1": "Utterances: F1",
    "left empty": "empty",
}
OURS = {READER: "`reader-135m`", LARGER_READER: "`reader-494m-v3`"}


def render(records: Records) -> list[str]:
    """Findings, the table, and how to read it, as paragraphs of Markdown; nothing without our reader."""
    reader = record_of(records, READER, RECEIPTS)
    if reader is None:
        return []
    tuned, larger = (_on_receipts(records, systems) for systems in (TUNED, LARGER_TUNED))
    found = [_tuned_finding(records, tuned), _reader_finding(records), tool_page.in_short()]
    about = ABOUT.format(level=LEVEL_PERCENT, n=reader.data.n_test)
    if tuned:
        large = ABOUT_LARGER.format(large=_trainings(larger)) if larger else ""
        few = min(one.data.n_train or 0 for one in tuned)
        about += ABOUT_TUNED.format(small=_trainings(tuned), large=large, few=few)
    lines = "\n".join(line for line in found if line)
    return [f"{HEADING}\n{lines}", _table(records), about]


def _on_receipts(records: Records, systems: Iterable[str]) -> list[Record]:
    """The records of those of some systems that were tested on receipts."""
    return [record for system in systems if (record := record_of(records, system, RECEIPTS))]


def _tuned_finding(records: Records, tuned: Sequence[Record]) -> str:
    """What tuning on the most receipts gives beside the larger stock model; empty where either was not run."""
    stock = record_of(records, STOCK, RECEIPTS)
    gains = [(one.data.n_train, over_stock(one, records)) for one in reversed(tuned)]
    most = gains[0][1] if gains else None
    if stock is None or most is None:
        return ""
    paired = [f"{in_text(gain, SIGNED)} with {n} training receipts" for n, gain in gains if gain]
    sizes = {"size": size_of(tuned[-1].base), "stock_size": size_of(stock.base), "n": tuned[-1].data.n_test}
    both = {name: in_text(run.metric("field_f1")) for name, run in (("ours", tuned[-1]), ("stock", stock))}
    return TUNED_FINDING.format(outcome=OUTCOMES[most.sign], paired=enumeration(paired), **sizes, **both)


def _reader_finding(records: Records) -> str:
    """How far our readers are from the larger stock model on receipts; empty where neither has a difference."""
    paired = []
    for system, name in OURS.items():
        record = record_of(records, system, RECEIPTS)
        if record and (more := over_stock(record, records)):
            paired.append(f"{in_text(more, SIGNED)} ({name}{'' if more.sign else ', not significant'})")
    return READER_FINDING.format(paired=enumeration(paired)) if paired else ""


def _table(records: Records) -> str:
    found = scores(records, STEPS)
    places = [found.head.index(name) for name in COLUMNS.values()]
    rows = [[_shown(row[0]), *(row[place] for place in places)] for row in found.blocks[0][1]]
    return Table("lrrrrr", ["System", *COLUMNS], [("", rows)]).markdown.rstrip("\n")


def _shown(system: str) -> str:
    """A system's name for readers who do not know the paper's table."""
    plain = system.replace("Stock Qwen", "Qwen2.5-Coder-Instruct").replace("Tuned on", "Fine-tuned on")
    return OURS.get(system, plain)


def _trainings(tuned: Sequence[Record]) -> str:
    """For how long models were tuned, without what they went on from, and on how many receipts."""
    minutes = [duration((one.cost.train_seconds or 0) - one.cost.init_seconds).replace(r"\,", " ") for one in tuned]
    return enumeration([f"{time} ({one.data.n_train} receipts)" for time, one in zip(minutes, tuned, strict=True)])
