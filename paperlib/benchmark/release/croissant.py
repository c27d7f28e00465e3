"""Metadata in Croissant 1.0 (MLCommons, http://mlcommons.org/croissant/1.0): the files and the fields of their rows."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from paperlib.benchmark.release.about import DESCRIPTION, LICENCE_URL, NAME, About
from paperlib.benchmark.release.rows import NUMBERS, SPANS, TEXTS, file_of, split_name
from paperlib.core.files import sha256

VERSION = "http://mlcommons.org/croissant/1.0"
FORMATS = {".jsonl": "application/jsonlines", ".json": "application/json"}
# What the specification wants in every file; the keys that are not listed are schema.org's own.
CROISSANT_KEYS = (
    "citeAs", "column", "equivalentProperty", "extract", "field", "fileProperty", "fileObject", "fileSet", "format",
    "includes", "isLiveDataset", "jsonPath", "key", "md5", "parentField", "path", "recordSet", "references", "regex",
    "repeated", "replace", "samplingRate", "separator", "source", "subField", "transform",
)  # fmt: skip
CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "dct": "http://purl.org/dc/terms/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "sc": "https://schema.org/",
    "conformsTo": "dct:conformsTo",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
    **{key: f"cr:{key}" for key in CROISSANT_KEYS},
}


def metadata(folder: Path, splits: Sequence[str], about: About) -> dict[str, Any]:
    """The content of croissant.json for a release whose data files are written: every .jsonl and .json file of
    ``folder`` with its hash, and one record set a split. File names are relative to ``folder``."""
    files = sorted(path for path in folder.rglob("*") if path.suffix in FORMATS and path.name != "croissant.json")
    optional = {"url": about.url, "datePublished": about.date}
    return {
        "@context": CONTEXT,
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
    name = split_name(split)
    texts = [_field(name, split, field, text) for field, text in TEXTS.items()]
    return {
        "@type": "cr:RecordSet",
        "@id": name,
        "name": name,
        "description": f"The examples of the split {split}.",
        "key": {"@id": f"{name}/id"},
        "field": [*texts, _spans(name, split)],
    }


def _spans(name: str, split: str) -> dict[str, Any]:
    """The field whose values are lists of objects."""
    return {
        "@type": "cr:Field",
        "@id": f"{name}/spans",
        "name": f"{name}/spans",
        "description": "Where the values of the answer stand in the text.",
        "repeated": True,
        "subField": [
            _field(f"{name}/spans", split, field, text, "spans", {"transform": {"jsonPath": field}})
            for field, text in SPANS.items()
        ],
    }


def _field(
    above: str, split: str, field: str, text: str, column: str | None = None, transform: dict[str, Any] | None = None
) -> dict[str, Any]:
    return {
        "@type": "cr:Field",
        "@id": f"{above}/{field}",
        "name": f"{above}/{field}",
        "description": text,
        "dataType": "sc:Integer" if field in NUMBERS else "sc:Text",
        "source": {
            "fileObject": {"@id": file_of(split)},
            "extract": {"column": column or field},
            **(transform or {}),
        },
    }
