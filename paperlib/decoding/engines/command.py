"""``paperlib serve``: a base or a GGUF file behind the OpenAI API, for programs on this machine."""

import argparse
import os
import shlex
import signal
from json import dumps

from paperlib.core.arguments import non_negative_int, positive_int
from paperlib.decoding.engines.llama_cpp import CONTEXT, SLOTS, THREADS, gguf_of, serving

SUMMARY = "serve a base through llama.cpp, with the OpenAI chat API, to programs on this machine"
DETAILS = """Answers follow a JSON Schema that is given as response_format. MODEL is a name of
paperlib/training/bases.py, quantised as it was published, or a GGUF file. Ctrl-C ends the server."""
SIGNALS = (signal.SIGINT, signal.SIGTERM)
EXAMPLE = {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds the command to those of ``paperlib``."""
    parser = commands.add_parser("serve", help=SUMMARY, description=f"{SUMMARY.capitalize()}. {DETAILS}")
    parser.set_defaults(do=_serve)
    parser.add_argument("model", metavar="MODEL", help="a base by name, or a GGUF file")
    text = "port of 127.0.0.1; 0: any that is free (default: %(default)s)"
    parser.add_argument("--port", type=non_negative_int, default=8080, metavar="P", help=text)
    add_limits(parser)


def add_limits(parser: "argparse.ArgumentParser | argparse._ArgumentGroup") -> None:
    """Adds the options of a server on this machine."""
    for name, default, what in (
        ("--slots", SLOTS, "requests answered at a time"),
        ("--threads", THREADS, "of the processor"),
        ("--context", CONTEXT, "tokens of one request, prompt and answer together"),
    ):
        parser.add_argument(name, type=positive_int, default=default, metavar="N", help=f"{what} (default: {default})")


def _serve(arguments: argparse.Namespace) -> None:
    gguf = gguf_of(arguments.model)
    before = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)  # llama.cpp's threads are to take over this mask
    try:
        with serving(gguf, arguments.threads, arguments.slots, arguments.context, arguments.port) as url:
            print(f"{url}: {gguf.stem}, {arguments.slots} requests at a time; Ctrl-C ends the server")
            print(_curl(url, gguf.stem), flush=True)
            signal.sigwait(SIGNALS)
            os._exit(0)  # llama.cpp would not end before the last client has its answer
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _curl(url: str, model: str) -> str:
    """A command line that asks the server for an answer under a JSON Schema."""
    asked = {
        "model": model,
        "messages": [{"role": "user", "content": "Who signs? Kind regards, Ana Ruiz"}],
        "response_format": {"type": "json_schema", "json_schema": {"name": "answer", "schema": EXAMPLE}},
    }
    return f"curl {url}/chat/completions -H 'Content-Type: application/json' -d {shlex.quote(dumps(asked))}"
