"""Types of command-line arguments: each refuses what it cannot be, saying what was expected and what was found."""

import argparse
import math


def count(text: str) -> int:
    if not (text.isascii() and text.isdecimal()) or int(text) < 1:
        raise argparse.ArgumentTypeError(f"expected a whole number of at least 1, found {text!r}")
    return int(text)


def count_or_zero(text: str) -> int:
    return 0 if text == "0" else count(text)


def positive(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError(f"expected a number above 0, found {text!r}")
    return value


def positive_or_zero(text: str) -> float:
    return 0.0 if text in ("0", "0.0") else positive(text)
