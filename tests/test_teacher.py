"""The teacher's client and journal: what is asked again, what is not, and that nothing answered is asked twice."""

import datetime
import json
import os
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from scripted import Scripted, Step, chat

from paperlib.core.errors import DataError, PaperlibError
from paperlib.teacher import client as clients
from paperlib.teacher.chat import Parameters, Reply, Request, read_reply
from paperlib.teacher.client import ATTEMPTS, Client, key_from_environment
from paperlib.teacher.rate_limiter import Halt, HaltedError, Pace
from paperlib.teacher.request_cache import Journal

KEY = "sk-test-0123456789"
QUESTION = Request("m", "What is 1 + 1?", 7)
ANSWER = Reply('{"text": "zwei – 二"}', "stop", {"completion_tokens": 3}, 0.5, 1)


class Clock:
    """Time that passes only where somebody sleeps."""

    def __init__(self) -> None:
        self.now, self.slept = 100.0, list[float]()
        self._lock = threading.Lock()

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self.slept.append(seconds)
            self.now += seconds


@pytest.fixture(autouse=True)
def direct(monkeypatch: pytest.MonkeyPatch) -> None:
    """No proxy stands between a test and its server, and no key is set."""
    monkeypatch.setenv("NO_PROXY", "*")
    for name in clients.KEYS:
        monkeypatch.delenv(name, raising=False)


def ask(server: Scripted, clock: Clock | None = None, **more: Any) -> Reply:
    clock = clock or Clock()
    pace = Pace(None, clock, clock.sleep)
    return Client(server.url, pace=pace, sleep=clock.sleep, **more).ask(QUESTION.body())


def refused(act: Callable[[], object]) -> str:
    """The one line of a mistake."""
    with pytest.raises(PaperlibError) as error:
        act()
    assert "\n" not in str(error.value)
    assert KEY not in str(error.value)
    return str(error.value)


# The client


def test_a_reply_comes_with_its_finish_usage_and_attempts() -> None:
    with Scripted([chat("zwei")]) as server:
        reply = ask(server)
    assert (reply.text, reply.finish, reply.attempts) == ("zwei", "stop", 1)
    assert reply.usage == {"prompt_tokens": 10, "completion_tokens": 5}
    assert server.asked[0]["messages"] == [{"role": "user", "content": "What is 1 + 1?"}]
    assert server.asked[0]["seed"] == 7


def test_it_goes_to_the_chat_completions_below_the_url() -> None:
    with Scripted(lambda _, body: chat(body["path"])) as server:
        assert ask(server).text == "/v1/chat/completions"


def test_faults_that_pass_are_asked_again_after_longer_and_longer_waits() -> None:
    clock = Clock()
    with Scripted([(500, {}, "x"), (503, {}, "x"), (502, {}, "x"), (429, {}, "x"), chat("zwei")]) as server:
        assert ask(server, clock).attempts == 5
    bounds = [(1, 2), (2, 3), (4, 5), (8, 9)]  # doubling, and up to a second at random
    assert [low <= wait <= high for wait, (low, high) in zip(clock.slept, bounds, strict=True)] == [True] * 4


def test_retry_after_is_honoured_in_seconds_and_as_a_date() -> None:
    date = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=90)
    http_date = date.strftime("%a, %d %b %Y %H:%M:%S GMT")
    clock = Clock()
    limits: list[Step] = [(429, {"Retry-After": "41"}, "slower"), (503, {"Retry-After": http_date}, "later")]
    with Scripted([*limits, chat("zwei")]) as server:
        assert ask(server, clock).text == "zwei"
    assert clock.slept[0] == 41
    assert 60 < clock.slept[1] <= 90


def test_an_unreadable_retry_after_counts_as_none() -> None:
    clock = Clock()
    with Scripted([(429, {"Retry-After": "soon"}, "x"), chat("zwei")]) as server:
        assert ask(server, clock).text == "zwei"
    assert clock.slept[0] <= 2


def test_who_asks_for_an_hour_is_left_for_later() -> None:
    with Scripted([(429, {"Retry-After": "3600"}, "quota used up")]) as server:
        line = refused(lambda: ask(server))
    assert "status 429 (quota used up); it asks to wait 3600 s" in line
    assert len(server.asked) == 1


def test_a_server_that_is_silent_is_asked_again() -> None:
    server = Scripted([])

    def silent_once(number: int, _: dict[str, Any]) -> Step:
        if number == 0:
            server.release.wait(20)
        return chat("zwei")

    server.script = silent_once
    with server:
        assert ask(server, timeout=0.2).attempts == 2


def test_a_connection_that_breaks_off_is_asked_again() -> None:
    with Scripted([(200, {"Content-Length": "9999"}, "half of"), chat("zwei")]) as server:
        assert ask(server).attempts == 2


def test_a_server_that_stays_down_is_given_up_with_its_last_fault() -> None:
    with Scripted([(500, {}, "\n out of memory \nTraceback")]) as server:
        line = refused(lambda: ask(server))
    assert f"{server.url}/chat/completions: status 500 (out of memory), {ATTEMPTS} times" in line
    assert len(server.asked) == ATTEMPTS


@pytest.mark.parametrize("status", [301, 400, 401, 404, 422])
def test_other_refusals_are_final_and_named(status: int) -> None:
    with Scripted([(status, {"Location": "/elsewhere"}, "no such model\nsecond line")]) as server:
        line = refused(lambda: ask(server))
    assert line == f"{server.url}/chat/completions: status {status} (no such model)"
    assert len(server.asked) == 1


def test_a_refused_connection_is_one_line() -> None:
    with socket.socket() as taken:  # bound, not listening
        taken.bind(("127.0.0.1", 0))
        clock = Clock()
        client = Client(f"http://localhost:{taken.getsockname()[1]}", sleep=clock.sleep)
        assert "Connection refused" in refused(lambda: client.ask({}))
    assert len(clock.slept) == ATTEMPTS - 1


def test_an_unknown_host_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: Any, **__: Any) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    line = refused(lambda: Client("http://nowhere.invalid/v1", KEY, sleep=Clock().sleep).ask({}))
    assert line.startswith("http://nowhere.invalid/v1/chat/completions: Name or service not known")


@pytest.mark.parametrize(
    "url",
    ["", "localhost:8000", "ftp://host/v1", "http://", "http://h:99999", "http://[::1", f"http://u:{KEY}@h:99999"],
)
def test_what_is_no_address_is_refused_at_once(url: str) -> None:
    refused(lambda: Client(url))


@pytest.mark.parametrize("url", [f"http://u:{KEY}@host/v1", f"http://host/v1?key={KEY}"])
def test_a_key_in_the_address_is_refused_and_not_quoted(url: str) -> None:
    assert "PAPERLIB_TEACHER_KEY" in refused(lambda: Client(url))


# The key


def test_the_key_is_sent_and_nothing_else_claims_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login somebody password else\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    with Scripted([chat("zwei")]) as server:
        ask(server, key=KEY)
        ask(server)
    assert server.keys == [f"Bearer {KEY}", None]


def test_the_key_is_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    assert key_from_environment() is None
    monkeypatch.setenv("OPENAI_API_KEY", "other-key")
    assert key_from_environment() == "other-key"
    monkeypatch.setenv("PAPERLIB_TEACHER_KEY", f" {KEY}\n")
    assert key_from_environment() == KEY


@pytest.mark.parametrize("value", [f"{KEY}\nX-More: 1", f"Bearer {KEY}", "schlüssel"])
def test_what_no_header_can_hold_is_refused_unquoted(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAPERLIB_TEACHER_KEY", value)
    assert "PAPERLIB_TEACHER_KEY holds no API key" in refused(key_from_environment)


@pytest.mark.parametrize("status", [401, 500])
def test_a_server_that_quotes_the_key_is_not_quoted(status: int) -> None:
    filler = "x" * (clients.SHOWN - 10)  # the key would be cut in two, and its first half shown
    with Scripted([(status, {}, f"{filler} {KEY} is wrong")]) as server:
        assert KEY[:8] not in refused(lambda: ask(server, key=KEY))


def test_a_reply_that_quotes_the_key_is_not_kept_so() -> None:
    with Scripted([chat(f"you sent {KEY}")]) as server:
        assert ask(server, key=KEY).text == "you sent [key]"


# Replies


@pytest.mark.parametrize(
    "body",
    [
        "",
        "<html>proxy</html>",
        "[]",
        "{}",
        '{"choices": []}',
        '{"choices": 3}',
        '{"choices": [[]]}',
        '{"choices": [{"message": {"content": null}}]}',
        '{"choices": [{"message": {"content": "\\ud800"}}]}',
        "[" * 9999,
    ],
)
def test_what_is_no_chat_completion_is_kept_as_it_came(body: str) -> None:
    assert read_reply(body, 0.1, 1) == Reply(body, None, {}, 0.1, 1)


def test_a_server_may_leave_out_usage_and_finish() -> None:
    assert read_reply('{"choices": [{"message": {"content": "a"}}]}', 0.1, 1) == Reply("a", "stop", {}, 0.1, 1)


def test_the_hash_knows_all_that_is_sent() -> None:
    changed = [Request("n", "p", 1), Request("m", "q", 1), Request("m", "p", 2)]
    changed += [Request("m", "p", 1, Parameters(temperature=0)), Request("m", "p", 1, Parameters(json_mode=True))]
    assert len({request.hash for request in [Request("m", "p", 1), *changed]}) == 6
    assert "response_format" not in Request("m", "p", 1).body()


# The pace


@pytest.mark.parametrize("workers", [1, 4])
def test_no_minute_holds_more_starts_than_the_rate(workers: int) -> None:
    clock, starts = Clock(), list[float]()
    pace = Pace(10, clock, clock.sleep)
    threads = [
        threading.Thread(target=lambda: starts.extend([pace.take() for _ in range(32 // workers)]))
        for _ in range(workers)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    starts.sort()
    assert len(starts) == 32
    assert all(later - first >= 60 - 1e-6 for first, later in zip(starts, starts[10:], strict=False))


def test_a_rate_limit_told_to_one_worker_holds_all() -> None:
    clock = Clock()
    pace = Pace(None, clock, clock.sleep)
    with Scripted([(429, {"Retry-After": "30"}, "x")]) as server:
        client = Client(server.url, pace=pace, sleep=Halt.sleep.__get__(_halted()))
        with pytest.raises(HaltedError):
            client.ask({})
    assert pace.take() == 130


def _halted() -> Halt:
    halt = Halt()
    halt.call()
    return halt


# The journal


def entry(path: Path, *requests: Request) -> None:
    with Journal(path) as journal:
        for request in requests or (QUESTION,):
            journal.append(request, ANSWER, "cafe")


def test_a_reply_is_remembered_with_all_that_led_to_it(tmp_path: Path) -> None:
    entry(tmp_path / "j.jsonl")
    row = json.loads((tmp_path / "j.jsonl").read_text(encoding="utf-8"))
    assert row["request"] == QUESTION.hash
    assert row["parameters"] == {"temperature": 0.9, "top_p": 0.95, "max_tokens": 2048, "json_mode": False, "seed": 7}
    assert (row["model"], row["prompt"], row["reply"], row["attempts"]) == ("m", "cafe", ANSWER.text, 1)
    with Journal(tmp_path / "j.jsonl") as journal:
        assert journal.get(QUESTION) == ANSWER
        assert journal.get(Request("m", "What is 1 + 1?", 8)) is None


def test_every_line_is_on_the_disk_before_the_next_question(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes, sync = list[int](), os.fsync

    def told(file: int) -> None:
        sync(file)
        sizes.append(os.fstat(file).st_size)

    monkeypatch.setattr(os, "fsync", told)
    entry(tmp_path / "j.jsonl", QUESTION, Request("m", "p", 1))
    lines = (tmp_path / "j.jsonl").read_bytes().splitlines(keepends=True)
    assert sizes == [len(lines[0]), len(lines[0]) + len(lines[1])]


def test_a_line_torn_anywhere_is_dropped_and_the_rest_kept(tmp_path: Path) -> None:
    path, more = tmp_path / "j.jsonl", Request("m", "p", 1)
    entry(path, QUESTION)
    first = path.stat().st_size
    entry(path, more)
    whole = path.read_bytes()
    for cut in range(first, len(whole)):  # in the middle of a character, too
        path.write_bytes(whole[:cut])
        with Journal(path) as journal:
            assert (journal.get(QUESTION), journal.get(more)) == (ANSWER, None)
            journal.append(more, ANSWER, "cafe")
        assert path.read_bytes() == whole


def test_a_line_that_is_no_entry_is_named(tmp_path: Path) -> None:
    path = tmp_path / "j.jsonl"
    path.write_text('{"request": "ab", "reply": 3}\n')
    with pytest.raises(DataError, match=r"j\.jsonl:1: field 'reply' is 3, expected str"):
        Journal(path)


def test_a_full_disk_leaves_no_half_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, write = tmp_path / "j.jsonl", os.write
    entry(path)
    before = path.read_bytes()

    def full(file: int, data: bytes) -> int:
        if len(data) < 50:
            raise OSError(28, "No space left on device")
        return write(file, data[:-20])

    monkeypatch.setattr(os, "write", full)
    assert "No space left" in refused(lambda: entry(path, Request("m", "p", 1)))
    assert path.read_bytes() == before


def test_two_writers_of_one_journal_are_refused(tmp_path: Path) -> None:
    with Journal(tmp_path / "j.jsonl"):
        assert "another process writes it" in refused(lambda: Journal(tmp_path / "j.jsonl"))
    entry(tmp_path / "j.jsonl")
