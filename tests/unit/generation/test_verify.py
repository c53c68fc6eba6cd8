"""Checking drafted sentences."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generation.model import DraftSentence, Evidence, Verdict
from generation.verify import GroundingVerifier
from tests.unit.material import evidence

QUOTE = "Employees with two years of service get 12 days of casual leave and EUR 1,200.50 a year."


def verdict(text: str, *quotes: str | Evidence) -> Verdict:
    cited = [one if isinstance(one, Evidence) else evidence(one) for one in quotes]
    return GroundingVerifier().verify(DraftSentence(text, (1,)), cited)


@pytest.mark.parametrize(
    "text",
    [
        QUOTE,
        "Employees get twelve days of casual leave.",
        "Casual leave is 12 days a year.",
        "The employee gets EUR 1200.5 a year.",
        "After 2 years of service employees get casual leave.",
    ],
)
def test_supported(text: str) -> None:
    assert verdict(text, QUOTE).supported


@pytest.mark.parametrize(
    ("text", "invented"),
    [
        ("Employees get 15 days of casual leave.", "15"),
        ("Employees get 12 days of casual leave and EUR 1,250 a year.", "1250"),
        ("Employees get thirteen days of casual leave.", "13"),
        ("Employees get 1.2 days of casual leave.", "1.2"),
    ],
)
def test_an_invented_number_is_named(text: str, invented: str) -> None:
    found = verdict(text, QUOTE)
    assert not found.supported
    assert found.score == 0.0
    assert found.reason == f"not in the quote: {invented}"


def test_a_number_must_stand_in_the_quote_not_in_the_heading() -> None:
    cited = evidence("Employees get casual leave.", context="Leave in 2024")
    assert not verdict("Employees get casual leave in 2024.", cited).supported


@pytest.mark.parametrize(
    "text",
    [
        "Employees do not get casual leave.",
        "No employees get casual leave.",
        "Employees never get casual leave.",
        "Employees don't get casual leave.",
        "Employees wouldn’t get casual leave.",
        "Employees get casual leave without service.",
    ],
)
def test_a_negation_that_the_quote_lacks(text: str) -> None:
    assert verdict(text, QUOTE) == Verdict(False, 0.0, "the sentence denies what the quote does not")


def test_a_negation_that_the_quote_has() -> None:
    assert verdict("Casual leave cannot be carried over.", "Casual leave may not be carried over.").supported


def test_other_words() -> None:
    found = verdict("Employees get sabbaticals, bonuses and a company bicycle.", QUOTE)
    assert not found.supported
    assert 0.0 < found.score < 0.6
    assert found.reason == "its words are not in the quote"


def test_several_quotes_support_together() -> None:
    quotes = ["Casual leave is 12 days.", "Sick leave is 10 days."]
    assert not verdict("Casual leave is 12 days, sick leave is 10 days.", quotes[0]).supported
    assert verdict("Casual leave is 12 days, sick leave is 10 days.", *quotes).supported


def test_a_sentence_that_cites_nothing() -> None:
    assert verdict("Casual leave is paid.") == Verdict(False, 0.0, "it cites nothing")


texts = st.one_of(
    st.text(min_size=1, max_size=200),
    st.lists(
        st.sampled_from(
            ["leave", "not", "12", "1,200.50", "don't", "twelve", "|", "never", "third", "(a)", "10:30", "%"]
        ),
        min_size=1,
        max_size=20,
    ).map(" ".join),
)


@given(texts)
def test_a_quote_always_supports_itself(text: str) -> None:
    found = verdict(text, text)
    assert found == Verdict(True, 1.0, "supported")


@given(texts, st.integers(10**6, 10**9))
def test_a_number_from_nowhere_never_passes(text: str, number: int) -> None:
    assert verdict(f"{text} {number}", text).supported is (str(number) in text)


@given(texts, texts)
def test_more_evidence_never_takes_support_away(text: str, other: str) -> None:
    if verdict(text, text).supported:
        assert verdict(text, text, other).supported
