"""Metadata of a release in Croissant 1.0 (MLCommons, http://mlcommons.org/croissant/1.0): its files, and the fields of
their rows."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from paperlib.benchmark.release.about import DESCRIPTION, LICENCE_URL, NAME, About
from paperlib.benchmark.release.rows import NUMBERS, SPANS, TEXTS, file_of, split_name
from paperlib.core import paths
from paperlib.core.files import read_json, sha256

VERSION = "http://mlcommons.org/croissant/1.0"
FORMATS = {".jsonl": "application/jsonlines", ".json": "application/json"}


def metadata(folder: Path, splits: Sequence[str], about: About) -> dict[str, Any]:
    """The content of croissant.json for a release whose data files are written.

    It lists every .jsonl and .json file of ``folder``, by its relative path and with its hash, and one record set for
    each split.
    """
    files = sorted(path for path in folder.rglob("*") if path.suffix in FORMATS and path.name != "croissant.json")
    optional = {"url": about.url, "datePublished": about.date}
    return {
        "@context": read_json(paths.RELEASE / "croissant_context.json"),  # as the specification has it
        "@type": "sc:Dataset",
        "conformsTo": VERSION,
        "name": NAME,
        "description": DESCRIPTION,
        "license": LICENCE_URL,
        "version": about.version,
        "creator": {"@type": "sc:Organization", "name": about.creator},
        "citeAs": about.bibtex,
        "inLanguage": "en",
        "keywords": ["information extraction", "JSON", "structured output", "synthetic data"],
        **{key: value for key, value in optional.items() if value},
        "distribution": [_file(folder, path) for path in files],
        "recordSet": [_records(split) for split in splits],
    }


def _file(folder: Path, path: Path) -> dict[str, Any]:
    name = path.relative_to(folder).as_posix()
    return {
        "@type": "cr:FileObject",
        "@id": name,
        "name": name,
        "contentUrl": name,
        "contentSize": f"{path.stat().st_size} B",
        "encodingFormat": FORMATS[path.suffix],
        "sha256": sha256(path),
    }


def _records(split: str) -> dict[str, Any]:
    """The record set of a split: its texts, and its spans as a field whose values are lists of objects."""
    name = split_name(split)
    spans = _named(f"{name}/spans", "Where the values of the answer stand in the text.")
    inner = [_field(f"{name}/spans/{key}", text, split, "spans", key) for key, text in SPANS.items()]
    return {
        "@type": "cr:RecordSet",
        "@id": name,
        "name": name,
        "description": f"The examples of the split {split}.",
        "key": {"@id": f"{name}/id"},
        "field": [
            *(_field(f"{name}/{key}", text, split, key) for key, text in TEXTS.items()),
            {**spans, "repeated": True, "subField": inner},
        ],
    }


def _named(name: str, description: str) -> dict[str, Any]:
    return {"@type": "cr:Field", "@id": name, "name": name, "description": description}


def _field(name: str, description: str, split: str, column: str, key: str | None = None) -> dict[str, Any]:
    """A field that holds a column of a split's file, or ``key`` of each object there."""
    source = {"fileObject": {"@id": file_of(split)}, "extract": {"column": column}}
    if key:
        source["transform"] = {"jsonPath": key}
    return {**_named(name, description), "dataType": "sc:Integer" if key in NUMBERS else "sc:Text", "source": source}
