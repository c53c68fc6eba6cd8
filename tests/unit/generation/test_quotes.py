"""Answering with quotes."""

import pytest

from generation.quotes import QuoteDrafter, as_sentences
from tests.unit.material import evidence


def numbers(*scores: float, drafter: QuoteDrafter = QuoteDrafter()) -> list[tuple[int, ...]]:
    pieces = [evidence(f"Text {number}.", number, score) for number, score in enumerate(scores, start=1)]
    return [one.evidence for one in drafter.draft("question", pieces)]


def test_the_best_quote_always_comes() -> None:
    assert numbers(-5.0, -5.5) == [(1,)]
    assert numbers() == []


def test_others_come_when_they_are_close_and_good() -> None:
    assert numbers(5.0, 4.0, 1.9) == [(1,), (2,)]
    assert numbers(2.0, 0.5, -0.1) == [(1,), (2,)]


def test_the_margin_itself_is_still_close() -> None:
    drafter = QuoteDrafter(margin=2.0, floor=1.0)
    assert numbers(5.0, 3.0, 2.9, drafter=drafter) == [(1,), (2,)]
    assert numbers(2.5, 1.0, 0.9, drafter=drafter) == [(1,), (2,)]


def test_three_at_most() -> None:
    assert numbers(5.0, 4.9, 4.8, 4.7) == [(1,), (2,), (3,)]
    assert numbers(5.0, 4.9, drafter=QuoteDrafter(most=1)) == [(1,)]


def test_the_text_is_the_quote() -> None:
    (draft,) = QuoteDrafter().draft("question", [evidence("Casual leave is twelve days.")])
    assert draft.text == "Casual leave is twelve days."
    assert QuoteDrafter().name == "quotes"


def test_a_quote_of_several_sentences_is_told_sentence_by_sentence() -> None:
    drafts = QuoteDrafter().draft("question", [evidence("You get twelve days. They expire in March.", 7)])
    assert [(one.text, one.evidence) for one in drafts] == [
        ("You get twelve days.", (7,)), ("They expire in March.", (7,)),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("quote", "shown"),
    [
        ("Grade | Notice\nA | 4 weeks", "Grade: A; Notice: 4 weeks"),
        ("Grade | Notice | Note\nA | 4 weeks | ", "Grade: A; Notice: 4 weeks"),
        ("Grade | Notice\nA | 4 weeks | extra", "Grade | Notice\nA | 4 weeks | extra"),
        ("Leave is paid for:\nyour wedding", "Leave is paid for:\nyour wedding"),
        ("Leave is paid for:\nYour wedding. Once only.", "Leave is paid for:\nYour wedding. Once only."),
        ("A | 4 weeks", "A | 4 weeks"),
        ("Plain text.", "Plain text."),
    ],
)
def test_a_table_row_is_shown_with_its_column_names(quote: str, shown: str) -> None:
    assert list(as_sentences(quote)) == [shown]
