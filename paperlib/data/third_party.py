"""Third-party datasets by name, read from a folder the user names; nothing of them is part of this project.

``root`` (PAPERLIB_DATA; for make, DATA_ROOT) holds one folder for each dataset:

| name              | text -> answer                         | splits |
|-------------------|----------------------------------------|--------|
| edgejson_v3       | text -> record (25 schemas)            | train, dev, held-out, of the published training file |
| edgejson_v3-whole | as above, for models that saw none     | train, and test: all of the published training file |
| sroie             | OCR text of a receipt -> four fields   | train, held-out |
| dstc8             | one utterance -> slots, four domains   | train, held-out; equal utterances fall on the same side |
| cases             | any text -> record, a schema for each  | test: never trained on |
| bfcl-simple, bfcl-multiple, bfcl-irrelevance | request -> function calls | test: never trained on |

The splits of EdgeJSON v3 are committed (:mod:`paperlib.data.published_split`). The others are made here: a fifth of the
examples of every schema is ``held-out``, chosen by the SHA-256 of a key, the rest is ``train``.

Where the files come from (SOURCES holds addresses and revisions; test parts are read by nothing here):

- ``edgejson_v3/train.jsonl`` is the published ``edgejson_train_v3.jsonl`` (629 examples, Apache-2.0), unchanged; its
  SHA-256 begins with 2eb76b30cfbeffa3.
- ``sroie/receipts.jsonl`` (ICDAR 2019, task 3; MIT) has a row ``id``, ``text``, ``expected_output`` for each of 417
  receipts of the training set: the transcripts of ``data/box`` line by line, and ``data/key``.
- ``dstc8/<domain>.train.jsonl`` (Coope et al. 2020; CC BY 4.0) has a row ``text``, ``requested``, ``expected_output``
  for each utterance of ``<domain>/train_0.json``, spans written out.
- ``cases/cases.jsonl`` is a file of your own: a row ``id``, ``text``, ``schema`` (a JSON Schema), ``answer`` for each.
- ``bfcl/`` (Apache-2.0): see :mod:`paperlib.data.function_calls.bfcl`.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from paperlib.core import paths
from paperlib.core.errors import DataError, PaperlibError
from paperlib.core.files import read_jsonl
from paperlib.data.examples import Example, load_examples
from paperlib.data.function_calls import bfcl
from paperlib.data.published_split import split_by_hash, with_committed_split
from paperlib.data.schemas import Schema, Schemas, schema_of

WHOLE = "-whole"  # behind a name: all of the published training file is tested on, by models that saw none of it
CASES = "cases.jsonl"
SHARES = {"held-out": 5}  # one example of a schema in so many, where a set brings no split
SOURCES = {  # repositories on GitHub, the folder, and the revision that the files were compared with
    "edgejson_v3": "CycleCore-Technologies/slmbench, benchmarks/edge_json/data at 12a8f8addc85",
    "sroie": "zzzDavid/ICDAR-2019-SROIE, data at 19fd80069130",
    "dstc8": "PolyAI-LDN/task-specific-datasets, span_extraction/dstc8 at 6942bb13c2ea",
    bfcl.FOLDER: "ShishirPatil/gorilla, berkeley-function-call-leaderboard",
}


def load_named(name: str, root: Path | None = None) -> list[Example]:
    """The examples of one dataset, every split. ``root`` defaults to the folder named in PAPERLIB_DATA.

    Raises PaperlibError for an unknown name and where root or a file is missing; DataError for a broken file.
    """
    if name not in LOADERS:
        raise PaperlibError(f"there is no dataset {name!r}; known: {', '.join(LOADERS)}")
    root = root or paths.data_root()
    if root is None:
        raise PaperlibError(
            f"dataset {name!r} needs a folder of third-party data: set PAPERLIB_DATA, or DATA_ROOT for make"
        )
    folder = Path(root) / folder_of(name)
    try:
        return LOADERS[name](folder)
    except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
        raise DataError(f"{folder}: a file is not in its published form ({type(error).__name__}: {error})") from None


def folder_of(name: str) -> str:
    """The folder of a dataset, which several may share."""
    return bfcl.FOLDER if name in bfcl.FILES else name.removesuffix(WHOLE)


def published_file(folder: Path, name: str, source: str | None = None) -> Path:
    """The path of a file that a user has put into ``folder``; ``source`` is the repository on GitHub that has it.

    Raises PaperlibError, naming the source, where the file is missing.
    """
    path = folder / name
    if not path.is_file():
        public = source or SOURCES.get(folder.name)
        found_at = f"public source, on GitHub: {public}" if public else "a file of your own"
        raise PaperlibError(
            f"{path}: no such file; set PAPERLIB_DATA (for make: DATA_ROOT) to the folder that holds {folder.name}/ "
            f"({found_at})"
        )
    return path


def _rows(path: Path, *names: str) -> Iterator[tuple[int, list[Any]]]:
    """Line numbers and the named fields of each row. Raises DataError naming the line and the missing field."""
    for number, row in read_jsonl(path):
        for name in names:
            if name not in row:
                found = ", ".join(map(str, row)) or "no field"
                raise DataError(f"{path}:{number}: field {name!r} is missing (found {found})")
        yield number, [row[name] for name in names]


def _example(id_: str, schema_id: str, text: str, answer: Any) -> Example:
    return Example(id_, schema_id, None, "", "third-party", text, answer)


def _edgejson_v3(folder: Path) -> list[Example]:
    """The published training file; the published test file is a blind hold-out that nothing here reads."""
    return with_committed_split(load_examples(published_file(folder, "train.jsonl")))


def _edgejson_v3_whole(folder: Path) -> list[Example]:
    """The train split, from which caps follow, and all splits as a test."""
    examples = _edgejson_v3(folder)
    train = [example for example in examples if example.split == "train"]
    return train + [replace(example, split="test") for example in examples]


def _sroie(folder: Path) -> list[Example]:
    rows = _rows(published_file(folder, "receipts.jsonl"), "id", "text", "expected_output")
    return split_by_hash([_example(id_, "receipt", text, answer) for _, (id_, text, answer) in rows], SHARES)


def _dstc8(folder: Path) -> list[Example]:
    """All ``<domain>.train.jsonl``; the schema id is the domain, ids count lines. An answer may be empty: ``{}``."""
    found = []
    for path in sorted(folder.glob("*.train.jsonl")) or [published_file(folder, "Buses_1.train.jsonl")]:
        domain = path.name.removesuffix(".train.jsonl")
        rows = _rows(path, "text", "expected_output")
        found += [_example(f"dstc8-{domain}-{n:05}", domain, text, answer) for n, (text, answer) in rows]
    return split_by_hash(found, SHARES, key=lambda e: e.text)


def _cases(folder: Path) -> list[Example]:
    return [example for example, _ in case_rows(published_file(folder, CASES))]


def case_schemas(folder: Path) -> Schemas:
    """The JSON Schemas of ``cases/cases.jsonl`` by the id of their example.

    Raises DataError naming the file and line of one that is missing or not a JSON Schema of an object.
    """
    return Schemas({schema.id: schema for _, schema in case_rows(published_file(folder, CASES))})


def case_rows(path: Path) -> Iterator[tuple[Example, Schema]]:
    """Texts of many kinds, each with a JSON Schema of its own, which is called like the example. Raises DataError
    naming the file and line of a broken one."""
    seen = set()
    for number, (id_, text, body, answer) in _rows(path, "id", "text", "schema", "answer"):
        where = f"{path}:{number}"
        for name, value in (("id", id_), ("text", text)):
            if not isinstance(value, str):
                raise DataError(f"{where}: field {name!r} is {type(value).__name__}, expected a string")
        if id_ in seen:
            raise DataError(f"{where}: id {id_!r} occurs twice")
        seen.add(id_)
        yield replace(_example(id_, id_, text, answer), split="test"), schema_of(body, id_, f"{where}: schema")
    if not seen:
        raise DataError(f"{path}: holds no example")


def _bfcl(name: str) -> Callable[[Path], list[Example]]:
    def load(folder: Path) -> list[Example]:
        if name != bfcl.IRRELEVANCE or not (folder / f"{bfcl.FILES[name]}.jsonl").is_file():
            published_file(folder, f"{bfcl.FILES[bfcl.SIMPLE if name == bfcl.IRRELEVANCE else name]}.jsonl")
        return bfcl.load_bfcl(name, folder)

    return load


LOADERS: dict[str, Callable[[Path], list[Example]]] = {
    "edgejson_v3": _edgejson_v3,
    f"edgejson_v3{WHOLE}": _edgejson_v3_whole,
    "sroie": _sroie,
    "dstc8": _dstc8,
    "cases": _cases,
    **{name: _bfcl(name) for name in bfcl.FILES},
}
