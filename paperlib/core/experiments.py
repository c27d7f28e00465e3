"""The runs of ``experiments.yaml``: what each is, by fields, and what a profile makes of it.

A run is base weights, a recipe, training data, a test set, a decoding and a seed. An entry below ``runs`` may list
several recipes, test sets, decodings and seeds: :func:`expand` makes a run of every combination. A profile picks runs
and overrides their settings. An unknown key, run or profile is an error that names its nearest match.
"""

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from paperlib.core import paths
from paperlib.core.config import (
    EDGEJSON,
    GENERATED,
    GREEDY,
    UNTUNED,
    DataConfig,
    EvalConfig,
    RunConfig,
    TrainConfig,
    check,
    suggestion,
)
from paperlib.core.errors import PaperlibError
from paperlib.core.files import read_yaml
from paperlib.core.records import StrictModel

Book = dict[str, Any]  # experiments.yaml, or a part of it, as it stands
SECTIONS = ("defaults", "recipes", "decodings", "tests", "runs", "profiles")
SELECTORS = ("recipe", "test", "decoding", "seed")  # by which a profile narrows an entry


def load(profile: str, run: str, file: Path = paths.EXPERIMENTS) -> RunConfig:
    """The resolved configuration of one run under one profile. Raises PaperlibError naming what is wrong and where."""
    book = _read(file)
    chosen = _entry(book, "profiles", profile, file)
    runs = expand(book, file)
    if run not in runs:
        raise PaperlibError(f"{file.name}: no run {run!r}{suggestion(run, runs)}")
    override = _picked(chosen, runs, file).get(run, {})
    values = {**book.get("defaults", {}), **chosen.get("set", {}), **runs[run], **override, "profile": profile}
    del values["entry"]
    return resolve(values, f"{file.name}: run {run!r}, profile {profile!r}")


def runs_of(profile: str, file: Path = paths.EXPERIMENTS, with_data_root: bool = False) -> list[str]:
    """The runs a profile picks, in order; those on third-party data only where the user has them."""
    book = _read(file)
    runs = expand(book, file)
    picked = _picked(_entry(book, "profiles", profile, file), runs, file)
    own = {*GENERATED, None}
    return [run for run in picked if with_data_root or {runs[run]["test"], runs[run].get("data")} <= own]


def expand(book: Book, file: Path = paths.EXPERIMENTS) -> dict[str, Book]:
    """Every run that ``runs`` defines, by name: the settings of its recipe, decoding and test set, and its own.

    Each of ``recipe``, ``test``, ``decoding`` and ``seed`` may be a list. A run is called what its entry is, followed
    by the decoding, test set and seed, each only where it is not the first of its list; an entry that lists recipes
    names its runs after these. The first run of a seed trains and the others test its model; an entry with ``model``
    tests the model of a run above it. Raises PaperlibError for a name that nothing has, or that two runs have.
    """
    runs: dict[str, Book] = {}
    for entry, spec in book.get("runs", {}).items():
        for values in _combinations(entry, _inherited(entry, spec or {}, runs, file), book, file):
            if values["run"] in runs:
                raise PaperlibError(f"{file.name}: two runs are called {values['run']!r}")
            runs[values["run"]] = values
    return runs


def _inherited(entry: str, spec: Book, runs: Book, file: Path) -> Book:
    """An entry that tests another run's model, with what it has in common with that run."""
    if "model" not in spec:
        return spec
    if spec["model"] not in runs:
        hint = suggestion(spec["model"], runs)
        raise PaperlibError(f"{file.name}: run {entry!r}: no run {spec['model']!r} above it{hint}")
    model = runs[spec["model"]]
    return {**{key: model[key] for key in ("label", "base", "recipe", "data", "seed") if key in model}, **spec}


def _combinations(entry: str, spec: Book, book: Book, file: Path) -> Iterator[Book]:
    """The runs of one entry, as flat mappings with the entry's name under ``entry``."""
    lists = {key: _listed(spec.get(key, default)) for key, default in _defaults(spec).items()}
    many = len(lists["recipe"]) > 1
    own = {key: value for key, value in spec.items() if key not in lists}
    for recipe, seed, decoding, test in itertools.product(*lists.values()):
        how = {**_entry(book, "recipes", recipe, file)}
        answered = {**_entry(book, "decodings", decoding, file)}
        tested = {**_entry(book, "tests", test, file)}
        tag, title = tested.pop("tag", test), how.pop("label", None)
        trains = "method" in how and "model" not in spec
        trainer = "-".join([recipe if many else entry, *([f"seed{seed}"] if seed != lists["seed"][0] else [])])
        changed = [(decoding, decoding != lists["decoding"][0]), (tag, test != lists["test"][0])]
        name = "-".join([recipe if many else entry, *(part for part, other in changed if other)])
        labels = [title if many else spec.get("label") or entry, answered.pop("label", None)]
        if seed != lists["seed"][0]:
            name, labels = f"{name}-seed{seed}", [*labels, f"seed {seed}"]
        model = spec.get("model", trainer if trains else None)
        if not (trains and name == trainer):  # another run trains the model: what is left is how it runs
            how = {key: value for key, value in how.items() if key in EvalConfig.model_fields}
        fields = {"recipe": recipe, "seed": seed, "decoding": decoding, "test": test, "model": model}
        data = spec.get("data", EDGEJSON) if model else None
        identity = {"entry": entry, "run": name, "label": ", ".join(filter(None, labels)), "data": data}
        yield {**how, **answered, **tested, **own, **fields, **identity}


def _defaults(spec: Book) -> Book:
    """What may be listed, in the order of the runs, and what it is where an entry does not say."""
    return {"recipe": UNTUNED, "seed": 0, "decoding": GREEDY, "test": spec.get("data", EDGEJSON)}


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _picked(profile: Book, runs: Book, file: Path) -> dict[str, dict[str, Any]]:
    """What a profile overrides, by run. It names entries, narrowed by any of SELECTORS, or single runs."""
    found: dict[str, dict[str, Any]] = {}
    for name, given in _mapping(profile.get("runs", {}), f"{file.name}: runs of a profile").items():
        options = _mapping(given or {}, f"{file.name}: run {name!r} of a profile")
        wanted = {key: _listed(value) for key, value in options.items() if key in SELECTORS}
        override = {key: value for key, value in options.items() if key not in SELECTORS}
        entry = [run for run, values in runs.items() if values["entry"] == name]
        chosen = [run for run in entry if all(runs[run][key] in values for key, values in wanted.items())]
        if not entry and name in runs:
            chosen = [name]
        if not chosen:
            hint = f" with {wanted}" if entry else suggestion(name, runs)
            raise PaperlibError(f"{file.name}: no run {name!r}{hint}")
        found |= dict.fromkeys(chosen, override)
    return found


def resolve(values: Book, where: str) -> RunConfig:
    """One flat mapping, divided among the parts. Raises PaperlibError on an unknown or ill-typed key."""
    known = {key for kind in (DataConfig, TrainConfig, EvalConfig) for key in kind.model_fields} - {"dataset"}
    for key in values:
        if key not in known:
            raise PaperlibError(f"{where}: unknown key {key!r}{suggestion(key, known)}")

    def part(kind: type[StrictModel], **more: Any) -> Any:
        return check(kind, {key: value for key, value in {**values, **more}.items() if key in kind.model_fields}, where)

    trains = "method" in values
    return RunConfig(
        data=part(DataConfig, dataset=values["test"]),
        train_data=part(DataConfig, dataset=values["data"]) if trains else None,
        train=part(TrainConfig) if trains else None,
        eval=part(EvalConfig),
    )


def _entry(book: Book, section: str, name: str, file: Path) -> Book:
    if name not in book.get(section, {}):
        raise PaperlibError(f"{file.name}: no {section[:-1]} {name!r}{suggestion(name, book.get(section, {}))}")
    return book[section][name] or {}


def _read(file: Path) -> Book:
    book = _mapping(read_yaml(file), file.name)
    for section, entries in book.items():
        if section not in SECTIONS:
            raise PaperlibError(f"{file.name}: unknown section {section!r}; expected {', '.join(SECTIONS)}")
        for name, entry in _mapping(entries, f"{file.name}: {section}").items():
            if section != "defaults" and entry is not None:
                _mapping(entry, f"{file.name}: {section}: {name}")
    return book


def _mapping(value: Any, where: str) -> Book:
    if not isinstance(value, dict):
        raise PaperlibError(f"{where}: found {type(value).__name__}, expected a mapping")
    return value
