"""Third-party datasets by name, read from a folder the user names; nothing of them is part of this project.

``root`` (PAPERLIB_DATA; for make, DATA_ROOT) holds one folder a dataset. EdgeJSON v3 has committed parts
(:mod:`paperlib.data.published_split`). Other sets that bring no splits: a fifth of the examples of every schema is ``held-out``,
chosen by the SHA-256 of a key, the rest is ``train``.

| name        | text -> answer                            | splits |
|-------------|-------------------------------------------|--------|
| edgejson_v3 | text -> record (25 schemas)               | train, tune, report (of the published training file) |
| edgejson_v3-whole | the same, for models that saw none | test (all of it), train |
| sroie       | OCR text of a receipt -> four fields      | train, held-out |
| dstc8       | one utterance -> slots, four domains      | train, held-out; equal utterances fall on the same side |
| banking77   | question -> {"intent": ...}, 77           | train, test, as published |
| clinc150    | question -> {"intent": ...}, 150 + "oos"  | train, val, test, as published |
| bfcl        | functions and request -> {"name", "arguments"} | test only: a benchmark without training data |
"""

import csv
import json
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from paperlib.core import paths
from paperlib.core.errors import DataError, PaperlibError
from paperlib.core.files import read_json, read_jsonl
from paperlib.data.examples import Example, load_examples
from paperlib.data.published_split import sha256_hex, with_committed_split

WHOLE = "-whole"  # behind a name: all of the published training file is tested on, by models that saw none of it
HELD_BACK = 5  # one example in so many


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
    folder = Path(root) / name
    try:
        return LOADERS[name](folder)
    except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
        raise DataError(f"{folder}: a file is not in its published form ({type(error).__name__}: {error})") from None


def hold_out(examples: Iterable[Example], key: Callable[[Example], str] = lambda e: e.id) -> list[Example]:
    """The examples in their order, with a split: of every schema, the fifth of smallest SHA-256 is held back.

    No randomness: the same whatever the order of the file. Examples with the same key get the same split.
    """
    examples = list(examples)
    groups: dict[str, set[str]] = defaultdict(set)
    for example in examples:
        groups[example.schema_id].add(key(example))
    back = {
        (schema_id, k)
        for schema_id, keys in groups.items()
        for k in sorted(keys, key=sha256_hex)[: (len(keys) + 2) // HELD_BACK]
    }
    return [replace(e, split="held-out" if (e.schema_id, key(e)) in back else "train") for e in examples]


def _file(folder: Path, name: str) -> Path:
    path = folder / name
    if not path.is_file():
        raise PaperlibError(
            f"{path}: no such file; set PAPERLIB_DATA (for make: DATA_ROOT) to the folder that holds {folder.name}/"
        )
    return path


def _example(id_: str, schema_id: str, split: str, text: str, answer: Any) -> Example:
    return Example(id_, schema_id, None, split, "third-party", text, answer)


def _take(where: str, row: dict[str, Any], *names: str) -> list[Any]:
    """Fields of a row. Raises DataError naming the missing one."""
    for name in names:
        if name not in row:
            raise DataError(f"{where}: field {name!r} is missing (found {', '.join(map(str, row)) or 'no field'})")
    return [row[name] for name in names]


def _edgejson_v3(folder: Path) -> list[Example]:
    """The published training file; the published test file is a blind hold-out that nothing here reads."""
    return with_committed_split(load_examples(_file(folder, "train.jsonl")))


def _edgejson_v3_whole(folder: Path) -> list[Example]:
    """The train part, from which caps follow, and all parts as a test."""
    examples = _edgejson_v3(folder.with_name(folder.name.removesuffix(WHOLE)))
    train = [example for example in examples if example.split == "train"]
    return train + [replace(example, split="test") for example in examples]


def _sroie(folder: Path) -> list[Example]:
    path, found = _file(folder, "receipts.jsonl"), []
    for number, row in read_jsonl(path):
        id_, text, answer = _take(f"{path}:{number}", row, "id", "text", "expected_output")
        found.append(_example(id_, "receipt", "", text, answer))
    return hold_out(found)


def _dstc8(folder: Path) -> list[Example]:
    """All ``<domain>.train.jsonl``; the schema id is the domain, ids count lines. Slots may be none: ``{}``."""
    found = []
    for path in sorted(folder.glob("*.train.jsonl")):
        domain = path.name.removesuffix(".train.jsonl")
        for number, row in read_jsonl(path):
            text, answer = _take(f"{path}:{number}", row, "text", "expected_output")
            found.append(_example(f"dstc8-{domain}-{number:05}", domain, "", text, answer))
    if not found:
        _file(folder, "Buses_1.train.jsonl")
    return hold_out(found, key=lambda e: e.text)


def _banking77(folder: Path) -> list[Example]:
    found = []
    for split in ("train", "test"):
        path = _file(folder, f"{split}.csv")
        with path.open(encoding="utf-8", newline="") as handle:
            for number, row in enumerate(csv.DictReader(handle), 1):
                text, intent = _take(f"{path}, row {number}", row, "text", "category")
                found.append(_example(f"banking77-{split}-{number:05}", "banking77", split, text, {"intent": intent}))
    return found


def _clinc150(folder: Path) -> list[Example]:
    """Parts ``oos_train``, ``oos_val`` and ``oos_test`` (out of scope, intent "oos") join the split of their name."""
    path = _file(folder, "data_full.json")
    parts = read_json(path)
    if not isinstance(parts, dict):
        raise DataError(f"{path}: found {type(parts).__name__}, expected an object of splits")
    found = []
    for part in ("train", "oos_train", "val", "oos_val", "test", "oos_test"):
        for number, (text, intent) in enumerate(_take(str(path), parts, part)[0], 1):
            split = part.removeprefix("oos_")
            found.append(_example(f"clinc150-{part}-{number:05}", "clinc150", split, text, {"intent": intent}))
    return found


def _bfcl(folder: Path) -> list[Example]:
    """Both categories. The text is the functions, one JSON object a line, then the request."""
    return [example for category in ("simple_python", "multiple") for example in _bfcl_category(folder, category)]


def _bfcl_category(folder: Path, category: str) -> list[Example]:
    answers = {row["id"]: row for _, row in read_jsonl(_file(folder, f"{category}.answers.jsonl"))}
    path, found = _file(folder, f"{category}.jsonl"), []
    for number, row in read_jsonl(path):
        where = f"{path}:{number}"
        id_, question, functions = _take(where, row, "id", "question", "function")
        if id_ not in answers:
            raise DataError(f"{where}: {id_!r} has no answer in {category}.answers.jsonl")
        request = "\n".join(turn["content"] for turn in question[0])
        text = (
            "Functions:\n"
            + "\n".join(json.dumps(function, ensure_ascii=False) for function in functions)
            + f"\n\nRequest: {request}"
        )
        found.append(_example(id_, category, "test", text, _call(answers[id_]["ground_truth"][0])))
    return found


def _call(truth: dict[str, dict[str, list[Any]]]) -> dict[str, Any]:
    """``{function: {argument: [acceptable, ...]}}`` with the first acceptable value of each argument."""
    ((name, arguments),) = truth.items()
    return {"name": name, "arguments": _first(arguments)}


def _first(arguments: dict[str, list[Any]]) -> dict[str, Any]:
    """First acceptable values; an argument whose first one is the empty string is optional and left out."""
    return {name: _value(options[0]) for name, options in arguments.items() if options[0] != ""}


def _value(value: Any) -> Any:
    """Objects inside a value list acceptable values again."""
    if isinstance(value, dict):
        return _first(value)
    return [_value(child) for child in value] if isinstance(value, list) else value


LOADERS: dict[str, Callable[[Path], list[Example]]] = {
    "edgejson_v3": _edgejson_v3,
    f"edgejson_v3{WHOLE}": _edgejson_v3_whole,
    "sroie": _sroie,
    "dstc8": _dstc8,
    "banking77": _banking77,
    "clinc150": _clinc150,
    "bfcl": _bfcl,
}
