"""Functions that tools are drawn of: what they are called, what they take, and what people say who want them.

Those of THEMES, files of ``data/words``, are written one by one, those of ``calls_families.yaml`` made by
:mod:`.function_families`. An argument is a line ``values | names | description | default``, the default only where it
may be left out. In the phrases

- ``(a|b)`` is one of several, ``[a]`` may be missing, ``{pool}`` is any value of a pool;
- ``<argument>`` is its value, ``<argument=true;words>`` words from which its value follows, which may be missing too:
  true or false, a number, or one of its enum.

An argument that no phrase lacks is required. ``do`` are phrases that go on after "please", ``ask`` are questions, and
``vague`` lack a required argument. Domains that are held out are those of the dev and of the test split alone.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from paperlib.benchmark.words import Topic, word_lists

THEMES = tuple(
    f"calls_{name}" for name in ("functions", "home", "leisure", "office", "science", "society", "technical")
)
words = Topic(THEMES[0])
CallSplit = Literal["train", "dev", "test"]


@dataclass(frozen=True)
class Argument:
    """``values`` are those of :mod:`.argument_values`, ``names`` divided by slashes."""

    values: str
    names: str
    about: str
    default: str | None = None


@dataclass(frozen=True)
class Function:
    """One function; the id is ``domain/name``."""

    id: str
    names: tuple[str, ...]
    about: tuple[str, ...]
    arguments: Mapping[str, Argument]
    do: tuple[str, ...]
    ask: tuple[str, ...] = ()
    vague: tuple[str, ...] = ()
    family: str = ""  # begins the ids of functions whose requests this one answers as well

    @property
    def domain(self) -> str:
        return self.id.partition("/")[0]

    @property
    def core(self) -> frozenset[str]:
        """The arguments that every phrase has."""
        return frozenset.intersection(*(always(phrase) for phrase in (*self.do, *self.ask)))

    def __hash__(self) -> int:
        return hash(self.id)


def written_functions() -> list[Function]:
    """The functions that are written one by one."""
    return [
        _written(f"{domain}/{name}", spec)
        for theme in THEMES
        for domain, functions in word_lists(theme)["functions"].items()
        for name, spec in functions.items()
    ]


@cache
def alike() -> frozenset[frozenset[str]]:
    """Pairs of functions of which the one may do what the other is asked for."""
    return frozenset(frozenset(pair) for theme in THEMES for pair in word_lists(theme).get("alike", ()))


def compete(one: Function, other: Function) -> bool:
    """Whether a request to one function might be taken for one to the other."""
    covered = _covers(one, other) or _covers(other, one)
    return one.id == other.id or covered or frozenset((one.id, other.id)) in alike()


def split_of(domain: str, held_out: Mapping[str, Sequence[str]]) -> CallSplit:
    """The split that a domain's functions belong to."""
    return "dev" if domain in held_out["dev"] else "test" if domain in held_out["test"] else "train"


def _covers(one: Function, other: Function) -> bool:
    return bool(one.family) and (other.id == one.family or other.id.startswith(f"{one.family} "))


def _written(id: str, spec: Mapping[str, Any]) -> Function:
    arguments = {key: _argument(line) for key, line in spec["args"].items()}
    names, about = tuple(spec["names"].split("/")), tuple(spec["about"])
    do, ask, vague = (tuple(spec.get(kind, ())) for kind in ("do", "ask", "vague"))
    return Function(id, names, about, arguments, do, ask, vague)


def _argument(line: str) -> Argument:
    values, names, about, *default = (part.strip() for part in re.split(r" \| ", line))
    return Argument(values, names, about, default[0] if default else None)


@cache
def always(phrase: str) -> frozenset[str]:
    """The arguments that a phrase has however its alternatives are decided."""
    while "[" in phrase:
        phrase = re.sub(r"\[[^\[\]]*\]", "", phrase)
    while match := re.search(r"\(([^()]*)\)", phrase):
        sets = [set(re.findall(r"<\w+>", option)) for option in match[1].split("|")]
        phrase = phrase[: match.start()] + "".join(sorted(set.intersection(*sets))) + phrase[match.end() :]
    return frozenset(re.findall(r"<(\w+)>", phrase))
