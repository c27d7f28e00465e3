"""Labelled documents: how they are read, the schema inferred from them, and the part held out."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paperlib.core.errors import DataError
from paperlib.data.labelled.documents import Document, read_documents
from paperlib.data.labelled.holdout import held_out, near_duplicates
from paperlib.data.labelled.schema_inference import infer_schema
from paperlib.data.validation import build_validator

ANSWERS = [{"name": f"Ana {n}", "seats": n} for n in range(10)]
TEXTS = [f"Table {n} for Ana {n}" for n in range(10)]


def jsonl(path: Path, *rows: Any) -> Path:
    given = [{"text": text, "answer": answer} for text, answer in zip(TEXTS, ANSWERS, strict=True)]
    path.write_text("".join(json.dumps(row) + "\n" for row in [*given, *rows]), encoding="utf-8")
    return path


def documents(path: Path) -> list[tuple[str, Any]]:
    return [(one.text, one.answer) for one in read_documents(path)]


EXPECTED = list(zip(TEXTS, ANSWERS, strict=True))


def test_a_jsonl_file_a_csv_file_and_a_folder_hold_the_same(tmp_path: Path) -> None:
    assert documents(jsonl(tmp_path / "x.jsonl")) == EXPECTED
    lines = [f'{answer["name"]},"{text}",{answer["seats"]}\r\n' for text, answer in EXPECTED]
    (tmp_path / "x.csv").write_bytes(("\ufeffname,text,seats\r\n" + "".join(lines)).encode())
    assert documents(tmp_path / "x.csv") == EXPECTED
    folder = tmp_path / "x"
    folder.mkdir()
    for n, (text, answer) in enumerate(EXPECTED):
        (folder / f"{n}.txt").write_text(text, encoding="utf-8")
        (folder / f"{n}.json").write_text(json.dumps(answer), encoding="utf-8")
    assert documents(folder) == EXPECTED


def test_published_rows_and_answers_as_strings_are_read(tmp_path: Path) -> None:
    more = [{"prompt": "Table for Bo", "expected_output": {"name": "Bo"}}, {"text": "Cy", "answer": '{"name": "Cy"}'}]
    assert documents(jsonl(tmp_path / "x.jsonl", *more))[-2:] == [
        ("Table for Bo", {"name": "Bo"}),
        ("Cy", {"name": "Cy"}),
    ]


@pytest.mark.parametrize(
    ("cells", "values"),
    [
        (["1", "20", ""], [1, 20, None]),
        (["1", "2.50", "-3"], [1, 2.5, -3]),
        (["yes", "No", ""], [True, False, None]),
        (["007", "12", "3"], ["007", "12", "3"]),
        (["1,200", "5", "6"], ["1,200", "5", "6"]),
        (["a", " b ", "yes"], ["a", "b", "yes"]),
        (["NO", "NO", ""], ["NO", "NO", None]),
    ],
)
def test_a_column_has_the_kind_of_all_its_cells(tmp_path: Path, cells: list[str], values: list[Any]) -> None:
    rows = [f'text {n},"{cells[n % 3]}"\n' for n in range(12)]
    (tmp_path / "x.csv").write_text("text,v\n" + "".join(rows), encoding="utf-8")
    expected = [{} if value is None else {"v": value} for value in values] * 4
    assert [answer for _, answer in documents(tmp_path / "x.csv")] == expected


@pytest.mark.parametrize(
    ("cells", "node", "values"),
    [
        (["12", "340"], {"type": "string"}, ["12", "340"]),
        (["12", "340"], {"type": ["number", "null"]}, [12, 340]),
        (["yes", "yes"], {"type": "boolean"}, [True, True]),
        (["1", "2"], {"enum": ["1", "2"]}, ["1", "2"]),
        (["12", "many"], {"$ref": "#/$defs/n"}, ["12", "many"]),
        (["12", "13"], {"$ref": "#/$defs/n"}, [12, 13]),
        (["x", "y"], {"type": "integer"}, ["x", "y"]),
        (["12", "120"], {"type": "number", "maximum": 100}, [12, 120]),
        (["12", "13"], {"type": "integer", "not": {"$ref": "#/$defs/n"}}, [12, 13]),
        (["NO", "NO"], {"description": "a country"}, ["NO", "NO"]),
        (["NO", "NO"], {"type": ["string", "boolean"]}, ["NO", "NO"]),
    ],
)
def test_a_column_has_the_kind_that_the_schema_wants(
    tmp_path: Path, cells: list[str], node: Any, values: list[Any]
) -> None:
    rows = [f"text {n},{cells[n % 2]}\n" for n in range(12)]
    (tmp_path / "x.csv").write_text("text,v\n" + "".join(rows), encoding="utf-8")
    schema = {"type": "object", "properties": {"v": node}, "$defs": {"n": {"type": "integer"}}}
    found = read_documents(tmp_path / "x.csv", schema=schema)
    assert json.dumps([one.answer["v"] for one in found]) == json.dumps(values * 6)


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ({"text": "x"}, r"x.jsonl:11: field 'answer' is missing \(found text\)"),
        ({"answer": {}}, r"x.jsonl:11: field 'text' is missing"),
        ({"text": " ", "answer": {}}, r'x.jsonl:11: the text is " ", expected some text'),
        ({"text": "x", "answer": 3}, r"x.jsonl:11: the answer is 3, expected an object or an array"),
        ({"text": "x", "answer": "{"}, r"x.jsonl:11: field 'answer': not valid JSON"),
        ({"text": "x", "answer": {}, "id": "line 3"}, r"id 'line 3' occurs twice"),
        ({"text": "x", "answer": {"a": float("nan")}}, r"x.jsonl:11: not valid JSON \(NaN is not JSON"),
        ({"text": TEXTS[2], "answer": {}}, r"x.jsonl:11: its text has another answer in .*x.jsonl:3"),
    ],
)
def test_a_faulty_row_is_named(tmp_path: Path, row: Any, told: str) -> None:
    with pytest.raises(DataError, match=told):
        read_documents(jsonl(tmp_path / "x.jsonl", row))


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("x.csv", "txt,a\n1,2\n", r"x.csv:1: no column 'text' \(found txt, a\)"),
        ("x.csv", "text,a\nb,1\nc,2,3\n", r"x.csv:3: found 3 cells, expected 2"),
        ("x.csv", "text,a,b\nc,1,\nd,2,\n", r"column 'b' is empty in every row"),
        ("x.csv", "text,a,a\nc,1,2\n", r"two columns are called 'a'"),
        ("x.csv", "", r"no column 'text' \(found an empty file\)"),
        ("x.xlsx", "", r"expected a folder of .txt and .json files, or a file .jsonl or .csv"),
        ("x.jsonl", '{"text": "a", "answer": {}}\n', r"holds 1 documents, expected at least 10: some are held out"),
    ],
)
def test_a_faulty_file_is_named(tmp_path: Path, name: str, content: str, told: str) -> None:
    (tmp_path / name).write_text(content, encoding="utf-8")
    with pytest.raises(DataError, match=told):
        read_documents(tmp_path / name)


@pytest.mark.parametrize("mark", [";", "\t"])
def test_a_csv_file_may_have_other_delimiters(tmp_path: Path, mark: str) -> None:
    lines = [f'{answer["name"]}{mark}"{text}, please"{mark}{answer["seats"]}\n' for text, answer in EXPECTED]
    (tmp_path / "x.csv").write_text(f"name{mark}text{mark}seats\n" + "".join(lines), encoding="utf-8")
    assert documents(tmp_path / "x.csv") == [(f"{text}, please", answer) for text, answer in EXPECTED]


def test_a_text_without_its_answer_is_named(tmp_path: Path) -> None:
    for name in ("a.txt", "b.txt", "b.json", "c.txt"):
        (tmp_path / name).write_text("{}", encoding="utf-8")
    with pytest.raises(DataError, match=r"2 of 3 .txt files have no .json beside them \(a.txt, …\)"):
        read_documents(tmp_path)
    for name in ("a.txt", "c.txt"):
        (tmp_path / name).unlink()
    (tmp_path / "d.json").write_text("{}", encoding="utf-8")
    with pytest.raises(DataError, match=r"1 of 2 .json files have no .txt beside them \(d.json\)"):
        read_documents(tmp_path)


@pytest.mark.parametrize(
    ("values", "node"),
    [
        ([1, 2], {"type": "integer"}),
        ([1, 2.5], {"type": "number"}),
        ([True], {"type": "boolean"}),
        (["a", None], {"type": ["string", "null"]}),
        ([None], {"type": "null"}),
        (["a", 1], {"anyOf": [{"type": "string"}, {"type": "integer"}]}),
        (["2026-03-02", "2026-04-01"], {"type": "string", "format": "date"}),
        (["2026-03-02", "soon"], {"type": "string"}),
        (["urgent", "later"] * 5, {"type": "string", "enum": ["later", "urgent"]}),
        (["urgent", "later"] * 2, {"type": "string"}),
        (["urgent"] * 9 + ["later"], {"type": "string"}),
        (["urgent"] * 10, {"type": "string"}),
        (["EUR", "USD"] * 5, {"type": "string"}),
        (["PO:1", "PO:2"], {"type": "string"}),
        (["https://x.org/1", "https://x.org/2"], {"type": "string", "format": "uri"}),
        ([["a"], []], {"type": "array", "items": {"type": "string"}}),
        ([[], []], {"type": "array"}),
    ],
)
def test_a_schema_has_what_all_answers_have_in_common(values: list[Any], node: Any) -> None:
    assert infer_schema(values, ["ten EUR or USD"] * len(values)) == node


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.floats(-9, 9) | st.sampled_from(["a", "b", "2026-03-02"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)


@given(st.lists(JSON, min_size=1, max_size=8))
def test_every_answer_follows_the_schema_inferred_from_all(answers: list[Any]) -> None:
    valid = build_validator(infer_schema(answers, ["a"] * len(answers))).is_valid
    assert all(map(valid, answers))


def written(text: str, answer: Any = 0) -> Document:
    return Document(text, text, {"a": answer}, "")


WORDS = (
    "river",
    "garden",
    "window",
    "market",
    "letter",
    "winter",
    "copper",
    "silent",
    "harbour",
    "meadow",
    "oak",
    "ox",
)


@given(st.lists(st.tuples(st.sampled_from(WORDS), st.sampled_from(WORDS)), min_size=10, max_size=40, unique=True))
def test_near_duplicates_are_on_one_side(pairs: list[tuple[str, str]]) -> None:
    texts = [f"{a} and {b}, {a}{b}, as agreed" for a, b in pairs]
    texts += [f"{text}." for text in texts[:5]]
    chosen = held_out(list(map(written, texts)))
    assert len(chosen) < len(texts) / 2
    for group in near_duplicates(list(map(written, texts))):
        assert len({one.id in chosen for one in group}) == 1
    assert all((text in chosen) == (f"{text}." in chosen) for text in texts[:5])


def test_forms_with_other_values_are_no_near_duplicates() -> None:
    """Sixty invoices from one form are worth sixty; two scans of one are not worth two."""
    form = "Invoice {} of Fern GmbH, Hill Street 5, to be paid within 14 days without deduction. Total: {} EUR."
    invoices = [written(form.format(n, 3 * n), n) for n in range(100, 160)]
    assert len(held_out(invoices)) == 12
    scans = [written(one.text.replace("Hill", "Hi11"), one.answer["a"]) for one in invoices]
    chosen = held_out([*invoices, *scans])
    assert all((one.id in chosen) == (other.id in chosen) for one, other in zip(invoices, scans, strict=True))


def test_copies_alone_cannot_be_held_out() -> None:
    with pytest.raises(DataError, match="nearly all are near-duplicates of each other, so that 0 can be held out"):
        held_out([written(f"the same words but for the number {n}") for n in range(12)])


def test_a_set_that_grows_keeps_most_of_its_test_part() -> None:
    texts = [f"{WORDS[n % 12]} {n} {WORDS[n * 7 % 12]} {n * n}" for n in range(200)]
    before, after = (held_out(list(map(written, some))) for some in (texts[:100], texts))
    assert len(before) == 20
    assert len(after) == 40
    assert len(before & after) >= 15


def test_a_csv_file_has_a_column_for_each_field(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text("id, text\n1,Ana\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"mine\.csv:1: expected a column for each field"):
        read_documents(path, least=1)
    path.write_text("text, name\nAna Ruiz,Ana\n", encoding="utf-8")
    assert read_documents(path, least=1)[0].answer == {"name": "Ana"}
