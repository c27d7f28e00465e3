"""What ``paperlib extract`` does: texts, files or a JSONL file of texts in, checked JSON out."""

import argparse
import json
import sys
from collections.abc import Sequence

from paperlib.core.errors import PaperlibError
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
    if len(texts) == 1:
        found = extractor(texts[0], schema)
        print(json.dumps(found.value, indent=2, ensure_ascii=False))
        _tell(found, "paperlib: ")
        return _exit_code(found)
    code = 0
    for argument, one in zip(arguments.texts, extractor.attempts(texts, schema), strict=True):
        if isinstance(one, PaperlibError):
            print(f"paperlib: {argument}: {one}", file=sys.stderr)
            code = max(code, REJECTED)
            continue
        print(json.dumps({"text": argument, **answer_row(one)}, ensure_ascii=False))
        _tell(one, f"paperlib: {argument}: ")
        code = max(code, _exit_code(one))
    return code


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
