"""Writes a release: everything that other people's tools need, in one folder.

| file                  | holds                                                                            |
|-----------------------|----------------------------------------------------------------------------------|
| <split>.jsonl         | the examples in our own form, for ``paperlib predict`` and ``score``             |
| hf/<split>.jsonl      | the same in release form (:mod:`.rows`)                                          |
| schemas/<tier>/*.json | the JSON Schemas of the examples                                                 |
| README.md             | the card that ``datasets.load_dataset(folder)`` reads: which file is which split |
| croissant.json        | metadata (:mod:`.croissant`)                                                     |
| lm_eval/edgejson/     | tasks of lm-evaluation-harness (:mod:`.harness`)                                 |
| DATASHEET.md, LICENSE | what it is, and under which terms                                                |
"""

from pathlib import Path

from paperlib.benchmark.checks import Splits
from paperlib.benchmark.release.about import LICENCE_SHORT, About, document, load_about
from paperlib.benchmark.release.croissant import metadata
from paperlib.benchmark.release.datasheet import datasheet
from paperlib.benchmark.release.harness import write_tasks
from paperlib.benchmark.release.rows import file_of, split_name, write_rows
from paperlib.core.errors import PaperlibError
from paperlib.core.files import write_json, write_text
from paperlib.data.examples import Example, load_examples, save_examples
from paperlib.data.schemas import Schemas


def load_splits(folder: Path) -> dict[str, list[Example]]:
    """The examples of every ``<split>.jsonl`` in a folder: train first, then test, then the others by name.

    Raises PaperlibError where there is none, and DataError for a malformed file.
    """
    found = {path.stem: load_examples(path) for path in sorted(folder.glob("*.jsonl"))}
    if not found:
        raise PaperlibError(f"{folder}: holds no *.jsonl file, expected one a split")
    first = [split for split in ("train", "test") if split in found]
    return {split: found[split] for split in dict.fromkeys([*first, *found])}


def write_release(folder: Path, splits: Splits, schemas: Schemas, about: About | None = None) -> None:
    """Writes a release of the examples into ``folder``: see the module. ``about`` defaults to what CITATION.cff says.

    Raises PaperlibError where the folder is not empty, an id occurs twice, an example lacks its answer or its schema,
    or a split has no example or a name that tools do not allow.
    """
    about = about or load_about()
    _check(folder, splits, schemas)
    for split, examples in splits.items():
        save_examples(folder / f"{split}.jsonl", examples)
        write_rows(folder, split, examples)
    for name in sorted({example.schema_id for examples in splits.values() for example in examples}):
        write_json(folder / "schemas" / schemas[name].tier / f"{name}.json", schemas[name].body)
    write_tasks(folder, splits)
    write_text(folder / "DATASHEET.md", datasheet(splits, schemas, about))
    files = "\n".join(f"  - split: {split_name(split)}\n    path: {file_of(split)}" for split in splits)
    spdx = LICENCE_SHORT.lower().replace(" ", "-")
    write_text(folder / "README.md", document("card.md", files=files, licence=spdx))
    write_text(folder / "LICENSE", document("licence.txt", creator=about.creator))
    write_json(folder / "croissant.json", metadata(folder, list(splits), about))


def _check(folder: Path, splits: Splits, schemas: Schemas) -> None:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise PaperlibError(f"{folder} is not an empty folder; name another one, or remove it")
    seen: set[str] = set()
    for split, examples in splits.items():
        split_name(split)
        if not examples:
            raise PaperlibError(f"split {split!r} holds no example")
        for example in examples:
            schemas[example.schema_id]
            if example.answer is None:
                raise PaperlibError(f"example {example.id!r} holds no answer, so it cannot be released")
            if example.id in seen:
                raise PaperlibError(f"id {example.id!r} occurs twice")
            seen.add(example.id)
