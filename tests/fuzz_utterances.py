"""Random utterances for tests: words, typing errors, other scripts, emoji, control characters, long texts."""

import random

WORDS = "my card is lost where the bill please block cancel order 3 £5 a@b.c don't OK ??? naïve straße İstanbul"
RANGES = ((0x20, 0x7E), (0x00, 0x1F), (0x80, 0x24F), (0x370, 0x5FF), (0x600, 0x6FF), (0x900, 0x97F), (0xE00, 0xE7F),
          (0x1100, 0x11FF), (0x2000, 0x206F), (0x3040, 0x30FF), (0x4E00, 0x9FFF), (0xAC00, 0xD7A3), (0xE000, 0xE0FF),
          (0xFE00, 0xFFFD), (0x1F300, 0x1FAFF), (0x20000, 0x200FF), (0xE0000, 0xE007F))  # fmt: skip


def utterances(n: int, seed: int = 0) -> list[str]:
    """``n`` texts of up to a hundred characters, a few of up to 100,000; all can be written as UTF-8."""
    rng = random.Random(seed)
    return [rng.choice((_words, _words, _characters, _mixed, _repeated))(rng) for _ in range(n)]


def _words(rng: random.Random) -> str:
    return " ".join(rng.choices(WORDS.split(), k=rng.randint(0, 20)))


def _characters(rng: random.Random) -> str:
    return "".join(chr(rng.randint(*rng.choice(RANGES))) for _ in range(rng.randint(0, 40)))


def _mixed(rng: random.Random) -> str:
    return rng.choice(("", " ", "\n", "\u200d")).join((_words(rng), _characters(rng), _words(rng)))


def _repeated(rng: random.Random) -> str:
    size = 100_000 if rng.random() < 0.02 else 100
    part = _characters(rng)[: rng.randint(1, 5)] or "x"
    return (part * size)[:size]
