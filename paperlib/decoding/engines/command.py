"""``paperlib serve``: a model behind HTTP, for programs on this machine. ``paperlib export``: as a folder."""

import argparse
import os
import shlex
import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from json import dumps
from pathlib import Path
from typing import Any

from paperlib.core.arguments import non_negative_int, positive_int
from paperlib.core.config import trained_on_calls
from paperlib.core.errors import PaperlibError
from paperlib.core.files import read_json
from paperlib.data.intents import classifier_files
from paperlib.decoding.engines.llama_cpp import CONTEXT, SLOTS, THREADS, gguf_of, serving
from paperlib.decoding.engines.model_resolution import ABOUT, GGUF, ONNX, resolved_from
from paperlib.training.bases import BASES

SUMMARY = "serve a model to programs on this machine: through llama.cpp, with the OpenAI chat API, or a classifier"
DETAILS = """Answers follow a JSON Schema that is given as response_format. MODEL is a name of
paperlib/training/bases.py, quantised as it was published, an adapter or trained run by name or folder, what
export has written, or a GGUF file. A model trained on function calls takes tools in place of a response_format, one
request at a time. A folder of finetune-intents is served without llama.cpp: POST /v1/classify takes {"input": TEXT or
[TEXT, ...]}. Ctrl-C ends the server."""
EXPORT = "write a model as a folder for other programs: llama.cpp, Ollama, a browser or ONNX Runtime, with its card"
EXPORT_DETAILS = """The adapter is merged into its base. DIR is written whole, after llama.cpp or ONNX Runtime has
loaded the file and answered one request, or not at all. The form web is a page that runs the model in a browser, for
any file server; it takes two packages from the npm registry. The form onnx has a script that runs it without this
package. A folder of finetune-intents has the form onnx alone: one file, with int8 weights."""
QUANTISATIONS = ("f32", "f16", "q8_0", "q4_k_m", "q4_0")  # of a GGUF file
ONNX_QUANTISATIONS = ("f32", "int8", "int4")
DEFAULT_QUANTISATIONS = {"gguf": "q8_0", "ollama": "q8_0", "web": "q4_k_m", "onnx": "int8"}  # a page is downloaded
SIGNALS = (signal.SIGINT, signal.SIGTERM)
MESSAGE = "Who signs? Kind regards, Ana Ruiz"
REQUEST = "How warm is it in Rome, in Fahrenheit?"
WHERE = {"city": {"type": "string"}, "unit": {"enum": ["celsius", "fahrenheit"]}}
PLACE = {"type": "object", "properties": WHERE, "required": ["city"]}
WEATHER = {"name": "get_weather", "description": "Get the weather of a city", "parameters": PLACE}
TOOLS = [{"type": "function", "function": WEATHER}]
UTTERANCE = "please cancel my order"
EXAMPLE = {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds the command to those of ``paperlib``."""
    parser = commands.add_parser("serve", help=SUMMARY, description=f"{SUMMARY.capitalize()}. {DETAILS}")
    parser.set_defaults(do=_serve)
    parser.add_argument("model", metavar="MODEL", help="a base, adapter or run by name, a folder, or a GGUF file")
    _add_resolution(parser)
    text = "port of 127.0.0.1; 0: any that is free (default: %(default)s)"
    parser.add_argument("--port", type=non_negative_int, default=8080, metavar="P", help=text)
    add_limits(parser)
    _add_export(commands)


def _add_export(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("export", help=EXPORT, description=f"{EXPORT.capitalize()}. {EXPORT_DETAILS}")
    parser.set_defaults(do=_export)
    parser.add_argument("model", metavar="MODEL", help="an adapter, run or base by name, or a model's folder")
    parser.add_argument("--to", choices=tuple(DEFAULT_QUANTISATIONS), default="gguf", help="default: %(default)s")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="the folder to be written")
    text = f"form of the weights: {', '.join(QUANTISATIONS)}; of onnx {', '.join(ONNX_QUANTISATIONS)} (default: "
    text += f"{', '.join(f'{form} of {to}' for to, form in DEFAULT_QUANTISATIONS.items())})"
    parser.add_argument("--quantise", metavar="FORM", help=text)
    text = "of web: a folder with what `npm pack` writes of its two packages (default: they are fetched)"
    parser.add_argument("--wllama", type=Path, metavar="DIR", help=text)
    parser.add_argument("--threads", type=positive_int, default=THREADS, metavar="N", help="of the processor")
    _add_resolution(parser)


def _add_resolution(parser: argparse.ArgumentParser) -> None:
    """What a name is resolved with, beside itself."""
    parser.add_argument("--profile", default="laptop", help="under which a run was trained (default: laptop)")
    parser.add_argument("--base", help="base weights under the adapter, where they lie elsewhere now")


def add_limits(parser: "argparse.ArgumentParser | argparse._ArgumentGroup") -> None:
    """Adds the options of a server on this machine."""
    for name, default, what in (
        ("--slots", SLOTS, "requests answered at a time"),
        ("--threads", THREADS, "of the processor"),
        ("--context", CONTEXT, "tokens of one request, prompt and answer together"),
    ):
        parser.add_argument(name, type=positive_int, default=default, metavar="N", help=f"{what} (default: {default})")


def _serve(arguments: argparse.Namespace) -> None:
    with _server_of(arguments)(arguments) as (told, curl):
        for number in SIGNALS:  # without clean-up: llama.cpp would wait for its last client
            signal.signal(number, lambda *_: os._exit(0))
        print(f"{told}; Ctrl-C ends the server\n{curl}", flush=True)
        while True:
            signal.pause()


def _server_of(arguments: argparse.Namespace) -> Callable[..., AbstractContextManager[tuple[str, str]]]:
    """What serves the model: it yields what it is, and a command line that tries it."""
    model = arguments.model
    served: Callable[..., AbstractContextManager[tuple[str, str]]] = _language_model
    if classifier_files.is_classifier(model):
        served = _classifier
    elif model not in BASES and not Path(model).is_file() and trained_on_calls(resolved_from(arguments).log):
        served = _caller
    for name, default in (("slots", SLOTS), ("context", CONTEXT)):
        if served is not _language_model and getattr(arguments, name) != default:
            raise PaperlibError(f"--{name}: {model} answers one request at a time, of any length that it can read")
    return served


@contextmanager
def _language_model(arguments: argparse.Namespace) -> Iterator[tuple[str, str]]:
    gguf, name, message = _served(arguments)
    with serving(gguf, arguments.threads, arguments.slots, arguments.context, arguments.port) as url:
        yield (
            f"{url}: {name}, {arguments.slots} requests at a time",
            _curl(f"{url}/chat/completions", _asked(name, message)),
        )


@contextmanager
def _classifier(arguments: argparse.Namespace) -> Iterator[tuple[str, str]]:
    from paperlib.decoding.intents.classifier import Classifier
    from paperlib.decoding.intents.classify_server import PATH, serving_classifier

    classifier, name = Classifier.load(arguments.model), Path(arguments.model).resolve().name
    with serving_classifier(classifier, name, arguments.port) as url:
        told = f"{url}: {name}, a classifier of {len(classifier.labels)} intents"
        yield told, _curl(url + PATH, {"input": UTTERANCE})


@contextmanager
def _caller(arguments: argparse.Namespace) -> Iterator[tuple[str, str]]:
    from paperlib.decoding.function_calls.call_server import PATH, serving_caller
    from paperlib.decoding.function_calls.caller import FunctionCaller

    settings = {"base": arguments.base, "profile": arguments.profile, "threads": arguments.threads}
    caller, name = FunctionCaller.load(arguments.model, engine="llama.cpp", **settings), Path(arguments.model).name
    with serving_caller(caller, name, arguments.port) as url:
        asked = {"model": name, "messages": [{"role": "user", "content": REQUEST}], "tools": TOOLS}
        yield f"{url}: {name}, which calls functions, one request at a time", _curl(url + PATH, asked)


def _export(arguments: argparse.Namespace) -> None:
    if classifier_files.is_classifier(arguments.model):
        _export_classifier(arguments)
        return
    from paperlib.decoding.engines.export.export_folder import export

    out = arguments.out.resolve()  # "." has no name of its own
    answer = export(resolved_from(arguments), arguments.to, out, _quantisation(arguments), arguments.wllama)
    print(answer.strip())
    file = ONNX if arguments.to == "onnx" else GGUF
    size = sum(path.stat().st_size for path in out.glob(f"{file}*")) / 1e6
    print(f"{arguments.out}: {file} ({size:.0f} MB), README.md and what belongs to it; above, its first answer")
    if arguments.to == "web":
        print(f"python -m http.server -d {shlex.quote(str(arguments.out))} 8000, then open http://localhost:8000")


def _export_classifier(arguments: argparse.Namespace) -> None:
    if arguments.to != "onnx" or arguments.quantise not in (None, "int8"):
        raise PaperlibError(f"{arguments.model}: is an intent classifier; expected --to onnx, whose weights are int8")
    from paperlib.decoding.intents.onnx_export import export_onnx

    out = arguments.out.resolve()  # which may be where the command runs, and is replaced
    print(export_onnx(Path(arguments.model), out))
    size = (out / classifier_files.ONNX).stat().st_size / 1e6
    print(f"{arguments.out}: {classifier_files.ONNX} ({size:.1f} MB) and README.md; above, its first answer")


def _quantisation(arguments: argparse.Namespace) -> str:
    """The form that was asked for, or the default. Raises PaperlibError for one that the format does not have."""
    known = ONNX_QUANTISATIONS if arguments.to == "onnx" else QUANTISATIONS
    asked = str(arguments.quantise or DEFAULT_QUANTISATIONS[arguments.to])
    if asked not in known:
        raise PaperlibError(f"--quantise {asked}: is no form of {arguments.to}, expected one of {', '.join(known)}")
    return asked


def _served(arguments: argparse.Namespace) -> tuple[Path, str, str]:
    """The GGUF file of a model, its name, and a message to try."""
    model = arguments.model
    if model in BASES or Path(model).is_file():
        gguf = gguf_of(model)
        return gguf, gguf.stem, MESSAGE
    from paperlib.decoding.engines import loading

    resolved = resolved_from(arguments)
    if resolved.folder is None and not resolved.exported:
        return gguf_of(model), model, MESSAGE  # which says what was expected
    folder = loading.exported_folder(resolved)
    about = read_json(folder / ABOUT)
    return folder / GGUF, about["name"], about["message"]


def _asked(model: str, message: str) -> dict[str, Any]:
    """A request for an answer under a JSON Schema."""
    return {
        "model": model,
        "messages": [{"role": "user", "content": message}],
        "response_format": {"type": "json_schema", "json_schema": {"name": "answer", "schema": EXAMPLE}},
    }


def _curl(url: str, asked: dict[str, Any]) -> str:
    """A command line that sends a request."""
    return f"curl {url} -H 'Content-Type: application/json' -d {shlex.quote(dumps(asked))}"
