r"""Macros of ``values.tex`` on texts by people, beyond the metrics of records.

\<Run>LeavesCount                  right leaves of all expected ones
\<Run>Slot<FOne|FOneInterval>      micro F1 of the texts that hold something
\<Run>LeftEmptyCount               texts that hold nothing and have an empty answer
\<Run>OverStock<|Interval>         how much higher its Field F1 is than that of the larger stock model, of receipts
\<Run>Ece<|Interval>, \<Run>Passing   expected calibration error; share of leaves that pass at 99 %, in per cent
"""

from collections.abc import Iterator, Mapping

from paperlib.core.records import Record
from paperlib.evaluation import other_text
from paperlib.evaluation.statistics.intervals import Interval
from paperlib.paper.latex import macro_name, percent
from paperlib.paper.real_text_tables import SYSTEMS, TESTS, over_stock, record_of


def macros(records: Mapping[str, Record]) -> Iterator[tuple[str, str]]:
    """The macros of every run of SYSTEMS on TESTS."""
    for system in SYSTEMS:
        for test in TESTS:
            if record := record_of(records, system, test):
                yield from _of_run(record, records)


def _of_run(record: Record, records: Mapping[str, Record]) -> Iterator[tuple[str, str]]:
    right, expected = other_text.leaves_right(record)
    yield macro_name(record.run, "leaves", "count"), f"{right}/{expected}"
    found = other_text.slots(record)
    if found:
        yield macro_name(record.run, "slot", "f1"), f"{found.f1:.3f}"
        yield macro_name(record.run, "slot", "f1", "interval"), _bracketed(found.interval)
        yield macro_name(record.run, "left empty", "count"), f"{found.left_empty}/{found.empty}"
    if more := over_stock(record, records):
        yield macro_name(record.run, "over stock"), f"{more.value:+.3f}"
        yield macro_name(record.run, "over stock", "interval"), f"[{more.low:+.3f}, {more.high:+.3f}]"
    if sure := other_text.sureness(record):
        yield macro_name(record.run, "ece"), f"{sure.ece:.3f}"
        yield macro_name(record.run, "ece", "interval"), _bracketed(sure.interval)
        passing = "none" if sure.threshold is None else rf"{percent(sure.coverage)}\,\%"
        yield macro_name(record.run, "passing"), passing


def _bracketed(interval: Interval) -> str:
    low, high = interval
    return f"[{low:.3f}, {high:.3f}]"
