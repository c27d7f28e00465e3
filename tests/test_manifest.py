"""What a refactoring must leave alone: data, prompt, scores, verdicts, tables and printed numbers are as committed."""

from paperlib.core.files import read_json
from paperlib.workflow import manifest


def test_differences_name_what_is_new_gone_or_another() -> None:
    before = {"data": {"a": "1", "b": "2"}, "prompt": {"template": "3"}}
    after = {"data": {"a": "1", "b": "4"}, "macros": {"c": "5"}}
    found = "\n".join(manifest.differences(before, after))
    assert found.splitlines() == ["data b: 2 -> 4", "prompt template: 3 -> nothing", "macros c: nothing -> 5"]
    assert list(manifest.differences(before, before)) == []


def test_the_numbers_of_a_text_have_one_hash_in_any_order_and_under_any_label() -> None:
    assert manifest.numbers("A & 1.5 & 20 \\\\ B & 3 &") == manifest.numbers("C & 3 & \\\\ D & 20 & 1.5")
    assert manifest.numbers("A & 1.5 &") != manifest.numbers("A & 1.6 &")


def test_nothing_differs_from_the_committed_manifest() -> None:
    differences = "\n".join(manifest.differences(read_json(manifest.FILE), manifest.manifest()))
    assert not differences, f"if meant: python -m paperlib.workflow.manifest write\n{differences}"
