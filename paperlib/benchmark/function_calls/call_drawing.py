"""Draws examples of EdgeFuncCall: tools, a request, and the calls that are right, none where no tool fits.

The kinds of examples and their shares are in KINDS. Whatever is drawn, each argument of a call stands in the request or
follows from it, and a tool that is not called could not serve it. A tenth of the requests is not in English.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from random import Random
from typing import Any

from paperlib.benchmark.function_calls import function_families, functions
from paperlib.benchmark.function_calls.argument_values import Value, words
from paperlib.benchmark.function_calls.function_families import family_functions
from paperlib.benchmark.function_calls.functions import CallSplit, Function, compete, split_of, written_functions
from paperlib.benchmark.function_calls.request_texts import RequestWriter, capital, required_of
from paperlib.benchmark.function_calls.tool_drawing import DrawnTool, draw_tool
from paperlib.data.examples import Example, Span
from paperlib.data.function_calls.tool_calls import Call, calls_schema
from paperlib.data.function_calls.tools import Tool
from paperlib.data.leaves import json_pointer, leaves
from paperlib.data.schemas import Schemas

KINDS = {"single": 34, "several": 34, "parallel": 11, "none fits": 21}
NONE = {"far": 35, "near": 25, "unrelated": 20, "lacking": 20}  # why no tool fits, by share
FOREIGN, SAME_DOMAIN, WRITTEN = 0.1, 0.6, 0.7  # shares of requests, of other tools, of functions
OTHERS = (1, 1, 1, 2, 2, 2, 3, 3, 4, 6)  # how many tools stand beside the one that fits
SENTENCE = re.compile(  # begins with a word that does not go on after "please"
    r"(what|what's|where|how|is|are|any|which|can|could|when|who|why|do|does|did|will|would|should|I|I'm|I've|I'd|my)\b",
    re.I,
)
TWICE = 0.6  # share of parallel requests that call one function more than once


def draw_calls(n: int, seed: int | str, split: CallSplit = "train") -> tuple[list[Example], Schemas]:
    """``n`` examples and their schemas of calls, which have their ids. The same arguments give the same examples, and
    no text occurs twice."""
    examples, schemas, texts = [], Schemas(), set[str]()
    for number in range(n):
        id = f"call-{split}-{seed}-{number:06}"
        for attempt in range(100):
            drawing = _Drawing(Random(f"calls/{split}/{seed}/{number}/{attempt}"), split)
            example, tools = drawing.example(id)
            if example.text.lower() not in texts:
                break
        texts.add(example.text.lower())
        examples.append(example)
        schemas[id] = calls_schema(tools, id)
    return examples, schemas


def draw_request(rng: Random, split: CallSplit = "train") -> tuple[str, DrawnTool, str, dict[str, Value]]:
    """A request to one function: its language, the tool that it wants, its text, and the arguments that it tells."""
    drawing = _Drawing(rng, split)
    language, drawn, marked = drawing.request()
    text, found = drawing.writer.finished(marked)
    return language, drawn, text, {name: value for _, name, value, *_ in found}


def kind_of(example: Example) -> str:
    """The kind of a drawn example, one of KINDS."""
    return re.split(r",| \(", example.surface)[0]


@cache
def functions_of(split: CallSplit) -> tuple[tuple[Function, ...], tuple[Function, ...]]:
    """The functions of a split, those that are written one by one first, then those of families."""
    written = [one for one in written_functions() if split_of(one.domain, functions.words.held_out) == split]
    made = [one for one in family_functions() if split_of(one.domain, function_families.words.held_out) == split]
    return tuple(written), tuple(made)


def unrelated_of(split: CallSplit) -> list[str]:
    """The requests of a split that no function answers: a fifth of them is for the dev split, a fifth for the test."""
    places = {"dev": (3,), "test": (4,), "train": (0, 1, 2)}[split]
    return [phrase for number, phrase in enumerate(words.unrelated) if number % 5 in places]


class _Drawing:
    """One example."""

    def __init__(self, rng: Random, split: CallSplit) -> None:
        self.rng, self.split, self.writer = rng, split, RequestWriter(rng)
        self.called: list[DrawnTool] = []  # the tool of each call that a text speaks of

    def example(self, id: str) -> tuple[Example, list[Tool]]:
        kind = self.rng.choices(list(KINDS), list(KINDS.values()))[0]
        makers: dict[str, Callable[[], tuple[str, str, list[Tool], bool]]] = {
            "single": self._single, "several": self._single, "parallel": self._parallel, "none fits": self._none,
        }  # fmt: skip
        self.kind = kind
        text, surface, tools, fits = makers[kind]()
        written, found = self.writer.finished(text)
        calls = self._calls(found) if fits else []
        spans = tuple(_spans(self.called, found)) if fits else ()
        return Example(id, id, None, self.split, surface, written, [call.row() for call in calls], spans), tools

    def _single(self) -> tuple[str, str, list[Tool], bool]:
        language, drawn, text = self.request()
        self.called = [drawn]
        tool = drawn.tool(required_of(drawn, self._told(0), self.rng))
        others = self.rng.choice(OTHERS) if self.kind == "several" else 0
        surface = f"{self.kind} ({language})"
        return text, surface, self._shuffled([tool, *self._others([drawn.function], others, [tool.name])]), True

    def request(self) -> tuple[str, DrawnTool, str]:
        """A language, the tool that is wanted, and the request, with marks for its values."""
        if self.rng.random() < FOREIGN and (found := self._foreign()):
            return found
        drawn = draw_tool(self._function(), self.rng)
        return "en", drawn, self.writer.request(drawn)

    def _foreign(self) -> tuple[str, DrawnTool, str] | None:
        language = self.rng.choice(list(words.languages))
        phrases = {one: words.languages[language].get(one.id) for one in functions_of(self.split)[0]}
        known = [function for function, said in phrases.items() if said]
        if not known:
            return None
        function = self.rng.choice(known)
        drawn = draw_tool(function, self.rng)
        self.writer = RequestWriter(self.rng, language)
        text = self.writer.phrase(drawn, tuple(phrases[function] or ()))
        polite = self.rng.choice(words.polite[language])
        return language, drawn, polite + (text if not polite.endswith(", ") else text[:1].lower() + text[1:])

    def _parallel(self) -> tuple[str, str, list[Tool], bool]:
        first = draw_tool(self._function(), self.rng)
        again = self.rng.random() < TWICE
        second = first if again else draw_tool(self._function([first.function]), self.rng)
        self.called = [first, second]
        a, b = (self.writer.phrase(drawn, drawn.function.do, n) for n, drawn in enumerate(self.called))
        text = self.writer.framed(capital(self.rng.choice(getattr(words, "and")).replace("{a}", a).replace("{b}", b)))
        tools = [first.tool(required_of(first, self._told(0) & (self._told(1) if again else self._told(0)), self.rng))]
        if not again:
            tools.append(second.tool(required_of(second, self._told(1), self.rng)))
        used = [drawn.function for drawn in self.called]
        others = self._others(used, self.rng.choice((0, 0, 1, 2)), [tool.name for tool in tools])
        return text, "parallel (en)", self._shuffled([*tools, *others]), True

    def _none(self) -> tuple[str, str, list[Tool], bool]:
        why = self.rng.choices(list(NONE), list(NONE.values()))[0]
        n = self.rng.choice((1, 1, 2, 3, 4))
        if why == "unrelated":
            said = self.writer.values.say(self.rng.choice(unrelated_of(self.split)), parentheses=True)
            text = self.writer.framed(said, asks=False)
            return text, "none fits, unrelated (en)", self._others([], n, []), False
        if why == "lacking" and (lacking := self._lacking()):
            return lacking
        language, drawn, text = self.request()
        near = why == "near"
        tools = self._others(
            [drawn.function], n, [], only=drawn.function.domain if near else f"!{drawn.function.domain}"
        )
        return text, f"none fits, {'near' if near else 'far'} ({language})", tools, False

    def _lacking(self) -> tuple[str, str, list[Tool], bool] | None:
        """A request to which a tool would fit if it told all that is required."""
        function = next((one for one in (self._function() for _ in range(12)) if one.vague and one.core), None)
        if function is None:
            return None
        drawn = draw_tool(function, self.rng)
        said = self.writer.phrase(drawn, function.vague)
        text = capital(said) if SENTENCE.match(said) else self.writer.frame(said)
        tool = drawn.tool(function.core)
        others = self._others([function], self.rng.choice((0, 0, 1, 2)), [tool.name])
        return self.writer.framed(text), "none fits, lacking (en)", self._shuffled([tool, *others]), False

    def _function(self, but: Sequence[Function] = ()) -> Function:
        written, made = functions_of(self.split)
        while True:
            function = self.rng.choice(written if self.rng.random() < WRITTEN else made)
            if not any(compete(function, other) for other in but):
                return function

    def _others(self, wanted: Sequence[Function], n: int, names: Sequence[str], only: str = "") -> list[Tool]:
        """``n`` tools that cannot do what is wanted, most of the same domain, and none of a name that is taken.
        ``only`` is the domain of all of them or, after ``!``, of none; where it has too few, others follow."""
        every = [one for part in functions_of(self.split) for one in part]
        free = [one for one in every if not any(compete(one, other) for other in wanted)]
        domains = {only} if only and only[0] != "!" else {one.domain for one in wanted}
        near = [one for one in free if one.domain in domains and only[:1] != "!"]
        far = [one for one in free if one.domain not in domains]
        tools: list[Tool] = []
        while len(tools) < n:
            wants_near = near and (bool(only) or self.rng.random() < SAME_DOMAIN)
            function = self.rng.choice(near if wants_near else far)
            (near if wants_near else far).remove(function)
            drawn = draw_tool(function, self.rng)
            if drawn.name not in {*names, *(tool.name for tool in tools)}:
                tools.append(drawn.tool(function.core))
        return tools

    def _told(self, call: int) -> set[str]:
        return {argument for one, argument, _ in self.writer.said.values if one == call}

    def _shuffled(self, tools: list[Tool]) -> list[Tool]:
        self.rng.shuffle(tools)
        return tools

    def _calls(self, found: Sequence[tuple[int, str, Value, int, int]]) -> list[Call]:
        """The calls in the order in which the text asks for them."""
        return [
            Call(drawn.name, drawn.placed({name: value.value for call, name, value, *_ in found if call == number}))
            for number, drawn in enumerate(self.called)
        ]


def _spans(called: Sequence[DrawnTool], found: Sequence[tuple[int, str, Value, int, int]]) -> Iterator[Span]:
    """Where the text says each leaf of the arguments: as a copy, as a number in digits, or in other words."""
    for call, name, value, start, end in found:
        for path, leaf in leaves(value.value):
            pointer = json_pointer(call, "arguments", *called[call].path(name), *path)
            yield Span(pointer, start, end, _normaliser(leaf, value))


def _normaliser(leaf: Any, value: Value) -> str:
    if not value.copied:
        return "phrase"
    return "copy" if isinstance(leaf, str) else "number"
