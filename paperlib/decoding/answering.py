"""The one way from a model, texts and schemas to answers: evaluation, ``predict`` and ``extract`` all call it."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from paperlib.core.config import Constraint, PromptStyle, refusal_threshold, training_config
from paperlib.core.errors import PaperlibError
from paperlib.core.files import digest
from paperlib.core.fingerprint import modules_hash
from paperlib.data.examples import Example, data_hash
from paperlib.data.predictions import Prediction
from paperlib.data.prompts import TEMPLATE_HASH, Frame, Tokens, answer_ratio, frame_of, with_prompt_style
from paperlib.data.schemas import Schemas
from paperlib.decoding.constrained import ConstraintState, constraints
from paperlib.decoding.drafter import NGramTable
from paperlib.decoding.empty_answers import EmptyAnswerState
from paperlib.decoding.function_calls.refusal import state_kind
from paperlib.decoding.greedy import Cap, Decoder, asked, decode, decode_to_file
from paperlib.decoding.guesses import guesser
from paperlib.decoding.text_grounding import NO_HINTS, Hints
from paperlib.training.loaded_model import LoadedModel

ANSWER_SHARE = 0.45  # of the context that a prompt should leave to its answer
RATIO = 1.5  # answer tokens per prompt token, where neither a training log nor training answers are known


@dataclass(frozen=True)
class Decoding:
    """How answers are decoded: the fields of a run's configuration of the same names."""

    constraint: Constraint = "none"
    reranking_rounds: int = 0
    cap_factor: float = 1.25
    batch_size: int = 64
    prompt: PromptStyle | None = None  # None: as in training
    hints: Hints = NO_HINTS
    refuse_above: float | None = None  # of function calls; None: as the training log says
    empty_above: float | None = None  # of other answers, likewise; a log that does not say leaves it to the model

    def identity(self) -> dict[str, Any]:
        """What decides an answer: all fields but how many are decoded at a time."""
        return {name: value for name, value in asdict(self).items() if name != "batch_size"}


def answer(
    loaded: LoadedModel,
    log: dict[str, Any],
    examples: Sequence[Example],
    schemas: Schemas,
    decoding: Decoding,
    training: Sequence[Tokens] = (),
    out: Path | None = None,
    origin: dict[str, Any] | None = None,
    frame: Frame | None = None,
) -> list[Prediction]:
    """The model's answers to all examples, in their order.

    ``log`` is the model's training log, empty for an untuned base: it says whether prompts show the schema, how answers
    are laid out, and how long they may get. ``schemas`` hold those of the examples; a model whose prompt shows none is
    constrained to any of them. ``training`` are tokenised training examples: their answers make better drafts, and give
    an untuned base its length cap. ``frame`` puts an example into a prompt; None: as its style does, a chat message in
    the model's own template. With ``out`` answers are written as they come and a killed run is continued; ``origin``
    then names the model and its configuration.

    Raises PaperlibError for an example that does not fit the context, a schema that cannot be compiled, or a file that
    cannot be written.
    """
    decoder = _decoder(loaded, log, examples, schemas, decoding, training, frame)
    texts = with_prompt_style(examples, schemas, _style(log, decoding))
    if out is None:
        answers = {p.id: p for batch in decode(decoder, texts, decoding.batch_size) for p in batch}
        return [answers[example.id] for example in examples]
    meta = {"data_hash": data_hash(examples), "texts": data_hash(texts), **(origin or {}), "cap": asdict(decoder.cap)}
    meta |= {
        "prompt_hash": TEMPLATE_HASH,
        "code_hash": modules_hash("decoding.answering"),
        "decoding": decoding.identity(),
    }
    meta |= {name: log[name] for name in ("empty_above", "refuse_above") if name in log}  # chosen after the training
    meta["schemas"] = digest([schema.body for schema in schemas.values()]) if decoder.constraint else None
    return decode_to_file(decoder, texts, out, meta, decoding.batch_size)


def fits(loaded: LoadedModel, log: dict[str, Any], example: Example, schemas: Schemas, decoding: Decoding) -> bool:
    """Whether the model's context holds the prompt of an example, and an answer as long as it may get, or as long as
    ANSWER_SHARE of the context."""
    decoder = _decoder(loaded, log, [example], schemas, replace(decoding, constraint="none"), ())
    try:
        ((_, prompt, _),) = asked(decoder, with_prompt_style([example], schemas, _style(log, decoding)))
    except PaperlibError:
        return False
    free = loaded.context - len(prompt)
    return free >= min(decoder.cap.tokens(len(prompt)), ANSWER_SHARE * loaded.context)


def length_cap(log: dict[str, Any], training: Sequence[Tokens], factor: float) -> Cap:
    """How long answers may get: as long as those of the training in ``log``, or else of ``training`` examples, times
    ``factor``."""
    return Cap(log.get("answer_ratio") or (answer_ratio(training) if training else RATIO), factor)


def _style(log: dict[str, Any], decoding: Decoding) -> PromptStyle:
    return decoding.prompt or training_config(log).prompt


def _decoder(
    loaded: LoadedModel,
    log: dict[str, Any],
    examples: Sequence[Example],
    schemas: Schemas,
    decoding: Decoding,
    training: Sequence[Tokens],
    frame: Frame | None = None,
) -> Decoder:
    cap = length_cap(log, training, decoding.cap_factor)
    style, layout = _style(log, decoding), training_config(log).layout
    above = refusal_threshold(log) if decoding.refuse_above is None else decoding.refuse_above
    kind, hints = state_kind(schemas.values(), above), decoding.hints
    empty_above = log.get("empty_above") if decoding.empty_above is None else decoding.empty_above
    if kind is ConstraintState and empty_above is not None:
        kind = partial(EmptyAnswerState, empty_above=empty_above)
    constraint = constraints(decoding.constraint, loaded.tokenizer, examples, schemas, style, layout, hints, kind)
    ngrams = NGramTable(tokens.answer for tokens in training)
    frame = frame or frame_of(style, loaded.tokenizer, loaded.name)
    guess = guesser(loaded.tokenizer, examples, schemas, layout)
    return Decoder(loaded, cap, constraint, decoding.reranking_rounds, ngrams, frame, guess=guess)
