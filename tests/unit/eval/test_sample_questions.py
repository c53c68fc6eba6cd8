"""The sample handbook and its questions: its source makes the PDF, and the true answers stand on their pages."""

from collections import Counter
from pathlib import Path

import pypdfium2
import pytest

from app.sample.build import SOURCE, TARGET, build_handbook
from eval.sample import QUESTIONS, SampleQuestion, load_questions, normalised

ASKED = load_questions(QUESTIONS)
ANSWERABLE = [one for one in ASKED if one.answerable]
UNANSWERABLE = [one for one in ASKED if not one.answerable]
CASUAL_LEAVE = "How many days of casual leave do employees get in a year?"


@pytest.fixture(scope="module")
def pages() -> dict[int, str]:
    """The text of the handbook by page, from 1."""
    pdf = pypdfium2.PdfDocument(TARGET)
    try:
        return {number: normalised(page.get_textpage().get_text_range()) for number, page in enumerate(pdf, start=1)}
    finally:
        pdf.close()


def test_there_are_40_questions_of_which_32_can_be_answered() -> None:
    assert (len(ASKED), len(ANSWERABLE), len(UNANSWERABLE)) == (40, 32, 8)


@pytest.mark.parametrize("field", ["id", "question"])
def test_no_question_stands_twice(field: str) -> None:
    assert [value for value, times in Counter(getattr(one, field) for one in ASKED).items() if times > 1] == []


def test_the_casual_leave_question_is_among_them() -> None:
    assert [one.facts for one in ANSWERABLE if one.question == CASUAL_LEAVE] == [("8 days",)]


@pytest.mark.parametrize("asked", ANSWERABLE, ids=lambda asked: asked.id)
def test_every_fact_stands_on_every_page_that_is_named(asked: SampleQuestion, pages: dict[int, str]) -> None:
    assert asked.facts
    assert asked.pages
    missing = [(page, fact) for page in asked.pages for fact in asked.facts if normalised(fact) not in pages[page]]
    assert missing == []


@pytest.mark.parametrize("asked", UNANSWERABLE, ids=lambda asked: asked.id)
def test_a_question_without_an_answer_names_no_facts_and_no_pages(asked: SampleQuestion) -> None:
    assert (asked.facts, asked.pages) == ((), frozenset())


def test_casual_leave_stands_in_a_sentence_and_in_the_table(pages: dict[int, str]) -> None:
    assert "employees get 8 days of casual leave in a year." in pages[8]
    assert "casual leave 8 days full pay same morning no" in pages[8]


def test_the_handbook_has_more_than_20_pages_and_each_carries_its_number(pages: dict[int, str]) -> None:
    assert len(pages) > 20
    assert [number for number, text in pages.items() if f"edition 7 page {number}" not in text] == []


def test_the_stored_pdf_is_what_its_source_makes(tmp_path: Path) -> None:
    built = tmp_path / "handbook.pdf"
    build_handbook(SOURCE, built)
    assert built.read_bytes() == TARGET.read_bytes()
