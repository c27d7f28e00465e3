"""What the commands of ``paperlib`` do. Each takes its parsed arguments; libraries are imported only where needed."""

import argparse
import sys
from pathlib import Path
from typing import Any

from paperlib.core import experiments, paths
from paperlib.core.config import trained_constraint, trained_on_calls, training_config
from paperlib.core.errors import PaperlibError
from paperlib.core.files import beside, read_json, write_json, write_jsonl
from paperlib.decoding.engines.model_resolution import resolved_from

Arguments = argparse.Namespace


def weights(arguments: Arguments) -> None:
    from paperlib.training import weights

    print(weights.gguf(arguments.base) if arguments.gguf else weights.obtain(arguments.base))


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
    from paperlib.decoding.engines import loading

    examples, schemas = load_examples(arguments.data), load_schemas(arguments.schemas)
    resolved = resolved_from(arguments)
    loaded, log = loading.load(resolved, arguments.engine), resolved.log
    origin = {"model": loaded.name, "trained": resolved.identity(), "precision": arguments.precision}
    predictions = answer(loaded, log, examples, schemas, _decoding(arguments), out=arguments.out, origin=origin)
    capped = sum(p.stop == "cap" for p in predictions)
    print(f"{arguments.out}: {len(predictions)} answers, {capped} cut off at the length cap")
    print(f"peak memory {runtime.peak_memory_gb():.1f} GB", file=sys.stderr)


def extract(arguments: Arguments) -> int:
    from paperlib.data.schemas import load_schema
    from paperlib.decoding.extraction.texts import read_arguments

    texts = read_arguments(arguments)
    schema = load_schema(arguments.schema) if arguments.schema else None
    resolved = resolved_from(arguments)
    if schema is None and resolved.schema:
        schema = load_schema(resolved.schema)
    arguments.constraint = arguments.constraint or (trained_constraint(resolved.log) if schema else "none")
    _check_schema_use(arguments, resolved.log, schema is not None)
    from paperlib.decoding.engines import loading  # torch, once the arguments are known to be right
    from paperlib.decoding.extraction import command
    from paperlib.decoding.extraction.extractor import Extractor

    loaded = loading.load(resolved, arguments.engine)
    settings = {"absent_below": arguments.absent_below, "weights": resolved.identity}
    extractor = Extractor(loaded, resolved.log, _decoding(arguments), **settings)
    return command.extract(arguments, texts, extractor, schema)


def call(arguments: Arguments) -> int:
    from dataclasses import replace

    from paperlib.data.function_calls.tools import load_tools
    from paperlib.decoding.extraction.texts import read_argument

    tools = load_tools(arguments.tools)
    texts = [read_argument(argument) for argument in arguments.texts]
    resolved = resolved_from(arguments)
    if arguments.constraint == "none":
        raise PaperlibError("calls are constrained to their tools: --constraint schema or schema+text")
    from paperlib.decoding.engines import loading  # torch, once the arguments are known to be right
    from paperlib.decoding.function_calls import command
    from paperlib.decoding.function_calls.caller import FunctionCaller

    if resolved.log and not trained_on_calls(resolved.log):
        print(f"paperlib: model {arguments.model!r} was not trained on function calls, it will guess", file=sys.stderr)
    decoding = replace(_decoding(arguments), refuse_above=arguments.refuse_above)
    caller = FunctionCaller(loading.load(resolved, arguments.engine), resolved.log, decoding)
    return command.call(arguments, texts, caller, tools)


def score(arguments: Arguments) -> None:
    from paperlib.evaluation.report import report

    examples, schemas = _tested(arguments)
    scored = report(examples, _predictions(arguments, arguments.predictions, examples), schemas)
    _warn_of_other_schemas(examples, schemas, arguments.schemas)
    print(scored)
    if arguments.out:
        write_json(arguments.out, scored.row())
        beside = arguments.out.with_name(f"{arguments.out.name.removesuffix('.json')}.scores.jsonl")
        write_jsonl(beside, (s.row() for s in scored.scores))


def compare(arguments: Arguments) -> None:
    from paperlib.evaluation import paired_tests
    from paperlib.evaluation.metrics import score

    examples, schemas = _tested(arguments)
    a, b = (score(examples, _predictions(arguments, path, examples), schemas) for path in (arguments.a, arguments.b))
    pairs = paired_tests.compare_scores(a, b)
    _warn_of_other_schemas(examples, schemas, arguments.schemas)
    same_name = arguments.a.name == arguments.b.name
    names = [str(path) if same_name else path.name for path in (arguments.a, arguments.b)]
    print(paired_tests.comparison_table(pairs, *names))
    if arguments.out:
        write_json(arguments.out, [pair.row() for pair in pairs])


def _decoding(arguments: Arguments) -> Any:
    from paperlib.data.readings.numbers import DecimalMark
    from paperlib.decoding.answering import Decoding
    from paperlib.decoding.text_grounding import Hints

    marks: dict[str, DecimalMark] = {"point": ".", "comma": ","}
    return Decoding(
        constraint=arguments.constraint,
        reranking_rounds=arguments.reranking_rounds,
        cap_factor=arguments.cap_factor,
        batch_size=arguments.batch_size,
        hints=Hints(marks.get(arguments.decimal), arguments.dates),
    )


def _check_schema_use(arguments: Arguments, log: dict[str, Any], known: bool) -> None:
    """Raises PaperlibError where a schema is needed and missing, or given and of no use to a model with this log."""
    model, constraint, conditioned = arguments.model, arguments.constraint, training_config(log).prompt != "plain"
    if not known and (conditioned or constraint != "none"):
        reason = "reads the schema in its prompt" if conditioned else f"is constrained to {constraint}"
        raise PaperlibError(f"model {model!r} {reason}: name a JSON Schema with --schema")
    if arguments.schema and log and not conditioned and constraint == "none":
        raise PaperlibError(f"model {model!r} reads no schema: constrain it to one, or leave --schema out")


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
    about = beside(path)
    made_on = read_json(about).get("data_hash", found) if about.is_file() else found
    if made_on != found:
        raise PaperlibError(
            f"{path} answers data of hash {made_on} (says {about.name}), {arguments.data} has hash {found}; "
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
