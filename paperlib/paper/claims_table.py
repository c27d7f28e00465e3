"""The claims ledger in print: a longtable for the paper, Markdown for a notebook; nothing is decided here."""

import re
from string import ascii_lowercase

from paperlib.claims.ledger import RULES, Claim, Decided, Revision, decide, tally
from paperlib.claims.rules import Verdict
from paperlib.core.records import Record
from paperlib.paper.latex import escape, markdown, mono

SUFFIX = {"%": " %", "pp": " points", "x": "×", "": ""}  # other units stand after a space
HEAD = ("Claim", "Estimate", "Verdict", "Why")
WIDTHS = (0.32, 0.13, 0.13, 0.36)  # of the text width
COLUMNS = "@{}" + "".join(rf">{{\raggedright\arraybackslash}}p{{{width}\textwidth}}" for width in WIDTHS) + "@{}"
CAPTION = (
    r"The claims of the announcement, each with our estimate, the verdict and what it rests on; brackets hold "
    r"\IntervalLevel\,\% intervals. Letters mark rules that were revised, most of them after results were known: see "
    r"below."
)
CONTINUED = rf"\multicolumn{{{len(HEAD)}}}{{@{{}}l}}{{\emph{{Table \thetable, continued}}}}\\"
CONTINUES = rf"\multicolumn{{{len(HEAD)}}}{{r@{{}}}}{{\emph{{continued on the next page}}}}\\"


def claims_table(records: dict[str, Record]) -> str:
    r"""The whole ledger as a LaTeX longtable with caption and label ``tab:claims``, a row a claim; below it why rules
    were revised.

    It breaks over pages, so that it must stand outside of any float, and needs the packages array, booktabs and
    longtable and the macro \IntervalLevel.
    """
    decided = decide(records)
    revisions = list(dict.fromkeys(revision for claim, _ in decided for revision in claim.revised))
    letters = dict(zip(revisions, ascii_lowercase, strict=False))
    head = [r"\toprule", " & ".join(HEAD) + r" \\", r"\midrule"]
    lines = [rf"\begin{{longtable}}{{{COLUMNS}}}", rf"\caption{{{CAPTION}}}\label{{tab:claims}}\\", *head]
    lines += [r"\endfirsthead", CONTINUED, *head, r"\endhead", r"\midrule", CONTINUES, r"\endfoot"]
    lines += [r"\bottomrule", r"\endlastfoot"]
    lines.append("\n\\addlinespace[3pt]\n".join(" & ".join(_cells(row, letters)) + r" \\" for row in decided))
    lines += [r"\end{longtable}", r"\noindent"]
    lines += [rf"({letter}) {revision.date}: {_tex(revision.why)}" for revision, letter in letters.items()]
    return "\n".join([*lines, ""])


def _cells(row: Decided, letters: dict[Revision, str]) -> list[str]:
    """The claim with its place in the announcement, estimate, verdict, and reason with note and letters."""
    claim, verdict = row
    revised = ", ".join(letters[revision] for revision in claim.revised)
    remarks = [rf"\emph{{{_tex(claim.note)}}}"] if claim.note else []
    remarks += [rf"\emph{{Rule revised}} ({revised})."] if revised else []
    return [
        rf"{_tex(claim.claim)} {{\scriptsize {mono(claim.id)}, {escape(claim.where)}}}",
        re.sub(r"\[.*\]", r"\\mbox{\g<0>}", _tex(estimate(verdict))),
        escape(verdict.status),
        " ".join([_tex(verdict.reason) + ".", *remarks]),
    ]


def tally_table(records: dict[str, Record]) -> str:
    """How many claims have each verdict, by what decides them, in Markdown."""
    decided = decide(records)
    bases = dict.fromkeys(row.claim.rule.basis for row in decided)
    parts = {basis: tally([row for row in decided if row.claim.rule.basis == basis]) for basis in bases}
    total = tally(decided)
    body = [[status, *(str(part[status]) for part in parts.values()), str(n)] for status, n in total.items()]
    sums = ["all", *(str(sum(part.values())) for part in parts.values()), str(len(decided))]
    head = ["Verdict", *bases, "all"]
    return markdown("l" * len(head), head, [*body, sums])


def markdown_ledger(records: dict[str, Record]) -> str:
    """Every claim with its place in the announcement, rule, our estimate, verdict and reason, in Markdown."""
    body = [
        [
            f"`{claim.id}`",
            claim.claim,
            claim.where,
            f"`{claim.rule.name}`",
            estimate(verdict),
            f"**{verdict.status}**",
            " ".join([f"{verdict.reason}.", *(f"*{remark}*" for remark in _remarks(claim))]),
        ]
        for claim, verdict in decide(records)
    ]
    return markdown("l" * 7, ["id", "Claim", "Where", "Rule", "Estimate", "Verdict", "Why"], body)


def _remarks(claim: Claim) -> list[str]:
    revised = [f"Rule revised {revision.date}, after results were known: {revision.why}" for revision in claim.revised]
    return [claim.note, *revised] if claim.note else revised


def markdown_rules() -> str:
    """Every rule: what decides by it, what confirms and what refutes, in Markdown."""
    body = [[f"`{name}`", rule.basis, rule.confirms, rule.refutes] for name, rule in RULES.items()]
    return markdown("l" * 4, ["Rule", "Decided by", "Confirms", "Refutes"], body)


def estimate(verdict: Verdict) -> str:
    """The estimate with its interval and unit as plain text; a dash where there is none."""
    if verdict.estimate is None:
        return "–"
    suffix = SUFFIX.get(verdict.unit, f" {verdict.unit}")
    interval = ""
    if verdict.interval is not None:
        low, high = (_number(end, verdict.unit) for end in verdict.interval)
        interval = f" [{low}, {high}]"
    return f"{_number(verdict.estimate, verdict.unit)}{suffix}{interval}"


def _number(value: float, unit: str) -> str:
    decimals = {"%": 1, "pp": 1, "x": 2, "": 3}.get(unit)
    return f"{value:.4g}" if decimals is None else f"{value:.{decimals}f}"


def _tex(text: str) -> str:
    """Escaped, with TeX's quotes, and its own commands for characters outside ASCII; a p value is never broken."""
    text = re.sub(r'"([^"]*)"', r"``\1''", escape(text))
    text = re.sub(r"\bp ([=<]) ([\d.]*\d)", r"\\ensuremath{p \1 \2}", text)
    return text.replace("×", r"\ensuremath{\times}").replace("–", "--")
