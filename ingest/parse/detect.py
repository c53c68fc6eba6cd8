"""Tells a file's type by its content; the name only tells Markdown from plain text."""

import struct
import zlib
from pathlib import PurePath

from ingest.errors import EmptyFile, PasswordProtected, UnsupportedType
from ingest.parse.encoding import decode_text

_PDF_MARK = b"%PDF-"
_PDF_MARK_WITHIN = 1024
_OLE_MARK = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP_MARK = b"PK\x03\x04"
_ZIP_HEADER = struct.Struct("<4sHHHHHIIIHH")
_MARKUP = ("<!doctype html", "<html", "{\\rtf", "%!ps")
_MARKDOWN = frozenset({".md", ".markdown", ".mdown", ".mkd"})
_UNPACK_LIMIT = 100_000


def detect_type(head: bytes, name: str) -> str:
    """The type of a file: `pdf`, `docx`, `md` or `txt`.

    Args:
        head: The file's first bytes, 4,096 or more where the file has them.
        name: The name that it was uploaded under.

    Raises:
        EmptyFile: There are no bytes.
        PasswordProtected: An Office file that is encrypted.
        UnsupportedType: Anything else.
    """
    if not head:
        raise EmptyFile
    suffix = PurePath(name).suffix.lower()
    if head.startswith(_OLE_MARK):
        raise _ole_error(suffix)
    if head.startswith(_ZIP_MARK):
        if _is_word(head):
            return "docx"
        raise UnsupportedType
    if head.lstrip()[: len(_PDF_MARK)] == _PDF_MARK:
        return "pdf"
    text = decode_text(head, complete=False)
    if _PDF_MARK in head[:_PDF_MARK_WITHIN] and (text is None or suffix == ".pdf"):
        return "pdf"
    if text is None or suffix == ".pdf" or text.lstrip()[:20].lower().startswith(_MARKUP):
        raise UnsupportedType
    return "md" if suffix in _MARKDOWN else "txt"


def _ole_error(suffix: str) -> PasswordProtected | UnsupportedType:
    if suffix in (".docx", ".docm"):
        return PasswordProtected(
            "The Word file is protected by a password. Save a copy without the password and upload that."
        )
    return UnsupportedType("This is a file in an old Office format. Save it as .docx or PDF and upload that.")


def _is_word(head: bytes) -> bool:
    """Whether the first entries of a zip archive are those of a Word document."""
    position = 0
    while head[position : position + 4] == _ZIP_MARK and position + _ZIP_HEADER.size <= len(head):
        fields = _ZIP_HEADER.unpack_from(head, position)
        flags, method, packed, name_length, extra_length = fields[2], fields[3], fields[7], fields[9], fields[10]
        start = position + _ZIP_HEADER.size + name_length + extra_length
        name = head[position + _ZIP_HEADER.size : position + _ZIP_HEADER.size + name_length]
        content, end = _entry(head[start:], method, packed, bool(flags & 8))
        if name.startswith(b"word/") or (name == b"[Content_Types].xml" and b"wordprocessingml" in content):
            return True
        if end is None:
            return False
        position = start + end
    return False


def _entry(data: bytes, method: int, packed: int, has_descriptor: bool) -> tuple[bytes, int | None]:
    """An entry's content as far as it is there, and where the next entry starts if that is known."""
    if method == zlib.DEFLATED:
        unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
        try:
            content = unpacker.decompress(data, _UNPACK_LIMIT)
        except zlib.error:
            return b"", None
        used = len(data) - len(unpacker.unused_data) if unpacker.eof else None
        if has_descriptor:
            following = data.find(_ZIP_MARK, used or 0)
            return content, following if following >= 0 else None
        return content, packed
    return data[:packed], None if has_descriptor else packed
