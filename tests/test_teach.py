"""Rewriting and creating against a scripted server: what enters the dataset, what is refused, what a restart asks."""

import argparse
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from scripted import Script, Scripted, Step, chat, told

from paperlib import cli
from paperlib.core.errors import DataError, PaperlibError
from paperlib.data.examples import Example, Span, load_examples, save_examples
from paperlib.data.schemas import Schema, Schemas, load_schemas, tier_of
from paperlib.teacher import client as clients
from paperlib.teacher import command, instructions
from paperlib.teacher.client import Client
from paperlib.teacher.generation import Check, Files, Report, Teacher, by_schema, teach
from paperlib.teacher.request_cache import Journal
from paperlib.teacher.tasks import Job, Plan, creations, rewrites

BODY = {"type": "object", "properties": {"name": {"type": "string"}, "age": {"type": "integer"}}, "required": ["name"]}
SCHEMAS = Schemas({"person": Schema("person", "Person", tier_of(BODY), BODY)})
SPANS = (Span("/name", 6, 8, "copy"),)
SOURCES = [
    Example(f"e{i}", "person", "simple", "train", "label_value", f"Name: N{i}", {"name": f"N{i}"}, SPANS)
    for i in range(6)
]
FOLLOWS = by_schema(SCHEMAS)
REWRITE, CREATE = Plan("rewrite", "chat", "m"), Plan("create", "email", "m")
KEY = "sk-test-0123456789"


@pytest.fixture(autouse=True)
def direct(monkeypatch: pytest.MonkeyPatch) -> None:
    """No proxy stands between a test and its server, and no key is set."""
    monkeypatch.setenv("NO_PROXY", "*")
    for name in clients.KEYS:
        monkeypatch.delenv(name, raising=False)


def echo(_: int, body: dict[str, Any]) -> Step:
    """A rewriting that differs from question to question."""
    text = body["messages"][0]["content"].split("Text:\n")[1].split("\n")[0]
    return told(f"Hi! {text}, so says {body['seed']}")


def run(
    script: Script | list[Step], folder: Path, jobs: list[Job], check: Check = FOLLOWS, **more: Any
) -> tuple[Report, Scripted]:
    with Scripted(script) as server, Journal(Files(folder).journal) as journal:
        client = Client(server.url, sleep=lambda _: None)
        report = teach(jobs, Teacher(client, journal, **more), check, Files(folder))
    return report, server


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


# The tasks


def test_a_rewriting_has_the_same_answer_and_a_text_of_its_own(tmp_path: Path) -> None:
    report, server = run(echo, tmp_path, rewrites(REWRITE, SOURCES, SCHEMAS))
    made = load_examples(Files(tmp_path).examples)
    assert (report.accepted, report.refused, report.replies, report.completion_tokens) == (6, 0, 6, 30)
    assert [(e.answer, e.schema_id, e.tier, e.split) for e in made] == [
        (e.answer, e.schema_id, e.tier, e.split) for e in SOURCES
    ]
    assert all(e.text.startswith(f"Hi! {s.text}, so") for e, s in zip(made, SOURCES, strict=True))
    assert {(e.surface, e.spans) for e in made} == {("chat", ())}
    prompt = server.asked[0]["messages"][0]["content"]
    assert instructions.SURFACES["chat"] in prompt
    assert json.dumps(BODY) in prompt


def test_a_creation_is_a_record_with_its_text(tmp_path: Path) -> None:
    replies = [told(f"{name} writes", record={"name": name}) for name in ("Ada", "Bo")]
    run(replies, tmp_path, creations(CREATE, SCHEMAS, 2), workers=1)
    first, second = load_examples(Files(tmp_path).examples)
    assert (first.text, first.answer, first.tier, first.split) == ("Ada writes", {"name": "Ada"}, "simple", "train")
    assert second.answer == {"name": "Bo"}


def test_schemas_and_examples_take_turns_and_every_id_is_unique() -> None:
    two = Schemas({**SCHEMAS, "pet": replace(SCHEMAS["person"], id="pet")})
    jobs = [*creations(CREATE, two, 5), *rewrites(REWRITE, SOURCES[:2], two, 5)]
    assert [job.schema.id for job in jobs[:5]] == ["person", "pet", "person", "pet", "person"]
    assert [job.source.id for job in jobs[5:] if job.source] == ["e0", "e1", "e0", "e1", "e0"]
    assert len({job.id for job in jobs}) == len({job.request(k).hash for job in jobs for k in (0, 1)}) / 2 == 10


def test_ids_and_questions_are_the_same_every_time_and_differ_between_models_and_seeds() -> None:
    plans = [REWRITE, replace(REWRITE, model="n"), replace(REWRITE, seed=1), replace(REWRITE, surface="note")]
    first, again = ([job.id for plan in plans for job in rewrites(plan, SOURCES, SCHEMAS)] for _ in range(2))
    assert first == again
    assert len(set(first)) == 4 * len(SOURCES)
    job, same = rewrites(REWRITE, SOURCES, SCHEMAS)[0], rewrites(REWRITE, SOURCES, SCHEMAS, 12)[0]
    assert job.request(1) == same.request(1)


def test_an_example_without_answer_or_of_an_unknown_schema_is_named() -> None:
    with pytest.raises(DataError, match="example 'e0' has no answer"):
        rewrites(REWRITE, [replace(SOURCES[0], answer=None)], SCHEMAS)
    with pytest.raises(PaperlibError, match="no schema 'persons'; did you mean person"):
        rewrites(REWRITE, [replace(SOURCES[0], schema_id="persons")], SCHEMAS)


def test_every_prompt_can_be_made_and_holds_the_braces_it_asks_for() -> None:
    for schema in load_schemas().values():
        for surface in instructions.SURFACES:
            made = instructions.create(schema.body, surface, 10**30)
            assert made.endswith('{"record": the record, "text": "your text"}')
            assert instructions.rewrite("{text} {}", {"a": "{b}"}, schema.body, surface).count("{text} {}") == 1
            assert "x-names" not in made


def test_keywords_of_other_programs_are_left_out_but_no_property() -> None:
    schema = {"$schema": "s", "x-names": [1], "properties": {"x-ray": {"x-names": [2], "anyOf": [{"x-a": 1}]}}}
    assert instructions.without_notes(schema) == {"properties": {"x-ray": {"anyOf": [{}]}}}


# Replies that hold no example


@pytest.mark.parametrize(
    ("bad", "kind"),
    [
        (chat('{"text": "Hi, N', finish="length"), "truncated"),
        (chat("Sure! Here it is."), "not JSON"),
        (chat('["Hi"]'), "no object"),
        (chat('{"email": "Hi"}'), "no text"),
        (chat('{"text": " "}'), "no text"),
        ((200, {}, "<html>busy</html>"), "no chat completion"),
    ],
)
def test_an_unusable_reply_is_kept_counted_and_asked_again_with_another_seed(
    bad: Step, kind: str, tmp_path: Path
) -> None:
    report, server = run([bad, bad, told("Hi, N0 here")], tmp_path, rewrites(REWRITE, SOURCES[:1], SCHEMAS))
    assert (report.accepted, report.replies, report.unusable) == (1, 3, {kind: 2})
    assert len({body["seed"] for body in server.asked}) == 3
    kept = rows(Files(tmp_path).journal)
    raw = bad[2] if kind == "no chat completion" else json.loads(bad[2])["choices"][0]["message"]["content"]
    assert [row["reply"] for row in kept] == [raw, raw, '{"text": "Hi, N0 here"}']


def test_after_so_many_tries_a_job_is_refused_with_its_last_reply(tmp_path: Path) -> None:
    def script(_: int, body: dict[str, Any]) -> Step:
        return chat("No.") if "N1" in body["messages"][0]["content"] else told("Hi")

    report, server = run(script, tmp_path, rewrites(REWRITE, SOURCES[:2], SCHEMAS), again=3)
    assert (report.accepted, report.refused, len(server.asked)) == (1, 1, 5)
    (row,) = rows(Files(tmp_path).refused)
    assert (row["schema_id"], row["faults"], row["reply"]) == ("person", ["not JSON"], "No.")


def test_prose_and_thoughts_around_the_answer_do_no_harm(tmp_path: Path) -> None:
    reply = chat('<think>{"text": "draft"}</think>Here you are:\n```json\n{"text": "Hi"}\n```')
    run([reply], tmp_path, rewrites(REWRITE, SOURCES[:1], SCHEMAS))
    assert load_examples(Files(tmp_path).examples)[0].text == "Hi"


# What is accepted


def test_by_default_an_answer_follows_its_schema(tmp_path: Path) -> None:
    replies = [told("one", record={"age": "x"}), told("two", record={"name": "Bo"}), told("three", record=[1])]
    report, _ = run(replies, tmp_path, creations(CREATE, SCHEMAS, 3), workers=1, again=0)
    assert (report.accepted, report.refused, report.unusable) == (1, 2, {"no record": 1})
    first, second = rows(Files(tmp_path).refused)
    assert first["faults"] == ['/age: "x" is not of type "integer"', 'the root: "name" is a required property']
    assert json.loads(first["reply"])["text"] == "one"
    assert second["faults"] == ["no record"]


def test_the_validator_handed_in_decides(tmp_path: Path) -> None:
    report, server = run(
        echo, tmp_path, rewrites(REWRITE, SOURCES, SCHEMAS), lambda e: ["too old"] if "N3" in e.text else []
    )
    assert (report.accepted, report.refused, len(server.asked)) == (5, 1, 6)
    (row,) = rows(Files(tmp_path).refused)
    assert row["faults"] == ["too old"]
    assert row["id"].startswith("e3-chat-0000-")
    assert row["request"] in {kept["request"] for kept in rows(Files(tmp_path).journal)}


def test_a_text_that_is_the_old_one_or_another_one_is_refused(tmp_path: Path) -> None:
    replies = [told(" Name: N0\n"), told("Hi"), told("Hi"), told("Ho")]
    report, _ = run(replies, tmp_path, rewrites(REWRITE, SOURCES[:4], SCHEMAS), workers=1)
    assert report.accepted == 2
    old, twice = rows(Files(tmp_path).refused)
    assert old["faults"] == ["the text is the one to be rewritten"]
    assert twice["faults"] == [f"the text is that of {load_examples(Files(tmp_path).examples)[0].id}"]


def test_where_nothing_is_accepted_the_commonest_fault_is_told(tmp_path: Path) -> None:
    with pytest.raises(PaperlibError, match=r"none of 6 examples was accepted, mostly for: no text; see .*refused"):
        run([chat("{}")], tmp_path, rewrites(REWRITE, SOURCES, SCHEMAS))
    assert len(rows(Files(tmp_path).refused)) == 6


def test_nothing_to_ask_for_is_told(tmp_path: Path) -> None:
    with pytest.raises(PaperlibError, match="nothing to ask for"):
        run([], tmp_path, [])


# Many at a time


def test_as_many_questions_are_open_as_there_are_workers(tmp_path: Path) -> None:
    together, most, now, lock = threading.Barrier(3), [0], [0], threading.Lock()

    def script(number: int, body: dict[str, Any]) -> Step:
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        together.wait(20)  # nobody is answered before three are there
        with lock:
            now[0] -= 1
        return echo(number, body)

    report, _ = run(script, tmp_path, rewrites(REWRITE, SOURCES, SCHEMAS), workers=3)
    assert (report.accepted, most[0]) == (6, 3)


def test_a_final_refusal_stops_all_workers_and_keeps_what_is_there(tmp_path: Path) -> None:
    def script(number: int, body: dict[str, Any]) -> Step:
        return echo(number, body) if number < 2 else (401, {}, "no credit")

    with Scripted(script) as server, Journal(Files(tmp_path).journal) as journal:
        teacher = Teacher(Client(server.url, sleep=lambda _: None), journal, workers=1)
        with pytest.raises(PaperlibError, match=r"status 401 \(no credit\)"):
            teach(rewrites(REWRITE, SOURCES, SCHEMAS), teacher, FOLLOWS, Files(tmp_path))
    assert len(server.asked) == 3
    assert len(rows(Files(tmp_path).journal)) == 2
    assert not Files(tmp_path).examples.exists()


# The command, killed and started again


def options(url: str, folder: Path, *more: str) -> list[str]:
    return ["teach", "--url", url, "--model", "m", "--task", "rewrite", "--surface", "chat",
            "--data", str(folder / "data.jsonl"), "--schemas", str(folder / "schemas"), *more]  # fmt: skip


@pytest.fixture
def data(tmp_path: Path) -> Path:
    save_examples(tmp_path / "data.jsonl", SOURCES)
    (tmp_path / "schemas").mkdir()
    (tmp_path / "schemas" / "person.json").write_text(json.dumps(BODY))
    return tmp_path


CHILD = """
import argparse, sys
from paperlib.teacher import command
parser = argparse.ArgumentParser()
command.add_to(parser.add_subparsers())
arguments = parser.parse_args()
arguments.do(arguments)
"""


def test_after_a_kill_nothing_answered_is_asked_again(data: Path) -> None:
    answered, reached = 4, threading.Event()
    server = Scripted([])

    def script(number: int, body: dict[str, Any]) -> Step:
        if number == answered:  # with one worker, four replies are on the disk now
            reached.set()
            server.release.wait(30)
        return echo(number, body)

    server.script = script
    with server:
        argv = options(server.url, data, "--out", str(data / "killed"), "--workers", "1")
        environment = {**os.environ, "NO_PROXY": "*", "PAPERLIB_TEACHER_KEY": KEY}
        child = subprocess.Popen([sys.executable, "-c", CHILD, *argv], env=environment)
        assert reached.wait(60)
        child.send_signal(signal.SIGKILL)
        assert child.wait() == -signal.SIGKILL
        server.release.set()
        journal = data / "killed" / "journal.jsonl"
        assert len(rows(journal)) == answered
        with journal.open("a", encoding="utf-8") as handle:
            handle.write('{"request": "torn in the mid')
        assert cli.main(argv) == 0
        seeds = [body["seed"] for body in server.asked]
        assert len(seeds) == len(SOURCES) + 1  # only the question that was open when the kill came is asked twice
        assert len(set(seeds)) == len(SOURCES)
        assert cli.main(argv) == 0
        assert cli.main(options(server.url, data, "--out", str(data / "whole"))) == 0
        assert len(server.asked) == 2 * len(SOURCES) + 1
    for name in ("examples.jsonl", "refused.jsonl", "report.json"):
        assert (data / "killed" / name).read_bytes() == (data / "whole" / name).read_bytes()
    assert server.keys[0] == f"Bearer {KEY}"
    assert [path.name for path in data.rglob("*") if path.is_file() and KEY in path.read_text(encoding="utf-8")] == []


def test_the_key_reaches_no_file_and_no_line(
    data: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    replies = [told(f"you sent {KEY}"), chat(f"{KEY} {KEY}"), (200, {}, KEY), (401, {}, f"{KEY} is wrong")]
    with Scripted(replies) as server:
        assert cli.main(options(server.url, data, "--out", str(data / "out"), "--workers", "1")) == 2
    said = capfd.readouterr()
    assert said.err == f"paperlib: {server.url}/chat/completions: status 401 ([key] is wrong)\n"
    assert KEY not in said.out + said.err
    written = [path for path in data.rglob("*") if path.is_file()]
    assert len(rows(data / "out" / "journal.jsonl")) == 3
    assert [path for path in written if KEY in path.read_text(encoding="utf-8")] == []


def test_the_command_tells_what_came_of_it(
    data: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cli, "_judge", None)
    with Scripted([chat("No."), *[told(f"Hi {i}") for i in range(9)]]) as server:
        more = ("--out", str(data / "out"), "--workers", "1", "--n", "7", "--per-minute", "100000")
        assert cli.main(options(server.url, data, *more)) == 0
    assert capsys.readouterr().out.endswith(
        "7 of 7 accepted, 0 refused; 8 replies (unusable: 1 not JSON), 40 tokens written; 8 asked for now\n"
    )
    report = json.loads((data / "out" / "report.json").read_text())
    assert (report["model"], report["task"], report["prompt_hash"]) == ("m", "rewrite", instructions.HASHES["rewrite"])


def test_the_command_takes_a_validator(data: Path) -> None:
    parser = argparse.ArgumentParser()
    command.add_to(parser.add_subparsers(), lambda schemas: lambda e: [] if "N2" in e.text and schemas else ["other"])
    with Scripted(echo) as server:
        arguments = parser.parse_args(options(server.url, data, "--out", str(data / "out")))
        arguments.do(arguments)
    assert [e.answer for e in load_examples(data / "out" / "examples.jsonl")] == [{"name": "N2"}]


def test_the_command_invents_records_too(data: Path) -> None:
    with Scripted([told("My name is Ada.", record={"name": "Ada"})]) as server:
        words = ["--url", server.url, "--model", "m", "--task", "create", "--schemas", str(data / "schemas")]
        assert cli.main(["teach", *words, "--out", str(data / "out"), "--json-mode"]) == 0
    assert load_examples(data / "out" / "examples.jsonl")[0].answer == {"name": "Ada"}
    assert server.asked[0]["response_format"] == {"type": "json_object"}


def test_what_its_text_does_not_tell_does_not_enter(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Scripted([told("My name is Bob.", record={"name": "Ada"})]) as server:
        words = ["--url", server.url, "--model", "m", "--task", "create", "--schemas", str(data / "schemas")]
        assert cli.main(["teach", *words, "--out", str(data / "out")]) == 2
    assert "grounding: /name: nothing in the text reads as its value" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["--task", "rewrite"], "--task rewrite needs --data"),
        (["--task", "create", "--data", "x.jsonl"], "--data is for --task rewrite"),
        (["--task", "create", "--url", "localhost"], "'localhost' is no server's url"),
        (["--task", "rewrite", "--data", "nowhere.jsonl"], "nowhere.jsonl: no such file"),
    ],
)
def test_a_mistake_is_one_line(words: list[str], line: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    common = ["teach", "--url", "http://localhost:1/v1", "--model", "m", "--out", str(tmp_path / "out")]
    assert cli.main([*common, *words]) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"paperlib: {line}")
    assert said.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_a_schema_that_no_check_can_walk_is_refused_before_anything_is_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mine = tmp_path / "schemas" / "mine.json"
    mine.parent.mkdir()
    mine.write_text(json.dumps({"type": "object", "properties": {"a": {"type": "string", "not": {"enum": ["x"]}}}}))
    words = ["--url", "http://localhost:1/v1", "--model", "m", "--task", "create", "--schemas", str(mine.parent)]
    assert cli.main(["teach", *words, "--out", str(tmp_path / "out")]) == 2
    assert "schema 'mine' at /properties/a: keyword 'not' is not supported" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("words", [["--n", "0"], ["--per-minute", "-1"], ["--timeout", "nan"], ["--again", "-1"]])
def test_a_limit_out_of_range_is_refused(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main(["teach", "--url", "u", "--model", "m", "--task", "create", "--out", "o", *words])
    assert "expected a" in capsys.readouterr().err


def test_stopping_halts_the_workers_that_wait(tmp_path: Path) -> None:
    """Ctrl-C while one worker waits for a busy server: it does not sit its wait out."""
    jobs = rewrites(REWRITE, SOURCES[:2], SCHEMAS)
    with Scripted([(429, {"Retry-After": "5"}, "busy")]) as server, Journal(Files(tmp_path).journal) as journal:
        teacher = Teacher(Client(server.url), journal, workers=2)
        stop = _interrupting(teacher, server)
        with pytest.raises(KeyboardInterrupt):
            stop(lambda: teacher.outcomes(jobs))
    assert len(server.asked) <= 2


def _interrupting(teacher: Teacher, server: Scripted) -> Callable[[Callable[[], object]], None]:
    """Runs an act and interrupts this thread once the server has been asked."""

    def run(act: Callable[[], object]) -> None:
        def interrupt() -> None:
            while not server.asked:
                threading.Event().wait(0.01)
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

        before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a process of parallel tests ignores it
        threading.Thread(target=interrupt, daemon=True).start()
        try:
            act()
        finally:
            signal.signal(signal.SIGINT, before)

    return run
