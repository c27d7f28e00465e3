"""A random model that passes for a trained one, to be exported in an instant."""

import json
from pathlib import Path
from typing import Any

import small_models

from paperlib.core.config import TrainConfig
from paperlib.core.files import write_json
from paperlib.training import models
from paperlib.training.models import LoadedModel

TEXT = "Kind regards, Ana Ruiz, Lisbon office. Colour: red, 17 pieces at 4.50, paid on 3 May."
SCHEMA = {
    "type": "object",
    "properties": {"colour": {"enum": ["red", "blue"]}, "pieces": {"type": "integer"}, "place": {"type": "string"}},
    "required": ["colour"],
}


def small(architecture: str, **changed: Any) -> LoadedModel:
    """A random model in float32 with a tokenizer that was trained on what the tests ask."""
    tokenizer = models.train_tokenizer([TEXT, json.dumps(SCHEMA)] * 3, 400)
    return LoadedModel(small_models.build(architecture, len(tokenizer), **changed), tokenizer, architecture)


def trained_folder(found: Path, **settings: Any) -> Path:
    """Writes what a training on documents of one schema leaves: weights, tokenizer, log, card and schema."""
    loaded = small("llama")
    loaded.model.save_pretrained(found)
    loaded.tokenizer.save_pretrained(found)
    config = TrainConfig(
        run=found.name, profile="finetune", base="nano-xs", method="scratch", **{"prompt": "schema", **settings}
    )
    log = {"identity": "x", "config": config.model_dump(mode="json"), "model": "nano-xs", "n_train": 9, "losses": []}
    write_json(found / "train.json", {**log, "answer_ratio": 1.0})
    (found / "README.md").write_text("# Letters\n\n## Scores\n\n```\nexact 0.25\n```\n\n## About it\n")
    write_json(found / "schema.json", {**SCHEMA, "properties": {"colour": {"enum": ["red", "blue"]}}})
    return found
