"""One model as one folder, written whole or not at all, and checked by one answer of llama.cpp before it is there."""

import json
import shutil
import urllib.request
from pathlib import Path
from typing import Any, Literal

import torch
from gguf import GGUFValueType

from paperlib.core.config import training_config
from paperlib.core.errors import PaperlibError
from paperlib.core.files import atomic_folder, sha256, write_json, write_text
from paperlib.core.strict_json import NotJSONError
from paperlib.data.output_parser import parse_first_json
from paperlib.data.schemas import load_schema, schema_violations
from paperlib.decoding.engines import llama_h
from paperlib.decoding.engines.export import gguf_metadata, model_card, npm_packages, ollama, request_script, web_page
from paperlib.decoding.engines.export.gguf_file import require_disk, tensors, write_gguf
from paperlib.decoding.engines.export.grammar_check import require_known
from paperlib.decoding.engines.export.model_card import Exported
from paperlib.decoding.engines.export.served_prompt import PLACE, ServedPrompt, served_prompt
from paperlib.decoding.engines.export.space_token import space_token
from paperlib.decoding.engines.llama_cpp import serving
from paperlib.decoding.engines.llama_model import Llama
from paperlib.training.loaded_model import LoadedModel
from paperlib.training.model_resolution import ABOUT, GGUF, ResolvedModel
from paperlib.training.space_tokens import MARK

SUMS = "SHA256SUMS"
CONTEXT = 4096  # tokens of the request that checks an export
Form = Literal["gguf", "ollama", "web"]


def export(resolved: ResolvedModel, form: Form, out: Path, mixture: str, wllama: Path | None = None) -> str:
    """Writes the folder ``out`` and returns llama.cpp's answer to the worked request. ``wllama`` is a folder with the
    npm packages of the form "web", which are fetched where none is given.

    The adapter is merged in float32. Raises PaperlibError for an architecture or tokenizer that llama.cpp does not
    know, a schema that its grammar does not, too small a disk, a folder that something else has written, and where
    llama.cpp gives no answer that follows the schema of the request, or npm's packages cannot be had; ``out`` is then
    as it was.
    """
    _check_place(out, resolved)
    llama_h.library()  # which says at once where llama.cpp is missing
    if resolved.schema:
        require_known(load_schema(resolved.schema).body, resolved.schema)
    packages = npm_packages.obtained(web_page.WLLAMA, wllama) if form == "web" else []
    loaded, name, base = resolved.load_with_transformers(torch.float32), _name(resolved), resolved.base
    parts, architecture = tensors(loaded, mixture), gguf_metadata.architecture_of(loaded)
    require_disk(out, parts)
    known = gguf_metadata.metadata(loaded, base)
    if spaces := space_token(loaded, resolved.log, known):
        known, parts = spaces.named(known), spaces.embedded(parts)
    asked = served_prompt(loaded, resolved.log, resolved.schema, spaces)
    if template := asked.chat_template():
        known["tokenizer.chat_template"] = gguf_metadata.Value(template, GGUFValueType.STRING)
    with atomic_folder(out) as part:
        part.mkdir(parents=True)
        write_gguf(part / GGUF, name, architecture, known, parts, mixture)
        tokens = _token_note(loaded, resolved.log, asked, part / GGUF, resolved.arguments.threads)
        answer = _answered(part / GGUF, asked, resolved.arguments.threads)
        scores = model_card.scores_of(resolved.folder) if resolved.folder else ""
        size = (part / GGUF).stat().st_size / 1e6
        one = Exported(name, loaded.name, base, loaded.parameters, mixture, size, resolved.log, scores, tokens)
        _write_beside(part, resolved, loaded, one, asked)
        commands = {"ollama": ollama.commands(asked, one.name), "web": web_page.COMMANDS}.get(form, "")
        own = request_script.COMMANDS.get(form, "")
        write_text(part / "README.md", model_card.readme(one, asked, answer, commands, own))
        if form == "web":
            web_page.write(part, one, asked, loaded.context, packages)
        else:
            request_script.write(part, one, asked, loaded.context)
        if form == "ollama":
            write_text(part / "Modelfile", ollama.modelfile(asked, loaded.context))
            write_json(part / "request-ollama.json", ollama.request(asked, name))
        files = sorted(path for path in part.rglob("*") if path.is_file())
        sums = [f"{sha256(path)}  {path.relative_to(part).as_posix()}" for path in files]
        write_text(part / SUMS, "\n".join(sums) + "\n")
    return answer


def _check_place(out: Path, resolved: ResolvedModel) -> None:
    if out.is_file() or (out.is_dir() and any(out.iterdir()) and not (out / SUMS).is_file()):
        raise PaperlibError(
            f"{out}: holds what this command has not written; expected a new folder or an earlier export"
        )
    if resolved.exported:
        raise PaperlibError(f"{resolved.arguments.model}: is exported already; name the model that it was made of")


def _name(resolved: ResolvedModel) -> str:
    return resolved.folder.resolve().name if resolved.folder else Path(resolved.arguments.model).name


def _write_beside(part: Path, resolved: ResolvedModel, loaded: LoadedModel, one: Exported, asked: ServedPrompt) -> None:
    """What ``extract`` needs to read the folder as a model, and the pages for people."""
    loaded.tokenizer.save_pretrained(part)
    if asked.style != "chat":
        (part / "chat_template.jinja").unlink(missing_ok=True)  # of the base, and not how this model is asked
    if resolved.log:
        write_json(part / "train.json", {key: value for key, value in resolved.log.items() if key != "losses"})
    if resolved.schema:
        shutil.copyfile(resolved.schema, part / "schema.json")
    about = {"name": one.name, "model": one.model, "base": one.base, "quantisation": one.mixture}
    about["message"] = asked.message
    write_json(part / ABOUT, about)
    write_json(part / "request.json", asked.request())
    write_text(part / "PROMPT.md", model_card.prompt_page(asked))
    write_text(part / "LICENSE.txt", model_card.licence_note(one))


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


def _answered(file: Path, asked: ServedPrompt, threads: int) -> str:
    """What llama.cpp's server answers to the worked request. Raises PaperlibError where that is nothing, or breaks the
    schema."""
    with serving(file, threads, 1, CONTEXT) as url:
        posted = urllib.request.Request(
            f"{url.removesuffix('/v1')}/completion",
            json.dumps(asked.request()).encode(),
            {"Content-Type": "application/json"},
        )
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(posted) as reply:
            answer = str(json.load(reply)["content"])
    if fault := _fault(answer, asked):
        raise PaperlibError(f"the exported model answers {answer[:100]!r}, {fault}; nothing was written")
    return answer


def _fault(answer: str, asked: ServedPrompt) -> str | None:
    """Why an answer does not show that the file works."""
    if not answer.strip():
        return "expected a text"
    if asked.schema is None:
        return None
    try:
        value: Any = parse_first_json(answer)
    except NotJSONError as error:
        return f"expected JSON ({error})"
    violations = schema_violations(value, asked.schema)
    return f"expected the schema of the request ({violations[0]})" if violations else None
