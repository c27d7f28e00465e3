"""The tools that are compared, by name, each opened as somebody with one text after another would run it.

| name              | what it is |
|-------------------|------------|
| rules             | the rule-based parser that is given the schema (:mod:`paperlib.baselines.surface_parser`) |
| paperlib:MODEL    | :class:`paperlib.Extractor` of a released adapter, a base, or a folder, trained or exported |
| llama.cpp:BASE    | a stock chat model behind llama.cpp's server, the schema as grammar: what Ollama does |
| langextract:BASE  | LangExtract (https://github.com/google/langextract) on the same server |
"""

import json
from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from paperlib.baselines import registry
from paperlib.core import runtime
from paperlib.core.errors import PaperlibError
from paperlib.core.strict_model import suggestion
from paperlib.data.examples import Example
from paperlib.data.prompts import with_prompt_style
from paperlib.data.schemas import Schemas
from paperlib.training import weights
from paperlib.training.bases import BASES
from paperlib.training.model_resolution import resolve

CONTEXT = 8192  # tokens of a request to llama.cpp, prompt and answer together
MOST = 1024  # tokens of an answer


@dataclass(frozen=True)
class Reader:
    """A tool that is ready: from an example, whose expected answer it does not look at, to its answer as JSON text."""

    read: Callable[[Example], str]
    peak_memory_gb: Callable[[], float] = runtime.peak_memory_gb  # of the process that computes, 10^9 bytes


@dataclass(frozen=True)
class Tool:
    """One tool and the model that it runs."""

    kind: str
    model: str

    @property
    def name(self) -> str:
        return f"{self.kind}:{self.model}" if self.model else self.kind

    @property
    def package(self) -> tuple[str, ...]:
        """What has to be installed for it, beside this package's own dependencies."""
        return {"llama.cpp": ("xllamacpp",), "langextract": ("xllamacpp", "langextract")}.get(self.kind, ())

    def download(self) -> list[Path]:
        """The files of weights that have to be there: those published of the base, and an adapter; or an export's."""
        if self.kind == "rules":
            return []
        if self.model in BASES:
            return [weights.gguf(self.model)]
        named = {"model": self.model, "base": None, "profile": "laptop", "precision": "auto", "threads": 1}
        model = resolve(Namespace(**named))
        assert model.folder is not None  # of what is no base
        own = [path for path in sorted(model.folder.iterdir()) if path.suffix in (".gguf", ".safetensors")]
        return own if any(path.suffix == ".gguf" for path in own) else [weights.gguf(model.base), *own]

    def opened(self, schemas: Schemas, threads: int) -> AbstractContextManager[Reader]:
        """Loads the tool, and ends it after the block. Raises PaperlibError where something for it is missing."""
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
    return Tool(kind, model)


@contextmanager
def _rules(_: str, schemas: Schemas, threads: int) -> Iterator[Reader]:
    parse = registry.BASELINES["rules-surfaces"]([], schemas)
    yield Reader(lambda example: json.dumps(parse(example), ensure_ascii=False))


@contextmanager
def _ours(model: str, schemas: Schemas, threads: int) -> Iterator[Reader]:
    from paperlib import Extractor

    exported = Path(model).is_dir() and any(Path(model).glob("*.gguf"))
    extractor = Extractor.load(model, engine="llama.cpp" if exported else "torch", threads=threads, batch_size=1)

    def read(example: Example) -> str:
        return json.dumps(extractor(example.text, schemas[example.schema_id].body).value, ensure_ascii=False)

    yield Reader(read)


@contextmanager
def _llama_cpp(base: str, schemas: Schemas, threads: int) -> Iterator[Reader]:
    from paperlib.decoding.engines.chat_answers import reply_of, request_of
    from paperlib.decoding.engines.server_process import server_process

    with server_process(weights.gguf(base), threads, CONTEXT) as server:

        def read(example: Example) -> str:
            (message,) = with_prompt_style([example], schemas, "chat")
            reply = reply_of(f"{server.url}/v1", request_of(message, schemas), MOST)
            return "" if "error" in reply else str(reply["choices"][0]["message"]["content"])

        yield Reader(read, server.peak_memory_gb)


@contextmanager
def _langextract(base: str, schemas: Schemas, threads: int) -> Iterator[Reader]:
    from paperlib.decoding.engines.server_process import server_process
    from paperlib.evaluation.tool_comparison.lang_extract import reading

    gguf = weights.gguf(base)
    with server_process(gguf, threads, CONTEXT) as server:
        yield Reader(reading(f"{server.url}/v1", gguf.stem, schemas, MOST), server.peak_memory_gb)


OPENED: dict[str, Callable[[str, Schemas, int], AbstractContextManager[Reader]]] = {
    "rules": _rules,
    "paperlib": _ours,
    "llama.cpp": _llama_cpp,
    "langextract": _langextract,
}
