"""What is asked of a model about texts: one schema, one way of decoding; long texts are asked about in windows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from paperlib.core.errors import PaperlibError
from paperlib.core.strict_json import NotJSONError, parse
from paperlib.data.examples import Example
from paperlib.data.leaves import json_pointer
from paperlib.data.output_parser import parse_first_json
from paperlib.data.predictions import Prediction
from paperlib.data.schemas import Schema, Schemas
from paperlib.decoding import answering
from paperlib.decoding.confidence import leaf_probabilities
from paperlib.decoding.extraction.evidence import Evidence
from paperlib.decoding.extraction.windows import Annotated, Leaf, Window, halves, merge, windows, within_limits
from paperlib.training.loaded_model import LoadedModel

PRESENCE_TOKENS = 8  # of a leaf, that say how sure a model was to fill it; of a long text all together are improbable


@dataclass(frozen=True)
class Question:
    """A schema to fill, or none for a model that was tuned on its own, and the model that is to do it."""

    loaded: LoadedModel
    log: dict[str, Any]  # the training log, empty for untuned weights
    decoding: answering.Decoding
    schema: Schema | None

    def answers(self, texts: Sequence[str]) -> list[Annotated | PaperlibError]:
        """The answers to all texts, in order. A window whose answer is cut off is asked about in two halves.

        An error takes the place of an answer that is not JSON or does not end, or where the schema leaves no room for
        the text in the model's context.
        """
        found: list[list[tuple[Window, Annotated]]] = [[] for _ in texts]
        errors: dict[int, PaperlibError] = {}
        asked: list[tuple[int, Window]] = []
        for number, text in enumerate(texts):
            try:
                asked += [(number, window) for window in self._windows(text)]
            except PaperlibError as error:
                errors[number] = error
        while asked:
            parts = [window.part(texts[number]) for number, window in asked]
            cut: list[tuple[int, Window]] = []
            for (number, window), part, prediction in zip(asked, parts, self.predictions(parts), strict=True):
                smaller = halves(texts[number], window) if prediction.stop == "cap" else [window]
                if len(smaller) > 1:
                    cut += [(number, half) for half in smaller]
                    continue
                try:
                    found[number].append((window, self._annotated(part, prediction, window)))
                except PaperlibError as error:
                    errors[number] = error
            asked = cut
        return [errors.get(number) or self._merged(of_text) for number, of_text in enumerate(found)]

    def _merged(self, answers: Sequence[tuple[Window, Annotated]]) -> Annotated:
        """The answer of a text from those of its windows."""
        if len(answers) == 1:
            return answers[0][1]
        merged = merge(sorted(answers, key=lambda one: one[0].begin))
        return within_limits(merged, self.schema.body) if self.schema else merged

    def predictions(self, parts: Sequence[str]) -> list[Prediction]:
        """What the model writes for texts that fit its context."""
        examples = [self._example(number, part) for number, part in enumerate(parts)]
        return answering.answer(self.loaded, self.log, examples, self._schemas, self.decoding)

    def _windows(self, text: str) -> list[Window]:
        def fitting(part: str) -> bool:
            return answering.fits(self.loaded, self.log, self._example(0, part), self._schemas, self.decoding)

        try:
            return windows(text, fitting)
        except ValueError as error:
            raise PaperlibError(f"{error} of {self.loaded.name} beside the schema; expected a smaller schema") from None

    def _annotated(self, text: str, prediction: Prediction, window: Window) -> Annotated:
        value, evidence = parse_answer(prediction.output), Evidence(text, self.decoding.hints)
        probabilities = leaf_probabilities(prediction.output, prediction.tokens)
        presence = leaf_probabilities(prediction.output, prediction.tokens, PRESENCE_TOKENS)
        places = evidence.places(value)

        def below(node: Any, path: tuple[str | int, ...]) -> Annotated:
            if isinstance(node, dict):
                return {key: below(child, (*path, key)) for key, child in node.items()}
            if isinstance(node, list):
                return [below(child, (*path, index)) for index, child in enumerate(node)]
            pointer = json_pointer(*path)
            place = places.get(pointer)
            moved = window.place(place) if place else None
            probability, open_reading = probabilities.get(pointer, 0.0), evidence.open_reading(node)
            return Leaf(node, moved, probability, open_reading, presence.get(pointer, 1.0))

        return below(value, ())

    def _example(self, number: int, text: str) -> Example:
        return Example(str(number), self.schema.id if self.schema else "", None, "", "", text, None)

    @property
    def _schemas(self) -> Schemas:
        return Schemas({self.schema.id: self.schema} if self.schema else {})


def parse_answer(output: str) -> Any:
    """The JSON value that a model wrote: an object or array, or under a schema of neither a scalar alone.

    Raises PaperlibError where the output holds no JSON.
    """
    try:
        return parse_first_json(output)
    except NotJSONError as error:
        try:
            return parse(output.strip())
        except NotJSONError:
            raise PaperlibError(f"the model's answer is not JSON ({error}): {output.strip()[:200]!r}") from None
