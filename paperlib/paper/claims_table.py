"""The claims ledger: Markdown for the evaluation notebook, a longtable for the paper; nothing is decided here."""

from collections.abc import Iterable

from paperlib.claims.book import Book, Verdict
from paperlib.claims.rules import RULES
from paperlib.claims.verdicts import Row, ledger, tally
from paperlib.core.records import Record
from paperlib.paper.latex import escape, markdown, mono

SUFFIX = {"%": " %", "pp": " points", "x": "×", "": ""}  # other units stand after a space
HEAD = ("Claim", "Estimate", "Verdict", "Why")
WIDTHS = (0.37, 0.13, 0.13, 0.32)  # of the text width
COLUMNS = "@{}" + "".join(rf">{{\raggedright\arraybackslash}}p{{{width}\textwidth}}" for width in WIDTHS) + "@{}"


def claims_table(records: dict[str, Record], book: Book | None = None) -> str:
    """The whole ledger as a LaTeX longtable, which needs the packages array, booktabs and longtable; a row a claim."""
    lines = [rf"\begin{{longtable}}{{{COLUMNS}}}", r"\toprule", " & ".join(HEAD) + r" \\", r"\midrule", r"\endhead"]
    lines += [r"\bottomrule", r"\endfoot"]
    lines += [" & ".join(cells) + r" \\" for cells in latex_rows(ledger(records, book))]
    return "\n".join([*lines, r"\end{longtable}", ""])


def latex_rows(rows: Iterable[Row]) -> list[list[str]]:
    """The cells of every row, escaped: the claim with its place in the announcement, estimate, verdict and reason."""
    return [
        [
            rf"{escape(row.claim.claim)} {{\scriptsize {mono(row.claim.id)}, {escape(row.claim.where)}}}",
            _tex(estimate(row.verdict)),
            escape(row.verdict.status),
            rf"{{\footnotesize {_tex(row.verdict.reason)}}}",
        ]
        for row in rows
    ]


def tally_table(records: dict[str, Record], book: Book | None = None) -> str:
    """How many claims have each verdict, by what decides them, in Markdown."""
    rows = ledger(records, book)
    bases = dict.fromkeys(row.claim.rule.basis for row in rows)
    parts = {basis: tally([row for row in rows if row.claim.rule.basis == basis]) for basis in bases}
    total = tally(rows)
    body = [[status, *(str(part[status]) for part in parts.values()), str(n)] for status, n in total.items()]
    sums = ["all", *(str(sum(part.values())) for part in parts.values()), str(len(rows))]
    head = ["Verdict", *bases, "all"]
    return markdown("l" * len(head), head, [*body, sums])


def markdown_ledger(records: dict[str, Record], book: Book | None = None) -> str:
    """Every claim with where it stands, its rule, our estimate with its interval, the verdict and why, in Markdown."""
    body = [
        [
            f"`{row.claim.id}`",
            row.claim.claim + (f" *{row.claim.note}*" if row.claim.note else ""),
            row.claim.where,
            f"`{row.claim.rule.rule}`",
            estimate(row.verdict),
            f"**{row.verdict.status}**",
            row.verdict.reason,
        ]
        for row in ledger(records, book)
    ]
    return markdown("l" * 7, ["id", "Claim", "Where", "Rule", "Estimate", "Verdict", "Why"], body)


def markdown_rules() -> str:
    """The vocabulary: what decides by each rule, what confirms and what refutes, in Markdown."""
    body = [[f"`{name}`", kind.basis, kind.confirms, kind.refutes] for name, kind in RULES.items()]
    return markdown("l" * 4, ["Rule", "Decided by", "Confirms", "Refutes"], body)


def estimate(verdict: Verdict) -> str:
    """The estimate with its interval and unit as plain text; a dash where there is none."""
    if verdict.estimate is None:
        return "–"
    suffix = SUFFIX.get(verdict.unit, f" {verdict.unit}")
    if verdict.interval is None:
        return f"{_number(verdict.estimate, verdict.unit)}{suffix}"
    low, high = (_number(end, verdict.unit) for end in verdict.interval)
    return f"{_number(verdict.estimate, verdict.unit)}{suffix} [{low}, {high}]"


def _number(value: float, unit: str) -> str:
    decimals = {"%": 1, "pp": 1, "x": 2, "": 3}.get(unit)
    return f"{value:.4g}" if decimals is None else f"{value:.{decimals}f}"


def _tex(text: str) -> str:
    """Escaped, and the signs outside ASCII as TeX has them."""
    return escape(text).replace("×", r"\ensuremath{\times}").replace("–", "--").replace(" < ", r" \ensuremath{<} ")
