"""The model cards of the released adapters, ``data/models/NAME/README.md``, from their training logs and records.

:func:`write` is called by :mod:`paperlib.paper.readme`. The head is what model hubs read (YAML).
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from paperlib.core import paths
from paperlib.core.config import EDGEJSON, FUNCTION_CALLS, TrainConfig, trained_on_calls, training_config
from paperlib.core.files import read_json, write_text
from paperlib.core.records import Records, ScoredRun, load_blind
from paperlib.data.display import counted
from paperlib.evaluation.runs import PUBLISHED, TEST_NAMES, find, select
from paperlib.paper.call_tables import TESTS as CALL_TESTS
from paperlib.paper.latex import duration, markdown, millions, with_interval
from paperlib.training.bases import BASES

SETS = {
    **TEST_NAMES,
    **CALL_TESTS,
    EDGEJSON: "EdgeJSON",
    PUBLISHED: "published v3",
    f"{PUBLISHED}-whole": "published v3, its training file",
    FUNCTION_CALLS: "generated function calls",
}
THRESHOLDS = {"empty_above": "an empty object", "refuse_above": "no call"}  # in a training log, and what is decided
LIMITS = (
    "- A schema makes an answer valid, not true: values can be wrong, or those of another field.\n"
    "- It reads English best; what it has seen of other languages is generated text of a few kinds.\n"
)
CALL_LIMITS = (
    "- It refuses many requests in words that are far from those of the function. `--refuse-above 0.5`, say, has it "
    "call more, also where no tool fits.\n"
)


def write(records: Records) -> Iterator[Path]:
    """Writes the cards, and yields their paths."""
    runs: list[ScoredRun] = [*load_blind(), *records.values()]
    for log in sorted(paths.RELEASED_ADAPTERS.glob("*/train.json")):
        card = log.with_name("README.md")
        write_text(card, render(log.parent.name, read_json(log), runs))
        yield card


def render(name: str, log: Mapping[str, Any], runs: Sequence[ScoredRun]) -> str:
    """The card of an adapter, whose ``log`` is that of its training."""
    config, base = training_config(dict(log)), BASES[log["config"]["base"]]
    head = {"license": base.licence.lower(), "base_model": base.hub, "library_name": "peft"}
    calls = trained_on_calls(dict(log))
    what, command = _use(name, config, calls)
    parts = [
        "---\n" + "".join(f"{key}: {value}\n" for key, value in head.items()) + "---",
        f"# {name}",
        f"A LoRA adapter of {millions(log['trainable'])} parameters for {log['model']}. {what}",
        f"    {command}",
        "## Training",
        _training(config, log),
        "## Scores",
        _scores(select(runs, trained_by=name)) or "None are recorded: other adapters go on from it.",
        "## Limits",
        (LIMITS + CALL_LIMITS * calls).rstrip("\n"),
    ]
    return "\n\n".join(parts).replace(r"\,", " ") + "\n"


def _use(name: str, config: TrainConfig, calls: bool) -> tuple[str, str]:
    """What the model does, and a command that has it do so."""
    if calls:
        what = "It answers a request with calls of the functions that it is told, or with none."
        return what, f'paperlib call --model {name} --tools TOOLS.json "How warm is it in Rome, in Fahrenheit?"'
    if config.prompt == "plain":
        what = "It turns `Label: value` lines of the published schemas into JSON, and needs no schema."
        return what, f'paperlib extract --model {name} "TEXT"'
    what = "It turns a text into JSON under any JSON Schema, which it reads in its prompt."
    return what, f'paperlib extract --model {name} --schema SCHEMA.json "TEXT"'


def _training(config: TrainConfig, log: Mapping[str, Any]) -> str:
    initial = ", ".join(f"`{one}`" for one in config.init_from)
    scaled = f", scaled by {config.init_scale:g}" if config.init_scale != 1 else ""
    if config.max_steps == 0:
        said = f"No further training: the weight update of {initial}{scaled}"
    else:
        tokens, threads = round(log["seconds"] * log["tokens_per_second"]), log["hardware"]["threads"]
        said = f"{counted(log['n_train'], 'example')}, {tokens:,} tokens, {duration(log['seconds'])} on {threads} cores"
        said += f", from {initial}{scaled}" if initial else ""
    said += f"; recipe `{config.recipe}` in `experiments.yaml`, seed {config.seed}."
    for key, answer in THRESHOLDS.items():
        if key in log:
            said += f" It answers with {answer} where the probability of that is at least {log[key]:.3g}."
    return said


def _scores(runs: Sequence[ScoredRun]) -> str:
    """A row a test set and way to decode."""
    rows = []
    for one in runs:
        calls = find(one, "call_accuracy")
        exact, fields = (calls, None) if calls else (one.metric("json_exact"), find(one, "field_f1"))
        split = ", held-out" if one.split == "held-out" else ""
        cells = [f"{SETS.get(one.test_set, one.test_set)}{split}", one.decoding, str(exact.n)]
        rows.append([*cells, with_interval(exact), with_interval(fields)])
    head = ["Test set", "Decoding", "Texts", "Right answers, %", "Field F1"]
    return markdown("llrrr", head, rows).rstrip("\n") if rows else ""
