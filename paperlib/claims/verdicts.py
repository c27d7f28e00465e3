"""Verdicts on the claims: every one is derived, from run records or from the announcement's own figures."""

from dataclasses import dataclass

from paperlib.claims import by_data as data
from paperlib.claims import by_figures as figures
from paperlib.claims import by_records as measured
from paperlib.claims import rules
from paperlib.claims.book import STATUSES, Book, Claim, Status, Verdict, committed
from paperlib.core.records import Record


@dataclass(frozen=True)
class Row:
    """One line of the ledger."""

    claim: Claim
    verdict: Verdict


def ledger(records: dict[str, Record], book: Book | None = None) -> list[Row]:
    """Every claim of the book with its verdict, in the book's order."""
    book = book or committed()
    return [Row(claim, verdict(claim, records, book)) for claim in book.claims]


def tally(rows: list[Row]) -> dict[Status, int]:
    """How many claims have each status, the absent ones too."""
    return {status: sum(row.verdict.status == status for row in rows) for status in STATUSES}


def verdict(claim: Claim, records: dict[str, Record], book: Book | None = None) -> Verdict:
    """The claim's rule applied. A run or a group that is not there makes it "not testable here", and is named."""
    book = book or committed()
    match claim.rule:
        case rules.Score() as rule:
            return measured.score(claim, rule, records, book)
        case rules.Ceiling() as rule:
            return measured.ceiling(claim, rule, records, book)
        case rules.Gain() as rule:
            return measured.gain(claim, rule, records, book)
        case rules.AtLeast() as rule:
            return measured.at_least(rule, records, book)
        case rules.Recorded() as rule:
            return measured.recorded(claim, rule, records)
        case rules.Architecture() as rule:
            return data.architecture(claim, rule, book)
        case rules.OfData() as rule:
            return data.of_data(claim, rule, book.published)
        case rules.Unavailable() as rule:
            return Verdict("not testable here", f"needs {rule.needs}")
        case rule:
            return figures.of_figures(claim.figures, rule)
