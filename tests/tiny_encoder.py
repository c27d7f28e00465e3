"""A sentence encoder of two layers with random weights, in the files that the real one has."""

import json
from pathlib import Path

import torch
from transformers import BertConfig, BertModel

from paperlib.data.intents.wordpiece import SPECIAL

WORDS = (
    "my",
    "card",
    "is",
    "lost",
    "where",
    "bill",
    "the",
    "pay",
    "open",
    "please",
    "block",
    "send",
    "##s",
    "##ing",
    "a",
)
VOCABULARY = (*SPECIAL, *"abcdefghijklmnopqrstuvwxyz!?.,'", *(f"##{c}" for c in "abcdefghijklmnopqrstuvwxyz"), *WORDS)


def write_encoder(folder: Path) -> Path:
    """Writes config.json, model.safetensors and tokenizer.json into a new folder."""
    config = BertConfig(
        vocab_size=len(VOCABULARY),
        hidden_size=24,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=128,
    )
    torch.manual_seed(0)
    BertModel(config, add_pooling_layer=False).save_pretrained(folder)
    vocab = {piece: n for n, piece in enumerate(VOCABULARY)}
    (folder / "tokenizer.json").write_text(json.dumps({"model": {"vocab": vocab}}), encoding="utf-8")
    return folder
