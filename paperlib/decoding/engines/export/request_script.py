"""A script that writes requests for any schema and text, of the browser demo's parts: for those who have Node alone."""

import shutil
from pathlib import Path

from paperlib.core import paths
from paperlib.core.files import write_json, write_text
from paperlib.decoding.engines.export import web_page
from paperlib.decoding.engines.export.model_card import Exported
from paperlib.decoding.engines.export.served_prompt import ServedPrompt

FOLDER, SCRIPT = "request", "request.js"
PARTS = ("grammar.js", "prompt.js", "readings.js", "schema.js", "syntax.js")  # that it imports
COMMANDS = {  # by the form of the export
    "gguf": """    node request/request.js request/schema.json request/text.txt >mine.json
    curl http://localhost:8080/completion -d @mine.json

`mine.json` holds the prompt as in training and a GBNF grammar: keys in the order of the schema, white space as in
training, strings that stand in the text. The grammar that llama.cpp itself makes of a `json_schema` keeps the order of
the keys too, but permits other white space and any string.
""",
    "ollama": """    node request/request.js --ollama request/schema.json request/text.txt >mine.json
    curl http://localhost:11434/api/generate -d @mine.json

`mine.json` holds the prompt as in training, whole, therefore `"raw": true`, and the schema as `format`. Ollama keeps
the order of its keys, but permits any white space and any string.
""",
}


def write(part: Path, one: Exported, asked: ServedPrompt, context: int) -> None:
    """Adds the script to the folder ``part`` of an export, and the schema and
    the text of the worked request as files for it."""
    (part / FOLDER).mkdir()
    for name in (SCRIPT, *PARTS):
        shutil.copyfile(paths.DEMO / name, part / FOLDER / name)
    write_json(part / FOLDER / "package.json", {"type": "module"})
    write_json(part / FOLDER / web_page.ABOUT_MODEL, web_page.about(part, one, asked, context))
    write_json(part / FOLDER / "schema.json", asked.worked_schema)
    write_text(part / FOLDER / "text.txt", asked.text)
