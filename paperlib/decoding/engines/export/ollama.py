"""The Modelfile by which Ollama makes a model of a GGUF file (https://docs.ollama.com/modelfile)."""

import json
from typing import Any

from paperlib.decoding.engines.export.served_prompt import MOST_TOKENS, PLACE, ServedPrompt

MOST_CONTEXT = 8192  # tokens for which memory is taken; more has to be asked for


def modelfile(asked: ServedPrompt, context: int) -> str:
    """The text of the Modelfile: our prompt as a template, an answer that ends where the model ends it, no chance, and
    no penalty for copying, which older versions of Ollama have.

    ``context`` is the model's, in tokens. Braces of Go's templates do not occur in our prompts.
    """
    template = asked.marked(asked.template.replace(PLACE, "{{ .Prompt }}"))
    settings = {
        "temperature": 0,
        "repeat_penalty": 1,
        "num_ctx": min(context, MOST_CONTEXT),
        "num_predict": 2 * MOST_TOKENS,
    }
    lines = ["FROM ./model.gguf", f'TEMPLATE """{template}{{{{ .Response }}}}"""', f'PARAMETER stop "{asked.end}"']
    return "\n".join([*lines, *(f"PARAMETER {name} {value}" for name, value in settings.items())]) + "\n"


def request(asked: ServedPrompt, name: str) -> dict[str, Any]:
    """The worked request, as the body of Ollama's ``/api/generate``."""
    body = {"model": name, "prompt": asked.marked(asked.message), "stream": False}
    return body | ({"format": asked.schema.body} if asked.schema else {})


def commands(asked: ServedPrompt, name: str) -> str:
    """What to type."""
    body = json.dumps(request(asked, name), ensure_ascii=False, indent=1)
    return (
        f"    ollama create {name} -f Modelfile\n"
        "    curl http://localhost:11434/api/generate -d @request-ollama.json\n\n"
        f"`request-ollama.json` holds the text and, under `format`, the JSON Schema:\n\n```json\n{body}\n```\n"
    )
