"""One step of the measurement of one form, in a process of its own: so its peak memory and its loading are its own.

    python -m paperlib.evaluation.engine_costs.form_worker STEP FORM CONFIG WORK OUT

STEP is ``prepare``, ``answer`` or ``time``, CONFIG the configuration as JSON, WORK the folder that holds the prepared
forms, and OUT a JSON file that is written last.
"""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from statistics import fmean
from time import perf_counter
from typing import Any

from paperlib.core import experiments, packages, provenance, runtime
from paperlib.core.energy import Meter
from paperlib.core.errors import exit_code
from paperlib.core.files import sha256, sha256_hex, write_json
from paperlib.data.examples import Example
from paperlib.decoding.answering import Decoding
from paperlib.decoding.engines.model_resolution import ResolvedModel
from paperlib.evaluation.engine_costs.cost_records import CostConfig, WeightFile
from paperlib.evaluation.engine_costs.form_loading import load, prepare, resolved, weight_files
from paperlib.evaluation.engine_costs.forms import Form, form_of
from paperlib.evaluation.engine_costs.runners import Generate, OurDecoding, Runner, Task
from paperlib.training.corpus import Data, load_data

PROFILE = "engine-costs"  # under which the texts are kept in build/
ANSWERED_TOGETHER = 32  # texts; how many does not change what is answered
Result = dict[str, Any]


def prepared(form: Form, model: ResolvedModel, work: Path) -> Result:
    """Makes the form; its weight files."""
    prepare(form, model, work)
    files = weight_files(form, model, work)
    kept = [WeightFile(name=path.name, bytes=path.stat().st_size, sha256=sha256(path)) for path in files]
    return {"files": [one.model_dump() for one in kept]}


def answered(form: Form, model: ResolvedModel, config: CostConfig, work: Path, out: Path) -> Result:
    """Answers all examples, into a file beside ``out``; what the record says of the model."""
    data = load_data(PROFILE, config.test)
    with opened(form, model, config, work, data, ANSWERED_TOGETHER) as runner:
        runner.answers(data.test, out.with_name("predictions.jsonl"))
    return {
        "model_name": runner.task.loaded.name,
        "base": model.base,
        "parameters": runner.task.loaded.parameters,
        "seed": model.log.get("config", {}).get("seed"),
        "hardware": provenance.hardware(config.threads),
        "versions": provenance.versions(*packages.OF_ENGINE.get(form.engine, ())),
    }


def timed(form: Form, model: ResolvedModel, config: CostConfig, work: Path) -> Result:
    """One repeat of every timing. Memory is that of answering one text at a time."""
    if form.engine != "torch":
        import transformers  # noqa: F401  (before the clock: what a form needs beside its own files)
    data = load_data(PROFILE, config.test)
    texts = timed_texts(data.test, config.timed)
    everything = [text for part in texts.values() for text in part]
    before, start = runtime.memory_gb(), perf_counter()
    with opened(form, model, config, work, replace(data, test=everything)) as runner:
        found: Result = {"load_seconds": perf_counter() - start, "libraries_gb": None if form.served else before}
        found |= rates(runner, texts, config.tokens) | costs_of_answers(runner, texts)
        found["peak_memory_gb"] = runner.peak_memory_gb()
        together = [everything[place % len(everything)] for place in range(config.at_once)]
        at_once = None if form.served else runner.generation_seconds(together, config.tokens)
    rate = at_once and config.at_once * config.tokens / at_once
    return found | {"generation_tokens_per_second_at_once": rate}


def timed_texts(examples: Sequence[Example], n: int) -> dict[str, list[Example]]:
    """At most ``n`` examples of each tier: those with the smallest SHA-256 of the id."""
    by_tier: dict[str, list[Example]] = {}
    for example in sorted(examples, key=lambda example: sha256_hex(example.id)):
        by_tier.setdefault(example.tier or "none", []).append(example)
    return {tier: found[:n] for tier, found in by_tier.items()}


def rates(runner: Runner, texts: dict[str, list[Example]], tokens: int) -> Result:
    """Tokens a second of prompts and of generation, and seconds to the first token by tier.

    The shortest text is answered once before: the first pass of a process is slower than all others."""
    everything = [text for part in texts.values() for text in part]
    runner.first_token(min(everything, key=lambda text: len(text.text)))
    first = {tier: [runner.first_token(text) for text in part] for tier, part in texts.items()}
    all_first = [one for part in first.values() for one in part]
    generated = [runner.generation_seconds([part[0]], tokens) for part in texts.values()]
    return {
        "prompt_tokens_per_second": sum(n for n, _ in all_first) / sum(seconds for _, seconds in all_first),
        "first_token_seconds": {tier: fmean(seconds for _, seconds in part) for tier, part in first.items()},
        "generation_tokens_per_second": len(generated) * tokens / sum(generated),
    }


def costs_of_answers(runner: Runner, texts: dict[str, list[Example]]) -> Result:
    """Seconds, tokens and joules an answer, by tier."""
    found: dict[str, dict[str, float]] = {"answer_seconds": {}, "answer_tokens": {}, "answer_joules": {}}
    for tier, part in texts.items():
        with Meter() as meter:
            answers = [answer for one in part for answer in runner.answers([one])]  # none helps another
        found["answer_seconds"][tier] = meter.seconds / len(part)
        found["answer_joules"][tier] = meter.joules / len(part)
        found["answer_tokens"][tier] = fmean(one.n_output_tokens for one in answers)
    return {**found, "joules_source": meter.source}


@contextmanager
def opened(
    form: Form, model: ResolvedModel, config: CostConfig, work: Path, data: Data, batch_size: int = 1
) -> Iterator[Runner]:
    """Loads a form, and ends it after the block; no text will be longer than those of ``data``."""
    evaluation = experiments.evaluation_of(PROFILE, PROFILE, test=config.test, decoding=config.decoding)
    decoding = Decoding(evaluation.constraint, evaluation.reranking_rounds, config.cap_factor, batch_size)
    task = Task(load(form, model, work), model.log, data.schemas, decoding)
    if form.served:
        from paperlib.evaluation.engine_costs.served_runner import serving  # and gguf, which others do without

        with serving(task, data.test) as served:
            yield served
    else:
        yield Generate(task) if form.engine == "transformers" else OurDecoding(task)


def main(argv: Sequence[str]) -> None:
    step, name, text, work, out = argv
    form, config = form_of(name), CostConfig.model_validate_json(text)
    model, file = resolved(config.model, config.base, config.threads), Path(out)
    steps: dict[str, Callable[[], Result]] = {
        "prepare": lambda: prepared(form, model, Path(work)),
        "answer": lambda: answered(form, model, config, Path(work), file),
        "time": lambda: timed(form, model, config, Path(work)),
    }
    write_json(file, steps[step]())


if __name__ == "__main__":
    sys.exit(exit_code(lambda: main(sys.argv[1:])))
