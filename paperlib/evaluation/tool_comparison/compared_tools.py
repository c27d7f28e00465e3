"""The tools that are compared, by name, each opened as somebody with one text after another would run it.

| name              | what it is |
|-------------------|------------|
| rules             | the rule-based parser that is given the schema (:mod:`paperlib.baselines.surface_parser`) |
| paperlib:MODEL    | :class:`paperlib.Extractor` of a released adapter, a base, or a folder, trained or exported |
| llama.cpp:BASE    | a stock chat model behind llama.cpp's server, the schema as grammar: what Ollama does |
| langextract:BASE  | LangExtract (https://github.com/google/langextract) on the same server |
"""

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from paperlib.baselines import registry
from paperlib.core import packages, paths, runtime
from paperlib.core.config import Engine
from paperlib.core.errors import PaperlibError
from paperlib.core.strict_model import suggestion
from paperlib.data.examples import Example
from paperlib.data.prompts import with_prompt_style
from paperlib.data.schemas import Schemas
from paperlib.decoding.engines import chat_answers
from paperlib.decoding.engines.model_resolution import GGUF, resolve
from paperlib.decoding.engines.server_process import server_process
from paperlib.decoding.extraction.extractor import Extractor
from paperlib.evaluation.tool_comparison import lang_extract
from paperlib.training import weights
from paperlib.training.bases import BASES

CONTEXT = 8192  # tokens of a request to llama.cpp, prompt and answer together
MAX_TOKENS = 1024  # of an answer
PACKAGES = {"llama.cpp": ("xllamacpp",), "langextract": ("xllamacpp", "langextract")}


class NoAnswerError(Exception):
    """A tool has no answer to one text, with its reason; the text counts as answered wrongly."""


@dataclass(frozen=True)
class Reader:
    """A tool that is ready: from an example, whose expected answer it does not look at, to its answer as JSON text."""

    read: Callable[[Example], str]  # raises NoAnswerError
    peak_memory_gb: Callable[[], float] = runtime.peak_memory_gb  # of the process that holds the model, 10^9 bytes


@dataclass(frozen=True)
class Tool:
    """One tool and the model that it runs."""

    kind: str
    model: str

    @property
    def name(self) -> str:
        return f"{self.kind}:{self.model}" if self.model else self.kind

    @property
    def packages(self) -> tuple[str, ...]:
        """What has to be installed for it, beside this package's own dependencies."""
        return PACKAGES.get(self.kind, ())

    def check(self, schemas: Schemas) -> None:
        """Raises PaperlibError where a package is missing, or the tool cannot answer under the schemas."""
        packages.require(f"tool {self.name!r}", *self.packages)
        if self.kind == "langextract":
            lang_extract.check(schemas)

    def weights(self) -> list[Path]:
        """The files of weights to download: those published of the base, and an adapter; or an export's.

        Fetches those of a base that are not at hand. Raises PaperlibError where there is no such model."""
        if self.kind == "rules":
            return []
        if self.model in BASES:
            return [weights.gguf(self.model)]
        model = resolve(self.model, threads=1)
        found = sorted(model.folder.iterdir()) if model.folder else []
        own = [path for path in found if path.suffix in (".gguf", ".onnx", ".data", ".safetensors")]
        adapted = any(path.name.startswith("adapter") for path in own)
        return [*([weights.gguf(model.base)] if adapted and model.base in BASES else []), *own]

    def log(self) -> dict[str, Any]:
        """The training log of a tuned model, which has its thresholds and constraint; empty for others."""
        return {} if self.kind == "rules" or self.model in BASES else resolve(self.model, threads=1).log

    def opened(self, schemas: Schemas, threads: int) -> AbstractContextManager[Reader]:
        """Loads the tool, and ends it after the block. Raises PaperlibError where it does not start."""
        return OPENED[self.kind](self.model, schemas, threads)


def tool_of(name: str) -> Tool:
    """A tool by its name. Raises PaperlibError where there is none, or the name lacks its model."""
    kind, _, model = name.partition(":")
    if kind not in OPENED:
        expected = f"expected one of {', '.join(OPENED)}{suggestion(kind, OPENED)}"
        raise PaperlibError(f"there is no tool {name!r}; {expected}")
    if bool(model) == (kind == "rules"):
        raise PaperlibError(f"tool {name!r}: expected {'no model' if model else f'{kind}:MODEL'}")
    if kind in ("llama.cpp", "langextract") and model not in BASES:
        expected = f"expected one of {', '.join(BASES)}{suggestion(model, BASES)}"
        raise PaperlibError(f"tool {name!r}: no base {model!r}; {expected}")
    return Tool(kind, paths.display(Path(model).resolve()) if model and Path(model).is_dir() else model)


@contextmanager
def _rules(_: str, schemas: Schemas, threads: int) -> Iterator[Reader]:
    parse = registry.BASELINES["rules-surfaces"]([], schemas)
    yield Reader(lambda example: json.dumps(parse(example), ensure_ascii=False))


@contextmanager
def _ours(model: str, schemas: Schemas, threads: int) -> Iterator[Reader]:
    engine: Engine = "torch"
    if exported := resolve(model).exported:
        engine = "llama.cpp" if (exported / GGUF).is_file() else "onnx"
    extractor = Extractor.load(model, engine=engine, threads=threads, batch_size=1)

    def read(example: Example) -> str:
        try:
            return extractor(example.text, schemas[example.schema_id].body).json
        except PaperlibError as error:
            raise NoAnswerError(str(error)) from None

    yield Reader(read)


@contextmanager
def _llama_cpp(base: str, schemas: Schemas, threads: int) -> Iterator[Reader]:
    with server_process(weights.gguf(base), threads, CONTEXT) as server:

        def read(example: Example) -> str:
            (message,) = with_prompt_style([example], schemas, "chat")
            reply = chat_answers.reply_of(f"{server.url}/v1", chat_answers.request_of(message, schemas), MAX_TOKENS)
            if "error" in reply:
                raise NoAnswerError(reply["error"])
            return str(reply["choices"][0]["message"]["content"])

        yield Reader(read, server.peak_memory_gb)


@contextmanager
def _langextract(base: str, schemas: Schemas, threads: int) -> Iterator[Reader]:
    gguf = weights.gguf(base)
    with server_process(gguf, threads, CONTEXT) as server:
        ask = lang_extract.reading(f"{server.url}/v1", gguf.stem, schemas, MAX_TOKENS)

        def read(example: Example) -> str:
            try:
                return ask(example)
            except lang_extract.failure() as error:
                raise NoAnswerError(str(error)) from None

        yield Reader(read, server.peak_memory_gb)


OPENED: dict[str, Callable[[str, Schemas, int], AbstractContextManager[Reader]]] = {
    "rules": _rules,
    "paperlib": _ours,
    "llama.cpp": _llama_cpp,
    "langextract": _langextract,
}
