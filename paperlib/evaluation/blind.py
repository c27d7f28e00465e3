"""Scores of a trained model on the published test split, which the user has and nothing else here opens.

    python -m paperlib.evaluation.blind --data-root DIR --model lora-135m-recombined-mean --decoding greedy

``DIR/edgejson_v3/`` holds ``test.jsonl``, in the published form, and ``schemas/``. A score is blind once: whoever has
seen one and tries again chooses by it. So a model is scored once in each decoding, nothing of a text or an answer is
kept, and a second score takes ``--again`` and says that it is one.
"""

import argparse
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from paperlib.core import experiments, paths, provenance, runtime
from paperlib.core.arguments import positive_int
from paperlib.core.config import GREEDY, EvalConfig
from paperlib.core.errors import DataError, PaperlibError, exit_code
from paperlib.core.files import atomic_folder, read_json, write_json, write_jsonl
from paperlib.core.records import BlindRecord
from paperlib.core.strict_model import suggestion
from paperlib.data import published_split
from paperlib.data.examples import Example, load_examples
from paperlib.data.schemas import Schemas, load_schemas
from paperlib.decoding.answering import Decoding, answer
from paperlib.evaluation.evaluate import load_model
from paperlib.evaluation.protocols import token_cut
from paperlib.evaluation.report import Report, report

DATASET, SPLIT = "edgejson_v3", "test"
MODEL = "lora-135m-recombined-mean"


def score_blind(config: EvalConfig, root: Path, again: bool = False) -> tuple[BlindRecord, Report]:
    """Answers and scores the test split below ``root`` with the model of ``config``, and writes the folder of its
    record: ``record.json``, and the outcome of every example by id in ``scores.jsonl``.

    Answers are written to ``build/`` as they come, so that a killed run is continued, and deleted with the record
    written. Raises PaperlibError if the model has been scored in this decoding and it is not ``again`` and, naming file
    and line or id, for a test split that is missing or not what was published.
    """
    folder, scored_before = paths.BLIND / config.run, (paths.BLIND / config.run / "record.json").is_file()
    if scored_before and not again:
        raise PaperlibError(
            f"{paths.display(folder)}: {config.model!r} has been scored in decoding {config.decoding!r}, and a second "
            "score is no longer blind; if it must be, say --again (for make: AGAIN=1)"
        )
    examples, schemas = read_test_split(root)
    loaded, log = load_model(config), read_json(trained_folder(config.model or "", config.profile) / "train.json")
    decoding = Decoding(config.constraint, config.reranking_rounds, config.cap_factor, config.batch_size)
    origin = {"config": config.model_dump(mode="json"), "model": loaded.name, "trained": log["identity"]}
    answers = paths.build("blind") / config.run
    out = answers / "predictions.jsonl"
    predictions = answer(loaded, log, examples, schemas, decoding, out=out, origin=origin)
    scored = report(examples, predictions, schemas, token_cut(loaded.tokenizer))
    record = _record(config, log["config"], scored, scored_before)
    with atomic_folder(folder) as part:
        write_jsonl(part / "scores.jsonl", (score.row() for score in scored.scores))
        write_json(part / "record.json", record.model_dump(mode="json"))
    shutil.rmtree(answers)
    return record, scored


def read_test_split(root: Path) -> tuple[list[Example], Schemas]:
    """The published test split below ``root``, and its schemas. Raises PaperlibError or DataError: for a folder or
    file that is missing or broken, an example without answer or schema, and one of the published training file."""
    if not root.is_dir():
        raise PaperlibError(f"DATA_ROOT: {root}: no such folder")
    path, folder = root / DATASET / "test.jsonl", root / DATASET / "schemas"
    if not path.is_file():
        raise PaperlibError(f"{path}: no such file, expected the published test split, unchanged")
    if not folder.is_dir():
        raise PaperlibError(f"{folder}: no such folder, expected the published JSON Schemas, one a file")
    examples, schemas = load_examples(path), load_schemas(folder)
    trained_on = {id_ for ids in read_json(published_split.FILE).values() for id_ in ids}
    for what, found in (
        ("of the published training file, expected the test split", [e for e in examples if e.id in trained_on]),
        ("without an answer (field 'expected_output')", [e for e in examples if e.answer is None]),
        (f"with a schema that {folder} lacks", [e for e in examples if e.schema_id not in schemas]),
    ):
        if found:
            raise DataError(f"{path}: holds {len(found)} of {len(examples)} examples {what}, {found[0].id!r} the first")
    return examples, schemas


def blind_config(model: str, decoding: str, profile: str, threads: int = 2) -> EvalConfig:
    """How a trained model is scored; ``run`` names the folder of the record. Raises PaperlibError for a model that is
    not trained, and a decoding that ``experiments.yaml`` does not define."""
    trained_folder(model, profile)
    run = f"blind-{model}" if decoding == GREEDY else f"blind-{model}-{decoding}"
    tested = experiments.evaluation_of(run, profile, model=model, test=DATASET, decoding=decoding)
    return tested.model_copy(update={"threads": threads})


def trained_folder(model: str, profile: str) -> Path:
    """The folder of the model that a run has trained. Raises PaperlibError if it has none."""
    if folder := paths.trained(profile, model):
        return folder
    released = [path.parent.name for path in paths.RELEASED_ADAPTERS.glob("*/train.json")]
    hint = suggestion(model, released)
    raise PaperlibError(f"model {model!r} is neither trained under profile {profile!r} nor released{hint}")


def _record(config: EvalConfig, train: dict[str, Any], scored: Report, scored_before: bool) -> BlindRecord:
    commit, dirty = provenance.git_state()
    machine = provenance.hardware(config.threads)
    times = "again, after an earlier score" if scored_before else "for the first time"
    return BlindRecord(
        run=config.run,
        label=config.label,
        base=config.base,
        recipe=config.recipe,
        train_set=train["data"],
        trained_by=config.model,
        test_set=DATASET,
        split=SPLIT,
        decoding=config.decoding,
        seed=train["seed"],
        n_test=len(scored.scores),
        git_commit=commit[:7] + ("-dirty" if dirty else ""),
        hardware=machine["gpu"] or f"{config.threads} cores of {machine['cpu']}" + ", bf16" * machine["bf16"],
        source=f"answered and scored with `make blind` at that commit, {times}",
        metrics=scored.metrics,
    )


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m paperlib.evaluation.blind",
        description="Answer and score the published test split once with a trained model.",
    )
    parser.add_argument("--data-root", type=Path, default=paths.data_root(), metavar="DIR", help="it holds edgejson_v3")
    parser.add_argument("--model", default=MODEL, help=f"a released or trained run (default: {MODEL})")
    parser.add_argument("--decoding", default=GREEDY, help="of experiments.yaml (default: greedy)")
    parser.add_argument("--profile", default="laptop", help="under which a run was trained (default: laptop)")
    parser.add_argument("--threads", type=positive_int, default=2, help="of the processor (default: 2)")
    parser.add_argument("--again", action="store_true", help="replace the score that this model has in this decoding")
    arguments = parser.parse_args(argv)

    def act() -> None:
        if arguments.data_root is None:
            raise PaperlibError("name the folder that holds edgejson_v3/test.jsonl: --data-root (for make: DATA_ROOT)")
        config = blind_config(arguments.model, arguments.decoding, arguments.profile, arguments.threads)
        record, scored = score_blind(config, arguments.data_root, arguments.again)
        print(f"{scored}\n\n{paths.display(paths.BLIND / record.run)}: the scores, by id, without a text or an answer")
        print(f"peak memory {runtime.peak_memory_gb():.1f} GB", file=sys.stderr)

    return exit_code(act)


if __name__ == "__main__":
    sys.exit(main())
