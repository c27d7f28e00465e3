"""What the commands of ``paperlib`` do. Each takes its parsed arguments; libraries are imported only where needed."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from paperlib.core import experiments, paths
from paperlib.core.config import training_config
from paperlib.core.errors import PaperlibError
from paperlib.core.files import read_json, write_json, write_jsonl

Arguments = argparse.Namespace


def weights(arguments: Arguments) -> None:
    from paperlib.training import weights

    print(weights.obtain(arguments.base))


def generate(arguments: Arguments) -> None:
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


def train(arguments: Arguments) -> None:
    from paperlib.training import corpus, distributed, trainer

    run = experiments.load(arguments.profile, arguments.run)
    if run.train is None or run.train_data is None:
        raise PaperlibError(f"run {arguments.run!r} tests a model and trains none")
    config = run.train.model_copy(update={"base": arguments.base} if arguments.base else {})
    examples = corpus.training_examples(config, corpus.make_data(run.train_data))
    if arguments.dry_run:
        print(trainer.dry_run(config, examples))
        return
    trainer.train(config, examples)
    if distributed.rank() == 0:
        print(paths.display(paths.model(arguments.profile, arguments.run)))


def predict(arguments: Arguments) -> None:
    from paperlib.core import runtime
    from paperlib.data.examples import load_examples
    from paperlib.data.schemas import load_schemas
    from paperlib.decoding.answering import answer
    from paperlib.training.model_resolution import resolve

    examples, schemas = load_examples(arguments.data), load_schemas(arguments.schemas)
    resolved = resolve(arguments)
    loaded, log = resolved.load(), resolved.log
    origin = {"model": loaded.name, "trained": log.get("identity"), "precision": arguments.precision}
    predictions = answer(loaded, log, examples, schemas, _decoding(arguments), out=arguments.out, origin=origin)
    capped = sum(p.stop == "cap" for p in predictions)
    print(f"{arguments.out}: {len(predictions)} answers, {capped} cut off at the length cap")
    print(f"peak memory {runtime.peak_memory_gb():.1f} GB", file=sys.stderr)


def extract(arguments: Arguments) -> None:
    from paperlib.data.examples import Example
    from paperlib.data.output_parser import NotJSONError
    from paperlib.data.output_parser import parse_first_json as first_json
    from paperlib.data.schemas import Schemas, load_schema, schema_violations
    from paperlib.decoding.answering import answer
    from paperlib.training.model_resolution import resolve

    text = _text(arguments.text)
    schema = load_schema(arguments.schema) if arguments.schema else None
    resolved = resolve(arguments)
    _check_schema_use(arguments, conditioned=training_config(resolved.log).prompt == "schema")
    schemas = Schemas({schema.id: schema} if schema else {})
    example = Example("text", schema.id if schema else "", None, "", "", text, None)
    output = answer(resolved.load(), resolved.log, [example], schemas, _decoding(arguments))[0].output
    try:
        value = first_json(output)
    except NotJSONError as error:
        raise PaperlibError(f"the model's answer is not JSON ({error}): {output.strip()[:200]!r}") from None
    print(json.dumps(value, indent=2, ensure_ascii=False))
    if schema and (wrong := schema_violations(value, schema)):
        print(f"paperlib: the answer does not follow {paths.display(arguments.schema)}: {wrong[0]}", file=sys.stderr)


def score(arguments: Arguments) -> None:
    from paperlib.evaluation.report import report

    examples, schemas = _tested(arguments)
    scored = report(examples, _predictions(arguments, arguments.predictions, examples), schemas)
    _warn_of_other_schemas(examples, schemas, arguments.schemas)
    print(scored)
    if arguments.out:
        write_json(arguments.out, scored.row())
        write_jsonl(arguments.out.with_suffix(".scores.jsonl"), (s.row() for s in scored.scores))


def compare(arguments: Arguments) -> None:
    from paperlib.evaluation import paired_tests
    from paperlib.evaluation.metrics import score

    examples, schemas = _tested(arguments)
    a, b = (score(examples, _predictions(arguments, path, examples), schemas) for path in (arguments.a, arguments.b))
    pairs = paired_tests.compare_scores(a, b)
    _warn_of_other_schemas(examples, schemas, arguments.schemas)
    print(paired_tests.comparison_table(pairs, arguments.a.name, arguments.b.name))
    if arguments.out:
        write_json(arguments.out, [pair.row() for pair in pairs])


def _decoding(arguments: Arguments) -> Any:
    from paperlib.decoding.answering import Decoding

    batch_size = getattr(arguments, "batch_size", 1)
    return Decoding(arguments.constraint, arguments.reranking_rounds, arguments.cap_factor, batch_size)


def _text(argument: str) -> str:
    if argument != "-":
        return argument
    try:
        text = sys.stdin.buffer.read().decode()
    except UnicodeDecodeError as error:
        raise PaperlibError(f"standard input: not UTF-8 (byte {error.start})") from None
    if not text.strip():
        raise PaperlibError("standard input is empty, expected the text to extract from")
    return text


def _check_schema_use(arguments: Arguments, conditioned: bool) -> None:
    """Raises PaperlibError where a schema is needed and missing, or given and of no use."""
    model, constraint = arguments.model, arguments.constraint
    if not arguments.schema and (conditioned or constraint != "none"):
        reason = "reads the schema in its prompt" if conditioned else f"is constrained to {constraint}"
        raise PaperlibError(f"model {model!r} {reason}: name a JSON Schema with --schema")
    if arguments.schema and not conditioned and constraint == "none":
        raise PaperlibError(f"model {model!r} reads no schema: add --constraint, or leave --schema out")


def _tested(arguments: Arguments) -> tuple[Any, Any]:
    """The examples of ``--data``, and their schemas."""
    from paperlib.data.examples import load_examples
    from paperlib.data.schemas import load_schemas

    return load_examples(arguments.data), load_schemas(arguments.schemas)


def _predictions(arguments: Arguments, path: Path, examples: Any) -> Any:
    """The predictions of a file. Raises PaperlibError where the file beside it says that they answer other data."""
    from paperlib.data.examples import data_hash
    from paperlib.data.predictions import load_predictions

    predictions, found = load_predictions(path), data_hash(examples)
    beside = path.with_suffix(".meta.json")
    made_on = read_json(beside).get("data_hash", found) if beside.is_file() else found
    if made_on != found:
        raise PaperlibError(
            f"{path} answers data of hash {made_on} (says {beside.name}), {arguments.data} has hash {found}; "
            "name the data it was made on, or predict again"
        )
    return predictions


def _warn_of_other_schemas(examples: Any, schemas: Any, folder: Path) -> None:
    """Warns where schemas are missing, or where not even the expected answers are valid: they are of other data."""
    from paperlib.evaluation.metrics import schema_valid

    if missing := sorted({e.schema_id for e in examples} - set(schemas)):
        n, names = sum(e.schema_id in missing for e in examples), ", ".join(missing[:3])
        told = f"{n} of {len(examples)} examples name schemas that {paths.display(folder)} lacks ({names})"
        print(f"paperlib: {told}; Schema-valid leaves them out", file=sys.stderr)
    known = [e for e in examples if e.schema_id in schemas and e.answer is not None]
    if wrong := sum(not schema_valid(e.answer, schemas[e.schema_id]) for e in known):
        told = f"{wrong} of {len(known)} expected answers do not follow the schemas in {paths.display(folder)}"
        print(f"paperlib: {told}; name those of the data with --schemas", file=sys.stderr)
