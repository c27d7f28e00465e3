"""Reads numerals: runs of digits whose marks group thousands, begin the decimals or divide one number from the next.

A run is a stretch of digits with single marks between them (``1 247,56``). Spaces, apostrophes and underscores divide
it into pieces and may only group thousands. What a point or comma in a piece does follows from its place:

- After thousands in valid groups, a different mark begins the decimals: ``1.247,56``, ``12,34,567.89``.
- A mark that stands twice or more groups thousands if the groups are valid, and divides integers if not: ``2.1.3``.
- A single mark begins the decimals unless one to three digits stand before it and exactly three after it.
- Such a ``1.234`` or ``1,234`` is read by the decimal marks that the other numbers show. If they show both, it has both
  readings; if none, ``1,234`` is 1234, and ``1.234`` has both readings. ``12.000`` may be 12000 in any
  case but beside three other decimals, as of ``0.974``.
- ``3,4`` and ``14.30`` are also two numbers where the text shows the other mark as decimal mark, ``01.05`` in any text.
- In a row of comma-separated fields (``Bolt,4,120.50``), a comma may also divide fields.
"""

import re
from collections.abc import Iterator, Sequence
from decimal import Context, Decimal
from typing import Literal, NamedTuple

DecimalMark = Literal[".", ","]
OTHER: dict[str, str] = {".": ",", ",": "."}

DIGITS = r"[0-9]+(?:[.,][0-9]+)*"
PIECE = re.compile(rf"(?:(?<![\w.,)])\.)?{DIGITS}")  # a point may come first: .75
RUN = re.compile(rf"{PIECE.pattern}(?:['_ \u00a0]{DIGITS})*")
MARK = re.compile(r"[.,]")
GROUPED = re.compile(
    r"(?:[1-9][0-9]{0,2}(?P<mark>[.,])[0-9]{3}(?:(?P=mark)[0-9]{3})*"
    r"|[1-9][0-9]?(?:,[0-9]{2})+,[0-9]{3})"  # as in India: 12,34,567
    r"(?P<decimals>[.,][0-9]+)?"
)
THREE_DECIMALS = re.compile(r"(?<![\w.,])(?:0|[1-9][0-9]{3,})[.,](?!000)[0-9]{3}(?!\w|[.,][0-9])")
# A time, or a day and month, as likely as a decimal number: 14.30, 25.12, but not 25.00.
CLOCK = re.compile(r"(?:[01]?[0-9]|2[0-4])\.[0-5][0-9]|[0-3]?[0-9]\.(?:0[1-9]|1[0-2])")
PRICE = re.compile(  # 12.50, but not at 12.50, 12.50 Uhr, 12.50-14.00
    r"(?<![\w.,:/-])(?<!\b(?:um|ab|at|by|on|am) )(?<!\b(?:bis|von|vom|ore|klo|zum|den) )"
    r"[0-9]{1,2}\.[0-9]{2}(?![\w.,:/-]|\)? (?:uhr|h|hrs|[ap]\.?m)\b)",
    re.I,
)
PAIR = re.compile(r"[0-3]?[0-9](\.)[0-5]?[0-9]|[0-9]{1,2}(,)[0-9]{1,2}")  # a time, a day and month; a list
PADDED_PAIR = re.compile(r"0[0-9][.,][0-9]{1,2}")

FIRST_GROUP = re.compile(r"[1-9][0-9]{0,2}")
NEXT_GROUP = re.compile(r"[0-9]{3}(?:[.,][0-9]+)?")
MOST_GROUPS = 7  # with so many groups, a number is too long in any case
CERTAIN_MARKS = "'_\u00a0"  # group thousands wherever the groups are valid; a space may also divide numbers
COMMA_DECIMALS = re.compile(r"[0-9]{3},(?![0-9]{3}$)[0-9]+")
SPACED_THOUSANDS = re.compile(
    r"(?<![\w.,/:#])[1-9][0-9]{0,2}"
    r"(?:(?:\u00a0[0-9]{3}){1,5}|(?: [0-9]{3}){1,5},[0-9]{1,2})(?!\w)"
)

MOST_DIGITS = 18  # significant; as many as every 64-bit integer keeps
MOST_PLACES = 30  # before and after the decimal mark, so that no double overflows or vanishes
EXACT = Context(prec=100)


class Found(NamedTuple):
    """A number and the span of the text in which it was found."""

    value: Decimal
    start: int
    end: int


class Conventions(NamedTuple):
    """How a text writes numbers, as far as its unambiguous numbers show it."""

    decimal_marks: frozenset[str]
    spaces_group: bool  # whether single spaces, too, group thousands
    zeros_group: bool  # whether ``12.000`` may be 12000 though the point is shown as decimal mark
    zeros_end: str  # the mark after which other numbers have decimals, so that ``2.000`` may be an integer 2; or empty


def conventions_of(text: str, decimal_mark: DecimalMark | None) -> Conventions:
    """The conventions that a text shows; a decimal mark that is given counts for more than any that it shows."""
    shown = {decimal_mark} if decimal_mark else {_shown_mark(piece) for piece in PIECE.findall(text)}
    marks = frozenset(mark for mark in shown if mark)
    zeros_group = decimal_mark is None and not (re.search("[.,]000", text) and THREE_DECIMALS.search(text))
    zeros_end = "".join(marks) if len(marks) == 1 else "." if not marks and PRICE.search(text) else ""
    return Conventions(marks, SPACED_THOUSANDS.search(text) is not None, zeros_group, zeros_end)


def read_run(text: str, run: re.Match[str], conventions: Conventions) -> Iterator[Found]:
    """The numbers that a run can mean: its pieces by themselves, and joined where they may be groups of thousands."""
    pieces = list(PIECE.finditer(text, run.start(), run.end()))
    in_row = _in_row(text, run)
    first = 0
    while first < len(pieces):
        last = _last_group(text, pieces, first)
        if last > first and _is_one_number(text, pieces, first, last, conventions):
            yield from _joined(pieces[first : last + 1])
            first = last + 1
            continue
        yield from _read_piece(pieces[first].group(), pieces[first].start(), conventions, in_row)
        for end in range(first + 1, last + 1):
            yield from _joined(pieces[first : end + 1])
        first += 1


def parse_numeral(numeral: str) -> Decimal | None:
    """The exact value of digits with at most one point; None if they are so many that the value cannot be kept."""
    digits = numeral.lstrip("0")
    digits = digits.rstrip("0") if "." in digits else digits
    return Decimal("0" + digits) if len(digits) <= 2 * MOST_PLACES else None


def is_moderate(value: Decimal) -> bool:
    """Whether a normalised value has few enough digits, and places before and after the decimal mark, to be kept."""
    digits, last_place = len(value.as_tuple().digits), value.adjusted() + 1 - len(value.as_tuple().digits)
    return digits <= MOST_DIGITS and last_place >= -MOST_PLACES and value.adjusted() < MOST_PLACES


def _shown_mark(piece: str) -> str:
    """The decimal mark that a piece shows, be it by using the other one for thousands; empty if it shows none."""
    marks, thousands = MARK.findall(piece), _thousands_mark(piece)
    if len(marks) > 1 and thousands:
        return OTHER[thousands]
    return "" if len(marks) != 1 or thousands or CLOCK.fullmatch(piece) else str(marks[0])


def _thousands_mark(piece: str) -> str:
    """The mark that groups the digits of a piece by thousands, or may do so in ``1.234``; empty if there is none."""
    match = GROUPED.fullmatch(piece)
    if match is None:
        return ""
    mark = match["mark"] or ","
    return "" if (match["decimals"] or "").startswith(mark) else mark


def _read_piece(piece: str, start: int, conventions: Conventions, in_row: bool) -> Iterator[Found]:
    """The numbers that digits with points and commas can mean, as a whole and divided at their marks."""
    wholes = _wholes(piece, conventions)
    for numeral in wholes:
        if (value := parse_numeral(numeral)) is not None:
            yield Found(value, start, start + len(piece))
    if dividers := _dividers(piece, bool(wholes), conventions.decimal_marks, in_row):
        for part in re.finditer(f"[^{dividers}]+", piece):
            yield from _read_piece(part.group(), start + part.start(), conventions, in_row=False)


def _wholes(piece: str, conventions: Conventions) -> list[str]:
    """A piece as one number, with a point as its decimal mark: one or two readings, none where marks only divide."""
    marks, thousands = MARK.findall(piece), _thousands_mark(piece)
    if len(marks) > 1:
        return [piece.replace(thousands, "").replace(",", ".")] if thousands else []
    if not thousands:
        return [piece.replace(",", ".")]
    decimal_marks = conventions.decimal_marks
    may_be_decimal = thousands in (decimal_marks or ".")
    round_number = conventions.zeros_group and piece.endswith("000")
    may_be_thousands = not decimal_marks or OTHER[thousands] in decimal_marks or round_number
    return [piece.replace(",", ".")] * may_be_decimal + [piece.replace(thousands, "")] * may_be_thousands


def _dividers(piece: str, has_whole: bool, decimal_marks: frozenset[str], in_row: bool) -> str:
    """The marks that may divide a piece into numbers of their own; empty where none may."""
    if "," in piece and (in_row or (not has_whole and "." in piece)):
        return ","
    pair = PAIR.fullmatch(piece)
    if not has_whole or (pair and OTHER[pair[1] or pair[2]] in decimal_marks) or PADDED_PAIR.fullmatch(piece):
        return ".,"
    return ""


def _in_row(text: str, run: re.Match[str]) -> bool:
    """Whether a run stands in a row of comma-separated fields: a comma without a space follows a neighbour."""
    before, after = text[max(0, run.start() - 2) : run.start()], text[run.end() : run.end() + 2]
    return before.endswith("[") or bool(re.fullmatch(r"\S,", before) or re.fullmatch(r",[^\s-]", after))


def _last_group(text: str, pieces: Sequence[re.Match[str]], first: int) -> int:
    """How far the pieces from ``first`` on can be groups of one number, with the same mark between them."""
    last = first
    if not FIRST_GROUP.fullmatch(pieces[first].group()):
        return first
    for piece in pieces[first + 1 : first + MOST_GROUPS]:
        same_mark = text[pieces[last].end()] == text[pieces[first].end()]
        if not same_mark or not pieces[last].group().isdigit() or not NEXT_GROUP.fullmatch(piece.group()):
            break
        last += 1
    return last


def _is_one_number(text: str, pieces: Sequence[re.Match[str]], first: int, last: int, conventions: Conventions) -> bool:
    """Whether pieces that may be groups of one number can mean nothing else.

    The mark may say so. Spaces do if nothing else is in the run or glued to its front (columns, codes), and if commas
    begin the decimals or the text groups thousands so elsewhere.
    """
    start = pieces[first].start()
    if text[pieces[first].end()] in CERTAIN_MARKS:
        return True
    alone = (first, last) == (0, len(pieces) - 1) and not re.match(r"[\w/:#]", text[max(0, start - 1) : start])
    return alone and (conventions.spaces_group or bool(COMMA_DECIMALS.fullmatch(pieces[last].group())))


def _joined(pieces: Sequence[re.Match[str]]) -> Iterator[Found]:
    """Groups of thousands as one number; a mark in the last begins the decimals."""
    value = parse_numeral("".join(piece.group() for piece in pieces).replace(",", "."))
    if value is not None:
        yield Found(value, pieces[0].start(), pieces[-1].end())
