"""Where an intent classifier goes wrong: by intent, by pair of intents, and its most confident errors."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from paperlib.data.intents import OUT_OF_SCOPE
from paperlib.evaluation.intents.intent_metrics import Answers
from paperlib.evaluation.statistics.intervals import Interval, wilson


@dataclass(frozen=True)
class ByIntent:
    """How often an intent is found, and how often it is answered."""

    label: str
    right: int
    expected: int
    answered: int

    @property
    def recall(self) -> Interval:
        """The 95 % interval of the share that is found (Wilson)."""
        return wilson(self.right, self.expected)

    @property
    def f1(self) -> float:
        return 2 * self.right / (self.expected + self.answered)


@dataclass(frozen=True)
class Mistake:
    """An utterance that was taken for another intent."""

    text: str
    label: str
    intent: str
    score: float


def by_intent(answers: Answers) -> list[ByIntent]:
    """The intents of the test in scope, the one that is found least first."""
    pairs = [(a, b) for a, b in zip(answers.labels, answers.intents, strict=True) if a != OUT_OF_SCOPE]
    right = Counter(a for a, b in pairs if a == b)
    expected, answered = Counter(a for a, _ in pairs), Counter(b for _, b in pairs)
    rows = [ByIntent(label, right[label], n, answered[label]) for label, n in expected.items()]
    return sorted(rows, key=lambda row: (row.right / row.expected, row.label))


def confusions(answers: Answers, most: int) -> list[tuple[str, str, int]]:
    """The most frequent mistakes in scope: what it was, what it was taken for, and how often."""
    pairs = Counter(zip(answers.labels, answers.intents, strict=True))
    wrong = [(a, b, n) for (a, b), n in pairs.items() if a not in (b, OUT_OF_SCOPE)]
    return sorted(wrong, key=lambda row: (-row[2], row))[:most]


def most_confident_errors(texts: Sequence[str], answers: Answers, most: int) -> list[Mistake]:
    """The mistakes of the highest probability, in scope and out of it. A label may be wrong, too."""
    rows = zip(texts, answers.labels, answers.intents, answers.scores, strict=True)
    wrong = [Mistake(text, a, b, float(score)) for text, a, b, score in rows if a != b]
    return sorted(wrong, key=lambda one: -one.score)[:most]
