"""The pipeline, in a small checkout of its own: what runs, what runs again, and how mistakes end."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import nbformat
import pytest

from paperlib.core import paths
from paperlib.core.config import DataConfig, EvalConfig, TrainConfig
from paperlib.core.errors import PaperlibError
from paperlib.core.paths import ROOT
from paperlib.core.strict_model import StrictModel
from paperlib.workflow import pipeline as module
from paperlib.workflow.cluster import Place
from paperlib.workflow.notebook_hygiene import KERNELSPEC, LANGUAGE

EXPERIMENTS = """
defaults: {n_train: 4, n_test: 2}
recipes: {untuned: , lora: {method: lora}}
decodings: {greedy: }
tests: {edgejson: }
runs:
  base: {label: untuned}
  tuned: {label: tuned, recipe: lora}
profiles:
  smoke:
    runs: {base: , tuned: }
"""
PARAMETERS = {"01_dataset": DataConfig, "02_training": TrainConfig, "03_evaluation": EvalConfig}
DRAWING = "profile = 'smoke'\ncommitted = []\nout = ''"
MORE = {
    "04_scaling": "screening = []\nbenchmark = []\nsizes = []",
    "05_tables": "screening = []\nbenchmark = []\nsizes = []\ncoverage = ''",
    "06_intervals": "simulations = 1\nresamples = 1\nseed = 1\nfigures_out = ''",
}
IMPORTS = "from paperlib.core import paths\nfrom paperlib.core.files import write_text\n"
BODIES = {
    "01_dataset": "for part in ('train', 'test'):\n    write_text(paths.data(profile, dataset) / f'{part}.jsonl', 'x')",
    "02_training": "import os, time\nprint('started', run, flush=True)\n"
    "while 'HANG' in os.environ:\n    time.sleep(0.1)\n"
    "write_text(paths.model(profile, run) / 'train.json', repr(learning_rate))",
    "03_evaluation": "write_text(paths.results(profile) / run / 'record.json', run)",
    "04_scaling": "for name in ('scaling', 'tiers'):\n    write_text(paths.from_root(out) / f'{name}.pdf', 'x')",
    "05_tables": "write_text(paths.from_root(out) / 'values.tex', paths.from_root(coverage).read_text())",
    "06_intervals": "write_text(paths.from_root(out) / 'coverage.json', f'{simulations} simulations')\n"
    "write_text(paths.from_root(figures_out) / 'coverage.pdf', 'x')",
}


def defaults(kind: type[StrictModel]) -> str:
    """A parameters cell with a configuration's fields."""
    fields = kind.model_fields.items()
    return "\n".join(f"{name} = {'x' if field.is_required() else field.default!r}" for name, field in fields).replace(
        " = x", " = 'x'"
    )


def write(folder: Path, name: str, body: str) -> None:
    values = defaults(PARAMETERS[name]) if name in PARAMETERS else f"{DRAWING}\n{MORE.get(name, '')}"
    cells = [
        nbformat.v4.new_code_cell(values, metadata={"tags": ["parameters"]}),
        nbformat.v4.new_code_cell(IMPORTS + body),
    ]
    book = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": KERNELSPEC, "language_info": LANGUAGE})
    nbformat.write(book, folder / "notebooks" / f"{name}.ipynb")


@pytest.fixture(scope="module")
def shared_checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The real Snakefile and package with six tiny notebooks, and no TeX."""
    folder = tmp_path_factory.mktemp("checkout")
    shutil.copytree(ROOT / "paperlib", folder / "paperlib", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "Snakefile", folder)
    (folder / "data").mkdir()
    for name in ("announcement.yaml", "claims.yaml", "published_calls.yaml", "standard/release.json"):
        (folder / "data" / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / "data" / name, folder / "data" / name)
    (folder / "paper").mkdir()
    (folder / "paper" / "main.tex").touch()
    (folder / "experiments.yaml").write_text(EXPERIMENTS)
    (folder / "notebooks").mkdir()
    (folder / "bin").mkdir()
    for tool in ("bash", "sh", "tee", "tail", "git", "which"):  # the last for plugins of Snakemake, where installed
        (folder / "bin" / tool).symlink_to(shutil.which(tool) or f"/bin/{tool}")
    for name, body in BODIES.items():
        write(folder, name, body)
    return folder


@pytest.fixture
def checkout(shared_checkout: Path) -> Iterator[Path]:
    """That checkout, whose sources are afterwards as they were; what is built in it stays for the other tests."""
    patterns = ("experiments.yaml", "paper/main.tex", "notebooks/*.ipynb")
    before = {path: path.read_bytes() for pattern in patterns for path in shared_checkout.glob(pattern)}
    yield shared_checkout
    for path, content in before.items():
        if path.read_bytes() != content:
            path.write_bytes(content)
    for name in ("models", "results"):
        shutil.rmtree(shared_checkout / "data" / name, ignore_errors=True)


def environment(checkout: Path, **extra: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PAPERLIB_")}
    return {**kept, "PYTHONPATH": str(checkout), "PATH": str(checkout / "bin"), **extra}


def pipeline(checkout: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "paperlib.workflow.pipeline", *arguments]
    here = environment(checkout)
    return subprocess.run(command, cwd=checkout, env=here, capture_output=True, text=True, check=False)


def jobs(checkout: Path, *arguments: str) -> Counter[str]:
    """How many jobs of each rule a dry run lists."""
    done = pipeline(checkout, "smoke", *arguments, "--", "--dry-run")
    assert done.returncode == 0, done.stderr
    rows = [line.split() for line in (done.stdout + done.stderr).splitlines()]
    rules = ("dataset", "train", "evaluate", "scaling", "intervals", "tables", "pdf")
    return Counter({row[0]: int(row[1]) for row in rows if len(row) == 2 and row[0] in rules})


EVERYTHING = Counter(dataset=1, train=1, evaluate=2, scaling=1, intervals=1, tables=1)


def test_a_killed_pipeline_resumes_and_repeats_nothing(checkout: Path) -> None:
    assert jobs(checkout) == EVERYTHING

    command = [sys.executable, "-m", "paperlib.workflow.pipeline", "smoke"]
    with (checkout / "log").open("w") as log:
        process = subprocess.Popen(command, cwd=checkout, env=environment(checkout, HANG="1"), stdout=log, stderr=log)
    deadline = time.monotonic() + 120
    while "started" not in (checkout / "log").read_text() and time.monotonic() < deadline:
        time.sleep(0.2)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not list(checkout.glob("build/smoke/models/*/train.json"))

    done = pipeline(checkout, "smoke")
    assert done.returncode == 0, done.stderr
    assert "No TeX here: figures and tables are made" in done.stderr.splitlines()[-1]
    assert (checkout / "build/smoke/figures/scaling.pdf").exists()
    assert (checkout / "build/smoke/models/tuned/train.json").read_text() == "0.001"
    assert (checkout / "build/smoke/figures/coverage.pdf").exists()
    assert (checkout / "build/smoke/paper/values.tex").read_text() == "20 simulations"

    again = pipeline(checkout, "smoke")
    assert again.returncode == 0
    assert "Nothing to be done" in again.stderr


def test_only_what_a_change_affects_runs_again(checkout: Path) -> None:
    if not (checkout / "build/smoke/paper/values.tex").exists():
        assert pipeline(checkout, "smoke").returncode == 0
    for path in (*checkout.glob("notebooks/*"), *checkout.glob("build/smoke/data/*/*"), checkout / "experiments.yaml"):
        path.touch()
    assert jobs(checkout) == Counter()

    (checkout / "experiments.yaml").write_text(
        EXPERIMENTS.replace("label: tuned,", "label: tuned, learning_rate: 0.002,")
    )
    assert jobs(checkout) == Counter(train=1, evaluate=1, scaling=1, tables=1)
    (checkout / "experiments.yaml").write_text(EXPERIMENTS)

    write(checkout, "03_evaluation", f"# a comment\n{BODIES['03_evaluation']}")
    assert jobs(checkout) == Counter()
    write(checkout, "03_evaluation", f"answer = 42\n{BODIES['03_evaluation']}")
    assert jobs(checkout) == Counter(evaluate=2, scaling=1, tables=1)
    write(checkout, "03_evaluation", BODIES["03_evaluation"])

    write(checkout, "06_intervals", f"answer = 42\n{BODIES['06_intervals']}")
    assert jobs(checkout) == Counter(intervals=1, tables=1)
    write(checkout, "06_intervals", BODIES["06_intervals"])

    (checkout / "paper" / "main.tex").write_text(r"\Another")
    assert jobs(checkout) == Counter(tables=1)


def test_a_training_waits_for_the_adapters_that_initialise_it(checkout: Path) -> None:
    run = "  longer: {recipe: lora, init_from: [tuned]}\nprofiles:\n  further: {runs: {longer: }}"
    (checkout / "experiments.yaml").write_text(EXPERIMENTS.replace("profiles:", run))
    alone = pipeline(checkout, "further", "--", "--dry-run")
    released = checkout / "data" / "models" / "tuned"
    released.mkdir(parents=True)
    (released / "train.json").touch()
    from_package = pipeline(checkout, "further", "--", "--dry-run")
    assert alone.returncode != 0
    assert "data/models/tuned/train.json" in alone.stdout + alone.stderr
    assert from_package.returncode == 0, from_package.stderr


def test_committed_results_need_no_simulation(checkout: Path) -> None:
    results = checkout / "data" / "results"
    (results / "base").mkdir(parents=True)
    (results / "base" / "record.json").touch()
    without = pipeline(checkout, "committed", "--", "--dry-run")
    (results / "coverage.json").touch()
    done = pipeline(checkout, "committed", "--", "--dry-run", "--printshellcmds")
    assert without.returncode != 0
    assert "data/results/coverage.json" in without.stdout + without.stderr
    assert done.returncode == 0, done.stderr
    assert '"simulations": 0' in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["smok"], "experiments.yaml: no profile 'smok'; did you mean smoke?"),
        (["committed"], "data/results contains no record; run `make reproduce`, then `make results`"),
    ],
)
def test_a_mistake_ends_in_one_sentence(checkout: Path, arguments: list[str], sentence: str) -> None:
    done = pipeline(checkout, *arguments)
    assert (done.returncode, done.stderr) == (2, f"{sentence}\n")


def test_a_failed_rule_ends_in_its_sentence(checkout: Path) -> None:
    source = "from paperlib.core.errors import PaperlibError\nraise PaperlibError('weights.bin: corrupt; delete it')"
    write(checkout, "02_training", source)
    done = pipeline(checkout, "smoke")
    assert done.returncode != 0
    assert done.stderr.splitlines()[-1] == "weights.bin: corrupt; delete it"
    assert "Traceback" not in done.stderr + done.stdout


def test_two_runs_at_once_are_refused(checkout: Path) -> None:
    code = (
        "from pathlib import Path\nfrom paperlib.workflow.pipeline import locked\n"
        "lock = Path('build/.lock')\n"
        "with locked(lock):\n"
        "    try:\n"
        "        locked(lock, seconds=0).__enter__()\n"
        "    except Exception as error:\n"
        "        print(error)"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=checkout, env=environment(checkout), capture_output=True, text=True, check=True)
    assert "already running the pipeline (process " in done.stdout


def test_flags_after_two_dashes_are_snakemakes(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[object] = []
    monkeypatch.setattr(module, "locked", lambda _: nullcontext())
    monkeypatch.setattr(module, "snakemake", lambda *arguments: seen.append(arguments[:3]) or 0)
    for own in (["smoke", "--cores", "3"], ["--cores", "3", "smoke"]):
        assert module.main([*own, "--", "--dry-run", "--jobs", "4"]) == 0
    assert seen == [("smoke", Place("local", 3), ["--dry-run", "--jobs", "4"])] * 2


def test_a_profile_of_third_party_data_alone_asks_for_its_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "data_root", lambda: None)
    monkeypatch.setattr(module.experiments, "runs_of", lambda profile, with_data_root: ["v3"] if with_data_root else [])
    with pytest.raises(PaperlibError, match="'decomposition' is on third-party data: name its folder with DATA_ROOT"):
        module._check_preconditions("decomposition")
