"""The recipes, each for all sets of intents: how teacher and student are trained, and the sizes of students."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from paperlib.benchmark.intents.intent_texts import generate
from paperlib.data.intents import OUT_OF_SCOPE
from paperlib.data.intents.intent_sets import Utterance, labels_of
from paperlib.training.intents import distillation
from paperlib.training.intents.distillation import Schedule, Targets, Teacher
from paperlib.training.intents.intent_model import Featurizer, IntentModel, Shape
from paperlib.training.intents.utterance_augmentation import augmented

SIZES = {
    "0.1M": Shape(layers=(), buckets=2048, bucket_width=40),
    "0.5M": Shape(layers=(), buckets=8192, bucket_width=48),
    "1M": Shape(layers=(), buckets=16384, bucket_width=56),
    "5M": Shape(),
    "5M-deep": Shape(layers=(0, 1, 2), feed_forward=384),
}


@dataclass(frozen=True)
class IntentRecipe:
    """How many utterances teacher and student see, and what else the student is shown."""

    teacher_seen: int = 30_200  # utterances, at most; each of them three to ten times
    teacher_rate: float = 2.5e-4
    batch: int = 64
    student_steps: int = 1000
    student_rate: float = 5e-4
    further: float = 1.0  # changed utterances for each labelled one
    others: float = 0.0  # utterances of EdgeIntent-200 for each labelled one, at most all; the teacher labels them, too
    shape: Shape = field(default_factory=Shape)

    def teacher_schedule(self, n: int) -> Schedule:
        """For ``n`` utterances: three epochs, or more of them where they are few."""
        seen = min(self.teacher_seen, max(3 * n, min(10 * n, 9_600)))
        return Schedule(max(30, seen // self.batch), self.batch, self.teacher_rate, 1e-3)

    def student_schedule(self, n: int) -> Schedule:
        """Fewer steps with few utterances: none is seen more than sixty times."""
        return Schedule(max(60, min(self.student_steps, 60 * n // self.batch)), self.batch, self.student_rate, 2e-3)


# On CLINC150's dev part 5M has 95.0 % in scope with the short recipe, with 4,000 steps 95.6, and with these on the
# texts of the long recipe 96.0; 5M-deep has 95.8 with 4,000 steps on the texts of the short one.
RECIPES = {"short": IntentRecipe(), "long": IntentRecipe(student_steps=6000, further=3.0, others=1.0)}


def names_of(train: Sequence[Utterance]) -> tuple[str, ...]:
    """The labels that a model learns: the intents and, if there are such utterances, out of scope as the last."""
    outside = any(one.label == OUT_OF_SCOPE for one in train)
    return labels_of(train) + ((OUT_OF_SCOPE,) if outside else ())


def teacher_of(train: Sequence[Utterance], recipe: IntentRecipe, seed: int) -> Teacher:
    """The sentence encoder, fine-tuned."""
    return distillation.fine_tuned(train, names_of(train), recipe.teacher_schedule(len(train)), seed)


@dataclass(frozen=True)
class TransferSet:
    """What students are trained on: texts, the labels of the first of them, and the teacher's logits, if there is one
    (Hinton et al. 2015, https://arxiv.org/abs/1503.02531)."""

    texts: list[str]
    labels: list[str]
    logits: Tensor | None = None


def transfer_set(
    teacher: Teacher, train: Sequence[Utterance], recipe: IntentRecipe, seed: int, withheld: Sequence[Utterance]
) -> TransferSet:
    """The labelled utterances, of which the encoder speaks alone as the SVM knows them by heart, and others: changed
    ones, and those of EdgeIntent-200, of which none is ``withheld``: what a model is tested or its threshold is chosen
    on."""
    texts = [one.text for one in train]
    further = augmented(texts, round(recipe.further * len(texts)), seed)
    if recipe.others:
        known = {*texts, *(one.text for one in withheld)}
        others = [one.text for one in generate("train") if one.text not in known]
        rng = random.Random(f"others/{seed}")
        further += rng.sample(others, min(len(others), round(recipe.others * len(texts))))
    logits = [teacher.encoder_logits(texts, "the teacher reads")]
    if further:
        logits.append(teacher.log_probabilities(further, "the teacher labels"))
    return TransferSet(texts + further, [one.label for one in train], torch.cat(logits))


def labels_only(train: Sequence[Utterance]) -> TransferSet:
    """What is learnt without a teacher."""
    return TransferSet([one.text for one in train], [one.label for one in train])


def student_of(
    teacher: Teacher, transfer: TransferSet, names: Sequence[str], recipe: IntentRecipe, seed: int
) -> tuple[IntentModel, Featurizer]:
    """A student of the recipe's shape, trained; one of n-grams alone has no part of its teacher."""
    torch.manual_seed(seed)
    model, featurizer = distillation.new_student(
        teacher, transfer.texts[: len(transfer.labels)], recipe.shape, len(names)
    )
    encoded = [featurizer.encode(text) for text in transfer.texts]
    known = [names.index(label) for label in transfer.labels]
    labels = torch.tensor(known + [-1] * (len(encoded) - len(known)))
    schedule = recipe.student_schedule(len(known))
    distillation.fit(model, encoded, Targets(labels, transfer.logits), schedule, seed, f"student, {_millions(model)}")
    return model, featurizer


def _millions(model: IntentModel) -> str:
    return f"{model.n_parameters() / 1e6:.2f}M parameters"
