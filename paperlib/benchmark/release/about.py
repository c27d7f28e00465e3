"""What a release says about itself: name, licence, citation from CITATION.cff, and documents filled in with them."""

import datetime
from dataclasses import dataclass
from string import Template
from typing import Any

from paperlib.core import paths
from paperlib.core.errors import DataError, PaperlibError
from paperlib.core.files import read_text, read_yaml

NAME = "EdgeJSON standard"
TASK = "edgejson_standard"  # the name in lm-evaluation-harness, and in BibTeX
LICENCE = "Creative Commons Attribution 4.0 International"
LICENCE_SHORT = "CC BY 4.0"
LICENCE_URL = "https://creativecommons.org/licenses/by/4.0/"
DESCRIPTION = """\
Texts with the JSON that they state: for every text a JSON object that follows a JSON Schema, and where its values stand
in the text. All texts and records are made by a program; none is about a real person or company."""


@dataclass(frozen=True)
class About:
    """The facts of a release that its examples do not contain. ``url`` (of its page) and ``date`` (of publication, ISO
    8601) are None until it has them."""

    creator: str
    version: str
    url: str | None = None
    date: str | None = None

    @property
    def bibtex(self) -> str:
        """The BibTeX entry to cite the release by."""
        fields = {"author": f"{{{self.creator}}}", "title": f"{{{NAME}}}", "version": self.version}
        if self.date:
            fields["year"] = self.date[:4]
        if self.url:
            fields["url"] = self.url
        inside = ",\n".join(f"  {name:<7} = {{{value}}}" for name, value in fields.items())
        return f"@misc{{{TASK},\n{inside}\n}}"


def document(template: str, **values: Any) -> str:
    """A file of ``data/release/`` with its placeholders filled in: with ``values``, and with the release's name,
    description and licence. Raises DataError where a placeholder has no value."""
    path = paths.RELEASE / template
    licence = {"licence": LICENCE, "licence_short": LICENCE_SHORT, "licence_url": LICENCE_URL}
    try:
        return Template(read_text(path, "text")).substitute(licence, name=NAME, description=DESCRIPTION, **values)
    except (KeyError, ValueError) as error:
        raise DataError(f"{paths.display(path)}: placeholder {error} cannot be filled in") from None


def load_about(url: str | None = None, date: str | None = None) -> About:
    """Creator and version from CITATION.cff, with the address and date given.

    Raises DataError where the file lacks them, PaperlibError for a malformed address or date.
    """
    if url is not None and not url.startswith(("https://", "http://")):
        raise PaperlibError(f"the address {url!r} does not start with https://")
    if date is not None:
        _check_date(date)
    path = paths.ROOT / "CITATION.cff"
    citation: Any = read_yaml(path)
    try:
        return About(citation["authors"][0]["name"], str(citation["version"]), url, date)
    except (KeyError, IndexError, TypeError):
        raise DataError(f"{path}: expected authors with a name, and a version") from None


def _check_date(date: str) -> None:
    try:
        datetime.date.fromisoformat(date)
    except ValueError:
        raise PaperlibError(f"the date {date!r} is not of the form 2000-12-31") from None
