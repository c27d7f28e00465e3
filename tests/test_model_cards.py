"""The model cards: each released adapter has one, and it says what its log and the records say."""

from pathlib import Path

import pytest
import yaml
from conftest import make_record

from paperlib.core import paths
from paperlib.core.files import read_json
from paperlib.core.records import load_blind, load_records
from paperlib.decoding.engines.export.model_card import scores_of
from paperlib.paper import model_cards
from paperlib.training.bases import BASES

LOG = {
    "config": {"run": "mine", "profile": "p", "base": "smollm2-135m-instruct", "recipe": "r", "prompt": "schema"},
    "model": "SmolLM2", "trainable": 4_884_480, "n_train": 12, "seconds": 120.0, "tokens_per_second": 50.0,
    "hardware": {"threads": 2},
}  # fmt: skip


@pytest.mark.parametrize("folder", sorted(path.parent for path in paths.RELEASED_ADAPTERS.glob("*/train.json")))
def test_the_committed_card_is_that_of_the_records(folder: Path) -> None:
    runs = [*load_blind(), *load_records(paths.RESULTS, paths.BENCHMARK).values()]
    card = model_cards.render(folder.name, read_json(folder / "train.json"), runs)
    assert (folder / "README.md").read_text(encoding="utf-8") == card, "run `make paper`"
    _, head, body = card.split("---\n", 2)
    base = BASES[read_json(folder / "train.json")["config"]["base"]].hub
    assert yaml.safe_load(head) == {"license": "apache-2.0", "base_model": base, "library_name": "peft"}
    assert "\\" not in body


def test_an_export_quotes_the_scores_of_a_card() -> None:
    assert scores_of(paths.RELEASED_ADAPTERS / "function-caller-v3").count("| BFCL simple | constrained | 400 |") == 1
    assert scores_of(paths.RELEASED_ADAPTERS) == ""


def test_a_card_says_what_was_trained_and_scored() -> None:
    record = make_record("lora-135m").model_copy(update={"trained_by": "mine"})
    card = model_cards.render("mine", {**LOG, "empty_above": 0.7}, [record, make_record("nano-s")])
    assert "12 examples, 6,000 tokens, 2 min on 2 cores; recipe `r`" in card
    assert "It answers with an empty object where the probability of that is at least 0.7." in card
    assert card.count("| EdgeJSON | greedy |") == 1
    assert "--schema SCHEMA.json" in card


def test_a_card_names_the_update_that_was_scaled() -> None:
    scaled = {**LOG["config"], "init_from": ["yours"], "init_scale": 0.5, "max_steps": 0}  # type: ignore[dict-item]
    card = model_cards.render("mine", {**LOG, "config": scaled, "seconds": 0.0, "tokens_per_second": None}, [])
    assert "No further training: the weight update of `yours`, scaled by 0.5; recipe `r`" in card


def test_a_card_without_scores_says_so() -> None:
    log = {**LOG, "config": {**LOG["config"], "data": "function-calls"}}  # type: ignore[dict-item]
    card = model_cards.render("mine", log, [])
    assert "None are recorded" in card
    assert "paperlib call --model mine --tools TOOLS.json" in card
