import re

import pytest

from eval.reading.exercises import Exercise
from eval.reading.ranges import ranges

NUMBERS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
EXERCISES = list(ranges(400))
ANSWERED = [one for one in EXERCISES if one.answers]
WORDS = {word: number for number, word in enumerate(NUMBERS)}


def asked_for(exercise: Exercise) -> int:
    """The one number in a question."""
    words = [WORDS[word] for word in re.findall(r"[a-z]+", exercise.question.lower()) if word in WORDS]
    digits = [int(found.replace(",", "")) for found in re.findall(r"\d[\d,]*", exercise.question)]
    (number,) = [*words, *digits] or [-1]
    return number


def bounds(label: str) -> tuple[float, float]:
    """The least and the largest number for which a row holds, read from its text again."""
    numbers = [int(found.replace(",", "")) for found in re.findall(r"\d[\d,]*", label)]
    lower = label.lower()
    if lower.startswith(("less than", "under")):
        return 0, numbers[0] - 1
    if lower.startswith("up to"):
        return 0, numbers[0]
    if lower.startswith("over"):
        return numbers[0] + 1, float("inf")
    if len(numbers) == 1:
        return numbers[0], float("inf")
    if lower.startswith("more than"):
        return numbers[0] + 1, numbers[1]
    return numbers[0], numbers[1] if "–" in label else numbers[1] - 1


def label_of(text: str) -> str:
    """A row's first cell: what follows the table's header."""
    found = re.search(r"(?:Less than|Up to|More than|Over|Under|From|from|€|\$|£|\d).*", text.split(". ", 1)[1])
    assert found
    return found[0]


def test_the_same_seed_gives_the_same_exercises() -> None:
    assert list(ranges(20, 3)) == list(ranges(20, 3)) != list(ranges(20, 4))


def test_half_of_the_questions_have_one_row_that_answers_them() -> None:
    assert len(EXERCISES) == 400
    assert len(ANSWERED) == 200
    assert {len(one.answers) for one in ANSWERED} == {1}


@pytest.mark.parametrize("exercise", ANSWERED[:100], ids=lambda one: one.question)
def test_the_number_lies_in_the_row_that_answers_and_in_no_other(exercise: Exercise) -> None:
    rows = [place for place, text in enumerate(exercise.texts) if " | " in text]
    holding = [place for place in rows if _holds(exercise.texts[place], asked_for(exercise))]
    assert set(holding) == exercise.answers


def _holds(text: str, number: int) -> bool:
    least, most = bounds(label_of(text).split(" | ")[0])
    return least <= number <= most


def test_what_is_asked_for_in_vain_is_in_no_text() -> None:
    wanted = {"leave": "Annual leave", "notice period": "Notice period", "deposit": "Deposit", "bonus": "Bonus"}
    for exercise in EXERCISES:
        for word, header in wanted.items():
            if not exercise.answers and f" {word}" in exercise.question:
                assert not any(f"| {header}" in text for text in exercise.texts), exercise.question
