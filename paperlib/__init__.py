"""Capacity scaling in micro and small language models: data, training, decoding, metrics, records, figures.

``Extractor`` turns texts of yours into JSON.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from paperlib.decoding.extraction.extractor import Extraction, Extractor

__all__ = ["Extraction", "Extractor"]


def __getattr__(name: str) -> Any:
    """Imports the extractor, and torch with it, when it is asked for."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from paperlib.decoding.extraction import extractor

    return getattr(extractor, name)
