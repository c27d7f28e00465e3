"""Synthetic records: they look like the study's, but all numbers are made up and none is released."""

import functools
import json
import socket
from collections.abc import Callable, Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from paperlib.core import experiments, paths
from paperlib.core.config import RunConfig
from paperlib.core.files import read_yaml
from paperlib.core.records import Cost, Data, Metric, Model, Provenance, Record
from paperlib.evaluation.statistics.intervals import wilson

settings.register_profile("gate", deadline=None, derandomize=True)  # the same examples every time, at any speed
settings.load_profile("gate")

TIER_SIZES = {"simple": 76, "medium": 52, "complex": 30}
SCHEMAS = ("contact_form", "log_entry", "product_info", "sensor_reading", "shipping_manifest", "support_ticket")
# Runs of the study, and the share of answers right of each.
SHARES = {
    "rules": 0.99,
    "majority": 0.0,
    "recoverable": 1.0,
    "base-135m": 0.02,
    "lora-135m": 0.75,
    "nano-xs": 0.0,
    "nano-s": 0.1,
    "nano-m": 0.3,
    "base-135m-v3": 0.03,
    "lora-135m-v3": 0.62,
    "full-3min": 0.35,
    "full-8min": 0.5,
    "rules-v3": 0.9,
    "majority-v3": 0.0,
    "recoverable-v3": 0.95,
    "lora-135m-transfer": 0.28,
}
PARAMETERS = {"smollm2-135m-instruct": 134_515_008, "nano-xs": 312_448, "nano-s": 1_912_448, "nano-m": 9_812_448}
needs_llama_cpp = pytest.mark.skipif(find_spec("xllamacpp") is None, reason="the extra 'engines' is not installed")
NOT_RUN = ("base-135m-v3",)  # defined, but the committed study is without them


def proportion(metric: Any, group: Any, name: str, k: int, n: int) -> Metric:
    low, high = wilson(k, n)
    return Metric(metric=metric, group=group, name=name, value=k / n, n=n, k=k, low=low, high=high, interval="wilson")


def with_counts(name: str, k: int, n: int, schemas: dict[str, tuple[int, int]] | None = None) -> Record:
    """A record of ``k`` right answers of ``n``, and of as many by schema as is said."""
    rows = [proportion("json_exact", "overall", "all", k, n)]
    rows += [proportion("json_exact", "schema", schema, *counts) for schema, counts in (schemas or {}).items()]
    return make_record(name, metrics=tuple(rows))


def rows_of(path: Path) -> list[dict[str, Any]]:
    """The objects of a JSONL file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def make_metrics(share: float, sizes: dict[str, int] | None = None) -> tuple[Metric, ...]:
    """All metrics of a run that is right in about ``share`` of cases, less often on complex schemas."""
    sizes = sizes or TIER_SIZES
    rows, right = [], 0
    for place, (tier, n) in enumerate(sizes.items()):
        k = round(n * share ** (1 + 0.7 * place))
        right += k
        rows.append(proportion("json_exact", "tier", tier, k, n))
    total = sum(sizes.values())
    rows.append(proportion("json_exact", "overall", "all", right, total))
    rows.append(proportion("schema_valid", "overall", "all", round(total * share**0.3), total))
    for place, schema in enumerate(SCHEMAS):
        rows.append(proportion("json_exact", "schema", schema, round(8 * share ** (0.4 + (place % 7) / 4)), 8))
    f1, nats = share**0.5, 1.2 - share
    means = {"field_f1": f1, "leaf_f1": f1, "edit_similarity": f1, "nats_per_token": nats / 9, "nats_per_leaf": nats}
    rows += [mean(metric, value, total) for metric, value in means.items()]
    return (*rows, *as_published(rows))


def mean(metric: Any, value: float, n: int) -> Metric:
    low, high = max(value - 0.05, 0), min(value + 0.05, 1)
    return Metric(metric=metric, group="overall", name="all", value=value, n=n, k=None, low=low, high=high,
                  interval="clustered t")  # fmt: skip


def as_published(rows: Iterable[Metric]) -> list[Metric]:
    """The scores under the published evaluator: equal to ours, as for a model that ends its answers."""
    names = {"json_exact": "published_exact", "field_f1": "published_f1"}
    kept = [row for row in rows if row.metric in names and row.group != "schema"]
    return [row.model_copy(update={"metric": names[row.metric]}) for row in kept]


@functools.cache
def resolved(run: str) -> RunConfig:
    """A run of experiments.yaml; under another name one like lora-135m, which trains the model that it tests."""
    runs = experiments.expand(read_yaml(paths.EXPERIMENTS))
    own = runs.get(run, {**runs["lora-135m"], "run": run, "label": run, "model": run})
    values = {key: value for key, value in own.items() if key != "entry"}
    return experiments.resolve({**values, "profile": "laptop"}, run)


def make_record(run: str = "lora-135m", **changed: Any) -> Record:
    """A made-up record of one of the study's runs (another name: of one like lora-135m); fields may be changed."""
    tested = resolved(run).eval
    train = resolved(tested.model).train if tested.model else None
    method = train.method if train else "none" if tested.base in PARAMETERS else "baseline"
    parameters = PARAMETERS.get(tested.base, 0)
    names = {"baseline": f"{tested.base} (no model)", "scratch": tested.base}
    ours = tested.test != "edgejson_v3"
    fields: dict[str, Any] = {
        "run": run,
        "profile": "laptop",
        "label": tested.label,
        "base": tested.base,
        "recipe": tested.recipe,
        "train_set": tested.data,
        "trained_by": tested.model,
        "test_set": tested.test,
        "split": "test" if ours else "held-out",
        "decoding": tested.decoding,
        "seed": tested.seed,
        "model": Model(
            name=names.get(method, "SmolLM2-135M-Instruct (dequantised Q4_1)"),
            parameters=parameters,
            trainable=(4_884_480 if method == "lora" else parameters) if train else None,
            method=method,
        ),
        "data": Data(
            n_train=(629 if tested.data == "edgejson" else 503) if train else None,
            n_test=158 if ours else 126,
            train_hash="0f" * 8 if train else None,
            test_hash="1e" * 8,
            skipped=("a", "b") if train else (),
        ),
        "config": {
            "train": train.model_dump(mode="json") if train else None,
            "eval": tested.model_dump(mode="json"),
        },
        "provenance": Provenance(
            created="2000-01-01T00:00:00Z",
            git_commit="0123456789abcdef",
            git_dirty=False,
            config_hash="ab" * 8,
            prompt_hash="cd" * 8,
            hardware={"cpu": "Example CPU 100", "cores": 4, "threads": 2, "memory_gb": 16.0, "gpu": None},
            versions={"python": "3.12.0", "torch": "2.13.0", "transformers": "5.0.0"},
        ),
        "cost": Cost(
            train_seconds=1832.4 if train else None,
            train_tokens_per_second=381.2 if train else None,
            train_steps=150 if train else None,
            eval_seconds=402.0,
            peak_memory_gb=5.34,
        ),
        "stops": {"eos": 140, "value": 10, "cap": 8},
        "metrics": make_metrics(
            SHARES.get(run, SHARES["lora-135m"]),
            None if ours else {"simple": 60, "medium": 30, "complex": 20, "none": 16},
        ),
    }
    return Record(**{**fields, **changed})


@pytest.fixture
def one_thread() -> Iterator[None]:
    """PyTorch on one thread: with small models threads wait for each other longer than they compute."""
    import torch  # seconds that most tests do not take

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def records() -> dict[str, Record]:
    """Made-up records of the runs that the committed study holds."""
    return {run: make_record(run) for run in SHARES if run not in NOT_RUN}


@pytest.fixture
def all_records() -> dict[str, Record]:
    """Made-up records of every run defined, those on the published data included."""
    return {run: make_record(run) for run in SHARES}


def local_only(connect: Callable[[socket.socket, Any], Any]) -> Callable[[socket.socket, Any], Any]:
    """A way to connect that leads nowhere but to this machine."""

    def refusing(self: socket.socket, address: Any) -> Any:
        if self.family in (socket.AF_INET, socket.AF_INET6) and address[0] not in ("127.0.0.1", "::1", "localhost"):
            raise OSError(f"a test tried to connect to {address[0]}")
        return connect(self, address)

    return refusing


@pytest.fixture(autouse=True, scope="session")
def offline() -> Iterator[None]:
    """No test may reach a network: a connection to anything but this machine fails, children ask no hub, and no key
    for a teacher is at hand."""
    with pytest.MonkeyPatch.context() as patched:
        for name in ("connect", "connect_ex"):
            patched.setattr(socket.socket, name, local_only(getattr(socket.socket, name)))
        patched.setenv("HF_HUB_OFFLINE", "1")
        patched.setenv("NO_PROXY", "*")
        for name in ("PAPERLIB_TEACHER_KEY", "OPENAI_API_KEY"):
            patched.delenv(name, raising=False)
        yield


@pytest.fixture(scope="module")
def sizes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Record]]:
    """Made-up records of the study of sizes, with the files beside them."""
    from scaled import ladder  # which takes its records from here

    folder = tmp_path_factory.mktemp("scaling")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(paths, "SCALING", folder)
        yield ladder(folder)


@pytest.fixture
def letters(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A random model that passes for one that was trained on documents of one schema."""
    monkeypatch.setattr(paths, "cache", lambda: tmp_path / "cache")
    from tiny_export import trained_folder  # with transformers, seconds that other tests do not take

    return trained_folder(tmp_path / "letters")
