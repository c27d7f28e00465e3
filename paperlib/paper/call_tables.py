"""The table of function calls: what tuned and stock models called rightly, from the records in data/benchmark, and what
others publish of theirs (``data/published_calls.yaml``)."""

from collections.abc import Mapping, Sequence

from paperlib.core import paths
from paperlib.core.config import FUNCTION_CALLS
from paperlib.core.files import read_yaml
from paperlib.core.records import Records
from paperlib.evaluation.runs import find, record_of
from paperlib.evaluation.scaling.selection import BASES
from paperlib.paper.latex import escape, with_interval
from paperlib.paper.scaling_tables import NOT_RUN, Table, size_of

SMOLLM, GEMMA, *QWEN = BASES
TUNED = (SMOLLM, GEMMA, QWEN[0])
UNTUNED, LLAMA_CPP = {"recipe": "untuned-chat"}, {"decoding": "llama-cpp"}
# What calls, and the fields of its runs; all are constrained to the tools.
SYSTEMS: dict[str, dict[str, str]] = {
    f"SmolLM2, {size_of(SMOLLM)}, untuned": {"base": SMOLLM, **UNTUNED},
    **{f"Stock Qwen, {size_of(base)}": {"base": base, **UNTUNED, "decoding": "schema"} for base in QWEN},
    **{f"The same under llama.cpp, {size_of(base)}": {"base": base, **UNTUNED, **LLAMA_CPP} for base in QWEN},
    **{f"Tuned on calls, {size_of(base)}": {"base": base, "recipe": "function-calls"} for base in TUNED},
    f"Tuned on documents, then calls, {size_of(SMOLLM)}": {"base": SMOLLM, "recipe": "function-caller"},
    f"The same, then on more requests, {size_of(SMOLLM)}": {"base": SMOLLM, "recipe": "function-caller-v2"},
    f"Seven tenths of that update, {size_of(SMOLLM)}": {"base": SMOLLM, "recipe": "function-caller-v3"},
    f"Tuned on documents, then calls, {size_of(QWEN[0])}": {"base": QWEN[0], "recipe": "function-caller-494m"},
    f"Half of that update, {size_of(QWEN[0])}": {"base": QWEN[0], "recipe": "function-caller-494m-v3"},
}
NOT_PUBLISHED = "--"
TESTS = {
    FUNCTION_CALLS: "Generated",
    "bfcl-simple": "BFCL simple",
    "bfcl-multiple": "BFCL multiple",
    "bfcl-irrelevance": "BFCL irrelevance",
}


def calls(records: Records) -> Table:
    """A row a system that was run, or that others publish scores of, a column a test set: requests answered correctly
    in per cent, by abstract syntax; where no tool fits, that nothing is called."""
    rows = [[escape(system), *cells] for system, fields in SYSTEMS.items() if (cells := _cells(records, fields))]
    published = [
        [escape(other["system"]), *(other["scores"].get(test, NOT_PUBLISHED) for test in TESTS)]
        for other in read_yaml(paths.PUBLISHED_CALLS)
    ]
    return Table("l" + "r" * len(TESTS), ["", *TESTS.values()], [("", [*rows, *published] if rows else [])])


def _cells(records: Records, fields: Mapping[str, str]) -> Sequence[str]:
    found = [record_of(records, test_set=test, **fields) for test in TESTS]
    if not any(found):
        return []
    return [with_interval(find(one, "call_accuracy")) if one else NOT_RUN for one in found]
