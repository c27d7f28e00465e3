"""How long scoring takes: every metric and both protocols on synthetic predictions with arrays of objects.

    python tests/bench_score.py [N]

Prints seconds of one core (of the process, so other programs do not count) for N/4, N/2 and N predictions, N being
10,000. The goal is under 20 s for 10,000, linear in their number. A third of the answers are exact, the rest have their
items shuffled, values altered, items left out or added, or end halfway.
"""

import json
import random
import sys
import time
from typing import Any

from paperlib.data.examples import TIERS, Example
from paperlib.data.leaf_alignment import summarise_leaves
from paperlib.data.predictions import Prediction
from paperlib.data.schemas import Schema, Schemas
from paperlib.evaluation.metrics import MEASURES
from paperlib.evaluation.protocols import compare_protocols
from paperlib.evaluation.summary import summarise

WORDS = ["bench", "brass", "cedar", "folding", "garden", "kite", "lamp", "mirror", "oak", "original", "planter", "rope"]
STRING, NUMBER = {"type": "string"}, {"type": "number"}


def record(fields: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": fields, "required": [*fields], "additionalProperties": False}


ITEM = record({
    "product_id": STRING, "name": STRING, "quantity": {"type": "integer"}, "price": NUMBER,
    "tags": {"type": "array", "items": STRING}, "maker": record({"name": STRING, "country": STRING}),
})  # fmt: skip
ADDRESS = record({"street": STRING, "city": STRING})
ORDER = record({
    "order_id": STRING, "date": {"type": "string", "format": "date"}, "address": ADDRESS,
    "items": {"type": "array", "items": ITEM}, "total": NUMBER,
})  # fmt: skip
SCHEMAS = Schemas(order=Schema("order", "Order", "complex", ORDER))


def words(rng: random.Random, n: int) -> str:
    return " ".join(rng.choices(WORDS, k=n)).title()


def item(rng: random.Random) -> dict[str, Any]:
    return {
        "product_id": f"P-{rng.randrange(10**6)}",
        "name": words(rng, 2),
        "quantity": rng.randint(1, 9),
        "price": rng.randrange(10**5) / 100,
        "tags": rng.sample(WORDS, rng.randint(0, 4)),
        "maker": {"name": words(rng, 2), "country": words(rng, 1)},
    }


def order(rng: random.Random) -> dict[str, Any]:
    items = [item(rng) for _ in range(rng.randint(1, 12))]
    return {
        "order_id": f"{rng.getrandbits(64):016x}",
        "date": f"20{rng.randint(10, 25)}-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}",
        "address": {"street": words(rng, 3), "city": words(rng, 1)},
        "items": items,
        "total": round(sum(row["price"] * row["quantity"] for row in items), 2),
    }


def output(rng: random.Random, expected: dict[str, Any]) -> str:
    """What a model might have made of it."""
    answer = json.loads(json.dumps(expected))
    items, kind = answer["items"], rng.randrange(6)
    if kind == 2:
        rng.shuffle(items)
    elif kind == 3:
        for row in items:
            row["name"], row["price"] = row["name"].replace("e", "a"), row["price"] + 1
        answer["total"] += 1
    elif kind == 4:
        items.insert(0, item(rng))
        rng.shuffle(items)
        items.pop()
        del answer["address"]
    text = json.dumps(answer)
    return text[: len(text) * 2 // 3] if kind == 5 else f" {text}"


def text_of(expected: dict[str, Any]) -> str:
    return json.dumps(expected, indent=1).translate(str.maketrans("", "", '{}[]"'))


def make(n: int) -> tuple[list[Example], list[Prediction]]:
    rng = random.Random(0)
    examples, predictions = [], []
    for i in range(n):
        expected = order(rng)
        examples.append(Example(f"e{i}", "order", TIERS[i % 3], "test", "", text_of(expected), expected))
        answer = output(rng, expected)
        predictions.append(Prediction(f"e{i}", answer, 100, len(answer) // 3, "eos", 0.0))
    return examples, predictions


def everything(examples: list[Example], predictions: list[Prediction]) -> None:
    """What `paperlib score` needs: all metrics under both protocols, and their summaries."""
    found = compare_protocols(examples, predictions, SCHEMAS)
    summarise(found.corrected, MEASURES)
    summarise_leaves([row.leaves for row in found.corrected])


def main() -> None:
    whole = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    print("predictions   seconds   ms each")
    for n in (whole // 4, whole // 2, whole):
        examples, predictions = make(n)
        start = time.process_time()
        everything(examples, predictions)
        seconds = time.process_time() - start
        print(f"{n:11,}   {seconds:7.2f}   {1000 * seconds / n:7.3f}", flush=True)


if __name__ == "__main__":
    main()
