"""Items that come again and again: small models that lose their place write one array item up to the cap."""

from dataclasses import dataclass, replace

MOST = 3  # times that an object or a string stands in one array, which then ends


@dataclass(frozen=True)
class Array:
    start: int  # where its current item begins
    items: tuple[str, ...] = ()  # those before


@dataclass(frozen=True)
class Growing:
    """JSON text as it grows. Immutable, so that a piece can be tried; its own brackets may be of any depth."""

    text: str = ""
    within: tuple[Array | None, ...] = ()  # what is open, outermost first; None is an object
    quoted: bool = False  # whether it ends within a string
    escaped: bool = False  # whether the last character is an escape's backslash
    repeats: bool = False  # whether an array goes on after an item stood there MOST times

    def after(self, piece: str) -> "Growing":
        """The text with ``piece`` behind it."""
        grown = self
        for letter in piece:
            grown = grown._after(letter)
        return grown

    def _after(self, letter: str) -> "Growing":
        text = self.text + letter
        if self.quoted:
            ends = letter == '"' and not self.escaped
            return replace(self, text=text, quoted=not ends, escaped=letter == "\\" and not self.escaped)
        if letter == '"':
            return replace(self, text=text, quoted=True)
        if letter in "[{":
            return replace(self, text=text, within=(*self.within, Array(len(text)) if letter == "[" else None))
        if letter in "]}":
            return replace(self, text=text, within=self.within[:-1])
        if letter == "," and self.within and (array := self.within[-1]):
            items = (*array.items, self.text[array.start :].strip())
            again = items[-1][:1] in ('"', "{", "[") and items.count(items[-1]) >= MOST
            return replace(self, text=text, within=(*self.within[:-1], Array(len(text), items)), repeats=again)
        return replace(self, text=text)
