"""``FunctionCaller``: a model that answers requests with calls of your tools, or with none."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, overload

from paperlib.core.config import (
    CALL_CAP_FACTOR,
    CALL_CONSTRAINT,
    CALL_MODEL,
    Constraint,
    Engine,
    Precision,
    PromptStyle,
    training_config,
)
from paperlib.core.errors import DataError, PaperlibError
from paperlib.core.strict_json import is_encodable
from paperlib.data.examples import Example
from paperlib.data.function_calls.tool_calls import Call, calls_of, calls_schema, faults
from paperlib.data.function_calls.tools import Tool, parse_tools
from paperlib.data.output_parser import parse_first_json
from paperlib.data.predictions import Prediction
from paperlib.data.schemas import Schema, Schemas
from paperlib.decoding import answering
from paperlib.decoding.confidence import leaf_probabilities
from paperlib.decoding.engines import loading
from paperlib.decoding.engines.model_resolution import resolve
from paperlib.training.loaded_model import LoadedModel

Tools = Sequence[Any] | dict[str, Any]
ID = "tools"  # of the schema of calls that all requests share
ANSWER_RATIO = 1.0  # most answer tokens per prompt token: calls are short, and not every model knows where to end


@dataclass(frozen=True)
class Answer:
    """What is called for one request; every call follows the schema of its tool."""

    calls: list[Call]
    """In order; none where no tool fits."""
    refusal: float
    """How probable the model held it that no tool fits, 0 to 1."""
    confidence: dict[str, float]
    """The probability of each name and each leaf of the arguments under the model, by JSON pointer."""
    violations: list[str]
    """Why an answer was given up that does not follow the tools: JSON pointers, each with what is wrong there."""
    prompt_tokens: int = 0
    """That the model read: request, tools and template."""
    output_tokens: int = 0
    """That it wrote."""

    def tool_calls(self, prefix: str = "call") -> list[dict[str, Any]]:
        """The calls as ``tool_calls`` of the OpenAI API, whose ids begin with ``prefix``."""
        return [call.openai(f"{prefix}_{number}") for number, call in enumerate(self.calls)]


class FunctionCaller:
    """A model with everything that decides its calls.

    ``caller(request, tools)`` gives an :class:`Answer`, ``caller([request, request], tools)`` a list of them. Tools are
    declared as in the OpenAI API.

    >>> caller = FunctionCaller.load()  # doctest: +SKIP
    >>> caller("How warm is it in Rome, in Fahrenheit?", tools).tool_calls()  # doctest: +SKIP
    """

    def __init__(self, loaded: LoadedModel, log: dict[str, Any], decoding: answering.Decoding):
        """``log`` is the training log, empty for untuned weights. Raises PaperlibError where nothing constrains."""
        if decoding.constraint == "none":
            raise PaperlibError("calls are constrained to their tools: set the constraint to schema or schema+text")
        ratio = min(log.get("answer_ratio", ANSWER_RATIO), ANSWER_RATIO)
        self._loaded, self._log = loaded, {**log, "answer_ratio": ratio}
        self._decoding = replace(decoding, prompt=decoding.prompt or prompt_style(loaded, log))

    @classmethod
    def load(
        cls,
        model: str = CALL_MODEL,
        *,
        base: str | None = None,
        profile: str = "laptop",
        constraint: Constraint = CALL_CONSTRAINT,
        refuse_above: float | None = None,
        cap_factor: float = CALL_CAP_FACTOR,
        batch_size: int = 16,
        engine: Engine = "torch",
        precision: Precision = "auto",
        threads: int = 2,
    ) -> "FunctionCaller":
        """Loads a model by name: a released adapter, a trained run of ``profile``, a folder, or base weights.

        Args:
            model: by default ``function-caller-v3``; ``qwen2.5-coder-0.5b-instruct``, say, is asked in a chat message.
            base: base weights under the adapter, where they lie elsewhere than when it was trained.
            profile: of experiments.yaml, under which a run was trained.
            constraint: "schema", or "schema+text": strings for which their tool tells no form stand in the request.
            refuse_above: the probability of no call, 0 to 1, from which there is none; by default what the training log
                has, or one half.
            cap_factor: headroom of an answer's length over the longest training answers.
            batch_size: requests at a time.
            engine: "torch", "onnx", or "llama.cpp": an adapter's weights in 16 bits; an export's as they are.
            precision: of the arithmetic; "auto" takes bf16 where the processor multiplies it.
            threads: of the processor.

        Raises:
            PaperlibError: there is no such model, or the constraint is "none".
        """
        resolved = resolve(model, base=base, profile=profile, precision=precision, threads=threads)
        decoding = answering.Decoding(constraint, 0, cap_factor, batch_size, refuse_above=refuse_above)
        return cls(loading.load(resolved, engine), resolved.log, decoding)

    @overload
    def __call__(self, request: str, tools: Tools) -> Answer: ...

    @overload
    def __call__(self, request: list[str], tools: Tools) -> list[Answer]: ...

    def __call__(self, request: str | list[str], tools: Tools) -> Answer | list[Answer]:
        """What is to be called for one request, or for each of several.

        Args:
            request: what the user says.
            tools: declarations of the OpenAI API or :class:`paperlib.data.function_calls.tools.Tool`, or an object
                that has them under ``tools``.

        Raises:
            DataError: a declaration is wrong, as :func:`paperlib.data.function_calls.tools.parse_tools` says, or a
                request has what is no character.
            PaperlibError: request and tools do not fit the model's context.
        """
        known = parse_tools(tools if isinstance(tools, dict) else list(tools))
        requests = [request] if isinstance(request, str) else request
        if (wrong := next((n for n, one in enumerate(requests, 1) if not is_encodable(one)), None)) is not None:
            raise DataError(f"request {wrong}: has half of a surrogate pair, which is no character")
        found = [_answer(prediction, known) for prediction in self._predictions(requests, known)]
        return found[0] if isinstance(request, str) else found

    def _predictions(self, requests: Sequence[str], tools: Sequence[Tool]) -> list[Prediction]:
        schemas: dict[str, Schema] = {ID: calls_schema(tools, ID)}
        examples = [Example(f"request {n}", ID, None, "", "", text, None) for n, text in enumerate(requests, 1)]
        return answering.answer(self._loaded, self._log, examples, Schemas(schemas), self._decoding)


def prompt_style(loaded: LoadedModel, log: dict[str, Any]) -> PromptStyle:
    """As in training; where that showed no schema, tools are shown all the same. An untuned model is asked in its chat
    template, where it has one."""
    if "config" in log:
        trained = training_config(log).prompt
        return "described" if trained == "plain" else trained
    return "chat" if loaded.tokenizer.chat_template else "described"


def call(request: str, tools: Tools, model: str = CALL_MODEL, **settings: Any) -> list[dict[str, Any]]:
    """The calls for one request, as ``tool_calls`` of the OpenAI API; an empty list where no tool fits.

    ``settings`` are those of :meth:`FunctionCaller.load`, whose model is kept for further requests. Raises as it does.
    """
    return _loaded_caller(model, tuple(sorted(settings.items())))(request, tools).tool_calls()


@lru_cache(maxsize=1)
def _loaded_caller(model: str, settings: tuple[tuple[str, Any], ...]) -> FunctionCaller:
    return FunctionCaller.load(model, **dict(settings))


def _answer(prediction: Prediction, tools: Sequence[Tool]) -> Answer:
    """The calls of an answer that follow the tools: all of them or, where one does not, none."""
    try:
        calls = calls_of(parse_first_json(prediction.output))
        violations = faults(calls, tools)
    except (ValueError, ArithmeticError, RecursionError, PaperlibError) as error:
        calls, violations = [], [f"the root: {error}"]
    confidence = {} if violations else leaf_probabilities(prediction.output, prediction.tokens)
    refusal, length = prediction.refusal or 0.0, (prediction.n_prompt_tokens, prediction.n_output_tokens)
    return Answer([] if violations else calls, refusal, confidence, violations, *length)
