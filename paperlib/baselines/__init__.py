"""What needs no model: readers by rule, frequent answers, and the ceiling of a dataset."""

from paperlib.baselines.readers import BASELINES, predict

__all__ = ["BASELINES", "predict"]
