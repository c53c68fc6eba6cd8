import pytest

from app.ui.notes import collect_notes, note_numbers, page_label
from ingest.model import Region
from tests.unit.app.ui.samples import citation, sentence

ONE, TWO, THREE = citation("one"), citation("two"), citation("three")


def test_numbers_follow_first_use_and_a_citation_used_twice_is_one_footnote() -> None:
    sentences = (sentence("A.", TWO), sentence("B.", ONE, TWO), sentence("C.", THREE))
    notes = collect_notes(sentences)
    assert [(note.number, note.citation.quote) for note in notes] == [(1, "two"), (2, "one"), (3, "three")]
    assert [note_numbers(each, notes) for each in sentences] == [(1,), (1, 2), (3,)]


def test_numbers_stay_when_more_sentences_arrive() -> None:
    sentences = (sentence("A.", TWO), sentence("B.", ONE), sentence("C.", THREE))
    assert collect_notes(sentences)[:2] == collect_notes(sentences[:2])


def test_the_same_words_at_another_place_are_another_footnote() -> None:
    other = citation("one", Region(9))
    assert len(collect_notes((sentence("A.", ONE, other),))) == 2


@pytest.mark.parametrize(
    ("pages", "words"),
    [
        ([7], "page 7"),
        ([7, 7], "page 7"),
        ([8, 7], "pages 7–8"),
        ([3, 7, 8, 9], "pages 3, 7–9"),
        ([1, 3], "pages 1, 3"),
        ([], ""),
    ],
)
def test_pages_in_words(pages: list[int], words: str) -> None:
    assert page_label(pages) == words
