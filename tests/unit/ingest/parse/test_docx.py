import zipfile
from pathlib import Path

import pytest
from docx import Document
from docx.enum.text import WD_BREAK
from docx.oxml import OxmlElement

from ingest.errors import Damaged, NoText, PasswordProtected, TooLarge
from ingest.model import BlockKind, ParsedDocument
from ingest.parse.docx import DocxParser


def parse(path: Path) -> ParsedDocument:
    return DocxParser().parse(path, "leave_policy.docx")


def test_blocks_in_document_order(tmp_path: Path) -> None:
    word = Document()
    word.core_properties.title = "Leave Policy"
    word.add_heading("Leave", 1)
    word.add_paragraph("Everyone has ").add_run("26 days.").bold = True
    table = word.add_table(3, 2)
    for row, texts in zip(table.rows, (("Kind", "Days"), ("Annual", "26"), ("Casual", "8")), strict=True):
        for cell, text in zip(row.cells, texts, strict=True):
            cell.text = text
    for cell in table.rows[0].cells:
        cell.paragraphs[0].runs[0].bold = True
    word.add_heading("Casual leave", 2)
    word.add_paragraph("half a day", style="List Bullet")
    word.save(str(tmp_path / "a.docx"))

    document = parse(tmp_path / "a.docx")
    assert document.title == "Leave Policy"
    assert [(block.kind, block.level, block.text, block.table_header) for block in document.blocks] == [
        (BlockKind.HEADING, 1, "Leave", ""),
        (BlockKind.PARAGRAPH, 0, "Everyone has 26 days.", ""),
        (BlockKind.TABLE_ROW, 0, "Kind | Days", ""),
        (BlockKind.TABLE_ROW, 0, "Annual | 26", "Kind | Days"),
        (BlockKind.TABLE_ROW, 0, "Casual | 8", "Kind | Days"),
        (BlockKind.HEADING, 2, "Casual leave", ""),
        (BlockKind.LIST_ITEM, 0, "half a day", ""),
    ]


def test_a_merged_cell_counts_once(tmp_path: Path) -> None:
    word = Document()
    table = word.add_table(2, 3)
    table.cell(0, 0).merge(table.cell(0, 1)).text = "Both"
    table.cell(0, 2).text = "Third"
    for column, text in enumerate("abc"):
        table.cell(1, column).text = text
    word.save(str(tmp_path / "a.docx"))
    assert [block.text for block in parse(tmp_path / "a.docx").blocks] == ["Both | Third", "a | b | c"]


def test_page_breaks_divide_pages_even_within_a_paragraph(tmp_path: Path) -> None:
    word = Document()
    word.add_paragraph("First page.")
    paragraph = word.add_paragraph()
    paragraph.add_run("Still first").add_break(WD_BREAK.PAGE)
    paragraph.add_run("already second.")
    word.add_paragraph("Third page.").paragraph_format.page_break_before = True
    word.save(str(tmp_path / "a.docx"))
    document = parse(tmp_path / "a.docx")
    assert [page.text for page in document.pages] == ["First page.\nStill first", "already second.", "Third page."]
    assert document.blocks[1].text == "Still first already second."
    assert [line.page for line in document.blocks[1].lines] == [1, 2]


def test_pages_that_word_recorded_win_over_explicit_breaks(tmp_path: Path) -> None:
    word = Document()
    word.add_paragraph("First page.").add_run().add_break(WD_BREAK.PAGE)
    run = word.add_paragraph().add_run()
    run._r.append(OxmlElement("w:lastRenderedPageBreak"))
    run.add_text("Second page.")
    table = word.add_table(2, 2)
    for cell in (table.cell(0, 0), table.cell(0, 1), table.cell(1, 1)):
        cell.text = "cell"
    run = table.cell(1, 0).paragraphs[0].add_run()
    run._r.append(OxmlElement("w:lastRenderedPageBreak"))
    run.add_text("third")
    word.save(str(tmp_path / "a.docx"))
    pages = parse(tmp_path / "a.docx").pages
    assert [page.text for page in pages] == ["First page.", "Second page.\ncell | cell", "third | cell"]


def test_content_controls_insertions_and_links_are_read_and_deletions_are_not(tmp_path: Path) -> None:
    word = Document()
    control = OxmlElement("w:sdt")
    content = OxmlElement("w:sdtContent")
    control.append(content)
    paragraph = word.add_paragraph("Kept ")
    for tag, text_tag, text in (
        ("w:ins", "w:t", "inserted "),
        ("w:del", "w:delText", "deleted "),
        ("w:hyperlink", "w:t", "linked"),
    ):
        change, run, words = OxmlElement(tag), OxmlElement("w:r"), OxmlElement(text_tag)
        words.text = text
        run.append(words)
        change.append(run)
        paragraph._p.append(change)
    paragraph._p.addprevious(control)
    content.append(paragraph._p)
    word.save(str(tmp_path / "a.docx"))
    assert [block.text for block in parse(tmp_path / "a.docx").blocks] == ["Kept inserted linked"]


def test_junk_a_cut_file_and_a_zip_of_something_else_are_damaged(tmp_path: Path) -> None:
    word = Document()
    word.add_paragraph("Text")
    word.save(str(tmp_path / "whole.docx"))
    (tmp_path / "cut.docx").write_bytes((tmp_path / "whole.docx").read_bytes()[:-200])
    (tmp_path / "junk.docx").write_bytes(b"PK\x03\x04 and then nothing")
    with zipfile.ZipFile(tmp_path / "zip.docx", "w") as archive:
        archive.writestr("a.txt", "x")
    for name in ("cut", "junk", "zip"):
        with pytest.raises(Damaged):
            parse(tmp_path / f"{name}.docx")


def test_malformed_xml_is_damaged(tmp_path: Path) -> None:
    word = Document()
    word.save(str(tmp_path / "whole.docx"))
    with zipfile.ZipFile(tmp_path / "whole.docx") as source, zipfile.ZipFile(tmp_path / "a.docx", "w") as target:
        for entry in source.infolist():
            broken = entry.filename == "word/document.xml"
            target.writestr(entry, b"<w:document" if broken else source.read(entry))
    with pytest.raises(Damaged):
        parse(tmp_path / "a.docx")


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.docx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", bytes(60_000_000))
    with pytest.raises(TooLarge):
        parse(tmp_path / "a.docx")


def test_an_encrypted_file_is_told_as_such(tmp_path: Path) -> None:
    (tmp_path / "a.docx").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500))
    with pytest.raises(PasswordProtected, match="Word"):
        parse(tmp_path / "a.docx")


def test_an_empty_document_has_no_text(tmp_path: Path) -> None:
    Document().save(str(tmp_path / "a.docx"))
    with pytest.raises(NoText):
        parse(tmp_path / "a.docx")
