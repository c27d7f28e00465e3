"""Answers a text with the model of this folder: python run.py [TEXT [SCHEMA]]

Greedy decoding with a key-value cache. Needs onnxruntime and tokenizers alone (pip install onnxruntime tokenizers).
SCHEMA is in the form that PROMPT.md shows; without it, and without a TEXT, the prompt is that of the example there.
"""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from tokenizers import Tokenizer


def prompt_of(about: dict[str, Any], text: str | None = None, schema: str | None = None) -> str:
    """The prompt with a text and a schema in their places, by default those of the example."""
    said = {"text": about["text"] if text is None else text, "schema": about["schema"] if schema is None else schema}
    pieces = (next(iter(piece.items())) for piece in about["prompt"])
    return "".join(part if place == "literal" else said[place] for place, part in pieces)


def answer(folder: Path, text: str | None = None, schema: str | None = None, *, most: int = 512) -> str:
    """The answer to a text, of at most ``most`` tokens."""
    about = json.loads((folder / "export.json").read_text(encoding="utf-8"))
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    session = onnxruntime.InferenceSession(folder / "model.onnx", providers=["CPUExecutionProvider"])
    outputs = [one.name for one in session.get_outputs()]
    empty = np.zeros((1, about["heads"], 0, about["head_size"]), np.float32)
    names = [name.replace("present", "past_key_values") for name in outputs[1:]]
    caches, found = dict.fromkeys(names, empty), list[int]()
    tokens = tokenizer.encode(prompt_of(about, text, schema), add_special_tokens=False).ids
    seen = len(tokens)
    while len(found) < most and seen < about["context"]:
        given = {"input_ids": np.array([tokens]), "attention_mask": np.ones((1, seen), np.int64)}
        logits, *values = session.run(outputs, {**given, **caches})
        tokens, caches = [int(logits[0, -1].argmax())], dict(zip(names, values, strict=True))
        if tokens[0] == about["end"]:
            break
        found, seen = found + tokens, seen + 1
    return tokenizer.decode(found, skip_special_tokens=False)


if __name__ == "__main__":
    print(answer(Path(__file__).parent, *sys.argv[1:3]).strip())
