"""A release: every tool reads the same examples from it, and lm-evaluation-harness scores an output as we do."""

import ast
import hashlib
import importlib.util
import json
import os
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import jinja2
import pytest
import yaml
from conftest import rows_of
from hypothesis import given
from hypothesis import strategies as st

from paperlib import cli
from paperlib.benchmark.edgejson import generate
from paperlib.benchmark.release import harness, harness_utils
from paperlib.benchmark.release.about import About, load_about
from paperlib.benchmark.release.rows import SPANS, TEXTS, row
from paperlib.benchmark.release.write import load_splits, write_release
from paperlib.core.errors import PaperlibError
from paperlib.data import prompts
from paperlib.data.examples import Example, load_examples, save_examples
from paperlib.data.output_parser import NotJSONError, parse_first_json
from paperlib.data.predictions import Prediction
from paperlib.data.schemas import load_schema, load_schemas
from paperlib.evaluation.metrics import score

os.environ.setdefault("HF_HUB_OFFLINE", "1")  # read when datasets is imported
os.environ.setdefault("HF_DATASETS_OFFLINE", "1")

Parts = dict[str, list[Example]]
ABOUT = About("Somebody", "1.2.3", "https://example.org/data", "2000-12-31")
NAMES = ("train", "test", "unseen-schema")


@pytest.fixture(scope="module")
def parts() -> Parts:
    """Three splits; the last has no spans and one kind of text of its own."""
    examples = generate(60, 40, 1)
    train, test = ([e for e in examples if e.split == split] for split in ("train", "test"))
    other = [replace(e, split="unseen-schema", surface="prose", spans=()) for e in test[30:]]
    return dict(zip(NAMES, (train, test[:30], other), strict=True))


@pytest.fixture(scope="module")
def folder(parts: Parts, tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("made") / "release"
    write_release(made, parts, load_schemas(), ABOUT)
    return made


@pytest.fixture(scope="module")
def utils(folder: Path) -> ModuleType:
    """The harness's functions as it loads them: from the file in the release."""
    spec = importlib.util.spec_from_file_location("released_utils", folder / harness.FOLDER / "utils.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# -- the files


def test_both_forms_hold_the_same_examples(folder: Path, parts: Parts) -> None:
    assert load_splits(folder) == parts
    for split, examples in parts.items():
        rows = rows_of(folder / "hf" / f"{split}.jsonl")
        assert [json.loads(r.pop("answer")) for r in rows] == [e.answer for e in examples]
        native = [e.row() for e in examples]
        assert [{k: v for k, v in n.items() if k != "answer"} for n in native] == [
            {**r, "spans": tuple(r["spans"])} for r in rows
        ]


def test_every_row_has_the_same_fields_of_the_same_types(parts: Parts) -> None:
    odd = Example("x", "note", None, "test", "", "1", [1.5, None, {"é": "\u2028"}])
    for example in [odd, *parts["train"]]:
        made = row(example)
        assert list(made) == [*TEXTS, "spans"]
        assert all(isinstance(made[name], str) for name in TEXTS)
        assert all(list(span) == list(SPANS) for span in made["spans"])
        assert json.loads(made["answer"]) == example.answer


def test_the_schemas_are_those_of_the_examples_by_tier(folder: Path, parts: Parts) -> None:
    found = load_schemas(folder / "schemas")
    assert set(found) == {e.schema_id for examples in parts.values() for e in examples}
    assert all(
        load_schema(folder / "schemas" / s.tier / f"{s.id}.json") == s for s in load_schemas().values() if s.id in found
    )


def test_a_release_names_nothing_of_the_machine_and_is_made_alike_twice(
    folder: Path, parts: Parts, tmp_path: Path
) -> None:
    write_release(tmp_path / "again", parts, load_schemas(), ABOUT)
    for path in (path for path in folder.rglob("*") if path.is_file()):
        data = path.read_bytes()
        assert data == (tmp_path / "again" / path.relative_to(folder)).read_bytes()
        assert not re.search(rb"(?<![\w./~<-])/(?:home|root|tmp|Users|var|private|mnt|opt)/", data), path


def test_the_datasheet_counts_the_examples(folder: Path) -> None:
    text = (folder / "DATASHEET.md").read_text(encoding="utf-8")
    assert "**How many?** 100 examples in 3 splits, " in text
    assert "| prose | 0 | 0 | 10 | 10 |" in text
    assert "| label_value | 60 | 30 | 0 | 90 |" in text
    assert "1 of its 1 surfaces are not there" in text
    assert "Published 2000-12-31 at https://example.org/data." in text
    assert "{" not in re.sub(r"```.*?```", "", text, flags=re.S)
    for heading in ("Motivation", "Composition", "Collection", "Uses", "Distribution", "Maintenance"):
        assert f"## {heading}" in text


def test_the_licence_is_named_with_its_address(folder: Path) -> None:
    text = (folder / "LICENSE").read_text(encoding="utf-8")
    assert "Creative Commons Attribution 4.0 International (CC BY 4.0)" in text
    assert "https://creativecommons.org/licenses/by/4.0/" in text


# -- other people's readers


def test_croissant_lists_every_data_file_with_its_hash(folder: Path) -> None:
    made = json.loads((folder / "croissant.json").read_text(encoding="utf-8"))
    assert made["conformsTo"] == "http://mlcommons.org/croissant/1.0"
    listed = {file["contentUrl"]: file["sha256"] for file in made["distribution"]}
    there = {p.relative_to(folder).as_posix(): p for p in folder.rglob("*.json*") if p.name != "croissant.json"}
    assert listed == {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in there.items()}
    assert [records["@id"] for records in made["recordSet"]] == ["train", "test", "unseen_schema"]
    assert (made["url"], made["datePublished"]) == (ABOUT.url, ABOUT.date)


def test_mlcroissant_validates_and_reads_every_record(folder: Path, parts: Parts) -> None:
    mlcroissant = pytest.importorskip("mlcroissant")
    dataset = mlcroissant.Dataset(str(folder / "croissant.json"))
    assert not dataset.metadata.ctx.issues.errors
    assert not dataset.metadata.ctx.issues.warnings
    for split, examples in parts.items():
        found = [plain(record) for record in dataset.records(split.replace("-", "_"))]
        assert found == [row(example) for example in examples]


def plain(record: Any) -> Any:
    """A record of mlcroissant as our rows are: names without what stands above them, bytes as text."""
    if isinstance(record, dict):
        return {name.rpartition("/")[2]: plain(value) for name, value in record.items()}
    if isinstance(record, list):
        return [plain(value) for value in record]
    return record.decode() if isinstance(record, bytes) else record


def test_datasets_reads_every_split_with_the_same_features(folder: Path, parts: Parts, tmp_path: Path) -> None:
    datasets = pytest.importorskip("datasets")
    files = {split.replace("-", "_"): str(folder / "hf" / f"{split}.jsonl") for split in parts}
    by_files = datasets.load_dataset("json", data_files=files, cache_dir=str(tmp_path / "a"))
    by_card = datasets.load_dataset(str(folder), cache_dir=str(tmp_path / "b"))
    for found in (by_files, by_card):
        assert list(found) == ["train", "test", "unseen_schema"]
        features = found["train"].features
        assert all(found[split].features == features for split in found)
        assert {name: features[name].dtype for name in TEXTS} == dict.fromkeys(TEXTS, "string")
        for split, examples in parts.items():
            assert list(found[split.replace("-", "_")]) == [row(example) for example in examples]


# -- lm-evaluation-harness


def test_the_tasks_ask_with_our_prompt(folder: Path, parts: Parts) -> None:
    class Loader(yaml.SafeLoader):
        pass

    Loader.add_constructor("!function", lambda loader, node: f"function {loader.construct_scalar(node)}")  # type: ignore[arg-type]
    for task, split in (("edgejson_standard", "test"), ("edgejson_standard_unseen_schema", "unseen-schema")):
        path = folder / "lm_eval" / "edgejson" / f"{task}.yaml"
        made = yaml.load(path.read_text(encoding="utf-8"), Loader)
        assert (made["task"], made["dataset_path"], made["output_type"]) == (task, "json", "generate_until")
        assert made["process_results"] == "function utils.process_results"
        assert made["generation_kwargs"]["do_sample"] is False
        (file,) = made["dataset_kwargs"]["data_files"].values()
        assert (path.parent / file).resolve() == (folder / "hf" / f"{split}.jsonl").resolve()
        template = jinja2.Environment(keep_trailing_newline=True).from_string(made["doc_to_text"])
        for example in (*parts[split], replace(parts[split][0], text="{{7 * 7}} {% if %} <&> {text}\n\n")):
            assert template.render(**row(example)) == prompts.render_prompt(example.text)
    assert not (folder / "lm_eval" / "edgejson" / "edgejson_standard_train.yaml").exists()


def test_the_harness_file_stands_alone(folder: Path) -> None:
    tree = ast.parse((folder / harness.FOLDER / "utils.py").read_text(encoding="utf-8"))
    names = {a.name for node in ast.walk(tree) if isinstance(node, ast.Import) for a in node.names}
    names |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert names == {"json", "math", "re", "pathlib", "typing", "datasets"}


def changed(value: Any, change: Callable[[Any], Any]) -> Any:
    """A value with every leaf changed."""
    if isinstance(value, dict):
        return {key: changed(child, change) for key, child in value.items()}
    return [changed(child, change) for child in value] if isinstance(value, list) else change(value)


def first_changed(value: Any, kind: type, change: Callable[[Any], Any]) -> Any:
    """A value with the first leaf of exactly this type changed."""
    done = []

    def once(leaf: Any) -> Any:
        if type(leaf) is kind and not done:
            done.append(leaf)
            return change(leaf)
        return leaf

    return changed(value, once)


def outputs(answer: Any, rng: random.Random) -> Iterator[str]:
    """What a model might write where ``answer`` is right: right in many ways, and wrong in more."""
    right = json.dumps(answer, ensure_ascii=False)
    yield from (right, f" {right}\n", json.dumps(answer, indent=2), json.dumps(answer, ensure_ascii=True))
    yield from (
        f"Sure! Here it is:\n```json\n{right}\n```\nAnything else?",
        f"{right}{right}",
        f"{right}, and so on }}]",
    )
    yield from (f"{{see below}} [sic] {{{{ {right}", f"{{'a': None}} {right}", f"[1, 2] {right}", f"{{}} {right}")
    yield from (
        f"[{right}]",
        f'{{"answer": {right}}}',
        json.dumps(right),
        f"\ufeff{right}",
        f"{{ {right}",
        f"[ {right}",
    )
    yield json.dumps(dict(reversed(answer.items())))
    yield json.dumps({**answer, "more": 1})
    yield json.dumps(dict(list(answer.items())[1:]))
    for kind, change in CHANGES:
        yield json.dumps(first_changed(answer, kind, change))
    yield json.dumps(changed(answer, lambda leaf: [leaf]))
    for word in (
        "NaN",
        "-Infinity",
        "1e999",
        "1e-999",
        "-0",
        "0.0",
        "01",
        "1.",
        "True",
        "null",
        '"\\ud800"',
        "9" * 400,
    ):
        yield right[:-1] + f', "more": {word}}}'
        yield re.sub(r": [^,{\[]+(?=[,}])", lambda _, w=word: f": {w}", right, count=1)  # type: ignore[misc]
    key = next(iter(answer))
    yield right[:-1] + f", {json.dumps(key)}: {json.dumps(answer[key])}}}"
    yield f'{{"x": {{"a": 1, "a": 1}}}} {right}'
    yield from (f'{{"a": NaN}} {right}', f'{{"a": {{"b": 1}} "c"}} {right}', f"{'[' * 201}{']' * 201} {right}")
    yield from (f"{'[' * depth}'a'{']' * depth} {right}" for depth in (200, 201))
    yield from (f"{'[' * 200}{']' * 200} {right}", "{'a': 1} " * 999 + right, "{'a': 1} " * 1000 + right)
    yield from ("", "null", "42", "{", "[", "{}", "[]", '{"', "```json", right.replace('"', "'"), right.upper())
    for _ in range(8):
        at = rng.randrange(len(right))
        yield right[:at]
        yield right[:at] + right[at + 1 :]
        yield right[:at] + rng.choice('{}[]",:\\ 0a\n\t') + right[at:]


CHANGES: tuple[tuple[type, Callable[[Any], Any]], ...] = (
    (int, float), (int, lambda n: n + 1), (int, str), (int, lambda n: n + 1e-9), (float, lambda x: x + 0.01),
    (float, round), (float, str), (bool, int), (bool, lambda b: not b), (bool, str), (str, str.upper),
    (str, lambda s: s + " "), (str, lambda s: None), (int, lambda n: n == 1), (str, lambda s: [s]),
)  # fmt: skip


def test_the_harness_scores_every_output_as_we_do(parts: Parts, utils: ModuleType) -> None:
    """JSONExact and Field F1 of both, for every example of the test splits and all that a model might make of it."""
    rng = random.Random(0)
    examples, predictions, theirs = [], [], []
    for example in (
        *parts["test"],
        *parts["unseen-schema"],
        Example("b", "rating", None, "", "", "", {"n": 1, "b": True}),
    ):
        for number, output in enumerate(outputs(example.answer, rng)):
            examples.append(replace(example, id=f"{example.id}-{number}"))
            predictions.append(Prediction(examples[-1].id, output, 0, 0, "eos", 0.0))
            theirs.append(utils.process_results(row(example), [output]))
    ours = score(examples, predictions, load_schemas())
    assert len(ours) > 3500
    different = [
        (prediction.output, one, other)
        for prediction, one, other in zip(predictions, ours, theirs, strict=True)
        if (float(one.json_exact), one.field_f1) != (other["json_exact"], other["field_f1"])
    ]
    assert different == []
    exact = sum(one.json_exact for one in ours)
    assert 500 < exact < len(ours) - 500  # both verdicts were compared


PIECES = st.sampled_from(
    [
        *'{}[]",:\\ \n0a-',
        *('"a"', '"a": ', "1e999", "NaN", "null", "True", "'", "\ufeff", "\ud800", "\\ud800", "01", "```", '{"a": 1}'),
        "[" * 150,
        "]" * 150,
    ]
)


@given(st.lists(PIECES, max_size=30).map("".join))
def test_the_harness_reads_any_text_as_we_do(text: str) -> None:
    assert read(harness_utils.read, harness_utils.UnreadableError, text) == read(parse_first_json, NotJSONError, text)


def read(reader: Callable[[str], Any], refusal: type[Exception], text: str) -> tuple[bool, str]:
    """Whether a reader reads a text, and what, types told apart."""
    try:
        return True, repr(reader(text))
    except refusal:
        return False, ""


def test_the_real_harness_scores_its_outputs_as_we_do(
    folder: Path, parts: Parts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A model that knows the answers and gets every other one wrong, asked by lm-evaluation-harness itself."""
    lm_eval = pytest.importorskip("lm_eval")
    import datasets
    from lm_eval.api.model import LM
    from lm_eval.tasks import TaskManager

    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    monkeypatch.chdir(tmp_path)  # its files are found from anywhere
    asked = {prompts.render_prompt(e.text): (n, e) for n, e in enumerate(parts["test"])}

    def answered(prompt: str) -> str:
        number, example = asked[prompt]
        return prompts.render_answer(example.answer if number % 2 else {**example.answer, "more": 1})

    class Knowing(LM):  # type: ignore[misc]
        def generate_until(self, requests: Any, disable_tqdm: bool = False) -> list[str]:
            return [answered(request.args[0]) for request in requests]

        def loglikelihood(self, requests: Any, disable_tqdm: bool = False) -> Any: ...

        def loglikelihood_rolling(self, requests: Any, disable_tqdm: bool = False) -> Any: ...

    found = lm_eval.simple_evaluate(
        model=Knowing(),
        tasks=["edgejson_standard"],
        task_manager=TaskManager(include_path=str(folder / "lm_eval")),
        bootstrap_iters=0,
    )
    answers = [Prediction(e.id, answered(prompt), 0, 0, "eos", 0.0) for prompt, (_, e) in asked.items()]
    ours = score(parts["test"], answers, load_schemas())
    theirs = found["results"]["edgejson_standard"]
    assert theirs["json_exact,none"] == 0.5
    assert theirs["json_exact,none"] == sum(one.json_exact for one in ours) / len(ours)
    assert theirs["field_f1,none"] == pytest.approx(sum(one.field_f1 for one in ours) / len(ours))


# -- mistakes, and the command line


def test_the_cap_is_enough_for_every_answer(parts: Parts) -> None:
    longest = max(len(json.dumps(e.answer, ensure_ascii=False)) for e in parts["test"])
    assert longest / 1.5 <= harness.cap(parts["test"]) <= longest / 1.5 + 64


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda parts: {**parts, "more": []}, "split 'more' holds no example"),
        (lambda parts: {**parts, "a b": parts["test"]}, "split 'a b': expected letters"),
        (lambda parts: {**parts, "more": parts["test"]}, "occurs twice"),
        (lambda parts: {"test": [replace(parts["test"][0], answer=None)]}, "holds no answer"),
        (
            lambda parts: {"test": [replace(parts["test"][0], schema_id="ratin")]},
            "no schema 'ratin'; did you mean rating",
        ),
    ],
)
def test_what_cannot_be_released_is_named(
    parts: Parts, tmp_path: Path, change: Callable[[Parts], Parts], told: str
) -> None:
    with pytest.raises(PaperlibError, match=told):
        write_release(tmp_path / "out", change(parts), load_schemas(), ABOUT)
    assert not (tmp_path / "out").exists()


def test_no_file_is_overwritten(parts: Parts, tmp_path: Path) -> None:
    (tmp_path / "kept.txt").write_text("mine")
    with pytest.raises(PaperlibError, match="is not an empty folder"):
        write_release(tmp_path, parts, load_schemas(), ABOUT)


def test_an_address_and_a_date_must_be_such() -> None:
    assert load_about().url is None
    for wrong in ({"url": "example.org"}, {"date": "31 December"}):
        with pytest.raises(PaperlibError):
            load_about(**wrong)


def test_the_command_makes_a_release(parts: Parts, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for split in ("train", "unseen-schema", "test"):
        save_examples(tmp_path / "data" / f"{split}.jsonl", parts[split])
    assert cli.main(["release", str(tmp_path / "data"), "--out", str(tmp_path / "out")]) == 0
    told = capsys.readouterr().out
    assert "train 60, test 30, unseen-schema 10" in told
    assert "give --url and --date" in told
    assert load_examples(tmp_path / "out" / "test.jsonl") == parts["test"]
    assert cli.main(["release", str(tmp_path / "data"), "--out", str(tmp_path / "out")]) == 2
    assert "is not an empty folder" in capsys.readouterr().err


def test_a_folder_without_examples_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["release", str(tmp_path), "--out", str(tmp_path / "out")]) == 2
    assert "holds no *.jsonl file, expected one a split" in capsys.readouterr().err
