"""``Extractor``: a model that turns your texts into JSON that follows your schema."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, overload

from pydantic import BaseModel, ValidationError

from paperlib.core.config import (
    ABSENT_BELOW,
    EXTRACTION_CAP_FACTOR,
    EXTRACTION_MODEL,
    Constraint,
    Engine,
    Precision,
    PromptStyle,
    trained_constraint,
    training_config,
)
from paperlib.core.errors import PaperlibError
from paperlib.data.leaves import json_pointer
from paperlib.data.predictions import Token
from paperlib.data.readings.dates import DateOrder
from paperlib.data.readings.numbers import DecimalMark
from paperlib.data.schemas import Schema, load_schema, schema_of
from paperlib.decoding.answering import Decoding
from paperlib.decoding.engines import loading
from paperlib.decoding.engines.model_resolution import resolve
from paperlib.decoding.extraction.absence import NULL, without_absent
from paperlib.decoding.extraction.answer_checks import Findings, check, repeating_arrays
from paperlib.decoding.extraction.evidence import Place
from paperlib.decoding.extraction.labels import without_labels
from paperlib.decoding.extraction.question import Question
from paperlib.decoding.extraction.windows import Annotated, unwrap, without_repeats
from paperlib.decoding.text_grounding import Hints
from paperlib.training.loaded_model import LoadedModel

SchemaLike = dict[str, Any] | type[BaseModel] | Schema
CHOSEN_LATER = ("answer_ratio", "empty_above")  # in a training log: what decides answers beside the weights


@dataclass(frozen=True)
class Extraction:
    """What was extracted from one text. Leaves are named by JSON pointer (RFC 6901), as in ``/items/0/price``."""

    value: Any
    """JSON as Python values; an object of the Pydantic model, where one was given and the answer is valid."""
    json: str
    """The value as JSON text."""
    spans: dict[str, Place]
    """The part of the text that says a leaf: ``text[start:end]``."""
    confidence: dict[str, float]
    """The probability of each leaf under the model, 0 to 1; what only one token can follow is certain. A null that
    stands for a value taken back has none."""
    missing: list[str]
    """Required fields that the text does not fill."""
    violations: list[str]
    """What else breaks the schema, each with its pointer."""
    warnings: list[str]
    """Values left out, with their pointer in the model's answer, and numbers and dates that the text leaves open."""

    @property
    def valid(self) -> bool:
        """Whether the value follows the schema."""
        return not self.missing and not self.violations


class Extractor:
    """A model with everything that decides its answers.

    ``extractor(text, schema)`` gives an :class:`Extraction`, ``extractor([text, text], schema)`` a list of them. The
    schema is a JSON Schema or a Pydantic model, and a text may have any length.

    >>> extractor = Extractor.load()  # doctest: +SKIP
    >>> extractor("Ana Ruiz, 43", {"properties": {"name": {"type": "string"}}}).value  # doctest: +SKIP
    {'name': 'Ana Ruiz'}
    """

    def __init__(
        self,
        loaded: LoadedModel,
        log: dict[str, Any],
        decoding: Decoding,
        optional: bool = False,
        absent_below: float = ABSENT_BELOW,
        schema: Schema | None = None,
        weights: Callable[[], Any] = lambda: None,
    ):
        """``optional``: whether an answer is constrained only where there is a schema; ``schema``: that of texts for
        which none is given; ``weights``: gives what tells them from others, where the training log does not."""
        self._loaded, self._log, self._decoding, self._optional = loaded, log, decoding, optional
        self._absent_below, self._schema, self._weights = absent_below, schema, weights

    @classmethod
    def load(
        cls,
        model: str = EXTRACTION_MODEL,
        *,
        base: str | None = None,
        profile: str = "laptop",
        constraint: Constraint | None = None,
        decimal_mark: DecimalMark | None = None,
        date_order: DateOrder | None = None,
        absent_below: float = ABSENT_BELOW,
        cap_factor: float = EXTRACTION_CAP_FACTOR,
        reranking_rounds: int = 0,
        batch_size: int = 16,
        engine: Engine = "torch",
        precision: Precision = "auto",
        threads: int = 2,
    ) -> "Extractor":
        """Loads a model by name: a released adapter, a trained run of ``profile``, a folder, or base weights.

        Args:
            model: by default ``reader-135m``; ``qwen2.5-coder-0.5b-instruct``, say, is asked in its chat template.
            base: base weights under the adapter, where they lie elsewhere than when it was trained.
            profile: of experiments.yaml, under which a run was trained.
            constraint: "none", "schema", or "schema+text": values also have to be supported by the text, the default
                where there is a schema, unless the model was tuned on answers that hold more.
            decimal_mark: "." or ",", for texts whose numbers do not show it themselves.
            date_order: "dmy", "mdy" or "ymd", likewise.
            absent_below: probability under which a value is left out that the schema does not demand, 0 to 1; with 0
                only phrases like "not recorded" are (:mod:`paperlib.decoding.extraction.absence`).
            cap_factor: headroom of an answer's length over the longest training answers.
            reranking_rounds: of :mod:`paperlib.decoding.reranking`; better on long lists, several times slower.
            batch_size: texts at a time.
            engine: "torch", "onnx", or "llama.cpp": an adapter's weights in 16 bits; an export's as they are.
            precision: of the arithmetic; "auto" takes bf16 where the processor multiplies it.
            threads: of the processor.

        Raises:
            PaperlibError: there is no such model.
        """
        resolved = resolve(model, base=base, profile=profile, precision=precision, threads=threads)
        hints = Hints(decimal_mark, date_order)
        decoding = Decoding(
            constraint or trained_constraint(resolved.log), reranking_rounds, cap_factor, batch_size, hints=hints
        )
        schema = load_schema(resolved.schema) if resolved.schema else None
        loaded, optional = loading.load(resolved, engine), constraint is None
        return cls(loaded, resolved.log, decoding, optional, absent_below, schema, resolved.identity)

    @overload
    def __call__(self, text: str, schema: SchemaLike | None = None) -> Extraction: ...

    @overload
    def __call__(self, text: list[str], schema: SchemaLike | None = None) -> list[Extraction]: ...

    def __call__(self, text: str | list[str], schema: SchemaLike | None = None) -> Extraction | list[Extraction]:
        """Extracts from one text an :class:`Extraction`, or from a list of texts a list of them.

        Args:
            text: of any length; one that does not fit the model's context is read in overlapping windows.
            schema: a JSON Schema, or a Pydantic model; a model tuned on documents or schemas of its own needs none.

        Raises:
            PaperlibError: the schema is broken or too large, or an answer is not JSON or does not end; of a list of
                texts the first such answer is named.
        """
        if isinstance(text, str):
            return _or_raise(self.attempts([text], schema)[0])
        return [_or_raise(one, f"text {n}: ") for n, one in enumerate(self.attempts(text, schema), start=1)]

    def attempts(self, texts: Sequence[str], schema: SchemaLike | None = None) -> list[Extraction | PaperlibError]:
        """What is extracted from each text, or the error that a call would raise for it: for long batches, in which one
        text without an answer must not cost the others theirs. Raises PaperlibError for a broken schema."""
        question = self._question(schema)
        model = schema if isinstance(schema, type) else None
        answers = zip(texts, question.answers(texts), strict=True)
        return [
            answer if isinstance(answer, PaperlibError) else self._checked(text, answer, question.schema, model)
            for text, answer in answers
        ]

    def tokens(self, text: str, schema: SchemaLike | None = None) -> tuple[Token, ...]:
        """The tokens of the answer to a text that fits the model's context: how probable the model held each, and what
        it would have written instead of those that a constraint forced on it. Raises as a call does."""
        return self._question(schema).predictions([text])[0].tokens

    def identity(self, schema: SchemaLike | None) -> dict[str, Any]:
        """Everything that decides the answers to a text: the model and its precision, its training, its decoding but
        for how many texts are read at a time, and the schema."""
        question = self._question(schema)
        body = question.schema.body if question.schema else None
        trained = self._log.get("identity") or self._weights()
        settings = {
            "decoding": question.decoding.identity(),
            "precision": str(getattr(self._loaded.model, "dtype", "")),
            "absent_below": self._absent_below,
        }
        settings |= {name: self._log[name] for name in CHOSEN_LATER if name in self._log}
        return {"model": self._loaded.name, "trained": trained, "schema": body, **settings}

    def _checked(
        self, text: str, answer: Annotated, schema: Schema | None, model: type[BaseModel] | None
    ) -> Extraction:
        taken_back: list[str] = []
        if schema and self._decoding.constraint != "none":
            answer = without_labels(answer, schema, text)
            answer, taken_back = without_absent(answer, schema, text, self._absent_below)
        found = _extraction(answer, schema, taken_back)
        return _as_model(found, model) if model else found

    def _question(self, schema: SchemaLike | None) -> Question:
        known = _schema(schema) or self._schema
        decoding = replace(self._decoding, prompt=self._decoding.prompt or self._prompt_style(known))
        if known is None and self._optional:
            decoding = replace(decoding, constraint="none")
        if known is None and (decoding.constraint != "none" or decoding.prompt != "plain"):
            raise PaperlibError(f"{self._loaded.name} reads a schema or is constrained to one, expected a JSON Schema")
        return Question(self._loaded, self._log, decoding, known)

    def _prompt_style(self, schema: Schema | None) -> PromptStyle:
        """As in training; an untuned model is told the schema, in its chat template where it has one."""
        if self._log or schema is None:
            return training_config(self._log).prompt
        return "chat" if self._loaded.tokenizer.chat_template else "schema"


def _schema(schema: SchemaLike | None) -> Schema | None:
    if schema is None or isinstance(schema, Schema):
        return schema
    if isinstance(schema, type):
        return schema_of(schema.model_json_schema(), schema.__name__, f"the schema of {schema.__name__}")
    return schema_of(schema, "schema", "schema")


def _extraction(answer: Annotated, schema: Schema | None, taken_back: list[str]) -> Extraction:
    while schema and (paths := repeating_arrays(unwrap(answer)[0], schema)):
        answer = without_repeats(answer, max(paths, key=len))
    value, leaves = unwrap(answer)
    findings = check(value, schema) if schema else Findings([], [])
    return Extraction(
        value=value,
        json=json.dumps(value, ensure_ascii=False),
        spans={pointer: leaf.place for pointer, leaf in leaves.items() if leaf.place},
        confidence={pointer: leaf.probability for pointer, leaf in leaves.items() if leaf is not NULL},
        missing=findings.missing,
        violations=findings.violations,
        warnings=taken_back
        + [
            f"{pointer}: {leaf.open_reading!r} can be read in several ways; taken as {leaf.value}"
            for pointer, leaf in leaves.items()
            if leaf.open_reading is not None
        ],
    )


def _or_raise(found: Extraction | PaperlibError, which: str = "") -> Extraction:
    if isinstance(found, PaperlibError):
        raise PaperlibError(f"{which}{found}") from found
    return found


def _as_model(found: Extraction, model: type[BaseModel]) -> Extraction:
    """With an object of the Pydantic ``model`` as its value, unless something is missing or wrong."""
    try:
        return replace(found, value=model.model_validate_json(found.json)) if found.valid else found
    except ValidationError as error:
        faults = [f"{json_pointer(*fault['loc']) or 'the root'}: {fault['msg']}" for fault in error.errors()]
        return replace(found, violations=faults)
