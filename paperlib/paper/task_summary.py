"""What README.md says of function calls and of intents, from the committed records."""

from collections.abc import Mapping
from typing import Any

from paperlib.core.config import CALL_MODEL
from paperlib.core.records import Records
from paperlib.evaluation.runs import find, record_of
from paperlib.paper import intent_tables
from paperlib.paper.latex import percent
from paperlib.paper.scaling_tables import size_of

HEADING = "### On function calls and intents"
CALLS = (
    "- **Function calls.** Of the Berkeley leaderboard's requests `{larger}` ({size}) answers {simple} correctly where "
    "there is one function and {multiple} where there are several, and correctly makes no call for {irrelevance} of "
    "those that no function fits{untuned}. The default, `{smaller}` ({small_size}), scores {small_simple}, "
    "{small_multiple} and {small_irrelevance} on the same three sets."
)
UNTUNED = "; its base, untuned, scores {simple}, {multiple} and {irrelevance}"
INTENTS = (
    "- **Intents.** A classifier of {parameters:.1f}M parameters ({megabytes:.1f} MB, numpy only) reaches an accuracy "
    "of {banking77} on BANKING77 and {clinc150} on CLINC150 in scope; a linear SVM reaches {svm_banking77} and "
    "{svm_clinc150}."
)
LARGER_CALLER = "function-caller-494m-v3"
BERKELEY = ("simple", "multiple", "irrelevance")
SETS, OURS, SVM = ("banking77", "clinc150"), "5M-deep-long", "tfidf-svm"


def render(records: Records) -> list[str]:
    """A heading and a line each as one paragraph of Markdown; nothing without their records."""
    lines = [*_calls(records), *_intents()]
    return ["\n".join([HEADING, *lines])] if lines else []


def _calls(records: Records) -> list[str]:
    larger, smaller = _berkeley(records, recipe=LARGER_CALLER), _berkeley(records, recipe=CALL_MODEL)
    if not larger.keys() == smaller.keys() == set(BERKELEY):
        return []
    base = "qwen2.5-coder-0.5b-instruct"
    untuned = _berkeley(records, base=base, recipe="untuned-chat", decoding="schema")
    said = {**larger, **{f"small_{test}": score for test, score in smaller.items()}}
    said |= {"untuned": UNTUNED.format(**untuned) if untuned.keys() == set(BERKELEY) else "", "size": size_of(base)}
    said["small_size"] = size_of("smollm2-135m-instruct")
    return [CALLS.format(larger=LARGER_CALLER, smaller=CALL_MODEL, **said)]


def _berkeley(records: Records, **fields: str) -> dict[str, str]:
    """The accuracy of a system on each of the Berkeley sets that it was tested on."""
    runs = {test: record_of(records, test_set=f"bfcl-{test}", **fields) for test in BERKELEY}
    scores = {test: find(run, "call_accuracy") for test, run in runs.items() if run}
    return {test: _written(one.value, one.low, one.high) for test, one in scores.items() if one}


def _intents() -> list[str]:
    made: dict[str, Mapping[str, Any]] = {one["run"]: one for one in intent_tables.records()}
    named = {name: f"{name}/{OURS}" for name in SETS} | {f"svm_{name}": f"{name}/{SVM}" for name in SETS}
    if not set(named.values()) <= made.keys():
        return []
    found = {name: made[run]["test"]["accuracy"] for name, run in named.items()}
    model = made[named[SETS[0]]]["model"]
    sizes = {"parameters": model["parameters"] / 1e6, "megabytes": model["bytes"] / 1e6}
    scores = {name: _written(one["value"], one["low"], one["high"]) for name, one in found.items()}
    return [INTENTS.format(**sizes, **scores)]


def _written(value: float, low: float, high: float) -> str:
    return f"{percent(value)} % [{percent(low)}, {percent(high)}]"
