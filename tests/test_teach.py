"""Rewriting and creating against a scripted server: what enters the dataset, what is refused, what a restart asks."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import anyio
import pytest
from conftest import rows_of
from scripted import Script, ScriptedServer, Step, answer, completion

from paperlib import cli
from paperlib.core.errors import DataError, PaperlibError
from paperlib.core.files import digest
from paperlib.data.examples import Example, Span, load_examples, save_examples
from paperlib.data.schemas import Schema, Schemas, load_schemas, tier_of
from paperlib.teacher import instructions
from paperlib.teacher.client import connect
from paperlib.teacher.generation import Validator, teach
from paperlib.teacher.request_cache import open_cache
from paperlib.teacher.tasks import Job, Plan, creation_jobs, rewriting_jobs

BODY = {"type": "object", "properties": {"name": {"type": "string"}, "age": {"type": "integer"}}, "required": ["name"]}
SCHEMAS = Schemas({"person": Schema("person", "Person", tier_of(BODY), BODY)})
SPANS = (Span("/name", 6, 8, "copy"),)
SOURCES = [
    Example(f"e{i}", "person", "simple", "train", "label_value", f"Name: N{i}", {"name": f"N{i}"}, SPANS)
    for i in range(6)
]
REWRITE, CREATE = Plan("rewrite", "chat", "m"), Plan("create", "email", "m")
KEY = "sk-test-0123456789"


def echo(_: int, body: dict[str, Any]) -> Step:
    """A rewriting that differs from request to request."""
    text = body["messages"][0]["content"].split("Text:\n")[1].split("\n")[0]
    return answer(f"Hi! {text}, so says {body['seed']}")


def run(
    script: Script | list[Step], folder: Path, jobs: list[Job], validator: Validator = lambda _: [], **more: Any
) -> tuple[dict[str, Any], ScriptedServer]:
    """The report of a run, and the server that answered."""
    with ScriptedServer(script) as server, open_cache(folder / "request_cache.jsonl") as cache:
        report = teach(jobs, connect(server.url), cache, validator, **more)
    return report, server


# The tasks


def test_a_rewriting_has_the_same_answer_and_a_text_of_its_own(tmp_path: Path) -> None:
    report, server = run(echo, tmp_path, rewriting_jobs(REWRITE, SOURCES, SCHEMAS))
    made = load_examples(tmp_path / "examples.jsonl")
    assert [report[name] for name in ("accepted", "rejected", "replies", "completion_tokens")] == [6, 0, 6, 30]
    assert [(e.answer, e.schema_id, e.tier, e.split) for e in made] == [
        (e.answer, e.schema_id, e.tier, e.split) for e in SOURCES
    ]
    assert all(e.text.startswith(f"Hi! {s.text}, so") for e, s in zip(made, SOURCES, strict=True))
    assert {(e.surface, e.spans) for e in made} == {("chat", ())}
    prompt = server.bodies[0]["messages"][0]["content"]
    assert instructions.SURFACES["chat"] in prompt
    assert json.dumps(BODY) in prompt


def test_a_creation_is_a_record_with_its_text(tmp_path: Path) -> None:
    replies = [answer(f"{name} writes", record={"name": name}) for name in ("Ada", "Bo")]
    run(replies, tmp_path, creation_jobs(CREATE, SCHEMAS, 2), concurrency=1)
    first, second = load_examples(tmp_path / "examples.jsonl")
    assert (first.text, first.answer, first.tier, first.split) == ("Ada writes", {"name": "Ada"}, "simple", "train")
    assert second.answer == {"name": "Bo"}


def test_schemas_and_examples_take_turns_and_every_id_is_unique() -> None:
    two = Schemas({**SCHEMAS, "pet": replace(SCHEMAS["person"], id="pet")})
    jobs = [*creation_jobs(CREATE, two, 5), *rewriting_jobs(REWRITE, SOURCES[:2], two, 5)]
    assert [job.schema.id for job in jobs[:5]] == ["person", "pet", "person", "pet", "person"]
    assert [job.source.id for job in jobs[5:] if job.source] == ["e0", "e1", "e0", "e1", "e0"]
    assert len({job.id for job in jobs}) == len({digest(job.request(k)) for job in jobs for k in (0, 1)}) / 2 == 10


def test_ids_and_requests_are_the_same_every_time_and_differ_between_models_and_seeds() -> None:
    plans = [REWRITE, replace(REWRITE, model="n"), replace(REWRITE, seed=1), replace(REWRITE, surface="note")]
    first, again = ([job.id for plan in plans for job in rewriting_jobs(plan, SOURCES, SCHEMAS)] for _ in range(2))
    assert first == again
    assert len(set(first)) == 4 * len(SOURCES)
    job, same = rewriting_jobs(REWRITE, SOURCES, SCHEMAS)[0], rewriting_jobs(REWRITE, SOURCES, SCHEMAS, 12)[0]
    assert job.request(1) == same.request(1)


def test_an_example_without_answer_or_of_an_unknown_schema_is_named() -> None:
    with pytest.raises(DataError, match="example 'e0' has no answer"):
        rewriting_jobs(REWRITE, [replace(SOURCES[0], answer=None)], SCHEMAS)
    with pytest.raises(PaperlibError, match="no schema 'persons'; did you mean person"):
        rewriting_jobs(REWRITE, [replace(SOURCES[0], schema_id="persons")], SCHEMAS)


def test_every_prompt_can_be_made_and_holds_the_braces_it_asks_for() -> None:
    for schema in load_schemas().values():
        for surface in instructions.SURFACES:
            created = instructions.fill_in("create", schema.body, surface, scene="a {} garage")
            assert created.endswith('{"record": the record, "text": "your text"}')
            rewritten = instructions.fill_in("rewrite", schema.body, surface, text="{text} {}", record='{"a": "{b}"}')
            assert rewritten.count("{text} {}") == 1
            assert "x-names" not in created + rewritten


# Replies that hold no example


@pytest.mark.parametrize(
    ("bad", "kind"),
    [
        (completion('{"text": "Hi, N', finish_reason="length"), "truncated"),
        (completion("Sure! Here it is."), "not JSON"),
        (completion('["Hi"]'), "no object"),
        (completion('{"email": "Hi"}'), "no text"),
        (completion('{"text": " "}'), "no text"),
        ((200, {}, "<html>busy</html>"), "no chat completion"),
    ],
)
def test_an_unusable_reply_is_kept_counted_and_retried_with_another_seed(bad: Step, kind: str, tmp_path: Path) -> None:
    report, server = run([bad, bad, answer("Hi, N0 here")], tmp_path, rewriting_jobs(REWRITE, SOURCES[:1], SCHEMAS))
    assert (report["accepted"], report["replies"], report["unusable"]) == (1, 3, {kind: 2})
    assert len({body["seed"] for body in server.bodies}) == 3
    kept = rows_of(tmp_path / "request_cache.jsonl")
    raw = bad[2] if kind == "no chat completion" else json.loads(bad[2])["choices"][0]["message"]["content"]
    assert [row["text"] for row in kept] == [raw, raw, '{"text": "Hi, N0 here"}']


def test_after_so_many_attempts_a_job_is_rejected_with_its_last_reply(tmp_path: Path) -> None:
    def script(_: int, body: dict[str, Any]) -> Step:
        return completion("No.") if "N1" in body["messages"][0]["content"] else answer("Hi")

    report, server = run(script, tmp_path, rewriting_jobs(REWRITE, SOURCES[:2], SCHEMAS), attempts=4)
    assert (report["accepted"], report["rejected"], len(server.bodies)) == (1, 1, 5)
    (row,) = rows_of(tmp_path / "rejected.jsonl")
    assert (row["schema_id"], row["errors"], row["reply"]) == ("person", ["not JSON"], "No.")


def test_prose_and_reasoning_around_the_answer_do_no_harm(tmp_path: Path) -> None:
    reply = completion('<think>{"text": "draft"}</think>Here you are:\n```json\n{"text": "Hi"}\n```')
    run([reply], tmp_path, rewriting_jobs(REWRITE, SOURCES[:1], SCHEMAS))
    assert load_examples(tmp_path / "examples.jsonl")[0].text == "Hi"


# What is accepted


def test_the_validator_handed_in_decides(tmp_path: Path) -> None:
    report, server = run(
        echo, tmp_path, rewriting_jobs(REWRITE, SOURCES, SCHEMAS), lambda e: ["too old"] if "N3" in e.text else []
    )
    assert (report["accepted"], report["rejected"], len(server.bodies)) == (5, 1, 6)
    (row,) = rows_of(tmp_path / "rejected.jsonl")
    assert row["errors"] == ["too old"]
    assert row["id"].startswith("e3-chat-0000-")
    assert row["request"] in {digest(kept["request"]) for kept in rows_of(tmp_path / "request_cache.jsonl")}


def test_a_text_that_is_the_old_one_or_another_one_is_rejected(tmp_path: Path) -> None:
    replies = [answer(" Name: N0\n"), answer("Hi"), answer("Hi"), answer("Ho")]
    report, _ = run(replies, tmp_path, rewriting_jobs(REWRITE, SOURCES[:4], SCHEMAS), concurrency=1)
    assert report["accepted"] == 2
    old, twice = rows_of(tmp_path / "rejected.jsonl")
    assert old["errors"] == ["the text is the one to be rewritten"]
    assert twice["errors"] == [f"the text is that of {load_examples(tmp_path / 'examples.jsonl')[0].id}"]


def test_where_nothing_is_accepted_the_commonest_error_is_named(tmp_path: Path) -> None:
    with pytest.raises(PaperlibError, match=r"none of 6 .*no text.*rejected\.jsonl"):
        run([completion("{}")], tmp_path, rewriting_jobs(REWRITE, SOURCES, SCHEMAS))
    assert len(rows_of(tmp_path / "rejected.jsonl")) == 6


def test_nothing_to_ask_for_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(PaperlibError, match="nothing to ask for"):
        run([], tmp_path, [])


# Many at a time


def test_as_many_requests_are_open_as_allowed(tmp_path: Path) -> None:
    together, most, now, lock = threading.Barrier(3), [0], [0], threading.Lock()

    def script(number: int, body: dict[str, Any]) -> Step:
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        together.wait(20)  # nobody is answered before three are there
        with lock:
            now[0] -= 1
        return echo(number, body)

    report, _ = run(script, tmp_path, rewriting_jobs(REWRITE, SOURCES, SCHEMAS), concurrency=3)
    assert (report["accepted"], most[0]) == (6, 3)


def test_a_final_refusal_stops_all_workers_and_keeps_what_is_there(tmp_path: Path) -> None:
    def script(number: int, body: dict[str, Any]) -> Step:
        return echo(number, body) if number < 2 else (401, {}, "no credit")

    with ScriptedServer(script) as server, open_cache(tmp_path / "request_cache.jsonl") as cache:
        jobs = rewriting_jobs(REWRITE, SOURCES, SCHEMAS)
        with pytest.raises(PaperlibError, match=r"status 401 \(no credit\)"):
            teach(jobs, connect(server.url), cache, lambda _: [], concurrency=1)
    assert len(server.bodies) == 3
    assert len(rows_of(tmp_path / "request_cache.jsonl")) == 2
    assert not (tmp_path / "examples.jsonl").exists()


# The command, killed and started again


def rewrite(url: str, folder: Path, *more: str) -> list[str]:
    """Arguments that rewrite the texts of a folder's data."""
    return ["teach", "--base-url", url, "--model", "m", "--task", "rewrite", "--surface", "chat",
            "--data", str(folder / "data.jsonl"), "--schemas", str(folder / "schemas"), *more]  # fmt: skip


def create(url: str, folder: Path, *more: str) -> list[str]:
    """Arguments that create records of a folder's schemas, with their texts, in its subfolder ``out``."""
    return ["teach", "--base-url", url, "--model", "m", "--task", "create",
            "--schemas", str(folder / "schemas"), "--out", str(folder / "out"), *more]  # fmt: skip


@pytest.fixture
def data(tmp_path: Path) -> Path:
    save_examples(tmp_path / "data.jsonl", SOURCES)
    (tmp_path / "schemas").mkdir()
    (tmp_path / "schemas" / "person.json").write_text(json.dumps(BODY))
    return tmp_path


def test_after_a_kill_nothing_answered_is_asked_again(data: Path) -> None:
    answered, reached = 4, threading.Event()
    server = ScriptedServer([])

    def script(number: int, body: dict[str, Any]) -> Step:
        if number == answered:  # as requests are made one at a time, four replies are on the disk now
            reached.set()
            server.release.wait(30)
        return echo(number, body)

    server.script = script
    with server:
        argv = rewrite(server.url, data, "--out", str(data / "killed"), "--concurrency", "1")
        environment = {**os.environ, "PAPERLIB_TEACHER_KEY": KEY}
        child = subprocess.Popen([sys.executable, "-m", "paperlib.cli", *argv], env=environment)
        assert reached.wait(60)
        child.send_signal(signal.SIGKILL)
        assert child.wait() == -signal.SIGKILL
        server.release.set()
        cache = data / "killed" / "request_cache.jsonl"
        assert len(rows_of(cache)) == answered
        with cache.open("a", encoding="utf-8") as handle:
            handle.write('{"request": "torn in the mid')
        assert cli.main(argv) == 0
        seeds = [body["seed"] for body in server.bodies]
        assert len(seeds) == len(SOURCES) + 1  # only the request that was open when the kill came is made twice
        assert len(set(seeds)) == len(SOURCES)
        assert cli.main(argv) == 0
        assert cli.main(rewrite(server.url, data, "--out", str(data / "whole"))) == 0
        assert len(server.bodies) == 2 * len(SOURCES) + 1
    for name in ("examples.jsonl", "rejected.jsonl", "report.json"):
        assert (data / "killed" / name).read_bytes() == (data / "whole" / name).read_bytes()
    assert server.keys[0] == f"Bearer {KEY}"
    assert [path.name for path in data.rglob("*") if path.is_file() and KEY in path.read_text(encoding="utf-8")] == []


def test_the_key_reaches_no_file_and_no_line(
    data: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    replies = [answer(f"you sent {KEY}"), completion(f"{KEY} {KEY}"), (200, {}, KEY), (401, {}, f"{KEY} is wrong")]
    with ScriptedServer(replies) as server:
        assert cli.main(rewrite(server.url, data, "--out", str(data / "out"), "--concurrency", "1")) == 2
    said = capfd.readouterr()
    assert said.err == f"paperlib: {server.url}/chat/completions: status 401 ([key] is wrong)\n"
    assert KEY not in said.out + said.err
    written = [path for path in data.rglob("*") if path.is_file()]
    assert len(rows_of(data / "out" / "request_cache.jsonl")) == 3
    assert [path for path in written if KEY in path.read_text(encoding="utf-8")] == []


def test_the_command_prints_counts_and_writes_a_report(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def script(number: int, body: dict[str, Any]) -> Step:
        return completion("No.") if number == 0 else echo(number, body)

    with ScriptedServer(script) as server:
        more = ("--out", str(data / "out"), "--concurrency", "1", "--n-examples", "7", "--requests-per-minute", "1e6")
        assert cli.main(rewrite(server.url, data, *more)) == 0
        first = capsys.readouterr().out
        assert cli.main(rewrite(server.url, data, *more)) == 0
    for count in ("7 of 7 accepted", "0 rejected", "40 completion tokens", "8 replies", "8 new", "1 not JSON"):
        assert count in first
    assert "0 new" in capsys.readouterr().out
    report = json.loads((data / "out" / "report.json").read_text())
    assert (report["model"], report["task"], report["prompt_hash"]) == ("m", "rewrite", instructions.HASHES["rewrite"])
    assert (report["temperature"], report["accepted"], report["unusable"]) == (0.9, 7, {"not JSON": 1})


def test_the_command_creates_records_too(data: Path) -> None:
    with ScriptedServer([answer("My name is Ada.", record={"name": "Ada"})]) as server:
        assert cli.main(create(server.url, data, "--json-mode", "--temperature", "0", "--top-p", "1")) == 0
    assert load_examples(data / "out" / "examples.jsonl")[0].answer == {"name": "Ada"}
    body = server.bodies[0]
    assert (body["response_format"], body["temperature"], body["top_p"]) == ({"type": "json_object"}, 0, 1)


def test_what_breaks_its_schema_does_not_enter(data: Path) -> None:
    replies = [
        answer("age x", record={"age": "x"}),
        answer("My name is Bo.", record={"name": "Bo"}),
        answer("C", record=[1]),
    ]
    with ScriptedServer(replies) as server:
        arguments = create(server.url, data, "--n-examples", "3", "--concurrency", "1", "--attempts", "1")
        assert cli.main(arguments) == 0
    assert [e.answer for e in load_examples(data / "out" / "examples.jsonl")] == [{"name": "Bo"}]
    first, second = rows_of(data / "out" / "rejected.jsonl")
    assert any("/age" in error for error in first["errors"])
    assert any("name" in error for error in first["errors"])
    assert json.loads(first["reply"])["text"] == "age x"
    assert second["errors"] == ["no record"]


def test_what_cannot_be_checked_does_not_enter(data: Path) -> None:
    replies = [answer("My name is .", record={"name": ""}), answer("My name is Bo.", record={"name": "Bo"})]
    with ScriptedServer(replies) as server:
        assert cli.main(create(server.url, data, "--n-examples", "2", "--concurrency", "1")) == 0
    assert [e.answer for e in load_examples(data / "out" / "examples.jsonl")] == [{"name": "Bo"}]


def test_what_its_text_does_not_state_does_not_enter(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with ScriptedServer([answer("My name is Bob.", record={"name": "Ada"})]) as server:
        assert cli.main(create(server.url, data)) == 2
    assert "grounding: /name" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["--task", "rewrite"], "--task rewrite needs --data"),
        (["--task", "create", "--data", "x.jsonl"], "--data is for --task rewrite"),
        (["--task", "create", "--base-url", "localhost"], "'localhost' is not a base URL"),
        (["--task", "rewrite", "--data", "nowhere.jsonl"], "nowhere.jsonl: no such file"),
    ],
)
def test_a_mistake_is_one_line(words: list[str], line: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    common = ["teach", "--base-url", "http://localhost:1/v1", "--model", "m", "--out", str(tmp_path / "out")]
    assert cli.main([*common, *words]) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"paperlib: {line}")
    assert said.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_a_schema_that_no_check_can_walk_is_refused_before_any_request(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mine = tmp_path / "schemas" / "mine.json"
    mine.parent.mkdir()
    mine.write_text(json.dumps({"type": "object", "properties": {"a": {"type": "string", "not": {"enum": ["x"]}}}}))
    assert cli.main(create("http://localhost:1/v1", tmp_path)) == 2
    assert "schema 'mine' at /properties/a: keyword 'not' is not supported" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "words",
    [
        ["--n-examples", "0"],
        ["--requests-per-minute", "-1"],
        ["--timeout", "nan"],
        ["--attempts", "0"],
        ["--temperature", "nan"],
    ],
)
def test_a_limit_out_of_range_is_refused(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main(["teach", "--base-url", "u", "--model", "m", "--task", "create", "--out", "o", *words])
    assert "expected a" in capsys.readouterr().err


def test_ctrl_c_ends_the_workers_that_wait(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C while a worker waits to retry: the wait is not sat out."""
    jobs = rewriting_jobs(REWRITE, SOURCES[:2], SCHEMAS)
    reached, sleep = threading.Event(), anyio.sleep

    async def wait(_: float) -> None:
        reached.set()
        await sleep(60)

    def interrupt() -> None:
        reached.wait(20)
        time.sleep(1)  # until asyncio waits: of a signal just before, it would hear only afterwards
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

    monkeypatch.setattr(anyio, "sleep", wait)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a process of parallel tests ignores it
    threading.Thread(target=interrupt, daemon=True).start()
    start = time.monotonic()
    try:
        with pytest.raises(KeyboardInterrupt):
            run(lambda *_: (429, {"Retry-After": "5"}, "busy"), tmp_path, jobs, concurrency=1)
    finally:
        signal.signal(signal.SIGINT, before)
    assert reached.is_set()
    assert time.monotonic() - start < 20
    with open_cache(tmp_path / "request_cache.jsonl") as cache:
        assert not cache.replies


def test_without_the_openai_package_the_extra_is_named(
    data: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("openai", "paperlib.teacher.client", "paperlib.teacher.generation"):
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, "openai", None)
    assert cli.main(create("http://localhost:1/v1", data)) == 2
    assert "paperlib[teacher]" in capsys.readouterr().err
