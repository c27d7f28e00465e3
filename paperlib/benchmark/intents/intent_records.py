"""Sets of intents, public ones and our own, as utterances, and as records whose one field is the intent.

As records they are what a language model is trained and tested on: ``{"intent": "card_arrival"}`` under a schema that
lists the labels, so that a constrained answer is one of them.
"""

from paperlib.benchmark.intents.intent_texts import generate
from paperlib.core import paths
from paperlib.core.config import EDGE_INTENT
from paperlib.data.examples import Example
from paperlib.data.intents import OUT_OF_SCOPE
from paperlib.data.intents.intent_sets import Split, Utterance, load_intents, part_by_hash
from paperlib.data.schemas import Schemas, schema_of

DEV = 10  # one utterance of an intent in so many, of our own set


def load_set(name: str, split: Split) -> list[Utterance]:
    """A split of a public set, or of our own. Raises PaperlibError where the files of a public one are missing."""
    if name != EDGE_INTENT:
        return load_intents(name, split)
    if split == "test":
        return generate("test")
    return part_by_hash(generate("train"), DEV)[split == "dev"]


def intent_examples(name: str, split: Split) -> list[Example]:
    """The utterances of a split, each with a record that holds its intent. Those out of scope have a schema of their
    own, which permits the same, so that scores by schema tell them apart."""
    source = "generated" if name == EDGE_INTENT else "third-party"
    return [
        Example(f"{name}-{split}-{n:05}", _schema_id(name, one), None, split, source, one.text, {"intent": one.label})
        for n, one in enumerate(load_set(name, split), 1)
    ]


def intent_schemas(name: str) -> Schemas:
    """The schemas of a set's records, out of scope among the labels where there is such an utterance; none where no
    folder of third-party data is named for a public set."""
    if name != EDGE_INTENT and paths.data_root() is None:
        return Schemas()
    utterances = load_set(name, "train")
    labels = sorted({one.label for one in utterances})
    field = {"intent": {"type": "string", "enum": labels}}
    body = {"type": "object", "properties": field, "required": ["intent"], "additionalProperties": False}
    return Schemas({id_: schema_of(body, id_, name) for id_ in sorted({_schema_id(name, one) for one in utterances})})


def _schema_id(name: str, one: Utterance) -> str:
    return f"{name}-{OUT_OF_SCOPE}" if one.label == OUT_OF_SCOPE else name
