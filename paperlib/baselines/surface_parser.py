"""The rule-based parser of texts of many forms: guesses the form from the text alone, and parses it accordingly.

Forms, slips, logs and tables become the lines of an outline; prose, e-mails, letters and chats go to
:mod:`paperlib.baselines.prose_parser`. Of the schema it uses names, types, formats, enums and descriptions alone.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from paperlib.baselines.outline import Entry, heading_in, parse_outline
from paperlib.baselines.prose_parser import parse_prose
from paperlib.baselines.table_parser import find_tables, parse_tables
from paperlib.baselines.value_formats import Node
from paperlib.data.label_parser import parse_label_lines

SEPARATORS = {":": r":(?:\s+|$)", "=": r"\s=\s+", "-": r"\s[-–—]\s+", "\t": r"\s*\t\s*"}
MARK = re.compile(
    r"(?:[-*•+]|(?:item|no\.?|nr\.?|row|entry)?\s*[#(]?(?P<number>[0-9]{1,3})[.):]?(?:\s*[-=*_~]{2,})?)\s*",
    re.IGNORECASE,
)
HEADING = re.compile(r"(?:\[(.+)\]|#{1,6}\s*(.+)|\*\*(.+)\*\*|([^:=\t]{2,60}):|={2,}\s*(.+?)\s*={2,})\s*")
SPEAKER = re.compile(
    r"(?:\[?[0-2]?[0-9]:[0-5][0-9](?::[0-5][0-9])?\]?\s*[-–|]?\s*)?"
    r"(?:<(?P<in_brackets>[^<>\n]{1,40})>|(?P<name>[A-Z][^:<>\n]{0,40}):)\s+"
)
KEY_VALUE = re.compile(r'([A-Za-z_][\w.\[\]/-]*)=("(?:[^"\\]|\\.)*"|\[[^\]\n]*\]|[^\s,;]\S*)')
LEVEL = re.compile(r"\b(?:TRACE|DEBUG|INFO|NOTICE|WARN(?:ING)?|ERROR|CRITICAL|FATAL)\b")
RULE = re.compile(r"\W{3,}|_{3,}|(?:\W ?)+")
GREETING = re.compile(
    r"(?:(?:dear|hello|hi|hey|good (?:morning|afternoon|evening)|morning)\b[^.:\n]{0,60}|to whom it may concern)[,:!]?",
    re.IGNORECASE,
)


def parse_any_surface(text: str, schema: Node) -> dict[str, Any]:
    """The record that ``schema`` (the JSON Schema of an object) describes, as far as ``text`` states it.

    The text may have any surface. Never raises.
    """
    try:
        return PARSERS[surface_of(text)](text, schema)
    except (RecursionError, OverflowError):
        return parse_label_lines(text, schema)


def surface_of(text: str) -> str:
    """The kind of a text: log, table, slip, chat, email (letters too), form or prose."""
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    titled = len(lines) > 1 and lines[0].isupper() and RULE.fullmatch(lines[1]) is not None
    if _share(lines, _is_logged) > 0.6:
        return "log"
    if find_tables(text):
        return "table"
    if len(lines) > 2 and (titled or _share(lines, _is_capital_label) > 0.5):
        return "slip"
    if _is_chat(lines):
        return "chat"
    if any(map(GREETING.fullmatch, lines[:16])):
        return "email"
    return "form" if len(lines) > 2 and _share(lines, _is_short) > 0.6 else "prose"


def _is_short(line: str) -> bool:
    return len(line) < 70 or _pair(line, SEPARATORS[":"]) is not None


def _is_logged(line: str) -> bool:
    return bool(LEVEL.search(line) and "=" in line) or len(KEY_VALUE.findall(line)) > 1


def _is_chat(lines: Sequence[str]) -> bool:
    """Whether nearly every line names its speaker, of few."""
    speakers = Counter(match["in_brackets"] or match["name"] for line in lines if (match := SPEAKER.match(line)))
    return 2 < speakers.total() > 0.8 * len(lines) and len(speakers) < min(4, speakers.total())


def _share(lines: Sequence[str], test: Callable[[str], bool]) -> float:
    return sum(map(test, lines)) / max(1, len(lines))


def _read_form(text: str, schema: Node) -> dict[str, Any]:
    lines = [line for line in text.split("\n") if line.strip()]
    counts = {separator: sum(_pair(line, form) is not None for line in lines) for separator, form in SEPARATORS.items()}
    separator = SEPARATORS[max(counts, key=lambda separator: counts[separator])]
    return parse_outline(list(_form_entries(lines, separator, schema)), schema)


def _form_entries(lines: Sequence[str], separator: str, schema: Node) -> Iterator[Entry]:
    for line in lines:
        body, indent = line.strip(), len(line) - len(line.lstrip())
        if (number := _mark(body, schema)) is not None:
            yield Entry("item", number, "", indent)
        elif pair := _pair(body, separator):
            if bullet := re.match(r"(?:[-*•+]|([0-9]{1,3})[.)])\s+", body):
                yield Entry("item", bullet[1] or "", "", indent)
                pair, indent = _pair(body[bullet.end() :], separator) or pair, indent + bullet.end()
            yield Entry("pair", *pair, indent)
        elif name := _heading(body, schema):
            yield Entry("heading", name, "", indent)


def _mark(body: str, schema: Node) -> str | None:
    """The number of the item that a line without a label begins, "" for a bullet: "2.", "#2", "02 ----", "Team 2"."""
    if match := MARK.fullmatch(body):
        return str(int(match["number"])) if match["number"] else ""
    named = re.fullmatch(r"([A-Za-z][A-Za-z ]*) ([0-9]{1,3})", body)
    return named[2] if named and any(heading_in(schema, named[1] + end) for end in ("", "s", "es")) else None


def _heading(body: str, schema: Node) -> str:
    match = HEADING.fullmatch(body)
    name = next(filter(None, match.groups()), "") if match else body
    return name if match or heading_in(schema, name) else ""


def _pair(line: str, separator: str) -> tuple[str, str] | None:
    """A label and a value, neither empty, on one line."""
    match = re.match(rf"(?P<label>[^\s:][^:\t]{{0,70}}?)(?:{separator})(?P<value>\S.*)$", line.strip())
    return (match["label"].strip("* "), match["value"].removeprefix("** ").strip()) if match else None


def _read_log(text: str, schema: Node) -> dict[str, Any]:
    """Lines of level DEBUG are taken for noise where there are others."""
    lines = [line for line in text.split("\n") if "=" in line]
    levels = [match.group() if (match := LEVEL.search(line)) else "" for line in lines]
    loud = [line for line, level in zip(lines, levels, strict=True) if level != "DEBUG"] or lines
    found = []
    for line in loud:
        level = LEVEL.search(line)
        start = level.end() if level and "=" not in line[: level.start()].replace("seq=", "") else 0
        found += [Entry("pair", key, value) for key, value in KEY_VALUE.findall(line[start:])]
    return parse_outline(found, schema)


def _is_capital_label(line: str) -> bool:
    label = re.split(r"\s{2,}|\.{2,}|:|(?: \.)+", line.strip("~|'`,. "))[0]
    return bool(re.search("[A-Z]{2}", label)) and label.upper() == label


def _read_slip(text: str, schema: Node) -> dict[str, Any]:
    """A label on a line of its own has its value on the next, which goes on where the next word had no room."""
    lines = _slip_lines(text)
    filled = [len(line) for line in lines if re.search(r"\s{3}|\.{3}|(?: \.){3}", line)]
    width = min(filled, default=max(map(len, lines), default=0))
    found: list[Entry] = []
    waiting, before = "", ""  # the label that waits for its value; the line before, if its value may go on
    for line in lines:
        entry = _slip_entry(line, schema, bool(waiting))
        if waiting and (entry is None or not entry.value):
            found.append(Entry("pair", waiting, line))
            waiting, before = "", line
        elif entry is not None:
            waiting = entry.label if entry.kind == "pair" and not entry.value else ""
            found += [] if waiting else [entry]
            before = ""
        elif before and len(before) + 1 + len(line.split()[0]) > width:
            found[-1] = Entry("pair", found[-1].label, f"{found[-1].value} {line}")
            before = line
    return parse_outline(found, schema)


def _slip_lines(text: str) -> list[str]:
    """Without specks, rules, and a title over a rule."""
    lines = [re.sub(r"^[~|'`,.]+\s*(?=\S)", "", line.strip()) for line in text.split("\n")]
    lines = [line for line in lines if line]
    title = len(lines) > 1 and RULE.fullmatch(lines[1]) is not None
    return [line for line in lines[2 if title else 0 :] if not RULE.fullmatch(line)]


def _slip_entry(line: str, schema: Node, waiting: bool) -> Entry | None:
    """What a line of a slip begins; a pair without value is a label whose value follows."""
    if (number := _mark(line, schema)) is not None:
        return Entry("item", number) if not waiting else None
    match = re.match(
        r"(?P<label>\S.*?)(?::\s*[.\s]*|\s*(?: \.){2,}\s*|\.{2,}|\s+\.\s*(?=\S)|\s{2,})(?P<value>\S.*)?$", line
    )
    label = _letters(match["label"] if match else line.rstrip(": "))
    if label.upper() != label or not re.search("[A-Z]{2}", label):
        return None
    if match and match["value"]:
        return Entry("pair", label.rstrip("."), match["value"].lstrip(". ") or match["value"])
    if not waiting and heading_in(schema, label):
        return Entry("heading", label)
    return Entry("pair", label) if not waiting and not re.search(r"[0-9*]", label.replace("ICD10", "")) else None


def _letters(label: str) -> str:
    """A label in capitals, digits that a scanner took for letters put right."""
    return re.sub(r"(?<=[A-Z])[01](?=[A-Z])|(?<=[A-Z])0$", lambda digit: "OI"[int(digit.group())], label)


def _read_chat(text: str, schema: Node) -> dict[str, Any]:
    """A question and the answer of another person make a pair; what else the main speaker says is parsed as prose."""
    pairs, statements = [], []
    asked = ("", "")
    said_by: Counter[str] = Counter()
    for who, said in _turns(text):
        if said.endswith("?"):
            asked = (who, said)
            continue
        said_by[who] += len(said)
        if asked[1] and who != asked[0]:
            pairs.append((asked[1], said))
            asked = ("", "")
        else:
            statements.append((who, said))
    main_speaker = said_by.most_common(1)[0][0] if said_by else ""
    return parse_prose([[said for who, said in statements if who == main_speaker]], schema, pairs)


def _turns(text: str) -> Iterator[tuple[str, str]]:
    """Who says what; a line that names nobody is of the speaker before."""
    who = ""
    for line in map(str.strip, text.split("\n")):
        match = SPEAKER.match(line)
        who = (match["in_brackets"] or match["name"]) if match else who
        if line:
            yield who, line[match.end() :] if match else line


def _read_running(text: str, schema: Node) -> dict[str, Any]:
    """Prose in paragraphs; of mail what follows the greeting."""
    lines = text.split("\n")
    start = next((n + 1 for n, line in enumerate(lines) if GREETING.fullmatch(line.strip())), 0)
    paragraphs = re.split(r"\n\s*\n", "\n".join(lines[start:]).strip())
    return parse_prose([[line.strip() for line in paragraph.split("\n")] for paragraph in paragraphs], schema)


PARSERS: dict[str, Callable[[str, Node], dict[str, Any]]] = {
    "form": _read_form,
    "log": _read_log,
    "slip": _read_slip,
    "table": parse_tables,
    "chat": _read_chat,
    "email": _read_running,
    "prose": _read_running,
}
