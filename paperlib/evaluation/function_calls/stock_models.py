"""Stock models under llama.cpp, with the tools as its grammar: what people use today, scored like everything else.

python -m paperlib.evaluation.function_calls.stock_models MODEL TEST --out Y.jsonl [--limit N]

answers a test set of function calls with a GGUF model as it was published, in its chat template, and prints how many
calls are right. MODEL is a name of ``paperlib/training/bases.py`` or a GGUF file; answers go to ``Y.jsonl``.
"""

import argparse
import json
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from tqdm import tqdm

from paperlib.core.arguments import positive_int
from paperlib.core.config import FUNCTION_CALLS, DataConfig
from paperlib.core.errors import PaperlibError, exit_code
from paperlib.data.examples import Example
from paperlib.data.function_calls import bfcl
from paperlib.data.function_calls.call_prompts import tools_message
from paperlib.data.function_calls.tool_calls import TOOLS, tools_of
from paperlib.data.predictions import Prediction, save_predictions
from paperlib.data.schemas import Schemas
from paperlib.decoding.engines.command import add_limits
from paperlib.decoding.engines.llama_cpp import gguf_of, serving
from paperlib.evaluation.function_calls.call_scores import MEASURES, call_scores
from paperlib.evaluation.metric_definitions import DEFINITIONS
from paperlib.evaluation.score_tables import format_metric, table
from paperlib.evaluation.summary import summarise
from paperlib.training import corpus

MAX_TOKENS = 512  # of an answer
WAIT = 600  # seconds for one answer


def answers(url: str, examples: Sequence[Example], schemas: Schemas) -> Iterator[Prediction]:
    """The answers of the server at ``url`` (``http://host:port/v1``), one request at a time.

    Raises PaperlibError where it refuses one: for a prompt that is too long, or a schema that it cannot follow.
    """
    for example in examples:
        begun = time.perf_counter()
        reply = _post(f"{url}/chat/completions", _request(example, schemas[example.schema_id].body), example.id)
        choice, usage = reply["choices"][0], reply.get("usage", {})
        yield Prediction(
            id=example.id,
            output=choice["message"]["content"] or "",
            n_prompt_tokens=usage.get("prompt_tokens", 0),
            n_output_tokens=usage.get("completion_tokens", 0),
            stop="cap" if choice["finish_reason"] == "length" else "eos",
            seconds=round(time.perf_counter() - begun, 3),
        )


def _request(example: Example, body: dict[str, Any]) -> dict[str, Any]:
    schema = {key: value for key, value in body.items() if key != TOOLS}
    return {
        "messages": [{"role": "user", "content": tools_message(tools_of(body), example.text)}],
        "response_format": {"type": "json_schema", "json_schema": {"name": "calls", "schema": schema}},
        "temperature": 0,
        "max_tokens": MAX_TOKENS,
    }


def _post(url: str, body: dict[str, Any], id: str) -> Any:
    request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=WAIT) as response:
            return json.load(response)
    except urllib.error.HTTPError as error:
        raise PaperlibError(f"example {id!r}: llama.cpp refuses it ({error.read().decode()[:200]})") from None


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m paperlib.evaluation.function_calls.stock_models", description="Stock models under llama.cpp."
    )
    parser.add_argument("model", help="a base by name, or a GGUF file")
    parser.add_argument("test", choices=(FUNCTION_CALLS, *bfcl.FILES))
    parser.add_argument("--out", type=Path, required=True, metavar="Y.jsonl")
    parser.add_argument("--limit", type=positive_int, default=400, metavar="N", help="examples (default: 400)")
    add_limits(parser)
    return exit_code(lambda: _answer(parser.parse_args(argv)))


def _answer(arguments: argparse.Namespace) -> None:
    data = corpus.make_data(DataConfig(profile="stock", dataset=arguments.test, n_train=1, n_test=arguments.limit))
    gguf = gguf_of(arguments.model)
    with serving(gguf, arguments.threads, arguments.slots, arguments.context) as url:
        found = list(tqdm(answers(url, data.test, data.schemas), total=len(data.test), disable=None))
    save_predictions(arguments.out, found)
    summary = summarise(call_scores(data.test, found, data.schemas), MEASURES)
    overall = [metric for metric in summary if metric.group == "overall"]
    print(table({"metric": DEFINITIONS[one.metric].title, "value": format_metric(one)} for one in overall))
    print(f"{arguments.out}: {len(found)} answers, {sum(one.seconds for one in found):.0f} s")


if __name__ == "__main__":
    sys.exit(main())
