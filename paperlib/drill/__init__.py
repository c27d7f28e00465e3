"""From a score to the failing examples behind it, with every difference marked."""

from paperlib.drill.answered import Answered, Answers, join
from paperlib.drill.drill import Drill

__all__ = ["Answered", "Answers", "Drill", "join"]
