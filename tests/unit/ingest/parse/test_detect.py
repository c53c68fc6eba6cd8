import io
import zipfile

import pytest

from ingest.errors import EmptyFile, PasswordProtected, UnsupportedType
from ingest.parse.detect import detect_type

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)


def zipped(names: dict[str, str], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in names.items():
            archive.writestr(name, content)
    return buffer.getvalue()


WORD_TYPES = (
    '<Types><Override ContentType="application/vnd.openxmlformats.wordprocessingml.document.main+xml"/></Types>'
)


@pytest.mark.parametrize(
    ("head", "name", "expected"),
    [
        (b"%PDF-1.7\n...", "a.pdf", "pdf"),
        (b"\n\n%PDF-1.4", "without-ending", "pdf"),
        (b"\x00\x01junk before %PDF-1.4\n\x00", "a.bin", "pdf"),
        (b"# Leave\n", "a.md", "md"),
        (b"# Leave\n", "A.MARKDOWN", "md"),
        (b"# Leave\n", "a.txt", "txt"),
        ("Café au lait".encode(), "a.txt", "txt"),
        ("Café au lait".encode("cp1252"), "a.txt", "txt"),
        ("\ufeffCafé".encode("utf-16-le"), "a.txt", "txt"),
        ("Café".encode()[:-1], "cut-in-a-character.txt", "txt"),
        (b"A text that tells of %PDF- marks", "a.txt", "txt"),
        (zipped({"[Content_Types].xml": WORD_TYPES, "docProps/app.xml": "x"}), "a.docx", "docx"),
        (zipped({"_rels/.rels": "x" * 500, "word/document.xml": "x"}), "renamed.txt", "docx"),
        (zipped({"_rels/.rels": "x" * 500, "word/document.xml": "x"}, zipfile.ZIP_STORED), "a.docx", "docx"),
    ],
)
def test_type_is_told_by_content(head: bytes, name: str, expected: str) -> None:
    assert detect_type(head[:4096], name) == expected


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (b"MZ\x90\x00\x03\x00\x00\x00\x04\x00" + bytes(50), "handbook.pdf"),
        (b"\x7fELF\x02\x01\x01" + bytes(9), "handbook.txt"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "handbook.md"),
        (zipped({"a.txt": "x"}), "handbook.docx"),
        (zipped({"[Content_Types].xml": "<spreadsheetml/>", "xl/workbook.xml": "x"}), "handbook.docx"),
        (b"PK\x03\x04", "handbook.docx"),
        (b"just words", "handbook.pdf"),
        (b"<!DOCTYPE html><html>", "handbook.txt"),
        (b"{\\rtf1\\ansi", "handbook.txt"),
        (b"plain \x07 bell", "handbook.txt"),
        (OLE, "handbook.doc"),
    ],
)
def test_anything_else_is_refused(head: bytes, name: str) -> None:
    with pytest.raises(UnsupportedType):
        detect_type(head, name)


def test_no_bytes() -> None:
    with pytest.raises(EmptyFile):
        detect_type(b"", "a.pdf")


def test_an_encrypted_word_file_is_told_as_such() -> None:
    with pytest.raises(PasswordProtected, match="Word"):
        detect_type(OLE, "a.docx")
