"""The intent baseline without a neural network: TF-IDF of words and parts of words, and a linear SVM.

Joachims (1998), "Text categorization with support vector machines", ECML; the solver is scikit-learn's liblinear.
"""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paperlib.data.intents.intent_sets import Utterance

WORDS, PARTS = (1, 2), (2, 5)  # sizes of the n-grams: words, and characters inside words


class LinearSVM:
    """A linear SVM of one label against the others, on hashed or listed n-grams of the training utterances."""

    def __init__(self, train: Sequence[Utterance], names: Sequence[str], seed: int = 0):
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sklearn.pipeline import make_pipeline, make_union
        from sklearn.svm import LinearSVC

        words = TfidfVectorizer(ngram_range=WORDS, sublinear_tf=True, token_pattern=r"(?u)\b\w+\b")
        parts = TfidfVectorizer(analyzer="char_wb", ngram_range=PARTS, sublinear_tf=True)
        worded = any(re.search(r"\w", one.text) for one in train)  # not where all are emoji
        union = make_union(*([words] if worded else []), parts)
        self.names = tuple(names)
        self._model = make_pipeline(union, LinearSVC(C=1.0, random_state=seed))
        self._model.fit([one.text for one in train], [self.names.index(one.label) for one in train])

    def logits(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """(texts, labels): distances from the planes that divide each label from the others."""
        return logits_of(self._model, list(texts))

    def n_parameters(self) -> int:
        return n_parameters(self._model)


def logits_of(model: Any, inputs: Any) -> NDArray[np.float64]:
    """(inputs, labels): what a pipeline of scikit-learn decides by; of two labels it has one number an input."""
    found = np.asarray(model.decision_function(inputs), float)
    return np.stack([-found, found], 1) if found.ndim == 1 else found


def n_parameters(model: Any) -> int:
    """Of the linear classifier that such a pipeline ends in."""
    return int(model[-1].coef_.size + model[-1].intercept_.size)
