"""The browser demo (``demo/``): a static page that runs an exported model through wllama, llama.cpp in WebAssembly."""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from paperlib.core import paths
from paperlib.core.files import digest, sha256, write_json
from paperlib.data.prompts import INDENT
from paperlib.decoding.engines.export.model_card import Exported
from paperlib.decoding.engines.export.npm_packages import Package, unpack
from paperlib.decoding.engines.export.served_prompt import EXAMPLE, MOST_TOKENS, ServedPrompt
from paperlib.decoding.engines.export.space_token import SPACE
from paperlib.decoding.engines.model_resolution import GGUF
from paperlib.training.space_tokens import MARK

# https://github.com/ngxson/wllama, MIT licence. The second package is for browsers without 64-bit memories (Safari).
WLLAMA = (
    Package(
        "@wllama/wllama",
        "3.13.0",
        "sha512-ZvoRdQAn+E+18EvQ9qS036gudiI9rbZRBJgG/qNICPPwrA0Y6SMMdbziz/j7K/0WxcbJlhaRraVIYsnEy732NA==",
        {
            "package/esm/index.min.js": "wllama/wllama.js",
            "package/esm/wasm/wllama.wasm": "wllama/wllama.wasm",
            "package/LICENCE": "wllama/LICENCE",
        },
    ),
    Package(
        "@wllama/wllama-compat",
        "3.13.0",
        "sha512-MSWwyzVXpwkstvIGzOsQ9jlRm8kY5S5J0Gdw4E6M9mXqhgO/5tj+YNfxSoqN1GvsAOwui95JPtwX3hO6VZkbzg==",
        {"package/wasm/wllama.js": "wllama/compat.js", "package/wasm/wllama.wasm": "wllama/compat.wasm"},
    ),
)
MOST_CONTEXT = 4096  # tokens for which a browser takes memory
ABOUT_MODEL = "model.json"  # all that the page knows of its model
NOT_SERVED = ("README.md", "request.js", "screenshot.png")  # of demo/: not for browsers
COMMANDS = """    python -m http.server -d . 8000

and open <http://localhost:8000>. Any other file server will do: the page is static, asks no other address for anything
and, but for the first visit, needs no network. `wllama/` is [wllama](https://github.com/ngxson/wllama), MIT licence.
"""


def write(part: Path, one: Exported, asked: ServedPrompt, context: int, wllama: Sequence[tuple[Package, Path]]) -> None:
    """Adds the page, wllama from its tarballs, and what the page has to know of the model to the folder ``part``, which
    holds the model's GGUF file. ``context`` is the model's, in tokens."""
    for source in sorted(paths.DEMO.iterdir()):
        if source.name not in NOT_SERVED:
            shutil.copyfile(source, part / source.name)
    for package, tarball in wllama:
        unpack(package, tarball, part)
    write_json(part / ABOUT_MODEL, about(part, one, asked, context))


def about(part: Path, one: Exported, asked: ServedPrompt, context: int) -> dict[str, Any]:
    """The contents of model.json."""
    parts = (path.relative_to(part).as_posix() for path in sorted(part.rglob("*")) if path.is_file())
    return {
        "name": one.name,
        "base": one.model,
        "parameters": one.parameters,
        "quantisation": one.quantisation,
        "licence": one.licence,
        "file": GGUF,
        "bytes": (part / GGUF).stat().st_size,
        "version": digest([[name, sha256(part / name)] for name in parts]),
        "context": min(context, MOST_CONTEXT),
        "most_tokens": 2 * MOST_TOKENS,
        "style": asked.style,
        "indent": INDENT[asked.layout],
        "prompt": asked.pieces(),
        "reads_any_schema": asked.worked_schema == EXAMPLE and asked.style != "plain",
        "space": {"pattern": SPACE.pattern, "token": MARK} if asked.spaces else None,
        "example": {"text": asked.text, "schema": asked.worked_schema},
    }
