from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pypdfium2
import pytest
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase.pdfmetrics import stringWidth

from ingest.errors import Damaged, NeedsOcr, NoPages, NoText, PasswordProtected
from ingest.model import Block, BlockKind, ParsedDocument
from ingest.parse.pdf import PdfParser
from tests.unit.ingest.parse.drawing import HEIGHT, LOREM, Sheet, draw, picture


def parse(path: Path) -> ParsedDocument:
    return PdfParser().parse(path, path.name)


def texts(blocks: Sequence[Block], kind: BlockKind) -> list[str]:
    return [block.text for block in blocks if block.kind is kind]


def test_box_and_edges_are_where_the_text_was_drawn(tmp_path: Path) -> None:
    path = draw(tmp_path / "a.pdf", lambda sheet: sheet.text(72, 100, "Casual leave is eight days"))
    (line,) = parse(path).blocks[0].lines
    assert line.box is not None
    assert line.box.x0 == pytest.approx(72, abs=1)
    assert line.box.x1 == pytest.approx(72 + stringWidth("Casual leave is eight days", "Helvetica", 11), abs=1)
    assert line.box.y0 == pytest.approx(100 - 0.8 * 11, abs=2)
    assert line.box.y1 == pytest.approx(100 + 0.2 * 11, abs=2)
    assert len(line.edges) == line.span.end - line.span.start + 1
    assert line.edges[7] == pytest.approx(72 + stringWidth("Casual ", "Helvetica", 11), abs=1)


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_boxes_of_a_rotated_page_agree_with_its_picture(tmp_path: Path, turn: int) -> None:
    path = draw(tmp_path / "a.pdf", lambda sheet: sheet.text(100, 200, "HHHHHHHHHHHH"))
    document = pypdfium2.PdfDocument(path)
    document[0].set_rotation(turn)
    document.save(tmp_path / "turned.pdf")
    parsed = parse(tmp_path / "turned.pdf")
    picture = document[0].render(scale=1).to_pil().convert("L").point(lambda value: 255 * (value < 128))
    ink = picture.getbbox()
    box = parsed.blocks[0].lines[0].box
    assert ink is not None
    assert box is not None
    assert (parsed.pages[0].width, parsed.pages[0].height) == pytest.approx(picture.size, abs=1)
    assert (box.x0 - 3.5, box.y0 - 3.5) <= (ink[0], ink[1])
    assert ink[0] - box.x0 < 4
    assert ink[1] - box.y0 < 4
    assert box.x1 - ink[2] < 4
    assert box.y1 - ink[3] < 4


def test_boxes_count_from_the_crop_box(tmp_path: Path) -> None:
    path = draw(tmp_path / "a.pdf", lambda sheet: sheet.text(100, 200, "Casual leave"))
    document = pypdfium2.PdfDocument(path)
    document[0].set_cropbox(40, 50, 500, HEIGHT - 60)
    document.save(tmp_path / "cropped.pdf")
    parsed = parse(tmp_path / "cropped.pdf")
    box = parsed.blocks[0].lines[0].box
    assert box is not None
    assert (box.x0, box.y1) == pytest.approx((60, 140 + 2.2), abs=2)
    assert (parsed.pages[0].width, parsed.pages[0].height) == pytest.approx((460, HEIGHT - 110), abs=0.1)


def test_text_that_runs_upwards_is_read_and_boxed(tmp_path: Path) -> None:
    def drawing(sheet: Sheet) -> None:
        sheet.paragraph(72, 100, 400, LOREM)
        sheet.canvas.saveState()
        sheet.canvas.translate(40, HEIGHT - 400)
        sheet.canvas.rotate(90)
        sheet.canvas.drawString(0, 0, "Printed from the intranet")
        sheet.canvas.restoreState()

    blocks = parse(draw(tmp_path / "a.pdf", drawing)).blocks
    box = blocks[-1].lines[0].box
    assert blocks[-1].text == "Printed from the intranet"
    assert box is not None
    assert box.y1 == pytest.approx(400, abs=2)
    assert box.y0 == pytest.approx(400 - stringWidth("Printed from the intranet", "Helvetica", 11), abs=3)
    assert box.x1 == pytest.approx(42, abs=2)


def test_two_columns_are_read_one_after_the_other_below_a_full_width_heading(tmp_path: Path) -> None:
    def drawing(sheet: Sheet) -> None:
        sheet.text(72, 90, "Leave at Quillmere and how to ask for it properly", "Helvetica-Bold", 18)
        sheet.paragraph(72, 120, 215, f"Left begins here. {LOREM} Left ends here.")
        sheet.paragraph(310, 120, 215, f"Right begins here. {LOREM} Right ends here.")

    document = parse(draw(tmp_path / "a.pdf", drawing))
    assert document.blocks[0].kind is BlockKind.HEADING
    text = document.pages[0].text.replace("\n", " ")
    marks = ["Leave at Quillmere", "Left begins", LOREM, "Left ends", "Right begins", "Right ends"]
    places = [text.find(mark) for mark in marks]
    assert -1 not in places
    assert places == sorted(places)


def test_heading_levels_follow_size_and_number(tmp_path: Path) -> None:
    def drawing(sheet: Sheet) -> None:
        y = 80.0
        for chapter in (1, 2):
            sheet.text(72, y, f"{chapter} Chapter", "Helvetica-Bold", 18)
            for section in (1, 2):
                sheet.text(72, y + 30, f"{chapter}.{section} Section", "Helvetica-Bold", 14)
                sheet.text(72, y + 50, "Details", "Helvetica-Bold", 11)
                y = sheet.paragraph(72, y + 64, 450, LOREM) + 10
            y += 20

    blocks = parse(draw(tmp_path / "a.pdf", drawing)).blocks
    levels = [(block.text, block.level) for block in blocks if block.kind is BlockKind.HEADING]
    section = [("Section", 2), ("Details", 3)]
    assert [(text.split()[-1], level) for text, level in levels] == [("Chapter", 1), *section, *section] * 2


def test_bold_words_in_a_paragraph_are_no_heading(tmp_path: Path) -> None:
    def drawing(sheet: Sheet) -> None:
        sheet.text(72, 100, "Note: ", "Helvetica-Bold")
        sheet.text(72 + stringWidth("Note: ", "Helvetica-Bold", 11), 100, "the form must be signed.")
        sheet.paragraph(72, 140, 450, LOREM)

    blocks = parse(draw(tmp_path / "a.pdf", drawing)).blocks
    assert [block.kind for block in blocks] == [BlockKind.PARAGRAPH] * 2
    assert blocks[0].text == "Note: the form must be signed."


def test_running_headers_footers_and_page_numbers_are_dropped_and_nothing_else(tmp_path: Path) -> None:
    def drawing(sheet: Sheet) -> None:
        for number in range(1, 6):
            sheet.text(72, 40, "Employee Handbook", size=9)
            sheet.text(400, 40, "Quillmere", size=9)
            sheet.text(72, 80, f"Section {number * 3} opens here", "Helvetica-Bold", 16)
            sheet.paragraph(72, 110, 450, f"Only page {number * 7} says this. {LOREM}")
            sheet.text(280, HEIGHT - 40, f"Page {number} of 5", size=9)
            sheet.next_page()

    document = parse(draw(tmp_path / "a.pdf", drawing))
    text = "\n".join(page.text for page in document.pages)
    assert "Employee Handbook" not in text
    assert "Quillmere" not in text
    assert "of 5" not in text
    assert [f"Section {3 * number} opens here" in text for number in range(1, 6)] == [True] * 5
    assert [f"Only page {7 * number} says this" in text for number in range(1, 6)] == [True] * 5


def test_two_pages_keep_all_their_text(tmp_path: Path) -> None:
    def drawing(sheet: Sheet) -> None:
        for number in (1, 2):
            sheet.text(72, 40, "Employee Handbook", size=9)
            sheet.paragraph(72, 110, 450, LOREM)
            sheet.text(280, HEIGHT - 40, f"Page {number}", size=9)
            sheet.next_page()

    document = parse(draw(tmp_path / "a.pdf", drawing))
    assert [page.text.count("Employee Handbook") for page in document.pages] == [1, 1]
    assert "Page 2" in document.pages[1].text


def test_hyphenated_words_are_mended_and_compounds_keep_their_hyphen(tmp_path: Path) -> None:
    def drawing(sheet: Sheet) -> None:
        sheet.text(72, 100, "All who work here may see the imple-")
        sheet.text(72, 114, "mentation of the plan, and a well-")
        sheet.text(72, 128, "known form is used for it by the team.")
        sheet.text(72, 160, "The form is well known to those who have read this.")

    block = parse(draw(tmp_path / "a.pdf", drawing)).blocks[0]
    assert "see the implementation of the plan, and a well-known form" in block.text
    first, second, *_ = block.lines
    assert block.text[first.span.start : first.span.end].endswith("imple")
    assert block.text[second.span.start :].startswith("mentation")
    assert first.span.end == second.span.start


def test_paragraph_runs_over_a_page_break(tmp_path: Path) -> None:
    def drawing(sheet: Sheet) -> None:
        sheet.paragraph(72, 100, 450, f"{LOREM} The sum is paid out")
        sheet.next_page()
        sheet.paragraph(72, 80, 450, f"with the salary of the month after. {LOREM}")

    document = parse(draw(tmp_path / "a.pdf", drawing))
    (block,) = document.blocks
    assert "The sum is paid out with the salary of the month after." in block.text
    assert {line.page for line in block.lines} == {1, 2}
    assert document.pages[0].text.endswith("The sum is paid out")
    assert document.pages[1].text.startswith("with the salary")


def test_table_rows_stay_together_with_their_header(tmp_path: Path) -> None:
    rows = [
        ("Kind of leave", "Days", "Pay", "Notice"),
        ("Annual leave", "26", "Full pay", "3 weeks"),
        ("Casual leave", "8", "Full pay", "Same morning"),
        ("Sick leave", "18", "Half pay after that", "None"),
    ]

    def drawing(sheet: Sheet) -> None:
        sheet.paragraph(72, 80, 450, LOREM)
        for number, row in enumerate(rows):
            for x, cell in zip((72, 190, 250, 380), row, strict=True):
                sheet.text(x, 180 + 20 * number, cell, "Helvetica-Bold" if number == 0 else "Helvetica")
        sheet.paragraph(72, 290, 450, LOREM)

    document = parse(draw(tmp_path / "a.pdf", drawing))
    found = [block for block in document.blocks if block.kind is BlockKind.TABLE_ROW]
    assert [block.text for block in found] == [" | ".join(row) for row in rows]
    assert [block.table_header for block in found] == ["", *[" | ".join(rows[0])] * 3]
    assert texts(document.blocks, BlockKind.PARAGRAPH) == [LOREM, LOREM]
    boxes = [line.box.x0 for line in found[2].lines if line.box]
    assert boxes == pytest.approx([72, 190, 250, 380], abs=1.5)


def test_cells_of_several_lines_are_joined_to_their_row(tmp_path: Path) -> None:
    rows = [
        (["Item"], ["Rule"], ["Limit"]),
        (["Hotel"], ["Breakfast is included", "in the price"], ["120"]),
        (["Own car"], ["Up to 400 km", "for each trip"], ["0.36"]),
    ]

    def drawing(sheet: Sheet) -> None:
        for number, row in enumerate(rows):
            for x, cell in zip((72, 190, 400), row, strict=True):
                for line, text in enumerate(cell):
                    sheet.text(x, 100 + 40 * number + 13 * line, text)

    found = texts(parse(draw(tmp_path / "a.pdf", drawing)).blocks, BlockKind.TABLE_ROW)
    assert found == ["Item | Rule | Limit", "Hotel | Breakfast is included in the price | 120",
                     "Own car | Up to 400 km for each trip | 0.36"]  # fmt: skip


def test_bullets_and_numbered_clauses_are_items_of_their_own(tmp_path: Path) -> None:
    def drawing(sheet: Sheet) -> None:
        sheet.text(72, 100, "You bring along:")
        for number, item in enumerate(("a passport that is valid", "the signed contract", "a photo")):
            sheet.text(80, 116 + 14 * number, "\u2022")
            sheet.text(98, 116 + 14 * number, item)
        sheet.text(72, 180, "4.2.1")
        sheet.paragraph(110, 180, 400, f"First clause. {LOREM}")

    blocks = parse(draw(tmp_path / "a.pdf", drawing)).blocks
    items = texts(blocks, BlockKind.LIST_ITEM)
    assert items[:3] == ["\u2022 a passport that is valid", "\u2022 the signed contract", "\u2022 a photo"]
    assert items[3] == f"4.2.1 First clause. {LOREM}"
    assert texts(blocks, BlockKind.PARAGRAPH) == ["You bring along:"]


def test_every_line_of_a_page_occurs_in_its_text_and_spans_are_exact(tmp_path: Path) -> None:
    def drawing(sheet: Sheet) -> None:
        sheet.text(72, 60, "Leave", "Helvetica-Bold", 18)
        sheet.paragraph(72, 100, 215, LOREM)
        sheet.paragraph(310, 100, 215, LOREM)
        sheet.next_page()
        sheet.paragraph(72, 100, 300, LOREM)

    document = parse(draw(tmp_path / "a.pdf", drawing))
    for block in document.blocks:
        covered = "".join(block.text[line.span.start : line.span.end] for line in block.lines)
        assert covered.replace(" ", "") == block.text.replace(" ", "")
        for line in block.lines:
            assert block.text[line.span.start : line.span.end] in document.pages[line.page - 1].text
            assert list(line.edges) == sorted(line.edges)


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        ("Leave Policy", "Leave Policy"),
        ("Microsoft Word - leave_v3.docx", "Rules for leave"),
        ("untitled", "Rules for leave"),
    ],
)
def test_title_is_the_stated_one_unless_it_is_none(tmp_path: Path, stated: str, expected: str) -> None:
    def drawing(sheet: Sheet) -> None:
        sheet.canvas.setTitle(stated)
        sheet.text(72, 60, "Rules for leave", "Helvetica-Bold", 20)
        sheet.paragraph(72, 100, 450, LOREM)

    assert parse(draw(tmp_path / "a.pdf", drawing)).title == expected


def test_title_falls_back_on_the_file_name(tmp_path: Path) -> None:
    path = draw(tmp_path / "a.pdf", lambda sheet: sheet.paragraph(72, 100, 450, LOREM))
    assert PdfParser().parse(path, "leave_policy-2026.pdf").title == "leave policy 2026"


def test_a_pdf_that_needs_a_password_is_refused_and_an_empty_one_opens(tmp_path: Path) -> None:
    locked = StandardEncryption("secret", ownerPassword="owner")
    path = draw(tmp_path / "a.pdf", lambda sheet: sheet.text(72, 100, "Hidden"), encrypt=locked)
    with pytest.raises(PasswordProtected):
        parse(path)
    opening = StandardEncryption("", ownerPassword="owner")
    path = draw(tmp_path / "b.pdf", lambda sheet: sheet.text(72, 100, "Seen"), encrypt=opening)
    assert parse(path).pages[0].text == "Seen"


def test_a_pdf_without_pages_whatever_was_opened_before(tmp_path: Path) -> None:
    locked = StandardEncryption("secret", ownerPassword="owner")
    with pytest.raises(PasswordProtected):
        parse(draw(tmp_path / "locked.pdf", lambda sheet: sheet.text(72, 100, "Hidden"), encrypt=locked))
    pypdfium2.PdfDocument.new().save(tmp_path / "a.pdf")
    with pytest.raises(NoPages):
        parse(tmp_path / "a.pdf")


def test_pages_that_are_pictures_need_ocr(tmp_path: Path) -> None:
    def drawing(sheet: Sheet) -> None:
        sheet.canvas.drawImage(ImageReader(picture()), 0, 0, 500, 700)

    with pytest.raises(NeedsOcr):
        parse(draw(tmp_path / "a.pdf", drawing))


def test_pages_without_text_and_pictures_have_no_text(tmp_path: Path) -> None:
    with pytest.raises(NoText):
        parse(draw(tmp_path / "a.pdf", lambda sheet: sheet.canvas.rect(10, 10, 50, 50)))


def test_junk_behind_a_pdf_mark_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(b"%PDF-1.7\n" + bytes(range(256)) * 20)
    with pytest.raises(Damaged):
        parse(path)


def test_files_can_be_parsed_in_several_threads_at_once(tmp_path: Path) -> None:
    paths = [
        draw(tmp_path / f"{number}.pdf", lambda sheet, number=number: sheet.text(72, 100, f"File {number}"))  # type: ignore[misc]
        for number in range(12)
    ]
    with ThreadPoolExecutor(4) as pool:
        documents = list(pool.map(parse, paths))
    assert [document.pages[0].text for document in documents] == [f"File {number}" for number in range(12)]
