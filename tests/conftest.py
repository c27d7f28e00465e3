"""Synthetic records: they look like the study's, but every number in them is made up and none is shipped."""

import socket
from collections.abc import Iterable
from typing import Any

import pytest

from paperlib.core.records import Cost, Data, Metric, Model, Provenance, Record
from paperlib.evaluation.statistics import wilson

TIER_SIZES = {"simple": 76, "medium": 52, "complex": 30}
SCHEMAS = ("contact_form", "log_entry", "product_info", "sensor_reading", "shipping_manifest", "support_ticket")
# run, label, dataset, model, parameters, trainable, method, share of answers right
RUNS: tuple[tuple[str, str, str, str, int, int | None, Any, float], ...] = (
    ("rules", "Rule reader", "edgejson", "rules-unnamed (no model)", 0, None, "baseline", 0.99),
    (
        "majority",
        "Most frequent values",
        "edgejson",
        "majority-by-field (no model)",
        0,
        None,
        "baseline",
        0.0,
    ),
    ("ceiling", "Label ceiling", "edgejson", "ceiling (no model)", 0, None, "baseline", 1.0),
    ("base-135m", "SmolLM2-135M, untuned", "edgejson", "", 134_515_008, None, "none", 0.02),
    ("lora-135m", "SmolLM2-135M, LoRA", "edgejson", "", 134_515_008, 4_884_480, "lora", 0.75),
    ("nano-xs", "nano-xs", "edgejson", "nano-xs", 312_448, 312_448, "scratch", 0.0),
    ("nano-s", "nano-s", "edgejson", "nano-s", 1_912_448, 1_912_448, "scratch", 0.1),
    ("nano-m", "nano-m", "edgejson", "nano-m", 9_812_448, 9_812_448, "scratch", 0.3),
    ("base-135m-v3", "SmolLM2-135M, untuned", "edgejson_v3", "", 134_515_008, None, "none", 0.03),
    ("lora-135m-v3", "SmolLM2-135M, LoRA on v3", "edgejson_v3", "", 134_515_008, 4_884_480, "lora", 0.62),
    ("budget-3", "SmolLM2-135M, LoRA on v3, 3 minutes", "edgejson_v3", "", 134_515_008, 4_884_480, "lora", 0.35),
    ("budget-8", "SmolLM2-135M, LoRA on v3, 8 minutes", "edgejson_v3", "", 134_515_008, 4_884_480, "lora", 0.5),
    ("rules-v3", "Rule reader", "edgejson_v3", "rules-unnamed (no model)", 0, None, "baseline", 0.9),
    ("majority-v3", "Most frequent values", "edgejson_v3", "majority-by-field (no model)", 0, None, "baseline", 0.0),
    ("ceiling-v3", "Label ceiling", "edgejson_v3", "ceiling (no model)", 0, None, "baseline", 0.95),
    ("lora-135m-transfer", "SmolLM2-135M, LoRA on ours", "edgejson_v3", "", 134_515_008, 4_884_480, "lora", 0.28),
)

NOT_RUN = ("base-135m-v3",)  # defined, but the committed study is without them


def proportion(metric: Any, group: Any, name: str, k: int, n: int) -> Metric:
    low, high = wilson(k, n)
    return Metric(metric=metric, group=group, name=name, value=k / n, n=n, k=k, low=low, high=high, interval="wilson")


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
    """The same scores under the published evaluator, as a model has them that ends its answers."""
    names = {"json_exact": "published_exact", "field_f1": "published_f1"}
    kept = [row for row in rows if row.metric in names and row.group != "schema"]
    return [row.model_copy(update={"metric": names[row.metric]}) for row in kept]


def make_record(run: str = "lora-135m", **changed: Any) -> Record:
    """A made-up record of one of the study's runs (another name: of one like lora-135m); fields may be changed."""
    known = {row[0]: row for row in RUNS}
    _, label, dataset, model, parameters, trainable, method, share = known.get(run, known["lora-135m"])
    own = dataset == "edgejson"
    source = "lora-135m" if run == "lora-135m-transfer" else run
    train = {
        "run": source,
        "method": method,
        "dataset": dataset if source == run else "edgejson",
        "lora_r": 16,
        "lora_alpha": 32,
        "learning_rate": 1e-3,
        "max_steps": -1,
    }
    train |= {"epochs": 2.0, "warmup_ratio": 0.05, "batch_tokens": 2048, "batch_examples": 16, "max_tokens": 2048}
    trained = method not in ("none", "baseline")
    fields: dict[str, Any] = {
        "run": run,
        "profile": "laptop",
        "label": label if run in known else run,
        "seed": 0,
        "model": Model(
            name=model or "SmolLM2-135M-Instruct (dequantised Q4_1)",
            parameters=parameters,
            trainable=trainable,
            method=method,
        ),
        "data": Data(
            dataset=dataset,
            split="test" if own else "held-back",
            n_train=629 if own else 503,
            n_test=158 if own else 126,
            train_hash="0f" * 8,
            test_hash="1e" * 8,
            skipped=("a", "b"),
        ),
        "config": {
            "train": train if trained else None,
            "eval": {"model_run": source if trained else None, "cap_factor": 1.25},
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
            train_seconds=1832.4 if trained else None,
            train_tokens_per_second=381.2 if trained else None,
            train_steps=150 if trained else None,
            eval_seconds=402.0,
            peak_memory_gb=5.34,
        ),
        "stops": {"eos": 140, "value": 10, "cap": 8},
        "metrics": make_metrics(share, None if own else {"simple": 60, "medium": 30, "complex": 20, "none": 16}),
    }
    return Record(**{**fields, **changed})


@pytest.fixture
def records() -> dict[str, Record]:
    """Made-up records of the runs that the committed study holds."""
    return {row[0]: make_record(row[0]) for row in RUNS if row[0] not in NOT_RUN}


@pytest.fixture
def all_records() -> dict[str, Record]:
    """Made-up records of every run defined, those on the published data included."""
    return {row[0]: make_record(row[0]) for row in RUNS}


@pytest.fixture(autouse=True)
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test may reach a network: a connection to anything but this machine fails."""
    connect = socket.socket.connect

    def refusing(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and address[0] not in ("127.0.0.1", "::1", "localhost"):
            raise OSError(f"a test tried to connect to {address[0]}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", refusing)
