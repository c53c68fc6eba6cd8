from array import array
from pathlib import Path

import pytest
from reportlab.pdfbase.pdfmetrics import stringWidth

from ingest.model import Block, BlockKind, Box, Line, Region, Span
from ingest.parse.pdf import PdfParser
from ingest.sentences import block_sentences, regions, split_sentences
from tests.unit.ingest.parse.drawing import draw


def split(text: str) -> list[str]:
    return [text[span.start : span.end] for span in split_sentences(text)]


@pytest.mark.parametrize(
    "sentences",
    [
        ["It costs $1.50 a day.", "See No. 5 of the list.", "Dr. Smith agrees."],
        ["Bring papers, e.g. a passport, i.e. the real one.", "Then wait."],
        ["Visit https://www.leave.example/a.b?c=1.2.", "Write to hr@leave.example.", "Go!"],
        ["4.2.1 Sick leave is paid.", "4.2.2 Casual leave is not."],
        ["1. First you ask.", "2. Then you go."],
        ["(a) You call.", "(b) You write."],
        ['"Is that so?" he asked.', "She said yes.", '"Stop."', "They left."],
        ["Leave (incl. holidays, etc.) is paid.", "See Sec. 4.2 and Fig. 3."],
        ["Approx. 5 percent are left.", "The limit is 5.", "Other rules apply."],
        ["Forms are in Appendix A.", "Leave starts on Monday."],
        ["He waits (see the manual. It helps.) and goes.", "Done."],
        ["\u201cLeave,\u201d she said.", "\u201cNow.\u201d", "Café ends \U0001f600 here.", "Über all."],
        ["It don't matter.", "The employees' leave is theirs."],
        ["No end"],
    ],
)
def test_sentences(sentences: list[str]) -> None:
    assert split(" ".join(sentences)) == sentences


def test_spans_leave_out_white_space_and_cover_all_else() -> None:
    text = "  One here.   Two\nthere!  \n\n(Three.)  "
    spans = split_sentences(text)
    assert [text[span.start : span.end] for span in spans] == ["One here.", "Two\nthere!", "(Three.)"]
    outside = set(range(len(text))) - {place for span in spans for place in range(span.start, span.end)}
    assert all(text[place].isspace() for place in outside)


@pytest.mark.parametrize("text", ["", " \n ", "\t"])
def test_blank_text_has_no_sentence(text: str) -> None:
    assert split_sentences(text) == []


def test_headings_and_table_rows_are_one_sentence() -> None:
    text = "Q. and A. How much? 8 days."
    for kind, count in ((BlockKind.HEADING, 1), (BlockKind.TABLE_ROW, 1), (BlockKind.PARAGRAPH, 3)):
        assert len(block_sentences(Block(kind, text, ()))) == count


def test_regions_cut_lines_at_characters_and_group_by_page() -> None:
    first = Line(Span(0, 4), 1, Box(10, 700, 50, 710), array("f", [10, 20, 30, 40, 50]))
    second = Line(Span(5, 9), 2, Box(10, 50, 50, 60), array("f", [10, 20, 30, 40, 50]))
    block = Block(BlockKind.PARAGRAPH, "abcd efgh", (first, second))
    assert regions(block, Span(2, 7)) == (
        Region(1, (Box(30, 700, 50, 710),)),
        Region(2, (Box(10, 50, 30, 60),)),
    )
    assert regions(block, Span(5, 9)) == (Region(2, (Box(10, 50, 50, 60),)),)


def test_regions_without_geometry_name_the_page() -> None:
    block = Block(BlockKind.PARAGRAPH, "abcd", (Line(Span(0, 4), 3),))
    assert regions(block, Span(1, 2)) == (Region(3, ()),)


def test_a_sentence_in_the_middle_of_a_line_is_boxed_where_it_was_drawn(tmp_path: Path) -> None:
    text = "Ask first. Casual leave is eight days. Then go."
    path = draw(tmp_path / "a.pdf", lambda sheet: sheet.text(72, 100, text))
    block = PdfParser().parse(path, "a.pdf").blocks[0]
    ((box,),) = (region.boxes for region in regions(block, split_sentences(block.text)[1]))
    assert box.x0 == pytest.approx(72 + stringWidth("Ask first. ", "Helvetica", 11), abs=2)
    assert box.x1 == pytest.approx(72 + stringWidth("Ask first. Casual leave is eight days.", "Helvetica", 11), abs=2)
    assert box.y0 < 95 < 100 < box.y1
