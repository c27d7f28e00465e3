"""EdgeIntent-200: utterances of 200 intents, and some that have none of them, drawn from ``data/words/intents.yaml``.

An intent is an action on an object, ``cancel:gym``. Each object occurs in ten intents and each action in twenty, so
no word tells an intent; actions come in pairs that are easily confused (its price, being overcharged), objects too
(gym membership, swimming course), and a third of the utterances first mention another object that is beside the
point. The last quarter of every list of phrases is for the test part alone: there, half of the utterances say what
they want in words that no training utterance has.

Out of scope are known objects with actions that are none, known actions on other objects (near), and requests of
another kind (far).
"""

import random
import re
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Literal

from paperlib.benchmark.words import Topic
from paperlib.data.intents import OUT_OF_SCOPE
from paperlib.data.intents.intent_sets import Utterance

Part = Literal["train", "test"]
SIZES: dict[Part, tuple[int, int]] = {"train": (57, 600), "test": (17, 600)}  # of an intent; out of scope
NEAR = 0.5  # share of those out of scope that are near
TYPOS = 0.15  # share of the utterances with one
words = Topic("intents")


def generate(part: Part, seed: int = 0) -> list[Utterance]:
    """The utterances of a part, in random order; all texts differ, and none of the test is in the training part of the
    same seed: 12,000 for training, and 4,000 for testing."""
    per_intent, outside = SIZES[part]
    rng = random.Random(f"intents/{seed}/{part}")
    seen = {_key(one.text) for one in generate("train", seed)} if part == "test" else set()
    found = [
        Utterance(text, f"{action}:{thing}")
        for action in words.actions
        for thing in words.objects
        for text in _distinct(partial(_asked, action, thing, part, rng), per_intent, seen)
    ]
    found += [Utterance(text, OUT_OF_SCOPE) for text in _distinct(partial(_outside, part, rng), outside, seen)]
    rng.shuffle(found)
    return found


def phrases(listed: Sequence[str], part: Part, rng: random.Random) -> str:
    """A phrase: in the training part one of the first three quarters, in the test part every other time one of the
    last quarter."""
    first = len(listed) - len(listed) // 4
    unseen = part == "test" and rng.random() < 0.5
    return rng.choice(listed[first:] if unseen else listed[:first])


def _distinct(draw: Callable[[], str], n: int, seen: set[str]) -> Iterator[str]:
    for _ in range(n):
        while _key(text := draw()) in seen:
            pass
        seen.add(_key(text))
        yield text


def _key(text: str) -> str:
    """What makes two texts the same: their letters and digits."""
    return " ".join(re.findall(r"\w+", text.lower()))


def _asked(action: str, thing: str, part: Part, rng: random.Random) -> str:
    said = phrases(words.actions[action], part, rng).replace("{o}", phrases(words.objects[thing], part, rng))
    if rng.random() < 1 / 3:
        other = rng.choice([one for one, key in zip(words.others, words.objects, strict=True) if key != thing])
        said = phrases(words.distractors, part, rng).replace("{other}", other) + " " + said
    return _written(said, part, rng)


def _outside(part: Part, rng: random.Random) -> str:
    if rng.random() >= NEAR:
        return _written(phrases(words.far, part, rng), part, rng)
    if rng.random() < 0.5:
        thing = phrases(words.objects[rng.choice(list(words.objects))], part, rng)
        return _written(phrases(words.near_actions, part, rng).replace("{o}", thing), part, rng)
    said = phrases(words.actions[rng.choice(list(words.actions))], part, rng)
    return _written(said.replace("{o}", phrases(words.near_objects, part, rng)), part, rng)


def _written(said: str, part: Part, rng: random.Random) -> str:
    """With an opening and a closing now and then, all places filled, punctuation and typos as people make them."""
    if rng.random() < 0.4:
        said = phrases(words.openings, part, rng) + rng.choice((", ", " ")) + said
    if rng.random() < 0.4:
        said += rng.choice((", ", ". ", " ")) + phrases(words.closings, part, rng)
    code = f"{rng.choice('ABCDEFGHKLMNPRSTUVWXYZ')}{rng.randint(1000, 99999)}"
    for place, listed in (("person", words.people), ("city", words.cities), ("day", words.days)):
        while f"{{{place}}}" in said:
            said = said.replace(f"{{{place}}}", rng.choice(listed), 1)
    said = said.replace("{code}", code)
    if rng.random() < 0.5:
        said = said[0].upper() + said[1:]
    if rng.random() < TYPOS:
        said = _misspelt(said, rng)
    return said + rng.choice(("", "", ".", "?", "!"))


def _misspelt(text: str, rng: random.Random) -> str:
    """Two neighbouring letters of one longer word change places, or one is lost."""
    places = list(re.finditer(r"[a-z]{5,}", text))
    if not places:
        return text
    word = rng.choice(places)
    at = rng.randint(word.start() + 1, word.end() - 2)
    return text[:at] + (text[at + 1] + text[at] if rng.random() < 0.5 else text[at + 1]) + text[at + 2 :]
