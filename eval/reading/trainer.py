"""Trains a cross-encoder to say whether a text answers a question."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score
from tokenizers import Encoding, Tokenizer
from transformers import BertForSequenceClassification

from eval.reading.exercises import Exercise

BUCKET = 32
SCORED_AT_ONCE = 64
SHOWN = 50

Scores = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Schedule:
    """How training goes.

    Attributes:
        epochs: Times that every exercise is seen.
        rate: Highest learning rate; it rises over the first steps and falls to nothing.
        warm_up: Share of the steps in which it rises, in (0, 1).
        batch: Pairs a step.
        negatives: Texts without the answer, for each exercise and epoch.
        chance: Scale of the Gumbel noise on the packaged model's logits by which negatives are drawn.
        frozen: How many of the lowest layers keep their weights, besides the embeddings.
        seed: Of everything that is drawn.
    """

    epochs: int = 3
    rate: float = 4e-5
    warm_up: float = 0.06
    batch: int = 32
    negatives: int = 5
    chance: float = 2.0
    frozen: int = 0
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Pair:
    """A question with one text, as tokens, and whether the text answers it."""

    tokens: Encoding
    answers: bool


@dataclass(frozen=True, slots=True)
class Task:
    """An exercise as pairs, with the packaged model's logits."""

    pairs: tuple[Pair, ...]
    logits: Scores


class Trainer:
    """A network, its tokenizer, and what it is trained on."""

    def __init__(self, network: BertForSequenceClassification, tokenizer: Tokenizer, schedule: Schedule) -> None:
        self.network = network
        self._tokenizer = tokenizer
        self._schedule = schedule
        self._random = np.random.default_rng(schedule.seed)
        _freeze(network, schedule.frozen)

    def train(self, learned: Sequence[Exercise], held: dict[str, Sequence[Exercise]]) -> None:
        """Train on exercises; print figures on those held out before the start and after each epoch."""
        paired = [self._pairs(one) for one in learned]
        tasks = [Task(pairs, logits) for pairs, logits in zip(paired, self._score(paired), strict=True)]
        self._show("packaged", held)
        steps = self._schedule.epochs * len(self._batches(tasks))
        optimizer = torch.optim.AdamW([one for one in self.network.parameters() if one.requires_grad])
        done, began, losses = 0, time.monotonic(), list[float]()
        for epoch in range(1, self._schedule.epochs + 1):
            self.network.train()
            for batch in self._batches(tasks):
                done += 1
                rate = self._schedule.rate * _pace(done / steps, self._schedule.warm_up)
                losses.append(self._step(optimizer, batch, rate))
                if done % SHOWN == 0:
                    minutes = (time.monotonic() - began) / 60
                    print(f"step {done} of {steps}, {minutes:.1f} min, loss {np.mean(losses):.3f}", flush=True)
                    losses.clear()
            self._show(f"epoch {epoch}", held)

    def _step(self, optimizer: torch.optim.Optimizer, batch: Sequence[Pair], rate: float) -> float:
        """One step; returns the loss before it."""
        for group in optimizer.param_groups:
            group["lr"] = rate
        truth = torch.tensor([float(one.answers) for one in batch])
        loss = torch.nn.functional.binary_cross_entropy_with_logits(self._logits(batch), truth)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        return float(loss.item())

    def _logits(self, batch: Sequence[Pair]) -> torch.Tensor:
        shape = (len(batch), max(len(one.tokens.ids) for one in batch))
        fields = {
            name: torch.zeros(shape, dtype=torch.long) for name in ("input_ids", "token_type_ids", "attention_mask")
        }
        for row, one in enumerate(batch):
            length = len(one.tokens.ids)
            fields["input_ids"][row, :length] = torch.tensor(one.tokens.ids)
            fields["token_type_ids"][row, :length] = torch.tensor(one.tokens.type_ids)
            fields["attention_mask"][row, :length] = 1
        with torch.autocast("cpu", torch.bfloat16):
            logits: torch.Tensor = self.network(**fields).logits
        return logits.float().squeeze(-1)

    def _batches(self, tasks: Sequence[Task]) -> list[list[Pair]]:
        """An epoch's pairs, newly drawn, in batches of about equal length."""
        drawn = [pair for task in tasks for pair in self._drawn(task)]
        self._random.shuffle(drawn)
        batches: list[list[Pair]] = []
        for start in range(0, len(drawn), BUCKET * self._schedule.batch):
            bucket = sorted(drawn[start : start + BUCKET * self._schedule.batch], key=lambda one: len(one.tokens.ids))
            batches += [bucket[at : at + self._schedule.batch] for at in range(0, len(bucket), self._schedule.batch)]
        self._random.shuffle(batches)
        return batches

    def _drawn(self, task: Task) -> Iterator[Pair]:
        noisy = task.logits + self._random.gumbel(scale=self._schedule.chance, size=len(task.pairs))
        wrong = [int(place) for place in np.argsort(-noisy) if not task.pairs[place].answers]
        yield from (pair for pair in task.pairs if pair.answers)
        yield from (task.pairs[place] for place in wrong[: self._schedule.negatives])

    def _pairs(self, exercise: Exercise) -> tuple[Pair, ...]:
        encoded = self._tokenizer.encode_batch([(exercise.question, text) for text in exercise.texts])
        return tuple(Pair(tokens, place in exercise.answers) for place, tokens in enumerate(encoded))

    def _score(self, paired: Sequence[Sequence[Pair]]) -> list[Scores]:
        """The logits of each exercise's pairs; pairs of about equal length are run together."""
        self.network.eval()
        every = [pair for pairs in paired for pair in pairs]
        order = sorted(range(len(every)), key=lambda place: len(every[place].tokens.ids))
        logits = np.zeros(len(every))
        for at in range(0, len(order), SCORED_AT_ONCE):
            places = order[at : at + SCORED_AT_ONCE]
            with torch.inference_mode():
                logits[places] = self._logits([every[place] for place in places]).numpy()
        return np.split(logits, np.cumsum([len(pairs) for pairs in paired])[:-1])

    def _show(self, moment: str, held: dict[str, Sequence[Exercise]]) -> None:
        print(moment, flush=True)
        for name, chosen in held.items():
            print(f"  {name}: {self._figures(chosen)}", flush=True)

    def _figures(self, chosen: Sequence[Exercise]) -> str:
        best, answered, first = [], [], []
        for exercise, logits in zip(chosen, self._score([self._pairs(one) for one in chosen]), strict=True):
            best.append(float(logits.max()))
            answered.append(bool(exercise.answers))
            if exercise.answers:
                first.append(int(logits.argmax()) in exercise.answers)
        area = roc_auc_score(answered, best) if 0 < sum(answered) < len(answered) else float("nan")
        return f"n {len(chosen)}, AUC answered or not {area:.3f}, right text first {np.mean(first):.3f}"


def _freeze(network: BertForSequenceClassification, layers: int) -> None:
    for part in (network.bert.embeddings, *network.bert.encoder.layer[:layers]):
        for parameter in part.parameters():
            parameter.requires_grad = False


def _pace(done: float, warm_up: float) -> float:
    """Share of the highest learning rate after a share of the steps."""
    return min(done / warm_up, 1.0) * (1.0 - done)
