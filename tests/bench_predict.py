"""How much memory and time `paperlib predict` takes: the released adapter on synthetic texts, stage by stage.

    python tests/bench_predict.py [TEXTS [THREADS [MODEL [BASE]]]]

Defaults are 60, 2, data/models/lora-135m-recombined-mean and smollm2-135m-instruct. MODEL is a folder of an adapter, or
"none" for the base untuned. Prints the resident memory after each stage, its peak up to there, and answer tokens a
second, by the clock and, for a machine that is not idle, by the processor (with one thread: waiting threads count). The
goal is a peak under 3 GB at 135M and under 6 GB at 494M, in bf16.
"""

import hashlib
import json
import sys
import time
from pathlib import Path

from paperlib.benchmark.edgejson import generate
from paperlib.core import runtime
from paperlib.core.files import read_json
from paperlib.data.schemas import Schemas
from paperlib.decoding.answering import Decoding, answer
from paperlib.training import models

RELEASED, BASE = "data/models/lora-135m-recombined-mean", "smollm2-135m-instruct"


def report(stage: str, start: float, extra: str = "") -> None:
    seconds = time.perf_counter() - start
    print(
        f"{stage:8} {seconds:7.1f} s, resident {runtime.memory_gb():5.2f} GB, peak {runtime.peak_memory_gb():5.2f} GB"
        f"{extra}",
        flush=True,
    )


def main() -> None:
    n, threads, folder, base = [*sys.argv[1:], *["60", "2", RELEASED, BASE][len(sys.argv) - 1 :]][:4]
    start = time.perf_counter()
    runtime.configure(int(threads))
    examples = list(generate(0, int(n), 0))
    report("import", start)
    dtype, log = runtime.dtype_of("auto"), {}
    start = time.perf_counter()
    if folder == "none":
        loaded = models.load_base(base, dtype)
    else:
        loaded, log = models.load_trained(Path(folder), base, dtype), read_json(Path(folder) / "train.json")
    report("load", start)
    start = time.perf_counter()
    busy = time.process_time()
    answers = answer(loaded, log, examples, Schemas(), Decoding())
    busy, seconds = time.process_time() - busy, time.perf_counter() - start
    tokens = sum(a.n_output_tokens for a in answers)
    digest = hashlib.sha256(json.dumps([a.output for a in answers]).encode()).hexdigest()[:8]
    speeds = f"{tokens / seconds:.0f} tokens/s, {tokens / busy:.0f} per processor second"
    report("answer", start, f"; {len(answers)} answers, {speeds}, {dtype}, answers {digest}")


if __name__ == "__main__":
    main()
