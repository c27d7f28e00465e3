"""A folder for ONNX Runtime: a model as ONNX, its tokenizer, and a script that needs neither torch nor this package."""

import shutil
from pathlib import Path

import torch
from tokenizers import Tokenizer

from paperlib.core.config import EXTRACTION_CAP_FACTOR, Constraint
from paperlib.core.errors import PaperlibError
from paperlib.core.files import atomic_folder, write_text
from paperlib.data.examples import Example
from paperlib.data.schemas import Schemas
from paperlib.decoding import answering
from paperlib.decoding.answering import Decoding
from paperlib.decoding.engines.export import model_card, onnx_file, onnx_run
from paperlib.decoding.engines.export.folder_parts import name_of, require_disk, write_beside, write_sums
from paperlib.decoding.engines.export.model_card import Exported
from paperlib.decoding.engines.export.served_prompt import ServedPrompt, served_prompt
from paperlib.decoding.engines.model_resolution import ONNX, ResolvedModel
from paperlib.decoding.engines.onnx_model import Onnx, OnnxModel, fingerprint
from paperlib.training.architecture import head_size
from paperlib.training.loaded_model import LoadedModel

RUN = "run.py"
SAME_TOKENS = "tokenizer.json makes the same tokens of a prompt as the training did."


def export(resolved: ResolvedModel, out: Path, quantisation: str) -> str:
    """Writes the folder ``out``, whose place is free, and returns ONNX Runtime's answer to the worked request, held to
    its schema. Raises PaperlibError as :func:`paperlib.decoding.engines.export.export_folder.export` does."""
    loaded: LoadedModel = resolved.load_with_transformers(torch.float32)
    onnx_file.check(loaded)
    require_disk(out, 4 * loaded.parameters * onnx_file.COPIES)
    asked, name = served_prompt(loaded, resolved.log, resolved.schema), name_of(resolved)
    scores = model_card.scores_of(resolved.folder) if resolved.folder else ""
    with atomic_folder(out) as part:
        part.mkdir(parents=True)
        onnx_file.write_onnx(loaded, part, quantisation)
        size = sum(path.stat().st_size for path in part.glob(f"{ONNX}*")) / 1e6
        weights = (loaded.name, resolved.base, loaded.parameters, quantisation, size)
        one = Exported(ONNX, name, *weights, resolved.log, scores, SAME_TOKENS)
        write_beside(part, resolved, loaded, one, asked, _described(part, loaded, asked))
        _check_tokens(part, loaded, asked)
        shutil.copyfile(Path(onnx_run.__file__), part / RUN)
        answer = _answered(part, resolved, loaded, asked)
        write_text(part / "PROMPT.md", model_card.prompt_page(asked))
        write_text(part / "README.md", model_card.onnx_readme(one, asked, onnx_run.answer(part)))
        write_sums(part)
    return answer


def _described(part: Path, loaded: LoadedModel, asked: ServedPrompt) -> dict[str, object]:
    """What run.py and :class:`paperlib.decoding.engines.onnx_model.Onnx` have to know of the model."""
    config = loaded.base_model.config
    return {
        "files": {path.name: fingerprint(path) for path in sorted(part.glob(f"{ONNX}*"))},
        "parameters": loaded.parameters,
        "context": loaded.context,
        "vocabulary": config.vocab_size,
        "heads": config.num_key_value_heads,
        "head_size": head_size(config),
        "end": loaded.tokenizer.eos_token_id,
        "prompt": asked.pieces(),
        "text": asked.text,
        "schema": asked.shown_schema,
    }


def _check_tokens(part: Path, loaded: LoadedModel, asked: ServedPrompt) -> None:
    """Raises PaperlibError where the tokenizer's file makes other tokens of the worked prompt than the training did."""
    ours = loaded.tokenizer(asked.prompt, add_special_tokens=False).input_ids
    theirs = Tokenizer.from_file(str(part / "tokenizer.json")).encode(asked.prompt, add_special_tokens=False).ids
    if ours != theirs:
        raise PaperlibError(f"{loaded.name}: its saved tokenizer makes other tokens of a prompt than itself")


def _answered(part: Path, resolved: ResolvedModel, loaded: LoadedModel, asked: ServedPrompt) -> str:
    """ONNX Runtime's answer to the worked request. Raises PaperlibError where that is nothing, or breaks the schema."""
    model = OnnxModel(Onnx(part, resolved.threads), loaded.tokenizer, loaded.name)
    example = Example("example", "example", None, "", "", asked.text, None)
    schemas = Schemas({"example": asked.schema} if asked.schema else {})
    constraint: Constraint = "schema" if asked.schema else "none"
    decoding = Decoding(constraint, cap_factor=EXTRACTION_CAP_FACTOR, prompt=asked.style)
    (found,) = answering.answer(model, resolved.log, [example], schemas, decoding)
    if fault := asked.fault(found.output):
        raise PaperlibError(f"the exported model answers {found.output[:100]!r}, {fault}; nothing was written")
    return found.output
