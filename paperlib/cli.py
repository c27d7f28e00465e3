"""``paperlib weights | generate | train | predict | score | extract``: the stages by hand. No logic of its own."""

import argparse
import difflib
import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from paperlib import config, paths
from paperlib.errors import PaperlibError, exit_code
from paperlib.files import read_json


def main(argv: Sequence[str] | None = None) -> int:
    """Exit status: 0, or 2 after one line on standard error that says what to mend."""
    arguments = _parser().parse_args(argv)
    return exit_code(lambda: arguments.do(arguments), "paperlib")


def _weights(arguments: argparse.Namespace) -> None:
    from paperlib import weights

    print(weights.obtain(arguments.base))


def _generate(arguments: argparse.Namespace) -> None:
    from paperlib.dataset import data_hash, save_examples
    from paperlib.generate import generate, validate
    from paperlib.schemas import load_schemas

    examples = generate(arguments.train, arguments.test, arguments.seed)
    report = validate(examples, load_schemas())
    for split in ("train", "test"):
        part = [e for e in examples if e.split == split]
        save_examples(arguments.out / f"{split}.jsonl", part)
        print(f"{arguments.out / split}.jsonl: {len(part)} examples, hash {data_hash(part)}")
    print(report)


def _train(arguments: argparse.Namespace) -> None:
    from paperlib import corpus, train

    run = config.load(arguments.profile, arguments.run)
    if run.train is None:
        raise PaperlibError(f"run {arguments.run!r} tests a model and trains none")
    chosen = run.train.model_copy(update={"base": arguments.base} if arguments.base else {})
    examples = corpus.make_data(run.data).train
    if arguments.dry_run:
        print(train.dry_run(chosen, examples))
        return
    train.train(chosen, examples)
    print(paths.shown(paths.model(arguments.profile, arguments.run)))


def _predict(arguments: argparse.Namespace) -> None:
    from paperlib import decode, runtime
    from paperlib.dataset import load_examples

    examples = load_examples(arguments.data)
    loaded, ratio, trained = _model(arguments)
    origin = {"model": loaded.name, "trained": trained, "precision": arguments.precision}
    cap = decode.Cap(ratio, arguments.cap_factor)
    predictions = decode.predict(loaded, examples, arguments.out, cap, arguments.batch_size, origin)
    hits = sum(p.stop == "cap" for p in predictions)
    print(f"{arguments.out}: {len(predictions)} answers, {hits} ended by the cap")
    print(f"peak memory {runtime.peak_memory_gb():.1f} GB", file=sys.stderr)


def _score(arguments: argparse.Namespace) -> None:
    from paperlib import metrics
    from paperlib.dataset import data_hash, load_examples
    from paperlib.files import write_json, write_jsonl
    from paperlib.predictions import load_predictions
    from paperlib.schemas import load_schemas
    from paperlib.show import Table, interval

    examples = load_examples(arguments.data)
    predictions = load_predictions(arguments.predictions)
    _same_data(arguments.predictions, arguments.data, data_hash(examples))
    scores = metrics.score(examples, predictions, load_schemas(arguments.schemas))
    summary = metrics.summarise(scores)
    print(Table([{"metric": m.metric, m.group: m.name, "value": interval(m)} for m in summary if m.group == "overall"]))
    for group in ("tier", "schema"):
        rows = [m for m in summary if m.group == group and m.metric == "json_exact"]
        print(Table([{group: m.name, "json_exact": interval(m)} for m in rows]))
    caps = sum(s.stop == "cap" for s in scores)
    print(f"{caps} of {len(scores)} answers ended by the cap")
    if arguments.out:
        write_json(arguments.out, [m.model_dump() for m in summary])
        write_jsonl(arguments.out.with_suffix(".scores.jsonl"), (s.row() for s in scores))


def _same_data(predictions: Path, data: Path, found: str) -> None:
    """Refuses predictions whose note beside them says that they answer other data."""
    beside = predictions.with_suffix(".meta.json")
    made_on = read_json(beside).get("data_hash", found) if beside.is_file() else found
    if made_on != found:
        raise PaperlibError(
            f"{predictions} answers data of hash {made_on} (says {beside.name}), {data} has hash {found}; "
            "name the data it was made on, or predict again"
        )


def _extract(arguments: argparse.Namespace) -> None:
    from paperlib import decode
    from paperlib.reading import NotJSONError, first_value

    text = _text(arguments.text)
    loaded, ratio, _ = _model(arguments)
    answer = decode.complete(loaded, text, decode.Cap(ratio, arguments.cap_factor))
    try:
        print(json.dumps(first_value(answer.output), indent=2, ensure_ascii=False))
    except NotJSONError as error:
        raise PaperlibError(f"the model's answer is not JSON ({error}): {answer.output.strip()[:200]!r}") from None


def _text(argument: str) -> str:
    if argument != "-":
        return argument
    text = sys.stdin.read()
    if not text.strip():
        raise PaperlibError("standard input is empty, expected the text to read")
    return text


def _model(arguments: argparse.Namespace) -> tuple[Any, float, str | None]:
    """Model, answer-to-prompt ratio and identity for ``--model``: a run, a folder, or a base as it comes."""
    from paperlib import decode, models, runtime

    runtime.prepare(arguments.threads)
    dtype = runtime.dtype_of(arguments.precision)
    folder = _trained_folder(arguments.profile, arguments.model)
    if folder is None:
        _refuse_untrained(arguments.profile, arguments.model)
        return models.load_base(arguments.model, dtype), decode.RATIO, None
    log = read_json(folder / "train.json")
    base = arguments.base or log["config"]["base"]
    return models.load_trained(folder, base, dtype), log["answer_ratio"], log["identity"]


def _trained_folder(profile: str, model: str) -> Path | None:
    for folder in (paths.model(profile, model), Path(model)):
        if (folder / "train.json").is_file():
            return folder
    return None


def _refuse_untrained(profile: str, model: str) -> None:
    """A name that is, or is nearly, one of a run: it cannot be a base."""
    runs = config.runs_of(profile, with_data_root=True)
    if model in runs:
        trains = config.load(profile, model).train is not None
        hint = f"is not trained yet: paperlib train {model} --profile {profile}" if trains else "trains no model"
        raise PaperlibError(f"run {model!r} {hint}")
    if "/" not in model and not Path(model).exists() and (near := difflib.get_close_matches(model, runs, cutoff=0.8)):
        raise PaperlibError(f"there is no model {model!r}; did you mean {near[0]}?")


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"expected a whole number of at least 1, found {text!r}")
    return int(text)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="paperlib", description="Very small language models that turn text into JSON."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, do: Callable[[argparse.Namespace], None], text: str) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=text, description=text)
        made.set_defaults(do=do)
        return made

    weights = command("weights", _weights, "obtain base weights; prints their folder")
    weights.add_argument("--base", default="smollm2-135m-instruct", help="embedded name, local folder or hub id")

    generate = command("generate", _generate, "write the study's dataset: train.jsonl and test.jsonl")
    generate.add_argument("--out", type=Path, required=True, metavar="DIR")
    generate.add_argument("--train", type=int, default=629, help="training examples (default: 629)")
    generate.add_argument("--test", type=int, default=158, help="test examples (default: 158)")
    generate.add_argument("--seed", type=int, default=0)

    train = command("train", _train, "train one run of experiments.yaml")
    train.add_argument("run", help="its name there, e.g. lora-135m")
    train.add_argument("--profile", default="laptop")
    train.add_argument("--base", help="another base: local folder or hub id")
    train.add_argument("--dry-run", action="store_true", help="say what it would take, and stop")

    predict = command("predict", _predict, "answer every text of a JSONL file (ours or the published form)")
    predict.add_argument("--data", type=Path, required=True, metavar="X.jsonl")
    predict.add_argument("--out", type=Path, required=True, metavar="Y.jsonl")
    predict.add_argument("--schemas", type=Path, help="accepted for symmetry with score; the prompt holds no schema")
    predict.add_argument("--batch-size", type=_count, default=64)

    score = command("score", _score, "score answers against the data they belong to")
    score.add_argument("predictions", type=Path, metavar="Y.jsonl")
    score.add_argument("--data", type=Path, required=True, metavar="X.jsonl")
    score.add_argument(
        "--schemas", type=Path, default=paths.SCHEMAS, metavar="DIR", help="JSON Schemas (default: ours)"
    )
    score.add_argument("--out", type=Path, metavar="Z.json", help="also write metrics, and scores beside them")

    extract = command("extract", _extract, "read one text, print its JSON")
    extract.add_argument("text", help="the text, or - for standard input")

    for reader in (predict, extract):
        reader.add_argument("--model", required=True, help="a trained run, its folder, or a base as it comes")
        reader.add_argument("--profile", default="laptop", help="where a run named by --model was trained")
        reader.add_argument("--base", help="the base under the adapter, where it lies elsewhere now")
        reader.add_argument("--cap-factor", type=float, default=1.25, help="headroom over the longest training answers")
        reader.add_argument("--precision", choices=("auto", "bf16", "fp32"), default="auto")
        reader.add_argument("--threads", type=_count, default=min(2, os.cpu_count() or 1))
    return parser


if __name__ == "__main__":
    sys.exit(main())
