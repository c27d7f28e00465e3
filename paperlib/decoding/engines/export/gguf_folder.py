"""A folder for llama.cpp: a model as GGUF with requests to try it by, and what Ollama or a web page needs beside it."""

import urllib.error
from pathlib import Path
from typing import Any

import torch
from gguf import GGUFValueType

from paperlib.core.config import training_config
from paperlib.core.errors import PaperlibError
from paperlib.core.files import atomic_folder, write_json, write_text
from paperlib.data.schemas import load_schema
from paperlib.decoding.engines import llama_h
from paperlib.decoding.engines.export import (
    gguf_metadata,
    model_card,
    npm_packages,
    ollama,
    request_script,
    web_page,
)
from paperlib.decoding.engines.export.folder_parts import Target, name_of, require_disk, write_beside, write_sums
from paperlib.decoding.engines.export.gguf_file import tensors, weights_size, write_gguf
from paperlib.decoding.engines.export.grammar_check import require_known
from paperlib.decoding.engines.export.model_card import Exported
from paperlib.decoding.engines.export.served_prompt import PLACE, ServedPrompt, served_prompt
from paperlib.decoding.engines.export.space_token import space_token
from paperlib.decoding.engines.llama_cpp import post, serving
from paperlib.decoding.engines.llama_model import Llama
from paperlib.decoding.engines.model_resolution import GGUF, ResolvedModel
from paperlib.training.loaded_model import LoadedModel
from paperlib.training.space_tokens import MARK

CONTEXT = 4096  # tokens of the request that checks an export, at least
CHAT_TEMPLATE = "tokenizer.chat_template"


def export(resolved: ResolvedModel, target: Target, out: Path, quantisation: str, wllama: Path | None) -> str:
    """Writes the folder ``out``, whose place is free, and returns llama.cpp's answer to the worked request. Raises
    PaperlibError as :func:`paperlib.decoding.engines.export.export_folder.export` does."""
    llama_h.library()  # which says at once where llama.cpp is missing
    if resolved.schema:
        require_known(load_schema(resolved.schema).body, resolved.schema)
    packages = npm_packages.obtained(web_page.WLLAMA, wllama) if target == "web" else []
    loaded, name = resolved.load_with_transformers(torch.float32), name_of(resolved)
    parts, architecture = tensors(loaded, quantisation), gguf_metadata.architecture_of(loaded)
    require_disk(out, weights_size(parts))
    known = gguf_metadata.metadata(loaded, resolved.base)
    if spaces := space_token(loaded, resolved.log, known):
        known, parts = spaces.named(known), spaces.embedded(parts)
    asked = served_prompt(loaded, resolved.log, resolved.schema, spaces)
    if asked.style != "chat" or spaces or CHAT_TEMPLATE not in known:  # else the base's own will do
        known[CHAT_TEMPLATE] = gguf_metadata.Value(asked.chat_template(), GGUFValueType.STRING)
    with atomic_folder(out) as part:
        part.mkdir(parents=True)
        write_gguf(part / GGUF, name, architecture, known, parts, quantisation)
        tokens = _token_note(loaded, resolved.log, asked, part / GGUF, resolved.threads)
        answer = _answered(part / GGUF, asked, resolved.threads, loaded.context)
        scores = model_card.scores_of(resolved.folder) if resolved.folder else ""
        size = (part / GGUF).stat().st_size / 1e6
        about = name, loaded.name, resolved.base, loaded.parameters, quantisation
        one = Exported(GGUF, *about, size, resolved.log, scores, tokens)
        write_beside(part, resolved, loaded, one, asked)
        _write_requests(part, one, asked, answer, target)
        if target == "web":
            web_page.write(part, one, asked, loaded.context, packages)
        else:
            request_script.write(part, one, asked, loaded.context)
        if target == "ollama":
            write_text(part / "Modelfile", ollama.modelfile(asked, loaded.context))
            write_json(part / "request-ollama.json", ollama.request(asked, name))
        write_sums(part)
    return answer


def _write_requests(part: Path, one: Exported, asked: ServedPrompt, answer: str, target: Target) -> None:
    """The worked request, the prompt and the card, with the commands of the target."""
    write_json(part / "request.json", asked.request())
    write_text(part / "PROMPT.md", model_card.prompt_page(asked, asked.request()))
    commands = {"ollama": ollama.commands(asked, one.name), "web": web_page.COMMANDS}.get(target, "")
    own = request_script.COMMANDS.get(target, "")
    write_text(part / "README.md", model_card.readme(one, asked, answer, commands, own))


def _token_note(loaded: LoadedModel, log: dict[str, Any], asked: ServedPrompt, file: Path, threads: int) -> str:
    """How the tokens that llama.cpp makes of the worked prompt differ from those of the training. Raises PaperlibError
    where they differ in more than the spaces that a training separated."""
    ours = loaded.tokenizer(asked.template.replace(PLACE, asked.message), add_special_tokens=False).input_ids
    theirs = Llama(file, threads).tokenize(asked.prompt, special=True)
    if asked.spaces and asked.spaces.read(theirs) == ours:
        return (
            f"In training the space after a colon was a token of its own; here `{MARK}` stands for it. The chat "
            "API of llama.cpp writes it by itself. A prompt that you make has to have it, or some answers differ: "
            f"`sed -E -e :a -e 's/([^\"]:) ([^[:space:]])/\\1{MARK}\\2/' -e ta`."
        )
    if ours == theirs:
        return "llama.cpp makes the same tokens of a prompt as the training did."
    written = ["".join(loaded.tokenizer.convert_ids_to_tokens(tokens)) for tokens in (ours, theirs)]
    if written[0] != written[1] or training_config(log).space_tokens == "joined":
        raise PaperlibError(f"{loaded.name}: llama.cpp reads other tokens in a prompt than its tokenizer")
    return (
        "In training the space after a colon was a token of its own; llama.cpp joins it to the word that follows "
        f"({len(theirs)} tokens of the worked prompt instead of {len(ours)}), so that some answers differ. "
        "`paperlib extract --engine llama.cpp` makes the tokens of the training."
    )


def _answered(file: Path, asked: ServedPrompt, threads: int, most: int) -> str:
    """What llama.cpp's server answers to the worked request, in ``most`` tokens of context. Raises PaperlibError where
    it refuses that, or the answer is nothing or breaks the schema."""
    with serving(file, threads, 1, min(most, max(CONTEXT, len(asked.prompt) + asked.most_tokens))) as url:
        try:
            answer = str(post(f"{url.removesuffix('/v1')}/completion", asked.request())["content"])
        except urllib.error.HTTPError as error:
            raise PaperlibError(f"llama.cpp refuses the worked request ({error}); expected a smaller schema") from None
        except OSError as error:
            raise PaperlibError(f"llama.cpp does not answer the worked request ({error})") from None
    if fault := asked.fault(answer):
        raise PaperlibError(f"the exported model answers {answer[:100]!r}, {fault}; nothing was written")
    return answer
