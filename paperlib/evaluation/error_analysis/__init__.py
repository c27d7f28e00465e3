"""From a score to the failing examples behind it, with every difference marked."""

from paperlib.evaluation.error_analysis.answered import Answered, Answers, join
from paperlib.evaluation.error_analysis.browser import Drill

__all__ = ["Answered", "Answers", "Drill", "join"]
