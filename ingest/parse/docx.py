"""Reads Word documents (.docx)."""

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from docx import Document
from docx.document import Document as WordDocument
from docx.opc.exceptions import OpcError
from docx.oxml.ns import qn
from docx.table import Table, _Row
from docx.text.paragraph import Paragraph

from ingest.errors import Damaged, PasswordProtected, TooLarge
from ingest.model import BlockKind, ParsedDocument
from ingest.parse.flow import Flow
from ingest.parse.labels import starts_item

_OLE_MARK = b"\xd0\xcf\x11\xe0"
_UNPACKED_LIMIT = 400_000_000
_LARGEST_RATIO = 200
_DEEPEST_TABLE = 3
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_CHARACTERS = {
    qn("w:tab"): " ",
    qn("w:cr"): " ",
    qn("w:noBreakHyphen"): "-",
    qn("w:lastRenderedPageBreak"): "\f",
}
_HEADING = re.compile(r"heading\s*([1-9])", re.I)
_LIST = re.compile(r"list\b", re.I)


class DocxParser:
    """Parses Word documents: headings by style, lists, tables in document order."""

    def parse(self, path: Path, name: str) -> ParsedDocument:
        """Read the Word document at `path`, uploaded under `name`.

        Pages are those that Word recorded when it last saved the file, else those of explicit page breaks.

        Raises:
            Damaged: It cannot be read. PasswordProtected: It is encrypted. TooLarge: It unpacks to far more than
                a document holds. NoText: It holds no text.
        """
        _check(path)
        try:
            document = Document(str(path))
            flow = Flow()
            _Walker(flow, document).walk()
            title = document.core_properties.title
        # lxml's errors are syntax errors, malformed parts raise all kinds of look-up errors
        except (
            OpcError,
            SyntaxError,
            zipfile.BadZipFile,
            KeyError,
            ValueError,
            AttributeError,
            RecursionError,
        ) as error:
            raise Damaged from error
        return flow.document(title, name)


def _check(path: Path) -> None:
    with path.open("rb") as file:
        if file.read(len(_OLE_MARK)) == _OLE_MARK:
            raise PasswordProtected(
                "The Word file is protected by a password. Save a copy without the password and upload that."
            )
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
            packed = sum(entry.compress_size for entry in archive.infolist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise Damaged from error
    if unpacked > _UNPACKED_LIMIT or (unpacked > 50_000_000 and unpacked > _LARGEST_RATIO * packed):
        raise TooLarge("The Word file unpacks to far more than a document holds. Save it anew and upload that.")


class _Walker:
    def __init__(self, flow: Flow, document: WordDocument) -> None:
        self._flow = flow
        self._document = document
        body = document.element.body
        self._recorded = body.find(f".//{qn('w:lastRenderedPageBreak')}") is not None

    def walk(self) -> None:
        for item in _items(self._document.element.body, self._document):
            if isinstance(item, Table):
                self._table(item)
            else:
                self._paragraph(item)

    def _paragraph(self, paragraph: Paragraph) -> None:
        if not self._recorded and paragraph.paragraph_format.page_break_before:
            self._flow.break_page()
        kind, level = _kind(paragraph)
        text = _text(paragraph._p)
        self._flow.add(kind, text.replace("\v", "" if self._recorded else "\f"), level)

    def _table(self, table: Table) -> None:
        header = ""
        for number, row in enumerate(table.rows):
            cells = _cells(row, 0)
            breaks = max((text.count("\f") for text in cells), default=0)
            starts_page = any(text.lstrip(" ").startswith("\f") for text in cells)
            self._break_pages(breaks if starts_page else 0)
            text = self._flow.add_row([cell.replace("\f", " ") for cell in cells], header)
            self._break_pages(0 if starts_page else breaks)
            if number == 0 and len(table.rows) > 1 and _is_header(row, table):
                header = text

    def _break_pages(self, count: int) -> None:
        for _ in range(count):
            self._flow.break_page()


def _items(element: Any, parent: Any) -> Iterator[Paragraph | Table]:
    """The paragraphs and tables in an element, those in content controls included."""
    for child in element.iterchildren():
        if child.tag == qn("w:p"):
            yield Paragraph(child, parent)
        elif child.tag == qn("w:tbl"):
            yield Table(child, parent)
        elif child.tag in (qn("w:sdt"), qn("w:sdtContent")):
            yield from _items(child, parent)


def _text(element: Any) -> str:
    """The text in order; a recorded page break is a form feed, an explicit one a vertical tab.

    Inserted text is in, deleted text is not; of a text box, which Word stores twice, the second copy is left out.
    """
    if element.tag == qn("w:t"):
        return element.text or ""
    if element.tag == qn("w:br"):
        return "\v" if element.get(qn("w:type")) == "page" else " "
    if element.tag in _CHARACTERS:
        return _CHARACTERS[element.tag]
    if element.tag in (_FALLBACK, qn("w:pPr"), qn("w:rPr")):
        return ""
    return "".join(map(_text, element.iterchildren("{*}*")))


def _kind(paragraph: Paragraph) -> tuple[BlockKind, int]:
    names = list(_style_names(paragraph))
    for name in names:
        if found := _HEADING.match(name):
            return BlockKind.HEADING, min(6, int(found.group(1)))
        if name.lower() == "title":
            return BlockKind.HEADING, 1
    properties = paragraph._p.pPr
    numbered = properties is not None and properties.numPr is not None
    if numbered or any(_LIST.match(name) for name in names) or starts_item(paragraph.text.strip()):
        return BlockKind.LIST_ITEM, 0
    return BlockKind.PARAGRAPH, 0


def _style_names(paragraph: Paragraph) -> Iterator[str]:
    """The names of a paragraph's style and of those it is based on."""
    style: Any = paragraph.style
    for _ in range(10):
        if style is None:
            return
        yield style.name or ""
        style = style.base_style


def _cells(row: _Row, depth: int) -> list[str]:
    """The texts of a row's cells; a merged cell counts once."""
    texts, seen = [], set()
    for cell in row.cells:
        if cell._tc in seen:
            continue
        seen.add(cell._tc)
        texts.append(_cell_text(cell, depth))
    return texts


def _cell_text(cell: Any, depth: int) -> str:
    parts: list[str] = []
    for item in _items(cell._tc, cell):
        if isinstance(item, Paragraph):
            parts.append(_text(item._p).replace("\v", " "))
        elif depth < _DEEPEST_TABLE:
            parts += [", ".join(_cells(row, depth + 1)) for row in item.rows]
    return " ".join(part for part in parts if part.strip(" "))


def _is_header(row: _Row, table: Table) -> bool:
    """Whether Word repeats the row as a header, it is all bold, or the table's style gives it a look of its own."""
    properties = row._tr.trPr
    if properties is not None and properties.find(qn("w:tblHeader")) is not None:
        return True
    runs = [run for cell in row.cells for paragraph in cell.paragraphs for run in paragraph.runs if run.text.strip()]
    if runs and all(run.bold for run in runs):
        return True
    look = table._tbl.tblPr.find(qn("w:tblLook"))
    return look is not None and look.get(qn("w:firstRow")) == "1" and len(table.columns) > 1
