"""Command-line options that several commands have, and number types for the ``type`` of ``add_argument``.

Each type raises ArgumentTypeError saying what was expected and what was found.
"""

import argparse
import math
import os

LARGEST_SEED = 2**32 - 1  # that NumPy takes


def positive_int(text: str) -> int:
    return _int(text, least=1)


def non_negative_int(text: str) -> int:
    return _int(text, least=0)


def seed(text: str) -> int:
    if (value := non_negative_int(text)) > LARGEST_SEED:
        raise argparse.ArgumentTypeError(f"expected a whole number of at most {LARGEST_SEED}, found {text!r}")
    return value


def positive_float(text: str) -> float:
    if not 0 < (value := _float(text)) < math.inf:
        raise argparse.ArgumentTypeError(f"expected a number above 0, found {text!r}")
    return value


def non_negative_float(text: str) -> float:
    if not 0 <= (value := _float(text)) < math.inf:
        raise argparse.ArgumentTypeError(f"expected a number of at least 0, found {text!r}")
    return value


def probability(text: str) -> float:
    if not 0 <= (value := _float(text)) <= 1:
        raise argparse.ArgumentTypeError(f"expected a number from 0 to 1, found {text!r}")
    return value


def _int(text: str, least: int) -> int:
    if not (text.isascii() and text.isdecimal()) or int(text) < least:
        raise argparse.ArgumentTypeError(f"expected a whole number of at least {least}, found {text!r}")
    return int(text)


def _float(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def add_threads(parser: argparse.ArgumentParser) -> None:
    """Adds ``--threads``, by default two where the processor has them."""
    threads = min(2, os.cpu_count() or 1)
    parser.add_argument("--threads", type=positive_int, default=threads, help=f"of the processor (default: {threads})")
