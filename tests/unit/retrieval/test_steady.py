"""The ranking that goes on while its store is away."""

from dataclasses import dataclass, field

import numpy as np
import pytest

from ingest.errors import FootnoteError, Permanent, Transient
from ingest.model import Scope
from ingest.ports import Vectors
from retrieval.model import Filters, Scored
from retrieval.ports import VectorRanking
from retrieval.steady import SteadyRanking

ASKED = np.array([1.0, 0.0], dtype=np.float32)


@dataclass
class Answers:
    """The `VectorRanking` port: one chunk, or an error."""

    chunk_id: int
    error: FootnoteError | None = None
    asked: int = 0

    def search(self, vector: Vectors, scope: Scope, filters: Filters, k: int) -> list[Scored]:
        self.asked += 1
        if self.error:
            raise self.error
        return [Scored(self.chunk_id, 1.0)]


@dataclass
class Bench:
    first: Answers = field(default_factory=lambda: Answers(1))
    other: Answers | None = field(default_factory=lambda: Answers(2))
    now: float = 100.0

    def __post_init__(self) -> None:
        self.ranking = SteadyRanking(self.first, self.instead, lambda: self.now, pause_s=30.0)

    def instead(self) -> VectorRanking | None:
        return self.other

    def found(self) -> int:
        return self.ranking.search(ASKED, Scope(), Filters(), 1)[0].chunk_id


def test_the_first_one_answers() -> None:
    bench = Bench()
    assert (bench.found(), bench.found()) == (1, 1)


def test_another_one_answers_while_the_first_is_away_and_for_a_pause() -> None:
    bench = Bench(Answers(1, Transient()))
    assert bench.found() == 2
    bench.first.error = None
    bench.now += 29.9
    assert (bench.found(), bench.first.asked) == (2, 1)
    bench.now += 0.2
    assert (bench.found(), bench.first.asked) == (1, 2)
    bench.first.error = Transient()
    assert (bench.found(), bench.first.asked) == (2, 3)


def test_what_needs_a_person_is_raised() -> None:
    bench = Bench(Answers(1, Permanent("Install it.")))
    with pytest.raises(Permanent, match="Install it"):
        bench.found()


def test_without_another_one_the_error_is_raised_and_the_first_is_asked_again() -> None:
    bench = Bench(Answers(1, Transient("Away.")), None)
    for _ in range(2):
        with pytest.raises(Transient, match="Away"):
            bench.found()
    assert bench.first.asked == 2


def test_an_error_of_the_other_one_is_raised() -> None:
    bench = Bench(Answers(1, Transient("Away.")), Answers(2, Transient("No database.")))
    for _ in range(2):
        with pytest.raises(Transient, match="No database"):
            bench.found()
