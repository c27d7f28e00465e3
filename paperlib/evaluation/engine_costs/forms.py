"""The forms in which one model is run: what computes it, and how many bits its weights have there."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from paperlib.core.config import Engine, Precision
from paperlib.core.errors import PaperlibError
from paperlib.core.strict_model import suggestion

if TYPE_CHECKING:  # it brings torch, which a page of records does not need
    from paperlib.decoding.engines.export.folder_parts import Target

PRECISIONS: dict[str, Precision] = {"f32": "fp32", "bf16": "bf16"}  # of weights that torch computes with
EXPORTED: "dict[str, Target]" = {"llama.cpp": "gguf", "onnx": "onnx"}  # what an engine runs, where it is an export


@dataclass(frozen=True)
class Form:
    """One row of the table of costs."""

    engine: Engine | Literal["transformers"]  # transformers: its ``generate``, as anybody would call it
    weights: str  # the name of a quantisation or of a precision
    served: bool = False  # by a process of the engine's own, which is sent tokens and decodes them itself

    @property
    def export(self) -> "Target | None":
        """What `paperlib export` calls the folder that is run; None for weights that are run as they are."""
        return EXPORTED.get(self.engine)

    @property
    def name(self) -> str:
        """In file names and on the command line: "llama.cpp-q4_0"."""
        return f"{self.engine}{'-server' * self.served}-{self.weights}"

    @property
    def title(self) -> str:
        """In tables: "llama.cpp, Q4_0"."""
        engine = "transformers.generate" if self.engine == "transformers" else self.engine
        weights = self.weights if self.weights in PRECISIONS else self.weights.upper()
        return f"{engine}{' server' * self.served}, {weights}"

    @property
    def folder(self) -> str:
        """The name of the folder that it is loaded from, which forms of one export share."""
        return f"{self.export}-{self.weights}" if self.export else self.name


FORMS = (
    Form("torch", "f32"),
    Form("torch", "bf16"),
    Form("transformers", "f32"),
    Form("transformers", "bf16"),
    Form("llama.cpp", "f16"),
    Form("llama.cpp", "q8_0"),
    Form("llama.cpp", "q4_k_m"),
    Form("llama.cpp", "q4_0"),
    Form("onnx", "f32"),
    Form("onnx", "int8"),
    Form("onnx", "int4"),
    Form("llama.cpp", "f16", served=True),
    Form("llama.cpp", "q4_0", served=True),
)
REFERENCE = FORMS[0]  # whose answers those of the others are compared with


def form_of(name: str) -> Form:
    """The form of a name. Raises PaperlibError for any other."""
    known = {form.name: form for form in FORMS}
    if name not in known:
        raise PaperlibError(f"form {name!r}: expected one of {', '.join(known)}{suggestion(name, known)}")
    return known[name]
