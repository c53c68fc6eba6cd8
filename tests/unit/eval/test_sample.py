import re

import pytest

from eval.sample import HANDBOOK, QUESTIONS, SampleQuestion, cited_pages, judge, load_questions, normalised, show
from generation.model import Answer, AnswerSentence, Citation
from ingest.model import Region
from ingest.parse.registry import parsers

ASKED = SampleQuestion("q1", "How many days?", "single fact", True, ("8 days", "31 March"), frozenset({8}))
UNANSWERABLE = SampleQuestion("q2", "May I bring a dog?", "not covered", False, (), frozenset())


def answer(*sentences: tuple[str, str, tuple[int, ...]]) -> Answer:
    """An answer of (text, quote, pages) sentences; none for a refusal."""
    made = tuple(
        AnswerSentence(text, (Citation("a.pdf", 1, 1, quote, tuple(Region(page) for page in pages)),))
        for text, quote, pages in sentences
    )
    return Answer("", not made, 0.5, made, ())


def test_right_facts_on_a_right_page() -> None:
    given = answer(("You get 8  Days.", "8 days", (8,)), ("Until then.", "Take them by 31\nMarch.", (3,)))

    assert judge(ASKED, given).fault == ""


def test_every_fact_is_needed() -> None:
    assert judge(ASKED, answer(("You get 8 days.", "8 days", (8,)))).fault == "lacks ['31 March']"


def test_a_right_page_is_needed() -> None:
    given = answer(("8 days, by 31 March.", "8 days", (7, 9)))

    assert judge(ASKED, given).fault == "cites pages [7, 9] instead of [8]"


def test_a_citation_over_two_pages_counts_for_both() -> None:
    assert cited_pages(answer(("text", "quote", (7, 8)))) == {7, 8}


def test_refusing_an_answerable_question_is_wrong() -> None:
    assert judge(ASKED, answer()).fault == "refused"


def test_refusing_an_unanswerable_question_is_right() -> None:
    assert judge(UNANSWERABLE, answer()).fault == ""


def test_answering_an_unanswerable_question_is_wrong() -> None:
    assert judge(UNANSWERABLE, answer(("Dogs may.", "Dogs may.", (1,)))).fault


def test_normalised_ignores_case_space_and_the_shape_of_dashes() -> None:
    assert normalised("  A\u00a0\u201cBig\u201d\n year \u2013 2026 ") == 'a "big" year - 2026'


def test_show_counts_by_type_and_tells_what_was_wrong() -> None:
    shown = show([judge(ASKED, answer()), judge(UNANSWERABLE, answer())])

    assert re.search(r"^answerable +0 +1$", shown, re.MULTILINE)
    assert re.search(r"^not answerable +1 +1$", shown, re.MULTILINE)
    assert re.search(r"^  single fact +0 +1$", shown, re.MULTILINE)
    assert "q1: How many days?\n    refused (confidence 0.50)\n    wanted   8 days; 31 March" in shown
    assert "q2" not in shown


@pytest.mark.slow
def test_the_facts_stand_on_the_pages_that_the_dataset_names() -> None:
    pages = {page.number: page.text for page in parsers()["pdf"].parse(HANDBOOK, HANDBOOK.name).pages}
    questions = load_questions(QUESTIONS)

    assert len(questions) == 40
    assert sum(not one.answerable for one in questions) == 8
    for one in questions:
        text = squeezed(" ".join(pages[page] for page in sorted(one.pages)))
        assert [fact for fact in one.facts if squeezed(fact) not in text] == [], one.id


def squeezed(text: str) -> str:
    """Without white space: a fact may be broken over lines."""
    return normalised(text).replace(" ", "")
