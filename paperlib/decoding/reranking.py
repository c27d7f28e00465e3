"""Second looks at answers: where the model was in doubt, the other token is tried, and the answer that leaves out less
of its text is kept.

Small models pass over items of a list, or write one twice, and are sure of every token after that. A search over
answers that counts the words of the text finds such slips: the score is that of beam search with a coverage penalty
(Wu et al. 2016, https://arxiv.org/abs/1609.08144), log-probability less so many nats for every word of the text that
the answer lacks, or has too often. Sees texts only, never an expected answer.
"""

import re
from collections import Counter

from paperlib.data.output_parser import NotJSONError, extract
from paperlib.decoding.answer import Answer, Doubt

TRIED = 6  # doubts of an answer that are tried in one look, the closest first
SURE = 1.0  # nats that the whole answer may lack of certainty and yet not be looked at again
NATS = 1.0  # that a word is worth
UNREADABLE = 1_000.0  # nats that an answer loses which is not JSON
Words = Counter[str]


def words(text: str) -> Words:
    """How often each word stands in a text, or in JSON, names and values alike."""
    return Counter(re.findall(r"[^\W_]+", re.sub(r"\\.", " ", text).lower()))


def wanting(text: Words, output: str) -> int:
    """Words of the text that the output lacks, and words that it has and the text has not, each as often."""
    said = words(output)
    return (text - said).total() + (said - text).total()


def hope(answer: Answer, text: Words, output: str) -> float:
    """The most that an unfinished answer can still be worth: what it has too often stays."""
    whole = re.sub(r"\w+$", "", output)
    return sum(answer.chances) - NATS * (words(whole) - text).total()


def worth(answer: Answer, text: Words, output: str) -> float:
    """The score of an answer, in nats."""
    try:
        extract(output)
    except NotJSONError:
        return -UNREADABLE
    return sum(answer.chances) - NATS * wanting(text, output)


def doubts(answer: Answer) -> list[Doubt]:
    """The doubts to try next. They are taken from the answer's."""
    if sum(answer.chances) > -SURE:
        return []
    chosen = sorted(answer.doubts, key=lambda doubt: doubt.margin)[:TRIED]
    answer.doubts = [doubt for doubt in answer.doubts if doubt not in chosen]
    return chosen
