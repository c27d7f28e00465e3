"""How every ONNX file is opened: ONNX Runtime (https://onnxruntime.ai) on the processor, silent."""

from pathlib import Path
from typing import Any

from paperlib.core.packages import require


def runtime() -> Any:
    """The package. Raises PaperlibError where it is missing."""
    require("ONNX Runtime", "onnxruntime")
    import onnxruntime

    return onnxruntime


def open_session(file: Path, threads: int) -> Any:
    """The session of an ONNX file. Raises what ONNX Runtime does: exceptions that have no class in common but
    Exception."""
    options = runtime().SessionOptions()
    options.intra_op_num_threads, options.log_severity_level = threads, 4  # what fails is told by its exception
    return runtime().InferenceSession(file, options, providers=["CPUExecutionProvider"])
