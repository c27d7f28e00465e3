"""Tables on human-written texts: what rules, stock models and ours have, and how far their probabilities hold."""

from collections.abc import Collection, Sequence

from paperlib.core.records import Record, Records
from paperlib.evaluation import other_text, runs
from paperlib.evaluation.runs import TEST_NAMES, find
from paperlib.evaluation.scaling.contrasts import Estimate, difference, group
from paperlib.evaluation.scaling.selection import BASES
from paperlib.paper.latex import escape, estimate, percent, with_interval
from paperlib.paper.scaling_tables import NOT_RUN, Table, size_of

RECEIPTS = "sroie"
QWEN = BASES[2:]
CHAT = {"recipe": "untuned-chat", "decoding": "schema"}
READER, LARGER_READER = "Reader, 135M", f"Reader, {size_of(QWEN[0])}"
STOCK = f"Stock Qwen, {size_of(QWEN[-1])}"
TUNED = {
    "Tuned on 51 receipts, 135M": {"recipe": "receipts-50", "decoding": "constrained"},
    "Tuned on 334 receipts, 135M": {"recipe": "receipts", "decoding": "constrained"},
}
# From stock weights.
LARGER_TUNED = {"Tuned on 51 receipts, 494M": {"recipe": "chat-receipts-50", "decoding": "constrained"}}
# Ways to read a text under a schema, and the fields of their runs.
SYSTEMS: dict[str, dict[str, str]] = {
    "Rules": {"base": "rules-surfaces"},
    **{f"Stock Qwen, {size_of(base)}": {"base": base, **CHAT} for base in QWEN},
    "Schema reader, 135M": {"recipe": "reader", "decoding": "constrained"},
    "Document reader, 135M": {"recipe": "document-reader", "decoding": "constrained"},
    "General reader, 135M": {"recipe": "general-reader", "decoding": "constrained"},
    READER: {"recipe": "reader-135m", "decoding": "constrained"},
    f"Document reader, {size_of(QWEN[0])}": {"recipe": "chat-document-reader", "decoding": "constrained"},
    f"General reader, {size_of(QWEN[0])}": {"recipe": "chat-general-reader", "decoding": "constrained"},
    f"Earlier reader, {size_of(QWEN[0])}": {"recipe": "chat-reader", "decoding": "constrained"},
    f"Reader of requests, {size_of(QWEN[0])}": {"recipe": "reader-494m-v2", "decoding": "constrained"},
    LARGER_READER: {"recipe": "reader-494m-v3", "decoding": "constrained"},
    **TUNED,
    **LARGER_TUNED,
}
TESTS = {
    test: TEST_NAMES[test]
    for test in ("documents", "standard", "standard-unseen-schema", "edgejson_v3-whole", "cases", RECEIPTS, "dstc8")
}


def record_of(records: Records, system: str, test: str) -> Record | None:
    """The record of one of SYSTEMS on a test set, or None where it was not run."""
    return runs.record_of(records, test_set=test, **SYSTEMS[system])


def over_stock(record: Record, records: Records) -> Estimate | None:
    """How much higher the Field F1 of a run on receipts is than that of the larger stock model, paired by receipt; None
    for this model's own run, on other texts, or without the scores of either."""
    stock = record_of(records, STOCK, RECEIPTS)
    if record.test_set != RECEIPTS or stock is None or record.run == stock.run:
        return None
    ours, theirs = (group([one], "field_f1") for one in (record, stock))
    return difference(ours, theirs) if ours and theirs else None


def scores(records: Records, without: Collection[str] = ()) -> Table:
    """A row for each system that was run but those in ``without``: leaves of the cases and cases wholly right; F1 of
    receipts' fields, as they are and ignoring case, whitespace and punctuation; slot F1 of utterances that hold
    something, and how many others are left empty."""
    head = ["", "Cases: leaves", "whole", "Receipts: F1", "normalised", "Utterances: F1", "empty"]
    rows = [
        [escape(system), *_cases(records, system), *_receipts(records, system), *_utterances(records, system)]
        for system in SYSTEMS
        if system not in without and any(record_of(records, system, test) for test in ("cases", RECEIPTS, "dstc8"))
    ]
    return Table("lrrrrrr", head, [("", rows)])


def _cases(records: Records, system: str) -> list[str]:
    record = record_of(records, system, "cases")
    if record is None:
        return [NOT_RUN, ""]
    right, expected = other_text.leaves_right(record)
    exact = record.metric("json_exact")
    return [f"{right}/{expected}", f"{exact.k}/{exact.n}"]


def _receipts(records: Records, system: str) -> list[str]:
    record = record_of(records, system, RECEIPTS)
    if record is None:
        return [NOT_RUN, ""]
    return [with_interval(find(record, metric)) for metric in ("field_f1", "normalised_f1")]


def _utterances(records: Records, system: str) -> list[str]:
    record = record_of(records, system, "dstc8")
    found = other_text.slots(record) if record else None
    if found is None:
        return ["--" if record else NOT_RUN, ""]
    return [estimate((found.f1, *found.interval), "{:.3f}".format), f"{found.left_empty}/{found.empty}"]


def calibration(records: Records) -> Table:
    """A row a test and a system: the leaves that have a probability and how many are right, the expected calibration
    error, and the share of the leaves, the most confident first, of which 99 % are right."""
    head = ["", "Leaves", "Right", "ECE", r"Pass at 99\,\%"]
    blocks = [(escape(name), rows) for test, name in TESTS.items() if (rows := _sure_rows(records, test))]
    return Table("lrrrr", head, blocks)


def _sure_rows(records: Records, test: str) -> list[list[str]]:
    rows = []
    for system in SYSTEMS:
        record = record_of(records, system, test)
        if record and (found := other_text.sureness(record)):
            passing = "none" if found.threshold is None else rf"{percent(found.coverage)}\,\%"
            shares = [str(found.n), rf"{percent(found.right / found.n)}\,\%"]
            rows.append([escape(system), *shares, estimate((found.ece, *found.interval), "{:.3f}".format), passing])
    return rows


def reader_of(records: Records) -> Sequence[Record]:
    """The records of our reader of 135M, by test set in the order of TESTS."""
    found = (record_of(records, READER, test) for test in TESTS)
    return [record for record in found if record]
