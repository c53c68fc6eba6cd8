"""Words and numbers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generation.words import content_stems, coverage, numbers, words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1,200 euros", {"1200"}),
        ("1200 euros", {"1200"}),
        ("1,234,567.80", {"1234567.8"}),
        ("12.50 euros", {"12.5"}),
        ("12.00", {"12"}),
        ("twelve days", {"12"}),
        ("Twelve days", {"12"}),
        ("the third year", {"3"}),
        ("007", {"7"}),
        ("0", {"0"}),
        ("from 10:30 to 15:00", {"10:30", "15:00"}),
        ("section 4.2.1", {"4.2.1"}),
        ("12,5", {"12,5"}),
        ("no figure here", set()),
        ("3 of 12, one left", {"3", "12", "1"}),
    ],
)
def test_numbers_in_one_spelling(text: str, expected: set[str]) -> None:
    assert numbers(text) == expected


@given(st.integers(0, 10**9))
def test_grouping_does_not_matter(number: int) -> None:
    assert numbers(f"{number:,}") == numbers(str(number)) == {str(number)}


@given(st.integers(0, 10**6), st.integers(1, 99))
def test_trailing_zeros_do_not_matter(whole: int, hundredths: int) -> None:
    assert numbers(f"{whole}.{hundredths:02d}") == numbers(f"{whole}.{hundredths:02d}0")
    assert numbers(f"{whole}.{hundredths:02d}") != numbers(str(whole))


def test_words_are_folded() -> None:
    assert words("The Employee’s leave isn't PAID.") == ["the", "employee", "leave", "isn't", "paid"]


def test_stems_without_stop_words() -> None:
    assert content_stems("How many days of leaves do employees get?") == {"day", "leav", "employe"}
    assert content_stems("twelve days") == content_stems("12 days")


def test_coverage_is_the_share_of_the_part() -> None:
    assert coverage(frozenset("abcd"), frozenset("abxy")) == 0.5
    assert coverage(frozenset(), frozenset("a")) == 1.0
