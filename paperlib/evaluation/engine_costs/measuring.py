"""Measures the forms of a model, each step in a process of its own, and writes a record for each.

Timings are interleaved: every form is timed once before any is timed again, so that what else the machine does meets
all forms alike. Every finished step is kept under ``build/`` until the code changes, so that a run that was stopped
goes on where it was.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tqdm import tqdm

from paperlib.core import experiments, paths
from paperlib.core.config import DataConfig
from paperlib.core.errors import PaperlibError
from paperlib.core.files import read_json, write_json
from paperlib.core.fingerprint import modules_hash
from paperlib.data.examples import data_hash
from paperlib.data.predictions import Prediction, load_predictions
from paperlib.evaluation import metrics
from paperlib.evaluation.engine_costs.cost_records import Beside, CostConfig, EngineCost, Timings, load_cost
from paperlib.evaluation.engine_costs.form_loading import resolved
from paperlib.evaluation.engine_costs.form_worker import PROFILE, Result
from paperlib.evaluation.engine_costs.forms import REFERENCE, Form
from paperlib.evaluation.metrics import Score
from paperlib.evaluation.paired_tests import compare_scores
from paperlib.evaluation.statistics.comparisons import mcnemar_counts
from paperlib.evaluation.summary import summarise
from paperlib.evaluation.worker_processes import provenance_of, run_step
from paperlib.training.corpus import Data, make_data

BY_TIER = ("first_token_seconds", "answer_seconds", "answer_tokens", "answer_joules")
MEASURED = ("json_exact", "field_f1", "schema_valid")
Step = tuple[Form, str, Path]  # a step of a form, and the file of its result


def measure(config: CostConfig, forms: Sequence[Form], out: Path) -> list[EngineCost]:
    """The records of all ``forms``, below ``out`` in a folder of the model and test set.

    A form that has a record of the same configuration is not measured again. Raises PaperlibError for a model, test
    set or decoding that does not exist, and naming the form and the step that failed, with its reason.
    """
    resolved(config.model, config.base, config.threads)
    experiments.evaluation_of(PROFILE, PROFILE, test=config.test, decoding=config.decoding)
    folder = out / f"{Path(config.model).name}-{config.test}"
    there = {form.name: found for form in forms if (found := _record_of(folder, form, config))}
    left = [form for form in forms if form.name not in there]
    if left:
        made_of = {"n_test": config.examples, "data_seed": config.data_seed}
        data = make_data(DataConfig(profile=PROFILE, dataset=config.test, **made_of))
        work = paths.build(PROFILE) / f"{config.key}-{modules_hash('evaluation.engine_costs.form_worker')[:8]}"
        answered_too = [REFERENCE] if REFERENCE in forms and REFERENCE not in left else []
        _run_all(config, _steps(config, left, answered_too, work), work)
        for form in left:
            there[form.name] = one = _record(config, form, data, work, REFERENCE in forms)
            write_json(folder / f"{form.name}.json", one.model_dump(mode="json"))
    return [there[form.name] for form in forms]


def _record_of(folder: Path, form: Form, config: CostConfig) -> EngineCost | None:
    file = folder / f"{form.name}.json"
    found = load_cost(file) if file.is_file() else None
    return found if found and found.config == config else None


def _steps(config: CostConfig, forms: Sequence[Form], answered_too: Sequence[Form], work: Path) -> list[Step]:
    """All steps in their order: what is made first, then what is answered, then every repeat of all timings."""
    steps = [(form, "prepare", work / form.name / "files.json") for form in (*answered_too, *forms)]
    steps += [(form, "answer", work / form.name / "answers.json") for form in (*answered_too, *forms)]
    repeats = range(1, config.repeats + 1)
    return steps + [(form, "time", work / form.name / f"timing-{n}.json") for n in repeats for form in forms]


def _run_all(config: CostConfig, steps: Sequence[Step], work: Path) -> None:
    todo = [step for step in steps if not step[2].is_file()]
    bar = tqdm(todo, unit="step", disable=None)
    for form, step, file in bar:
        bar.set_description(f"{form.name}: {step}")
        _run(config, form, step, file)


def _run(config: CostConfig, form: Form, step: str, file: Path) -> None:
    made = paths.build(PROFILE) / "forms" / Path(config.model).name  # the same for every test set
    arguments = [step, form.name, config.model_dump_json(), str(made), str(file)]
    run_step("paperlib.evaluation.engine_costs.form_worker", arguments, f"{form.name}, step {step!r}")


def _record(config: CostConfig, form: Form, data: Data, work: Path, compared: bool) -> EngineCost:
    answers = load_predictions(work / form.name / "predictions.jsonl")
    scores = metrics.score(data.test, answers, data.schemas)
    measures = {name: measure for name, measure in metrics.MEASURES.items() if name in MEASURED}
    about = read_json(work / form.name / "answers.json")
    repeats = [read_json(work / form.name / f"timing-{n}.json") for n in range(1, config.repeats + 1)]
    return EngineCost(
        form=form.name,
        title=form.title,
        engine=form.engine,
        weights=form.weights,
        model=Path(config.model).name,
        model_name=about["model_name"],
        base=about["base"],
        parameters=about["parameters"],
        seed=about["seed"],
        test_set=config.test,
        split=data.test[0].split,
        decoding=config.decoding,
        test_hash=data_hash(data.test),
        files=read_json(work / form.name / "files.json")["files"],
        metrics=tuple(row for row in summarise(scores, measures) if row.group != "schema"),
        stops={stop: sum(one.stop == stop for one in answers) for stop in ("eos", "value", "cap")},
        beside=_beside(form, data, work, answers, scores) if compared else None,
        timings=timings_of(repeats),
        config=config,
        provenance=provenance_of(config, about),
    )


def timings_of(repeats: Sequence[Result]) -> Timings:
    """What was timed in each repeat, as one value a repeat."""
    found: dict[str, Any] = {name: tuple(one[name] for one in repeats) for name in repeats[0]}
    found = {name: None if values[0] is None else values for name, values in found.items()}
    for name in BY_TIER:
        found[name] = {tier: tuple(one[name][tier] for one in repeats) for tier in repeats[0][name]}
    sources = set(found.pop("joules_source"))
    if len(sources) > 1:
        raise PaperlibError(
            f"energy was read in several ways, by repeat: {', '.join(sorted(sources))}; delete the timings of some"
        )
    return Timings(**found, joules_source=sources.pop())


def _beside(
    form: Form, data: Data, work: Path, answers: Sequence[Prediction], scores: Sequence[Score]
) -> Beside | None:
    """The answers beside those of the reference; of the reference itself there is nothing to say."""
    if form == REFERENCE:
        return None
    theirs = load_predictions(work / REFERENCE.name / "predictions.jsonl")
    overall = compare_scores(metrics.score(data.test, theirs, data.schemas), scores, ("json_exact",))[0]
    return Beside(
        reference=REFERENCE.name,
        equal=sum(one.output.strip() == other.output.strip() for one, other in zip(answers, theirs, strict=True)),
        difference=overall.difference,
        interval=overall.interval,
        only_reference=overall.only_a,
        only_form=overall.only_b,
        p=mcnemar_counts(overall.only_a, overall.only_b),
    )
