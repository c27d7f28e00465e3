"""Makes the forms of a model, and loads them."""

from dataclasses import replace
from pathlib import Path

from paperlib.core import runtime
from paperlib.core.files import atomic_folder, write_json
from paperlib.decoding.engines.model_resolution import ResolvedModel, resolve
from paperlib.evaluation.engine_costs.forms import PRECISIONS, Form
from paperlib.training import weights
from paperlib.training.loaded_model import LoadedModel


def resolved(model: str, base: str | None, threads: int) -> ResolvedModel:
    """The model of a name or folder, to be computed with so many threads, in float32 unless a form says otherwise."""
    return resolve(model, base=base, precision="fp32", threads=threads)


def prepare(form: Form, model: ResolvedModel, work: Path) -> None:
    """Writes what a form is loaded from into its folder in ``work``, unless it is there; torch is given the adapter and
    its base.

    Raises PaperlibError where the form cannot be made of the model.
    """
    folder = work / form.folder
    if form.engine == "torch" or folder.is_dir():
        return
    if form.export:
        from paperlib.decoding.engines.export.export_folder import export  # with much that running one does not need

        export(model, form.export, folder, form.weights)
        return
    loaded = model.load_with_transformers(runtime.dtype_of(PRECISIONS[form.weights]))
    with atomic_folder(folder) as part:
        loaded.model.save_pretrained(part)
        loaded.tokenizer.save_pretrained(part)
        if model.log:
            write_json(part / "train.json", model.log)


def load(form: Form, model: ResolvedModel, work: Path) -> LoadedModel:
    """The model in a form that :func:`prepare` has written; of one that is served, what is needed to ask the server."""
    folder = work / form.folder
    if form.engine == "torch":
        loaded: LoadedModel = replace(model, precision=PRECISIONS[form.weights]).load()
        return loaded
    if form.engine == "transformers":
        from paperlib.training import models

        runtime.configure(model.threads)
        return models.load_trained(folder, model.base, runtime.dtype_of(PRECISIONS[form.weights]))
    if form.served:
        from paperlib.evaluation.engine_costs.served_runner import tokens_of

        return tokens_of(folder, model.threads)
    from paperlib.decoding.engines import loading

    return loading.load(resolved(str(folder), model.base, model.threads), form.engine)


def weight_files(form: Form, model: ResolvedModel, work: Path) -> list[Path]:
    """The files that hold the weights of a form; a GGUF holds the tokenizer and the configuration as well."""
    if form.engine != "torch":
        return sorted((work / form.folder).glob("model*"))
    own = sorted(model.folder.glob("*.safetensors")) if model.folder else []
    tuned = [path for path in own if path.name.startswith("adapter")] or not own
    return [*(sorted(Path(weights.obtain(model.base)).glob("*.safetensors")) if tuned else []), *own]
