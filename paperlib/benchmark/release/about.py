"""What a release says of itself: name, licence, and how to cite it, from CITATION.cff."""

import datetime
from dataclasses import dataclass
from typing import Any

from paperlib.core import paths
from paperlib.core.errors import DataError, PaperlibError
from paperlib.core.files import read_yaml

NAME = "EdgeJSON standard"
TASK = "edgejson_standard"  # the name in lm-evaluation-harness, and in BibTeX
LICENCE = "Creative Commons Attribution 4.0 International"
LICENCE_SHORT = "CC BY 4.0"
LICENCE_URL = "https://creativecommons.org/licenses/by/4.0/"
DESCRIPTION = """\
Texts with the JSON that they hold: for every text one JSON object that follows the JSON Schema of its kind, and where
its values stand in the text. All texts and records are made by a program; none is about a real person or company."""


@dataclass(frozen=True)
class About:
    """The facts of one release that its examples do not tell. ``url`` and ``date`` are None until it has them."""

    creator: str
    version: str
    url: str | None = None  # of its page
    date: str | None = None  # of publication, ISO 8601

    @property
    def bibtex(self) -> str:
        fields = {"author": f"{{{self.creator}}}", "title": f"{{{NAME}}}", "version": self.version}
        if self.date:
            fields["year"] = self.date[:4]
        if self.url:
            fields["url"] = self.url
        inside = ",\n".join(f"  {name:<7} = {{{value}}}" for name, value in fields.items())
        return f"@misc{{{TASK},\n{inside}\n}}"

    @property
    def licence_text(self) -> str:
        """The text of the LICENSE file: the licence by name and address."""
        return (
            f"{NAME}\nCopyright {self.creator}\n\n"
            f"Licensed under {LICENCE} ({LICENCE_SHORT}).\n"
            f"The licence: {LICENCE_URL}\nIts legal code: {LICENCE_URL}legalcode\n\n"
            "You may share and adapt the data for any purpose, if you give credit, link to the licence and say what "
            "you changed.\n"
        )


def load_about(url: str | None = None, date: str | None = None) -> About:
    """Creator and version from CITATION.cff.

    Raises DataError where it lacks them, PaperlibError for an address or a date that is none.
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
