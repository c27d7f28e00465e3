"""Writes EdgeFuncCall as files: what :mod:`.call_drawing` draws, in the form of the OpenAI API, checked."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from paperlib.benchmark.function_calls.call_checks import check
from paperlib.benchmark.function_calls.call_drawing import KINDS, draw_calls, functions_of, kind_of
from paperlib.benchmark.function_calls.functions import CallSplit, Function
from paperlib.core.files import write_jsonl, write_text
from paperlib.data.examples import Example
from paperlib.data.function_calls.tool_calls import calls_of, tools_of
from paperlib.data.schemas import Schemas

Functions = tuple[tuple[Function, ...], tuple[Function, ...]]  # written one by one, and of families
SURFACE = re.compile(r"[^,(]+(?:, (?P<why>[^(]+))? \((?P<language>\w+)\)")
README = """# EdgeFuncCall

Requests with tools and the calls that are right, drawn by a program (seed {seed}). Apache-2.0.

One JSON object a line: `messages` hold the user's request, `tools` are declared and `tool_calls` written as in the
OpenAI API; the latter are an empty list where no tool fits or a required argument is not told, and `why` says which.
Every argument stands in its request or follows from it by what its tool says. No function, nor any other of its domain,
is in two splits.

| | {header} |
| --- | {rules} |
{rows}

Checked: {checks}.
"""


def write(folder: Path, sizes: Mapping[CallSplit, int], seed: int) -> None:
    """Writes ``train.jsonl``, ``dev.jsonl``, ``test.jsonl`` and ``README.md``; ``sizes`` are the numbers of requests by
    split. Raises DataError where a check fails."""
    drawn = {split: draw_calls(n, seed, split) for split, n in sizes.items()}
    splits = {str(split): examples for split, (examples, _) in drawn.items()}
    schemas = Schemas({id: schema for _, known in drawn.values() for id, schema in known.items()})
    checks = check(splits, schemas)
    for split, examples in splits.items():
        path = folder / f"{split}.jsonl"
        write_jsonl(path, (_row(example, schemas) for example in examples))
        print(f"{path}: {len(examples):,} requests")
    functions = [functions_of(split) for split in sizes]
    write_text(folder / "README.md", _readme(splits, functions, [one.name for one in checks], seed))


def _row(example: Example, schemas: Schemas) -> dict[str, Any]:
    surface = SURFACE.fullmatch(example.surface)
    assert surface, example.surface
    calls = [call.openai(f"call_{number}") for number, call in enumerate(calls_of(example.answer))]
    told = {name: value for name, value in surface.groupdict().items() if value}
    return {
        "id": example.id,
        "kind": kind_of(example),
        **told,
        "messages": [{"role": "user", "content": example.text}],
        "tools": [tool.declaration() for tool in tools_of(schemas[example.schema_id].body)],
        "tool_calls": calls,
    }


def _readme(splits: dict[str, list[Example]], functions: Sequence[Functions], checks: Sequence[str], seed: int) -> str:
    rows = {
        "Requests": [len(examples) for examples in splits.values()],
        "Functions written one by one": [len(written) for written, _ in functions],
        "Functions of families": [len(made) for _, made in functions],
        "Domains": [len({one.domain for part in parts for one in part}) for parts in functions],
    }
    counted = [Counter(map(kind_of, examples)) for examples in splits.values()]
    rows |= {f"Requests: {kind}": [counts[kind] for counts in counted] for kind in KINDS}
    return README.format(
        seed=seed,
        header=" | ".join(splits),
        rules=" | ".join("---:" for _ in splits),
        rows="\n".join(f"| {name} | {' | '.join(f'{n:,}' for n in values)} |" for name, values in rows.items()),
        checks=", ".join(checks),
    )
