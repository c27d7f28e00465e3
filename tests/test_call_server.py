"""Function calls behind the OpenAI chat API: asked by the real client, and badly."""

import json
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection
from typing import Any

import openai
import pytest
from test_function_caller import EXAMPLES, NESTED, SCHEMAS, WEATHER, random_weights

from paperlib import FunctionCaller
from paperlib.data.function_calls.tool_calls import tools_of
from paperlib.data.function_calls.tools import parse_tools
from paperlib.decoding.engines.command import TOOLS
from paperlib.decoding.function_calls.call_server import serving_caller
from paperlib.decoding.function_calls.caller import Answer

DECLARED: list[Any] = [{"type": "function", "function": tool} for tool in (WEATHER, NESTED)]
RAIN: list[Any] = [{"role": "user", "content": "Rain in Oslo?"}]


@pytest.fixture(scope="module")
def caller(tmp_path_factory: pytest.TempPathFactory) -> FunctionCaller:
    weights = random_weights(tmp_path_factory.mktemp("weights"))
    return FunctionCaller.load(weights, threads=1, cap_factor=0.5, refuse_above=1.1, precision="fp32")


@pytest.fixture(scope="module")
def client(caller: FunctionCaller) -> Iterator[openai.OpenAI]:
    with (
        serving_caller(caller, "mine") as url,
        openai.OpenAI(base_url=url, api_key="none", timeout=30, max_retries=0) as found,
    ):
        yield found


def test_it_calls_what_the_caller_does(client: openai.OpenAI, caller: FunctionCaller) -> None:
    called = 0
    for example in EXAMPLES:
        tools: list[Any] = [tool.declaration() for tool in tools_of(SCHEMAS[example.id].body)]
        asked: list[Any] = [{"role": "user", "content": [{"type": "text", "text": example.text}]}]
        answer = caller(example.text, tools)
        if answer.violations:  # of a model that knows nothing most answers are cut off
            with pytest.raises(openai.UnprocessableEntityError, match="no call that its tool accepts"):
                client.chat.completions.create(model="mine", messages=asked, tools=tools)
            continue
        completion = client.chat.completions.create(model="mine", messages=asked, tools=tools)
        (choice,) = completion.choices
        expected = answer.calls
        found = [one.function for one in choice.message.tool_calls or [] if one.type == "function"]
        assert [(one.name, json.loads(one.arguments)) for one in found] == [(c.name, c.arguments) for c in expected]
        assert choice.finish_reason == ("tool_calls" if expected else "stop")
        assert completion.usage
        assert completion.usage.prompt_tokens == answer.prompt_tokens > len(example.text.split())
        assert completion.usage.total_tokens == answer.prompt_tokens + answer.output_tokens > answer.prompt_tokens
        called += len(found)
    assert called


@pytest.mark.parametrize(
    "by_itself", [{}, {"tool_choice": None}, {"tool_choice": "auto", "parallel_tool_calls": True, "n": 1}]
)
def test_where_no_tool_fits_nothing_is_called(by_itself: dict[str, Any]) -> None:
    refusing: Any = lambda request, tools: Answer([], 0.9, {}, [])  # noqa: E731
    with serving_caller(refusing, "mine") as url, openai.OpenAI(base_url=url, api_key="none", timeout=30) as client:
        completion = client.chat.completions.create(
            **{"model": "mine", "messages": RAIN, "tools": DECLARED, **by_itself}
        )
    (choice,) = completion.choices
    assert (choice.message.tool_calls, choice.message.content, choice.finish_reason) == (None, None, "stop")


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"tools": None}, "field 'tools': expected a list of functions"),
        ({"tools": []}, "the root: found an empty list, expected a list of tools"),
        ({"tools": [DECLARED[0]] * 2}, "'weather' is also the name at /0/function/name"),
        ({"messages": [{"role": "system", "content": "Be brief."}, *RAIN]}, "field 'messages': expected one message"),
        ({"messages": [{"role": "assistant", "content": "Hello"}]}, "field 'messages'"),
        ({"messages": [{"role": "user", "content": [{"type": "image_url"}]}]}, "field 'messages'"),
        ({"tool_choice": "required"}, "field 'tool_choice': found 'required', expected 'auto'"),
        ({"stream": True}, "field 'stream'"),
        ({"parallel_tool_calls": False}, "field 'parallel_tool_calls': found False, expected True"),
        ({"n": 3}, "field 'n': found 3, expected 1"),
        ({"messages": [{"role": "user", "content": []}]}, "field 'messages'"),
        ({"messages": [{"role": "user", "content": [{"type": "text"}]}]}, "field 'messages'"),
        ({"messages": [{"role": "user", "content": [{"type": "text", "text": None}]}]}, "field 'messages'"),
        ({"messages": [{"role": "user", "content": "a" * 9000}]}, "expected at most"),
    ],
)
def test_a_mistake_is_told_and_the_server_goes_on(client: openai.OpenAI, asked: Any, expected: str) -> None:
    with pytest.raises(openai.BadRequestError, match=expected) as told:
        client.chat.completions.create(**{"model": "mine", "messages": RAIN, "tools": DECLARED, **asked})
    assert (told.value.type, told.value.param, told.value.code) == ("invalid_request_error", None, None)
    assert [(model.id, model.owned_by, model.created > 0) for model in client.models.list()] == [
        ("mine", "paperlib", True)
    ]


@pytest.mark.parametrize("method", ["PUT", "DELETE", "GET"])
def test_what_is_not_served_is_refused_in_the_same_form(client: openai.OpenAI, method: str) -> None:
    with closing(HTTPConnection("127.0.0.1", client.base_url.port, timeout=30)) as connection:
        connection.request(method, "/v1/nothing", body=b"{}")
        told = connection.getresponse()
        assert (told.status, set(json.loads(told.read())["error"])) == (
            404 if method == "GET" else 501,
            {"message", "type", "param", "code"},
        )
        connection.request("GET", "/health")
        assert json.loads(connection.getresponse().read()) == {"status": "ok"}


def test_the_command_line_that_is_told_declares_tools() -> None:
    assert [tool.name for tool in parse_tools(TOOLS)] == ["get_weather"]
