"""Compares tools on the same texts, in turn, and writes a record for each."""

from collections.abc import Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

from tqdm import tqdm

from paperlib.core import paths
from paperlib.core.config import DataConfig
from paperlib.core.files import read_json, write_json
from paperlib.core.fingerprint import modules_hash
from paperlib.data.examples import data_hash
from paperlib.data.predictions import Prediction
from paperlib.evaluation import metrics
from paperlib.evaluation.summary import summarise
from paperlib.evaluation.tool_comparison.tool_records import ComparisonConfig, ToolRecord
from paperlib.evaluation.tool_comparison.tool_worker import PROFILE
from paperlib.evaluation.tool_comparison.tools import Tool
from paperlib.evaluation.worker_processes import provenance_of, run_step
from paperlib.training.corpus import Data, make_data

MEASURED = ("json_exact", "field_f1", "normalised_f1", "leaf_f1", "schema_valid")
Measured = dict[str, Any]


def compare(config: ComparisonConfig, tools: Sequence[Tool], out: Path) -> list[ToolRecord]:
    """The records of all ``tools``, below ``out`` in a folder of the configuration.

    Every tool reads all texts once before any reads them again, so that what else the machine does meets all alike.
    What was finished is kept under ``build/`` until the code changes, and a run that was stopped goes on from there.
    Raises PaperlibError for a test set that does not exist, and naming the tool that failed, with its reason.
    """
    data = make_data(DataConfig(profile=PROFILE, dataset=config.test, n_test=config.examples))
    code = modules_hash("evaluation.tool_comparison.tool_worker")[:8]
    work = paths.build(PROFILE) / f"{config.key}-{data_hash(data.test)[:8]}-{code}"
    steps = [(tool, work / str(n) / f"{slug(tool)}.json") for n in range(1, config.repeats + 1) for tool in tools]
    bar = tqdm([step for step in steps if not step[1].is_file()], unit="reading", disable=None)
    for tool, file in bar:
        bar.set_description(tool.name)
        arguments = [tool.name, config.model_dump_json(), str(file)]
        run_step("paperlib.evaluation.tool_comparison.tool_worker", arguments, tool.name)
    records = []
    for tool in tools:
        record = _record(config, tool, data, [read_json(file) for other, file in steps if other == tool])
        write_json(out / config.key / f"{slug(tool)}.json", record.model_dump(mode="json"))
        records.append(record)
    return records


def slug(tool: Tool) -> str:
    """The name of its files."""
    return "-".join(filter(None, (tool.kind, Path(tool.model).name)))


def _record(config: ComparisonConfig, tool: Tool, data: Data, repeats: Sequence[Measured]) -> ToolRecord:
    first = repeats[0]
    answers = [
        Prediction(example.id, output, 0, 0, "eos", seconds)
        for example, output, seconds in zip(data.test, first["outputs"], first["seconds"], strict=True)
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
        leaves=(sum(one.leaves.right for one in scores), sum(one.leaves.expected for one in scores)),
        metrics=tuple(row for row in summarise(scores, measures) if row.group == "overall"),
        load_seconds=tuple(one["load_seconds"] for one in repeats),
        seconds=tuple(fmean(one["seconds"]) for one in repeats),
        slowest=tuple(max(one["seconds"]) for one in repeats),
        peak_memory_gb=tuple(one["peak_memory_gb"] for one in repeats),
        config=config,
        provenance=provenance_of(config, first),
    )
