from dataclasses import replace

import pytest

from app.ui.notes import Note
from app.ui.source import Source, boxes_on, source_of_note, source_of_passage, turn_to
from app.ui.source_view import GONE, SCALE, TextPart, mark_quote, source_view
from ingest.errors import NotFound, Transient
from ingest.model import Page, Region, Version
from tests.unit.app.ui.samples import FIRST, SECOND, citation, hit, version

PNG = b"\x89PNG picture"


class Shelf:
    """A document of 34 pages; with pictures or without."""

    def __init__(self, picture: bytes | None = PNG, text: str = "", error: Exception | None = None) -> None:
        self.picture, self.text, self.error = picture, text, error

    def version(self, version_id: int) -> Version:
        if self.error:
            raise self.error
        return version()

    def page(self, version_id: int, number: int) -> Page:
        return Page(number, 595.0, 842.0, self.text)

    def page_image(self, version_id: int, number: int, *, scale: float = 1.0) -> bytes | None:
        assert scale == SCALE
        return self.picture


@pytest.fixture
def spanning() -> Source:
    regions = (Region(3, (FIRST, FIRST)), Region(4, (SECOND,)))
    return source_of_note(1, Note(2, citation("Over two pages.", *regions)))


def test_a_quote_over_two_pages_shows_both_with_their_own_boxes(spanning: Source) -> None:
    view = source_view(Shelf(), spanning)
    assert [(page.number, page.boxes) for page in view.pages] == [(3, (FIRST,)), (4, (SECOND,))]
    assert (view.label, view.anchor) == ("Footnote 2", "note-2")
    assert view.where == "pages 3–4 of 34 · version 2"
    assert (view.previous, view.next, view.away) == (2, 5, False)
    assert view.pages[0].image == "data:image/png;base64,iVBORyBwaWN0dXJl"


def test_turning_the_page_leaves_the_quote_and_comes_back(spanning: Source) -> None:
    away = source_view(Shelf(), turn_to(spanning, 5))
    assert [page.number for page in away.pages] == [5]
    assert away.away
    assert away.pages[0].boxes == ()
    assert turn_to(turn_to(spanning, 5), 0) == spanning


def test_the_first_and_the_last_page_end_the_turning(spanning: Source) -> None:
    assert source_view(Shelf(), turn_to(spanning, 1)).previous == 0
    assert source_view(Shelf(), turn_to(spanning, 34)).next == 0


def test_without_a_picture_the_text_is_shown_with_the_quote_marked() -> None:
    source = source_of_note(1, Note(1, citation("Eight days a year.", Region(1))))
    (page,) = source_view(Shelf(None, "Leave\nEight days\na year. More."), source).pages
    assert page.image == ""
    assert page.parts == (TextPart("Leave\n", False), TextPart("Eight days\na year.", True), TextPart(" More.", False))


def test_a_document_deleted_meanwhile_is_told_in_words(spanning: Source) -> None:
    view = source_view(Shelf(error=NotFound()), spanning)
    assert (view.error, view.pages) == (GONE, ())
    assert source_view(Shelf(error=Transient("Away.")), spanning).error == "Away."


def test_a_nearest_passage_opens_its_pages_with_its_lines() -> None:
    source = source_of_passage(1, 0, hit())
    assert (source.pages, source.anchor) == ((4, 5), "passage-0")
    assert boxes_on(source, 4) == (FIRST,)
    assert boxes_on(source, 5) == (SECOND,)


def test_a_source_without_regions_opens_the_first_page() -> None:
    source = replace(source_of_note(1, Note(1, citation())), regions=())
    assert turn_to(source, 0).pages == (1,)


@pytest.mark.parametrize(
    ("text", "quote", "marked"),
    [
        ("The **core** time\nis ten.", "The core time is ten.", "The **core** time\nis ten."),
        ("a <b>bold</b> claim", "<b>bold</b>", "b>bold</b"),
        ("eighty days", "eight", ""),
        ("nothing here", "something else", ""),
        ("anything", "…", ""),
        ("x (a+b) y", "(a+b)", "a+b"),
    ],
)
def test_quotes_are_found_whatever_stands_between_the_words(text: str, quote: str, marked: str) -> None:
    parts = mark_quote(text, quote)
    assert "".join(part.text for part in parts) == text
    assert "".join(part.text for part in parts if part.marked) == marked
