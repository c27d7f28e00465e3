"""The teacher's client and request cache: what is retried, what is not, and that no answered request is made twice."""

import asyncio
import datetime
import json
import os
import resource
import socket
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import anyio
import pytest
from scripted import ScriptedServer, Step, completion

from paperlib.core.errors import DataError, PaperlibError
from paperlib.teacher import client as clients
from paperlib.teacher.client import MAX_RETRIES, RateLimiter, Reply, complete, connect, key_from_environment, read_reply
from paperlib.teacher.request_cache import open_cache
from paperlib.teacher.tasks import Plan

KEY = "sk-test-0123456789"
PLAN = Plan("rewrite", "chat", "m")
QUESTION, OTHER = PLAN.request("What is 1 + 1?", 7), PLAN.request("p", 1)
ANSWER = Reply('{"text": "zwei – 二"}', "stop", {"completion_tokens": 3}, 0.5, 1)


@pytest.fixture(autouse=True)
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The waits before retries, in seconds; none of them is sat out."""
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    monkeypatch.setattr(anyio, "sleep", sleep)
    return waits


def ask(url: str, key: str | None = None, **more: Any) -> Reply:
    return asyncio.run(complete(connect(url, key, **more), QUESTION))


def refused(act: Callable[[], object]) -> str:
    """The one line of a mistake."""
    with pytest.raises(PaperlibError) as error:
        act()
    assert "\n" not in str(error.value)
    assert KEY not in str(error.value)
    return str(error.value)


# The client


def test_a_reply_comes_with_finish_reason_usage_and_attempts() -> None:
    with ScriptedServer([completion("zwei")]) as server:
        reply = ask(server.url)
    assert (reply.text, reply.finish_reason, reply.attempts) == ("zwei", "stop", 1)
    assert reply.usage == {"prompt_tokens": 10, "completion_tokens": 5}
    assert server.bodies == [QUESTION]


@pytest.mark.parametrize("slash", ["", "/"])
def test_requests_go_to_the_chat_completions_below_the_base_url(slash: str) -> None:
    with ScriptedServer(lambda _, body: completion(body["path"])) as server:
        assert ask(server.url + slash).text == "/v1/chat/completions"


def test_passing_faults_are_retried_after_longer_and_longer_waits(waits: list[float]) -> None:
    with ScriptedServer([(500, {}, "x"), (503, {}, "x"), (502, {}, "x"), (429, {}, "x"), completion("2")]) as server:
        assert ask(server.url).attempts == 5
    assert len(waits) == 4
    assert all(later > 1.4 * earlier for earlier, later in pairwise(waits))  # doubling, with jitter


def test_retry_after_is_honoured_in_seconds_and_as_a_date(waits: list[float]) -> None:
    date = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=90)
    http_date = date.strftime("%a, %d %b %Y %H:%M:%S GMT")
    limits: list[Step] = [(429, {"Retry-After": "41"}, "slower"), (503, {"Retry-After": http_date}, "later")]
    with ScriptedServer([*limits, completion("zwei")]) as server:
        assert ask(server.url).text == "zwei"
    assert waits[0] == 41
    assert 60 < waits[1] <= 90


def test_an_unreadable_retry_after_counts_as_none(waits: list[float]) -> None:
    with ScriptedServer([(429, {"Retry-After": "soon"}, "x"), completion("zwei")]) as server:
        assert ask(server.url).text == "zwei"
    assert waits[0] <= 2


def test_a_server_that_asks_for_an_hour_is_left_for_later() -> None:
    with ScriptedServer([(429, {"Retry-After": "3600"}, "quota used up")]) as server:
        line = refused(lambda: ask(server.url))
    assert "status 429 (quota used up" in line
    assert "Retry-After: 3600" in line
    assert len(server.bodies) == 1


def test_a_server_that_is_silent_is_asked_again() -> None:
    server = ScriptedServer([])

    def silent_once(number: int, _: dict[str, Any]) -> Step:
        if number == 0:
            server.release.wait(20)
        return completion("zwei")

    server.script = silent_once
    with server:
        assert ask(server.url, timeout=0.2).attempts == 2


def test_a_server_that_stays_silent_is_one_line() -> None:
    server = ScriptedServer([])

    def silent(_: int, __: dict[str, Any]) -> Step:
        server.release.wait(20)
        return completion("zwei")

    server.script = silent
    with server:
        assert "no reply within 0.05 s" in refused(lambda: ask(server.url, timeout=0.05))


def test_a_connection_that_breaks_off_is_asked_again() -> None:
    with ScriptedServer([(200, {"Content-Length": "9999"}, "half of"), completion("zwei")]) as server:
        assert ask(server.url).attempts == 2


def test_a_server_that_stays_down_is_given_up_with_its_last_fault() -> None:
    with ScriptedServer([(500, {}, "\n out of memory \nTraceback")]) as server:
        line = refused(lambda: ask(server.url))
    assert f"{server.url}/chat/completions: status 500 (out of memory) after {MAX_RETRIES} retries" in line
    assert len(server.bodies) == MAX_RETRIES + 1


@pytest.mark.parametrize("status", [400, 401, 404, 422])
@pytest.mark.parametrize(
    "body",
    [
        "no such model\nsecond line",
        '{\n "error": {"message": "no such model", "code": null}\n}',
        '{"object": "error", "message": "no such model"}',
    ],
)
def test_other_refusals_are_final_and_named(status: int, body: str) -> None:
    with ScriptedServer([(status, {}, body)]) as server:
        line = refused(lambda: ask(server.url))
    assert line == f"{server.url}/chat/completions: status {status} (no such model)"
    assert len(server.bodies) == 1


def test_a_refusal_without_a_reason_is_one_line() -> None:
    with ScriptedServer([(400, {}, " \n")]) as server:
        assert "status 400" in refused(lambda: ask(server.url))


def test_a_redirect_is_named_and_not_followed() -> None:
    with ScriptedServer([completion("zwei")]) as other:
        moved = (307, {"Location": f"{other.url}/chat/completions"}, "moved")
        with ScriptedServer([moved]) as server:
            line = refused(lambda: ask(server.url, KEY))
    assert f"status 307 (redirect to {other.url}" in line
    assert (len(server.bodies), len(other.bodies)) == (1, 0)


def test_a_refused_connection_is_one_line(waits: list[float]) -> None:
    with socket.socket() as taken:  # bound, not listening
        taken.bind(("127.0.0.1", 0))
        url = f"http://localhost:{taken.getsockname()[1]}"
        line = refused(lambda: ask(url))
    assert line.startswith(f"{url}/chat/completions: ")
    assert "connection attempts failed" in line
    assert len(waits) == MAX_RETRIES


def test_an_unknown_host_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: Any, **__: Any) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    line = refused(lambda: ask("http://nowhere.invalid/v1", KEY))
    assert line.startswith("http://nowhere.invalid/v1/chat/completions: ")
    assert "Name or service not known" in line


@pytest.mark.parametrize(
    "url",
    ["", "localhost:8000", "ftp://host/v1", "http://", "http://h:99999", "http://[::1", f"http://u:{KEY}@h:99999"],
)
def test_what_is_no_address_is_refused_at_once(url: str) -> None:
    refused(lambda: connect(url))


@pytest.mark.parametrize("url", [f"http://u:{KEY}@host/v1", f"http://host/v1?key={KEY}"])
def test_a_key_in_the_address_is_refused_and_not_quoted(url: str) -> None:
    assert "PAPERLIB_TEACHER_KEY" in refused(lambda: connect(url))


# The key


def test_the_key_is_sent_and_nothing_else_claims_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login somebody password else\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    with ScriptedServer([completion("zwei")]) as server:
        ask(server.url, KEY)
        ask(server.url)
    assert server.keys == [f"Bearer {KEY}", "Bearer EMPTY"]


def test_the_key_is_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    assert key_from_environment() is None
    monkeypatch.setenv("OPENAI_API_KEY", "other-key")
    assert key_from_environment() == "other-key"
    monkeypatch.setenv("PAPERLIB_TEACHER_KEY", f" {KEY}\n")
    assert key_from_environment() == KEY


@pytest.mark.parametrize("value", [f"{KEY}\nX-More: 1", f"Bearer {KEY}", "schlüssel"])
def test_what_no_header_can_hold_is_refused_unquoted(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAPERLIB_TEACHER_KEY", value)
    assert "PAPERLIB_TEACHER_KEY" in refused(key_from_environment)


@pytest.mark.parametrize("status", [401, 500])
@pytest.mark.parametrize("form", ["{}", '{{"error": {{"message": "{}"}}}}'])
def test_a_server_that_quotes_the_key_is_not_quoted(status: int, form: str) -> None:
    filler = "x" * (clients.QUOTED - 30)  # the key would be cut in two, and its first half shown
    with ScriptedServer([(status, {}, form.format(f"{filler} {KEY} is wrong"))]) as server:
        assert KEY[:8] not in refused(lambda: ask(server.url, KEY))


def test_a_reply_that_quotes_the_key_is_not_kept_so() -> None:
    with ScriptedServer([completion(f"you sent {KEY}")]) as server:
        assert ask(server.url, KEY).text == "you sent [key]"


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
    with ScriptedServer([(200, {}, body)]) as server:
        reply = ask(server.url)
    assert (reply.text, reply.finish_reason, reply.usage) == (body, None, {})


def test_a_server_may_leave_out_usage_and_finish_reason() -> None:
    assert read_reply('{"choices": [{"message": {"content": "a"}}]}') == Reply("a", "stop", {}, 0.0, 1)


# The rate limiter


def test_requests_of_all_workers_are_spaced_evenly(monkeypatch: pytest.MonkeyPatch) -> None:
    starts: list[float] = []

    async def sleep(seconds: float) -> None:
        starts.append(seconds)

    async def requests() -> None:
        limiter = RateLimiter(10)
        await asyncio.gather(*(limiter.wait() for _ in range(12)))

    monkeypatch.setattr(time, "monotonic", lambda: 100.0)
    monkeypatch.setattr(asyncio, "sleep", sleep)
    asyncio.run(requests())
    assert starts == [6.0 * number for number in range(12)]


def test_retries_count_as_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    starts: list[object] = []

    async def wait(_: RateLimiter, request: object) -> None:
        starts.append(request)

    monkeypatch.setattr(RateLimiter, "wait", wait)
    with ScriptedServer([(500, {}, "x"), (500, {}, "x"), completion("zwei")]) as server:
        ask(server.url, requests_per_minute=10)
    assert len(starts) == 3


# The request cache


def store(path: Path, *requests: dict[str, Any]) -> None:
    with open_cache(path) as cache:
        for request in requests:
            cache.add(request, ANSWER)


def test_a_reply_is_stored_with_the_request_that_led_to_it(tmp_path: Path) -> None:
    path = tmp_path / "cache.jsonl"
    store(path, QUESTION)
    row = json.loads(path.read_text(encoding="utf-8"))
    assert row["request"] == QUESTION
    assert (row["text"], row["finish_reason"], row["usage"]) == (ANSWER.text, "stop", {"completion_tokens": 3})
    with open_cache(path) as cache:
        assert cache.get(QUESTION) == ANSWER


@pytest.mark.parametrize("change", [{"seed": 8}, {"model": "n"}, {"temperature": 0.0}, {"messages": []}])
def test_another_request_has_another_reply(change: dict[str, Any], tmp_path: Path) -> None:
    store(tmp_path / "cache.jsonl", QUESTION)
    with open_cache(tmp_path / "cache.jsonl") as cache:
        assert cache.get(QUESTION | change) is None


def test_every_line_is_on_the_disk_before_the_next_request(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes, fsync = list[int](), os.fsync

    def recorded(file: int) -> None:
        fsync(file)
        sizes.append(os.fstat(file).st_size)

    monkeypatch.setattr(os, "fsync", recorded)
    store(tmp_path / "cache.jsonl", QUESTION, OTHER)
    lines = (tmp_path / "cache.jsonl").read_bytes().splitlines(keepends=True)
    assert sizes == [len(lines[0]), len(lines[0]) + len(lines[1])]


def test_a_line_torn_anywhere_is_dropped_and_the_rest_kept(tmp_path: Path) -> None:
    path = tmp_path / "cache.jsonl"
    store(path, QUESTION)
    first = path.stat().st_size
    store(path, OTHER)
    whole = path.read_bytes()
    for cut in range(first, len(whole)):  # in the middle of a character, too
        path.write_bytes(whole[:cut])
        with open_cache(path) as cache:
            assert (cache.get(QUESTION), cache.get(OTHER)) == (ANSWER, None)
            cache.add(OTHER, ANSWER)
        assert path.read_bytes() == whole


@pytest.mark.parametrize(
    ("row", "found"),
    [({"request": {}, "text": 3}, "field 'text' is 3, expected str"), ({"request": "ab"}, "'request' is 'ab'")],
)
def test_a_line_that_is_no_entry_is_named(row: dict[str, Any], found: str, tmp_path: Path) -> None:
    path = tmp_path / "cache.jsonl"
    path.write_text(json.dumps(row) + "\n")
    with pytest.raises(DataError, match=r"cache\.jsonl:1: .*" + found), open_cache(path):
        pass


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A cache of one reply that can grow by 50 bytes."""
    path, limits = tmp_path / "cache.jsonl", resource.getrlimit(resource.RLIMIT_FSIZE)
    store(path, QUESTION)
    resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + 50, limits[1]))
    yield path
    resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def test_a_full_disk_leaves_no_half_line(small_disk: Path) -> None:
    before = small_disk.read_bytes()
    assert "cache.jsonl" in refused(lambda: store(small_disk, OTHER))
    assert small_disk.read_bytes() == before


def test_two_writers_of_one_cache_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "cache.jsonl"
    with open_cache(path):
        assert "another process" in refused(lambda: store(path, QUESTION))
    store(path, QUESTION)
