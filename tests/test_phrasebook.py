"""Phrasebooks: each states every record of its schema, and one with a gap is refused."""

from paperlib.benchmark.phrasebook import faults, phrasebook, read_phrasebook
from paperlib.benchmark.standard import build
from paperlib.core import paths
from paperlib.data.schemas import load_schemas


def test_every_phrasebook_states_every_record() -> None:
    for known in [*build.schemas_of("train").values(), *build.schemas_of("unseen-schema").values()]:
        assert list(faults(read_phrasebook(paths.PHRASEBOOKS / f"{known.id}.yaml"), known)) == []


def test_a_phrasebook_with_a_gap_is_refused() -> None:
    invoice = load_schemas()["invoice"]
    book = phrasebook(invoice)
    without = {**book.scopes, "root": book.scopes["line_items"]}
    found = list(faults(type(book)(book.noun, book.subject, book.speakers, book.distractors, without), invoice))
    assert any("no sentence states 'invoice_number' alone" in fault for fault in found)
    assert any("expected one of invoice_number" in fault for fault in found)
