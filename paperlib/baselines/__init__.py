"""What needs no model: rule-based parsers, frequent answers, and the text-recoverability bound of a dataset."""

from paperlib.baselines.registry import BASELINES, predict

__all__ = ["BASELINES", "predict"]
