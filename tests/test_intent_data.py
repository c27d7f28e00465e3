"""Utterances as people and public sets bring them, and how a text is cut into pieces."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tiny_encoder import VOCABULARY
from tokenizers import BertWordPieceTokenizer

from paperlib.baselines.intent_svm import LinearSVM
from paperlib.core.errors import DataError, PaperlibError
from paperlib.data.intents.intent_csv import read_labelled
from paperlib.data.intents.intent_sets import OUT_OF_SCOPE, Utterance, load_intents, read_texts
from paperlib.data.intents.ngram_hashing import buckets
from paperlib.data.intents.wordpiece import WordPiece

THINGS = ("umbrella", "kitchen", "Zanzibar", "trousers", "violin", "my cousin", "fog", "plumbing", "echo", "jam jar")
ROWS = [(f"please block the card for {thing} at once", "block") for thing in THINGS]
ROWS += [(f"{thing}: where is my bill", "bill") for thing in THINGS]


def csv(tmp_path: Path, rows: list[tuple[str, str]], head: str = "text,label", comma: str = ",") -> Path:
    path = tmp_path / "mine.csv"
    path.write_text("\n".join([head, *(f"{text}{comma}{label}" for text, label in rows)]), encoding="utf-8")
    return path


def test_a_file_is_divided_by_intent(tmp_path: Path) -> None:
    found = read_labelled(csv(tmp_path, ROWS))
    assert (len(found.train), len(found.dev), len(found.test)) == (14, 2, 4)
    assert sorted(one.label for one in found.test) == ["bill", "bill", "block", "block"]
    assert str(found) == "20 utterances of 2 intents: 14 to train on, 2 to choose by, 4 held out"
    assert read_labelled(csv(tmp_path, ROWS)) == found


def test_copies_are_left_out_and_counted(tmp_path: Path) -> None:
    found = read_labelled(csv(tmp_path, [*ROWS, ("Please  block the card for FOG at once", "block")]))
    assert found.copies == 1
    assert str(found).endswith("4 held out; 1 duplicate left out")


def test_near_copies_stay_on_one_side(tmp_path: Path) -> None:
    near = [
        (f"I cannot find the letter with my new pin anywhere{mark}", "pin") for mark in (" ", " .", " !", " ?", " …")
    ]
    found = read_labelled(csv(tmp_path, [*ROWS, *near, *((f"pin of {thing}", "pin") for thing in THINGS)]))
    sides = {
        one in found.test for part in (found.train, found.dev, found.test) for one in part if "anywhere" in one.text
    }
    assert len(sides) == 1


def test_an_intent_of_near_copies_alone_is_named_as_untested(tmp_path: Path) -> None:
    found = read_labelled(csv(tmp_path, [*ROWS, *((f"Block my card please {n}", "stop") for n in range(5))]))
    assert "stop" not in {one.label for one in found.test}
    assert str(found).endswith("; none held out of stop")
    assert "none held out" not in str(read_labelled(csv(tmp_path, ROWS)))


def test_the_ending_of_a_file_of_utterances_may_be_in_capitals(tmp_path: Path) -> None:
    (tmp_path / "x.JSONL").write_text('{"text": "Pay"}\n', encoding="utf-8")
    assert list(read_texts(tmp_path / "x.JSONL")) == ["Pay"]


def test_an_svm_reads_texts_without_a_word() -> None:
    faces = [Utterance(text, label) for label, text in (("yes", "👍 👍"), ("no", "👎"))]
    assert LinearSVM(faces, ["yes", "no"]).logits(["👍"]).argmax() == 0


def test_other_forms(tmp_path: Path) -> None:
    expected = read_labelled(csv(tmp_path, ROWS))
    assert read_labelled(csv(tmp_path, ROWS, "text;label", ";")) == expected
    rows = tmp_path / "mine.jsonl"
    rows.write_text("\n".join(json.dumps({"text": t, "label": n}) for t, n in ROWS), encoding="utf-8")
    assert read_labelled(rows) == expected


@pytest.mark.parametrize(
    ("rows", "head", "expected"),
    [
        (ROWS, "text,intent", r"mine\.csv:1: expected one column 'label' in the head line \(found text, intent\)"),
        (ROWS, "text,text", "expected one column 'text'"),
        ([*ROWS, (" ", "bill")], "text,label", r"mine\.csv:22: field 'text' is ' ', expected some text"),
        ([*ROWS, ("hello", "")], "text,label", r"mine\.csv:22: field 'label' is '', expected some text"),
        ([*ROWS, ("a,b", "bill")], "text,label", r"mine\.csv:22: found 3 cells, expected 2"),
        (
            [*ROWS, ("Fog: WHERE is my bill", "block")],
            "text,label",
            r"mine\.csv:22: this text is labelled 'block', but 'bill' in .*mine\.csv:18",
        ),
        ([*ROWS, ("hi", "greet")], "text,label", r":22: the label 'greet' has 1 utterance, expected at least 5$"),
        (
            [*ROWS, ("hi", "greet"), ("bye", "leave")],
            "text,label",
            r"'greet' has 1 utterance, expected at least 5; so it is with 1 other label$",
        ),
        ([*ROWS, ("hi", "Bill")], "text,label", r":22: the label 'Bill' is 'bill' but for its case \(.*mine\.csv:12\)"),
        ([*ROWS, ("hi", "OOS")], "text,label", r":22: the label 'OOS' is 'oos' but for its case"),
        (ROWS[:10], "text,label", "holds utterances of 1 intent, expected at least two labels beside 'oos'"),
        ([], "text,label", "holds utterances of 0 intents"),
        ([*ROWS, ("x" * 10_000_001, "bill")], "text,label", r"mine\.csv:22: not valid CSV \(field larger than"),
    ],
)
def test_a_fault_is_named_with_its_line(rows: list[tuple[str, str]], head: str, expected: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=expected) as error:
        read_labelled(csv(tmp_path, rows, head))
    assert "\n" not in str(error.value)


def test_a_test_file_may_not_have_other_intents_and_its_texts_are_not_trained_on(tmp_path: Path) -> None:
    test = tmp_path / "test.jsonl"
    test.write_text(json.dumps({"text": ROWS[0][0], "label": "block"}), encoding="utf-8")
    found = read_labelled(csv(tmp_path, ROWS), test)
    assert found.test == [Utterance(*ROWS[0])]
    assert Utterance(*ROWS[0]) not in found.train + found.dev
    test.write_text(json.dumps({"text": "hi", "label": "greet"}), encoding="utf-8")
    with pytest.raises(DataError, match=r"test\.jsonl:1: no utterance of .* has the label 'greet'"):
        read_labelled(csv(tmp_path, ROWS), test)


@pytest.mark.parametrize(
    ("tested", "expected"),
    [
        ([], r"test\.csv: holds no utterance with an intent"),
        ([("sing a song", "oos")], r"test\.csv: holds no utterance with an intent"),
        (ROWS[:10], r"mine\.csv: holds utterances of 1 intent outside .*test\.csv"),
        (
            ROWS[:7],
            r"mine\.csv:11: the label 'block' has 1 utterance outside .*test\.csv and unlike .*, expected at least 5",
        ),
    ],
)
def test_a_test_file_leaves_something_to_train_on(tested: list[tuple[str, str]], expected: str, tmp_path: Path) -> None:
    test = csv(tmp_path, tested).rename(tmp_path / "test.csv")
    with pytest.raises(DataError, match=expected):
        read_labelled(csv(tmp_path, ROWS), test)


def test_near_copies_of_what_is_tested_are_not_trained_on(tmp_path: Path) -> None:
    test = csv(tmp_path, [(ROWS[0][0].capitalize() + "!", ROWS[0][1])]).rename(tmp_path / "test.csv")
    found = read_labelled(csv(tmp_path, ROWS), test)
    assert Utterance(*ROWS[0]) not in found.train + found.dev
    assert found.copies == 1


def test_a_test_file_takes_no_intent_away_and_has_no_other_label(tmp_path: Path) -> None:
    more = [(f"play {one}", "music") for one in ("jazz", "the blues", "a waltz", "some folk", "hard rock")]
    test = csv(tmp_path, more).rename(tmp_path / "test.csv")
    with pytest.raises(DataError, match="every utterance labelled 'music' is in"):
        read_labelled(csv(tmp_path, [*ROWS, *more]), test)
    other = next(label for _, label in ROWS if label != ROWS[0][1])
    test = csv(tmp_path, [(ROWS[0][0], other)]).rename(tmp_path / "test.csv")
    with pytest.raises(DataError, match=f"labelled '{ROWS[0][1]}', but '{other}' in"):
        read_labelled(csv(tmp_path, ROWS), test)


def test_quotation_marks_divide_no_head_and_swallow_no_text(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    lines = [f'"{text}";{label}' for text, label in ROWS]
    path.write_text('"text";label;"what, or who, said it"\n' + "".join(f"{line};a, b, c\n" for line in lines))
    assert len(read_labelled(path).train) > 5
    path.write_text('text,label\n"stop" means stop,halt\n')
    with pytest.raises(DataError, match=r"mine\.csv:2: not valid CSV"):
        read_labelled(path)


def test_public_sets_in_their_published_form(tmp_path: Path) -> None:
    (tmp_path / "banking77").mkdir()
    train = "text,category\n" + "\n".join(f'"text, {n}",intent_{n % 2}' for n in range(40))
    (tmp_path / "banking77" / "train.csv").write_text(train, encoding="utf-8")
    parts = [load_intents("banking77", split, tmp_path) for split in ("train", "dev")]
    assert [len(part) for part in parts] == [36, 4]
    assert not set(parts[0]) & set(parts[1])
    with pytest.raises(PaperlibError, match=r"test\.csv: no such file.*banking_data"):
        load_intents("banking77", "test", tmp_path)
    (tmp_path / "clinc150").mkdir()
    names = ("train", "val", "test", "oos_train", "oos_val", "oos_test")
    published = {name: [[name, "oos" if "oos" in name else "greet"]] for name in names}
    (tmp_path / "clinc150" / "data_full.json").write_text(json.dumps(published), encoding="utf-8")
    assert load_intents("clinc150", "dev", tmp_path) == [Utterance("val", "greet"), Utterance("oos_val", OUT_OF_SCOPE)]


def test_an_unknown_set_and_a_broken_one(tmp_path: Path) -> None:
    with pytest.raises(PaperlibError, match="there is no set of intents 'snips'; known: banking77, clinc150"):
        load_intents("snips", "train", tmp_path)
    (tmp_path / "clinc150").mkdir()
    (tmp_path / "clinc150" / "data_full.json").write_text("{}", encoding="utf-8")
    with pytest.raises(DataError, match="clinc150: a file is not in its published form"):
        load_intents("clinc150", "train", tmp_path)


ALPHABET = st.characters(max_codepoint=0x52F, exclude_categories=("Cn",))


@given(st.text(ALPHABET, max_size=60) | st.text("abcdeé ß, card'?$中の한🙂Σİ\u0301\u2028\t\x01", max_size=60))
def test_pieces_are_those_of_the_tokenizers_library(text: str) -> None:
    library = BertWordPieceTokenizer(vocab={piece: n for n, piece in enumerate(VOCABULARY)}, lowercase=True)
    assert WordPiece(VOCABULARY).encode(text, 500) == library.encode(text).ids


def test_a_long_text_is_cut() -> None:
    ids = WordPiece(VOCABULARY).encode("card " * 20_000, 64)
    assert len(ids) == 64
    assert ids[-1] == VOCABULARY.index("[SEP]")


def test_ngrams_of_similar_words_share_buckets() -> None:
    one, other, third = (set(buckets(text, 4096)) for text in ("payment", "payments", "dog"))
    assert len(one & other) > len(one) / 2
    assert not one & third
    assert buckets("payment", 0) == []
    assert max(buckets("a" * 100_000, 16)) < 16
