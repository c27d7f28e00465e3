"""The splits of EdgeJSON standard, and the number of examples of each in a release."""

from typing import Literal

Split = Literal["train", "test", "unseen-schema", "unseen-surface"]
SPLITS: tuple[Split, ...] = ("train", "test", "unseen-schema", "unseen-surface")
SIZES: dict[Split, int] = {"train": 629, "test": 158, "unseen-schema": 158, "unseen-surface": 158}
