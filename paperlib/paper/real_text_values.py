r"""Macros of ``values.tex`` on texts by people, beyond the metrics of records.

\<Run>LeavesCount                  right leaves of all expected ones
\<Run>Slot<FOne|FOneInterval>      micro F1 of the texts that hold something
\<Run>LeftEmptyCount               texts that hold nothing and have an empty answer
\<Run>OverStock<|Interval>         how much higher its Field F1 is than that of the larger stock model, of receipts
\<Run>Ece<|Interval>, \<Run>Passing   expected calibration error; share of leaves that pass at 99 %, in per cent
"""

from collections.abc import Iterator

from paperlib.core.records import Record, Records
from paperlib.evaluation import other_text
from paperlib.paper.latex import macro_name, macro_pair, percent
from paperlib.paper.real_text_tables import SYSTEMS, TESTS, over_stock, record_of


def macros(records: Records) -> Iterator[tuple[str, str]]:
    """The macros of every run of SYSTEMS on TESTS."""
    for system in SYSTEMS:
        for test in TESTS:
            if record := record_of(records, system, test):
                yield from _of_run(record, records)


def _of_run(record: Record, records: Records) -> Iterator[tuple[str, str]]:
    right, expected = other_text.leaves_right(record)
    yield macro_name(record.run, "leaves", "count"), f"{right}/{expected}"
    found = other_text.slots(record)
    if found:
        yield from macro_pair(macro_name(record.run, "slot", "f1"), (found.f1, *found.interval), "{:.3f}".format)
        yield macro_name(record.run, "left empty", "count"), f"{found.left_empty}/{found.empty}"
    if more := over_stock(record, records):
        yield from macro_pair(macro_name(record.run, "over stock"), more, "{:+.3f}".format)
    if sure := other_text.sureness(record):
        yield from macro_pair(macro_name(record.run, "ece"), (sure.ece, *sure.interval), "{:.3f}".format)
        passing = "none" if sure.threshold is None else rf"{percent(sure.coverage)}\,\%"
        yield macro_name(record.run, "passing"), passing
