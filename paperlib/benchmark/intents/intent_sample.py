"""A part of EdgeIntent-200 small enough to be read: the set of utterances that ships with the package.

    python -m paperlib.benchmark.intents.intent_sample

writes ``data/examples/service_requests.csv`` anew: requests of six intents, and some that have none of them.
"""

from paperlib.benchmark.intents.intent_texts import generate
from paperlib.core import paths
from paperlib.core.files import write_text
from paperlib.data.intents import OUT_OF_SCOPE
from paperlib.data.intents.intent_sets import Utterance, csv_of

INTENTS = ("cancel:gym", "postpone:gym", "price:gym", "wrong_charge:gym", "cancel:swimming", "price:broadband")
EACH = 20  # utterances of an intent, and out of scope


def service_requests() -> list[Utterance]:
    """EACH training utterances of every one of INTENTS and out of scope, in the order in which they were drawn."""
    left = dict.fromkeys((*INTENTS, OUT_OF_SCOPE), EACH)
    found = []
    for one in generate("train"):
        if left.get(one.label, 0):
            left[one.label] -= 1
            found.append(one)
    return found


if __name__ == "__main__":
    write_text(paths.ROOT / "data/examples/service_requests.csv", csv_of(service_requests()))
