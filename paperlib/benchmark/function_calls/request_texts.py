"""Writes the request for one call of a drawn tool, and keeps where in it every argument is said.

While a text is put together a value stands in it as a mark, so that letters may be lowered and quotes changed around
it; at the end marks give way to values.
"""

import re
from dataclasses import dataclass, field
from decimal import Decimal
from random import Random
from typing import Any

from paperlib.benchmark.function_calls.argument_values import AN, ARTICLE, Beside, Value, Values, as_json, words
from paperlib.benchmark.function_calls.functions import always
from paperlib.benchmark.function_calls.tool_drawing import OPTIONAL_REQUIRED, DrawnTool

TOLD, CONCLUDED = 0.45, 0.35  # shares of the optional parts of phrases that are told
ASK, OPENER, CONTEXT, CLOSER, LOWER, UNDOTTED, DOUBLE_QUOTES, TYPO = 0.45, 0.14, 0.12, 0.08, 0.1, 0.15, 0.5, 0.05
TERSE, NOMINAL = 0.35, 0.6  # shares of requests in few words, and of phrases without their verb among these
LOOKS_UP = re.compile(  # what people leave out who want to know something: "weather in Oslo"
    r"(?:(?:get|show|tell|find|check|look up|fetch|display|calculate|compute|work out|figure out|list)(?: me| us)?|"
    r"give (?:me|us)) (?:(?:the|a|an|my|our|all) )?(?=[a-z])"
)
MARK = re.compile("\ue000(\\d+)\ue001")
FOR_THE_SPEAKER = re.compile(r"^(I\b|Let|We\b|Someone|My\b)|\bme\b")  # frames that do not go with "show me"
RELATIVE = re.compile(r"(?:tomorrow|today|tonight|next|this|the day after)\b")  # days that no "on" stands before
BESIDE_WORD = re.compile(r"$|[,.?]| [A-Za-z]{3}")  # what may follow a number that is written as a word
CONCLUSION = re.compile(r"<(\w+)=(:?)([\w.]+);([^<>]*)>")


@dataclass
class Said:
    """The values that a text has marks for, in the order of their numbers: call, argument, value."""

    values: list[tuple[int, str, Value]] = field(default_factory=list)

    def mark(self, call: int, argument: str, value: Value) -> str:
        self.values.append((call, argument, value))
        return f"\ue000{len(self.values) - 1}\ue001"


class RequestWriter:
    """Writes one request in a language; ``said`` are the values in it."""

    def __init__(self, rng: Random, language: str = "en") -> None:
        self.rng, self.values, self.said = rng, Values(rng, language), Said()

    def phrase(self, drawn: DrawnTool, phrases: tuple[str, ...], call: int = 0, told: float = TOLD) -> str:
        """One of the phrases for a call whose arguments the tool has, with marks; ``told`` is the share of its optional
        parts."""
        known = set(drawn.arguments)
        text = self._decided(self.rng.choice([one for one in phrases if always(one) <= known]), known, told)
        if self.rng.random() < DOUBLE_QUOTES:
            text = re.sub(r"'(<\w+>)'", r'"\1"', text)
        text = CONCLUSION.sub(lambda m: self._concluded(drawn, call, m), text)
        text = self.values.say(text, parentheses=True)
        text = re.sub(r"<(\w+)>", lambda m: self._marked(drawn, call, m[1], text, m), text)
        return re.sub(r"\s+([,.?!;])", r"\1", re.sub(r" {2,}", " ", text)).strip()

    def _decided(self, phrase: str, known: set[str], share: float) -> str:
        """A phrase with its optional parts told or not, and of its alternatives one each, as far as the tool has their
        arguments."""

        def optional(match: re.Match[str]) -> str:
            told = self.rng.random() < share and _mentioned(match[1]) <= known
            return re.sub(r"<(\w+)=:?", r"<\1=:", match[1]) if told else ""

        def alternative(match: re.Match[str]) -> str:
            options = [option for option in match[1].split("|") if _mentioned(option) <= known]
            return self.rng.choice(options) if options else ""

        while "[" in phrase:
            phrase = re.sub(r"\[([^\[\]]*)\]", optional, phrase)
        while "(" in phrase:
            phrase = re.sub(r"\(([^()]*)\)", alternative, phrase)
        return CONCLUSION.sub(lambda m: self._kept(m, known), phrase)

    def _kept(self, match: re.Match[str], known: set[str]) -> str:
        """The words of a conclusion, or nothing; those of an optional part that is told are told."""
        if match[1] in known and (match[2] or self.rng.random() < CONCLUDED):
            return f"<{match[1]}=:{match[3]};{match[4]}>"
        return ""

    def _concluded(self, drawn: DrawnTool, call: int, match: re.Match[str]) -> str:
        argument, value, text = match[1], match[3], match[4]
        before, after = text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
        told: Any = {"true": True, "false": False}.get(value, value)
        if re.fullmatch(r"\d+(\.\d+)?", value):
            form = drawn.arguments[argument].form
            told = as_json(Decimal(value) / 100 if form == "fraction" else Decimal(value)) if form != "text" else value
        return before + self.said.mark(call, argument, Value(text.strip(), told, copied=False)) + after

    def _marked(self, drawn: DrawnTool, call: int, argument: str, text: str, match: re.Match[str]) -> str:
        before, after = text[: match.start()], text[match.end() :]
        marks = before[-1:] not in ("", " ") or after[:1] not in ("", " ", ",", ".", "?")
        symbols = before.endswith(("= ", ": ")) or not BESIDE_WORD.match(after)
        beside: Beside = "marks" if marks else "symbols" if symbols else "words"
        values = drawn.function.arguments[argument].values
        return self.said.mark(call, argument, self.values.value(values, drawn.arguments[argument].form, beside))

    def request(self, drawn: DrawnTool, call: int = 0) -> str:
        """A whole request for one call, with marks."""
        function = drawn.function
        if self.rng.random() < TERSE:
            return self._terse(self.phrase(drawn, function.do, call, told=0))
        asking = tuple(phrase for phrase in function.ask if always(phrase) <= set(drawn.arguments))
        if asking and self.rng.random() < ASK:
            return self.framed(capital(self.phrase(drawn, asking, call)))
        return self.framed(self.frame(self.phrase(drawn, function.do, call)))

    def _terse(self, phrase: str) -> str:
        """A phrase as it stands; of one that looks something up often only what."""
        if (asked := LOOKS_UP.match(phrase)) and self.rng.random() < NOMINAL:
            phrase = phrase[asked.end() :] + self.rng.choice(("", "?"))
        return capital(phrase)

    def frame(self, phrase: str) -> str:
        """A phrase that goes on after "please", as a sentence."""
        direct = [one for one in words.frames if not FOR_THE_SPEAKER.search(one)]
        frame = str(self.rng.choice(direct if re.search(r"\bme\b", phrase) else words.frames))
        return re.sub(r"\?\.$", "?", capital(frame.replace("{vp}", phrase)))

    def framed(self, text: str, asks: bool = True) -> str:
        """A sentence with what people say before it and, if it asks for something, after it."""
        rng, say = self.rng, self.values.say
        if rng.random() < CONTEXT:
            text = f"{say(rng.choice(words.context))} {text}"
        elif rng.random() < OPENER:
            opener = rng.choice(words.openers)
            text = f"{opener}, {lowered(text)}" if rng.random() < 0.6 else f"{opener}! {text}"
        if asks and rng.random() < CLOSER and text[-1] in ".?!":
            text = f"{text} {rng.choice(words.closers)}"
        return text[:-1] if rng.random() < UNDOTTED and text[-1] == "." else text

    def finished(self, text: str) -> tuple[str, list[tuple[int, str, Value, int, int]]]:
        """The text with its values in place of marks, and for each value its call, argument, start and end."""
        lower = self.rng.random() < LOWER
        text = self._mistyped(text) if self.rng.random() < TYPO else text
        parts, found, at, last = list[str](), list[tuple[int, str, Value, int, int]](), 0, 0
        for match in MARK.finditer(text):
            call, argument, value = self.said.values[int(match[1])]
            value = _in_lower_case(value) if lower else value
            before = text[last : match.start()]
            before = re.sub(f"{ARTICLE}$", r"\1n ", before) if AN.match(value.text) else before
            before = re.sub(r"\bon $", "", before) if RELATIVE.match(value.text) else before
            at += len(before)
            parts += [before.lower() if lower else before, value.text]
            found.append((call, argument, value, at, at + len(value.text)))
            at, last = at + len(value.text), match.end()
        rest = text[last:]
        return "".join([*parts, rest.lower() if lower else rest]), found

    def _mistyped(self, text: str) -> str:
        """The text with two letters of a word changed about."""
        words_in = list(re.finditer(r"[a-z]{5,}", text))
        if not words_in:
            return text
        word = self.rng.choice(words_in)
        at = self.rng.randrange(word.start() + 1, word.end() - 2)
        return text[:at] + text[at + 1] + text[at] + text[at + 2 :]


def required_of(drawn: DrawnTool, told: set[str], rng: Random) -> set[str]:
    """The arguments that a tool requires: those that every phrase has, and some that the request tells."""
    extra = {name for name in sorted(told - drawn.function.core) if rng.random() < OPTIONAL_REQUIRED}
    return (set(drawn.function.core) | extra) & set(drawn.arguments)


def capital(text: str) -> str:
    """The text with a capital letter at its start, unless a value stands there."""
    return text[:1].upper() + text[1:]


def lowered(text: str) -> str:
    """The text with a small letter at its start, but for "I"."""
    return text if re.match(r"I\b|\W", text) else text[:1].lower() + text[1:]


def _mentioned(phrase: str) -> set[str]:
    return set(re.findall(r"<(\w+)", phrase))


def _in_lower_case(value: Value) -> Value:
    """The value of a text in small letters: what is copied of it changes with it."""
    return Value(value.text.lower(), _lower(value.value) if value.copied else value.value, value.copied)


def _lower(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _lower(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_lower(one) for one in value]
    return value.lower() if isinstance(value, str) else value
