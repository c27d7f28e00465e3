"""Capacity scaling in micro and small language models: data, training, decoding, metrics, records, figures.

``Extractor`` turns texts of yours into JSON, ``Classifier`` says which intent they have, ``FunctionCaller`` turns
requests into calls of your tools.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from paperlib.decoding.extraction.extractor import Extraction, Extractor
    from paperlib.decoding.function_calls.caller import FunctionCaller, call
    from paperlib.decoding.intents.classifier import Classifier

__all__ = ["Classifier", "Extraction", "Extractor", "FunctionCaller", "call"]


def __getattr__(name: str) -> Any:
    """Imports what is asked for, and torch with it, when it is asked for; the classifier needs numpy alone."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if name == "Classifier":
        from paperlib.decoding.intents.classifier import Classifier

        return Classifier
    if name in ("FunctionCaller", "call"):
        from paperlib.decoding.function_calls import caller

        return getattr(caller, name)
    from paperlib.decoding.extraction import extractor

    return getattr(extractor, name)
