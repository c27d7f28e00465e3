"""A tokenizer of the library ``tokenizers`` alone: what decoding needs of one of transformers, without its import."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer

from paperlib.core.files import read_json

SPECIAL = ("bos_token", "eos_token", "pad_token")
SETTINGS = {*SPECIAL, "unk_token", "backend", "tokenizer_class", "model_max_length", "is_local", "local_files_only"}


@dataclass(frozen=True)
class Encoded:
    """What a tokenizer gives: the ids of one text, or a list of ids for each of several."""

    input_ids: Any


class PlainTokenizer:
    """Turns texts into tokens and back, by the names of transformers."""

    chat_template = None  # a model that is asked in one is loaded by transformers

    def __init__(self, backend: Tokenizer, bos: int | None, eos: int, pad: int | None):
        """``bos``, ``eos`` and ``pad`` are the tokens that begin and end a text and that fill up a batch."""
        self.backend_tokenizer = backend
        self.bos_token_id, self.eos_token_id = bos, eos
        self.pad_token_id = eos if pad is None else pad

    def __call__(self, text: str | Sequence[str], add_special_tokens: bool = True) -> Encoded:
        """Encodes a text, or several."""
        encode = self.backend_tokenizer.encode_batch
        found = encode([text] if isinstance(text, str) else list(text), add_special_tokens=add_special_tokens)
        return Encoded(found[0].ids if isinstance(text, str) else [one.ids for one in found])

    def decode(self, tokens: int | Sequence[int], skip_special_tokens: bool = False) -> str:
        """The text of a token, or of several."""
        tokens = [tokens] if isinstance(tokens, int) else tokens
        return str(self.backend_tokenizer.decode(tokens, skip_special_tokens=skip_special_tokens))


def load(folder: Path) -> PlainTokenizer | None:
    """The tokenizer of a folder in which transformers has saved one that ``tokenizer.json`` describes completely; None
    for any other, which transformers builds anew."""
    settings, file = read_json(folder / "tokenizer_config.json"), folder / "tokenizer.json"
    if settings.get("tokenizer_class") != "TokenizersBackend" or not SETTINGS.issuperset(settings):
        return None
    try:
        backend = Tokenizer.from_file(str(file))
    except Exception:  # the library raises nothing more special
        return None
    names = [settings.get(name) for name in SPECIAL]
    ids = [name and backend.token_to_id(name) for name in names]
    known = all(name is None or token is not None for name, token in zip(names, ids, strict=True))
    bos, eos, pad = ids
    if not known or eos is None or backend.padding or backend.truncation:
        return None
    return PlainTokenizer(backend, bos, eos, pad)
