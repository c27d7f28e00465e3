"""What ``paperlib call`` does: requests in, calls of the user's tools out."""

import argparse
import json
import sys
from collections.abc import Sequence
from typing import Any

from paperlib.data.function_calls.tools import Tool
from paperlib.decoding.function_calls.caller import Answer, FunctionCaller

REFUSED, INVALID = 3, 4  # exit codes


def call(arguments: argparse.Namespace, texts: Sequence[str], caller: FunctionCaller, tools: Sequence[Tool]) -> int:
    """Prints the calls for every request; returns the exit code of the worst answer."""
    found = caller(list(texts), tools)
    for argument, one in zip(arguments.texts, found, strict=True):
        if len(found) == 1 and not arguments.confidence:
            print(json.dumps(one.tool_calls(), indent=2, ensure_ascii=False))
        else:
            print(json.dumps(_row(argument, one, arguments.confidence), ensure_ascii=False))
        _tell(one, f"paperlib: {argument}: " if len(found) > 1 else "paperlib: ")
    return max(map(_exit_code, found))


def _row(argument: str, found: Answer, confidence: bool) -> dict[str, Any]:
    sure = {pointer: round(probability, 4) for pointer, probability in found.confidence.items()}
    row = {"text": argument, "tool_calls": found.tool_calls(), "refusal": round(found.refusal, 4)}
    return {**row, "confidence": sure} if confidence else row


def _tell(found: Answer, prefix: str) -> None:
    """Says on standard error why nothing is called."""
    for fault in found.violations:
        print(f"{prefix}nothing is called, as the answer does not follow the tools: {fault}", file=sys.stderr)
    if not found.calls and not found.violations:
        told = f"no tool fits, or a required argument is not told (probability {found.refusal:.2f})"
        print(f"{prefix}{told}", file=sys.stderr)


def _exit_code(found: Answer) -> int:
    return INVALID if found.violations else 0 if found.calls else REFUSED
