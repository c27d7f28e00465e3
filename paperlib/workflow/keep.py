"""Keeps fresh results: from build/ into the committed folders, by an explicit command.

python -m paperlib.workflow.keep keep laptop    build/laptop/results -> data/results, one run at a time; coverage.json;
                                                runs tested on a dev split -> data/screening;
                                                profiles standard, documents, … -> data/benchmark;
                                                profiles on sizes (ladder, scratch, …) -> data/scaling;
                                                profiles replicates-* -> data/results/replicates.json
python -m paperlib.workflow.keep publish        build/committed -> figures/ and paper/
"""

import argparse
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from paperlib.core import config, experiments, paths
from paperlib.core.errors import DataError, PaperlibError, exit_code
from paperlib.core.files import atomic_write, read_json, write_json
from paperlib.core.records import Record, load_record
from paperlib.core.strict_model import validate
from paperlib.evaluation.runs import HEADLINE
from paperlib.evaluation.scaling.selection import PROFILES

ELSEWHERE = {
    **dict.fromkeys(("standard", "documents", "receipts", "function-calls", "intents", "tasks"), paths.BENCHMARK),
    **dict.fromkeys(PROFILES, paths.SCALING),
}  # profiles whose records are not of the main study, and where those lie
REPLICATES = "replicates-"  # begins the names of profiles that only measure how much reruns differ
# Beside record.json, which comes last.
KEPT = ("train.json", "scores.jsonl", "calls.jsonl", "likelihood.jsonl", "predictions.jsonl")
SMOKE = "smoke"  # the profile that only tests the pipeline
DRAWN = (".pdf", ".png")


def keep(profile: str) -> list[str]:
    """Copies the complete runs of ``profile`` into data/results, and its simulation of the intervals, if any.

    Runs that were tested on a dev split go to data/screening, where no result is read, replicates into one file.

    Returns the runs' names. A run's old record is taken away first and the new one comes last, so that a folder with a
    record is always whole. Raises PaperlibError where there is no complete run.
    """
    experiments.runs_of(profile)
    if profile == SMOKE:
        raise PaperlibError(f"profile {SMOKE!r} tests the pipeline, its results mean nothing; name another PROFILE")
    folders = sorted(path.parent for path in paths.results(profile).glob("*/record.json"))
    if not folders:
        where = paths.display(paths.results(profile))
        raise PaperlibError(f"{where} holds no record; run `make reproduce PROFILE={profile}` first")
    if profile.startswith(REPLICATES):
        _keep_replicates(profile, [load_record(folder) for folder in folders])
        return [folder.name for folder in folders]
    targets = [kept_in(profile, [folder.name]) / folder.name for folder in folders]  # of all before any is replaced
    for folder, target in zip(folders, targets, strict=True):
        _keep_run(folder, paths.model(profile, folder.name), target)
    if (simulated := paths.build(profile) / "intervals" / "coverage.json").is_file():
        copy(simulated, paths.RESULTS / simulated.name)
    return [folder.name for folder in folders]


def committed(profile: str) -> Path:
    """The folder in which records of a profile are kept, but those of the dev split."""
    return ELSEWHERE.get(profile, paths.RESULTS)


def kept_in(profile: str, runs: Sequence[str]) -> Path:
    """The folder in which the records of ``runs`` are kept: of a profile either all are tested on the dev split, or
    none is."""
    on_dev = bool(runs) and all(experiments.load(profile, run).data.dev for run in runs)
    return paths.SCREENING if on_dev else committed(profile)


def _keep_run(folder: Path, model: Path, target: Path) -> None:
    third_party = load_record(folder).test_set not in config.GENERATED  # no text may be committed, and answers quote it
    (target / "record.json").unlink(missing_ok=True)
    for name in KEPT:
        (target / name).unlink(missing_ok=True)
        source = next((path for path in (folder / name, model / name) if path.is_file()), None)
        if source and not (third_party and name == "predictions.jsonl"):
            copy(source, target / name)
    log = target / "train.json"
    if target.parent != paths.RESULTS and log.is_file():  # a figure shows the losses of those in data/results alone
        write_json(log, {key: value for key, value in read_json(log).items() if key != "losses"})
    copy(folder / "record.json", target / "record.json")


def _keep_replicates(profile: str, records: list[Record]) -> None:
    """Puts the headline metrics of a profile's records into the file of replicates, in place of older ones."""
    kept = [record for record in load_replicates() if record.profile != profile]
    for record in records:
        headline = tuple(record.metric(metric) for metric in HEADLINE)
        kept.append(record.model_copy(update={"metrics": headline}))
    rows = sorted(kept, key=lambda record: (record.profile, record.run))
    write_json(paths.REPLICATES, [record.model_dump(mode="json") for record in rows])


def load_replicates() -> list[Record]:
    """The committed replicates: records of the same recipes in other seeds and precisions, headline metrics only."""
    if not paths.REPLICATES.is_file():
        return []
    return [validate(Record, value, paths.REPLICATES, DataError) for value in read_json(paths.REPLICATES)]


def publish() -> list[Path]:
    """Copies what `make paper` drew and typeset into figures/ and paper/; returns what changed."""
    build = paths.build("committed")
    pairs = [
        (path, paths.FIGURES / path.name) for path in sorted((build / "figures").glob("*")) if path.suffix in DRAWN
    ]
    pairs += [(build / "paper" / name, paths.PAPER / name) for name in ("values.tex", "main.pdf")]
    pairs += [(path, paths.PAPER / "tables" / path.name) for path in sorted((build / "paper" / "tables").glob("*.tex"))]
    return [target for source, target in pairs if source.is_file() and copy(source, target)]


def copy(source: Path, target: Path) -> bool:
    """Copies whole or not at all; False, and the target untouched, where it holds the same already."""
    if target.is_file() and target.read_bytes() == source.read_bytes():
        return False
    with atomic_write(target) as part:
        shutil.copyfile(source, part)
    return True


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m paperlib.workflow.keep", description="From build/ into the checkout."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("keep", help="fresh records into data/results").add_argument("profile")
    commands.add_parser("publish", help="figures, tables and PDF of the committed records into figures/ and paper/")
    arguments = parser.parse_args(argv)

    def act() -> None:
        if arguments.command == "keep":
            print(f"Kept: {', '.join(keep(arguments.profile))}.")
        else:
            changed = [paths.display(path) for path in publish()]
            print(f"Written: {', '.join(changed)}" if changed else "Figures, tables and paper were up to date.")

    return exit_code(act)


if __name__ == "__main__":
    sys.exit(main())
