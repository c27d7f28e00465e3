"""WordPiece: from a text to the pieces of a vocabulary, in plain Python, as uncased BERT does it.

Devlin et al. (2019), https://arxiv.org/abs/1810.04805: text is lower-cased and stripped of accents, split at spaces,
punctuation and Chinese characters, and each word is cut from the left into the longest pieces that the vocabulary has.
"""

import unicodedata
from collections.abc import Mapping, Sequence

PAD, UNKNOWN, CLS, SEP = "[PAD]", "[UNK]", "[CLS]", "[SEP]"
SPECIAL = (PAD, UNKNOWN, CLS, SEP)
MOST_CHARACTERS = 2000  # of a text that are read
LONGEST_WORD = 100  # characters; a longer word is unknown
CHINESE = ((0x4E00, 0x9FFF), (0x3400, 0x4DBF), (0xF900, 0xFAFF), (0x20000, 0x2FA1F))


class WordPiece:
    """A tokenizer with the pieces of ``vocabulary``; a piece that continues a word begins with ``##``.

    The vocabulary holds SPECIAL, and any pieces else: with fewer of them, words are cut into more.
    """

    def __init__(self, vocabulary: Sequence[str]):
        self.vocabulary = tuple(vocabulary)
        self.ids: Mapping[str, int] = {piece: n for n, piece in enumerate(self.vocabulary)}
        self._unknown = self.ids[UNKNOWN]
        self._words: dict[str, list[int]] = {}

    def encode(self, text: str, most: int) -> list[int]:
        """Ids of [CLS], the pieces of ``text``, and [SEP]: at most ``most``, of which the text has the first ones."""
        found: list[int] = []
        for word in words(text):
            found += self._cut(word)
            if len(found) >= most - 2:
                break
        return [self.ids[CLS], *found[: most - 2], self.ids[SEP]]

    def _cut(self, word: str) -> list[int]:
        """Ids of the pieces of a word; of its unknown piece alone where it cannot be cut."""
        if word not in self._words:
            if len(self._words) > 20_000:
                self._words.clear()
            self._words[word] = self._pieces(word)
        return self._words[word]

    def _pieces(self, word: str) -> list[int]:
        found, start = [], 0
        while start < len(word):
            end = len(word) if len(word) <= LONGEST_WORD else start
            while end > start and (id := self.ids.get(("##" if start else "") + word[start:end])) is None:
                end -= 1
            if end == start:
                return [self._unknown]
            found.append(id if id is not None else self._unknown)
            start = end
        return found


def words(text: str) -> list[str]:
    """The words of a text's first MOST_CHARACTERS, lower-case and without accents; punctuation is a word each."""
    text = text[:MOST_CHARACTERS]
    if not (text.isascii() and text.isprintable()):
        decomposed = unicodedata.normalize("NFD", "".join(_character(one) for one in text))
        text = "".join(one for one in decomposed if unicodedata.category(one) != "Mn")
    return "".join(f" {one} " if _is_punctuation(one) else one.lower() for one in text).split()


def _character(one: str) -> str:
    """A character as it is read: a space for any kind of space, nothing for what is invisible."""
    kind = unicodedata.category(one)
    if one in "\t\n\r" or kind.startswith("Z"):
        return " "
    if one == "\ufffd" or kind.startswith("C"):
        return ""
    return f" {one} " if any(low <= ord(one) <= high for low, high in CHINESE) else one


def _is_punctuation(one: str) -> bool:
    """Punctuation, and all ASCII that is neither a letter nor a digit, such as $ and +."""
    if one.isascii():
        return not one.isalnum() and not one.isspace()
    return unicodedata.category(one).startswith("P")
