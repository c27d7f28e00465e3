"""Packages that a few commands need: which are installed, and how one gets the others."""

from importlib.util import find_spec

from paperlib.core.errors import PaperlibError

INSTALLED_BY = {  # the name that is imported, and what pip is told
    "langextract": "langextract[openai]==1.7.1",
    "onnx": "paperlib[onnx]",
    "onnx_ir": "paperlib[onnx]",
    "onnxruntime": "paperlib[onnx]",
    "onnxruntime_genai": "paperlib[onnx]",
    "openai": "paperlib[teacher]",
    "xllamacpp": "paperlib[engines]",
}
OF_ENGINE = {"llama.cpp": ("xllamacpp",), "onnx": ("onnxruntime",)}  # what computes a model beside torch


def require(asker: str, *packages: str) -> None:
    """Raises PaperlibError for the first of ``packages`` that is not installed: who needs it, and what to install."""
    for package in packages:
        if find_spec(package) is None:
            raise PaperlibError(f"{asker} needs the package {package}: pip install '{INSTALLED_BY[package]}'")
