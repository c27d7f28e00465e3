"""Made-up records of what the forms of a model cost: none of these numbers was measured."""

from typing import Any

from conftest import proportion

from paperlib.core.records import Provenance
from paperlib.evaluation.engine_costs.cost_records import Beside, CostConfig, EngineCost, Timings, WeightFile
from paperlib.evaluation.engine_costs.forms import FORMS, REFERENCE, Form

SIZES = {"simple": 10, "medium": 6, "complex": 4}
MACHINE = {"cpu": "Made-up processor", "threads": 2, "memory_gb": 8.0}


def cost(form: Form, test: str = "edgejson_v3", **timed: Any) -> EngineCost:
    """A form of 100 MB that has 15 of 20 answers right, a second faster in each of three repeats."""
    made = {"created": "", "git_commit": "0" * 40, "git_dirty": False, "config_hash": "", "prompt_hash": ""}
    right = {"simple": 9, "medium": 5, "complex": 1}
    metrics = [proportion("json_exact", "tier", tier, right[tier], n) for tier, n in SIZES.items()]
    return EngineCost(
        form=form.name,
        title=form.title,
        engine=form.engine,
        weights=form.weights,
        model="made-up",
        model_name="Made up",
        base="smollm2-135m-instruct",
        parameters=134_515_008,
        seed=3,
        test_set=test,
        split="held-out",
        decoding="greedy",
        test_hash="",
        files=(WeightFile(name="model.gguf", bytes=100_000_000, sha256="0" * 64),),
        metrics=(proportion("json_exact", "overall", "all", 15, 20), *metrics),
        stops={"eos": 20},
        beside=None if form == REFERENCE else beside(),
        timings=timings(form, **timed),
        config=CostConfig(model="made-up", test=test, repeats=3),
        provenance=Provenance(**made, hardware=MACHINE, versions={}),
    )


def beside() -> Beside:
    compared: dict[str, Any] = {"difference": -0.05, "interval": (-0.15, 0.05), "only_reference": 2, "only_form": 1}
    return Beside(reference=REFERENCE.name, equal=17, p=1.0, **compared)


def timings(form: Form, **timed: Any) -> Timings:
    by_tier = {"simple": (3.0, 2.0, 1.0), "medium": (6.0, 5.0, 4.0), "complex": (12.0, 11.0, 10.0)}
    repeats = (30.0, 20.0, 10.0)
    found: dict[str, Any] = {
        "load_seconds": (1.5, 1.25, 1.0),
        "prompt_tokens_per_second": (300.0, 200.0, 100.0),
        "generation_tokens_per_second": repeats,
        "generation_tokens_per_second_at_once": None if form.served else repeats,
        "first_token_seconds": {tier: tuple(value / 10 for value in values) for tier, values in by_tier.items()},
        "answer_seconds": by_tier,
        "answer_tokens": by_tier,
        "answer_joules": by_tier,
        "joules_source": "estimate",
        "peak_memory_gb": (0.6, 0.5, 0.4),
        "libraries_gb": None if form.served else (0.3, 0.3, 0.3),
    }
    return Timings(**found | timed)


def costs() -> list[EngineCost]:
    return [cost(form) for form in FORMS]
