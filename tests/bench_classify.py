"""How long an intent classifier takes: one utterance on one core, and a start in a process of its own.

    OMP_NUM_THREADS=1 python tests/bench_classify.py DIR [FILE] [--rounds N]

DIR is a folder of `paperlib finetune-intents`. It is exported to ONNX; then numpy and ONNX Runtime answer the same 200
utterances of FILE (a line each, or JSON Lines; EdgeIntent-200 if none), one at a time and in turn, N times (5), on one
core. Printed are milliseconds an utterance, as median and as least of the rounds' medians, the seconds of a start
(interpreter, imports, weights, one answer) as median of 7, and for how many utterances the answers are the same. The
goal is under 2 ms, and a start under 0.1 s.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from itertools import islice
from pathlib import Path
from statistics import median

from paperlib import Classifier
from paperlib.benchmark.intents.intent_texts import generate
from paperlib.core.paths import ROOT
from paperlib.data.intents.intent_sets import read_texts
from paperlib.decoding.intents.onnx_export import export_onnx

STARTS, UTTERANCES = 7, 200
START = "import sys; from paperlib import Classifier; Classifier.load(sys.argv[1]).classify(['where is my card?'])"


def milliseconds(classifier: Classifier, texts: list[str]) -> tuple[float, list[str | None]]:
    """The median for one text, and the answers."""
    times, labels = [], []
    for text in texts:
        begun = time.perf_counter()
        (found,) = classifier.classify([text])
        times.append(1000 * (time.perf_counter() - begun))
        labels.append(found.label)
    return median(times), labels


def start(folder: Path) -> float:
    begun = time.perf_counter()
    subprocess.run([sys.executable, "-c", START, str(folder)], cwd=ROOT, check=True)
    return time.perf_counter() - begun


def main() -> None:
    if os.environ.get("OMP_NUM_THREADS") != "1":
        sys.exit("set OMP_NUM_THREADS=1, or numpy takes all cores")
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("file", type=Path, nargs="?")
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    every = read_texts(asked.file) if asked.file else (one.text for one in generate("test", 0))
    texts = list(islice(every, UTTERANCES))
    with tempfile.TemporaryDirectory() as place:
        export_onnx(asked.folder, Path(place) / "onnx")
        folders = {"numpy": asked.folder, "ONNX Runtime": Path(place) / "onnx"}
        models = {name: Classifier.load(path) for name, path in folders.items()}
        for model in models.values():
            milliseconds(model, texts)  # warms up
        found = [{name: milliseconds(model, texts) for name, model in models.items()} for _ in range(asked.rounds)]
        started = [{name: start(path) for name, path in folders.items()} for _ in range(STARTS)]
    print(f"{'':14}{'ms':>7}{'least':>7}{'start, s':>10}")
    for name in models:
        times = [one[name][0] for one in found]
        seconds = median(one[name] for one in started)
        print(f"{name:14}{median(times):7.2f}{min(times):7.2f}{seconds:10.2f}")
    pairs = list(zip(*(one[1] for one in found[0].values()), strict=True))
    words = sum(len(text.split()) for text in texts) / len(texts)
    print(f"{words:.1f} words an utterance; {sum(a == b for a, b in pairs)} of {len(pairs)} answers are the same")


if __name__ == "__main__":
    main()
