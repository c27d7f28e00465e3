"""llama.cpp in this process, through the package xllamacpp (https://github.com/xorbitsai/xllamacpp, MIT licence).

Its own server listens on this machine and speaks the OpenAI API; of a request with ``response_format: json_schema`` it
follows the schema token by token. It answers as many requests at a time as it has slots, in one batch: on a processor
four together take little longer than one.
"""

import json
import os
import socket
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from paperlib.core.errors import DataError, PaperlibError
from paperlib.core.packages import require
from paperlib.core.strict_model import suggestion
from paperlib.decoding.json_server import HOST, port_refused
from paperlib.training import weights
from paperlib.training.bases import BASES

MAGIC = b"GGUF"  # the first bytes of such a file
SLOTS, CONTEXT = 4, 4096  # requests at a time, and tokens of each, prompt and answer together
THREADS = os.cpu_count() or 1


def gguf_of(model: str) -> Path:
    """The GGUF file of a base by name, obtained where it is not at hand, or of a path.

    Raises PaperlibError for what is neither, and as :func:`paperlib.training.weights.gguf` does.
    """
    if model in BASES:
        return weights.gguf(model)
    path = Path(model)
    if not path.is_file():
        expected = f"expected a GGUF file or one of {', '.join(BASES)}{suggestion(model, BASES)}"
        raise PaperlibError(f"model {model!r}: no such file, {expected}")
    with path.open("rb") as handle:
        if handle.read(len(MAGIC)) != MAGIC:
            raise DataError(f"{path}: is no GGUF file (it does not begin with {MAGIC.decode()})")
    return path


@contextmanager
def serving(
    gguf: Path, threads: int = THREADS, slots: int = SLOTS, context: int = CONTEXT, port: int = 0
) -> Iterator[str]:
    """Serves the model of a GGUF file while the block runs, which gets the base URL of the API.

    ``slots`` requests are answered at a time, each of at most ``context`` tokens, prompt and answer together; memory
    for all of them is taken at once. ``port`` 0 is any that is free. The block has to close its connections: llama.cpp
    does not end while somebody waits for an answer. Raises PaperlibError where the package is missing, the port is
    taken or llama.cpp cannot load the file.
    """
    require("llama.cpp", "xllamacpp")
    import xllamacpp

    _require_port(port)
    try:
        server = xllamacpp.Server(_parameters(xllamacpp, gguf, threads, slots, context, port))
    except RuntimeError as error:
        needed = f"a model that it knows, and memory for {slots} requests of {context} tokens"
        raise PaperlibError(f"{gguf}: llama.cpp cannot serve it ({error}); expected {needed}") from None
    try:
        yield f"{server.listening_address}/v1"
    finally:
        del server


def post(url: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """What a server on this machine replies to a request; no proxy is asked. Raises OSError where it does not answer,
    :class:`urllib.error.HTTPError` where it refuses the request."""
    posted = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(posted) as reply:
        return dict(json.load(reply))


def _parameters(xllamacpp: Any, gguf: Path, threads: int, slots: int, context: int, port: int) -> Any:
    """What is said to llama.cpp, as its ``CommonParams``."""
    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(gguf)
    parameters.model_alias = {gguf.stem}
    parameters.hostnames, parameters.port = [HOST], port
    parameters.n_parallel, parameters.n_ctx = slots, slots * context
    parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = threads
    parameters.fit_params = False  # else it may give less context than was asked for
    parameters.cache_ram_mib = 0  # else prompts that may come again take up to 8 GB
    parameters.cors_origins, parameters.ui = "", False  # for programs, not for pages in a browser
    parameters.warmup, parameters.verbosity = False, 0
    return parameters


def _require_port(port: int) -> None:
    with socket.socket() as free:
        free.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            free.bind((HOST, port))
        except (OSError, OverflowError) as error:
            raise port_refused(port, error) from None
