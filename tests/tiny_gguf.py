"""A GGUF file of random weights, which llama.cpp loads in an instant: one layer, and hardly more tokens than bytes."""

from pathlib import Path

import gguf
import numpy as np

WIDTH, HEADS, FEED_FORWARD = 64, 2, 128
TEMPLATE = "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}<|im_start|>"


def byte_tokens() -> list[str]:
    """The characters by which GPT-2's tokenizer names the bytes 0 to 255."""
    shown = {*range(33, 127), *range(161, 173), *range(174, 256)}
    others = iter(range(256, 512))
    return [chr(byte if byte in shown else next(others)) for byte in range(256)]


def write(path: Path) -> Path:
    """Writes the file and returns its path."""
    tokens = [*byte_tokens(), "ab", "<|im_start|>", "<|im_end|>"]
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_context_length(2048)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(1)
    writer.add_feed_forward_length(FEED_FORWARD)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(HEADS)
    writer.add_rope_dimension_count(WIDTH // HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_vocab_size(len(tokens))
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("smollm")
    writer.add_token_list(tokens)
    writer.add_token_merges(["a b"])
    writer.add_token_types([gguf.TokenType.NORMAL] * 257 + [gguf.TokenType.CONTROL] * 2)
    writer.add_eos_token_id(len(tokens) - 1)
    writer.add_chat_template(TEMPLATE)
    for name, shape in _shapes(len(tokens)).items():
        norm = name.endswith("norm")
        values = np.ones(shape) if norm else np.random.default_rng(0).normal(0, 0.02, shape)
        writer.add_tensor(f"{name}.weight", values.astype(np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _shapes(vocabulary: int) -> dict[str, tuple[int, ...]]:
    square = {f"blk.0.attn_{part}": (WIDTH, WIDTH) for part in ("q", "k", "v", "output")}
    wide = {f"blk.0.ffn_{part}": (FEED_FORWARD, WIDTH) for part in ("gate", "up")}
    norms = dict.fromkeys(("blk.0.attn_norm", "blk.0.ffn_norm", "output_norm"), (WIDTH,))
    ends = {"token_embd": (vocabulary, WIDTH), "output": (vocabulary, WIDTH), "blk.0.ffn_down": (WIDTH, FEED_FORWARD)}
    return {**square, **wide, **norms, **ends}
