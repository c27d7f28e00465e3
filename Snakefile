# The order of the study, and nothing else: each rule runs one notebook and passes everything it needs as parameters.
#
#   python -m paperlib.workflow.pipeline laptop        what `make reproduce` calls
#   python -m paperlib.workflow.pipeline paper --executor slurm --jobs 20
#   snakemake --cores 2 --config profile=smoke --dry-run
#
# The profile "committed" has no run: it draws and typesets the committed records (`make paper`).

import functools
import json
import os
import shlex
import sys

from snakemake.exceptions import WorkflowError

from paperlib.core import experiments, paths
from paperlib.core.config import GREEDY, UNTUNED
from paperlib.paper import tex_install
from paperlib.core.errors import PaperlibError
from paperlib.core.fingerprint import code_hash
from paperlib.data.third_party import LOADERS, folder_of
from paperlib.workflow.keep import kept_in

if "data_root" in config:
    os.environ["PAPERLIB_DATA"] = config["data_root"]
PROFILE = config.get("profile", "laptop")
COMMITTED = PROFILE == "committed"
BUILD = f"build/{PROFILE}"
PYTHON = shlex.quote(sys.executable)
NOTEBOOKS = {
    "dataset": "01_dataset",
    "train": "02_training",
    "evaluate": "03_evaluation",
    "scaling": "04_scaling",
    "tables": "05_tables",
    "intervals": "06_intervals",
}
FRESH = "" if COMMITTED else "--fresh"
GROUPS = {"committed": paths.RESULTS, "screening": paths.SCREENING, "benchmark": paths.BENCHMARK, "sizes": paths.SCALING}
# How often the intervals are simulated; 0: the committed simulation is read.
SIMULATIONS = {"smoke": 20, "committed": 0}.get(PROFILE, 1000)
# Snakemake sets pipefail, so that tee hides no failure; a failed rule's last line is its sentence, kept for the end.
TEE = "2>&1 | tee {log} || {{ code=$?; [ $code -gt 2 ] || tail -n 1 {log} >${{PAPERLIB_FAILURE:-/dev/null}}; exit $code; }}"
# What these two show changes nothing that they make, so another figure or metric trains nothing again.
DISPLAY_ONLY = ("claims", "data.display", "paper")
# What a job asks of a cluster, and more of it after a failure; on this machine a training sees for itself.
MEMORY_MB = lambda wildcards, attempt: attempt * 4000
MODEL_MEMORY_MB = lambda wildcards, attempt: attempt * 12000
# The executed notebook lies beside its log.
RUN = (
    "log={log}; {PYTHON} -m paperlib.workflow.notebooks run notebooks/{params.notebook}.ipynb"
    " --out ${{log%.log}}.ipynb --parameters {params.values:q} " + TEE
)


def or_exit(function, *arguments, **named):
    """What a user did wrong in experiments.yaml, as one sentence."""
    try:
        return function(*arguments, **named)
    except PaperlibError as error:
        raise WorkflowError(str(error)) from None


with_data_root = paths.data_root() is not None
RUNS = [] if COMMITTED else or_exit(experiments.runs_of, PROFILE, with_data_root=with_data_root)
RECORDS = (
    sorted(map(paths.display, paths.RESULTS.glob("*/record.json")))
    if COMMITTED
    else expand(f"{BUILD}/results/{{run}}/record.json", run=RUNS)
)

SCREENED = sorted(map(paths.display, paths.SCREENING.glob("*/record.json")))
# What records and texts are written from, beside the code.
FOLDERS = ((paths.SCHEMAS, "*.json"), (paths.UNSEEN_SCHEMAS, "*.json"), (paths.PHRASEBOOKS, "*.yaml"), (paths.WORDS, "*.yaml"))
WRITTEN = sorted(paths.display(path) for folder, names in FOLDERS for path in folder.rglob(names))
BENCHMARK = sorted(map(paths.display, paths.BENCHMARK.glob("*/record.json")))
SIZES = sorted(map(paths.display, paths.SCALING.glob("*/record.json")))
# Records that figures and tables show and that no run here makes.
MEASURED = (paths.BLIND, paths.INTENT_RESULTS, paths.ENGINE_COSTS, paths.TOOL_COMPARISON)
BESIDE = sorted(paths.display(path) for folder in MEASURED for path in folder.rglob("*.json"))


@functools.cache
def resolved(run):
    return or_exit(experiments.load, PROFILE, run)


def code_of(rule, display_only=()):
    return or_exit(code_hash, paths.NOTEBOOKS / f"{NOTEBOOKS[rule]}.ipynb", display_only)


def as_json(part):
    return json.dumps(part.model_dump(mode="json"))


def data_of(dataset):
    """The one way a profile makes a dataset: its runs must agree on it."""
    found = {as_json(data) for run in RUNS for data in resolved(run).datasets if data.dataset == dataset}
    if len(found) != 1:
        raise WorkflowError(f"profile {PROFILE!r}: {len(found)} different ways to make dataset {dataset!r}, expected one")
    return found.pop()


def sources_of(wildcards):
    """What a dataset is generated from, or read: files of DATA_ROOT, but none of a split that stays closed."""
    if wildcards.dataset not in LOADERS:
        return WRITTEN
    files = (paths.data_root() / folder_of(wildcards.dataset)).rglob("*")
    return sorted(str(path) for path in files if path.is_file() and "test" not in path.name)


def files_of(dataset):
    return expand(f"{BUILD}/data/{dataset}/{{part}}.jsonl", part=["train", "test"])


def tested_on(wildcards):
    """The data of a run, the trained model that it tests (the profile's or a released one), and the record of its
    untuned base, which it is compared with."""
    part = resolved(wildcards.run).eval
    if part.model is None:
        return files_of(part.test)
    others = [resolved(run).eval for run in RUNS]
    alike = (part.base, UNTUNED, part.test, GREEDY)
    untuned = [o.run for o in others if (o.base, o.recipe, o.test, o.decoding) == alike]
    return [*files_of(part.test), model_of(part.model), *expand(f"{BUILD}/results/{{run}}/record.json", run=untuned)]


def model_of(run):
    """The marker of a finished model: the profile's where it trains it, or else the package's."""
    folder = f"{BUILD}/models" if run in RUNS else paths.display(paths.RELEASED_ADAPTERS)
    return f"{folder}/{run}/train.json"


def trained_on(wildcards):
    """The data of a run's training, and the adapters that it is initialised from."""
    part = resolved(wildcards.run).train
    return [*files_of(part.data), *map(model_of, part.init_from)]


def drawn(out, **more):
    """Parameters of the notebooks that read records: the folders of each group. Fresh records come before those of the
    group that they belong to, which fill in for runs not made here."""
    folders = {name: [paths.display(folder)] for name, folder in GROUPS.items()}
    if not COMMITTED:
        kept = or_exit(kept_in, PROFILE, RUNS)
        folders[next(name for name, folder in GROUPS.items() if folder == kept)].insert(0, f"{BUILD}/results")
    return json.dumps({"profile": "laptop" if COMMITTED else PROFILE, **folders, "out": out, **more})


def simulated():
    """Parameters of the notebook that simulates the intervals."""
    counts = {"simulations": SIMULATIONS, "resamples": 50 if PROFILE == "smoke" else 500, "seed": 0}
    folders = {"committed": "data/results", "out": f"{BUILD}/intervals", "figures_out": f"{BUILD}/figures"}
    return json.dumps({"profile": PROFILE, **counts, **folders})


wildcard_constraints:
    run="[^/]+",
    dataset="[^/]+",


localrules:
    all,
    pdf,  # needs TeX, which the machine that was asked for it has


rule all:
    input:
        f"{BUILD}/figures/scaling.pdf",
        f"{BUILD}/paper/values.tex",
        f"{BUILD}/paper/main.pdf" if tex_install.available() else [],


rule dataset:
    input:
        sources_of,
    output:
        train=f"{BUILD}/data/{{dataset}}/train.jsonl",
        test=f"{BUILD}/data/{{dataset}}/test.jsonl",
    params:
        values=lambda wildcards: data_of(wildcards.dataset),
        notebook=NOTEBOOKS["dataset"],
        code=code_of("dataset", DISPLAY_ONLY),
    resources:
        mem_mb=MEMORY_MB,
    message:
        "Dataset {wildcards.dataset}"
    log:
        f"{BUILD}/notebooks/01_dataset.{{dataset}}.log",
    shell:
        RUN


# train.json is the marker of a finished model, written last. The weights beside it are not declared, and checkpoints
# lie elsewhere, so that nothing deletes them when training is stopped.
rule train:
    input:
        trained_on,
    output:
        f"{BUILD}/models/{{run}}/train.json",
    params:
        values=lambda wildcards: as_json(resolved(wildcards.run).train),
        notebook=NOTEBOOKS["train"],
        code=code_of("train", DISPLAY_ONLY),
    threads: lambda wildcards: resolved(wildcards.run).train.threads
    resources:
        heavy=lambda wildcards: int(resolved(wildcards.run).train.threads > 1),
        mem_mb=MODEL_MEMORY_MB,
    message:
        "Training {wildcards.run}"
    log:
        f"{BUILD}/notebooks/02_training.{{run}}.log",
    shell:
        RUN


rule evaluate:
    input:
        tested_on,
    output:
        f"{BUILD}/results/{{run}}/record.json",
    params:
        values=lambda wildcards: as_json(resolved(wildcards.run).eval),
        notebook=NOTEBOOKS["evaluate"],
        code=code_of("evaluate"),
    threads: lambda wildcards: resolved(wildcards.run).eval.threads
    resources:
        heavy=lambda wildcards: int(resolved(wildcards.run).eval.threads > 1),
        mem_mb=MODEL_MEMORY_MB,
    message:
        "Evaluating {wildcards.run}"
    log:
        f"{BUILD}/notebooks/03_evaluation.{{run}}.log",
    shell:
        RUN


rule scaling:
    input:
        RECORDS,
        SCREENED,
        BENCHMARK,
        SIZES,
        BESIDE,
        "data/announcement.yaml",
        "data/claims.yaml",
    output:
        f"{BUILD}/figures/scaling.pdf",
        f"{BUILD}/figures/tiers.pdf",
    params:
        values=drawn(f"{BUILD}/figures"),
        notebook=NOTEBOOKS["scaling"],
        code=code_of("scaling"),
    resources:
        mem_mb=MEMORY_MB,
    message:
        "Figures"
    log:
        f"{BUILD}/notebooks/04_scaling.log",
    shell:
        RUN


rule intervals:
    input:
        [] if SIMULATIONS else "data/results/coverage.json",
    output:
        f"{BUILD}/intervals/coverage.json",
        f"{BUILD}/figures/coverage.pdf",
    params:
        values=simulated(),
        notebook=NOTEBOOKS["intervals"],
        code=code_of("intervals"),
    resources:
        mem_mb=MEMORY_MB,
    message:
        "Intervals"
    log:
        f"{BUILD}/notebooks/06_intervals.log",
    shell:
        RUN


rule tables:
    input:
        RECORDS,
        SCREENED,
        BENCHMARK,
        SIZES,
        BESIDE,
        f"{BUILD}/intervals/coverage.json",
        "data/announcement.yaml",
        "data/claims.yaml",
        "data/published_calls.yaml",
        "data/standard/release.json",
        "paper/main.tex",  # the values are those that it uses
    output:
        f"{BUILD}/paper/values.tex",
    params:
        values=drawn(f"{BUILD}/paper", coverage=f"{BUILD}/intervals/coverage.json"),
        notebook=NOTEBOOKS["tables"],
        code=code_of("tables"),
    resources:
        mem_mb=MEMORY_MB,
    message:
        "Tables and numbers"
    log:
        f"{BUILD}/notebooks/05_tables.log",
    shell:
        RUN


rule pdf:
    input:
        f"{BUILD}/paper/values.tex",
        f"{BUILD}/figures/scaling.pdf",
        f"{BUILD}/figures/tiers.pdf",
        f"{BUILD}/figures/coverage.pdf",
        "paper/main.tex",
        "paper/references.bib",
    output:
        f"{BUILD}/paper/main.pdf",
    message:
        "Typesetting the paper"
    log:
        f"{BUILD}/notebooks/pdf.log",
    shell:
        "{PYTHON} -m paperlib.paper.typeset {BUILD}/paper --figures {BUILD}/figures {FRESH} " + TEE
