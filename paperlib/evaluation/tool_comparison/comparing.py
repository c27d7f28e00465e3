"""Compares tools on the same texts, in turn, and writes a record for each."""

from collections.abc import Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

from tqdm import tqdm

from paperlib.core import paths, provenance
from paperlib.core.config import DataConfig
from paperlib.core.files import digest, read_json, write_json
from paperlib.core.fingerprint import modules_hash
from paperlib.data.examples import data_hash
from paperlib.data.predictions import Prediction
from paperlib.evaluation import metrics
from paperlib.evaluation.summary import summarise
from paperlib.evaluation.tool_comparison.compared_tools import Tool
from paperlib.evaluation.tool_comparison.tool_records import ComparisonConfig, ToolRecord
from paperlib.evaluation.tool_comparison.tool_worker import PROFILE
from paperlib.evaluation.worker_processes import provenance_of, run_step
from paperlib.training.corpus import Data, make_data

MEASURED = ("json_exact", "field_f1", "normalised_f1")
PLAIN = str.maketrans({":": "-", "/": "-"})  # of a tool's name, for that of a file
Measured = dict[str, Any]


def compare(config: ComparisonConfig, tools: Sequence[Tool], out: Path) -> list[ToolRecord]:
    """The records of all ``tools``, below ``out`` in a folder of the configuration.

    Every tool reads all texts once before any reads them again, so that what else the machine does meets all alike. A
    run that was stopped goes on where it was, unless the code, a package or the weights changed. Raises PaperlibError
    for a test set that does not exist, and naming the tool that cannot read it or failed, with its reason.
    """
    data = make_data(DataConfig(profile=PROFILE, dataset=config.test, n_test=config.examples))
    for tool in tools:
        tool.check(data.schemas)
    work = paths.build(PROFILE) / f"{config.key}-{data_hash(data.test)[:8]}"
    names = {tool: file_name(tool) for tool in tools}
    steps = [(tool, work / str(n) / names[tool]) for n in range(1, config.repeats + 1) for tool in tools]
    bar = tqdm([step for step in steps if not step[1].is_file()], unit="reading", disable=None)
    for tool, file in bar:
        bar.set_description(tool.name)
        arguments = [tool.name, config.model_dump_json(), str(file)]
        run_step("paperlib.evaluation.tool_comparison.tool_worker", arguments, tool.name)
    records = [_record(config, tool, data, [read_json(f) for one, f in steps if one == tool]) for tool in tools]
    for tool, record in zip(tools, records, strict=True):
        write_json(out / config.key / f"{tool.name.translate(PLAIN)}.json", record.model_dump(mode="json"))
    return records


def file_name(tool: Tool) -> str:
    """Of what one tool read: a hash of its name, its weights and training log, its packages' versions, and the code."""
    files = [[path.name, path.stat().st_size, path.stat().st_mtime_ns] for path in tool.weights()]
    code = modules_hash("evaluation.tool_comparison.tool_worker")
    made_of = [tool.name, files, tool.log(), provenance.versions(*tool.packages), code]
    return f"{tool.kind}-{digest(made_of)[:16]}.json"


def _record(config: ComparisonConfig, tool: Tool, data: Data, repeats: Sequence[Measured]) -> ToolRecord:
    first = repeats[0]
    answers = [
        Prediction(example.id, one["output"], 0, 0, "eos", one["seconds"])
        for example, one in zip(data.test, first["answers"], strict=True)
    ]
    scores = metrics.score(data.test, answers, data.schemas)
    measures = {name: measure for name, measure in metrics.MEASURES.items() if name in MEASURED}
    return ToolRecord(
        tool=tool.name,
        megabytes=first["megabytes"],
        test_set=config.test,
        split=data.test[0].split,
        test_hash=data_hash(data.test),
        seed=0,
        failed=sum(one["failure"] is not None for one in first["answers"]),
        leaves=(sum(one.leaves.right for one in scores), sum(one.leaves.expected for one in scores)),
        metrics=tuple(row for row in summarise(scores, measures) if row.group == "overall"),
        seconds=tuple(fmean(answer["seconds"] for answer in one["answers"]) for one in repeats),
        peak_memory_gb=tuple(one["peak_memory_gb"] for one in repeats),
        config=config,
        provenance=provenance_of(config, first),
    )
