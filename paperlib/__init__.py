"""Capacity scaling in micro and small language models: data, training, decoding, metrics, records, figures.

``Extractor`` turns texts of yours into JSON, ``FunctionCaller`` requests into calls of your tools.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from paperlib.decoding.extraction.extractor import Extraction, Extractor
    from paperlib.decoding.function_calls.caller import FunctionCaller, call

__all__ = ["Extraction", "Extractor", "FunctionCaller", "call"]


def __getattr__(name: str) -> Any:
    """Imports what is asked for, and torch with it, when it is asked for."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if name in ("FunctionCaller", "call"):
        from paperlib.decoding.function_calls import caller

        return getattr(caller, name)
    from paperlib.decoding.extraction import extractor

    return getattr(extractor, name)
