"""``paperlib weights | generate | standard | train | predict | …``, the stages by hand."""

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, get_args

from paperlib.benchmark.release import command as release
from paperlib.benchmark.standard import command as standard
from paperlib.core import config, paths
from paperlib.core.arguments import count, count_or_zero, positive
from paperlib.core.errors import PaperlibError, exit_code
from paperlib.core.files import read_json
from paperlib.teacher import command as teacher
from paperlib.training.model_resolution import find


def main(argv: Sequence[str] | None = None) -> int:
    """Exit status: 0, or 2 after one line on standard error that says what to mend."""
    arguments = _parser().parse_args(argv)
    return exit_code(lambda: arguments.do(arguments), "paperlib")


def _weights(arguments: argparse.Namespace) -> None:
    from paperlib.training import weights

    print(weights.obtain(arguments.base))


def _generate(arguments: argparse.Namespace) -> None:
    from paperlib.benchmark.edgejson import generate
    from paperlib.benchmark.edgejson_checks import validate
    from paperlib.data.examples import data_hash, save_examples
    from paperlib.data.schemas import load_schemas

    examples = generate(arguments.train, arguments.test, arguments.seed)
    report = validate(examples, load_schemas())
    for split in ("train", "test"):
        part = [e for e in examples if e.split == split]
        save_examples(arguments.out / f"{split}.jsonl", part)
        print(f"{arguments.out / split}.jsonl: {len(part)} examples, hash {data_hash(part)}")
    print(report)


def _train(arguments: argparse.Namespace) -> None:
    from paperlib.training import corpus, trainer

    run = config.load(arguments.profile, arguments.run)
    if run.train is None:
        raise PaperlibError(f"run {arguments.run!r} tests a model and trains none")
    chosen = run.train.model_copy(update={"base": arguments.base} if arguments.base else {})
    examples = corpus.trained_on(chosen, corpus.make_data(run.data))
    if arguments.dry_run:
        print(trainer.dry_run(chosen, examples))
        return
    trainer.train(chosen, examples)
    print(paths.shown(paths.model(arguments.profile, arguments.run)))


def _predict(arguments: argparse.Namespace) -> None:
    from paperlib.core import runtime
    from paperlib.core.files import digest
    from paperlib.data.examples import data_hash, load_examples
    from paperlib.data.schemas import load_schemas
    from paperlib.decoding import greedy
    from paperlib.decoding.constrained import holding
    from paperlib.training import corpus

    examples = load_examples(arguments.data)
    named = find(arguments)
    loaded, log = named.load(), named.log
    origin = {"model": loaded.name, "trained": log.get("identity"), "precision": arguments.precision}
    cap = greedy.Cap(log.get("answer_ratio", greedy.RATIO), arguments.cap_factor)
    origin["data_hash"] = data_hash(examples)  # of the texts alone, by which `score` knows them
    schemas, taught = load_schemas(arguments.schemas), config.taught(log)
    asked = corpus.shown(examples, schemas, taught.prompt)
    origin["asked"] = data_hash(asked)
    held = holding(arguments.constraint, loaded.tokenizer, examples, schemas, taught)
    origin["held"] = [arguments.constraint, digest([s.body for s in schemas.values()]) if held else None]
    predictions = greedy.predict(
        loaded, asked, arguments.out, cap, arguments.batch_size, origin, held=held, looks=arguments.looks
    )
    hits = sum(p.stop == "cap" for p in predictions)
    print(f"{arguments.out}: {len(predictions)} answers, {hits} ended by the cap")
    print(f"peak memory {runtime.peak_memory_gb():.1f} GB", file=sys.stderr)


def _score(arguments: argparse.Namespace) -> None:
    from paperlib.core.files import write_json, write_jsonl
    from paperlib.evaluation.report import report

    examples, schemas = _asked(arguments)
    found = report(examples, _answers(arguments, arguments.predictions, examples), schemas)
    _warn_of_other_schemas(examples, schemas, arguments.schemas)
    print(found)
    if arguments.out:
        write_json(arguments.out, found.row())
        write_jsonl(arguments.out.with_suffix(".scores.jsonl"), (s.row() for s in found.scores))


def _compare(arguments: argparse.Namespace) -> None:
    from paperlib.core.files import write_json
    from paperlib.evaluation import paired_tests
    from paperlib.evaluation.metrics import score

    examples, schemas = _asked(arguments)
    one, other = (score(examples, _answers(arguments, path, examples), schemas) for path in (arguments.a, arguments.b))
    found = paired_tests.paired(one, other)
    _warn_of_other_schemas(examples, schemas, arguments.schemas)
    print(paired_tests.table(found, arguments.a.name, arguments.b.name))
    if arguments.out:
        write_json(arguments.out, [pair.row() for pair in found])


def _asked(arguments: argparse.Namespace) -> tuple[Any, Any]:
    """The examples of ``--data``, and their schemas."""
    from paperlib.data.examples import load_examples
    from paperlib.data.schemas import load_schemas

    return load_examples(arguments.data), load_schemas(arguments.schemas)


def _answers(arguments: argparse.Namespace, path: Path, examples: Any) -> Any:
    """The answers of a file, unless they are known to answer other data."""
    from paperlib.data.examples import data_hash
    from paperlib.data.predictions import load_predictions

    predictions = load_predictions(path)
    _same_data(path, arguments.data, data_hash(examples))
    return predictions


def _warn_of_other_schemas(examples: Any, schemas: Any, folder: Path) -> None:
    """Schemas of the same names may be those of other data: then not even the expected answers follow them."""
    from paperlib.evaluation.metrics import schema_valid

    if strange := sorted({e.schema_id for e in examples} - set(schemas)):
        n = sum(e.schema_id in strange for e in examples)
        told = (
            f"{n} of {len(examples)} examples name schemas that {paths.shown(folder)} lacks ({', '.join(strange[:3])})"
        )
        print(f"paperlib: {told}; Schema-valid leaves them out", file=sys.stderr)
    known = [e for e in examples if e.schema_id in schemas and e.answer is not None]
    wrong = sum(not schema_valid(e.answer, schemas[e.schema_id]) for e in known)
    if wrong:
        told = f"{wrong} of {len(known)} expected answers do not follow the schemas in {paths.shown(folder)}"
        print(f"paperlib: {told}; name those of the data with --schemas", file=sys.stderr)


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
    from paperlib.data.examples import Example
    from paperlib.data.output_parser import NotJSONError, extract
    from paperlib.data.schemas import Schemas, breaches, load_schema
    from paperlib.decoding import greedy
    from paperlib.decoding.constrained import holding
    from paperlib.training import corpus

    text = _text(arguments.text)
    schema = load_schema(arguments.schema) if arguments.schema else None
    named = find(arguments)
    taught, constraint = config.taught(named.log), arguments.constraint
    told = taught.prompt == "schema"
    if schema is None and (told or constraint != "none"):
        reason = "is told what to look for" if told else f"is held to {constraint}"
        raise PaperlibError(f"model {arguments.model!r} {reason}: name a JSON Schema with --schema")
    if schema is not None and not told and constraint == "none":
        raise PaperlibError(f"model {arguments.model!r} is told no schema: add --constraint, or leave --schema out")
    loaded = named.load()
    cap = greedy.Cap(named.log.get("answer_ratio", greedy.RATIO), arguments.cap_factor)
    schemas = Schemas({schema.id: schema} if schema else {})
    example = Example("text", schema.id if schema else "", None, "", "", text, None)
    held = holding(constraint, loaded.tokenizer, [example], schemas, taught)
    asked = corpus.shown([example], schemas, taught.prompt)[0]
    output = greedy.complete(loaded, asked, cap, held, arguments.looks).output
    try:
        answer = extract(output)
    except NotJSONError as error:
        raise PaperlibError(f"the model's answer is not JSON ({error}): {output.strip()[:200]!r}") from None
    print(json.dumps(answer, indent=2, ensure_ascii=False))
    if schema and (wrong := breaches(answer, schema)):
        print(f"paperlib: the answer does not follow {paths.shown(arguments.schema)}: {wrong[0]}", file=sys.stderr)


def _text(argument: str) -> str:
    if argument != "-":
        return argument
    try:
        text = sys.stdin.buffer.read().decode()
    except UnicodeDecodeError as error:
        raise PaperlibError(f"standard input: not UTF-8 (byte {error.start})") from None
    if not text.strip():
        raise PaperlibError("standard input is empty, expected the text to read")
    return text


def _judge(schemas: Any) -> Any:
    """What decides whether an example of a teacher enters: the validator of EdgeJSON standard."""
    from paperlib.benchmark.fields import fields_of
    from paperlib.benchmark.standard import checks

    for schema in schemas.values():
        fields_of(schema)  # raises where the validator could not walk it, before anything is asked
    return lambda example: checks.of_text(example, schemas[example.schema_id])


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
    generate.add_argument("--train", type=count_or_zero, default=629, help="training examples (default: 629)")
    generate.add_argument("--test", type=count_or_zero, default=158, help="test examples (default: 158)")
    generate.add_argument("--seed", type=int, default=0)

    trainer = command("train", _train, "train one run of experiments.yaml")
    trainer.add_argument("run", help="its name there, e.g. lora-135m")
    trainer.add_argument("--profile", default="laptop")
    trainer.add_argument("--base", help="another base: local folder or hub id")
    trainer.add_argument("--dry-run", action="store_true", help="say what it would take, and stop")

    predict = command("predict", _predict, "answer every text of a JSONL file (ours or the published form)")
    predict.add_argument("--data", type=Path, required=True, metavar="X.jsonl")
    predict.add_argument("--out", type=Path, required=True, metavar="Y.jsonl")
    predict.add_argument(
        "--schemas",
        type=Path,
        default=paths.SCHEMAS,
        metavar="DIR",
        help="for models that are told them, or held to them; default: ours",
    )
    predict.add_argument("--batch-size", type=count, default=64, help="texts at a time (default: 64)")

    score = command("score", _score, "score answers against the data they belong to, under both protocols")
    score.add_argument("predictions", type=Path, metavar="Y.jsonl")
    compare = command("compare", _compare, "hold two sets of answers to the same data against each other, in pairs")
    compare.add_argument("a", type=Path, metavar="A.jsonl")
    compare.add_argument("b", type=Path, metavar="B.jsonl")
    for judge in (score, compare):
        judge.add_argument("--data", type=Path, required=True, metavar="X.jsonl")
        judge.add_argument("--schemas", type=Path, default=paths.SCHEMAS, metavar="DIR", help="default: ours")
        judge.add_argument("--out", type=Path, metavar="Z.json", help="also write what was found (score: and scores)")

    extract = command("extract", _extract, "read one text, print its JSON")
    extract.add_argument("text", help="the text, or - for standard input")
    extract.add_argument("--schema", type=Path, metavar="S.json", help="what to look for, or to hold the answer to")

    for reader in (predict, extract):
        reader.add_argument("--model", required=True, help="a trained run, its folder, or a base as it comes")
        reader.add_argument(
            "--profile", default="laptop", help="where a run named by --model was trained (default: laptop)"
        )
        reader.add_argument("--base", help="the base under the adapter, where it lies elsewhere now")
        reader.add_argument(
            "--constraint",
            choices=get_args(config.Constraint),
            default="none",
            help="constrained decoding: answers follow the schema, or also use only words of the text (default: none)",
        )
        again = "times that an answer is looked at again, where the model was in doubt: slower (default: 0)"
        reader.add_argument("--looks", type=count_or_zero, default=0, metavar="N", help=again)
        headroom = "headroom over the longest training answers (default: 1.25)"
        reader.add_argument("--cap-factor", type=positive, default=1.25, help=headroom)
        kinds = ("auto", "bf16", "fp32")
        reader.add_argument("--precision", choices=kinds, default="auto", help="of the arithmetic (default: auto)")
        threads = min(2, os.cpu_count() or 1)
        reader.add_argument("--threads", type=count, default=threads, help=f"of the processor (default: {threads})")
    standard.add_to(commands)
    teacher.add_to(commands, _judge)
    release.add_to(commands)
    return parser


if __name__ == "__main__":
    sys.exit(main())
