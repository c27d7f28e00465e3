"""What ``paperlib extract`` does: texts, files or a JSONL file of texts in, checked JSON out."""

import argparse
import json
import sys
from collections.abc import Sequence

from paperlib.data.schemas import Schema
from paperlib.decoding.extraction.batch import answer_row, extract_file
from paperlib.decoding.extraction.extractor import Extraction, Extractor

REJECTED, MISSING, INVALID = 2, 3, 4  # exit codes


def extract(arguments: argparse.Namespace, texts: Sequence[str], extractor: Extractor, schema: Schema | None) -> int:
    """Prints or writes what is extracted; returns the exit code of the worst answer."""
    if arguments.jsonl:
        counts = extract_file(extractor, schema, arguments.jsonl, arguments.out, arguments.batch_size)
        print(f"{arguments.out}: {counts}", file=sys.stderr)
        return INVALID if counts.invalid else MISSING if counts.incomplete else REJECTED if counts.rejected else 0
    found = extractor(list(texts), schema)
    for argument, one in zip(arguments.texts, found, strict=True):
        if len(found) == 1:
            print(json.dumps(one.value, indent=2, ensure_ascii=False))
        else:
            print(json.dumps({"text": argument, **answer_row(one)}, ensure_ascii=False))
        _tell(one, f"paperlib: {argument}: " if len(found) > 1 else "paperlib: ")
    return max(map(_exit_code, found))


def _tell(found: Extraction, prefix: str) -> None:
    """Says on standard error what the user should know of an answer."""
    if found.missing:
        print(f"{prefix}missing, as nothing in the text fills it: {', '.join(found.missing)}", file=sys.stderr)
    for fault in found.violations:
        print(f"{prefix}the answer does not follow the schema: {fault}", file=sys.stderr)
    for warning in found.warnings:
        print(f"{prefix}{warning}", file=sys.stderr)


def _exit_code(found: Extraction) -> int:
    return INVALID if found.violations else MISSING if found.missing else 0
