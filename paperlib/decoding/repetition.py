"""Loop detection: a small model that loses its place writes one array item over and over, up to the length cap."""

from dataclasses import dataclass, replace

MAX_REPEATS = 3  # times that an object or a string may stand in one array


@dataclass(frozen=True)
class Array:
    """An array that is being written."""

    start: int  # offset in the text of its current item
    items: tuple[str, ...] = ()  # the items before, as written


@dataclass(frozen=True)
class PartialJson:
    """The prefix of a JSON text, and whether one of its arrays loops.

    Immutable, so that a continuation can be tried and dropped. Brackets may be nested to any depth.
    """

    text: str = ""
    open: tuple[Array | None, ...] = ()  # the open brackets, outermost first; None is an object
    quoted: bool = False  # whether the text ends within a string
    escaped: bool = False  # whether its last character is the backslash of an escape
    loops: bool = False  # whether an array continues after an item stood in it MAX_REPEATS times

    def append(self, piece: str) -> "PartialJson":
        """The text followed by ``piece``."""
        grown = self
        for character in piece:
            grown = grown._append(character)
        return grown

    def _append(self, character: str) -> "PartialJson":
        text = self.text + character
        if self.quoted:
            ends = character == '"' and not self.escaped
            return replace(self, text=text, quoted=not ends, escaped=character == "\\" and not self.escaped)
        if character == '"':
            return replace(self, text=text, quoted=True)
        if character in "[{":
            return replace(self, text=text, open=(*self.open, Array(len(text)) if character == "[" else None))
        if character in "]}":
            return replace(self, text=text, open=self.open[:-1])
        if character == "," and self.open and (array := self.open[-1]):
            items = (*array.items, self.text[array.start :].strip())
            loops = items[-1][:1] in ('"', "{", "[") and items.count(items[-1]) >= MAX_REPEATS
            return replace(self, text=text, open=(*self.open[:-1], Array(len(text), items)), loops=loops)
        return replace(self, text=text)
