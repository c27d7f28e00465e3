"""Loop detection: a small model that loses its place writes one array item over and over, up to the length cap, one
inside the other, where a schema lets it, or one key of an object whose keys the schema does not name."""

import re
from dataclasses import dataclass, replace

from paperlib.data.scalars import name_key

STRING = re.compile(r'"((?:[^"\\]|\\.)*)"(\s*:)?')  # a string, and the colon after a key
NUMBER = re.compile(r"[0-9][0-9.,]*")
MAX_REPEATS = 3  # times that an object or a string may stand in one array, if the source has it no more often
MAX_CONCLUSIONS = 50  # times that one may that holds no word or number of the source


@dataclass(frozen=True)
class Array:
    """An array that is being written."""

    start: int  # offset in the text of its current item
    items: tuple[str, ...] = ()  # the items before, as written


@dataclass(frozen=True)
class Object:
    """An object that is being written."""

    keys: tuple[str, ...] = ()  # as written


@dataclass(frozen=True)
class PartialJson:
    """The prefix of a JSON text, and whether one of its arrays loops or one of its objects has a key twice.

    Immutable, so that a continuation can be tried and dropped. Brackets may be nested to any depth.
    """

    text: str = ""
    source: str = ""  # what the JSON is extracted from, letters and digits only
    words: int = 0  # of the source
    quoting: bool = False  # whether items hold nothing but what the source says or implies
    options: frozenset[str] = frozenset()  # strings that a schema lists, letters and digits only: conclusions
    open: tuple[Array | Object, ...] = ()  # the open brackets, outermost first
    string: int = 0  # offset in the text of the last string
    quoted: bool = False  # whether the text ends within a string
    escaped: bool = False  # whether its last character is the backslash of an escape
    loops: bool = False  # whether an array continues after an item stood in it too often, or a key comes again

    def append(self, piece: str) -> "PartialJson":
        """The text followed by ``piece``."""
        grown = self
        for character in piece:
            grown = grown._append(character)
        return grown

    def repeats(self) -> bool:
        """Whether the object that was opened last holds nothing but strings that the source has less often."""
        every = [name_key(string) for string, colon in STRING.findall(self.text) if not colon]
        own = [name_key(string) for string, colon in STRING.findall(self.text, self.text.rfind("{")) if not colon]
        return all(every.count(string) > self.source.count(string) for string in own)

    def _append(self, character: str) -> "PartialJson":
        text = self.text + character
        if self.quoted:
            ends = character == '"' and not self.escaped
            grown = replace(self, text=text, quoted=not ends, escaped=character == "\\" and not self.escaped)
            return grown._with_key() if ends and self.text[: self.string].rstrip()[-1:] in ("{", ",") else grown
        if character == '"':
            return replace(self, text=text, quoted=True, string=len(self.text))
        if character in "[{":
            return replace(self, text=text, open=(*self.open, Array(len(text)) if character == "[" else Object()))
        if character in "]}":
            return replace(self, text=text, open=self.open[:-1])
        if character == "," and self.open and isinstance(array := self.open[-1], Array):
            items = (*array.items, self.text[array.start :].strip())
            loops = items[-1][:1] in ('"', "{", "[") and items.count(items[-1]) >= self._too_often(items[-1])
            return replace(self, text=text, open=(*self.open[:-1], Array(len(text), items)), loops=loops)
        return replace(self, text=text)

    def _with_key(self) -> "PartialJson":
        """With the string that has ended as a key, if it is one and no array item."""
        if not self.open or not isinstance(around := self.open[-1], Object):
            return self
        key = self.text[self.string :]
        return replace(self, open=(*self.open[:-1], Object((*around.keys, key))), loops=key in around.keys)

    def _too_often(self, item: str) -> int:
        """The number of equal items, written as JSON, that only a loop has: one more than the source has its rarest
        string, and at least MAX_REPEATS. Where all is quoted, numbers count as well, and values that the source lacks
        are conclusions, as are those that the schema lists and the source has once at most. An item of nothing else, as
        ``{"passed": true}``, may stand there for each word of the source, up to MAX_CONCLUSIONS."""
        strings = [name_key(string) for string, colon in STRING.findall(item) if not colon]
        quotes = [string for string in strings if string not in self.options or self.source.count(string) > 1]
        concluded = min(self.words, MAX_CONCLUSIONS)
        if not self.quoting:
            most = min(map(self.source.count, quotes), default=concluded if strings else 0)
            return max(MAX_REPEATS, 1 + most)
        numbers = map(name_key, NUMBER.findall(STRING.sub("", item)))
        counts = [count for key in (*quotes, *numbers) if key and (count := self.source.count(key))]
        return max(MAX_REPEATS, 1 + min(counts, default=concluded))
