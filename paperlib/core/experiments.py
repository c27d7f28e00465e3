"""The runs that ``experiments.yaml`` defines, and the profiles that select and override them.

A run is base weights, a recipe, training data, a test set, a decoding and a seed. An entry under ``runs`` may list
several of each but the training data; :func:`expand` makes one run of each combination. A profile selects
runs and overrides their settings. An unknown key, run or profile is an error that suggests the closest known names.
"""

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from paperlib.core import paths
from paperlib.core.config import EDGEJSON, GENERATED, GREEDY, UNTUNED, DataConfig, EvalConfig, RunConfig, TrainConfig
from paperlib.core.errors import PaperlibError
from paperlib.core.files import read_yaml
from paperlib.core.strict_model import StrictModel, suggestion, validate

Settings = dict[str, Any]  # experiments.yaml or a part of it, as parsed
SECTIONS = ("defaults", "bases", "recipes", "decodings", "tests", "runs", "profiles")
SELECTORS = ("base", "recipe", "test", "decoding", "seed")  # the fields by which a profile selects runs of an entry
INHERITED = ("label", "base", "recipe", "data", "seed")  # from the run whose model an entry tests


def load(profile: str, run: str, file: Path = paths.EXPERIMENTS) -> RunConfig:
    """The configuration of one run under one profile.

    Raises PaperlibError naming the run or profile that does not exist, or the field that is unknown or invalid.
    """
    document = _read(file)
    chosen = _entry(document, "profiles", profile, file)
    runs = expand(document, file)
    if run not in runs:
        raise PaperlibError(f"{file.name}: no run {run!r}{suggestion(run, runs)}")
    override = _selected(chosen, runs, file).get(run, {})
    values = {**document.get("defaults", {}), **chosen.get("set", {}), **runs[run], **override, "profile": profile}
    del values["entry"]
    return resolve(values, f"{file.name}: run {run!r}, profile {profile!r}")


def evaluation_of(run: str, profile: str, file: Path = paths.EXPERIMENTS, **tested: str) -> EvalConfig:
    """How an evaluation ``run`` that the file does not define would be: ``tested`` are the ``model`` that it tests, by
    the name of the run that trains it, its ``test`` set and its ``decoding``.

    The settings are those of the defaults and of the decoding; no profile changes them. Raises PaperlibError naming the
    run, test set or decoding that does not exist.
    """
    document = _read(file)
    runs = expand({**document, "runs": {**document.get("runs", {}), run: tested}}, file)
    values = {**document.get("defaults", {}), **runs[run], "profile": profile}
    del values["entry"]
    return resolve(values, f"{file.name}: run {run!r}").eval


def runs_of(profile: str, file: Path = paths.EXPERIMENTS, with_data_root: bool = False) -> list[str]:
    """Names of the runs that a profile selects, in order.

    Runs on third-party data are included only with ``with_data_root``, that is, if the user has those datasets.
    Raises PaperlibError if there is no such profile, or if it selects a run that does not exist.
    """
    document = _read(file)
    runs = expand(document, file)
    selected = _selected(_entry(document, "profiles", profile, file), runs, file)
    own = {*GENERATED, None}
    return [run for run in selected if with_data_root or {runs[run]["test"], runs[run].get("data")} <= own]


def expand(document: Settings, file: Path = paths.EXPERIMENTS) -> dict[str, Settings]:
    """All runs under ``runs``, by name, each with the settings of its recipe, decoding and test set and its own.

    Each of ``base``, ``recipe``, ``test``, ``decoding`` and ``seed`` may be a list. A run's name is the name of its
    entry (or of its recipe, in an entry that lists recipes), after the tag of its base in an entry that lists bases,
    followed by its decoding, test set and seed, except where these are the first of their list. The first run of each
    base, recipe and seed trains a model, which the others test; an entry with ``model`` tests the model of an earlier
    run. A setting of a recipe may be a mapping by base. Raises PaperlibError for a name that is not defined or defined
    twice.
    """
    runs: dict[str, Settings] = {}
    for entry, spec in document.get("runs", {}).items():
        for values in _combinations(entry, _inherit(entry, spec or {}, runs, file), document, file):
            if values["run"] in runs:
                raise PaperlibError(f"{file.name}: two runs are called {values['run']!r}")
            runs[values["run"]] = values
    return runs


def _inherit(entry: str, spec: Settings, runs: Settings, file: Path) -> Settings:
    """Completes an entry that tests another run's model with the settings that both share."""
    if "model" not in spec:
        return spec
    if spec["model"] not in runs:
        hint = suggestion(spec["model"], runs)
        raise PaperlibError(f"{file.name}: run {entry!r}: no run {spec['model']!r} above it{hint}")
    model = runs[spec["model"]]
    return {**{key: model[key] for key in INHERITED if key in model}, **spec}


def _combinations(entry: str, spec: Settings, document: Settings, file: Path) -> Iterator[Settings]:
    """The runs of one entry, as flat mappings that keep the entry's name under ``entry``."""
    defaults = {"base": None, "recipe": UNTUNED, "seed": 0, "decoding": GREEDY, "test": spec.get("data", EDGEJSON)}
    lists = {key: _as_list(spec.get(key, default)) for key, default in defaults.items()}
    by_base, by_recipe = isinstance(spec.get("base"), list), len(lists["recipe"]) > 1
    own = {key: value for key, value in spec.items() if key not in lists}
    for base, recipe, seed, decoding, test in itertools.product(*lists.values()):
        described = {**_entry(document, "bases", base, file)} if by_base else {}
        training = _of_base(_entry(document, "recipes", recipe, file), base, f"{file.name}: recipe {recipe!r}")
        answering = {**_entry(document, "decodings", decoding, file)}
        testing = {**_entry(document, "tests", test, file)}
        tag, title = testing.pop("tag", test), training.pop("label", None)
        trains = "method" in training and "model" not in spec
        stem = "-".join(([str(described.get("tag", base))] if by_base else []) + [recipe if by_recipe else entry])
        seed_tag = [f"seed{seed}"] if seed != lists["seed"][0] else []
        variant = [decoding] if decoding != lists["decoding"][0] else []
        variant += [tag] if test != lists["test"][0] else []
        name, trainer = "-".join([stem, *variant, *seed_tag]), "-".join([stem, *seed_tag])
        labels = [described.get("label", base)] if by_base else []
        labels += [title if by_recipe else spec.get("label") or (title if by_base else entry)]
        labels += [answering.pop("label", None)]
        labels += [f"seed {seed}"] if seed_tag else []
        model = spec.get("model", trainer if trains else None)
        if not trains or name != trainer:  # another run trains the model, so only settings of the evaluation apply
            training = {key: value for key, value in training.items() if key in EvalConfig.model_fields}
        fields = {"recipe": recipe, "seed": seed, "decoding": decoding, "test": test, "model": model}
        fields |= {"base": base} if base else {}
        data = spec.get("data", EDGEJSON) if model else None
        identity = {"entry": entry, "run": name, "label": ", ".join(filter(None, labels)), "data": data}
        yield {**training, **answering, **testing, **own, **fields, **identity}


def _of_base(settings: Settings, base: str | None, where: str) -> Settings:
    """The settings, each that is a mapping by base replaced by the value for ``base``."""
    found = {}
    for key, value in settings.items():
        if isinstance(value, dict):
            if base not in value:
                raise PaperlibError(
                    f"{where}: {key} has no value for base {base!r} (found {', '.join(map(str, value))})"
                )
            value = value[base]
        found[key] = value
    return found


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _selected(profile: Settings, runs: Settings, file: Path) -> dict[str, Settings]:
    """The runs that a profile selects, each with the settings that it overrides.

    A profile names entries, optionally restricted by any of SELECTORS, or single runs.
    """
    found: dict[str, Settings] = {}
    for name, given in _mapping(profile.get("runs", {}), f"{file.name}: runs of a profile").items():
        options = _mapping(given or {}, f"{file.name}: run {name!r} of a profile")
        wanted = {key: _as_list(value) for key, value in options.items() if key in SELECTORS}
        override = {key: value for key, value in options.items() if key not in SELECTORS}
        entry = [run for run, values in runs.items() if values["entry"] == name]
        chosen = [run for run in entry if all(runs[run].get(key) in values for key, values in wanted.items())]
        if not entry and name in runs:
            chosen = [name]
        if not chosen:
            hint = f" with {wanted}" if entry else suggestion(name, runs)
            raise PaperlibError(f"{file.name}: no run {name!r}{hint}")
        found |= dict.fromkeys(chosen, override)
    return found


def resolve(values: Settings, where: str) -> RunConfig:
    """The configuration of a run from one flat mapping of settings, which came from ``where``.

    Raises PaperlibError naming the key that is unknown or whose value is invalid.
    """
    known = {key for kind in (DataConfig, TrainConfig, EvalConfig) for key in kind.model_fields} - {"dataset"}
    for key in values:
        if key not in known:
            raise PaperlibError(f"{where}: unknown key {key!r}{suggestion(key, known)}")

    def part(kind: type[StrictModel], **more: Any) -> Any:
        return validate(kind, {key: value for key, value in (values | more).items() if key in kind.model_fields}, where)

    trains = "method" in values
    return RunConfig(
        data=part(DataConfig, dataset=values["test"]),
        train_data=part(DataConfig, dataset=values["data"]) if trains else None,
        train=part(TrainConfig) if trains else None,
        eval=part(EvalConfig),
    )


def _entry(document: Settings, section: str, name: str, file: Path) -> Settings:
    entries = document.get(section, {})
    if name not in entries:
        raise PaperlibError(f"{file.name}: no {section[:-1]} {name!r}{suggestion(name, entries)}")
    return entries[name] or {}


def _read(file: Path) -> Settings:
    document = _mapping(read_yaml(file), file.name)
    for section, entries in document.items():
        if section not in SECTIONS:
            raise PaperlibError(f"{file.name}: unknown section {section!r}; expected {', '.join(SECTIONS)}")
        for name, entry in _mapping(entries, f"{file.name}: {section}").items():
            if section != "defaults" and entry is not None:
                _mapping(entry, f"{file.name}: {section}: {name}")
    return document


def _mapping(value: Any, where: str) -> Settings:
    if not isinstance(value, dict):
        raise PaperlibError(f"{where}: found {type(value).__name__}, expected a mapping")
    return value
