"""Reranking with a coverage penalty: where the model was unsure, the runner-up token is tried, and of the two answers
the one with the better score is kept.

Small models skip items of a list, or write one twice, and are sure of every token after that. The score finds such
slips; it is that of beam search with a coverage penalty (Wu et al. 2016, https://arxiv.org/abs/1609.08144): the
log-probability of the answer, minus so many nats for every word of the input that the answer lacks or has too often.
Sees input texts only, never an expected answer.
"""

import re
from collections import Counter

from paperlib.data.output_parser import NotJSONError, parse_first_json
from paperlib.decoding.answer import Alternative, Answer

BRANCH_TOKENS = 2.0  # tokens of all branches of an answer, over all rounds, for each token of the answer
MAX_BRANCHES = 6  # alternatives of an answer that are tried in one round, those of the smallest margin
CERTAIN = -1.0  # nats: an answer at least this probable as a whole is not reranked
PENALTY = 1.0  # nats for each word missing or in excess
UNREADABLE = 1_000.0  # nats that an answer loses which is not JSON
Words = Counter[str]


def word_counts(text: str) -> Words:
    """How often each word occurs in a text, or in the keys and values of a JSON text; case is ignored."""
    return Counter(re.findall(r"[^\W_]+", re.sub(r"\\.", " ", text).lower()))


def coverage_errors(text: Words, output: str) -> int:
    """The number of words that the output lacks, plus those that it has more often than the text."""
    written = word_counts(output)
    return (text - written).total() + (written - text).total()


def upper_bound(answer: Answer, text: Words, output: str) -> float:
    """The best score that an unfinished answer can still reach, in nats: excess words stay in excess."""
    whole_words = re.sub(r"\w+$", "", output)
    return sum(answer.log_probs) - PENALTY * (word_counts(whole_words) - text).total()


def score(answer: Answer, text: Words, output: str) -> float:
    """The score of a finished answer, in nats."""
    try:
        parse_first_json(output)
    except NotJSONError:
        return -UNREADABLE
    return sum(answer.log_probs) - PENALTY * coverage_errors(text, output)


def next_alternatives(answer: Answer) -> list[Alternative]:
    """The alternatives to try in this round; they are removed from the answer's. As many tokens are left to their
    branches as BRANCH_TOKENS allows, so that reranking takes about three times as long as decoding alone at most."""
    if sum(answer.log_probs) > CERTAIN:
        return []
    left, chosen = BRANCH_TOKENS * len(answer.tokens) - answer.branch_tokens, list[Alternative]()
    for other in sorted(answer.alternatives, key=lambda other: other.margin)[:MAX_BRANCHES]:
        if (rest := len(answer.sequence) - other.position) <= left:
            chosen.append(other)
            left -= rest
    answer.alternatives = [other for other in answer.alternatives if other not in chosen]
    return chosen
