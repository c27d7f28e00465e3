"""What a constraint costs: the share of the decoding time that goes into it, and how long grammars take to compile.

    python tests/bench_constraint.py [TEXTS [THREADS [MODEL]]]

Defaults are 24, 2 and reader-135m. Decodes examples of EdgeJSON standard's training stream constrained to schema and
text, and clocks the calls into the constraint beside the whole; then compiles the 300 schemas of data/schema_families.
The goals are less than 10 % of the decoding time, and less than 50 ms for 95 % of the schemas.
"""

import sys
import time
from collections.abc import Callable
from statistics import median, quantiles
from typing import Any

from paperlib.benchmark.standard import build
from paperlib.benchmark.standard.split_sizes import SPLITS
from paperlib.core.files import read_jsonl
from paperlib.core.paths import SCHEMA_FAMILIES
from paperlib.data.schemas import schema_of
from paperlib.decoding.answering import Decoding, answer
from paperlib.decoding.constrained import Constrainer, ConstraintState
from paperlib.decoding.engines.model_resolution import resolve

CLOCKED = ("forced_tokens", "allows", "append", "choose")


class Clock:
    """The seconds spent in the outermost of the functions that it is put around."""

    def __init__(self) -> None:
        self.seconds, self._inside = 0.0, False

    def around(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def clocked(*arguments: Any) -> Any:
            if self._inside:
                return function(*arguments)
            self._inside, start = True, time.perf_counter()
            try:
                return function(*arguments)
            finally:
                self.seconds += time.perf_counter() - start
                self._inside = False

        return clocked


def main() -> None:
    n, threads, model = [*sys.argv[1:], *["24", "2", "reader-135m"][len(sys.argv) - 1 :]][:3]
    resolved = resolve(model, threads=int(threads))
    loaded = resolved.load()
    examples = build.standard(dict.fromkeys(SPLITS, int(n)), seed=7)["train"]
    clock, compiling = Clock(), Clock()
    for name in CLOCKED:
        setattr(ConstraintState, name, clock.around(getattr(ConstraintState, name)))
    Constrainer.state = compiling.around(Constrainer.state)  # type: ignore[method-assign]
    start = time.perf_counter()
    answers = answer(loaded, resolved.log, examples, build.schemas_of("train"), Decoding("schema+text"))
    seconds = time.perf_counter() - start
    tokens = sum(one.n_output_tokens for one in answers)
    print(
        f"{len(answers)} answers, {tokens} tokens in {seconds:.1f} s; in the constraint {clock.seconds:.2f} s", end=""
    )
    print(f" = {100 * clock.seconds / seconds:.1f} %, compiling {100 * compiling.seconds / seconds:.1f} %")

    constrainer, times = Constrainer(loaded.tokenizer, "schema"), []
    for path in sorted(SCHEMA_FAMILIES.glob("*.jsonl")):
        for _, row in read_jsonl(path):
            schema = schema_of(row["schema"], row["id"], str(path))
            start = time.perf_counter()
            constrainer.state([schema], "")
            times.append(1000 * (time.perf_counter() - start))
    print(f"{len(times)} schemas: median {median(times):.1f} ms, 95 % within {quantiles(times, n=20)[-1]:.1f} ms")


if __name__ == "__main__":
    main()
