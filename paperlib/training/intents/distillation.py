"""Training of an intent classifier: a teacher is fine-tuned on labelled utterances, and a student learns from it.

Hinton et al. (2015), "Distilling the knowledge in a neural network", https://arxiv.org/abs/1503.02531. The student sees
the labelled utterances with label and teacher's logits, and changed ones (:mod:`.utterance_augmentation`) with the
logits alone.
"""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional
from tqdm import tqdm

from paperlib.baselines.intent_svm import LinearSVM
from paperlib.core import runtime
from paperlib.data.intents.intent_sets import Utterance
from paperlib.data.intents.wordpiece import SPECIAL, WordPiece
from paperlib.training.intents.intent_model import (
    Batch,
    Featurizer,
    IntentModel,
    Shape,
    collate,
    load_encoder,
    neuron_activity,
    pruned,
)
from paperlib.training.intents.sentence_encoder import obtain_encoder, vocabulary

Encoded = list[tuple[list[int], list[int]]]
SVM_SHARE, SVM_SCALE = 0.2, 4.0  # of the SVM in what the teacher says; of its distances as logits
CHUNK = 32  # batches whose texts are sorted by length together


@dataclass(frozen=True)
class Schedule:
    """How a model is trained: AdamW with a linear warm-up and decay to 0."""

    steps: int
    batch: int
    rate: float  # of the encoder
    head_rate: float  # of the linear layer, and of the n-grams
    weight_decay: float = 0.01
    warm_up: float = 0.1


@dataclass(frozen=True)
class Targets:
    """What a model is to answer: numbers of labels (-1: none is known) and, of a student, the teacher's logits."""

    labels: Tensor
    logits: Tensor | None = None


def fit(model: IntentModel, encoded: Encoded, targets: Targets, schedule: Schedule, seed: int, title: str) -> None:
    """Trains in place."""
    torch.manual_seed(seed)
    slow = [p for p in (model.encoder.parameters() if model.encoder is not None else ()) if p.requires_grad]
    fast = [p for name, p in model.named_parameters() if not name.startswith("encoder.")]
    groups = [{"params": slow, "lr": schedule.rate}, {"params": fast, "lr": schedule.head_rate}]
    optimizer = torch.optim.AdamW(
        [group for group in groups if group["params"]], weight_decay=schedule.weight_decay, fused=True
    )
    warm = max(1, round(schedule.warm_up * schedule.steps))
    rate = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min((step + 1) / warm, (schedule.steps - step) / max(1, schedule.steps - warm))
    )
    model.train()
    batches = _batches([len(ids) for ids, _ in encoded], schedule.batch, random.Random(f"batches/{seed}"))
    for _ in tqdm(range(schedule.steps), desc=title, disable=None):
        places = next(batches)
        with _autocast():
            logits = model(collate([encoded[place] for place in places])).float()
        loss = _loss(logits, targets, torch.tensor(places))
        optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        rate.step()
    model.eval()


def _autocast() -> torch.autocast:
    """Products in bf16 where the machine multiplies it in hardware; elsewhere they would take ten times as long."""
    return torch.autocast("cpu", torch.bfloat16, enabled=runtime.dtype_of("auto") == torch.bfloat16)


def _loss(logits: Tensor, targets: Targets, places: Tensor) -> Tensor:
    """Cross-entropy with the labels, smoothed; with a teacher, its distribution at temperature 2 beside it."""
    labels = targets.labels[places]
    known = labels >= 0
    hard = logits.new_zeros(())
    if known.any():
        hard = functional.cross_entropy(logits[known], labels[known], label_smoothing=0.05)
    if targets.logits is None:
        return hard
    soft = functional.kl_div(
        (logits / 2).log_softmax(1), (targets.logits[places] / 2).log_softmax(1), log_target=True, reduction="batchmean"
    )
    return 4 * soft + 0.3 * hard


def _batches(lengths: Sequence[int], size: int, rng: random.Random) -> Iterator[list[int]]:
    """Places of texts of about the same length, all of them once and again."""
    while True:
        order = list(range(len(lengths)))
        rng.shuffle(order)
        for start in range(0, len(order), size * CHUNK):
            chunk = sorted(order[start : start + size * CHUNK], key=lambda place: lengths[place])
            parts = [chunk[at : at + size] for at in range(0, len(chunk), size)]
            rng.shuffle(parts)
            yield from parts


@torch.no_grad()
def logits_of(model: IntentModel, encoded: Encoded, title: str = "", features: bool = False) -> Tensor:
    """(texts, labels): the logits of all texts; with ``features`` what the linear layer reads instead."""
    model.eval()
    order = sorted(range(len(encoded)), key=lambda place: len(encoded[place][0]))
    parts = [order[at : at + 256] for at in range(0, len(order), 256)]
    found = []
    for part in tqdm(parts, desc=title, disable=None if title else True):
        batch = collate([encoded[place] for place in part])
        with _autocast():
            found.append((model.features(batch) if features else model(batch)).float())
    answer = torch.empty(len(encoded), found[0].shape[1])
    answer[torch.tensor(order)] = torch.cat(found)
    return answer


def fine_tuned(train: Sequence[Utterance], names: Sequence[str], schedule: Schedule, seed: int) -> "Teacher":
    """The teacher: the sentence encoder, whose linear layer begins at the mean embedding of each label, and a linear
    SVM on n-grams, which makes other mistakes."""
    folder = obtain_encoder()
    torch.manual_seed(seed)
    model = IntentModel(load_encoder(folder), 0, 0, len(names))
    featurizer = Featurizer(WordPiece(vocabulary(folder)), 0)
    encoded = [featurizer.encode(one.text) for one in train]
    labels = torch.tensor([names.index(one.label) for one in train])
    embedded = functional.normalize(logits_of(model, encoded, features=True), dim=1)
    for n in range(len(names)):
        model.head.weight.data[n] = functional.normalize(embedded[labels == n].mean(0), dim=0)
    model.head.bias.data.zero_()
    fit(model, encoded, Targets(labels), schedule, seed, "teacher")
    return Teacher(model, featurizer, LinearSVM(train, names, seed))


def load_teacher(path: Path, train: Sequence[Utterance], names: Sequence[str], seed: int) -> "Teacher":
    """A teacher whose encoder was saved as a state dict; its SVM is trained anew, which takes seconds."""
    folder = obtain_encoder()
    model = IntentModel(load_encoder(folder), 0, 0, len(names))
    model.load_state_dict(torch.load(path, weights_only=True))
    return Teacher(model.eval(), Featurizer(WordPiece(vocabulary(folder)), 0), LinearSVM(train, names, seed))


@dataclass(frozen=True)
class Teacher:
    """A fine-tuned encoder and an SVM; what they say together is the mean of their probabilities, weighted."""

    model: IntentModel
    featurizer: Featurizer
    svm: LinearSVM

    def encoder_logits(self, texts: Sequence[str], title: str = "") -> Tensor:
        """(texts, labels): those of the encoder alone."""
        return logits_of(self.model, [self.featurizer.encode(text) for text in texts], title)

    def log_probabilities(self, texts: Sequence[str], title: str = "") -> Tensor:
        """(texts, labels): of both together."""
        own = self.encoder_logits(texts, title).softmax(1)
        other = torch.as_tensor(SVM_SCALE * self.svm.logits(texts), dtype=torch.float32).softmax(1)
        return ((1 - SVM_SHARE) * own + SVM_SHARE * other).log()

    def n_parameters(self) -> int:
        """Of the encoder."""
        return self.model.n_parameters()


def new_student(teacher: Teacher, texts: Sequence[str], shape: Shape, n_labels: int) -> tuple[IntentModel, Featurizer]:
    """A student before its training: n-grams alone, or the teacher pruned for what ``texts`` need most, with its linear
    layer."""
    if not shape.layers:
        featurizer = Featurizer(WordPiece(SPECIAL), shape.buckets)
        return IntentModel(None, shape.buckets, shape.bucket_width, n_labels), featurizer
    encoder, tokenizer = teacher.model.encoder, teacher.featurizer.tokenizer
    assert encoder is not None
    encoded = [teacher.featurizer.encode(text) for text in texts]
    pieces = _kept_pieces(tokenizer, [ids for ids, _ in encoded], shape.pieces)
    sample: list[Batch] = [collate(encoded[at : at + 128]) for at in range(0, min(len(encoded), 1280), 128)]
    small = pruned(encoder, shape, pieces, neuron_activity(encoder, sample))
    model = IntentModel(small, shape.buckets, shape.bucket_width, n_labels)
    model.head.weight.data[:, : encoder.config.hidden_size] = teacher.model.head.weight.data
    model.head.bias.data[:] = teacher.model.head.bias.data
    return model, Featurizer(WordPiece([tokenizer.vocabulary[id] for id in pieces]), shape.buckets)


def _kept_pieces(tokenizer: WordPiece, encoded: Sequence[list[int]], most: int) -> list[int]:
    """The special pieces, single characters, and those that are most frequent; then the first of the vocabulary, which
    lists frequent pieces first. In the order of the vocabulary, which begins with [PAD]: 0 is what pads a batch."""
    counts = Counter(id for ids in encoded for id in ids)
    special = [tokenizer.ids[piece] for piece in SPECIAL]
    single = [id for piece, id in tokenizer.ids.items() if len(piece.removeprefix("##")) == 1 and piece.isascii()]
    others = [id for piece, id in tokenizer.ids.items() if piece.isascii() and not piece.startswith("[")]
    order = dict.fromkeys([*special, *single, *(id for id, _ in counts.most_common()), *others])
    return sorted(list(order)[:most])
