"""Spaces as tokens of their own, so that the words of a text and of its JSON are the same tokens."""

from pathlib import Path
from typing import Any, Literal

from tokenizers import Regex, pre_tokenizers

from paperlib.core.errors import PaperlibError
from paperlib.core.files import read_json

# Spaces before a word that follows a quotation mark in JSON: after a label's colon, and at the start of a line.
# "_" stands for what a tokenizer makes of a space.
AFTER_COLON = r"""(?<=[^"]:)_(?=[^\s_])"""
AT_LINE_START = r"""(?<=\n)_+(?=[^\s_"{}\[\]])"""
MARK = "<|space|>"  # by which an exported model's prompts may name such a space (engines.export.space_token)
SPACES = {"after colon": AFTER_COLON, "separate": f"{AFTER_COLON}|{AT_LINE_START}"}


def separate_spaces(tokenizer: Any, which: Literal["after colon", "separate"]) -> None:
    """Makes ``tokenizer`` encode spaces after a colon or, if "separate", also indentation as tokens of their own.

    BPE merges a space with the following word. The first word of a value follows a space in a text but a quotation mark
    in JSON, so that it is encoded by different, often more, tokens and cannot be copied token by token. The change
    applies in place and only once. Tokenizers that transformers builds from vocabulary and merges alone (Qwen's,
    Gemma's) lose it when saved: :func:`as_trained` makes it again. Raises PaperlibError for a tokenizer that it does
    not work for.
    """
    backend = getattr(tokenizer, "backend_tokenizer", None)
    if backend is not None:
        before = backend.pre_tokenizer
        space = backend.normalizer.normalize_str("a b")[1:-1] if backend.normalizer else " "
        split = pre_tokenizers.Split(Regex(SPACES[which].replace("_", space)), behavior="isolated")
        if before is not None and split.__getstate__() in before.__getstate__():
            return
        backend.pre_tokenizer = pre_tokenizers.Sequence([split, *([] if before is None else [before])])
        tokens = tokenizer("x: y", add_special_tokens=False).input_ids
        if tokenizer.decode(tokens) == "x: y" and " " in map(tokenizer.decode, tokens):
            return
        backend.pre_tokenizer = before
    raise PaperlibError(
        f"{type(tokenizer).__name__} cannot encode a space after a colon as a token of its own; "
        "set space_tokens: joined"
    )


def as_trained(tokenizer: Any, folder: Path) -> None:
    """Separates the spaces that a training in ``folder`` separated; not every saved tokenizer keeps that."""
    log = folder / "train.json"
    spaces: Any = read_json(log)["config"].get("space_tokens", "joined") if log.is_file() else "joined"
    if spaces != "joined":
        separate_spaces(tokenizer, spaces)
