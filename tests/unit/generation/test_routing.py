"""Easy and hard questions."""

from dataclasses import replace

import pytest

from generation.routing import Difficulty, EasyQuestions
from tests.unit.material import evidence

EASY = Difficulty(confidence=0.9, pieces=1, length=8, parts=1)
ROUTER = EasyQuestions()


def test_what_is_measured() -> None:
    pieces = [evidence("One.", 1, 5.0), evidence("Two.", 2, 3.5), evidence("Three.", 3, 3.4)]
    found = ROUTER.measure("How long is it, and who pays? And when?", pieces, 0.7)
    assert found == Difficulty(confidence=0.7, pieces=2, length=9, parts=4)


def test_without_evidence_nothing_competes() -> None:
    assert ROUTER.measure("How long?", [], 0.0) == Difficulty(0.0, 0, 2, 1)


def test_a_sure_short_single_question_is_easy() -> None:
    assert ROUTER.easy(EASY)


@pytest.mark.parametrize(
    "hard",
    [
        replace(EASY, confidence=0.79),
        replace(EASY, pieces=3),
        replace(EASY, length=21),
        replace(EASY, parts=2),
    ],
)
def test_each_feature_alone_makes_it_hard(hard: Difficulty) -> None:
    assert not ROUTER.easy(hard)
