"""What lies beside an exported model for those who find it: README.md, PROMPT.md and LICENSE.txt."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from paperlib.decoding.engines.export.served_prompt import PLACE, ServedPrompt
from paperlib.training.bases import BASES

SCORES = re.compile(r"^## Scores\n\n([|`].*?)\n\n## ", re.S | re.M)  # a table in a model card
NOTATION = (  # of paperlib.data.schemas.schema_to_prompt
    "`{name: string}` is an object, `?` after a name marks a field that may be left out, `[string]` is an array; a "
    "format (`date`) stands in place of `string`, `string | null` is what may be null, and of an enum the values stand "
    'there: `"red" | "blue"`.'
)


@dataclass(frozen=True)
class Exported:
    """All that a card tells of an export."""

    file: str  # that holds the model
    name: str
    model: str  # the true name of the base weights
    base: str
    parameters: int
    quantisation: str
    megabytes: float  # of that file, and of its weights where they lie beside it
    log: dict[str, Any]  # of the training; empty for an untuned base
    scores: str  # a table in Markdown, or empty
    tokens: str  # how the tokens that the engine makes of a prompt differ from those of the training

    @property
    def licence(self) -> str:
        """That of the base weights, as far as it is known."""
        return BASES[self.base].licence if self.base in BASES else f"that of {self.base}, which is not known here"

    @property
    def training(self) -> str:
        if not self.log:
            return "none here: the base as it is"
        config, examples = self.log["config"], self.log.get("n_train")
        return f"{config['method']}, {examples} examples of {config['data']}, recipe {config['recipe']}"


def scores_of(folder: Path) -> str:
    """The table of scores in the model card of a trained model, ``README.md`` in ``folder``; empty without one."""
    card = folder / "README.md"
    found = SCORES.search(card.read_text(encoding="utf-8")) if card.is_file() else None
    return found[1] if found else ""


def readme(one: Exported, asked: ServedPrompt, answer: str, commands: str, own: str) -> str:
    """README.md. ``answer`` is what llama.cpp wrote to the worked request when the export was checked; ``commands`` run
    the model in the way that the folder was made for, where that is not llama.cpp alone; ``own`` ask it about a text
    and a schema of the reader's, or is empty."""
    context = "the text" if asked.style == "plain" else "the schema, a blank line and the text"
    reads = context if asked.style != "chat" else "an instruction with the JSON Schema and the text"
    return (
        f"{_title(one)} one file, `{one.file}` ({one.megabytes:.0f} MB), for llama.cpp and what is built on it.\n\n"
        "## Run it\n\n"
        + (f"{commands}\nOr by llama.cpp alone:\n\n" if commands else "")
        + "    llama-server -m model.gguf -c 4096\n"
        "    curl http://localhost:8080/completion -d @request.json\n\n"
        "`request.json` holds the prompt, which [PROMPT.md](PROMPT.md) explains, and the JSON Schema that the answer "
        "is held to. When this folder was written, llama.cpp answered:\n\n"
        f"```json\n{answer.strip()}\n```\n\n"
        + (f"Your own text and schema take the place of two files, with Node and no package:\n\n{own}\n" if own else "")
        + f"The chat API (`/v1/chat/completions` with `response_format`) works too: a message is {reads}.\n\n"
        f"{_with_paperlib('llama.cpp')}{_origin(one)}"
        "- A schema makes the answer valid, not true: values can be wrong, or stand nowhere in the text.\n"
        + _quantised(one)
    )


def onnx_readme(one: Exported, asked: ServedPrompt, answer: str) -> str:
    """README.md of a folder for ONNX Runtime. ``answer`` is what run.py printed when the export was checked."""
    schema = "" if asked.style == "plain" else " A second argument is the schema, in the form that PROMPT.md shows."
    return (
        f"{_title(one)} `{one.file}` and the weights beside it ({one.megabytes:.0f} MB), for ONNX Runtime.\n\n"
        "## Run it\n\n"
        "    pip install onnxruntime tokenizers\n"
        "    python run.py TEXT\n\n"
        f"[run.py](run.py) asks as [PROMPT.md](PROMPT.md) explains, and decodes greedily.{schema} Without arguments it "
        "answers the example there. When this folder was written, it printed:\n\n"
        f"```json\n{answer.strip()}\n```\n\n"
        f"{_with_paperlib('onnx')}{_origin(one)}"
        "- run.py holds answers to no schema: they may be no JSON, values can be wrong, or stand nowhere in the text.\n"
        + _quantised(one)
    )


def _title(one: Exported) -> str:
    return (
        f"# {one.name}, {one.quantisation.upper()}\n\n"
        f"A language model of {one.parameters / 1e6:.1f} million parameters that turns text into JSON:"
    )


def _with_paperlib(engine: str) -> str:
    return (
        "With the Python package `paperlib`, whose decoding also holds the values to the text:\n\n"
        f"    paperlib extract --engine {engine} --model . --schema S.json TEXT\n\n"
    )


def _origin(one: Exported) -> str:
    """Where a file comes from, and the first of what has to be read with care."""
    scores = f"Scores before export, with 95 % intervals:\n\n{one.scores}\n\n"
    return (
        "## Where it comes from\n\n"
        f"- **Base weights**: {one.model}.\n- **Training**: {one.training}.\n"
        f"- **This file**: merged in float32, written as {one.quantisation.upper()}; "
        "`sha256sum -c SHA256SUMS` checks it.\n"
        f"- **Licence**: {one.licence}; see [LICENSE.txt](LICENSE.txt).\n\n"
        + (scores if one.scores else "")
        + f"## Read with care\n\n- {one.tokens}\n"
    )


def _quantised(one: Exported) -> str:
    return "- The scores are not of this file: quantising may cost some of them.\n" if one.scores else ""


def prompt_page(asked: ServedPrompt, request: dict[str, Any] | None = None) -> str:
    """PROMPT.md: the template, and the worked prompt in full, with the request that a server takes."""
    how = {
        "plain": "the text alone.",
        "schema": f"the schema in one line, a blank line and the text. {NOTATION}",
        "described": f"the schema in one line, with descriptions in brackets, a blank line and the text. {NOTATION}",
        "chat": "an instruction, the JSON Schema and the text.",
    }[asked.style]
    template, message, prompt = asked.template.replace(PLACE, "MESSAGE"), asked.message, asked.prompt
    body = json.dumps(request, ensure_ascii=False, indent=1)
    return (
        f"# The prompt\n\nThe model continues this text; MESSAGE stands for {how}\n\n```\n{template}\n```\n\n"
        f"Its answer ends with the token `{asked.end}`.\n\n## An example\n\nThe message:\n\n```\n{message}\n```\n\n"
        f"The prompt:\n\n```\n{prompt}\n```\n"
        + (f"\nThe request, `request.json`:\n\n```json\n{body}\n```\n" if request else "")
    )


def licence_note(one: Exported) -> str:
    """LICENSE.txt."""
    terms = BASES.get(one.base)
    kept = "" if terms is None or terms.redistributable else " They do not let you pass this file on without them."
    return (
        f"{one.file} holds the weights {one.model}, changed by training and quantisation.\n"
        f"Licence of those weights: {one.licence}.{kept}\n"
        + (f"Original weights: {terms.hub}\n" if terms else "")
        + "What training with paperlib added, and the texts of this folder: Apache License 2.0,\n"
        "https://www.apache.org/licenses/LICENSE-2.0\n"
    )
